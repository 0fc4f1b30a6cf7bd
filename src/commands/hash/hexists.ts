/**
 * HEXISTS.
 *
 * @module
 */

import { defineCommand, oneKey } from "../define.ts";
import { findField, FOUND, readHash } from "./_internal.ts";

/** `HEXISTS key field` */
export const hexists = defineCommand({
  name: "HEXISTS",
  group: "hash",
  since: "2.0.0",
  summary: "Determine if a hash field exists",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 3,
  flags: ["readonly", "fast"],
  categories: ["hash"],
  tips: [],
  keys: [oneKey(1, "RO")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, { name: "field", type: "string" }],
  subcommands: [],
  run(context) {
    const entry = readHash(context);
    context.reply.integer(entry !== 0 && findField(context, entry, 2) === FOUND ? 1 : 0);
  },
});
