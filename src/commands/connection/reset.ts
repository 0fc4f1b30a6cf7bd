/**
 * RESET: makes a connection as good as new, for pools that hand it to someone else.
 *
 * @module
 */

import { defineCommand } from "../define.ts";

/** `RESET` */
export const reset = defineCommand({
  name: "RESET",
  group: "connection",
  since: "6.2.0",
  summary: "Reset the connection",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 1,
  flags: ["noscript", "loading", "stale", "fast", "no_auth", "allow_busy"],
  categories: ["connection"],
  tips: [],
  keys: [],
  arguments: [],
  subcommands: [],
  run({ keyspace, reply, server, session }) {
    // The library that speaks through the connection is still the same, and Redis 7.0 leaves CLIENT NO-EVICT as it is.
    session.database = 0;
    session.reply.protocol = 2;
    server.access.reset(session);
    session.name = "";
    session.noTouch = false;
    server.tracking.disable(session);
    server.transactions.discard(session);
    server.pubsub.forget(session);
    server.monitors.remove(session);
    keyspace.touches = true;
    // A reply that CLIENT REPLY SKIP has asked to skip is the one to RESET, and stays skipped.
    if (session.replyMode !== "skip") session.replyMode = "on";
    reply.simple("RESET");
  },
});
