/**
 * What the commands on sorted sets, and geo commands, do alike: finding, preparing, storing and replying them.
 *
 * @module
 */

import { DOUBLE_TEXT_MAX, parseDoubleBytes, writeDouble } from "../../base/double_bytes.ts";
import { NOT_A_FLOAT, type WireError, WRONG_TYPE } from "../../base/errors.ts";
import type { ReplyWriter } from "../../resp/reply_writer.ts";
import { ENCODING_SKIPLIST, TYPE_ZSET } from "../../store/entry.ts";
import { EVENT_GENERIC, EVENT_SORTED_SET } from "../../store/events.ts";
import type { SortedSetCursor } from "../../store/types/zset_cursor.ts";
import type { CommandContext } from "../context.ts";

const digits = new Uint8Array(DOUBLE_TEXT_MAX);

/**
 * The entry of the key in argument `i` for reading, or 0.
 *
 * @throws {WireError} where it is no sorted set
 */
export function readSortedSet(context: CommandContext, i: number): number {
  const entry = context.read(i);
  if (entry !== 0 && context.entries.type(entry) !== TYPE_ZSET) throw WRONG_TYPE;
  return entry;
}

/**
 * The entry of the key in argument `i` for changing, or 0.
 *
 * @throws {WireError} where it is no sorted set
 */
export function writeSortedSet(context: CommandContext, i: number): number {
  const entry = context.write(i);
  if (entry !== 0 && context.entries.type(entry) !== TYPE_ZSET) throw WRONG_TYPE;
  return entry;
}

/**
 * Argument `i` as a double.
 *
 * @throws {WireError} `error` where it is none
 */
export function doubleArgument(context: CommandContext, i: number, error: WireError = NOT_A_FLOAT): number {
  const { args } = context;
  const value = parseDoubleBytes(args.bytes, args.start(i), args.end(i));
  if (value !== value) throw error;
  return value;
}

/** Replies a score: a double, or in RESP2 a bulk string. */
export function replyScore(reply: ReplyWriter, score: number): void {
  const length = writeDouble(digits, 0, score);
  if (reply.protocol === 2) return reply.bulk(digits, 0, length);
  reply.raw(",");
  reply.rawBytes(digits, 0, length);
  reply.raw("\r\n");
}

/** Replies the head of a list of `count` members, with their scores or without. */
export function replyElementsHead(reply: ReplyWriter, count: number, withScores: boolean): void {
  reply.array(withScores && reply.protocol === 2 ? count * 2 : count);
}

/** Replies the element that a cursor stands at: in RESP3 member and score are a pair of their own. */
export function replyElement(reply: ReplyWriter, cursor: SortedSetCursor, withScore: boolean): void {
  if (withScore && reply.protocol === 3) reply.array(2);
  reply.bulk(cursor.page, cursor.at, cursor.at + cursor.length);
  if (withScore) replyScore(reply, cursor.score());
}

/** An entry with an empty sorted set for intermediate results or, under the key in argument `i`, for storing. */
export function prepareResult(context: CommandContext, i: number, encoding = ENCODING_SKIPLIST): number {
  const { args, database, keyspace } = context;
  const root = keyspace.sortedSets.create(encoding);
  return database.prepare(args.bytes, args.start(i), args.end(i), TYPE_ZSET, encoding, root);
}

/**
 * Puts a prepared sorted set under the key in argument `i`, in place of what that holds, or removes the key where it is
 * empty; replies how many elements it has.
 */
export function storeResult(context: CommandContext, i: number, prepared: number, event: string): void {
  const { args, database, entries, keyspace, reply } = context;
  const count = keyspace.sortedSets.count(prepared);
  if (count > 0) {
    database.place(prepared);
    context.changed(i, EVENT_SORTED_SET, event);
  } else {
    entries.free(prepared);
    if (database.displace(args.bytes, args.start(i), args.end(i))) context.changed(i, EVENT_GENERIC, "del");
  }
  reply.integer(count);
}

/**
 * Removes `count` elements, which there are, from that of rank `first` on from the sorted set of the key in argument
 * `i`, and the key itself when none is left.
 */
export function removeElements(
  context: CommandContext,
  i: number,
  entry: number,
  first: number,
  count: number,
  event: string,
): void {
  const { database, keyspace } = context;
  const emptied = count === keyspace.sortedSets.count(entry);
  if (!emptied) {
    database.willChange(entry);
    keyspace.sortedSets.removeRange(entry, first, count);
  }
  context.changed(i, EVENT_SORTED_SET, event, count);
  if (emptied) context.removeEmptied(i, entry);
}

/** Replies the key in argument `i`. */
export function replyKeyArgument({ args, reply }: CommandContext, i: number): void {
  reply.bulk(args.bytes, args.start(i), args.end(i));
}
