/**
 * EXISTS.
 *
 * @module
 */

import { defineCommand, keysFrom } from "../define.ts";
import { peek } from "./_internal.ts";

/** `EXISTS key [key ...]` */
export const exists = defineCommand({
  name: "EXISTS",
  group: "generic",
  since: "1.0.0",
  summary: "Determine if a key exists",
  complexity: "O(N) where N is the number of keys to check.",
  history: [["3.0.3", "Accepts multiple `key` arguments."]],
  deprecated: null,
  arity: -2,
  flags: ["readonly", "fast"],
  categories: ["keyspace"],
  tips: ["request_policy:multi_shard", "response_policy:agg_sum"],
  keys: [keysFrom(1, 1, "RO")],
  arguments: [{ name: "key", type: "key", keySpecification: 0, multiple: true }],
  subcommands: [],
  run(context) {
    let found = 0;
    for (let i = 1; i < context.args.count; i++) {
      if (peek(context, i) !== 0) found++;
    }
    context.reply.integer(found);
  },
});
