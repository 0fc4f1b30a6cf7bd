/**
 * Random commands of the group "stream".
 *
 * @module
 */

import fc from "fast-check";
import type { Comparison } from "../case.ts";
import { command, type GeneratedCommand, integer, key, keyword, maybe, several, value } from "./arguments.ts";

/** A time far in the future: an ID that a server completes does not depend on its clock. */
const TIME = "33177117420000";

const CLOCK: Comparison = { how: "approximate", within: 60_000 };

const id = fc.oneof(
  { weight: 20, arbitrary: fc.integer({ min: 0, max: 40 }).map((n) => `${TIME}-${n}`) },
  { weight: 2, arbitrary: fc.constantFrom(TIME, "0", "0-0", "0-1", "1-1", `${TIME}0-0`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "",
      "-",
      "+",
      "$",
      ">",
      "*",
      "abc",
      "1-",
      "-1",
      "007-+8",
      "18446744073709551615-18446744073709551615",
      "18446744073709551616-0",
      "1-18446744073709551615",
      `${TIME}-*`,
    ),
  },
);

const newId = fc.oneof(
  { weight: 30, arbitrary: fc.constant(`${TIME}-*`) },
  { weight: 1, arbitrary: id.filter((text) => text !== "*") },
);

const start = fc.oneof(
  { weight: 3, arbitrary: fc.constant("-") },
  { weight: 3, arbitrary: id },
  { weight: 1, arbitrary: id.map((text) => `(${text}`) },
);

const end = fc.oneof(
  { weight: 3, arbitrary: fc.constant("+") },
  { weight: 3, arbitrary: id },
  { weight: 1, arbitrary: id.map((text) => `(${text}`) },
);

const field = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom("f", "g", "7") },
  { weight: 1, arbitrary: value },
);

const small = fc.oneof(
  { weight: 10, arbitrary: fc.integer({ min: 0, max: 8 }).map(String) },
  { weight: 1, arbitrary: integer },
);

const limit = fc.oneof(
  { weight: 4, arbitrary: fc.constant([]) },
  { weight: 1, arbitrary: fc.tuple(keyword("LIMIT"), small) },
);

const operator = fc.constantFrom<readonly string[]>([], [], ["="], ["~"], ["~"]);

const trim = fc.oneof(
  fc.tuple(keyword("MAXLEN"), operator, small, limit),
  fc.tuple(keyword("MINID"), operator, id, limit),
).map((words) => words.flat());

const group = fc.constantFrom("g", "g", "h", "");
const consumer = fc.constantFrom("alice", "bob", "c\x00d");
const idle = fc.constantFrom("0", "0", "0", "100000000", "-1", "abc");

const addOptions = fc.oneof(
  { weight: 5, arbitrary: fc.constant([]) },
  { weight: 2, arbitrary: trim },
  { weight: 1, arbitrary: fc.tuple(keyword("NOMKSTREAM")) },
);

const claimOption = fc.oneof(
  fc.tuple(keyword("IDLE"), fc.constantFrom("0", "500000000", "-5", "x")),
  fc.tuple(keyword("TIME"), fc.constantFrom("1", "-1", "x")),
  fc.tuple(keyword("RETRYCOUNT"), fc.constantFrom("0", "7", "-1", "9223372036854775807", "x")),
  fc.tuple(fc.oneof(keyword("FORCE"), keyword("JUSTID"))),
  fc.tuple(keyword("LASTID"), id),
  fc.tuple(fc.constantFrom("JUNK", "IDLE")),
);

const claimOptions = fc.array(claimOption, { maxLength: 3 }).map((options) => options.flat());

const count = maybe(keyword("COUNT"), small);
const add = command("XADD", [key, addOptions, newId, several(fc.tuple(field, value), 3), maybe(field)]);
const readGroup = command("XREADGROUP", [
  keyword("GROUP"),
  group,
  consumer,
  count,
  fc.oneof(fc.constant([]), fc.constant([]), fc.tuple(keyword("NOACK"))),
  keyword("STREAMS"),
  key,
  fc.oneof({ weight: 4, arbitrary: fc.constant(">") }, { weight: 1, arbitrary: id }),
]);
const createGroup = command("XGROUP", [
  keyword("CREATE"),
  key,
  group,
  fc.oneof(fc.constantFrom("0", "$"), id),
  fc.oneof(
    fc.constant([]),
    fc.tuple(keyword("MKSTREAM")),
    fc.tuple(keyword("ENTRIESREAD"), small),
  ),
]);

/** One arbitrary a command, and those several times without which the others find nothing. */
export const streamCommands: readonly fc.Arbitrary<GeneratedCommand>[] = [
  add,
  add,
  add,
  add,
  add,
  createGroup,
  createGroup,
  readGroup,
  readGroup,
  readGroup,
  command("XREADGROUP", [
    keyword("GROUP"),
    group,
    consumer,
    keyword("STREAMS"),
    fc.tuple(key, key),
    fc.tuple(fc.constantFrom(">", "0"), fc.constantFrom(">", "0")),
  ]),
  command("XLEN", [key]),
  command("XRANGE", [key, start, end, count]),
  command("XREVRANGE", [key, end, start, count]),
  command("XREAD", [count, keyword("STREAMS"), key, id.filter((text) => text !== "+")]),
  command("XREAD", [count, keyword("STREAMS"), fc.tuple(key, key), fc.tuple(id, id)]).filter(({ args }) =>
    !args.includes("+")
  ),
  command("XDEL", [key, several(id)]),
  command("XTRIM", [key, trim]),
  command("XACK", [key, group, several(id)]),
  command("XPENDING", [key, group]),
  command("XPENDING", [key, group, maybe(keyword("IDLE"), idle), start, end, small, maybe(consumer)], CLOCK),
  command("XCLAIM", [key, group, consumer, idle, several(id), claimOptions]),
  // With a COUNT of billions Redis asks for memory that the machine may not have.
  command("XAUTOCLAIM", [
    key,
    group,
    consumer,
    idle,
    start,
    maybe(keyword("COUNT"), fc.constantFrom("1", "2", "3", "100", "0", "-1", "x", "9223372036854775807")),
    maybe(keyword("JUSTID")),
  ]),
  command("XGROUP", [keyword("SETID"), key, group, id, maybe(keyword("ENTRIESREAD"), small)]),
  command("XGROUP", [keyword("DESTROY"), key, group]),
  command("XGROUP", [keyword("CREATECONSUMER"), key, group, consumer]),
  command("XGROUP", [keyword("DELCONSUMER"), key, group, consumer]),
  command("XSETID", [
    key,
    id,
    maybe(keyword("ENTRIESADDED"), integer),
    maybe(keyword("MAXDELETEDID"), id),
  ]),
  command("XINFO", [keyword("STREAM"), key]),
  command("XINFO", [keyword("STREAM"), key, keyword("FULL"), count], CLOCK),
  command("XINFO", [keyword("GROUPS"), key]),
  command("XINFO", [keyword("CONSUMERS"), key, group], CLOCK),
];
