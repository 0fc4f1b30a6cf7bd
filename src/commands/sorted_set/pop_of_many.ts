/**
 * BZPOPMIN and BZPOPMAX, ZMPOP and BZMPOP.
 *
 * @module
 */

import { TYPE_ZSET } from "../../store/entry.ts";
import type { CommandContext } from "../context.ts";
import { defineBlockingPopSeveral, definePopOne, definePopSeveral, type Poppable } from "../pop_of_many.ts";
import { replyKeyArgument, writeSortedSet } from "./entries.ts";
import { popElements, recordPop } from "./pop_elements.ts";

const SEVERAL_COMPLEXITY =
  "O(K) + O(M*log(N)) where K is the number of provided keys, N being the number of elements in the sorted set, and M being the number of elements popped.";

const sortedSets: Poppable = { type: TYPE_ZSET, ends: ["MIN", "MAX"], popOne, popSeveral };

function popOne(context: CommandContext, i: number, max: boolean): boolean {
  const entry = writeSortedSet(context, i);
  if (entry === 0) return false;
  context.reply.array(3);
  replyKeyArgument(context, i);
  popElements(context, i, entry, 1, max, false);
  recordPop(context, i, -1, max);
  return true;
}

function popSeveral(context: CommandContext, i: number, max: boolean, count: number): boolean {
  const { keyspace, reply } = context;
  const entry = writeSortedSet(context, i);
  if (entry === 0) return false;
  const popped = Math.min(count, keyspace.sortedSets.count(entry));
  reply.array(2);
  replyKeyArgument(context, i);
  reply.array(popped);
  popElements(context, i, entry, popped, max, true);
  recordPop(context, i, popped, max);
  return true;
}

/** `BZPOPMIN key [key ...] timeout` */
export const bzpopmin = definePopOne(
  {
    name: "BZPOPMIN",
    group: "sorted-set",
    since: "5.0.0",
    summary:
      "Remove and return the member with the lowest score from one or more sorted sets, or block until one is available",
    complexity: "O(log(N)) with N being the number of elements in the sorted set.",
    flags: ["write", "noscript", "blocking", "fast"],
    categories: ["sortedset"],
  },
  sortedSets,
  false,
);

/** `BZPOPMAX key [key ...] timeout` */
export const bzpopmax = definePopOne(
  {
    name: "BZPOPMAX",
    group: "sorted-set",
    since: "5.0.0",
    summary:
      "Remove and return the member with the highest score from one or more sorted sets, or block until one is available",
    complexity: "O(log(N)) with N being the number of elements in the sorted set.",
    flags: ["write", "noscript", "blocking", "fast"],
    categories: ["sortedset"],
  },
  sortedSets,
  true,
);

/** `ZMPOP numkeys key [key ...] <MIN | MAX> [COUNT count]` */
export const zmpop = definePopSeveral({
  name: "ZMPOP",
  group: "sorted-set",
  since: "7.0.0",
  summary: "Remove and return members with scores in a sorted set",
  complexity: SEVERAL_COMPLEXITY,
  flags: ["write"],
  categories: ["sortedset"],
}, sortedSets);

/** `BZMPOP timeout numkeys key [key ...] <MIN | MAX> [COUNT count]` */
export const bzmpop = defineBlockingPopSeveral({
  name: "BZMPOP",
  group: "sorted-set",
  since: "7.0.0",
  summary: "Remove and return members with scores in a sorted set or block until one is available",
  complexity: SEVERAL_COMPLEXITY,
  flags: ["write", "blocking"],
  categories: ["sortedset"],
}, sortedSets);
