/**
 * DISCARD.
 *
 * @module
 */

import { DISCARD_WITHOUT_MULTI } from "../../base/errors.ts";
import { defineCommand } from "../define.ts";

/** `DISCARD` */
export const discard = defineCommand({
  name: "DISCARD",
  group: "transactions",
  since: "2.0.0",
  summary: "Discard all commands issued after MULTI",
  complexity: "O(N), when N is the number of queued commands",
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
    if (!session.inTransaction) throw DISCARD_WITHOUT_MULTI;
    server.transactions.discard(session);
    reply.ok();
  },
});
