/**
 * What the commands on strings have in common.
 *
 * @module
 */

import { STRING_TOO_LONG, WRONG_TYPE } from "../../base/errors.ts";
import { MAX_LENGTH, stringEncoding, TYPE_STRING } from "../../store/entry.ts";
import { EVENT_GENERIC, EVENT_STRING } from "../../store/events.ts";
import type { RemovalEffect } from "../../store/keyspace.ts";
import type { CommandContext } from "../context.ts";
import { recordKeyRemoval } from "../record_key_removal.ts";

/** For `storeString`: the key keeps the expiry time it has, or gets none. */
export const KEEP_EXPIRY = -2, NO_EXPIRY = -1;

/**
 * The entry of the key in argument `i` for reading, or 0.
 *
 * @throws {WireError} where it is no string
 */
export function readString(context: CommandContext, i: number): number {
  const entry = context.read(i);
  if (entry !== 0 && context.entries.type(entry) !== TYPE_STRING) throw WRONG_TYPE;
  return entry;
}

/**
 * The entry of the key in argument `i` for changing, or 0.
 *
 * @throws {WireError} where it is no string
 */
export function writeString(context: CommandContext, i: number): number {
  const entry = context.write(i);
  if (entry !== 0 && context.entries.type(entry) !== TYPE_STRING) throw WRONG_TYPE;
  return entry;
}

/** Replies the value of a string entry, or null for 0. */
export function replyString(context: CommandContext, entry: number): void {
  if (entry === 0) return context.reply.null();
  const entries = context.entries;
  entries.locateValue(entry);
  context.reply.bulk(entries.page, entries.at, entries.at + entries.length);
}

/**
 * Stores argument `value` under the key in argument `key`; the event is for the caller to tell.
 *
 * @param expiry milliseconds since the epoch, or KEEP_EXPIRY, or NO_EXPIRY
 */
export function storeString(context: CommandContext, key: number, value: number, expiry: number): void {
  const args = context.args;
  const bytes = args.bytes;
  const start = args.start(value);
  const end = args.end(value);
  const encoding = stringEncoding(bytes, start, end);
  context.database.setString(bytes, args.start(key), args.end(key), bytes, start, end, encoding, expiry);
}

/** As `storeString`, with the event of SET and its kin. */
export function putString(context: CommandContext, key: number, value: number, expiry: number): void {
  storeString(context, key, value, expiry);
  context.changed(key, EVENT_STRING, "set");
}

/**
 * Sets the key in argument 1 to argument `value` until `expiry`, with events, and with the effect that Redis makes of
 * every command that does so: `SET key value PXAT milliseconds`.
 *
 * @param expiry milliseconds since the epoch
 */
export function putStringUntil(context: CommandContext, value: number, expiry: number): void {
  putString(context, 1, value, expiry);
  if (context.beginEffect(5)) {
    const effects = context.keyspace.effects;
    effects.text("SET");
    context.effectArgument(1);
    context.effectArgument(value);
    effects.text("PXAT");
    effects.text(String(expiry));
  }
  context.notify(1, EVENT_GENERIC, "expire");
}

/** Removes the entry of the key in argument 1, with the event of DEL and the effect that is given. */
export function removeString(context: CommandContext, entry: number, effect: RemovalEffect): void {
  context.database.remove(entry);
  context.changed(1, EVENT_GENERIC, "del");
  recordKeyRemoval(context, effect);
}

/**
 * Checks that a string may have `length` bytes.
 *
 * @throws {WireError} where it may not
 */
export function checkStringLength(context: CommandContext, length: number): void {
  if (length > context.server.settings.maxBulkLength || length > MAX_LENGTH) throw STRING_TOO_LONG;
}
