/**
 * Random commands of the group "list".
 *
 * @module
 */

import fc from "fast-check";
import {
  command,
  type GeneratedCommand,
  integer,
  key,
  keyword,
  maybe,
  offset,
  several,
} from "./arguments.ts";

/** Few, so that elements repeat; a long one now and then, of which a handful fills a node. */
const element = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.constantFrom("a", "b", "c", "1", "-5", "007", "300", "", "\x00\xff\r\n", "3.0"),
  },
  { weight: 5, arbitrary: fc.integer().map(String) },
  { weight: 2, arbitrary: fc.constantFrom("9223372036854775807", "-9223372036854775808", "x".repeat(63)) },
  { weight: 2, arbitrary: fc.constantFrom("x".repeat(64), "y".repeat(1500), "z".repeat(4096)) },
  { weight: 1, arbitrary: fc.constantFrom("u".repeat(8190), "v".repeat(9000)) },
);

/** Enough elements for several nodes. */
const manyElements = fc.tuple(fc.nat(5), fc.integer({ min: 30, max: 120 }), fc.constantFrom(1, 40, 200)).map((
  [from, count, length],
) => Array.from({ length: count }, (_, i) => `${(i + from) % 10}`.repeat(length)));

const end = fc.oneof(
  { weight: 12, arbitrary: fc.oneof(keyword("LEFT"), keyword("RIGHT")) },
  { weight: 1, arbitrary: fc.constant("JUNK") },
);

const smallCount = fc.oneof(
  { weight: 6, arbitrary: fc.nat(12).map(String) },
  { weight: 1, arbitrary: integer },
);

const signedCount = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -5, max: 5 }).map(String) },
  { weight: 1, arbitrary: integer },
);

const posOption: fc.Arbitrary<readonly string[]> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(keyword("RANK"), signedCount) },
  { weight: 4, arbitrary: fc.tuple(keyword("COUNT"), smallCount) },
  { weight: 4, arbitrary: fc.tuple(keyword("MAXLEN"), smallCount) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom("JUNK", "RANK", "COUNT")) },
);

/** As many keys as are announced, but for now and then. */
const countedKeys = fc.tuple(fc.array(key, { minLength: 1, maxLength: 3 }), fc.nat(15)).map((
  [keys, slip],
) => [slip === 0 ? String(keys.length + 1) : slip === 1 ? "0" : String(keys.length), ...keys]);

const popOptions = maybe(keyword("COUNT"), smallCount);

/** One arbitrary a command. What might block is left to the tests with several connections. */
export const listCommands: readonly fc.Arbitrary<GeneratedCommand>[] = [
  command("LPUSH", [key, several(element)]),
  command("LPUSH", [key, manyElements]),
  command("RPUSH", [key, several(element)]),
  command("RPUSH", [key, element]),
  command("RPUSH", [key, manyElements]),
  command("LPUSHX", [key, several(element)]),
  command("RPUSHX", [key, several(element)]),
  command("LPOP", [key]),
  command("RPOP", [key]),
  command("LPOP", [key, smallCount]),
  command("RPOP", [key, smallCount]),
  command("LLEN", [key]),
  command("LRANGE", [key, offset, offset]),
  command("LINDEX", [key, offset]),
  command("LSET", [key, offset, element]),
  command("LINSERT", [key, fc.oneof(keyword("BEFORE"), keyword("AFTER")), element, element]),
  command("LINSERT", [key, fc.constantFrom("BEFORE", "after", "JUNK"), element, element]),
  command("LREM", [key, signedCount, element]),
  command("LTRIM", [key, offset, offset]),
  command("LPOS", [key, element, fc.array(posOption, { maxLength: 3 }).map((options) => options.flat())]),
  command("LMOVE", [key, key, end, end]),
  command("RPOPLPUSH", [key, key]),
  command("LMPOP", [countedKeys, end, popOptions]),
];
