/**
 * PERSIST.
 *
 * @module
 */

import { EVENT_GENERIC } from "../../store/events.ts";
import { defineCommand, oneKey } from "../define.ts";

/** `PERSIST key` */
export const persist = defineCommand({
  name: "PERSIST",
  group: "generic",
  since: "2.2.0",
  summary: "Remove the expiration from a key",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 2,
  flags: ["write", "fast"],
  categories: ["keyspace"],
  tips: [],
  keys: [oneKey(1, "RW", "update")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }],
  subcommands: [],
  run(context) {
    const entry = context.write(1);
    if (entry === 0 || !context.entries.hasExpiry(entry)) return context.reply.integer(0);
    context.database.setExpiry(entry, -1);
    context.changed(1, EVENT_GENERIC, "persist");
    context.reply.integer(1);
  },
});
