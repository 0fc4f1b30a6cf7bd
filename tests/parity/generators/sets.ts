/**
 * Random commands of the group "set".
 *
 * @module
 */

import fc from "fast-check";
import type { Comparison } from "../case.ts";
import { command, type GeneratedCommand, integer, key, keyword, maybe, several } from "./arguments.ts";

const ANY_ORDER: Comparison = { how: "sorted", depth: 1, reason: "members come in no order" };
const SCAN_ORDER: Comparison = { how: "sorted", depth: 2, reason: "members come in no order" };

const member = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      "a",
      "b",
      "c",
      "d",
      "aa",
      "",
      "\x00",
      "\xff\r\n",
      "1",
      "2",
      "-5",
      "007",
      "1.5",
    ),
  },
  { weight: 2, arbitrary: integer },
  { weight: 2, arbitrary: fc.nat(600).map(String) },
  { weight: 2, arbitrary: fc.nat(200).map((n) => `m${n}`) },
  { weight: 1, arbitrary: fc.constantFrom("x".repeat(64), "y".repeat(65), "z".repeat(200)) },
);

/** Enough members at once for an intset or a listpack to become a table. */
const manyMembers = fc.tuple(
  fc.constantFrom("", "m", "-"),
  fc.integer({ min: 1, max: 200 }),
  fc.constantFrom(100, 128, 129, 400, 512, 513),
).map(([prefix, from, count]) => Array.from({ length: count }, (_, i) => `${prefix}${from + i}`));

/** Number of keys and keys, and now and then a number that does not fit. */
const keys = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.array(key, { minLength: 1, maxLength: 3 }).map((list) => [String(list.length), ...list]),
  },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom("0", "-1", "4", "abc", "", "1"), key, key) },
);

/** Counts with which nothing depends on chance: none, or all. */
const certainCount = fc.constantFrom(
  "0",
  "100000",
  "9223372036854775807",
  "9223372036854775808",
  "abc",
  "",
  "01",
);

const scanOption: fc.Arbitrary<readonly string[]> = fc.oneof(
  fc.tuple(keyword("MATCH"), fc.constantFrom("*", "m1*", "a", "[^a]", "", "?", "*5*", "\x00*")),
  fc.tuple(keyword("COUNT"), fc.constantFrom("10000", "1000000")),
  fc.tuple(fc.constantFrom("JUNK", "COUNT", "TYPE")),
);

/** One arbitrary a command. */
export const setCommands: readonly fc.Arbitrary<GeneratedCommand>[] = [
  command("SADD", [key, several(member)]),
  command("SADD", [key, several(member)]),
  command("SADD", [key, several(integer)]),
  command("SADD", [key, manyMembers]),
  command("SREM", [key, several(member)]),
  command("SREM", [key, several(member)]),
  command("SREM", [key, manyMembers]),
  command("SCARD", [key]),
  command("SISMEMBER", [key, member]),
  command("SMISMEMBER", [key, several(member)]),
  command("SMEMBERS", [key], ANY_ORDER),
  command("SMOVE", [key, key, member]),
  command("SMOVE", [key, key, member]),
  command("SPOP", [key, certainCount, maybe(fc.constant("JUNK"))], ANY_ORDER),
  command("SPOP", [key, fc.constant("-1")]),
  command("SRANDMEMBER", [key, certainCount, maybe(fc.constant("JUNK"))], ANY_ORDER),
  command("SRANDMEMBER", [key, fc.constant("-9223372036854775808")]),
  command("SINTER", [several(key)], ANY_ORDER),
  command("SUNION", [several(key)], ANY_ORDER),
  command("SDIFF", [several(key)], ANY_ORDER),
  command("SINTERSTORE", [key, several(key)]),
  command("SUNIONSTORE", [key, several(key)]),
  command("SDIFFSTORE", [key, several(key)]),
  command("SINTERCARD", [
    keys,
    maybe(keyword("LIMIT"), fc.constantFrom("0", "1", "2", "1000", "-1", "abc")),
    maybe(fc.constantFrom("JUNK", "LIMIT")),
  ]),
  command("SSCAN", [key, fc.constantFrom("abc", "-", "18446744073709551616")]),
  command("SSCAN", [
    key,
    fc.constant(["0", "COUNT", "100000"]),
    fc.array(scanOption, { maxLength: 2 }).map((options) => options.flat()),
  ], SCAN_ORDER),
];
