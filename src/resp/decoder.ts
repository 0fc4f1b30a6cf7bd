/**
 * The request decoder: bytes in, batches of requests out. It allocates nothing for a request.
 *
 * Requests are decoded where they lie in the chunk. Only a request that a chunk breaks off is copied, to the *carry*,
 * where the next chunks are appended and decoding goes on at the byte where it stopped: no byte is looked at twice, so
 * a request of any size costs time in proportion.
 *
 * @module
 */

import { parseInteger } from "../base/numbers.ts";
import { viewedBytes } from "../memory/copy_bytes.ts";
import { roomFor } from "../memory/headroom.ts";
import { RequestBatch } from "./request_batch.ts";

/** Longest inline request, and longest line with a count, in bytes (Redis's PROTO_INLINE_MAX_SIZE). */
const MAX_LINE = 64 * 1024;
const MAX_MULTIBULK = 2147483647;
const UNAUTHENTICATED_MULTIBULK = 10;
const UNAUTHENTICATED_BULK = 16384;
/** Offsets have 32 bits, so this is as many bytes as a request may take, whatever the limits say. */
const MAX_REQUEST = 2147483647;
/** A carry, in bytes, or a table, in words, that is larger than this is given up once its requests have run. */
const KEEP_CARRY = 64 * 1024;
const KEEP_TABLE = 4096;

const NOTHING = new Uint8Array(0);
const CR = 13, LF = 10, SPACE = 32, QUOTE = 34, DOLLAR = 36, APOSTROPHE = 39, STAR = 42, BACKSLASH = 92;

/** The limits that apply to one connection's requests; changed while it lives. */
export interface DecoderLimits {
  /** Longest argument, in bytes (`proto-max-bulk-len`). */
  maxBulkLength: number;
  /** Bytes that an unfinished request may occupy (`client-query-buffer-limit`). */
  maxQueryBuffer: number;
  /** Whether the client has authenticated, or need not. */
  authenticated: boolean;
}

/** Decodes one connection's requests. */
export class RespDecoder {
  readonly limits: DecoderLimits;
  // A batch may still have to run while the next chunk is decoded: two of them, used in turn. Three carries, because
  // that next chunk's batch may lie in one of its own and end in a request that begins yet another.
  readonly #batches = [new RequestBatch(), new RequestBatch()];
  readonly #carries: Uint8Array<ArrayBuffer>[] = [NOTHING, NOTHING, NOTHING];
  #turn = 0;
  #batch: RequestBatch = this.#batches[0];

  /** Bytes of the unfinished request at the front of the current carry. */
  #carried = 0;
  #carry = 0;

  // The unfinished request: where decoding goes on, and what is known so far.
  #position = 0;
  /** Bytes from there on in which the end of a line was looked for in vain. */
  #searched = 0;
  /** Start of the request in the bytes, of which the table's offsets are not counted yet. */
  #requestStart = 0;
  /** Place in the table of the request's number of arguments; -1: no request begun. */
  #requestAt = -1;
  #remaining = 0;
  #bulkLength = -1;

  constructor(limits: DecoderLimits) {
    this.limits = limits;
  }

  /** Bytes of a request that has not arrived completely. */
  get pending(): number {
    return this.#carried;
  }

  /** Bytes of memory that the decoder holds for unfinished requests. */
  get held(): number {
    return this.#carries.reduce((sum, carry) => sum + carry.length, 0);
  }

  /**
   * Decodes a chunk. The batch's offsets point into `chunk` or the carry: both must stay untouched until the batch
   * has run, and at most one further chunk may be decoded before that.
   */
  decode(chunk: Uint8Array<ArrayBuffer>): RequestBatch {
    const previous = this.#batch;
    let batch = previous;
    if (previous.length > 0 || previous.held) {
      this.#turn ^= 1;
      batch = this.#batches[this.#turn];
      batch.reset();
      if (this.#requestAt >= 0) this.#takeOver(previous, batch);
      this.#batch = batch;
    }
    if (this.#carried === 0) {
      batch.bytes = chunk;
      this.#parse(chunk, chunk.length);
      return batch;
    }
    const end = this.#carried + chunk.length;
    const bytes = this.#carryWithRoom(end);
    bytes.set(chunk, this.#carried);
    this.#carried = end;
    batch.bytes = bytes;
    this.#parse(bytes, end);
    return batch;
  }

  /** Gives up the memory of large requests that have run. */
  release(): void {
    for (let i = 0; i < this.#carries.length; i++) {
      if (i !== this.#carry || this.#carried === 0) this.#giveUp(i);
    }
    for (const batch of this.#batches) {
      if (batch.bytes.length > KEEP_CARRY) batch.bytes = NOTHING;
      if (batch.table.length > KEEP_TABLE && (batch !== this.#batch || this.#requestAt < 0)) {
        batch.table = new Int32Array(16);
      }
    }
  }

  /** Gives up the memory of a request of which no more will come. */
  discard(): void {
    this.#carried = 0;
    this.release();
  }

  /** Gives up a carry if it is large: at once, as the garbage collector does not hurry for what is not on its heap. */
  #giveUp(index: number): void {
    const carry = this.#carries[index];
    if (carry.length <= KEEP_CARRY) return;
    this.#carries[index] = NOTHING;
    carry.buffer.transfer(0);
  }

  /** Goes on after a batch that was `held`, with the bytes that are there. */
  resume(): RequestBatch {
    return this.decode(new Uint8Array(0));
  }

  /** Moves the offsets of the unfinished request from the last batch's table to the next one's. */
  #takeOver(from: RequestBatch, to: RequestBatch): void {
    const words = from.filled - this.#requestAt;
    to.reserve(words);
    to.table.set(from.table.subarray(this.#requestAt, from.filled), 0);
    to.filled = words;
    this.#requestAt = 0;
  }

  #carryWithRoom(bytes: number): Uint8Array<ArrayBuffer> {
    const carry = this.#carries[this.#carry];
    if (carry.length >= bytes) return carry;
    // Never more than twice what has really arrived, whatever length the client announces.
    const announced = this.#bulkLength < 0 ? Infinity : this.#position + this.#bulkLength + 2;
    const length = Math.max(1024, bytes, Math.min(2 * bytes, announced));
    // What the command makes of it is as large: a text on the JavaScript heap asks nobody.
    const grown = viewedBytes(roomFor(2 * length) / 2);
    grown.set(carry.subarray(0, this.#carried));
    this.#carries[this.#carry] = grown;
    return grown;
  }

  #parse(bytes: Uint8Array<ArrayBuffer>, end: number): void {
    const batch = this.#batch;
    while (this.#position < end) {
      if (this.#requestAt < 0) {
        this.#requestStart = this.#position;
        if (bytes[this.#position] === STAR) {
          if (!this.#parseCount(bytes, end)) break;
        } else {
          if (!this.#parseInline(bytes, end)) break;
          continue;
        }
        if (this.#requestAt < 0) continue;
      }
      if (!this.#parseArguments(bytes, end)) break;
    }
    if (batch.error !== "" && !batch.held) {
      this.#carried = 0;
      return;
    }
    this.#keepRest(bytes, end);
  }

  /** Moves an unfinished request to the front of a carry; its batch's own bytes stay as they are. */
  #keepRest(bytes: Uint8Array<ArrayBuffer>, end: number): void {
    const batch = this.#batch;
    // Whole requests only, or an unfinished one whose words in the table are not part of the batch.
    const start = this.#requestAt >= 0 ? this.#requestStart : this.#position < end ? this.#requestStart : end;
    const rest = end - start;
    const inCarry = bytes === this.#carries[this.#carry];
    if (rest === 0) {
      this.#carried = 0;
      this.#position = 0;
      if (inCarry) this.#leaveCarry();
      return;
    }
    if (rest > Math.min(this.limits.maxQueryBuffer, MAX_REQUEST)) {
      batch.error = "query buffer limit";
      this.#carried = 0;
      return;
    }
    if (start > 0 || !inCarry) {
      if (inCarry) this.#leaveCarry();
      this.#carried = 0;
      const carry = this.#carryWithRoom(rest);
      carry.set(bytes.subarray(start, end));
      this.#position -= start;
      if (this.#requestAt >= 0) {
        const table = batch.table;
        for (let i = this.#requestAt + 1; i < batch.filled; i++) table[i] -= start;
      }
    }
    this.#requestStart = 0;
    this.#carried = rest;
  }

  /** The batch points into the current carry, so the next unfinished request goes to another one. */
  #leaveCarry(): void {
    this.#carry = (this.#carry + 1) % this.#carries.length;
    if (this.#carries[this.#carry].length > KEEP_CARRY) this.#carries[this.#carry] = NOTHING;
  }

  /**
   * Position of the next `byte`, or -1 where the line is not complete. Redis looks for it with strchr, which does not
   * look past a NUL. No faster search: it would run on to the end of the chunk, again for each line.
   */
  #endOfLine(byte: number, bytes: Uint8Array, end: number): number {
    let at = this.#position + this.#searched;
    while (at < end && bytes[at] !== byte && bytes[at] !== 0) at++;
    if (at < end && bytes[at] === byte) return at;
    this.#searched = at - this.#position;
    return -1;
  }

  #fail(message: string): false {
    this.#batch.error = `ERR Protocol error: ${message}`;
    return false;
  }

  #hold(message: string): false {
    this.#batch.held = true;
    return this.#fail(message);
  }

  /** `*<count>\r\n`. */
  #parseCount(bytes: Uint8Array<ArrayBuffer>, end: number): boolean {
    const from = this.#position + 1;
    let count = 0;
    let at = from;
    // Nearly always one or two digits.
    while (at < end && bytes[at] >= 48 && bytes[at] <= 57 && at - from < 7) {
      count = count * 10 + bytes[at++] - 48;
    }
    if (at >= end || bytes[at] !== CR || at === from || (bytes[from] === 48 && at - from > 1)) {
      at = this.#endOfLine(CR, bytes, end);
      if (at < 0 && end - this.#position > MAX_LINE) return this.#fail("too big mbulk count string");
      // Judged only when the line is complete, which takes one more byte, whatever it is.
      if (at >= 0 && at + 1 < end) {
        count = parseInteger(bytes, from, at);
        if (!(count <= MAX_MULTIBULK)) return this.#fail("invalid multibulk length");
      }
    }
    if (at < 0 || at + 1 >= end) {
      this.#restartLater();
      return false;
    }
    if (count > UNAUTHENTICATED_MULTIBULK && !this.limits.authenticated) {
      this.#restartLater();
      return this.#hold("unauthenticated multibulk length");
    }
    this.#position = at + 2;
    this.#searched = 0;
    if (count <= 0) return true;
    const batch = this.#batch;
    // The table grows with what arrives, not with what is announced.
    batch.reserve(1 + 2 * Math.min(count, 1024));
    this.#requestAt = batch.filled;
    batch.table[batch.filled++] = count;
    this.#remaining = count;
    this.#bulkLength = -1;
    return true;
  }

  /** The request's first line is not complete: look at it again when more has come. */
  #restartLater(): void {
    this.#position = this.#requestStart;
  }

  /** `$<length>\r\n<bytes>\r\n`, as often as the request has arguments. */
  #parseArguments(bytes: Uint8Array<ArrayBuffer>, end: number): boolean {
    const batch = this.#batch;
    while (this.#remaining > 0) {
      if (this.#bulkLength < 0) {
        const from = this.#position;
        if (from >= end) return false;
        let length = 0;
        let at = from + 1;
        while (at < end && bytes[at] >= 48 && bytes[at] <= 57 && at - from < 8) {
          length = length * 10 + bytes[at++] - 48;
        }
        if (
          at >= end || bytes[at] !== CR || at === from + 1 || bytes[from] !== DOLLAR ||
          (bytes[from + 1] === 48 && at - from > 2)
        ) {
          at = this.#endOfLine(CR, bytes, end);
          if (at < 0) return end - from > MAX_LINE ? this.#fail("too big bulk count string") : false;
          if (at + 1 >= end) return false;
          if (bytes[from] !== DOLLAR) return this.#failWithoutDollar(bytes[from]);
          length = parseInteger(bytes, from + 1, at);
        }
        if (at + 1 >= end) return false;
        if (!(length >= 0 && length <= this.limits.maxBulkLength)) return this.#fail("invalid bulk length");
        if (length > UNAUTHENTICATED_BULK && !this.limits.authenticated) {
          return this.#hold("unauthenticated bulk length");
        }
        this.#position = at + 2;
        this.#searched = 0;
        this.#bulkLength = length;
      }
      const start = this.#position;
      const after = start + this.#bulkLength + 2;
      if (after > end) return false;
      if (batch.filled + 2 > batch.table.length) batch.reserve(2);
      batch.table[batch.filled] = start;
      batch.table[batch.filled + 1] = after - 2;
      batch.filled += 2;
      this.#position = after;
      this.#bulkLength = -1;
      this.#remaining--;
    }
    this.#requestAt = -1;
    batch.length = batch.filled;
    return true;
  }

  /** Redis formats the byte with %c and takes the text's length with strlen: a NUL ends the text. */
  #failWithoutDollar(byte: number): false {
    return this.#fail(`expected '$', got '` + (byte === 0 ? "" : String.fromCharCode(byte) + "'"));
  }

  /** A line of words, as typed into telnet. Quoted words are unescaped where they lie: they never get longer. */
  #parseInline(bytes: Uint8Array<ArrayBuffer>, end: number): boolean {
    const newline = this.#endOfLine(LF, bytes, end);
    if (newline < 0) {
      if (end - this.#position > MAX_LINE) return this.#fail("too big inline request");
      return false;
    }
    const lineEnd = newline > this.#position && bytes[newline - 1] === CR ? newline - 1 : newline;
    const batch = this.#batch;
    const requestAt = batch.filled;
    let count = 0;
    batch.reserve(1);
    batch.filled++;
    let at = this.#position;
    for (;;) {
      while (at < lineEnd && isSpace(bytes[at])) at++;
      if (at >= lineEnd) break;
      const start = at;
      at = this.#parseWord(bytes, at, lineEnd);
      if (at < 0) return this.#fail("unbalanced quotes in request");
      batch.reserve(2);
      batch.table[batch.filled++] = start;
      batch.table[batch.filled++] = this.#wordEnd;
      count++;
    }
    batch.table[requestAt] = count;
    if (count === 0) batch.filled = requestAt;
    batch.length = batch.filled;
    this.#position = newline + 1;
    this.#searched = 0;
    return true;
  }

  #wordEnd = 0;

  /** Unescapes one word in place; returns where to go on, or -1. As Redis's sdssplitargs. */
  #parseWord(bytes: Uint8Array<ArrayBuffer>, from: number, end: number): number {
    let at = from;
    let to = from;
    let quote = 0;
    for (;; at++) {
      if (at >= end) {
        if (quote !== 0) return -1;
        break;
      }
      const byte = bytes[at];
      if (quote === QUOTE) {
        if (
          byte === BACKSLASH && at + 3 < end && bytes[at + 1] === 120 && hex(bytes[at + 2]) >= 0 &&
          hex(bytes[at + 3]) >= 0
        ) {
          bytes[to++] = hex(bytes[at + 2]) * 16 + hex(bytes[at + 3]);
          at += 3;
        } else if (byte === BACKSLASH && at + 1 < end) {
          at++;
          bytes[to++] = unescape(bytes[at]);
        } else if (byte === QUOTE) {
          if (at + 1 < end && !isSpace(bytes[at + 1])) return -1;
          at++;
          break;
        } else {
          bytes[to++] = byte;
        }
      } else if (quote === APOSTROPHE) {
        if (byte === BACKSLASH && at + 1 < end && bytes[at + 1] === APOSTROPHE) {
          at++;
          bytes[to++] = APOSTROPHE;
        } else if (byte === APOSTROPHE) {
          if (at + 1 < end && !isSpace(bytes[at + 1])) return -1;
          at++;
          break;
        } else {
          bytes[to++] = byte;
        }
      } else if (endsWord(byte)) {
        break;
      } else if (byte === QUOTE || byte === APOSTROPHE) {
        quote = byte;
      } else {
        bytes[to++] = byte;
      }
    }
    this.#wordEnd = to;
    return at;
  }
}

function isSpace(byte: number): boolean {
  return byte === SPACE || (byte >= 9 && byte <= 13);
}

/** Fewer bytes end a word than may stand between two: a vertical tab inside is part of it. */
function endsWord(byte: number): boolean {
  return byte === SPACE || byte === 9 || byte === LF || byte === CR || byte === 0;
}

function hex(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

function unescape(byte: number): number {
  switch (byte) {
    case 110:
      return 10;
    case 114:
      return 13;
    case 116:
      return 9;
    case 98:
      return 8;
    case 97:
      return 7;
    default:
      return byte;
  }
}
