/**
 * Random commands of the group "string".
 *
 * @module
 */

import fc from "fast-check";
import {
  command,
  float,
  type GeneratedCommand,
  integer,
  key,
  keyword,
  maybe,
  milliseconds,
  offset,
  seconds,
  several,
  unixMilliseconds,
  unixSeconds,
  value,
} from "./arguments.ts";

const expiry: fc.Arbitrary<readonly string[]> = fc.oneof(
  fc.tuple(keyword("EX"), seconds),
  fc.tuple(keyword("PX"), milliseconds),
  fc.tuple(keyword("EXAT"), unixSeconds),
  fc.tuple(keyword("PXAT"), unixMilliseconds),
);

const setOption: fc.Arbitrary<readonly string[]> = fc.oneof(
  { weight: 3, arbitrary: expiry },
  { weight: 5, arbitrary: fc.tuple(fc.oneof(...["NX", "XX", "GET", "KEEPTTL"].map(keyword))) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom("PERSIST", "JUNK", "EX", "")) },
);

const getexOption: fc.Arbitrary<readonly string[]> = fc.oneof(
  { weight: 3, arbitrary: expiry },
  { weight: 2, arbitrary: fc.tuple(keyword("PERSIST")) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom("KEEPTTL", "JUNK", "PX")) },
);

const lcsOption: fc.Arbitrary<readonly string[]> = fc.oneof(
  fc.tuple(fc.oneof(...["LEN", "IDX", "WITHMATCHLEN"].map(keyword))),
  fc.tuple(keyword("MINMATCHLEN"), fc.constantFrom("0", "2", "5", "-1", "abc")),
);

const pair = fc.tuple(key, value);

/** One arbitrary a command. */
export const stringCommands: readonly fc.Arbitrary<GeneratedCommand>[] = [
  command("SET", [key, value]),
  command("SET", [key, value, fc.array(setOption, { maxLength: 3 }).map((options) => options.flat())]),
  command("GET", [key]),
  command("GETSET", [key, value]),
  command("GETDEL", [key]),
  command("GETEX", [key, fc.array(getexOption, { maxLength: 2 }).map((options) => options.flat())]),
  command("SETNX", [key, value]),
  command("SETEX", [key, seconds, value]),
  command("PSETEX", [key, milliseconds, value]),
  command("MGET", [several(key)]),
  command("MSET", [several(pair, 3), maybe(key)]),
  command("MSETNX", [several(pair, 3), maybe(key)]),
  command("APPEND", [key, value]),
  command("STRLEN", [key]),
  command("GETRANGE", [key, offset, offset]),
  command("SUBSTR", [key, offset, offset]),
  command("SETRANGE", [key, offset, value]),
  command("INCR", [key]),
  command("DECR", [key]),
  command("INCRBY", [key, integer]),
  command("DECRBY", [key, integer]),
  command("INCRBYFLOAT", [key, float]),
  command("LCS", [key, key, fc.array(lcsOption, { maxLength: 3 }).map((options) => options.flat())]),
];
