/**
 * Random commands of the group "hash".
 *
 * @module
 */

import fc from "fast-check";
import type { Comparison } from "../case.ts";
import { command, float, type GeneratedCommand, integer, key, keyword, several, value } from "./arguments.ts";

const ANY_ORDER: Comparison = { how: "sorted", depth: 1, reason: "fields come in no order" };
const SCAN_ORDER: Comparison = { how: "sorted", depth: 2, reason: "fields come in no order" };

/** Few, so that commands meet; one is too long for a listpack. */
const field = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom("a", "b", "c", "1", "-5", "007", "", "\x00\xff\r\n") },
  { weight: 5, arbitrary: fc.integer({ min: 0, max: 20 }).map((n) => `field:${n}`) },
  { weight: 1, arbitrary: fc.constantFrom("f".repeat(64), "f".repeat(65)) },
);

const pair = fc.tuple(field, value);

const pattern = fc.constantFrom("*", "a", "?", "[ab]", "field:*", "", "f*5", "\x00*");

const scanOption: fc.Arbitrary<readonly string[]> = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(keyword("MATCH"), pattern) },
  { weight: 3, arbitrary: fc.tuple(keyword("COUNT"), fc.constantFrom("100", "1000")) },
  { weight: 1, arbitrary: fc.tuple(keyword("COUNT"), fc.constantFrom("0", "-1", "abc")) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom("JUNK", "COUNT", "TYPE")) },
);

/** Counts that leave nothing to chance: none, or all. */
const randomCount = fc.constantFrom("0", "100", "1000", "abc", "1.5", "", "-9223372036854775808");

/** One arbitrary a command. */
export const hashCommands: readonly fc.Arbitrary<GeneratedCommand>[] = [
  command("HSET", [key, pair]),
  command("HSET", [key, several(pair)]),
  command("HSET", [key, several(pair), field]),
  command("HMSET", [key, several(pair)]),
  command("HSETNX", [key, pair]),
  command("HGET", [key, field]),
  command("HMGET", [key, several(field)]),
  command("HGETALL", [key], ANY_ORDER),
  command("HKEYS", [key], ANY_ORDER),
  command("HVALS", [key], ANY_ORDER),
  command("HLEN", [key]),
  command("HSTRLEN", [key, field]),
  command("HEXISTS", [key, field]),
  command("HDEL", [key, field]),
  command("HDEL", [key, several(field)]),
  command("HINCRBY", [key, field, integer]),
  command("HINCRBYFLOAT", [key, field, float]),
  command("HRANDFIELD", [key, randomCount], ANY_ORDER),
  command("HRANDFIELD", [key, randomCount, fc.constantFrom("WITHVALUES", "withvalues", "JUNK")], ANY_ORDER),
  command(
    "HSCAN",
    [
      key,
      fc.constant(["0", "COUNT", "1000"]),
      fc.array(scanOption, { maxLength: 2 }).map((options) => options.flat()),
    ],
    SCAN_ORDER,
  ),
];
