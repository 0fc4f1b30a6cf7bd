/**
 * Doubles as decimal text in bytes, without strings in between: parsing what clients send as scores, and printing as
 * printf's `%.17g`. Both are exact; what their fast way cannot do exactly, they leave to the slow one.
 *
 * A product or quotient that a double cannot hold is kept as the sum of two (Dekker, "A Floating-Point Technique for
 * Extending the Available Precision", 1971): 106 bits, enough to tell how it rounds.
 *
 * @module
 */

import { byteString } from "./bytes.ts";
import { formatDouble, parseDouble, writeInteger } from "./numbers.ts";

const PLUS = 43, MINUS = 45, POINT = 46, DIGIT_ZERO = 48, LOWER_E = 101;

/** Bytes that the longest double takes: `-1.2345678901234567e-308`. */
export const DOUBLE_TEXT_MAX = 24;

/** The powers of ten that are doubles. */
const POWERS = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));
const MAX_POWER = 22;
/** Digits that are read into two int32 of nine each. */
const MAX_DIGITS = 18;
/** Veltkamp's constant, 2^27 + 1: splits a double into two of 26 bits. */
const SPLITTER = 134217729;
/** Far more than what is lost in 106 bits, and far less than the last bit of a double. */
const DOUBT = 2 ** -98;
const TEN_TO_8 = 100000000;

/** `a * b - product`, where `product` is the double nearest to `a * b`: exact. */
function productError(a: number, b: number, product: number): number {
  let scaled = SPLITTER * a;
  const aHigh = scaled - (scaled - a);
  const aLow = a - aHigh;
  scaled = SPLITTER * b;
  const bHigh = scaled - (scaled - b);
  const bLow = b - bHigh;
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

/**
 * The double that `bytes[start, end)` spells, or NaN where Redis refuses it; the grammar is that of
 * {@linkcode parseDouble}. Hot: ordinary decimals allocate nothing.
 */
export function parseDoubleBytes(bytes: Uint8Array, start: number, end: number): number {
  const value = parseDecimal(bytes, start, end);
  return value === value ? value : parseDouble(byteString(bytes, start, end));
}

/**
 * The double that the decimal `bytes[start, end)` spells, or NaN where that is not known quickly: it is no decimal, has
 * more than 18 significant digits, or is far from 1.
 */
export function parseDecimal(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  const negative = at < end && bytes[at] === MINUS;
  if (negative || (at < end && bytes[at] === PLUS)) at++;
  let high = 0;
  let low = 0;
  let scale = 1;
  let digits = 0;
  let exponent = 0;
  let point = false;
  let any = false;
  for (; at < end; at++) {
    const byte = bytes[at];
    const digit = byte - DIGIT_ZERO;
    if (digit >= 0 && digit <= 9) {
      any = true;
      if (point) exponent--;
      if (digits === 0 && digit === 0) continue;
      if (digits < 9) {
        high = (high * 10 + digit) | 0;
      } else if (digits < MAX_DIGITS) {
        low = (low * 10 + digit) | 0;
        scale = (scale * 10) | 0;
      } else {
        return NaN;
      }
      digits++;
    } else if (byte === POINT && !point) {
      point = true;
    } else if ((byte | 32) === LOWER_E && any) {
      const written = parseExponent(bytes, at + 1, end);
      if (written !== written) return NaN;
      exponent += written;
      break;
    } else {
      return NaN;
    }
  }
  if (!any) return NaN;
  if (digits === 0) return negative ? -0 : 0;
  const magnitude = scaleDecimal(high * scale, low, exponent);
  return negative ? -magnitude : magnitude;
}

/** The exponent of a decimal, of at most three digits, or NaN. */
function parseExponent(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  const negative = at < end && bytes[at] === MINUS;
  if (negative || (at < end && bytes[at] === PLUS)) at++;
  if (at === end || end - at > 3) return NaN;
  let value = 0;
  for (; at < end; at++) {
    const digit = bytes[at] - DIGIT_ZERO;
    if (digit < 0 || digit > 9) return NaN;
    value = value * 10 + digit;
  }
  return negative ? -value : value;
}

/** The double nearest to (`upper` + `lower`) * 10^`exponent`, or NaN where that is in doubt. Both are exact integers. */
function scaleDecimal(upper: number, lower: number, exponent: number): number {
  if (exponent < -MAX_POWER || exponent > MAX_POWER) return NaN;
  const sum = upper + lower;
  if (exponent === 0) return sum;
  const power = POWERS[exponent < 0 ? -exponent : exponent];
  // Both operands are exact: so is the rounding of one operation.
  if (sum <= Number.MAX_SAFE_INTEGER) return exponent < 0 ? sum / power : sum * power;
  const rest = lower - (sum - upper);
  let first: number;
  let second: number;
  if (exponent > 0) {
    first = sum * power;
    second = productError(sum, power, first) + rest * power;
  } else {
    first = sum / power;
    const back = first * power;
    second = (sum - back - productError(first, power, back) + rest) / power;
  }
  const doubt = first * DOUBT;
  const nearest = first + (second + doubt);
  return nearest === first + (second - doubt) ? nearest : NaN;
}

/** The digits of the number that is being printed. */
const printed = new Uint8Array(17);

/**
 * Writes a double as `%.17g` does, and `inf`, `-inf`, `nan`, to `target` from the position `at` on; returns the position
 * after it. There must be room for DOUBLE_TEXT_MAX bytes. Hot: integers and what is neither tiny nor huge allocate
 * nothing.
 */
export function writeDouble(target: Uint8Array, at: number, value: number): number {
  const magnitude = value < 0 ? -value : value;
  if (magnitude <= Number.MAX_SAFE_INTEGER && Math.floor(value) === value) {
    if (value === 0 && 1 / value < 0) target[at++] = MINUS;
    return writeInteger(target, at, value === 0 ? 0 : value);
  }
  if (magnitude >= 1e-4 && magnitude < 1e17) {
    const exponent = decimalExponent(magnitude);
    if (printDigits(magnitude, exponent)) {
      if (value < 0) target[at++] = MINUS;
      return writePrinted(target, at, exponent);
    }
  }
  const text = formatDouble(value);
  for (let i = 0; i < text.length; i++) target[at + i] = text.charCodeAt(i);
  return at + text.length;
}

/** The power of ten of the first digit. The doubles written 0.1, 0.01, ... are not below what they stand for. */
function decimalExponent(magnitude: number): number {
  if (magnitude < 1) {
    if (magnitude >= 0.1) return -1;
    if (magnitude >= 0.01) return -2;
    return magnitude >= 0.001 ? -3 : -4;
  }
  let exponent = 0;
  while (magnitude >= POWERS[exponent + 1]) exponent++;
  return exponent;
}

/** Puts the 17 digits into `printed`, rounded with halves to the even digit; false where they carry to an 18th. */
function printDigits(magnitude: number, exponent: number): boolean {
  // The number with all its digits before the point: `first` is an even integer, for it is over 2^53.
  const power = POWERS[16 - exponent];
  const first = magnitude * power;
  const second = productError(magnitude, power, first);
  let rounded = Math.floor(second);
  const fraction = second - rounded;
  if (fraction > 0.5 || (fraction === 0.5 && (rounded & 1) === 1)) rounded++;
  let high = Math.floor(first / TEN_TO_8);
  let low = first - high * TEN_TO_8 + rounded;
  if (low < 0) {
    high--;
    low += TEN_TO_8;
  } else if (low >= TEN_TO_8) {
    high++;
    low -= TEN_TO_8;
  }
  if (high >= 10 * TEN_TO_8) return false;
  let rest = low | 0;
  for (let i = 16; i > 8; i--) {
    const quotient = (rest / 10) | 0;
    printed[i] = DIGIT_ZERO + rest - quotient * 10;
    rest = quotient;
  }
  rest = high | 0;
  for (let i = 8; i >= 0; i--) {
    const quotient = (rest / 10) | 0;
    printed[i] = DIGIT_ZERO + rest - quotient * 10;
    rest = quotient;
  }
  return true;
}

/** Writes the digits in `printed`, the first of which counts 10^`exponent`, without zeros at the end. */
function writePrinted(target: Uint8Array, at: number, exponent: number): number {
  let last = 16;
  while (printed[last] === DIGIT_ZERO) last--;
  let i = 0;
  if (exponent < 0) {
    target[at++] = DIGIT_ZERO;
    target[at++] = POINT;
    for (let zeros = -1; zeros > exponent; zeros--) target[at++] = DIGIT_ZERO;
  } else {
    for (; i <= exponent; i++) target[at++] = printed[i];
    if (last > exponent) target[at++] = POINT;
  }
  for (; i <= last; i++) target[at++] = printed[i];
  return at;
}
