/**
 * What the commands on streams share: IDs in requests and replies, entries in replies.
 *
 * @module
 */

import {
  INVALID_INTERVAL_END,
  INVALID_INTERVAL_START,
  INVALID_STREAM_ID,
  noKeyOrGroup,
  WRONG_TYPE,
} from "../../base/errors.ts";
import type { Args } from "../../resp/args.ts";
import type { ReplyWriter } from "../../resp/reply_writer.ts";
import { TYPE_STREAM } from "../../store/entry.ts";
import { STREAM_ID_TEXT_MAX, type StreamId } from "../../store/types/stream_id.ts";
import type { StreamRange } from "../../store/types/stream_range.ts";
import type { CommandContext } from "../context.ts";

const PARENTHESIS = 40, PLUS = 43, MINUS = 45;

const idText = new Uint8Array(STREAM_ID_TEXT_MAX);

/**
 * The stream of an entry, or 0 where that is 0.
 *
 * @throws {WireError} where it is something else
 */
export function streamOf(context: CommandContext, entry: number): number {
  if (entry === 0) return 0;
  if (context.entries.type(entry) !== TYPE_STREAM) throw WRONG_TYPE;
  return context.entries.root(entry);
}

/**
 * The group of a stream, or 0 where either is missing, that argument `i` names.
 */
export function groupOf(context: CommandContext, stream: number, i: number): number {
  if (stream === 0) return 0;
  const { args, keyspace } = context;
  return keyspace.streams.groups.find(stream, args.bytes, args.start(i), args.end(i));
}

/**
 * The group, in argument 2, of the stream in argument 1.
 *
 * @throws {WireError} where either is missing
 */
export function requireGroup(context: CommandContext, stream: number): number {
  const group = groupOf(context, stream, 2);
  if (group === 0) throw noKeyOrGroup(context.args.text(1), context.args.text(2));
  return group;
}

/**
 * Reads an ID, whose sequence number is 0 where it is missing.
 *
 * @throws {WireError} where it is none
 */
export function parseId(args: Args, i: number, id: StreamId): void {
  if (!id.parse(args.bytes, args.start(i), args.end(i))) throw INVALID_STREAM_ID;
}

/**
 * Reads the first ID of an interval: an ID, `-`, `+`, or `(` and an ID, which is then left out.
 *
 * @throws {WireError} where it is none, or no other ID follows it
 */
export function parseStart(args: Args, i: number, id: StreamId): void {
  if (parseBound(args, i, id, false) && !id.increment()) throw INVALID_INTERVAL_START;
}

/**
 * Reads the last ID of an interval, as `parseStart`.
 *
 * @throws {WireError} where it is none, or there is no other ID before it
 */
export function parseEnd(args: Args, i: number, id: StreamId): void {
  if (parseBound(args, i, id, true) && !id.decrement()) throw INVALID_INTERVAL_END;
}

/** Reads a bound of an interval; whether the ID itself is left out. */
function parseBound(args: Args, i: number, id: StreamId, last: boolean): boolean {
  const { bytes } = args;
  const start = args.start(i);
  const end = args.end(i);
  const open = end - start > 1 && bytes[start] === PARENTHESIS;
  if (end - start === 1 && bytes[start] === MINUS) id.setMin();
  else if (end - start === 1 && bytes[start] === PLUS) id.setMax();
  else if (!id.parse(bytes, open ? start + 1 : start, end, last)) throw INVALID_STREAM_ID;
  return open;
}

/** Replies an ID as a bulk string. */
export function replyId(reply: ReplyWriter, id: StreamId): void {
  reply.bulk(idText, 0, id.write(idText, 0));
}

/** Replies the entry that a walk has come to: its ID, and its fields and values. */
export function replyEntry(reply: ReplyWriter, range: StreamRange): void {
  reply.array(2);
  replyId(reply, range.id);
  const { count, element } = range;
  reply.array(2 * count);
  for (let i = 0; i < count; i++) {
    range.readField();
    reply.bulk(element.page, element.at, element.at + element.length);
    range.readValue();
    reply.bulk(element.page, element.at, element.at + element.length);
  }
}

/** Replies the entry with this ID; false, and nothing is replied, where there is none. */
export function replyEntryWithId(context: CommandContext, stream: number, id: StreamId): boolean {
  const range = context.keyspace.streams.walk(stream, id, id);
  if (!range.next()) return false;
  replyEntry(context.reply, range);
  return true;
}

/** Replies the entries from one ID to another, at most `limit`, backwards where `reverse` says so. */
export function replyEntries(
  context: CommandContext,
  stream: number,
  interval: { from: StreamId; to: StreamId },
  limit: number,
  reverse = false,
): void {
  const { keyspace: { streams }, reply } = context;
  const count = streams.count(stream, interval.from, interval.to, limit);
  reply.array(count);
  const range = streams.walk(stream, interval.from, interval.to, reverse);
  for (let i = 0; i < count; i++) {
    range.next();
    replyEntry(reply, range);
  }
}
