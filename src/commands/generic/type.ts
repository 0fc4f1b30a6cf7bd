/**
 * TYPE.
 *
 * @module
 */

import { TYPE_NAMES } from "../../store/entry.ts";
import { defineCommand, oneKey } from "../define.ts";
import { peek } from "./_internal.ts";

/** `TYPE key` */
export const type = defineCommand({
  name: "TYPE",
  group: "generic",
  since: "1.0.0",
  summary: "Determine the type stored at key",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 2,
  flags: ["readonly", "fast"],
  categories: ["keyspace"],
  tips: [],
  keys: [oneKey(1, "RO")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }],
  subcommands: [],
  run(context) {
    const entry = peek(context, 1);
    context.reply.simple(entry === 0 ? "none" : TYPE_NAMES[context.entries.type(entry)]);
  },
});
