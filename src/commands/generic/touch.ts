/**
 * TOUCH.
 *
 * @module
 */

import { defineCommand, keysFrom } from "../define.ts";

/** `TOUCH key [key ...]` */
export const touch = defineCommand({
  name: "TOUCH",
  group: "generic",
  since: "3.2.1",
  summary: "Alters the last access time of a key(s). Returns the number of existing keys specified.",
  complexity: "O(N) where N is the number of keys that will be touched.",
  history: [],
  deprecated: null,
  arity: -2,
  flags: ["readonly", "fast"],
  categories: ["keyspace"],
  tips: ["request_policy:multi_shard", "response_policy:agg_sum"],
  keys: [keysFrom(1, 1, "RO")],
  arguments: [{ name: "key", type: "key", keySpecification: 0, multiple: true }],
  subcommands: [],
  run(context) {
    const { keyspace } = context;
    const { touches } = keyspace;
    // What is asked for happens even with CLIENT NO-TOUCH.
    keyspace.touches = true;
    let touched = 0;
    for (let i = 1; i < context.args.count; i++) {
      if (context.read(i) !== 0) touched++;
    }
    keyspace.touches = touches;
    context.reply.integer(touched);
  },
});
