/**
 * DBSIZE.
 *
 * @module
 */

import { defineCommand } from "../define.ts";

/** `DBSIZE` */
export const dbsize = defineCommand({
  name: "DBSIZE",
  group: "server",
  since: "1.0.0",
  summary: "Return the number of keys in the selected database",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 1,
  flags: ["readonly", "fast"],
  categories: ["keyspace"],
  tips: ["request_policy:all_shards", "response_policy:agg_sum"],
  keys: [],
  arguments: [],
  subcommands: [],
  run(context) {
    context.reply.integer(context.database.size);
  },
});
