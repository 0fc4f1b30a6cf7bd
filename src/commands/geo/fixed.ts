/**
 * Numbers with a fixed number of decimal places.
 *
 * @module
 */

/** `value` as printf's `%.<places>f` prints it: halves go to the even digit. Also `inf` and `-inf`. */
export function fixed(value: number, places: number): string {
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  // An exact fraction: the mantissa as an integer, over a power of two.
  let shift = 0;
  let scaled = Math.abs(value);
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    shift++;
  }
  const numerator = BigInt(scaled) * 10n ** BigInt(places);
  const denominator = 1n << BigInt(shift);
  let rounded = numerator / denominator;
  const twice = 2n * (numerator - rounded * denominator);
  if (twice > denominator || (twice === denominator && rounded % 2n === 1n)) rounded++;
  const digits = rounded.toString().padStart(places + 1, "0");
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  return `${sign}${digits.slice(0, -places)}.${digits.slice(-places)}`;
}
