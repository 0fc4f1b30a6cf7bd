/**
 * STRLEN.
 *
 * @module
 */

import { defineCommand, oneKey } from "../define.ts";
import { readString } from "./string_value.ts";

/** `STRLEN key` */
export const strlen = defineCommand({
  name: "STRLEN",
  group: "string",
  since: "2.2.0",
  summary: "Get the length of the value stored in a key",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 2,
  flags: ["readonly", "fast"],
  categories: ["string"],
  tips: [],
  keys: [oneKey(1, "RO")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }],
  subcommands: [],
  run(context) {
    const entry = readString(context, 1);
    context.reply.integer(entry === 0 ? 0 : context.entries.valueLength(entry));
  },
});
