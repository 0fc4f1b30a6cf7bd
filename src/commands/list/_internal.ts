/**
 * What the commands on lists have in common.
 *
 * @module
 */

import { SYNTAX, WRONG_TYPE } from "../../base/errors.ts";
import { ENCODING_LISTPACK, TYPE_LIST } from "../../store/entry.ts";
import { EVENT_LIST } from "../../store/events.ts";
import type { CommandContext } from "../context.ts";

/**
 * The entry of the key in argument `i` for reading, or 0.
 *
 * @throws {WireError} where it is no list
 */
export function readList(context: CommandContext, i: number): number {
  const entry = context.read(i);
  if (entry !== 0 && context.entries.type(entry) !== TYPE_LIST) throw WRONG_TYPE;
  return entry;
}

/**
 * The entry of the key in argument `i` for changing, or 0.
 *
 * @throws {WireError} where it is no list
 */
export function writeList(context: CommandContext, i: number): number {
  const entry = context.write(i);
  if (entry !== 0 && context.entries.type(entry) !== TYPE_LIST) throw WRONG_TYPE;
  return entry;
}

/** An entry with an empty list for the key in argument `i`, not in the database yet. @throws {ArenaExhausted} */
export function prepareList({ args, database, keyspace }: CommandContext, i: number): number {
  const root = keyspace.lists.create(ENCODING_LISTPACK);
  return database.prepare(args.bytes, args.start(i), args.end(i), TYPE_LIST, ENCODING_LISTPACK, root);
}

/** Whether argument `i`, LEFT or RIGHT, names the end of a list. @throws {WireError} where it is neither */
export function isTail({ args }: CommandContext, i: number): boolean {
  if (args.is(i, "RIGHT")) return true;
  if (!args.is(i, "LEFT")) throw SYNTAX;
  return false;
}

/** The event of a push to the end of a list or to its beginning. */
export function pushEvent(atTail: boolean): string {
  return atTail ? "rpush" : "lpush";
}

/** Replies `count` elements, which there are, from the one with the index `start` on, forwards or backwards. */
export function replyElements(
  { keyspace, reply }: CommandContext,
  entry: number,
  start: number,
  count: number,
  backwards: boolean,
): void {
  const { lists } = keyspace;
  lists.seek(entry, start);
  for (let left = count; left > 0; left--) {
    lists.get();
    reply.bulk(lists.page, lists.at, lists.at + lists.length);
    if (backwards) lists.previous();
    else lists.next();
  }
}

/**
 * Removes `count` elements, which there are, from an end of the list of the key in argument `i`, and the key itself
 * when none is left.
 */
export function removePopped(
  context: CommandContext,
  i: number,
  entry: number,
  fromTail: boolean,
  count: number,
): void {
  const { lists } = context.keyspace;
  const emptied = count === lists.count(entry);
  if (!emptied) {
    context.database.willChange(entry);
    lists.removeEnd(entry, fromTail, count);
    lists.shrink(entry);
  }
  context.changed(i, EVENT_LIST, fromTail ? "rpop" : "lpop", count);
  if (emptied) context.removeEmptied(i, entry);
}

/** Records `LPOP key [count]`, or RPOP, as the effect; -1: no count. */
export function recordPop(context: CommandContext, i: number, fromTail: boolean, count: number): void {
  if (!context.beginEffect(count < 0 ? 2 : 3)) return;
  const { effects } = context.keyspace;
  effects.text(fromTail ? "RPOP" : "LPOP");
  context.effectArgument(i);
  if (count >= 0) effects.text(String(count));
}
