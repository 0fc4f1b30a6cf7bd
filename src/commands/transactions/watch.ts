/**
 * WATCH, UNWATCH.
 *
 * @module
 */

import { WATCH_INSIDE_MULTI } from "../../base/errors.ts";
import { defineCommand, keysFrom } from "../define.ts";

/** `WATCH key [key ...]` */
export const watch = defineCommand({
  name: "WATCH",
  group: "transactions",
  since: "2.2.0",
  summary: "Watch the given keys to determine execution of the MULTI/EXEC block",
  complexity: "O(1) for every key.",
  history: [],
  deprecated: null,
  arity: -2,
  flags: ["noscript", "loading", "stale", "fast", "allow_busy"],
  categories: ["transaction"],
  tips: [],
  keys: [keysFrom(1, 1, "RO")],
  arguments: [{ name: "key", type: "key", keySpecification: 0, multiple: true }],
  subcommands: [],
  run({ args, reply, server, session }) {
    if (session.inTransaction) throw WATCH_INSIDE_MULTI;
    for (let i = 1; i < args.count; i++) server.transactions.watch(session, session.database, args.copy(i));
    reply.ok();
  },
});

/** `UNWATCH` */
export const unwatch = defineCommand({
  name: "UNWATCH",
  group: "transactions",
  since: "2.2.0",
  summary: "Forget about all watched keys",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 1,
  flags: ["noscript", "loading", "stale", "fast", "allow_busy"],
  categories: ["transaction"],
  tips: [],
  keys: [],
  arguments: [],
  subcommands: [],
  run({ reply, server, session }) {
    server.transactions.unwatch(session);
    reply.ok();
  },
});
