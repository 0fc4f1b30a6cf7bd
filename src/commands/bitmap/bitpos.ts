/**
 * BITPOS.
 *
 * @module
 */

import { BIT_NOT_ZERO_OR_ONE, SYNTAX } from "../../base/errors.ts";
import { defineCommand, oneKey } from "../define.ts";
import { readString } from "../string/string_value.ts";
import { bitRange, isInBits } from "./_internal.ts";
import { findBit } from "./words.ts";

/** `BITPOS key bit [start [end [BYTE | BIT]]]` */
export const bitpos = defineCommand({
  name: "BITPOS",
  group: "bitmap",
  since: "2.8.7",
  summary: "Find first bit set or clear in a string",
  complexity: "O(N)",
  history: [["7.0.0", "Added the `BYTE|BIT` option."]],
  deprecated: null,
  arity: -3,
  flags: ["readonly"],
  categories: ["bitmap"],
  tips: [],
  keys: [oneKey(1, "RO", "access")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, { name: "bit", type: "integer" }, {
    name: "index",
    type: "block",
    optional: true,
    arguments: [{ name: "start", type: "integer" }, {
      name: "end_index",
      type: "block",
      optional: true,
      arguments: [{ name: "end", type: "integer" }, {
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
  }],
  subcommands: [],
  run(context) {
    const { args, entries, reply } = context;
    const bit = args.integer(2);
    if (bit !== 0 && bit !== 1) throw BIT_NOT_ZERO_OR_ONE;
    const entry = readString(context, 1);
    // Redis 7.0 does not look at the other arguments where there is no such key.
    if (entry === 0) return reply.integer(bit === 1 ? -1 : 0);
    if (args.count > 6) throw SYNTAX;
    const start = args.count > 3 ? args.integer(3) : 0;
    const inBits = isInBits(context, 5);
    const hasEnd = args.count > 4;
    const end = hasEnd ? args.integer(4) : -1;
    const length = entries.valueLength(entry);
    const { first, last } = bitRange(start, end, inBits, length);
    entries.locateValue(entry);
    const found = findBit(entries.page, entries.at, first, last, bit);
    // A string is followed by zeros, but a range that was given an end is not.
    const isBehind = found < 0 && bit === 0 && first <= last && !hasEnd;
    reply.integer(isBehind ? length * 8 : found);
  },
});
