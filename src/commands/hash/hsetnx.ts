/**
 * HSETNX.
 *
 * @module
 */

import { EVENT_HASH } from "../../store/events.ts";
import { defineCommand, oneKey } from "../define.ts";
import { findField, FOUND, KEY_GONE, storeField, writeHash } from "./_internal.ts";

/** `HSETNX key field value` */
export const hsetnx = defineCommand({
  name: "HSETNX",
  group: "hash",
  since: "2.0.0",
  summary: "Set the value of a hash field, only if the field does not exist",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 4,
  flags: ["write", "denyoom", "fast"],
  categories: ["hash"],
  tips: [],
  keys: [oneKey(1, "RW", "insert")],
  arguments: [
    { name: "key", type: "key", keySpecification: 0 },
    { name: "field", type: "string" },
    { name: "value", type: "string" },
  ],
  subcommands: [],
  run(context) {
    const { args, database, reply } = context;
    let entry = writeHash(context);
    if (entry !== 0) {
      database.willChange(entry);
      const found = findField(context, entry, 2);
      if (found === FOUND) return reply.integer(0);
      if (found === KEY_GONE) entry = 0;
    }
    storeField(context, entry, args.bytes, args.start(3), args.end(3));
    context.changed(1, EVENT_HASH, "hset");
    reply.integer(1);
  },
});
