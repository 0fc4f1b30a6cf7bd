/**
 * BITCOUNT.
 *
 * @module
 */

import { SYNTAX } from "../../base/errors.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand, oneKey } from "../define.ts";
import { readString } from "../string/string_value.ts";
import { bitRange, isInBits } from "./_internal.ts";
import { countBits, countByte } from "./words.ts";

/** `BITCOUNT key [start end [BYTE | BIT]]` */
export const bitcount = defineCommand({
  name: "BITCOUNT",
  group: "bitmap",
  since: "2.6.0",
  summary: "Count set bits in a string",
  complexity: "O(N)",
  history: [["7.0.0", "Added the `BYTE|BIT` option."]],
  deprecated: null,
  arity: -2,
  flags: ["readonly"],
  categories: ["bitmap"],
  tips: [],
  keys: [oneKey(1, "RO", "access")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, {
    name: "index",
    type: "block",
    optional: true,
    arguments: [{ name: "start", type: "integer" }, { name: "end", type: "integer" }, {
      name: "index_unit",
      type: "oneof",
      since: "7.0.0",
      optional: true,
      arguments: [{ name: "byte", type: "pure-token", token: "BYTE" }, {
        name: "bit",
        type: "pure-token",
        token: "BIT",
      }],
    }],
  }],
  subcommands: [],
  run(context) {
    const { args, entries, reply } = context;
    const entry = readString(context, 1);
    // Redis 7.0 does not look at the other arguments where there is no such key.
    if (entry === 0) return reply.integer(0);
    if (args.count === 2) {
      entries.locateValue(entry);
      return reply.integer(countBits(entries.page, entries.at, entries.at + entries.length));
    }
    if (args.count !== 4 && args.count !== 5) throw SYNTAX;
    const start = args.integer(2);
    const end = args.integer(3);
    if (isReversed(context, start, end)) return reply.integer(0);
    const { first, last } = bitRange(start, end, isInBits(context, 4), entries.valueLength(entry));
    reply.integer(countRange(context, entry, first, last));
  },
});

/**
 * Whether a range that counts from the end is the wrong way round: before both ends are clipped to the string's first
 * byte, it has to be seen as such.
 */
function isReversed(context: CommandContext, start: number, end: number): boolean {
  if (start >= 0 || end >= 0) return false;
  if (start !== end || Number.isSafeInteger(start)) return start > end;
  return context.args.int64(2) > context.args.int64(3);
}

/** How many bits from `first` to `last` are set. */
function countRange(context: CommandContext, entry: number, first: number, last: number): number {
  if (first > last) return 0;
  const { entries } = context;
  entries.locateValue(entry);
  const { page, at } = entries;
  const firstByte = at + Math.floor(first / 8);
  const lastByte = at + Math.floor(last / 8);
  const before = page[firstByte] & ~(0xff >> (first % 8));
  const after = page[lastByte] & (0x7f >> (last % 8));
  return countBits(page, firstByte, lastByte + 1) - countByte(before) - countByte(after);
}
