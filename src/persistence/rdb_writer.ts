/**
 * Writes the elements of which DUMP payloads and RDB files consist.
 *
 * ```text
 *  count    00nnnnnn                    up to 63
 *           01nnnnnn nnnnnnnn           up to 16,383, upper bits first
 *           10000000 n n n n            up to 2^32 - 1, upper bytes first
 *           10000001 n n n n n n n n    up to 2^64 - 1
 *  string   [ count ] bytes
 *           11000000 n                  an integer of 8 bits, as text
 *           11000001 n n                of 16 bits, lower byte first
 *           11000010 n n n n            of 32 bits
 *           11000011 [ count of what follows ] [ count of what it is when decompressed ] bytes, see lzf.ts
 *  double   8 bytes, lowest first
 *  time     8 bytes, lowest first: milliseconds since the epoch
 * ```
 *
 * @module
 */

import { parseInteger } from "../base/numbers.ts";
import { copyBytes } from "../memory/copy_bytes.ts";
import type { StreamId } from "../store/types/stream_id.ts";
import { lzfCompress } from "./lzf.ts";
import { STRING_INT_16, STRING_INT_32, STRING_INT_8, STRING_LZF } from "./rdb_format.ts";

const TWO_TO_32 = 4294967296;
const ENCODED = 0xc0;
/** Bytes of the longest text that may be written as an integer: `-2147483648`. */
const INTEGER_TEXT_MAX = 11;
/** Strings up to this length are not compressed, and it must save at least so many bytes; as in Redis. */
const COMPRESS_MIN = 20, COMPRESS_SAVING = 4;
/** Bytes that what stands before a compressed string takes at most. */
const COMPRESSED_HEADER_MAX = 11;
/** A buffer larger than this is given up by `clear`. */
const KEPT_MAX = 65536;

/** Appends to a buffer that grows. */
export class RdbWriter {
  /** What has been written, from 0 to `length`. Another array after it has grown. */
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(256);
  /** How many bytes have been written. */
  length = 0;
  /** Whether long strings are compressed where that makes them shorter (`rdbcompression`). */
  compresses: boolean;
  /** The longest string that is compressed, in bytes. */
  compressedMax = Infinity;

  readonly #double = new DataView(new ArrayBuffer(8));

  /** @param compresses whether long strings are compressed */
  constructor(compresses: boolean) {
    this.compresses = compresses;
  }

  /** Forgets what was written. */
  clear(): void {
    this.length = 0;
    if (this.bytes.length > KEPT_MAX) this.bytes = new Uint8Array(256);
  }

  /** Writes one byte. */
  byte(value: number): void {
    this.#reserve(1);
    this.bytes[this.length++] = value;
  }

  /** Writes a count, which is a safe integer and not negative. */
  count(value: number): void {
    if (value < 64) {
      this.byte(value);
    } else if (value < 16384) {
      this.byte(0x40 | (value >>> 8));
      this.byte(value);
    } else {
      this.countWords(Math.floor(value / TWO_TO_32), value % TWO_TO_32);
    }
  }

  /** Writes a count of 64 bits, the upper word first. */
  countWords(high: number, low: number): void {
    if (high === 0 && low >>> 0 < 16384) return this.count(low);
    if (high === 0) {
      this.byte(0x80);
    } else {
      this.byte(0x81);
      this.#upperFirst(high);
    }
    this.#upperFirst(low);
  }

  /** Writes an integer of 16 bits, lower byte first. */
  uint16(value: number): void {
    this.byte(value);
    this.byte(value >>> 8);
  }

  /** Writes an integer of 32 bits, lower bytes first. */
  uint32(value: number): void {
    this.uint16(value);
    this.uint16(value >>> 16);
  }

  /** Writes an integer of 64 bits, which is a safe one, lower bytes first: a time. */
  int64(value: number): void {
    const high = Math.floor(value / TWO_TO_32);
    this.uint32(value - high * TWO_TO_32);
    this.uint32(high);
  }

  /** Writes an integer of 32 bits, upper bytes first. */
  #upperFirst(value: number): void {
    this.uint16(((value >>> 24) & 0xff) | ((value >>> 8) & 0xff00));
    this.uint16(((value >>> 8) & 0xff) | ((value << 8) & 0xff00));
  }

  /** Writes the low 64 bits of an integer as a count. */
  countBigInt(value: bigint): void {
    this.countWords(Number(BigInt.asUintN(32, value >> 32n)), Number(BigInt.asUintN(32, value)));
  }

  /** Writes a stream's ID as two counts. */
  id(id: StreamId): void {
    this.countWords(id.msHigh, id.msLow);
    this.countWords(id.seqHigh, id.seqLow);
  }

  /** Writes a stream's ID in 16 bytes, upper bytes first. */
  rawId(id: StreamId): void {
    this.#upperFirst(id.msHigh);
    this.#upperFirst(id.msLow);
    this.#upperFirst(id.seqHigh);
    this.#upperFirst(id.seqLow);
  }

  /** Writes a double. */
  double(value: number): void {
    this.#double.setFloat64(0, value, true);
    for (let i = 0; i < 8; i++) this.byte(this.#double.getUint8(i));
  }

  /** Writes bytes as they are. */
  raw(source: Uint8Array, start: number, end: number): void {
    this.#reserve(end - start);
    copyBytes(source, start, this.bytes, this.length, end - start);
    this.length += end - start;
  }

  /** Writes a string, as an integer or compressed where that is shorter. */
  string(source: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (length <= INTEGER_TEXT_MAX && this.#integer(parseInteger(source, start, end))) return;
    if (
      this.compresses && length > COMPRESS_MIN && length <= this.compressedMax &&
      this.#compressed(source, start, end)
    ) return;
    this.count(length);
    this.raw(source, start, end);
  }

  /** Writes an integer (or NaN) as a string; false where it has more than 32 bits. */
  #integer(value: number): boolean {
    if (value >= -128 && value <= 127) {
      this.byte(ENCODED | STRING_INT_8);
      this.byte(value);
    } else if (value >= -32768 && value <= 32767) {
      this.byte(ENCODED | STRING_INT_16);
      this.uint16(value);
    } else if (value >= -2147483648 && value <= 2147483647) {
      this.byte(ENCODED | STRING_INT_32);
      this.uint32(value);
    } else {
      return false;
    }
    return true;
  }

  /** Writes a string compressed; false where that saves too little. */
  #compressed(source: Uint8Array, start: number, end: number): boolean {
    const length = end - start;
    this.#reserve(COMPRESSED_HEADER_MAX + length);
    // Compressed to behind the longest header, and moved to behind the one that it gets.
    const from = this.length + COMPRESSED_HEADER_MAX;
    const most = from + length - COMPRESS_SAVING;
    const compressed = lzfCompress(source, start, end, this.bytes, from, most);
    if (compressed === 0) return false;
    this.byte(ENCODED | STRING_LZF);
    this.count(compressed);
    this.count(length);
    this.bytes.copyWithin(this.length, from, from + compressed);
    this.length += compressed;
    return true;
  }

  /** Makes room for `more` bytes. */
  #reserve(more: number): void {
    const needed = this.length + more;
    if (needed <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }
}
