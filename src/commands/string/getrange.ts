/**
 * GETRANGE, and SUBSTR, its first name.
 *
 * @module
 */

import type { CommandContext } from "../context.ts";
import { defineCommand, oneKey } from "../define.ts";
import { readString } from "./string_value.ts";

/** `GETRANGE key start end` */
export const getrange = defineCommand({
  name: "GETRANGE",
  group: "string",
  since: "2.4.0",
  summary: "Get a substring of the string stored at a key",
  complexity:
    "O(N) where N is the length of the returned string. The complexity is ultimately determined by the returned length, but because creating a substring from an existing string is very cheap, it can be considered O(1) for small strings.",
  history: [],
  deprecated: null,
  arity: 4,
  flags: ["readonly"],
  categories: ["string"],
  tips: [],
  keys: [oneKey(1, "RO", "access")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, { name: "start", type: "integer" }, {
    name: "end",
    type: "integer",
  }],
  subcommands: [],
  run: replyRange,
});

/** `SUBSTR key start end` */
export const substr = defineCommand({
  name: "SUBSTR",
  group: "string",
  since: "1.0.0",
  summary: "Get a substring of the string stored at a key",
  complexity:
    "O(N) where N is the length of the returned string. The complexity is ultimately determined by the returned length, but because creating a substring from an existing string is very cheap, it can be considered O(1) for small strings.",
  history: [],
  deprecated: { since: "2.0.0", replacedBy: "`GETRANGE`" },
  arity: 4,
  flags: ["readonly"],
  categories: ["string"],
  tips: [],
  keys: [oneKey(1, "RO", "access")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, { name: "start", type: "integer" }, {
    name: "end",
    type: "integer",
  }],
  subcommands: [],
  run: replyRange,
});

function replyRange(context: CommandContext): void {
  const { args, entries, reply } = context;
  let start = args.integer(2);
  let end = args.integer(3);
  const entry = readString(context, 1);
  const length = entry === 0 ? 0 : entries.valueLength(entry);
  // Before both are clamped to the string's first byte, a range that ends before it starts has to be seen as such.
  const isReversed = start < 0 && end < 0 && isGreater(context, start, end);
  if (start < 0) start = Math.max(0, length + start);
  if (end < 0) end = Math.max(0, length + end);
  if (end >= length) end = length - 1;
  if (isReversed || start > end) return reply.bulk(args.bytes, 0, 0);
  entries.locateValue(entry);
  reply.bulk(entries.page, entries.at + start, entries.at + end + 1);
}

/** Whether argument 2 is greater than argument 3, given as doubles: far below zero these are not exact. */
function isGreater(context: CommandContext, start: number, end: number): boolean {
  if (start !== end || Number.isSafeInteger(start)) return start > end;
  return context.args.int64(2) > context.args.int64(3);
}
