/**
 * Random commands of the group "generic", and those that work on whole databases.
 *
 * @module
 */

import fc from "fast-check";
import type { Comparison } from "../case.ts";
import {
  command,
  database,
  type GeneratedCommand,
  key,
  keyword,
  milliseconds,
  seconds,
  several,
  unixMilliseconds,
  unixSeconds,
} from "./arguments.ts";

const ANY_ORDER: Comparison = { how: "sorted", depth: 1, reason: "keys come in no order" };
const SCAN_ORDER: Comparison = { how: "sorted", depth: 2, reason: "keys come in no order" };
const SECONDS_PASS: Comparison = { how: "approximate", within: 5 };
const MILLISECONDS_PASS: Comparison = { how: "approximate", within: 5000 };

const pattern = fc.constantFrom("*", "a", "?", "[ab]", "[^a]", "*a*", "", "\\a", "[a-c]", "[", "\x00*");

const copyOption: fc.Arbitrary<readonly string[]> = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(keyword("REPLACE")) },
  { weight: 3, arbitrary: fc.tuple(keyword("DB"), database) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom("JUNK", "DB")) },
);

const condition: fc.Arbitrary<readonly string[]> = fc.array(
  fc.oneof(...["NX", "XX", "GT", "LT"].map(keyword)),
  { maxLength: 2 },
);

/**
 * Only NX and XX beside times relative to now: whether GT and LT hold between two such times depends on the
 * millisecond at which each was set.
 */
const relativeCondition: fc.Arbitrary<readonly string[]> = fc.array(
  fc.oneof(...["NX", "XX"].map(keyword)),
  { maxLength: 2 },
);

const scanOption: fc.Arbitrary<readonly string[]> = fc.oneof(
  fc.tuple(keyword("MATCH"), pattern),
  fc.tuple(keyword("TYPE"), fc.constantFrom("string", "STRING", "list", "hash")),
  fc.tuple(keyword("COUNT"), fc.constantFrom("100", "1000")),
  fc.tuple(fc.constantFrom("JUNK", "COUNT")),
);

/** One arbitrary a command. */
export const genericCommands: readonly fc.Arbitrary<GeneratedCommand>[] = [
  command("DEL", [several(key)]),
  command("UNLINK", [several(key)]),
  command("EXISTS", [several(key)]),
  command("TOUCH", [several(key)]),
  command("TYPE", [key]),
  command("RENAME", [key, key]),
  command("RENAMENX", [key, key]),
  command("COPY", [key, key, fc.array(copyOption, { maxLength: 2 }).map((options) => options.flat())]),
  command("MOVE", [key, database]),
  command("KEYS", [pattern], ANY_ORDER),
  command(
    "SCAN",
    // COUNT comes first so that one call returns everything, whatever order the server walks in.
    [
      fc.constant(["0", "COUNT", "1000"]),
      fc.array(scanOption, { maxLength: 2 }).map((options) => options.flat()),
    ],
    SCAN_ORDER,
  ),
  command("OBJECT", [keyword("ENCODING"), key], { how: "encoding" }),
  command("OBJECT", [keyword("REFCOUNT"), fc.constant("no such key")]),
  command("SELECT", [database]),
];

/** Rare commands: they empty or swap what the others build up. */
export const databaseCommands: readonly fc.Arbitrary<GeneratedCommand>[] = [
  command("SWAPDB", [database, database]),
  command("FLUSHDB", [fc.constantFrom([], ["ASYNC"], ["SYNC"], ["JUNK"])]),
  command("FLUSHALL", [fc.constantFrom([], ["async"], ["sync"], ["ASYNC", "SYNC"])]),
];

/** Times to live. */
export const expiryCommands: readonly fc.Arbitrary<GeneratedCommand>[] = [
  command("EXPIRE", [key, seconds, relativeCondition]),
  command("PEXPIRE", [key, milliseconds, relativeCondition]),
  command("EXPIREAT", [key, unixSeconds, condition]),
  command("PEXPIREAT", [key, unixMilliseconds, condition]),
  command("PERSIST", [key]),
  command("TTL", [key], SECONDS_PASS),
  command("PTTL", [key], MILLISECONDS_PASS),
  command("EXPIRETIME", [key], SECONDS_PASS),
  command("PEXPIRETIME", [key], MILLISECONDS_PASS),
];
