/**
 * BLPOP and BRPOP, LMPOP and BLMPOP.
 *
 * @module
 */

import { TYPE_LIST } from "../../store/entry.ts";
import type { CommandContext } from "../context.ts";
import { defineBlockingPopSeveral, definePopOne, definePopSeveral, type Poppable } from "../pop_of_many.ts";
import { recordPop, removePopped, replyElements, writeList } from "./_internal.ts";

const lists: Poppable = { type: TYPE_LIST, ends: ["LEFT", "RIGHT"], popOne, popSeveral };

function popOne(context: CommandContext, i: number, fromTail: boolean): boolean {
  const { args, reply } = context;
  const entry = writeList(context, i);
  if (entry === 0) return false;
  reply.array(2);
  reply.bulk(args.bytes, args.start(i), args.end(i));
  replyElements(context, entry, fromTail ? -1 : 0, 1, false);
  removePopped(context, i, entry, fromTail, 1);
  recordPop(context, i, fromTail, -1);
  return true;
}

function popSeveral(context: CommandContext, i: number, fromTail: boolean, count: number): boolean {
  const { args, keyspace, reply } = context;
  const entry = writeList(context, i);
  if (entry === 0) return false;
  const popped = Math.min(count, keyspace.lists.count(entry));
  reply.array(2);
  reply.bulk(args.bytes, args.start(i), args.end(i));
  reply.array(popped);
  replyElements(context, entry, fromTail ? -1 : 0, popped, fromTail);
  removePopped(context, i, entry, fromTail, popped);
  recordPop(context, i, fromTail, popped);
  return true;
}

/** `BLPOP key [key ...] timeout` */
export const blpop = definePopOne(
  {
    name: "BLPOP",
    group: "list",
    since: "2.0.0",
    summary: "Remove and get the first element in a list, or block until one is available",
    complexity: "O(N) where N is the number of provided keys.",
    flags: ["write", "noscript", "blocking"],
    categories: ["list"],
  },
  lists,
  false,
);

/** `BRPOP key [key ...] timeout` */
export const brpop = definePopOne(
  {
    name: "BRPOP",
    group: "list",
    since: "2.0.0",
    summary: "Remove and get the last element in a list, or block until one is available",
    complexity: "O(N) where N is the number of provided keys.",
    flags: ["write", "noscript", "blocking"],
    categories: ["list"],
  },
  lists,
  true,
);

/** `LMPOP numkeys key [key ...] <LEFT | RIGHT> [COUNT count]` */
export const lmpop = definePopSeveral({
  name: "LMPOP",
  group: "list",
  since: "7.0.0",
  summary: "Pop elements from a list",
  complexity: "O(N+M) where N is the number of provided keys and M is the number of elements returned.",
  flags: ["write"],
  categories: ["list"],
}, lists);

/** `BLMPOP timeout numkeys key [key ...] <LEFT | RIGHT> [COUNT count]` */
export const blmpop = defineBlockingPopSeveral({
  name: "BLMPOP",
  group: "list",
  since: "7.0.0",
  summary: "Pop elements from a list, or block until one is available",
  complexity: "O(N+M) where N is the number of provided keys and M is the number of elements returned.",
  flags: ["write", "blocking"],
  categories: ["list"],
}, lists);
