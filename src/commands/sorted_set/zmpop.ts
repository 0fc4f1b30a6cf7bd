/**
 * ZMPOP and BZMPOP.
 *
 * @module
 */

import { COUNT_NOT_POSITIVE, NUMKEYS_NOT_POSITIVE, SYNTAX } from "../../base/errors.ts";
import { TYPE_ZSET } from "../../store/entry.ts";
import { blockingTimeout } from "../blocking_timeout.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand, numkeysKeys } from "../define.ts";
import { replyKeyArgument, writeSortedSet } from "./entries.ts";
import { popElements, recordPop } from "./pop_elements.ts";

/** `numkeys key [key ...] <MIN | MAX> [COUNT count]` */
interface Request {
  readonly firstKey: number;
  readonly lastKey: number;
  readonly max: boolean;
  readonly count: number;
}

/** `ZMPOP numkeys key [key ...] <MIN | MAX> [COUNT count]` */
export const zmpop = defineCommand({
  name: "ZMPOP",
  group: "sorted-set",
  since: "7.0.0",
  summary: "Remove and return members with scores in a sorted set",
  complexity:
    "O(K) + O(M*log(N)) where K is the number of provided keys, N being the number of elements in the sorted set, and M being the number of elements popped.",
  history: [],
  deprecated: null,
  arity: -4,
  flags: ["write"],
  categories: ["sortedset"],
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
    arguments: [{ name: "min", type: "pure-token", token: "MIN" }, {
      name: "max",
      type: "pure-token",
      token: "MAX",
    }],
  }, { name: "count", type: "integer", token: "COUNT", optional: true }],
  subcommands: [],
  run(context) {
    if (!popFromFirst(context, parse(context, 1))) context.reply.nullArray();
  },
});

/** `BZMPOP timeout numkeys key [key ...] <MIN | MAX> [COUNT count]` */
export const bzmpop = defineCommand({
  name: "BZMPOP",
  group: "sorted-set",
  since: "7.0.0",
  summary: "Remove and return members with scores in a sorted set or block until one is available",
  complexity:
    "O(K) + O(M*log(N)) where K is the number of provided keys, N being the number of elements in the sorted set, and M being the number of elements popped.",
  history: [],
  deprecated: null,
  arity: -5,
  flags: ["write", "blocking"],
  categories: ["sortedset"],
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
    arguments: [{ name: "min", type: "pure-token", token: "MIN" }, {
      name: "max",
      type: "pure-token",
      token: "MAX",
    }],
  }, { name: "count", type: "integer", token: "COUNT", optional: true }],
  subcommands: [],
  run(context) {
    const request = parse(context, 2);
    const until = blockingTimeout(context, 1);
    if (popFromFirst(context, request)) return;
    const waits = context.block({
      type: TYPE_ZSET,
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

function parse({ args }: CommandContext, at: number): Request {
  const keys = args.integerBetween(at, 1, Infinity, NUMKEYS_NOT_POSITIVE);
  const where = at + keys + 1;
  if (where >= args.count) throw SYNTAX;
  const max = args.is(where, "MAX");
  if (!max && !args.is(where, "MIN")) throw SYNTAX;
  let count = -1;
  for (let i = where + 1; i < args.count; i += 2) {
    if (count !== -1 || !args.is(i, "COUNT") || i + 1 >= args.count) throw SYNTAX;
    count = args.integerBetween(i + 1, 1, Infinity, COUNT_NOT_POSITIVE);
  }
  return { firstKey: at + 1, lastKey: at + keys, max, count: count === -1 ? 1 : count };
}

/** Pops from the first key that holds anything; false where none does. */
function popFromFirst(context: CommandContext, request: Request): boolean {
  const { keyspace, reply } = context;
  for (let i = request.firstKey; i <= request.lastKey; i++) {
    if (!context.considers(i)) continue;
    const entry = writeSortedSet(context, i);
    if (entry === 0) continue;
    const count = Math.min(request.count, keyspace.sortedSets.count(entry));
    reply.array(2);
    replyKeyArgument(context, i);
    reply.array(count);
    popElements(context, i, entry, count, request.max, true);
    recordPop(context, i, count, request.max);
    return true;
  }
  return false;
}
