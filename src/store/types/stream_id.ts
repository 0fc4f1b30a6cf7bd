/**
 * The ID of a stream's entry: two unsigned integers of 64 bits, the milliseconds of its time and its number within them.
 *
 * ```text
 *  word   0         1        2          3
 *         ms high   ms low   seq high   seq low        unsigned, as in the keys of ordered trees
 * ```
 *
 * @module
 */

import { writeInteger } from "../../base/numbers.ts";

const MAX_WORD = 0xffffffff;
const TWO_TO_16 = 65536, TWO_TO_32 = 4294967296;
/** From this word on the upper one of two makes an integer that a double does not hold. */
const UNSAFE_HIGH = 0x200000;
const TEN_TO_9 = 1000000000;
const MINUS = 45, PLUS = 43, STAR = 42, DIGIT_ZERO = 48;
const TAB = 9, CARRIAGE_RETURN = 13, SPACE = 32;

/** Bytes that the longest ID takes as text. */
export const STREAM_ID_TEXT_MAX = 41;
/** Longest text that Redis looks at, in bytes. */
const TEXT_LIMIT = 127;

/** An ID that can be changed in place; nothing but the methods that return strings allocates. */
export class StreamId {
  msHigh = 0;
  msLow = 0;
  seqHigh = 0;
  seqLow = 0;

  /** Takes the value of four words, signed or unsigned. */
  set(msHigh: number, msLow: number, seqHigh: number, seqLow: number): void {
    this.msHigh = msHigh >>> 0;
    this.msLow = msLow >>> 0;
    this.seqHigh = seqHigh >>> 0;
    this.seqLow = seqLow >>> 0;
  }

  /** Takes the value of another one. */
  copy(other: StreamId): void {
    this.msHigh = other.msHigh;
    this.msLow = other.msLow;
    this.seqHigh = other.seqHigh;
    this.seqLow = other.seqLow;
  }

  /** A new one with the same value. */
  clone(): StreamId {
    const id = new StreamId();
    id.copy(this);
    return id;
  }

  /** The first ID of a time, `milliseconds` from 0 to 2^53. */
  setTime(milliseconds: number): void {
    this.set(Math.floor(milliseconds / TWO_TO_32), milliseconds % TWO_TO_32, 0, 0);
  }

  /** The smallest ID, `0-0`. */
  setMin(): void {
    this.set(0, 0, 0, 0);
  }

  /** The largest ID. */
  setMax(): void {
    this.set(MAX_WORD, MAX_WORD, MAX_WORD, MAX_WORD);
  }

  /** Whether this is `0-0`. */
  get isMin(): boolean {
    return this.msHigh === 0 && this.msLow === 0 && this.seqHigh === 0 && this.seqLow === 0;
  }

  /** Whether this is the largest ID. */
  get isMax(): boolean {
    return this.msHigh === MAX_WORD && this.msLow === MAX_WORD && this.isLastOfTime;
  }

  /** Whether no other ID has the same time and comes later. */
  get isLastOfTime(): boolean {
    return this.seqHigh === MAX_WORD && this.seqLow === MAX_WORD;
  }

  /** Whether both have the same time. */
  hasTimeOf(other: StreamId): boolean {
    return this.msHigh === other.msHigh && this.msLow === other.msLow;
  }

  /** Negative, zero or positive: this one comes before the other one, equals it, comes after it. */
  compare(other: StreamId): number {
    if (this.msHigh !== other.msHigh) return this.msHigh - other.msHigh;
    if (this.msLow !== other.msLow) return this.msLow - other.msLow;
    if (this.seqHigh !== other.seqHigh) return this.seqHigh - other.seqHigh;
    return this.seqLow - other.seqLow;
  }

  /** Becomes the next ID; false, and it is `0-0`, where it was the largest. */
  increment(): boolean {
    this.seqLow = (this.seqLow + 1) >>> 0;
    if (this.seqLow !== 0) return true;
    this.seqHigh = (this.seqHigh + 1) >>> 0;
    if (this.seqHigh !== 0) return true;
    this.msLow = (this.msLow + 1) >>> 0;
    if (this.msLow !== 0) return true;
    this.msHigh = (this.msHigh + 1) >>> 0;
    return this.msHigh !== 0;
  }

  /** Becomes the ID before; false, and it is the largest, where it was `0-0`. */
  decrement(): boolean {
    this.seqLow = (this.seqLow - 1) >>> 0;
    if (this.seqLow !== MAX_WORD) return true;
    this.seqHigh = (this.seqHigh - 1) >>> 0;
    if (this.seqHigh !== MAX_WORD) return true;
    this.msLow = (this.msLow - 1) >>> 0;
    if (this.msLow !== MAX_WORD) return true;
    this.msHigh = (this.msHigh - 1) >>> 0;
    return this.msHigh !== MAX_WORD;
  }

  /**
   * Takes the value that `bytes[start, end)` spells: `ms-seq`, or `ms` alone, whose sequence number is then 0, or the
   * last one where `last` says so. False, with the value unspecified, where it is no ID. The grammar is that of Redis,
   * whose integers may also have white space before them, leading zeros and a sign.
   */
  parse(bytes: Uint8Array, start: number, end: number, last = false): boolean {
    if (end - start > TEXT_LIMIT) return false;
    const stop = find(bytes, start, end, 0);
    const dash = find(bytes, start, stop, MINUS);
    if (!parseUnsigned(bytes, start, dash)) return false;
    this.msHigh = parsedHigh;
    this.msLow = parsedLow;
    if (dash === stop) {
      this.seqHigh = this.seqLow = last ? MAX_WORD : 0;
      return true;
    }
    if (!parseUnsigned(bytes, dash + 1, stop)) return false;
    this.seqHigh = parsedHigh;
    this.seqLow = parsedLow;
    return true;
  }

  /** As `parse`, for `ms-*`: the sequence number becomes 0. */
  parseTime(bytes: Uint8Array, start: number, end: number): boolean {
    const dash = end - 2;
    if (end - start > TEXT_LIMIT || dash <= start) return false;
    if (bytes[dash] !== MINUS || bytes[end - 1] !== STAR || find(bytes, start, end, MINUS) !== dash) {
      return false;
    }
    if (find(bytes, start, end, 0) !== end || !parseUnsigned(bytes, start, dash)) return false;
    this.set(parsedHigh, parsedLow, 0, 0);
    return true;
  }

  /** Writes `ms-seq` from `at` on, up to STREAM_ID_TEXT_MAX bytes; returns the position after it. */
  write(target: Uint8Array, at: number): number {
    const dash = writeUnsigned(target, at, this.msHigh, this.msLow);
    target[dash] = MINUS;
    return writeUnsigned(target, dash + 1, this.seqHigh, this.seqLow);
  }

  toString(): string {
    const ms = (BigInt(this.msHigh) << 32n) | BigInt(this.msLow);
    const seq = (BigInt(this.seqHigh) << 32n) | BigInt(this.seqLow);
    return `${ms}-${seq}`;
  }
}

/** What parseUnsigned has read. */
let parsedHigh = 0;
let parsedLow = 0;

/** Position of `byte`, or `end`. */
function find(bytes: Uint8Array, start: number, end: number, byte: number): number {
  let at = start;
  while (at < end && bytes[at] !== byte) at++;
  return at;
}

/**
 * Reads an unsigned integer of 64 bits as Redis's string2ull does, which leaves what is not a plain integer to strtoull:
 * so ` 7`, `007` and `+7` are 7, and where digits that string2ll refuses follow a minus sign, the result is negated.
 */
function parseUnsigned(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at < end && (bytes[at] === SPACE || (bytes[at] >= TAB && bytes[at] <= CARRIAGE_RETURN))) at++;
  const isPlain = at === start;
  const sign = at < end ? bytes[at] : 0;
  if (sign === MINUS || sign === PLUS) at++;
  if (at === end) return false;
  // What string2ll reads as a negative number is refused: digits up to 2^63 that do not begin with a zero.
  const plainNegative = isPlain && sign === MINUS && bytes[at] !== DIGIT_ZERO;
  let high = 0;
  let low = 0;
  for (; at < end; at++) {
    const digit = bytes[at] - DIGIT_ZERO;
    if (digit < 0 || digit > 9) return false;
    low = low * 10 + digit;
    const carry = Math.floor(low / TWO_TO_32);
    low -= carry * TWO_TO_32;
    high = high * 10 + carry;
    if (high > MAX_WORD) return false;
  }
  if (sign === MINUS) {
    if (plainNegative && (high < 0x80000000 || (high === 0x80000000 && low === 0))) return false;
    high = (~high + (low === 0 ? 1 : 0)) >>> 0;
    low = -low >>> 0;
  }
  parsedHigh = high;
  parsedLow = low;
  return true;
}

function writeUnsigned(target: Uint8Array, at: number, high: number, low: number): number {
  if (high < UNSAFE_HIGH) return writeInteger(target, at, high * TWO_TO_32 + low);
  // Divided by 10^9 in steps of 16 bits, so that every intermediate is below 2^53.
  let rest = (high % TEN_TO_9) * TWO_TO_16 + (low >>> 16);
  let quotient = Math.floor(high / TEN_TO_9) * TWO_TO_16 + Math.floor(rest / TEN_TO_9);
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
