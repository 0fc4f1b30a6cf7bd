/**
 * HSTRLEN.
 *
 * @module
 */

import { defineCommand, oneKey } from "../define.ts";
import { findField, FOUND, readHash } from "./_internal.ts";

/** `HSTRLEN key field` */
export const hstrlen = defineCommand({
  name: "HSTRLEN",
  group: "hash",
  since: "3.2.0",
  summary: "Get the length of the value of a hash field",
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
    const { hashes } = context.keyspace;
    const entry = readHash(context);
    if (entry === 0 || findField(context, entry, 2) !== FOUND) return context.reply.integer(0);
    hashes.locateValue(entry);
    context.reply.integer(hashes.length);
  },
});
