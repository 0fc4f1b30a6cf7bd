/**
 * SET with its options.
 *
 * @module
 */

import type { CommandContext } from "../context.ts";
import { defineCommand } from "../define.ts";
import {
  KEEP_EXPIRY,
  NO_EXPIRY,
  putString,
  putStringUntil,
  readString,
  replyString,
} from "./string_value.ts";
import { expiryTime, NO_TIME, StringOptions } from "./string_options.ts";

const options = new StringOptions();

/** `SET key value [NX | XX] [GET] [EX seconds | PX milliseconds | EXAT time | PXAT time | KEEPTTL]` */
export const set = defineCommand({
  name: "SET",
  group: "string",
  since: "1.0.0",
  summary: "Set the string value of a key",
  complexity: "O(1)",
  history: [
    ["2.6.12", "Added the `EX`, `PX`, `NX` and `XX` options."],
    ["6.0.0", "Added the `KEEPTTL` option."],
    ["6.2.0", "Added the `GET`, `EXAT` and `PXAT` option."],
    ["7.0.0", "Allowed the `NX` and `GET` options to be used together."],
  ],
  deprecated: null,
  arity: -3,
  flags: ["write", "denyoom"],
  categories: ["string"],
  tips: [],
  keys: [{
    notes: "RW and ACCESS due to the optional `GET` argument",
    flags: ["RW", "access", "update", "variable_flags"],
    begin: { type: "index", index: 1 },
    find: { type: "range", last: 0, step: 1, limit: 0 },
  }],
  arguments: [
    { name: "key", type: "key", keySpecification: 0 },
    { name: "value", type: "string" },
    {
      name: "condition",
      type: "oneof",
      since: "2.6.12",
      optional: true,
      arguments: [{ name: "nx", type: "pure-token", token: "NX" }, {
        name: "xx",
        type: "pure-token",
        token: "XX",
      }],
    },
    { name: "get", type: "pure-token", token: "GET", since: "6.2.0", optional: true },
    {
      name: "expiration",
      type: "oneof",
      optional: true,
      arguments: [
        { name: "seconds", type: "integer", token: "EX", since: "2.6.12" },
        { name: "milliseconds", type: "integer", token: "PX", since: "2.6.12" },
        { name: "unix-time-seconds", type: "unix-time", token: "EXAT", since: "6.2.0" },
        { name: "unix-time-milliseconds", type: "unix-time", token: "PXAT", since: "6.2.0" },
        { name: "keepttl", type: "pure-token", token: "KEEPTTL", since: "6.0.0" },
      ],
    },
  ],
  subcommands: [],
  run(context) {
    if (context.args.count === 3) {
      putString(context, 1, 2, NO_EXPIRY);
      context.reply.ok();
    } else {
      setWithOptions(context);
    }
  },
});

function setWithOptions(context: CommandContext): void {
  const { args, database, reply } = context;
  options.parseSet(args, 3);
  const { get, keepTtl, timeKind } = options;
  const expiry = timeKind === NO_TIME
    ? NO_EXPIRY
    : expiryTime(context, options.timeArgument, timeKind, "set");
  if (get) replyString(context, readString(context, 1));
  if (options.notExisting || options.existing) {
    // What is written is looked up again then, which is the use that counts.
    const exists =
      (options.existing ? database.lookup(args.bytes, args.start(1), args.end(1)) : context.write(1)) !== 0;
    if (exists !== options.existing) {
      if (!get) reply.null();
      return;
    }
  }
  if (timeKind !== NO_TIME) {
    putStringUntil(context, 2, expiry);
  } else {
    putString(context, 1, 2, keepTtl ? KEEP_EXPIRY : NO_EXPIRY);
    if (get) recordWithoutGet(context);
  }
  if (!get) reply.ok();
}

/** The effect of SET with GET: the request without that option, which may have been given more than once. */
function recordWithoutGet(context: CommandContext): void {
  const args = context.args;
  let count = 3;
  for (let i = 3; i < args.count; i++) {
    if (!args.is(i, "GET")) count++;
  }
  if (!context.beginEffect(count)) return;
  for (let i = 0; i < args.count; i++) {
    if (i < 3 || !args.is(i, "GET")) context.effectArgument(i);
  }
}
