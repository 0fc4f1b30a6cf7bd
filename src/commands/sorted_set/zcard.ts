/**
 * ZCARD.
 *
 * @module
 */

import { defineCommand, oneKey } from "../define.ts";
import { readSortedSet } from "./entries.ts";

/** `ZCARD key` */
export const zcard = defineCommand({
  name: "ZCARD",
  group: "sorted-set",
  since: "1.2.0",
  summary: "Get the number of members in a sorted set",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 2,
  flags: ["readonly", "fast"],
  categories: ["sortedset"],
  tips: [],
  keys: [oneKey(1, "RO")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }],
  subcommands: [],
  run(context) {
    const entry = readSortedSet(context, 1);
    context.reply.integer(entry === 0 ? 0 : context.keyspace.sortedSets.count(entry));
  },
});
