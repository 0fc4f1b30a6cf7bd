/**
 * SELECT.
 *
 * @module
 */

import { DB_INDEX_OUT_OF_RANGE, notBetween } from "../../base/errors.ts";
import { defineCommand } from "../define.ts";

const INT_MIN = -2147483648;
const INT_MAX = 2147483647;

/** `SELECT index` */
export const select = defineCommand({
  name: "SELECT",
  group: "connection",
  since: "1.0.0",
  summary: "Change the selected database for the current connection",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 2,
  flags: ["loading", "stale", "fast"],
  categories: ["connection"],
  tips: [],
  keys: [],
  arguments: [{ name: "index", type: "integer" }],
  subcommands: [],
  run({ args, keyspace, reply, session }) {
    const index = args.integer(1);
    if (index < INT_MIN || index > INT_MAX) throw notBetween(INT_MIN, INT_MAX);
    if (index < 0 || index >= keyspace.databases.length) throw DB_INDEX_OUT_OF_RANGE;
    session.database = index;
    reply.ok();
  },
});
