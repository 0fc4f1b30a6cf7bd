/**
 * HMGET.
 *
 * @module
 */

import { defineCommand, oneKey } from "../define.ts";
import { findField, FOUND, KEY_GONE, readHash, replyValue } from "./_internal.ts";

/** `HMGET key field [field ...]` */
export const hmget = defineCommand({
  name: "HMGET",
  group: "hash",
  since: "2.0.0",
  summary: "Get the values of all the given hash fields",
  complexity: "O(N) where N is the number of fields being requested.",
  history: [],
  deprecated: null,
  arity: -3,
  flags: ["readonly", "fast"],
  categories: ["hash"],
  tips: [],
  keys: [oneKey(1, "RO", "access")],
  arguments: [
    { name: "key", type: "key", keySpecification: 0 },
    { name: "field", type: "string", multiple: true },
  ],
  subcommands: [],
  run(context) {
    const { count } = context.args;
    let entry = readHash(context);
    context.reply.array(count - 2);
    for (let i = 2; i < count; i++) {
      const found = entry === 0 ? KEY_GONE : findField(context, entry, i);
      if (found === FOUND) {
        replyValue(context, entry);
      } else {
        if (found === KEY_GONE) entry = 0;
        context.reply.null();
      }
    }
  },
});
