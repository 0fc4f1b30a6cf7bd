/**
 * BGREWRITEAOF.
 *
 * @module
 */

import { defineCommand } from "../define.ts";

/** `BGREWRITEAOF` */
export const bgrewriteaof = defineCommand({
  name: "BGREWRITEAOF",
  group: "server",
  since: "1.0.0",
  summary: "Asynchronously rewrite the append-only file",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 1,
  flags: ["admin", "noscript", "no_async_loading"],
  categories: [],
  tips: [],
  keys: [],
  arguments: [],
  subcommands: [],
  run({ reply, server, session }) {
    // In a transaction a part of it would be in the snapshot, and again behind it.
    const outcome = server.persistence.rewriteAof(session.inTransaction);
    reply.simple(`Background append only file rewriting ${outcome}`);
  },
});
