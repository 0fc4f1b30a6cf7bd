/**
 * Random SORT and SORT_RO.
 *
 * The members of sets and sorted sets come in no order, and what weighs the same stays in the order it came in; so most
 * of these commands work on keys of their own that always hold the same type.
 *
 * @module
 */

import fc from "fast-check";
import { command, type GeneratedCommand, integer, key, keyword, offset, several } from "./arguments.ts";

const LIST = "sort:list", NUMBERS = "sort:numbers", SORTED_SET = "sort:zset", SET = "sort:set";

const element = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.constantFrom("a", "b", "c", "d", "aa", "ab", "B", "\xff", "a\x00b", "a\x00a"),
  },
  { weight: 6, arbitrary: fc.integer({ min: -20, max: 20 }).map(String) },
);

/**
 * Integers only: for any other number redis-server 7.0 looks at an errno that the command before may have left, and
 * fails then.
 */
const number = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: -20, max: 20 }).map(String) },
  { weight: 3, arbitrary: fc.integer().map(String) },
  { weight: 1, arbitrary: fc.constantFrom("9007199254740993", "9007199254740992", "-9223372036854775808") },
);

/** What now and then is no number. */
const weight = fc.oneof(
  { weight: 30, arbitrary: number },
  { weight: 1, arbitrary: fc.constantFrom("abc", "nan", "1x", " ", "1 ", "--1") },
);

const numbers = fc.array(number, { minLength: 1, maxLength: 60 });

const limit = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(keyword("LIMIT"), fc.nat(8).map(String), fc.nat(12).map(String)) },
  { weight: 2, arbitrary: fc.tuple(keyword("LIMIT"), offset, offset) },
  { weight: 1, arbitrary: fc.tuple(keyword("LIMIT"), integer, integer) },
);

const order = fc.oneof(keyword("ASC"), keyword("DESC")).map((word) => [word]);
const alpha = keyword("ALPHA").map((word) => [word]);
const weights = fc.constantFrom("w:*", "h:*->a", "h:*->b", "*", "none:*", "w:*x", "h:*->");
const unsorted = fc.constantFrom("nosort", "", "#", "nosort->a");
const get = fc.tuple(
  keyword("GET"),
  fc.constantFrom("#", "w:*", "h:*->a", "h:*->b", "*", "none", "h:*", "w:*->a"),
);

type Options = fc.Arbitrary<readonly string[]>;

/** Some of these options in any order. */
function options(...choices: Options[]): Options {
  return fc.array(fc.oneof(...choices), { maxLength: 4 }).map((chosen) => chosen.flat());
}

const by: Options = fc.tuple(keyword("BY"), weights);
const byNothing: Options = fc.tuple(keyword("BY"), unsorted);
const store: Options = fc.tuple(keyword("STORE"), key);
const junk: Options = fc.constantFrom(["JUNK"], ["BY"], ["GET"], ["LIMIT", "1"], ["STORE"]);

const sort = fc.constantFrom("SORT", "SORT_RO");

function sorting(name: string, ...choices: Options[]): fc.Arbitrary<GeneratedCommand> {
  return fc.tuple(sort, options(...choices)).map(([word, chosen]) => ({
    args: [word, name, ...chosen],
    comparison: { how: "exact" },
  }));
}

/** One arbitrary a kind of request. */
export const sortCommands: readonly fc.Arbitrary<GeneratedCommand>[] = [
  command("RPUSH", [fc.constant(LIST), several(element, 20)]),
  command("LTRIM", [fc.constant(LIST), fc.constant("0"), fc.constant("70")]),
  command("RPUSH", [fc.constant(NUMBERS), numbers]),
  command("LTRIM", [fc.constant(NUMBERS), fc.constant("0"), fc.constant("70")]),
  command("ZADD", [fc.constant(SORTED_SET), fc.integer({ min: -3, max: 3 }).map(String), number]),
  command("SADD", [fc.constant(SET), fc.integer({ min: -50, max: 50 }).map(String)]),
  command("SET", [fc.oneof(element, number).map((text) => `w:${text}`), weight]),
  command("HSET", [
    fc.oneof(element, number).map((text) => `h:${text}`),
    fc.constantFrom("a", "b"),
    fc.oneof(weight, element),
  ]),
  command("SORT", [fc.constant(LIST), options(order, limit, by, byNothing, get, store), alpha]),
  command("SORT", [fc.constant(LIST), alpha, options(order, limit, by, get)]),
  command("SORT_RO", [fc.constant(LIST), options(order, limit, by, byNothing, get, store), alpha]),
  sorting(NUMBERS, order, limit, get),
  sorting(NUMBERS, order, limit, by, get),
  sorting(NUMBERS, order, limit, by, get, store),
  sorting(NUMBERS, alpha, order, limit, byNothing, get, store, junk),
  fc.tuple(sort, byNothing, options(order, limit, get, store)).map(([word, first, chosen]) => ({
    args: [word, SORTED_SET, ...first, ...chosen],
    comparison: { how: "exact" },
  })),
  command("SORT", [fc.constant(SET), store, byNothing, options(byNothing, order, limit, get)]),
  command("SORT", [fc.constant(SET), alpha, options(order, limit, get, store)]),
  command("SORT", [key, store, alpha, options(order, limit)]),
];
