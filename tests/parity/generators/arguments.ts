/**
 * Arguments that random commands are made of: few keys, so that commands meet, and values around every edge.
 *
 * @module
 */

import fc from "fast-check";
import type { Comparison } from "../case.ts";

/** A random command and how its reply is compared. */
export interface GeneratedCommand {
  readonly args: readonly string[];
  readonly comparison: Comparison;
}

/** The keys of random commands: few, one of them empty, one binary. */
export const KEYS = ["a", "b", "c", "", "\x00\xff\r\n"];

/**
 * The keys of random HyperLogLogs: what other commands write into one may end in half an opcode, of which Redis reads
 * and writes the other half behind the string (docs/differences.md).
 */
export const HYPERLOGLOG_KEYS = ["h", "i"];

/** The databases of random commands. */
export const DATABASES = ["0", "1"];

const EXACT: Comparison = { how: "exact" };

/** A far time, and one so far that no relative time reaches it; seconds since the epoch. */
const FAR = 33177117420;

/** A key. */
export const key = fc.constantFrom(...KEYS);

/** The key of a HyperLogLog. */
export const hyperloglogKey = fc.constantFrom(...HYPERLOGLOG_KEYS);

/** A database's index, now and then one that does not exist. */
export const database = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom(...DATABASES) },
  { weight: 1, arbitrary: fc.constantFrom("16", "-1", "abc", "") },
);

const edgeIntegers = [
  "0",
  "1",
  "-1",
  "10",
  "-10",
  "9223372036854775807",
  "-9223372036854775808",
  "9223372036854775806",
  "9223372036854775808",
  "-9223372036854775809",
  "9007199254740993",
  "01",
  "+1",
  " 1",
  "1.0",
  "abc",
  "",
];

/** An integer as a client writes it, or something that just misses being one. */
export const integer = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -50, max: 50 }).map(String) },
  { weight: 2, arbitrary: fc.constantFrom(...edgeIntegers) },
  { weight: 1, arbitrary: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String) },
);

/** A number for INCRBYFLOAT. */
export const float = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: -100_000, max: 100_000 }).map((n) => String(n / 1000)) },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.integer({ min: -999, max: 999 }), fc.integer({ min: -20, max: 20 })).map((
      [m, e],
    ) => `${m}e${e}`),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "inf",
      "-inf",
      "nan",
      "",
      "abc",
      " 1",
      "1 ",
      ".5",
      "5.",
      "0x10",
      "1e",
      "3.0",
      "-0",
    ),
  },
);

/** A value of a string key. */
export const value = fc.oneof(
  { weight: 4, arbitrary: integer },
  { weight: 2, arbitrary: float },
  { weight: 3, arbitrary: fc.string({ unit: "binary-ascii", maxLength: 12 }) },
  {
    weight: 1,
    arbitrary: fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 60 }).map((bytes) =>
      String.fromCharCode(...bytes)
    ),
  },
  { weight: 1, arbitrary: fc.constantFrom("x".repeat(43), "y".repeat(44), "z".repeat(45), "w".repeat(200)) },
);

/** An offset or index, mostly a small one: a SETRANGE far out makes values that cost time and show nothing. */
export const offset = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: -70, max: 70 }).map(String) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "9223372036854775807",
      "-9223372036854775808",
      "9223372036854775808",
      "abc",
      "",
      "1.0",
    ),
  },
);

/** Seconds from now; as they pass, replies that tell them are compared approximately. */
export const seconds = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("100", "5000", "1000000") },
  {
    weight: 1,
    arbitrary: fc.constantFrom("0", "-1", "abc", "", "9223372036854775807", "9223372036854776", "1.5"),
  },
);

/** Milliseconds from now. */
export const milliseconds = seconds.map((text) => /^[1-9]\d{2,6}$/.test(text) ? `${text}000` : text);

/** Seconds since the epoch, long past or far in the future, never near now. */
export const unixSeconds = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(String(FAR - 1000), String(FAR), String(FAR + 1000)) },
  { weight: 2, arbitrary: fc.constantFrom("1", "1000") },
  {
    weight: 1,
    arbitrary: fc.constantFrom("0", "-1", "abc", "", "9223372036854775807", "9223372036854776", "1.5"),
  },
);

/** Milliseconds since the epoch. */
export const unixMilliseconds = unixSeconds.map((text) => /^[1-9]\d{9,10}$/.test(text) ? `${text}000` : text);

/** A word in upper, lower or mixed case. */
export function keyword(word: string): fc.Arbitrary<string> {
  return fc.constantFrom(word, word, word.toLowerCase(), word[0] + word.slice(1).toLowerCase());
}

/** An argument list from arbitraries of single arguments and of lists of them. */
export function command(
  name: string,
  parts: readonly fc.Arbitrary<string | readonly string[]>[],
  comparison: Comparison = EXACT,
): fc.Arbitrary<GeneratedCommand> {
  return fc.tuple(...parts).map((args) => ({ args: [name, ...args.flat()], comparison }));
}

/** The argument list now and then. */
export function maybe(...parts: readonly fc.Arbitrary<string>[]): fc.Arbitrary<readonly string[]> {
  return fc.oneof(fc.constant([]), fc.tuple(...parts));
}

/** A few of them. */
export function several(
  part: fc.Arbitrary<string | readonly string[]>,
  maximum = 4,
): fc.Arbitrary<readonly string[]> {
  return fc.array(part, { minLength: 1, maxLength: maximum }).map((list) => list.flat());
}
