/**
 * The arguments of one request, without a JavaScript object for each.
 *
 * @module
 */

import { byteString, equalsIgnoreCase } from "../base/bytes.ts";
import { NOT_AN_INTEGER, type WireError } from "../base/errors.ts";
import { parseInt64, parseInteger } from "../base/numbers.ts";
import { roomFor } from "../memory/headroom.ts";

/** A window on a request: argument 0 is the command's name. Reused for every request; never keep it. */
export class Args {
  /** The bytes that `start` and `end` point into. */
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  /** Number of arguments, the command's name included. */
  count = 0;
  #table: Int32Array<ArrayBuffer> = new Int32Array(0);
  #at = 0;

  /** Points at the request whose argument offsets begin at `table[at]`. */
  attach(bytes: Uint8Array<ArrayBuffer>, table: Int32Array<ArrayBuffer>, at: number, count: number): void {
    this.bytes = bytes;
    this.#table = table;
    this.#at = at;
    this.count = count;
  }

  /** What `attach` was called with last, to go back to that request. */
  position(): Parameters<Args["attach"]> {
    return [this.bytes, this.#table, this.#at, this.count];
  }

  /** Points at the same request as another window. */
  point(other: Args): void {
    this.bytes = other.bytes;
    this.#table = other.#table;
    this.#at = other.#at;
    this.count = other.count;
  }

  /** Where argument `i` begins in `bytes`. */
  start(i: number): number {
    return this.#table[this.#at + 2 * i];
  }

  /** Where argument `i` ends in `bytes`. */
  end(i: number): number {
    return this.#table[this.#at + 2 * i + 1];
  }

  /**
   * Where the request's first argument begins with its `$`, if all arguments stand behind one another as they would be
   * encoded; -1 where they do not: a request in inline form, or one that has been kept without the bytes between.
   */
  encodedFrom(): number {
    const { bytes, count } = this;
    let from = -1;
    for (let i = 0; i < count; i++) {
      const start = this.start(i);
      const end = this.end(i);
      let at = start - 1;
      if (bytes[at--] !== 10 || bytes[at--] !== 13) return -1;
      for (let length = end - start, last = false; !last;) {
        // An integer's division takes half the time of `Math.floor`; no argument has 2^31 bytes.
        const tens = (length / 10) | 0;
        if (bytes[at--] !== 48 + length - 10 * tens) return -1;
        last = tens === 0;
        length = tens;
      }
      if (bytes[at] !== 36 || bytes[end] !== 13 || bytes[end + 1] !== 10) return -1;
      if (i === 0) from = at;
      else if (at !== this.end(i - 1) + 2) return -1;
    }
    return from;
  }

  /** Length of argument `i` in bytes. */
  length(i: number): number {
    return this.#table[this.#at + 2 * i + 1] - this.#table[this.#at + 2 * i];
  }

  /** A view of argument `i`, valid while the request runs. Allocates: not for hot paths. */
  view(i: number): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(this.start(i), this.end(i));
  }

  /** A copy of argument `i` that may be kept. */
  copy(i: number): Uint8Array<ArrayBuffer> {
    roomFor(this.length(i));
    return this.bytes.slice(this.start(i), this.end(i));
  }

  /** Argument `i` as a byte string: one character a byte. */
  text(i: number): string {
    roomFor(this.length(i));
    return byteString(this.bytes, this.start(i), this.end(i));
  }

  /** The arguments from `i` on, as byte strings. */
  *texts(i: number): Generator<string> {
    for (let at = i; at < this.count; at++) yield this.text(at);
  }

  /** Whether argument `i` is the ASCII word `upper`, given in upper case, in any case. */
  is(i: number, upper: string): boolean {
    return equalsIgnoreCase(this.bytes, this.start(i), this.end(i), upper);
  }

  /**
   * Argument `i` as an integer of 64 bits. Beyond ±2^53 the nearest double is returned: enough to compare and clamp;
   * where the exact value matters, see {@linkcode int64}.
   *
   * @throws {WireError} `error` where it is no integer
   */
  integer(i: number, error: WireError = NOT_AN_INTEGER): number {
    const value = parseInteger(this.bytes, this.start(i), this.end(i));
    if (value - value === 0) return value;
    const exact = parseInt64(this.bytes, this.start(i), this.end(i));
    if (exact === null) throw error;
    return Number(exact);
  }

  /**
   * Argument `i` as an exact integer of 64 bits.
   *
   * @throws {WireError} `error` where it is no integer
   */
  int64(i: number, error: WireError = NOT_AN_INTEGER): bigint {
    const value = parseInt64(this.bytes, this.start(i), this.end(i));
    if (value === null) throw error;
    return value;
  }

  /**
   * Argument `i` as an integer from `min` to `max`.
   *
   * @throws {WireError} `error` where it is no integer or lies outside
   */
  integerBetween(i: number, min: number, max: number, error: WireError = NOT_AN_INTEGER): number {
    const value = this.integer(i, error);
    if (value < min || value > max) throw error;
    return value;
  }
}
