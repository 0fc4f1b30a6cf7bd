/**
 * What the commands on keys of any type have in common.
 *
 * @module
 */

import { notInRange } from "../../base/errors.ts";
import type { Args } from "../../resp/args.ts";
import type { Database } from "../../store/database.ts";
import { EVENT_GENERIC, EVENT_KEY_MISS } from "../../store/events.ts";
import type { CommandContext } from "../context.ts";

const INT_MIN = -2147483648;
const INT_MAX = 2147483647;
const NOT_AN_INT = notInRange(INT_MIN, INT_MAX);

/** The entry of the key in argument `i`, or 0: a lookup that counts as hit or miss, but not as a use of the key. */
export function peek(context: CommandContext, i: number): number {
  const entry = inspect(context, i);
  if (entry === 0) context.notify(i, EVENT_KEY_MISS, "keymiss");
  return entry;
}

/** As `peek`, but a miss is no event. */
export function inspect(context: CommandContext, i: number): number {
  const { args, database, keyspace } = context;
  const entry = database.lookup(args.bytes, args.start(i), args.end(i));
  if (entry === 0) keyspace.statistics.misses++;
  else keyspace.statistics.hits++;
  return entry;
}

/** Replies the key of an entry. */
export function replyKey(context: CommandContext, entry: number): void {
  const entries = context.entries;
  entries.locateKey(entry);
  context.reply.bulk(entries.page, entries.at, entries.at + entries.length);
}

/** Whether an entry that no lookup returned has expired; it is gone then, unless this server leaves that to its primary. */
export function expireIfDue(context: CommandContext, entry: number): boolean {
  const { database, keyspace } = context;
  if (!database.isExpired(entry)) return false;
  if (keyspace.expiresKeys) database.expire(entry);
  return true;
}

/** Whether arguments `a` and `b` are the same bytes. */
export function sameArguments(args: Args, a: number, b: number): boolean {
  const length = args.length(a);
  if (length !== args.length(b)) return false;
  const { bytes } = args;
  const from = args.start(a);
  const to = args.start(b);
  for (let i = 0; i < length; i++) {
    if (bytes[from + i] !== bytes[to + i]) return false;
  }
  return true;
}

/**
 * The database whose index argument `i` is, or null where there is none of that number.
 *
 * @throws {WireError} where it is no 32-bit integer
 */
export function databaseIn(context: CommandContext, i: number): Database | null {
  const index = context.args.integer(i);
  if (index < INT_MIN || index > INT_MAX) throw NOT_AN_INT;
  return context.keyspace.databases[index] ?? null;
}

/**
 * Says of a key that it went from one name or database to another: one change, told at both ends, first to who watches
 * the keys and then to who is subscribed to the events.
 */
export function keyMoved(
  context: CommandContext,
  from: { database: Database; argument: number; event: string },
  to: { database: Database; argument: number; event: string },
): void {
  const { args, keyspace } = context;
  keyspace.dirty++;
  for (const { database, argument } of [from, to]) {
    keyspace.events.changed(database.index, args.bytes, args.start(argument), args.end(argument), true);
  }
  for (const { database, argument, event } of [from, to]) {
    const [start, end] = [args.start(argument), args.end(argument)];
    keyspace.events.notify(EVENT_GENERIC, event, database.index, args.bytes, start, end);
  }
}
