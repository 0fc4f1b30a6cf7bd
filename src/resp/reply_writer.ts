/**
 * The output of one connection: replies are appended as bytes, in RESP2 or RESP3, straight from where the value lies.
 *
 * ```text
 *  chunks   full buffers, waiting or being written       oldest first
 *  bytes    the buffer that is being filled, 0..length
 * ```
 *
 * Buffers come from a pool when there is something to say and go back when it has been written: a silent connection
 * holds none.
 *
 * @module
 */

import { writeInteger } from "../base/numbers.ts";
import { copyBytes, firstBytes, viewedBytes } from "../memory/copy_bytes.ts";

/**
 * Sizes of buffers, and how many of each are kept when they have been sent. A buffer that is full moves on to the next
 * size, so that most batches' replies go out in one write; after the last a new buffer is begun.
 */
const BUFFER_BYTES = [16 * 1024, 64 * 1024, 256 * 1024];
const POOLED = [256, 32, 8];
const MAX_BUFFER_BYTES = BUFFER_BYTES[BUFFER_BYTES.length - 1];
/** Messages for many are joined up to this length. */
const MAX_JOINED_BYTES = 64 * 1024;

/** Bytes of a bulk string up to which everything about it is written in one go: below 200, where a length of three
 * digits begins with a 1. */
const SHORT = 200;

const CR = 13, LF = 10;

/** A piece of output: the first `length` of its `bytes`. */
export class OutputBuffer {
  readonly bytes: Uint8Array<ArrayBuffer>;
  length = 0;
  #view: Uint8Array<ArrayBuffer>;

  /** `bytes` is what `viewedBytes` has made. */
  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.bytes = this.#view = bytes;
  }

  /** What is to be sent, from byte `from` on. The last such view is kept: replies are often as long as the one before. */
  view(from: number): Uint8Array<ArrayBuffer> {
    if (from > 0) return this.bytes.subarray(from, this.length);
    if (this.#view.length !== this.length) this.#view = this.bytes.subarray(0, this.length);
    return this.#view;
  }

  /**
   * Gives the buffer back when it has been sent. What is not kept is freed at once: the garbage collector would come for
   * it late, as it does not weigh on its heap.
   */
  release(): void {
    const { length } = this.bytes;
    if (length === 0) return;
    const size = BUFFER_BYTES.indexOf(length);
    if (size >= 0 && pools[size].length < POOLED[size]) pools[size].push(this);
    else this.bytes.buffer.transfer(0);
  }
}

/** Memory in which shared pieces of output lie, those that are joined one behind the other. */
class SharedRoom {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Bytes that have been taken. */
  length = 0;

  constructor(bytes: number) {
    this.bytes = viewedBytes(bytes);
  }

  append(bytes: Uint8Array, length: number): void {
    copyBytes(bytes, 0, this.bytes, this.length, length);
    this.length += length;
  }
}

/**
 * A piece of output that many connections send, and that nobody changes.
 *
 * When the same connections get another one before they have sent it, the two are joined once for all of them:
 *
 * ```text
 *  room    │ first │ second │ third │         │
 *  first   ├───────┤
 *  joined  ├────────────────┤
 *  joined  ├────────────────────────┤
 * ```
 */
export class SharedBuffer extends OutputBuffer {
  readonly #room: SharedRoom;
  /** What it was joined with last, and what came of it. */
  #next: SharedBuffer | null = null;
  #joined: SharedBuffer | null = null;

  /** Takes a copy of `bytes[0, length)`, behind what lies in `room`. */
  constructor(bytes: Uint8Array, length: number, room: SharedRoom = new SharedRoom(length)) {
    room.append(bytes, length);
    super(firstBytes(room.bytes, room.length));
    this.length = room.length;
    this.#room = room;
  }

  /** This piece and then `next`: the same one for everybody who asks; null where it would be too long. */
  followedBy(next: SharedBuffer): SharedBuffer | null {
    if (this.#next === next) return this.#joined;
    const length = this.length + next.length;
    if (length > MAX_JOINED_BYTES) return null;
    let room = this.#room;
    // What others have joined to it must stay.
    if (room.length > this.length || room.bytes.length < length) {
      room = new SharedRoom(2 * length);
      room.append(this.bytes, this.length);
    }
    this.#next = next;
    return this.#joined = new SharedBuffer(next.bytes, next.length, room);
  }

  override release(): void {
    // Others may still be sending it.
  }
}

const NONE = new OutputBuffer(viewedBytes(0));
const pools: OutputBuffer[][] = BUFFER_BYTES.map(() => []);

/** A buffer of the smallest size that has room for so many bytes, or one for more than any size has. */
function takeBuffer(bytes: number): OutputBuffer {
  for (let size = 0; size < BUFFER_BYTES.length; size++) {
    if (bytes <= BUFFER_BYTES[size]) {
      return pools[size].pop() ?? new OutputBuffer(viewedBytes(BUFFER_BYTES[size]));
    }
  }
  return new OutputBuffer(viewedBytes(bytes));
}

/** Appends replies to a connection's output. */
export class ReplyWriter {
  /** Version of the protocol: 2 or 3. */
  protocol = 2;
  #buffer = NONE;
  /** Those of `#buffer`. */
  #bytes = NONE.bytes;
  #length = 0;
  #chunks: OutputBuffer[] = [];
  /** Bytes in `#chunks`. */
  #queued = 0;
  /**
   * Whether a reply that is nothing but an integer is kept as that, for whoever would only read it out of the bytes
   * again: scripts.
   */
  keepsInteger = false;
  /** Whether there is such a reply, which is no part of `size`, and the integer. */
  hasInteger = false;
  keptInteger = 0;

  /** Bytes that wait to be written. */
  get size(): number {
    return this.#queued + this.#length;
  }

  /** Bytes of memory that the output holds. */
  get held(): number {
    return this.#queued + this.#bytes.length;
  }

  /** Takes everything written so far, oldest first; the buffers are to be released when they are done with. */
  take(into: OutputBuffer[]): void {
    if (this.#queued > 0) {
      for (const chunk of this.#chunks) into.push(chunk);
      this.#chunks.length = 0;
      this.#queued = 0;
    }
    if (this.#length > 0) {
      this.#buffer.length = this.#length;
      into.push(this.#buffer);
      this.#use(NONE, 0);
    }
  }

  /** The bytes that have been written, `size` of them, where they lie together; else null. Valid until more is written. */
  get together(): Uint8Array<ArrayBuffer> | null {
    return this.#queued === 0 ? this.#bytes : null;
  }

  /** Goes on writing to a buffer of which the first `length` bytes have been written. */
  #use(buffer: OutputBuffer, length: number): void {
    this.#buffer = buffer;
    this.#bytes = buffer.bytes;
    this.#length = length;
  }

  /** Takes back what was written since `size` was `mark`. */
  rollback(mark: number): void {
    while (this.#queued > mark) {
      this.#buffer.release();
      const chunk = this.#chunks.pop()!;
      this.#queued -= chunk.length;
      this.#use(chunk, chunk.length);
    }
    this.#length = mark - this.#queued;
    this.hasInteger = false;
  }

  /** Gives up everything that has been written. */
  discard(): void {
    this.rollback(0);
    this.#buffer.release();
    this.#use(NONE, 0);
  }

  /** Makes sure that `bytes` more fit into the current buffer. */
  #room(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const needed = this.#length + bytes;
    if (needed <= MAX_BUFFER_BYTES || this.#length === 0) {
      const grown = takeBuffer(needed);
      if (this.#length > 0) grown.bytes.set(this.#bytes.subarray(0, this.#length));
      this.#buffer.release();
      this.#use(grown, this.#length);
      return;
    }
    // First, as it may throw: everything is as it was then.
    const next = takeBuffer(bytes);
    this.#push();
    this.#use(next, 0);
  }

  /** Has the current buffer wait as it is; another one must be used from now on. */
  #push(): void {
    this.#buffer.length = this.#length;
    this.#chunks.push(this.#buffer);
    this.#queued += this.#length;
  }

  /** A type byte, a number and CRLF. */
  #header(type: number, value: number): void {
    this.#room(32);
    const bytes = this.#bytes;
    let at = this.#length;
    bytes[at++] = type;
    if (value >= 0 && value < 10) bytes[at++] = 48 + value;
    else at = writeInteger(bytes, at, value);
    bytes[at] = CR;
    bytes[at + 1] = LF;
    this.#length = at + 2;
  }

  /** Bytes of a byte string as they are: for replies prepared elsewhere. */
  raw(text: string): void {
    const length = text.length;
    this.#room(length);
    const bytes = this.#bytes;
    const at = this.#length;
    for (let i = 0; i < length; i++) bytes[at + i] = text.charCodeAt(i);
    this.#length = at + length;
  }

  /** Bytes as they are. */
  rawBytes(source: Uint8Array, start: number, end: number): void {
    const length = end - start;
    this.#room(length);
    copyBytes(source, start, this.#bytes, this.#length, length);
    this.#length += length;
  }

  /** A message that others get too: not copied where nothing waits to be written but messages of that kind. */
  shared(message: SharedBuffer): void {
    const buffer = this.#buffer;
    // A shared buffer has no room, so whatever else comes after it is written to a buffer of our own.
    if (buffer === NONE) {
      this.#use(message, message.length);
    } else if (buffer instanceof SharedBuffer && buffer.length === this.#length) {
      const joined = buffer.followedBy(message);
      if (joined === null) this.#push();
      const next = joined ?? message;
      this.#use(next, next.length);
    } else {
      this.rawBytes(message.bytes, 0, message.length);
    }
  }

  /** `+OK`. */
  ok(): void {
    this.#room(5);
    const bytes = this.#bytes;
    const at = this.#length;
    bytes[at] = 43;
    bytes[at + 1] = 79;
    bytes[at + 2] = 75;
    bytes[at + 3] = CR;
    bytes[at + 4] = LF;
    this.#length = at + 5;
  }

  /** A simple string: a byte string without line breaks. */
  simple(text: string): void {
    this.raw("+" + text + "\r\n");
  }

  /** An error line, code first: `"ERR syntax error"`. Line breaks become spaces, and go at both ends. */
  error(message: string): void {
    this.raw("-" + message.replace(/^[\r\n]+|[\r\n]+$/g, "").replace(/[\r\n]/g, " ") + "\r\n");
  }

  /** An integer that a double holds exactly. */
  integer(value: number): void {
    if (this.keepsInteger && this.size === 0) {
      this.hasInteger = true;
      this.keptInteger = value;
      return;
    }
    this.#header(58, value);
  }

  /** An integer of 64 bits. */
  int64(value: bigint): void {
    this.raw(`:${value}\r\n`);
  }

  /** A bulk string. */
  bulk(source: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (length < SHORT) {
      this.#shortBulk(source, start, length);
      return;
    }
    this.#header(36, length);
    this.rawBytes(source, start, end);
    this.#endOfBulk();
  }

  /** Most elements of collections are short: one check for room, and no calls. */
  #shortBulk(source: Uint8Array, start: number, length: number): void {
    this.#room(length + 8);
    const bytes = this.#bytes;
    let at = this.#length;
    bytes[at++] = 36;
    if (length >= 10) {
      let tens = (length / 10) | 0;
      if (length >= 100) {
        bytes[at++] = 49;
        tens -= 10;
      }
      bytes[at++] = 48 + tens;
    }
    bytes[at] = 48 + length % 10;
    bytes[at + 1] = CR;
    bytes[at + 2] = LF;
    at += 3;
    copyBytes(source, start, bytes, at, length);
    at += length;
    bytes[at] = CR;
    bytes[at + 1] = LF;
    this.#length = at + 2;
  }

  /** A bulk string from a byte string. */
  bulkText(text: string): void {
    this.#header(36, text.length);
    this.raw(text);
    this.#endOfBulk();
  }

  /** A bulk string with the digits of an integer. */
  bulkInteger(value: number): void {
    this.bulkText(String(value));
  }

  #endOfBulk(): void {
    this.#room(2);
    this.#bytes[this.#length] = CR;
    this.#bytes[this.#length + 1] = LF;
    this.#length += 2;
  }

  /** Nothing, where a bulk string might have been: `$-1` or `_`. */
  null(): void {
    this.raw(this.protocol === 3 ? "_\r\n" : "$-1\r\n");
  }

  /** Nothing, where an array might have been: `*-1` or `_`. */
  nullArray(): void {
    this.raw(this.protocol === 3 ? "_\r\n" : "*-1\r\n");
  }

  /** The head of an array; its `length` elements follow. */
  array(length: number): void {
    this.#header(42, length);
  }

  /** The head of a map of `pairs` keys and values: an array of twice as many in RESP2. */
  map(pairs: number): void {
    if (this.protocol === 3) this.#header(37, pairs);
    else this.#header(42, pairs * 2);
  }

  /** The head of a set: an array in RESP2. */
  set(length: number): void {
    this.#header(this.protocol === 3 ? 126 : 42, length);
  }

  /** The head of a push message: an array in RESP2. */
  push(length: number): void {
    this.#header(this.protocol === 3 ? 62 : 42, length);
  }

  /** A double whose digits are given: a bulk string in RESP2. */
  doubleText(digits: string): void {
    if (this.protocol === 3) this.raw(`,${digits}\r\n`);
    else this.bulkText(digits);
  }

  /** True or false: 1 or 0 in RESP2. */
  boolean(value: boolean): void {
    if (this.protocol === 3) this.raw(value ? "#t\r\n" : "#f\r\n");
    else this.integer(value ? 1 : 0);
  }

  /** Text for people, `format` of three letters: a bulk string in RESP2. */
  verbatim(text: string, format = "txt"): void {
    if (this.protocol === 3) this.raw(`=${text.length + 4}\r\n${format}:${text}\r\n`);
    else this.bulkText(text);
  }
}
