/**
 * SCARD.
 *
 * @module
 */

import { defineCommand, oneKey } from "../define.ts";
import { readSet } from "./_internal.ts";

/** `SCARD key` */
export const scard = defineCommand({
  name: "SCARD",
  group: "set",
  since: "1.0.0",
  summary: "Get the number of members in a set",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 2,
  flags: ["readonly", "fast"],
  categories: ["set"],
  tips: [],
  keys: [oneKey(1, "RO")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }],
  subcommands: [],
  run(context) {
    const entry = readSet(context, 1);
    context.reply.integer(entry === 0 ? 0 : context.keyspace.sets.count(entry));
  },
});
