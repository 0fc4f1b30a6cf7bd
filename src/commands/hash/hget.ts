/**
 * HGET.
 *
 * @module
 */

import { defineCommand, oneKey } from "../define.ts";
import { findField, FOUND, readHash, replyValue } from "./_internal.ts";

/** `HGET key field` */
export const hget = defineCommand({
  name: "HGET",
  group: "hash",
  since: "2.0.0",
  summary: "Get the value of a hash field",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 3,
  flags: ["readonly", "fast"],
  categories: ["hash"],
  tips: [],
  keys: [oneKey(1, "RO", "access")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, { name: "field", type: "string" }],
  subcommands: [],
  run(context) {
    const entry = readHash(context);
    if (entry !== 0 && findField(context, entry, 2) === FOUND) replyValue(context, entry);
    else context.reply.null();
  },
});
