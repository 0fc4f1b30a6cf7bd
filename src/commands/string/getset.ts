/**
 * GETSET.
 *
 * @module
 */

import { defineCommand, oneKey } from "../define.ts";
import { NO_EXPIRY, putString, readString, replyString } from "./string_value.ts";

/** `GETSET key value` */
export const getset = defineCommand({
  name: "GETSET",
  group: "string",
  since: "1.0.0",
  summary: "Set the string value of a key and return its old value",
  complexity: "O(1)",
  history: [],
  deprecated: { since: "6.2.0", replacedBy: "`SET` with the `!GET` argument" },
  arity: 3,
  flags: ["write", "denyoom", "fast"],
  categories: ["string"],
  tips: [],
  keys: [oneKey(1, "RW", "access", "update")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, { name: "value", type: "string" }],
  subcommands: [],
  run(context) {
    replyString(context, readString(context, 1));
    putString(context, 1, 2, NO_EXPIRY);
    if (context.beginEffect(3)) {
      context.keyspace.effects.text("SET");
      context.effectArgument(1);
      context.effectArgument(2);
    }
  },
});
