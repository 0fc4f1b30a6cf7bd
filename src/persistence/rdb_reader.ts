/**
 * Reads the elements of which DUMP payloads and RDB files consist; rdb_writer.ts draws them.
 *
 * The bytes may be anything. Nothing is read outside of the range, and nothing is allocated for a length that only
 * stands there: what a string takes is bounded by the bytes that are there for it.
 *
 * @module
 */

import { parseDoubleBytes } from "../base/double_bytes.ts";
import { writeInteger } from "../base/numbers.ts";
import { viewedBytes } from "../memory/copy_bytes.ts";
import { MAX_LENGTH } from "../store/entry.ts";
import type { StreamId } from "../store/types/stream_id.ts";
import { lzfDecompress } from "./lzf.ts";
import { RdbCorrupt, STRING_INT_16, STRING_INT_32, STRING_INT_8, STRING_LZF } from "./rdb_format.ts";

const TWO_TO_32 = 4294967296;
const COUNT_32 = 0x80, COUNT_64 = 0x81, ENCODED = 0xc0;
/** Three bytes of LZF decompress to so many at most. */
const LZF_REPEAT_MAX = 264;
/** A decompressed string up to this length goes into a buffer that the next one is put into, too. */
const KEPT_MAX = 65536;
/** Lengths of doubles as text that mean something else. */
const TEXT_NAN = 253, TEXT_INFINITY = 254, TEXT_MINUS_INFINITY = 255;

/** Where a string that was read lies: among the bytes that are read, or in a buffer of its own until the next one. */
export class RdbString {
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;
  #buffer: Uint8Array<ArrayBuffer> = viewedBytes(64);

  /** Its length in bytes. */
  get length(): number {
    return this.end - this.start;
  }

  /** Takes a range of bytes. */
  set(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
  }

  /** Lets go of the bytes. */
  release(): void {
    this.set(this.#buffer, 0, 0);
  }

  /** Takes a buffer of its own of `length` bytes, which are to be written. */
  own(length: number): Uint8Array<ArrayBuffer> {
    let buffer = this.#buffer;
    if (length > buffer.length) buffer = viewedBytes(length <= KEPT_MAX ? Math.max(length, 1024) : length);
    if (length <= KEPT_MAX) this.#buffer = buffer;
    this.set(buffer, 0, length);
    return buffer;
  }
}

/** Reads from a range of bytes. What it cannot read makes it throw RdbCorrupt. */
export class RdbReader {
  bytes: Uint8Array;
  /** Where the next element begins. */
  at: number;
  /** Where the bytes end. */
  end: number;
  /** What the last `words` has read. */
  high = 0;
  low = 0;

  readonly #double = new DataView(new ArrayBuffer(8));

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
  }

  /** Bytes that have not been read. */
  get left(): number {
    return this.end - this.at;
  }

  /**
   * Called where fewer than `bytes` bytes follow `at`: brings more, if there are any. Ranges of the two buffers before
   * stay good.
   */
  protected refill(bytes: number): void {
    throw new RdbCorrupt(`${bytes} bytes are needed, ${this.left} are left`);
  }

  /** One byte. */
  byte(): number {
    if (this.at >= this.end) this.refill(1);
    return this.bytes[this.at++];
  }

  /** A count that is a safe integer. */
  count(): number {
    this.words();
    const value = this.high * TWO_TO_32 + this.low;
    if (value > Number.MAX_SAFE_INTEGER) throw new RdbCorrupt(`Count of ${value}`);
    return value;
  }

  /** As `count`, of elements that take at least `bytes` bytes each, which must be there. */
  elements(bytes = 1): number {
    const count = this.count();
    if (count * bytes > this.left) throw new RdbCorrupt(`Count of ${count} with ${this.left} bytes left`);
    return count;
  }

  /** Reads a count of 64 bits into `high` and `low`, which are unsigned. */
  words(): void {
    const head = this.byte();
    if (head >= ENCODED) throw new RdbCorrupt("Encoded string in the place of a count");
    this.#words(head);
  }

  #words(head: number): void {
    this.high = 0;
    if (head < 0x40) this.low = head;
    else if (head < COUNT_32) this.low = ((head & 0x3f) << 8) | this.byte();
    else if (head === COUNT_32) this.low = this.#upperFirst();
    else if (head === COUNT_64) {
      this.high = this.#upperFirst();
      this.low = this.#upperFirst();
    } else {
      throw new RdbCorrupt(`Unknown kind of count ${head}`);
    }
  }

  /** A count of 64 bits as a signed integer, exactly. */
  bigint(): bigint {
    this.words();
    return (BigInt(this.high | 0) << 32n) | BigInt(this.low);
  }

  /** Reads a stream's ID, two counts. */
  id(into: StreamId): void {
    this.words();
    const { high, low } = this;
    this.words();
    into.set(high, low, this.high, this.low);
  }

  /** Reads a stream's ID of 16 bytes, upper bytes first. */
  rawId(into: StreamId): void {
    const msHigh = this.#upperFirst();
    const msLow = this.#upperFirst();
    const seqHigh = this.#upperFirst();
    into.set(msHigh, msLow, seqHigh, this.#upperFirst());
  }

  #upperFirst(): number {
    this.#need(4);
    const { bytes, at } = this;
    this.at += 4;
    return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
  }

  /** An integer of 16 bits, lower byte first, unsigned. */
  uint16(): number {
    return this.byte() | (this.byte() << 8);
  }

  /** An integer of 32 bits, lower bytes first, unsigned. */
  uint32(): number {
    return (this.uint16() | (this.uint16() << 16)) >>> 0;
  }

  /** An integer of 64 bits that is a safe one, lower bytes first: a time. */
  int64(): number {
    const value = this.roundedInt64();
    if (!Number.isSafeInteger(value)) throw new RdbCorrupt(`Time of ${value}`);
    return value;
  }

  /** As `int64`, but of any size: what is no safe integer is rounded to a double. */
  roundedInt64(): number {
    const low = this.uint32();
    return (this.uint32() | 0) * TWO_TO_32 + low;
  }

  /** A double, which may be NaN. */
  double(): number {
    this.#need(8);
    for (let i = 0; i < 8; i++) this.#double.setUint8(i, this.bytes[this.at++]);
    return this.#double.getFloat64(0, true);
  }

  /** Skips bytes. */
  skip(bytes: number): void {
    this.#need(bytes);
    this.at += bytes;
  }

  /** A double as it was written before Redis 4: its length in a byte, and text. May be NaN. */
  textDouble(): number {
    const length = this.byte();
    if (length === TEXT_NAN) return NaN;
    if (length === TEXT_INFINITY) return Infinity;
    if (length === TEXT_MINUS_INFINITY) return -Infinity;
    this.#need(length);
    this.at += length;
    return parseDoubleBytes(this.bytes, this.at - length, this.at);
  }

  /** Reads a string. */
  string(into: RdbString): void {
    const head = this.byte();
    if (head >= ENCODED) return this.#encoded(head & 0x3f, into);
    this.#words(head);
    const length = this.high * TWO_TO_32 + this.low;
    if (length > MAX_LENGTH) throw new RdbCorrupt(`String of ${length} bytes`);
    this.#need(length);
    into.set(this.bytes, this.at, this.at + length);
    this.at += length;
  }

  #encoded(encoding: number, into: RdbString): void {
    if (encoding === STRING_LZF) return this.#compressed(into);
    let value: number;
    if (encoding === STRING_INT_8) value = (this.byte() << 24) >> 24;
    else if (encoding === STRING_INT_16) value = (this.uint16() << 16) >> 16;
    else if (encoding === STRING_INT_32) value = this.uint32() | 0;
    else throw new RdbCorrupt(`Unknown kind of string ${encoding}`);
    into.set(into.own(20), 0, 0);
    into.end = writeInteger(into.bytes, 0, value);
  }

  #compressed(into: RdbString): void {
    const compressed = this.count();
    const length = this.count();
    this.#need(compressed);
    if (length > MAX_LENGTH || length > (compressed / 3 + 1) * LZF_REPEAT_MAX) {
      throw new RdbCorrupt(`String of ${length} bytes in ${compressed} compressed ones`);
    }
    const start = this.at;
    this.at += compressed;
    if (!lzfDecompress(this.bytes, start, this.at, into.own(length), 0, length)) {
      throw new RdbCorrupt("Compressed string is broken");
    }
  }

  #need(bytes: number): void {
    if (bytes > this.end - this.at) this.refill(bytes);
  }
}
