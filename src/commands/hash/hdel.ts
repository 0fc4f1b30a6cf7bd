/**
 * HDEL.
 *
 * @module
 */

import { EVENT_HASH } from "../../store/events.ts";
import { defineCommand, oneKey } from "../define.ts";
import { updateVolatile, writeHash } from "./_internal.ts";

/** `HDEL key field [field ...]`: as in Redis, a field that has expired and that nobody has met yet counts. */
export const hdel = defineCommand({
  name: "HDEL",
  group: "hash",
  since: "2.0.0",
  summary: "Delete one or more hash fields",
  complexity: "O(N) where N is the number of fields to be removed.",
  history: [["2.4.0", "Accepts multiple `field` arguments."]],
  deprecated: null,
  arity: -3,
  flags: ["write", "fast"],
  categories: ["hash"],
  tips: [],
  keys: [oneKey(1, "RW", "delete")],
  arguments: [
    { name: "key", type: "key", keySpecification: 0 },
    { name: "field", type: "string", multiple: true },
  ],
  subcommands: [],
  run(context) {
    const { args, database, keyspace, reply } = context;
    const { hashes } = keyspace;
    const entry = writeHash(context);
    if (entry === 0) return reply.integer(0);
    database.willChange(entry);
    let deleted = 0;
    let left = hashes.count(entry);
    for (let i = 2; i < args.count && left > 0; i++) {
      if (!hashes.find(entry, args.bytes, args.start(i), args.end(i))) continue;
      hashes.removeFound(entry);
      deleted++;
      left--;
    }
    if (deleted > 0) {
      context.changed(1, EVENT_HASH, "hdel", deleted);
      if (left === 0) context.removeEmptied(1, entry);
      else updateVolatile(context, entry);
    }
    reply.integer(deleted);
  },
});
