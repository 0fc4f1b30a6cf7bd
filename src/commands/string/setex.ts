/**
 * SETEX and PSETEX.
 *
 * @module
 */

import { defineCommand, oneKey } from "../define.ts";
import { putStringUntil } from "./string_value.ts";
import { EX, expiryTime, PX } from "./string_options.ts";

/** `SETEX key seconds value` */
export const setex = defineCommand({
  name: "SETEX",
  group: "string",
  since: "2.0.0",
  summary: "Set the value and expiration of a key",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 4,
  flags: ["write", "denyoom"],
  categories: ["string"],
  tips: [],
  keys: [oneKey(1, "OW", "update")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, { name: "seconds", type: "integer" }, {
    name: "value",
    type: "string",
  }],
  subcommands: [],
  run(context) {
    putStringUntil(context, 3, expiryTime(context, 2, EX, "setex"));
    context.reply.ok();
  },
});

/** `PSETEX key milliseconds value` */
export const psetex = defineCommand({
  name: "PSETEX",
  group: "string",
  since: "2.6.0",
  summary: "Set the value and expiration in milliseconds of a key",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 4,
  flags: ["write", "denyoom"],
  categories: ["string"],
  tips: [],
  keys: [oneKey(1, "OW", "update")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, { name: "milliseconds", type: "integer" }, {
    name: "value",
    type: "string",
  }],
  subcommands: [],
  run(context) {
    putStringUntil(context, 3, expiryTime(context, 2, PX, "psetex"));
    context.reply.ok();
  },
});
