/**
 * What C's strtod and strtold accept as a number, and rounding to a binary floating-point format: the common ground of
 * doubles (scores) and of the 80-bit long doubles of INCRBYFLOAT.
 *
 * @module
 */

/** A number as its text spells it, before any rounding: an integer in `radix`, and the power it is multiplied with. */
export interface FloatText {
  readonly negative: boolean;
  /** Whether the text is `inf` or `infinity`; the fields below are then of no use. */
  readonly infinite: boolean;
  readonly radix: 10 | 16;
  /** Digits of an integer in `radix`, without leading or trailing zeros; empty for zero. */
  readonly digits: string;
  /** The power that the integer is multiplied with: of 10 where `radix` is 10, of 2 where it is 16. May be infinite. */
  readonly exponent: number;
}

/** A binary floating-point format. */
export interface BinaryFormat {
  /** Bits of the mantissa, its first one included. */
  readonly bits: number;
  /** The exponent of the last bit of the smallest subnormal number. */
  readonly minExponent: number;
  /** All finite numbers are under 2 to this power. */
  readonly limit: number;
}

/** A number that is not negative: `mantissa` * 2^`exponent`. */
export interface Binary {
  readonly mantissa: bigint;
  readonly exponent: number;
}

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d+))?$/i;
const HEXADECIMAL = /^([+-]?)0x([\da-f]*)(?:\.([\da-f]*))?(?:p([+-]?\d+))?$/i;
const INFINITE = /^[+-]?inf(?:inity)?$/i;

/**
 * Takes `text` apart as strtod does in the C locale; null where strtod would not read all of it, where it begins with
 * white space (which strtod skips and Redis refuses), and for `nan`.
 */
export function parseFloatText(text: string): FloatText | null {
  const decimal = DECIMAL.exec(text);
  const match = decimal ?? HEXADECIMAL.exec(text);
  if (match === null) {
    if (!INFINITE.test(text)) return null;
    return { negative: text[0] === "-", infinite: true, radix: 10, digits: "", exponent: 0 };
  }
  const [, sign, integer, fraction = "", power = "0"] = match;
  const written = integer + fraction;
  if (written === "") return null;

  let first = 0;
  let last = written.length;
  while (first < last && written[first] === "0") first++;
  while (last > first && written[last - 1] === "0") last--;
  const shift = written.length - last - fraction.length;
  return {
    negative: sign === "-",
    infinite: false,
    radix: decimal !== null ? 10 : 16,
    digits: written.slice(first, last),
    exponent: Number(power) + (decimal !== null ? shift : 4 * shift),
  };
}

/**
 * Rounds a number to a format, halves to the even neighbour. Returns null where the result is too large for it; zero
 * has the mantissa 0. The exponent may be infinite.
 */
export function roundToBinary(number: Binary, format: BinaryFormat): Binary | null {
  const { mantissa, exponent } = number;
  if (mantissa === 0n) return { mantissa: 0n, exponent: format.minExponent };
  const length = bitLength(mantissa);
  // These two also keep a client's absurd exponent away from the shifts below.
  if (length + exponent > format.limit) return null;
  if (length + exponent < format.minExponent) return { mantissa: 0n, exponent: format.minExponent };
  const dropped = Math.max(length - format.bits, format.minExponent - exponent);
  if (dropped <= 0) return number;

  const shift = BigInt(dropped);
  const rounded = shiftRightToEven(mantissa, shift);
  if (bitLength(rounded) + exponent + dropped > format.limit) return null;
  return { mantissa: rounded, exponent: exponent + dropped };
}

/** `value` / 2^`shift`, rounded to the nearest integer, halves to the even one; neither may be negative. */
export function shiftRightToEven(value: bigint, shift: bigint): bigint {
  if (shift === 0n) return value;
  const quotient = value >> shift;
  const remainder = value - (quotient << shift);
  const half = 1n << (shift - 1n);
  if (remainder > half || (remainder === half && (quotient & 1n) === 1n)) return quotient + 1n;
  return quotient;
}

const MAX_UINT64 = 0xffffffffffffffffn;

/** How many bits a positive integer has; 0 for zero. */
export function bitLength(value: bigint): number {
  if (value <= MAX_UINT64) {
    const high = Number(value >> 32n);
    return high > 0 ? 64 - Math.clz32(high) : 32 - Math.clz32(Number(value));
  }
  const text = value.toString(16);
  return text.length * 4 - (Math.clz32(parseInt(text[0], 16)) - 28);
}
