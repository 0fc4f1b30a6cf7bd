/**
 * What the popping commands have in common.
 *
 * @module
 */

import type { CommandContext } from "../context.ts";
import { removeElements, replyScore } from "./entries.ts";

/**
 * Replies `count` elements of the key in argument `i`, which it has, lowest or highest scores first, each as a pair or
 * not, and removes them.
 */
export function popElements(
  context: CommandContext,
  i: number,
  entry: number,
  count: number,
  max: boolean,
  paired: boolean,
): void {
  const { keyspace, reply } = context;
  const { sortedSets } = keyspace;
  const cursor = sortedSets.shared;
  const size = sortedSets.count(entry);
  sortedSets.seek(entry, cursor, max ? size - 1 : 0);
  for (let left = count; left > 0; left--) {
    if (paired) reply.array(2);
    reply.bulk(cursor.page, cursor.at, cursor.at + cursor.length);
    replyScore(reply, cursor.score());
    if (max) cursor.previous();
    else cursor.next();
  }
  removeElements(context, i, entry, max ? size - count : 0, count, max ? "zpopmax" : "zpopmin");
}

/** Records `ZPOPMIN key [count]`, or ZPOPMAX, as the effect; -1: no count. */
export function recordPop(context: CommandContext, i: number, count: number, max: boolean): void {
  if (!context.beginEffect(count < 0 ? 2 : 3)) return;
  const { effects } = context.keyspace;
  effects.text(max ? "ZPOPMAX" : "ZPOPMIN");
  context.effectArgument(i);
  if (count >= 0) effects.text(String(count));
}
