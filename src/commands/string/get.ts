/**
 * GET: the hottest command there is.
 *
 * @module
 */

import { defineCommand, oneKey } from "../define.ts";
import { readString, replyString } from "./string_value.ts";

/** `GET key` */
export const get = defineCommand({
  name: "GET",
  group: "string",
  since: "1.0.0",
  summary: "Get the value of a key",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 2,
  flags: ["readonly", "fast"],
  categories: ["string"],
  tips: [],
  keys: [oneKey(1, "RO", "access")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }],
  subcommands: [],
  run(context) {
    replyString(context, readString(context, 1));
  },
});
