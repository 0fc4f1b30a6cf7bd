/**
 * EXEC.
 *
 * @module
 */

import { EXEC_WITHOUT_MULTI } from "../../base/errors.ts";
import { defineCommand } from "../define.ts";

/** `EXEC` */
export const exec = defineCommand({
  name: "EXEC",
  group: "transactions",
  since: "1.2.0",
  summary: "Execute all commands issued after MULTI",
  complexity: "Depends on commands in the transaction",
  history: [],
  deprecated: null,
  arity: 1,
  flags: ["noscript", "loading", "stale", "skip_slowlog"],
  categories: ["transaction"],
  tips: [],
  keys: [],
  arguments: [],
  subcommands: [],
  run({ server, session }) {
    if (!session.inTransaction) throw EXEC_WITHOUT_MULTI;
    server.transactions.execute(session);
  },
});
