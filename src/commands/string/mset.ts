/**
 * MSET and MSETNX.
 *
 * @module
 */

import { wrongArity } from "../../base/errors.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand, keysFrom } from "../define.ts";
import { NO_EXPIRY, putString } from "./string_value.ts";

/** `MSET key value [key value ...]` */
export const mset = defineCommand({
  name: "MSET",
  group: "string",
  since: "1.0.1",
  summary: "Set multiple keys to multiple values",
  complexity: "O(N) where N is the number of keys to set.",
  history: [],
  deprecated: null,
  arity: -3,
  flags: ["write", "denyoom"],
  categories: ["string"],
  tips: ["request_policy:multi_shard", "response_policy:all_succeeded"],
  keys: [keysFrom(1, 2, "OW", "update")],
  arguments: [{
    name: "key_value",
    type: "block",
    multiple: true,
    arguments: [{ name: "key", type: "key", keySpecification: 0 }, { name: "value", type: "string" }],
  }],
  subcommands: [],
  run(context) {
    checkPairs(context, "mset");
    putPairs(context);
    context.reply.ok();
  },
});

/** `MSETNX key value [key value ...]` */
export const msetnx = defineCommand({
  name: "MSETNX",
  group: "string",
  since: "1.0.1",
  summary: "Set multiple keys to multiple values, only if none of the keys exist",
  complexity: "O(N) where N is the number of keys to set.",
  history: [],
  deprecated: null,
  arity: -3,
  flags: ["write", "denyoom"],
  categories: ["string"],
  tips: ["request_policy:multi_shard", "response_policy:agg_min"],
  keys: [keysFrom(1, 2, "OW", "insert")],
  arguments: [{
    name: "key_value",
    type: "block",
    multiple: true,
    arguments: [{ name: "key", type: "key", keySpecification: 0 }, { name: "value", type: "string" }],
  }],
  subcommands: [],
  run(context) {
    const { args, reply } = context;
    checkPairs(context, "msetnx");
    for (let i = 1; i < args.count; i += 2) {
      if (context.write(i) !== 0) return reply.integer(0);
    }
    putPairs(context);
    reply.integer(1);
  },
});

function checkPairs(context: CommandContext, command: string): void {
  if (context.args.count % 2 === 0) throw wrongArity(command);
}

function putPairs(context: CommandContext): void {
  const count = context.args.count;
  let i = 1;
  try {
    for (; i < count; i += 2) putString(context, i, i + 1, NO_EXPIRY);
  } catch (error) {
    if (i > 1) context.recordPart(i);
    throw error;
  }
}
