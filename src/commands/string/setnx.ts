/**
 * SETNX.
 *
 * @module
 */

import { defineCommand, oneKey } from "../define.ts";
import { NO_EXPIRY, putString } from "./string_value.ts";

/** `SETNX key value` */
export const setnx = defineCommand({
  name: "SETNX",
  group: "string",
  since: "1.0.0",
  summary: "Set the value of a key, only if the key does not exist",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 3,
  flags: ["write", "denyoom", "fast"],
  categories: ["string"],
  tips: [],
  keys: [oneKey(1, "OW", "insert")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, { name: "value", type: "string" }],
  subcommands: [],
  run(context) {
    if (context.write(1) !== 0) return context.reply.integer(0);
    putString(context, 1, 2, NO_EXPIRY);
    context.reply.integer(1);
  },
});
