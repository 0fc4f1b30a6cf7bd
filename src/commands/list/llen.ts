/**
 * LLEN.
 *
 * @module
 */

import { defineCommand, oneKey } from "../define.ts";
import { readList } from "./_internal.ts";

/** `LLEN key` */
export const llen = defineCommand({
  name: "LLEN",
  group: "list",
  since: "1.0.0",
  summary: "Get the length of a list",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 2,
  flags: ["readonly", "fast"],
  categories: ["list"],
  tips: [],
  keys: [oneKey(1, "RO")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }],
  subcommands: [],
  run(context) {
    const entry = readList(context, 1);
    context.reply.integer(entry === 0 ? 0 : context.keyspace.lists.count(entry));
  },
});
