/**
 * The x87 80-bit long double: INCRBYFLOAT and HINCRBYFLOAT compute with it, and what they print shows it.
 *
 * A number is kept as an integer of up to 64 bits times a power of two, which is what the hardware has, and every
 * operation is done exactly in BigInt and then rounded once, halves to even, as the hardware does.
 *
 * @module
 */

import {
  type BinaryFormat,
  bitLength,
  parseFloatText,
  roundToBinary,
  shiftRightToEven,
} from "./float_text.ts";

/** An 80-bit long double. */
export interface LongDouble {
  readonly kind: "finite" | "infinite" | "nan";
  /** Finite: up to 64 bits and a sign. Infinite: 1 or -1. */
  readonly mantissa: bigint;
  /** Finite: the power of two that the mantissa is multiplied with. */
  readonly exponent: number;
}

const FORMAT: BinaryFormat = { bits: 64, minExponent: -16445, limit: 16384 };

/** Redis copies the text into a buffer of 5 KiB, the terminating zero included. */
const MAX_TEXT = 5 * 1024 - 1;

/** The largest finite number is 1.19e4932, and all that is under 1.8e-4951 is rounded to zero. */
const MAX_DECIMAL_MAGNITUDE = 4933;
const MIN_DECIMAL_MAGNITUDE = -4951;

/** Bits of a quotient that are enough to round to 64: these, one to tell halves, and one for all that follow. */
const QUOTIENT_BITS = 66;

const NAN: LongDouble = { kind: "nan", mantissa: 0n, exponent: 0 };

function infinity(negative: boolean): LongDouble {
  return { kind: "infinite", mantissa: negative ? -1n : 1n, exponent: 0 };
}

/** The number of this sign, rounded; infinite where it is too large. */
function round(negative: boolean, magnitude: bigint, exponent: number): LongDouble {
  const rounded = roundToBinary({ mantissa: magnitude, exponent }, FORMAT);
  if (rounded === null) return infinity(negative);
  return {
    kind: "finite",
    mantissa: negative ? -rounded.mantissa : rounded.mantissa,
    exponent: rounded.exponent,
  };
}

/**
 * The long double that `text` spells, or null where Redis refuses it with "value is not a valid float".
 *
 * The grammar is that of strtold without white space: decimals, hexadecimal floats, `inf`, `infinity`. Refused are the
 * empty string, more than 5119 characters, anything after the number, `nan`, and what is out of range: too large, or
 * not zero and rounded to zero. Note that an infinity is accepted; it is the sum that must be finite.
 */
export function parseLongDouble(text: string): LongDouble | null {
  if (text.length > MAX_TEXT) return null;
  const parts = parseFloatText(text);
  if (parts === null) return null;
  const { negative, digits, exponent } = parts;
  if (parts.infinite) return infinity(negative);
  if (digits === "") return { kind: "finite", mantissa: 0n, exponent: 0 };

  const value = parts.radix === 16
    ? round(negative, BigInt(`0x${digits}`), exponent)
    : roundDecimal(negative, digits, exponent);
  return value === null || value.kind !== "finite" || value.mantissa === 0n ? null : value;
}

/** `digits` * 10^`exponent` rounded, or null where the exponent alone says that it is out of range. */
function roundDecimal(negative: boolean, digits: string, exponent: number): LongDouble | null {
  const magnitude = digits.length + exponent;
  if (magnitude > MAX_DECIMAL_MAGNITUDE || magnitude < MIN_DECIMAL_MAGNITUDE) return null;
  const integer = BigInt(digits);
  if (exponent >= 0) return round(negative, integer * 10n ** BigInt(exponent), 0);

  const divisor = 10n ** BigInt(-exponent);
  const shift = Math.max(0, QUOTIENT_BITS + bitLength(divisor) - bitLength(integer));
  const dividend = integer << BigInt(shift);
  const quotient = dividend / divisor;
  // One more bit for the remainder: it tells a half from a little more than a half.
  const remainderBit = quotient * divisor === dividend ? 0n : 1n;
  return round(negative, (quotient << 1n) | remainderBit, -shift - 1);
}

/** The sum, rounded; infinite where it is too large, "nan" for infinities of opposite signs. */
export function addLongDouble(a: LongDouble, b: LongDouble): LongDouble {
  if (a.kind === "nan" || b.kind === "nan") return NAN;
  if (a.kind === "infinite") return b.kind === "infinite" && a.mantissa !== b.mantissa ? NAN : a;
  if (b.kind === "infinite") return b;
  const exponent = Math.min(a.exponent, b.exponent);
  const sum = (a.mantissa << BigInt(a.exponent - exponent)) + (b.mantissa << BigInt(b.exponent - exponent));
  return round(sum < 0n, sum < 0n ? -sum : sum, exponent);
}

/** Decimal places that Redis prints before it strips the zeros at the end. */
const PLACES = 17;

/**
 * The number as Redis's ld2string prints it for people (LD_STR_HUMAN): never an exponent, up to 17 decimal places,
 * no zeros at the end, and never `-0`.
 */
export function formatLongDouble(value: LongDouble): string {
  if (value.kind === "nan") return "nan";
  const negative = value.mantissa < 0n;
  if (value.kind === "infinite") return negative ? "-inf" : "inf";
  const mantissa = negative ? -value.mantissa : value.mantissa;
  if (value.exponent >= 0) return (negative ? "-" : "") + (mantissa << BigInt(value.exponent)).toString();

  const scaled = shiftRightToEven(mantissa * 10n ** BigInt(PLACES), BigInt(-value.exponent));
  if (scaled === 0n) return "0";
  const digits = scaled.toString().padStart(PLACES + 1, "0");
  const point = digits.length - PLACES;
  let end = digits.length;
  while (end > point && digits[end - 1] === "0") end--;
  const fraction = end > point ? `.${digits.slice(point, end)}` : "";
  return (negative ? "-" : "") + digits.slice(0, point) + fraction;
}
