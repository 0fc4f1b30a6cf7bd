/**
 * Reads the requests of an AOF's file, one at a time.
 *
 * @module
 */

import { byteString } from "../base/bytes.ts";
import { parseInteger } from "../base/numbers.ts";
import type { ByteSource } from "./rdb_source.ts";

const BUFFER_BYTES = 1024 * 1024;
/** Bytes that the line of a number may take. */
const LINE_MAX = 128;
/** Numbers of arguments and lengths are below this. */
const NUMBER_MAX = 1e10;
const CR = 13, LF = 10, HASH = 35, DOLLAR = 36, STAR = 42;

/** What a file has that is no request. */
export class AofFormatError extends Error {
  /** Where the request begins. */
  readonly offset: number;

  constructor(reason: string, offset: number) {
    super(reason);
    this.offset = offset;
  }
}

/** Thrown where a file ends within a request. */
export class AofTruncated extends AofFormatError {}

/** Reads from a source whose first bytes may have been read already. */
export class AofReader {
  /** The request that was read last: `bytes`, and in `table` its number of arguments and where each begins and ends. */
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(BUFFER_BYTES);
  table: Int32Array<ArrayBuffer> = new Int32Array(64);
  readonly #source: ByteSource;
  /** Bytes of the source before the buffer's first. */
  #base: number;
  #at = 0;
  #end = 0;
  /** Where the request that is being read begins. */
  #start = 0;

  /** `base`: how many bytes of the file come before what the source returns. */
  constructor(source: ByteSource, base = 0) {
    this.#source = source;
    this.#base = base;
  }

  /** How many bytes have been read: the end of the last request. */
  get offset(): number {
    return this.#base + this.#at;
  }

  /**
   * Reads the next request; false at the end of the file.
   *
   * @throws {AofFormatError} {@linkcode AofTruncated} where the file ends too early
   */
  next(): boolean {
    for (;;) {
      this.#start = this.#at;
      if (!this.#has(1)) return false;
      if (this.bytes[this.#at] !== HASH) break;
      this.#line();
    }
    const count = this.#number(STAR, "a request");
    if (count < 1) throw this.#broken(`A request of ${count} arguments`);
    if (this.table.length < 1 + 2 * count) {
      if (count > this.#source.size) throw this.#truncated();
      this.table = new Int32Array(1 + 2 * count);
    }
    this.table[0] = count;
    for (let i = 0; i < count; i++) {
      const length = this.#number(DOLLAR, "an argument");
      if (length < 0) throw this.#broken(`An argument of ${length} bytes`);
      if (!this.#has(length + 2)) throw this.#truncated();
      // Offsets from the request's beginning: the buffer may move while it is read.
      this.table[1 + 2 * i] = this.#at - this.#start;
      this.table[2 + 2 * i] = this.#at + length - this.#start;
      this.#at += length + 2;
    }
    for (let i = 1; i <= 2 * count; i++) this.table[i] += this.#start;
    return true;
  }

  /** Reads a line with a number that begins with `type`. */
  #number(type: number, what: string): number {
    if (!this.#has(1)) throw this.#truncated();
    if (this.bytes[this.#at] !== type) {
      const found = JSON.stringify(String.fromCharCode(this.bytes[this.#at]));
      throw this.#broken(`Expected ${what} ('${String.fromCharCode(type)}') but found ${found}`);
    }
    const from = this.#at + 1 - this.#start;
    this.#line();
    const start = this.#start + from;
    const end = this.#at - (this.bytes[this.#at - 2] === CR ? 2 : 1);
    const number = parseInteger(this.bytes, start, end);
    if (!(Math.abs(number) < NUMBER_MAX)) {
      throw this.#broken(`${JSON.stringify(byteString(this.bytes, start, end))} is no number`);
    }
    return number;
  }

  /** Goes behind the next line break. */
  #line(): void {
    for (let length = 1;; length++) {
      if (this.#at + length > this.#end && !this.#has(length)) throw this.#truncated();
      if (this.bytes[this.#at + length - 1] === LF) {
        this.#at += length;
        return;
      }
      if (length > LINE_MAX) throw this.#broken("A line is too long");
    }
  }

  /** Sees to it that so many bytes are in the buffer from `#at` on; false where there are not so many. */
  #has(count: number): boolean {
    if (this.#at + count <= this.#end) return true;
    const kept = this.#end - this.#start;
    const needed = this.#at - this.#start + count;
    if (needed > kept + (this.#source.size - this.#base - this.#end)) return false;
    const into = needed > this.bytes.length ? new Uint8Array(Math.max(needed, BUFFER_BYTES)) : this.bytes;
    into.set(this.bytes.subarray(this.#start, this.#end));
    this.bytes = into;
    this.#base += this.#start;
    this.#at -= this.#start;
    this.#end = kept;
    this.#start = 0;
    while (this.#end < needed) {
      const read = this.#source.read(this.bytes.subarray(this.#end));
      if (read === 0) return false;
      this.#end += read;
    }
    return true;
  }

  #truncated(): AofTruncated {
    return new AofTruncated("The file ends within a request", this.#base + this.#start);
  }

  #broken(reason: string): AofFormatError {
    return new AofFormatError(`${reason}, at offset ${this.offset}`, this.#base + this.#start);
  }
}
