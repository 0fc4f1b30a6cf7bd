/**
 * Random commands of the group "sorted-set".
 *
 * @module
 */

import fc from "fast-check";
import type { Comparison } from "../case.ts";
import { command, float, type GeneratedCommand, key, keyword, maybe, offset, several } from "./arguments.ts";

/**
 * Members with unequal scores in a skiplist have no order that ranges by string could rely on: Redis's answer depends
 * on the random heights of its nodes. So these commands work on a key where all scores are equal, and on one that stays
 * a listpack.
 */
const EQUAL_SCORES = "equal scores", PACKED = "packed";

const ANY_ORDER: Comparison = {
  how: "sorted",
  depth: 2,
  reason: "a large sorted set is scanned in no order",
};

const shortMember = fc.constantFrom(
  "a",
  "b",
  "c",
  "d",
  "e",
  "aa",
  "",
  "\x00",
  "\xff",
  "10",
  "-5",
  "007",
  "1.5",
  "é",
);

const member = fc.oneof(
  { weight: 6, arbitrary: shortMember },
  { weight: 1, arbitrary: fc.constantFrom("x".repeat(64), "y".repeat(65), "z".repeat(200)) },
  { weight: 2, arbitrary: fc.nat(300).map((n) => `m${n}`) },
);

const score = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -5, max: 5 }).map(String) },
  { weight: 3, arbitrary: float },
  { weight: 1, arbitrary: fc.double().map(String).map((text) => text.replace("Infinity", "inf")) },
  {
    weight: 1,
    arbitrary: fc.constantFrom("inf", "-inf", "+inf", "-0", "9007199254740993", "4611686018427387904"),
  },
);

const weight = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom("1", "2", "-1", "0", "0.5", "1.1") },
  { weight: 1, arbitrary: fc.constantFrom("inf", "-inf", "abc", "nan") },
);

const pair = fc.tuple(score, member);
/** Enough members at once for a listpack to become a skiplist. */
const manyPairs = fc.tuple(fc.nat(3), fc.nat(200), fc.integer({ min: 100, max: 140 })).map((
  [factor, from, count],
) => Array.from({ length: count }, (_, i) => [String(i * factor), `m${from + i}`]).flat());

const addOptions = fc.array(
  fc.oneof(...["NX", "XX", "GT", "LT", "CH", "INCR", "JUNK"].map(keyword)),
  { maxLength: 3 },
);

const scoreBound = fc.oneof(
  { weight: 5, arbitrary: score },
  { weight: 2, arbitrary: score.map((text) => `(${text}`) },
  { weight: 1, arbitrary: fc.constantFrom("", "(", " 1", "(-inf", "0x1p3", "1e999", "1x") },
);

const lexBound = fc.oneof(
  { weight: 3, arbitrary: shortMember.map((text) => `[${text}`) },
  { weight: 3, arbitrary: shortMember.map((text) => `(${text}`) },
  { weight: 3, arbitrary: fc.constantFrom("-", "+") },
  { weight: 1, arbitrary: fc.constantFrom("", "a", "+a", "--", "-\x00x") },
);

const limit = maybe(keyword("LIMIT"), offset, offset);
const withScores = maybe(keyword("WITHSCORES"));
const rangeOptions = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.tuple(keyword("REV")) },
    { weight: 2, arbitrary: fc.tuple(keyword("BYSCORE")) },
    { weight: 2, arbitrary: fc.tuple(keyword("LIMIT"), offset, offset) },
    { weight: 3, arbitrary: fc.tuple(keyword("WITHSCORES")) },
    { weight: 1, arbitrary: fc.tuple(fc.constantFrom("JUNK", "LIMIT", "")) },
  ),
  { maxLength: 3 },
).map((options) => options.flat());

const lexKey = fc.constantFrom(EQUAL_SCORES, PACKED);
const lexOptions = fc.oneof(limit, fc.tuple(keyword("REV")), fc.tuple(keyword("WITHSCORES")));

/** Number of keys and keys, and now and then a number that does not fit. */
const keys = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.array(key, { minLength: 1, maxLength: 3 }).map((list) => [String(list.length), ...list]),
  },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom("0", "-1", "4", "abc", "", "1"), key, key) },
);

const combineOptions = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.tuple(keyword("WEIGHTS"), several(weight, 3)).map((parts) => parts.flat()) },
    {
      weight: 4,
      arbitrary: fc.tuple(keyword("AGGREGATE"), fc.oneof(...["SUM", "MIN", "MAX", "JUNK"].map(keyword))),
    },
    { weight: 4, arbitrary: fc.tuple(keyword("WITHSCORES")) },
    { weight: 1, arbitrary: fc.tuple(fc.constantFrom("JUNK", "WEIGHTS", "AGGREGATE")) },
  ),
  { maxLength: 3 },
).map((options) => options.flat());

const popCount = fc.constantFrom("0", "1", "2", "5", "1000", "-1", "abc", "9223372036854775807");
const extreme = fc.oneof(...["MIN", "MAX", "JUNK"].map(keyword));

/** One arbitrary a command. */
export const sortedSetCommands: readonly fc.Arbitrary<GeneratedCommand>[] = [
  command("ZADD", [key, several(pair)]),
  command("ZADD", [key, several(pair)]),
  command("ZADD", [key, addOptions, several(pair, 2)]),
  command("ZADD", [key, manyPairs]),
  command("ZADD", [fc.constant(EQUAL_SCORES), several(fc.tuple(fc.constant("0"), shortMember))]),
  command("ZADD", [fc.constant(EQUAL_SCORES), fc.constant("0"), fc.constant("long ".repeat(20))]),
  command("ZADD", [fc.constant(PACKED), several(fc.tuple(score, shortMember))]),
  command("ZINCRBY", [key, score, member]),
  command("ZREM", [key, several(member)]),
  command("ZREM", [lexKey, several(shortMember)]),
  command("ZCARD", [key]),
  command("ZSCORE", [key, member]),
  command("ZMSCORE", [key, several(member)]),
  command("ZRANK", [key, member]),
  command("ZREVRANK", [key, member]),
  command("ZCOUNT", [key, scoreBound, scoreBound]),
  command("ZRANGE", [key, offset, offset, withScores]),
  command("ZRANGE", [key, scoreBound, scoreBound, rangeOptions]),
  command("ZRANGE", [key, fc.constant(["0", "-1", "WITHSCORES"])]),
  command("ZREVRANGE", [key, offset, offset, withScores]),
  command("ZRANGEBYSCORE", [key, scoreBound, scoreBound, withScores, limit]),
  command("ZREVRANGEBYSCORE", [key, scoreBound, scoreBound, withScores, limit]),
  command("ZRANGESTORE", [key, key, scoreBound, scoreBound, rangeOptions]),
  command("ZRANGESTORE", [key, lexKey, lexBound, lexBound, fc.constant("BYLEX"), limit]),
  command("ZLEXCOUNT", [lexKey, lexBound, lexBound]),
  command("ZRANGE", [lexKey, lexBound, lexBound, fc.constant("BYLEX"), lexOptions]),
  command("ZRANGEBYLEX", [lexKey, lexBound, lexBound, limit]),
  command("ZREVRANGEBYLEX", [lexKey, lexBound, lexBound, limit]),
  command("ZREMRANGEBYLEX", [lexKey, lexBound, lexBound]),
  command("ZREMRANGEBYRANK", [key, offset, offset]),
  command("ZREMRANGEBYSCORE", [key, scoreBound, scoreBound]),
  command("ZPOPMIN", [key, maybe(popCount)]),
  command("ZPOPMAX", [key, maybe(popCount)]),
  command("ZMPOP", [keys, extreme, maybe(keyword("COUNT"), popCount)]),
  // On keys that hold nothing these would wait; a timeout of a millisecond ends that.
  command("BZPOPMIN", [several(key, 2), fc.constantFrom("0.001", "-1", "abc", "1e400")]),
  command("BZMPOP", [fc.constantFrom("0.001", "inf"), keys, extreme]),
  command("ZUNION", [keys, combineOptions]),
  command("ZINTER", [keys, combineOptions]),
  command("ZDIFF", [keys, withScores]),
  command("ZUNIONSTORE", [key, keys, combineOptions]),
  command("ZINTERSTORE", [key, keys, combineOptions]),
  command("ZDIFFSTORE", [key, keys]),
  command("ZINTERCARD", [keys, maybe(keyword("LIMIT"), fc.constantFrom("0", "1", "2", "-1", "abc"))]),
  command("ZRANDMEMBER", [key, fc.constantFrom("0", "1000", "abc", "-9223372036854775808"), withScores]),
  command("ZSCAN", [key, fc.constantFrom("0", "abc"), fc.constant(["COUNT", "1000"])], ANY_ORDER),
  command("ZSCAN", [
    key,
    fc.constant(["0", "COUNT", "1000", "MATCH"]),
    fc.constantFrom("*", "m1*", "a", "[^a]"),
  ], ANY_ORDER),
];
