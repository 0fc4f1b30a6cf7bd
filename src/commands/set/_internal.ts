/**
 * What the commands on sets have in common.
 *
 * @module
 */

import { WRONG_TYPE } from "../../base/errors.ts";
import type { ReplyWriter } from "../../resp/reply_writer.ts";
import { TYPE_SET } from "../../store/entry.ts";
import { EVENT_GENERIC, EVENT_SET } from "../../store/events.ts";
import type { SetCursor } from "../../store/types/set_cursor.ts";
import type { CommandContext } from "../context.ts";

/**
 * The entry of the key in argument `i` for reading, or 0.
 *
 * @throws {WireError} where it is no set
 */
export function readSet(context: CommandContext, i: number): number {
  const entry = context.read(i);
  if (entry !== 0 && context.entries.type(entry) !== TYPE_SET) throw WRONG_TYPE;
  return entry;
}

/**
 * The entry of the key in argument `i` for changing, or 0.
 *
 * @throws {WireError} where it is no set
 */
export function writeSet(context: CommandContext, i: number): number {
  const entry = context.write(i);
  if (entry !== 0 && context.entries.type(entry) !== TYPE_SET) throw WRONG_TYPE;
  return entry;
}

/**
 * The entries of the keys in the arguments from `first` to `last`, 0 where there is no such key.
 *
 * @throws {WireError} where one is no set
 */
export function readSets(context: CommandContext, first: number, last: number): number[] {
  const entries: number[] = [];
  for (let i = first; i <= last; i++) entries.push(readSet(context, i));
  return entries;
}

/** Replies the member that a cursor stands at. */
export function replyMember(reply: ReplyWriter, cursor: SetCursor): void {
  reply.bulk(cursor.page, cursor.at, cursor.at + cursor.length);
}

/** Replies all members of a set, 0: none. */
export function replyMembers({ keyspace, reply }: CommandContext, entry: number): void {
  const { sets } = keyspace;
  if (entry === 0) return reply.set(0);
  const cursor = sets.shared;
  reply.set(sets.count(entry));
  for (let more = sets.first(entry, cursor); more; more = cursor.next()) replyMember(reply, cursor);
}

/** An entry with an empty set, to be stored under the key in argument `i` or to be freed. */
export function prepareSet(context: CommandContext, i: number, encoding: number): number {
  const { args, database, keyspace } = context;
  const root = keyspace.sets.create(encoding);
  return database.prepare(args.bytes, args.start(i), args.end(i), TYPE_SET, encoding, root);
}

/**
 * Puts a prepared set under the key in argument 1, in place of what that holds, or removes the key where it is empty;
 * replies how many members it has.
 */
export function storeSet(context: CommandContext, prepared: number, event: string): void {
  const { database, entries, keyspace, reply } = context;
  const count = keyspace.sets.count(prepared);
  if (count === 0) {
    entries.free(prepared);
    return storeNothing(context);
  }
  database.place(prepared);
  context.changed(1, EVENT_SET, event);
  reply.integer(count);
}

/** Removes the key in argument 1, under which an empty set was to be stored; replies 0. */
export function storeNothing(context: CommandContext): void {
  const { args, database, reply } = context;
  if (database.displace(args.bytes, args.start(1), args.end(1))) context.changed(1, EVENT_GENERIC, "del");
  reply.integer(0);
}
