/**
 * LMPOP and BLMPOP.
 *
 * @module
 */

import { COUNT_NOT_POSITIVE, NUMKEYS_NOT_POSITIVE, SYNTAX } from "../../base/errors.ts";
import { TYPE_LIST } from "../../store/entry.ts";
import { blockingTimeout } from "../blocking_timeout.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand, numkeysKeys } from "../define.ts";
import { isTail, recordPop, removePopped, replyElements, writeList } from "./_internal.ts";

/** `numkeys key [key ...] <LEFT | RIGHT> [COUNT count]` */
interface Request {
  readonly firstKey: number;
  readonly lastKey: number;
  readonly fromTail: boolean;
  readonly count: number;
}

/** `LMPOP numkeys key [key ...] <LEFT | RIGHT> [COUNT count]` */
export const lmpop = defineCommand({
  name: "LMPOP",
  group: "list",
  since: "7.0.0",
  summary: "Pop elements from a list",
  complexity: "O(N+M) where N is the number of provided keys and M is the number of elements returned.",
  history: [],
  deprecated: null,
  arity: -4,
  flags: ["write"],
  categories: ["list"],
  tips: [],
  keys: [numkeysKeys(1, "RW", "access", "delete")],
  arguments: [{ name: "numkeys", type: "integer" }, {
    name: "key",
    type: "key",
    keySpecification: 0,
    multiple: true,
  }, {
    name: "where",
    type: "oneof",
    arguments: [{ name: "left", type: "pure-token", token: "LEFT" }, {
      name: "right",
      type: "pure-token",
      token: "RIGHT",
    }],
  }, { name: "count", type: "integer", token: "COUNT", optional: true }],
  subcommands: [],
  run(context) {
    if (!popFromFirst(context, parse(context, 1))) context.reply.nullArray();
  },
});

/** `BLMPOP timeout numkeys key [key ...] <LEFT | RIGHT> [COUNT count]` */
export const blmpop = defineCommand({
  name: "BLMPOP",
  group: "list",
  since: "7.0.0",
  summary: "Pop elements from a list, or block until one is available",
  complexity: "O(N+M) where N is the number of provided keys and M is the number of elements returned.",
  history: [],
  deprecated: null,
  arity: -5,
  flags: ["write", "blocking"],
  categories: ["list"],
  tips: [],
  keys: [numkeysKeys(2, "RW", "access", "delete")],
  arguments: [{ name: "timeout", type: "double" }, { name: "numkeys", type: "integer" }, {
    name: "key",
    type: "key",
    keySpecification: 0,
    multiple: true,
  }, {
    name: "where",
    type: "oneof",
    arguments: [{ name: "left", type: "pure-token", token: "LEFT" }, {
      name: "right",
      type: "pure-token",
      token: "RIGHT",
    }],
  }, { name: "count", type: "integer", token: "COUNT", optional: true }],
  subcommands: [],
  run(context) {
    const request = parse(context, 2);
    const until = blockingTimeout(context, 1);
    if (popFromFirst(context, request)) return;
    const waits = context.block({
      type: TYPE_LIST,
      firstKey: request.firstKey,
      lastKey: request.lastKey,
      until,
      onTimeout: "nullArray",
      evenIfGone: false,
      replaced: [],
    });
    if (!waits) context.reply.nullArray();
  },
});

/** The request whose numkeys is argument `at`. */
function parse(context: CommandContext, at: number): Request {
  const { args } = context;
  const keys = args.integerBetween(at, 1, Infinity, NUMKEYS_NOT_POSITIVE);
  const where = at + keys + 1;
  if (where >= args.count) throw SYNTAX;
  const fromTail = isTail(context, where);
  let count = 0;
  for (let i = where + 1; i < args.count; i += 2) {
    if (count !== 0 || !args.is(i, "COUNT") || i + 1 >= args.count) throw SYNTAX;
    count = args.integerBetween(i + 1, 1, Infinity, COUNT_NOT_POSITIVE);
  }
  return { firstKey: at + 1, lastKey: at + keys, fromTail, count: count || 1 };
}

/** Pops from the first key that holds anything; false where none does. */
function popFromFirst(context: CommandContext, { firstKey, lastKey, fromTail, count }: Request): boolean {
  const { args, keyspace, reply } = context;
  for (let i = firstKey; i <= lastKey; i++) {
    if (!context.considers(i)) continue;
    const entry = writeList(context, i);
    if (entry === 0) continue;
    const popped = Math.min(count, keyspace.lists.count(entry));
    reply.array(2);
    reply.bulk(args.bytes, args.start(i), args.end(i));
    reply.array(popped);
    replyElements(context, entry, fromTail ? -1 : 0, popped, fromTail);
    removePopped(context, i, entry, fromTail, popped);
    recordPop(context, i, fromTail, popped);
    return true;
  }
  return false;
}
