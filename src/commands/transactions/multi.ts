/**
 * MULTI.
 *
 * @module
 */

import { MULTI_NESTED } from "../../base/errors.ts";
import { defineCommand } from "../define.ts";

/** `MULTI` */
export const multi = defineCommand({
  name: "MULTI",
  group: "transactions",
  since: "1.2.0",
  summary: "Mark the start of a transaction block",
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
    if (session.inTransaction) throw MULTI_NESTED;
    server.transactions.begin(session);
    reply.ok();
  },
});
