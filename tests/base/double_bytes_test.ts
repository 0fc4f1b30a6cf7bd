/** Doubles as bytes: the quick ways against JavaScript's own parser and the slow printer, and on known texts. */

import assert from "node:assert/strict";
import { bytesOf, byteString } from "../../src/base/bytes.ts";
import { DOUBLE_TEXT_MAX, parseDecimal, parseDoubleBytes, writeDouble } from "../../src/base/double_bytes.ts";
import { formatDouble } from "../../src/base/numbers.ts";
import type { SeededRandom } from "../../src/base/random.ts";
import { withSeed } from "../support/property.ts";

function parse(text: string): number {
  const bytes = bytesOf(`x${text}1`);
  return parseDoubleBytes(bytes, 1, bytes.length - 1);
}

function print(value: number): string {
  const target = new Uint8Array(DOUBLE_TEXT_MAX + 2);
  const end = writeDouble(target, 1, value);
  assert.ok(end - 1 <= DOUBLE_TEXT_MAX);
  return byteString(target, 1, end);
}

const words = new Uint32Array(2);
const double = new Float64Array(words.buffer);

/** Any double, or one of a kind that scores often are. */
function anyDouble(random: SeededRandom): number {
  const kind = random.below(6);
  if (kind === 0) {
    words[0] = random.uint32();
    words[1] = random.uint32();
    return Number.isNaN(double[0]) ? 0.5 : double[0];
  }
  const sign = random.below(2) === 0 ? 1 : -1;
  const fraction = (random.uint32() * 2 ** 21 + random.below(2 ** 21)) / 2 ** 53;
  if (kind === 1) return sign * fraction * 10 ** (random.below(26) - 5);
  if (kind === 2) return sign * random.below(1000000) / 10 ** random.below(8);
  if (kind === 3) return sign * (random.below(2 ** 31) + random.below(16) / 16);
  // Halves of the last digit, and numbers next to powers of ten.
  if (kind === 4) return sign * (2 ** 53 + random.below(2 ** 32) * 2) * 2 ** -random.below(30);
  double[0] = 10 ** (random.below(24) - 5);
  words[0] += random.below(9) - 4;
  return sign * double[0];
}

Deno.test("doubles are printed as %.17g prints them", () => {
  const known: [number, string][] = [
    [0, "0"],
    [-0, "-0"],
    [0.1, "0.10000000000000001"],
    [-1.5, "-1.5"],
    [1e16, "10000000000000000"],
    [1e17, "1e+17"],
    [123456789012345680, "1.2345678901234568e+17"],
    [0.0001, "0.0001"],
    [0.00001, "1.0000000000000001e-05"],
    [5e-324, "4.9406564584124654e-324"],
    [-1.7976931348623157e308, "-1.7976931348623157e+308"],
    [Infinity, "inf"],
    [-Infinity, "-inf"],
    // Halfway between two digits, the even one is printed.
    [1125899906842624.25, "1125899906842624.2"],
    [1125899906842624.75, "1125899906842624.8"],
  ];
  for (const [value, text] of known) assert.equal(print(value), text);
});

Deno.test("any double is printed as the slow way prints it, and reads back", () => {
  withSeed((random) => {
    for (let i = 0; i < 100000; i++) {
      const value = anyDouble(random);
      const text = print(value);
      assert.equal(text, formatDouble(value));
      assert.ok(Object.is(parse(text), value), `${text} reads as ${parse(text)}`);
    }
  });
});

Deno.test("decimals are the doubles that JavaScript makes of them", () => {
  withSeed((random) => {
    let quick = 0;
    for (let i = 0; i < 100000; i++) {
      let digits = "";
      for (let count = 1 + random.below(19); count > 0; count--) digits += random.below(10);
      const point = random.below(digits.length + 1);
      let text = `${digits.slice(0, point)}.${digits.slice(point)}`;
      if (random.below(3) === 0) text += `e${random.below(60) - 30}`;
      if (random.below(2) === 0) text = `-${text}`;
      const value = parseDecimal(bytesOf(text), 0, text.length);
      if (!Number.isNaN(value)) {
        quick++;
        assert.ok(Object.is(value, Number(text)), `${text} reads as ${value}`);
      }
    }
    assert.ok(quick > 50000, `Only ${quick} of 100000 went the quick way`);
  });
});

Deno.test("texts between two doubles are rounded to the even one, the slow way if need be", () => {
  for (const text of ["9007199254740993", "9007199254740995", "90071992547409930e-1", "9007199254740993.0"]) {
    assert.equal(parse(text), Number(text));
  }
});

Deno.test("what Redis takes as a score is taken, and nothing else", () => {
  const good: [string, number][] = [
    ["inf", Infinity],
    ["+Infinity", Infinity],
    ["-inf", -Infinity],
    ["0x10", 16],
    ["1.", 1],
    [".5", 0.5],
    ["+3", 3],
    ["1e5", 100000],
    ["1E+5", 100000],
    ["00012", 12],
  ];
  for (const [text, value] of good) assert.equal(parse(text), value, text);
  assert.ok(Object.is(parse("-0.0"), -0));
  for (
    const text of [
      "",
      "-",
      ".",
      "e5",
      "1e",
      "1e+",
      "1 ",
      " 1",
      "1.2.3",
      "nan",
      "1x",
      "--1",
      "1e400",
      "1e-400",
    ]
  ) {
    assert.ok(Number.isNaN(parse(text)), text);
  }
});
