/**
 * RANDOMKEY.
 *
 * @module
 */

import { defineCommand } from "../define.ts";
import { expireIfDue, replyKey } from "./_internal.ts";

/** How often a replica, which removes no expired keys, looks for one that has not expired. */
const TRIES = 100;

/** `RANDOMKEY` */
export const randomkey = defineCommand({
  name: "RANDOMKEY",
  group: "generic",
  since: "1.0.0",
  summary: "Return a random key from the keyspace",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 1,
  flags: ["readonly"],
  categories: ["keyspace"],
  tips: ["request_policy:all_shards", "nondeterministic_output"],
  keys: [],
  arguments: [],
  subcommands: [],
  run(context) {
    const { database, keyspace } = context;
    // Where all keys may have expired and none goes away, the search would not end.
    const limited = !keyspace.expiresKeys && database.volatileSize === database.size;
    for (let tries = 1;; tries++) {
      const entry = database.random();
      if (entry === 0) return context.reply.null();
      if ((limited && tries === TRIES) || !expireIfDue(context, entry)) return replyKey(context, entry);
    }
  },
});
