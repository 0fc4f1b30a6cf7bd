/**
 * Numbers as C prints them.
 *
 * @module
 */

/** A double as `%.17g` prints it. */
export function formatDouble17(value: number): string {
  return formatDouble(value, 17);
}

/** A double as `%.<precision>g` prints it. */
export function formatDouble(value: number, precision: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e14 && precision >= 14 && !Object.is(value, -0)) {
    return String(value);
  }
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const [mantissa, power] = roundedToEven(value, precision).split("e");
  const exponent = Number(power);
  if (exponent < -4 || exponent >= precision) {
    const digits = String(Math.abs(exponent)).padStart(2, "0");
    return `${withoutZeros(mantissa)}e${exponent < 0 ? "-" : "+"}${digits}`;
  }
  // The digits of the rounded value with the point in its place.
  const negative = mantissa.startsWith("-");
  const digits = mantissa.replace(/[-.]/g, "");
  const text = exponent < 0
    ? `0.${"0".repeat(-exponent - 1)}${digits}`
    : `${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
  return (negative ? "-" : "") + withoutZeros(text);
}

function withoutZeros(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** The decimal form with so many digits. C rounds what lies in the middle to an even digit, JavaScript upwards. */
function roundedToEven(value: number, precision: number): string {
  const text = value.toExponential(precision - 1);
  if (precision >= 17) return text;
  const [digits, exponent] = value.toExponential(precision + 30).split("e");
  const end = digits.indexOf(".") + precision;
  const isTie = /^50*$/.test(digits.slice(end));
  const isEven = "02468".includes(digits.slice(0, end).at(-1) === "." ? digits[end - 2] : digits[end - 1]);
  return isTie && isEven ? `${digits.slice(0, end).replace(/\.$/, "")}e${exponent}` : text;
}
