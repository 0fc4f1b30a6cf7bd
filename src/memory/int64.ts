/**
 * A 64-bit integer in two words, for structures that must be exact and allocate nothing.
 *
 * @module
 */

import { parseInteger, writeInteger } from "../base/numbers.ts";

const TWO_TO_16 = 65536, TWO_TO_32 = 4294967296;
const TEN_TO_9 = 1000000000;
const MINUS = 45, DIGIT_ZERO = 48;

/** Bytes that the longest integer takes in decimal, its sign included. */
export const INT64_TEXT_MAX = 20;

/** A signed integer of 64 bits that can be changed in place. Everything but `toBigInt` and `setBigInt` is hot. */
export class Int64 {
  /** The upper 32 bits, signed. */
  high = 0;
  /** The lower 32 bits, as a signed number too. */
  low = 0;

  /** Takes the value of the two words. */
  setWords(high: number, low: number): void {
    this.high = high | 0;
    this.low = low | 0;
  }

  /** Takes the value of an integer that is safe, at most 2^53 - 1 in magnitude. */
  setNumber(value: number): void {
    const low = value | 0;
    this.low = low;
    this.high = low === value ? low >> 31 : Math.floor(value / TWO_TO_32) | 0;
  }

  /** Takes the value of the low 64 bits. */
  setBigInt(value: bigint): void {
    this.low = Number(BigInt.asIntN(32, value));
    this.high = Number(BigInt.asIntN(32, value >> 32n));
  }

  /** Takes the value that `bytes[start, end)` spells as Redis prints it; false (and nothing changed) if it is none. */
  parse(bytes: Uint8Array, start: number, end: number): boolean {
    const value = parseInteger(bytes, start, end);
    if (value !== value) return false;
    if (value === Infinity || value === -Infinity) this.#parseLong(bytes, start, end);
    else this.setNumber(value);
    return true;
  }

  /** For 16 to 19 digits that are known to be an int64. */
  #parseLong(bytes: Uint8Array, start: number, end: number): void {
    const negative = bytes[start] === MINUS;
    let upper = 0;
    let lower = 0;
    for (let at = negative ? start + 1 : start; at < end - 9; at++) {
      upper = upper * 10 + (bytes[at] - DIGIT_ZERO);
    }
    for (let at = end - 9; at < end; at++) lower = lower * 10 + (bytes[at] - DIGIT_ZERO);
    // upper * 10^9 + lower, in steps of 16 bits so that every intermediate is below 2^53.
    const first = (upper % TWO_TO_16) * TEN_TO_9 + lower;
    const second = Math.floor(upper / TWO_TO_16) * TEN_TO_9 + Math.floor(first / TWO_TO_16);
    this.low = ((second % TWO_TO_16) * TWO_TO_16 + (first % TWO_TO_16)) | 0;
    this.high = Math.floor(second / TWO_TO_16) | 0;
    if (!negative) return;
    this.high = (~this.high + (this.low === 0 ? 1 : 0)) | 0;
    this.low = -this.low | 0;
  }

  /** The value where it is safe (at most 2^53 - 1 in magnitude), else `Infinity` or `-Infinity`. */
  toNumber(): number {
    const high = this.high;
    const low = this.low;
    if (high === low >> 31) return low;
    const value = high * TWO_TO_32 + (low >>> 0);
    if (value > Number.MAX_SAFE_INTEGER) return Infinity;
    return value < -Number.MAX_SAFE_INTEGER ? -Infinity : value;
  }

  /** The value. */
  toBigInt(): bigint {
    return (BigInt(this.high) << 32n) | BigInt(this.low >>> 0);
  }

  /** Writes the value in decimal from `at` on, up to INT64_TEXT_MAX bytes; returns the position after it. */
  write(target: Uint8Array, at: number): number {
    const value = this.toNumber();
    if (value !== Infinity && value !== -Infinity) return writeInteger(target, at, value);
    let high = this.high;
    let low = this.low;
    if (high < 0) {
      target[at++] = MINUS;
      high = (~high + (low === 0 ? 1 : 0)) | 0;
      low = -low | 0;
    }
    // Divided by 10^9 in steps of 16 bits; the magnitude's upper word may be 2^31.
    const upper = high >>> 0;
    let rest = (upper % TEN_TO_9) * TWO_TO_16 + (low >>> 16);
    let quotient = Math.floor(upper / TEN_TO_9) * TWO_TO_16 + Math.floor(rest / TEN_TO_9);
    rest = (rest % TEN_TO_9) * TWO_TO_16 + (low & 0xffff);
    quotient = quotient * TWO_TO_16 + Math.floor(rest / TEN_TO_9);
    rest %= TEN_TO_9;
    const end = writeInteger(target, at, quotient) + 9;
    for (let digit = end - 1; digit >= end - 9; digit--) {
      target[digit] = DIGIT_ZERO + (rest % 10);
      rest = Math.floor(rest / 10);
    }
    return end;
  }
}
