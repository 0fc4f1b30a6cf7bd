/**
 * HLEN.
 *
 * @module
 */

import { defineCommand, oneKey } from "../define.ts";
import { readHash } from "./_internal.ts";

/** `HLEN key`: as in Redis, fields that have expired count until they are met. */
export const hlen = defineCommand({
  name: "HLEN",
  group: "hash",
  since: "2.0.0",
  summary: "Get the number of fields in a hash",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 2,
  flags: ["readonly", "fast"],
  categories: ["hash"],
  tips: [],
  keys: [oneKey(1, "RO")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }],
  subcommands: [],
  run(context) {
    const entry = readHash(context);
    context.reply.integer(entry === 0 ? 0 : context.keyspace.hashes.count(entry));
  },
});
