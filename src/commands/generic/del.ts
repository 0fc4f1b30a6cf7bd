/**
 * DEL, UNLINK.
 *
 * @module
 */

import { EVENT_GENERIC } from "../../store/events.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand, keysFrom } from "../define.ts";

/** DEL and UNLINK are the same here: what is large is freed by and by, whichever command removed it. */
function remove(context: CommandContext): void {
  const { args, database } = context;
  const { bytes, count } = args;
  let removed = 0;
  for (let i = 1; i < count; i++) {
    if (!database.delete(bytes, args.start(i), args.end(i))) continue;
    removed++;
    context.changed(i, EVENT_GENERIC, "del");
  }
  context.reply.integer(removed);
}

/** `DEL key [key ...]` */
export const del = defineCommand({
  name: "DEL",
  group: "generic",
  since: "1.0.0",
  summary: "Delete a key",
  complexity:
    "O(N) where N is the number of keys that will be removed. When a key to remove holds a value other than a string, the individual complexity for this key is O(M) where M is the number of elements in the list, set, sorted set or hash. Removing a single key that holds a string value is O(1).",
  history: [],
  deprecated: null,
  arity: -2,
  flags: ["write"],
  categories: ["keyspace"],
  tips: ["request_policy:multi_shard", "response_policy:agg_sum"],
  keys: [keysFrom(1, 1, "RM", "delete")],
  arguments: [{ name: "key", type: "key", keySpecification: 0, multiple: true }],
  subcommands: [],
  run: remove,
});

/** `UNLINK key [key ...]` */
export const unlink = defineCommand({
  name: "UNLINK",
  group: "generic",
  since: "4.0.0",
  summary: "Delete a key asynchronously in another thread. Otherwise it is just as DEL, but non blocking.",
  complexity:
    "O(1) for each key removed regardless of its size. Then the command does O(N) work in a different thread in order to reclaim memory, where N is the number of allocations the deleted objects where composed of.",
  history: [],
  deprecated: null,
  arity: -2,
  flags: ["write", "fast"],
  categories: ["keyspace"],
  tips: ["request_policy:multi_shard", "response_policy:agg_sum"],
  keys: [keysFrom(1, 1, "RM", "delete")],
  arguments: [{ name: "key", type: "key", keySpecification: 0, multiple: true }],
  subcommands: [],
  run: remove,
});
