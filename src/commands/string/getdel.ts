/**
 * GETDEL.
 *
 * @module
 */

import { defineCommand, oneKey } from "../define.ts";
import { readString, removeString, replyString } from "./string_value.ts";

/** `GETDEL key` */
export const getdel = defineCommand({
  name: "GETDEL",
  group: "string",
  since: "6.2.0",
  summary: "Get the value of a key and delete the key",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 2,
  flags: ["write", "fast"],
  categories: ["string"],
  tips: [],
  keys: [oneKey(1, "RW", "access", "delete")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }],
  subcommands: [],
  run(context) {
    const entry = readString(context, 1);
    replyString(context, entry);
    if (entry !== 0) removeString(context, entry, context.keyspace.removals.user);
  },
});
