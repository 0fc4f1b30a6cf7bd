/**
 * Integers and doubles as text: parsing by Redis's rules, and printing as Redis prints.
 *
 * The functions marked hot work on bytes in place and allocate nothing (V8 itself boxes a number beyond int32 where it
 * crosses a call that was not inlined). Integers in the protocol have 64 bits; nearly all of them fit a double exactly
 * (are "safe": up to 2^53 - 1), so the hot path is for those, and BigInt for the rest.
 *
 * @module
 */

import { byteString } from "./bytes.ts";
import { type BinaryFormat, parseFloatText, roundToBinary } from "./float_text.ts";

/** The smallest and the largest integer of 64 bits. */
export const MIN_INT64 = -(2n ** 63n), MAX_INT64 = 2n ** 63n - 1n;

const MINUS = 45;
const DIGIT_ZERO = 48;

const MAX_INT32 = 2147483647;
const TEN_TO_9 = 1000000000;

/** 2^63 - 1 has 19 digits: these nine, the nine of INT64_LOW, and a 7 (for -2^63 an 8). */
const INT64_HIGH = 922337203;
const INT64_LOW = 685477580;

const DOUBLE: BinaryFormat = { bits: 53, minExponent: -1074, limit: 1024 };

/**
 * The integer that `bytes[start, end)` spells. Hot; allocates nothing.
 *
 * The grammar is that of Redis's string2ll: `0`, or digits that do not begin with a zero, with or without a `-`.
 * Returns the integer where it is safe (at most 2^53 - 1 in magnitude), `Infinity` or `-Infinity` where it is an int64
 * beyond that (then ask {@linkcode parseInt64}), and `NaN` where the bytes are no int64.
 */
export function parseInteger(bytes: Uint8Array, start: number, end: number): number {
  const negative = start < end && bytes[start] === MINUS;
  let at = negative ? start + 1 : start;
  const length = end - at;
  if (length < 1 || length > 19) return NaN;

  let digit = bytes[at++] - DIGIT_ZERO;
  if (digit <= 0 || digit > 9) return digit === 0 && length === 1 && !negative ? 0 : NaN;
  // Up to nine digits, and up to nine more, are each an int32: V8 keeps to integer arithmetic.
  let high = digit;
  const highEnd = length > 9 ? at + 8 : end;
  for (; at < highEnd; at++) {
    digit = bytes[at] - DIGIT_ZERO;
    if (digit < 0 || digit > 9) return NaN;
    high = (high * 10 + digit) | 0;
  }
  if (length <= 9) return negative ? -high : high;

  let low = 0;
  let scale = 1;
  const lowEnd = length > 18 ? at + 9 : end;
  for (; at < lowEnd; at++) {
    digit = bytes[at] - DIGIT_ZERO;
    if (digit < 0 || digit > 9) return NaN;
    low = (low * 10 + digit) | 0;
    scale = (scale * 10) | 0;
  }
  if (length === 19) {
    digit = bytes[at] - DIGIT_ZERO;
    if (digit < 0 || digit > 9 || high > INT64_HIGH) return NaN;
    if (high === INT64_HIGH && (low > INT64_LOW || (low === INT64_LOW && digit > (negative ? 8 : 7)))) {
      return NaN;
    }
    return negative ? -Infinity : Infinity;
  }
  // Where this is rounded it is at least 2^53, whatever the rounding.
  const magnitude = high * scale + low;
  if (magnitude > Number.MAX_SAFE_INTEGER) return negative ? -Infinity : Infinity;
  return negative ? -magnitude : magnitude;
}

/** The int64 that `bytes[start, end)` spells in the grammar of {@linkcode parseInteger}, exactly, or null. */
export function parseInt64(bytes: Uint8Array, start: number, end: number): bigint | null {
  const value = parseInteger(bytes, start, end);
  if (Number.isNaN(value)) return null;
  return Number.isFinite(value) ? BigInt(value) : BigInt(byteString(bytes, start, end));
}

/** Whether `bytes[start, end)` is an int64 as Redis prints it, so that a string can have the encoding `int`. Hot. */
export function isInt64Text(bytes: Uint8Array, start: number, end: number): boolean {
  const value = parseInteger(bytes, start, end);
  return value === value;
}

/**
 * Writes a safe integer in decimal to `target` from the position `at` on; returns the position after it. Hot; allocates
 * nothing. There must be room: 17 bytes are always enough, {@linkcode integerLength} says how many it takes.
 */
export function writeInteger(target: Uint8Array, at: number, value: number): number {
  if (value < 0) {
    target[at++] = MINUS;
    value = -value;
  }
  if (value < 10) {
    target[at] = DIGIT_ZERO + value;
    return at + 1;
  }
  if (value <= MAX_INT32) {
    const end = at + digitCount(value | 0);
    writeDigits(target, at, end, value | 0);
    return end;
  }
  // Two int32 halves, the lower one with its leading zeros.
  const high = highDigits(value);
  const highEnd = at + digitCount(high);
  writeDigits(target, at, highEnd, high);
  writeDigits(target, highEnd, highEnd + 9, (value - high * TEN_TO_9) | 0);
  return highEnd + 9;
}

/** How many bytes {@linkcode writeInteger} takes for a safe integer: its digits, and the sign. Hot. */
export function integerLength(value: number): number {
  let sign = 0;
  if (value < 0) {
    sign = 1;
    value = -value;
  }
  if (value <= MAX_INT32) return sign + digitCount(value | 0);
  return sign + 9 + digitCount(highDigits(value));
}

/**
 * All but the last nine digits of a safe integer over 2^31; at most 9007199.
 *
 * The quotient cannot be rounded up to the next integer: it is at least 10^-9 away from that, and below 2^24 doubles
 * are at most 2^-29 apart, of which half is less.
 */
function highDigits(value: number): number {
  return (value / TEN_TO_9) | 0;
}

/** The number of digits of an int32 that is not negative. */
function digitCount(value: number): number {
  if (value < 100000) {
    if (value < 100) return value < 10 ? 1 : 2;
    if (value < 1000) return 3;
    return value < 10000 ? 4 : 5;
  }
  if (value < 10000000) return value < 1000000 ? 6 : 7;
  if (value < 100000000) return 8;
  return value < TEN_TO_9 ? 9 : 10;
}

/** Fills `target[start, end)` with the last digits of an int32 that is not negative, leading zeros included. */
function writeDigits(target: Uint8Array, start: number, end: number, value: number): void {
  let at = end - 1;
  for (; at > start; at -= 2) {
    const rest = (value / 100) | 0;
    const pair = value - rest * 100;
    const tens = (pair * 103) >> 10; // pair / 10, for every pair under 179
    target[at] = DIGIT_ZERO + (pair - tens * 10);
    target[at - 1] = DIGIT_ZERO + tens;
    value = rest;
  }
  if (at === start) target[at] = DIGIT_ZERO + value;
}

const PLAIN_DECIMAL = /^[-+.\deE]+$/;

/**
 * The double that `text` spells, or NaN where Redis's string2d (scores, and other float arguments) refuses it.
 *
 * The grammar is strtod's without white space: decimals with or without an exponent, `0x1.8p3`, `inf`, `infinity`, in
 * any case. Refused are the empty string, anything after the number, `nan`, and what is out of range: too large for a
 * double, or not zero and rounded to zero.
 */
export function parseDouble(text: string): number {
  const value = Number(text);
  // Of these characters JavaScript and strtod make the same numbers.
  if (Number.isFinite(value) && value !== 0 && PLAIN_DECIMAL.test(text)) return value;

  const parts = parseFloatText(text);
  if (parts === null) return NaN;
  const sign = parts.negative ? -1 : 1;
  if (parts.infinite) return sign * Infinity;
  if (parts.digits === "") return sign * 0;
  // A decimal that comes here is out of range.
  if (parts.radix === 10) return NaN;
  const rounded = roundToBinary({ mantissa: BigInt(`0x${parts.digits}`), exponent: parts.exponent }, DOUBLE);
  if (rounded === null || rounded.mantissa === 0n) return NaN;
  return sign * Number(rounded.mantissa) * 2 ** rounded.exponent;
}

/**
 * A double as Redis 7.0 prints it in replies (ZSCORE, and the RESP3 double): printf's `%.17g`, and `inf`, `-inf`,
 * `nan`.
 */
export function formatDouble(value: number): string {
  if (Number.isSafeInteger(value)) return Object.is(value, -0) ? "-0" : String(value);
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
  const sign = value < 0 ? "-" : "";
  const [written, power] = significant17(Math.abs(value)).split("e");
  const exponent = Number(power);
  let length = written.length;
  while (written[length - 1] === "0") length--;
  const digits = written[0] + written.slice(2, length);

  if (exponent < -4 || exponent >= 17) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : "";
    const exponentSign = exponent < 0 ? "-" : "+";
    return `${sign}${digits[0]}${fraction}e${exponentSign}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  if (digits.length <= exponent + 1) return sign + digits.padEnd(exponent + 1, "0");
  return `${sign}${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}

const TWO_TO_25 = 33554432;

/** `value` as `d.dddddddddddddddde±x` with 17 digits, rounded as printf rounds: halves to the even digit. */
function significant17(value: number): string {
  const text = value.toExponential(16);
  // JavaScript rounds halves up. A half has 18 digits of which the last is a 5 behind the point, so it has at most 25
  // places behind the point in binary too: nearly nothing gets past this test.
  if (value > Number.MAX_SAFE_INTEGER || !Number.isInteger(value * TWO_TO_25)) return text;
  const exact = value.toExponential(100);
  const isHalf = /^\d\.\d{16}50*e/.test(exact);
  const lastDigit = text.charCodeAt(17) - DIGIT_ZERO;
  if (!isHalf || lastDigit % 2 === 0) return text;
  // Rounded up to an odd digit: the even one is just below, and nothing is carried.
  return text.slice(0, 17) + (lastDigit - 1) + text.slice(18);
}
