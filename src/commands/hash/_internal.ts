/**
 * What the commands on hashes have in common.
 *
 * @module
 */

import { WRONG_TYPE } from "../../base/errors.ts";
import { ENCODING_LISTPACK, TYPE_HASH } from "../../store/entry.ts";
import { expireField } from "../../store/field_expiry.ts";
import type { CommandContext } from "../context.ts";

/** What `findField` says: the field is there; it is not; it was the last one and has expired, so the key is gone. */
export const FOUND = 1, MISSING = 0, KEY_GONE = -1;

/**
 * The hash of the key in argument 1 for reading, or 0.
 *
 * @throws {WireError} where it is no hash
 */
export function readHash(context: CommandContext): number {
  const entry = context.read(1);
  if (entry !== 0 && context.entries.type(entry) !== TYPE_HASH) throw WRONG_TYPE;
  return entry;
}

/**
 * The hash of the key in argument 1 for changing, or 0.
 *
 * @throws {WireError} where it is no hash
 */
export function writeHash(context: CommandContext): number {
  const entry = context.write(1);
  if (entry !== 0 && context.entries.type(entry) !== TYPE_HASH) throw WRONG_TYPE;
  return entry;
}

/** Whether a time of a field, -1: none, has come. */
export function hasExpired(context: CommandContext, expiry: number): boolean {
  return expiry >= 0 && expiry < context.keyspace.now;
}

/** Looks for the field in argument `i`; one that has expired is removed and not there. */
export function findField(context: CommandContext, entry: number, i: number): number {
  const { args, database, keyspace } = context;
  const { hashes } = keyspace;
  if (!hashes.find(entry, args.bytes, args.start(i), args.end(i))) return MISSING;
  if (!hasExpired(context, hashes.expiry)) return FOUND;
  if (!keyspace.expiresKeys) return MISSING;
  return expireField(keyspace, database, entry) ? MISSING : KEY_GONE;
}

/** Replies the value of the field that was found. */
export function replyValue(context: CommandContext, entry: number): void {
  const { hashes } = context.keyspace;
  hashes.locateValue(entry);
  context.reply.bulk(hashes.page, hashes.at, hashes.at + hashes.length);
}

/** Replies the name of the field that was found. */
export function replyName(context: CommandContext, entry: number): void {
  const { hashes } = context.keyspace;
  hashes.locateName(entry);
  context.reply.bulk(hashes.page, hashes.at, hashes.at + hashes.length);
}

/** A new hash for the key in argument 1, to be filled and then placed, or freed. */
export function prepareHash(context: CommandContext): number {
  const { args, database, keyspace } = context;
  return database.prepare(
    args.bytes,
    args.start(1),
    args.end(1),
    TYPE_HASH,
    ENCODING_LISTPACK,
    keyspace.hashes.create(),
  );
}

/**
 * Stores a value in the field in argument 2, which `findField` has looked for, of a hash that was told that it will
 * change; of a new hash where `entry` is 0. A field that is there keeps its expiry.
 */
export function storeField(
  context: CommandContext,
  entry: number,
  value: Uint8Array,
  start: number,
  end: number,
): void {
  const { args, database, entries, keyspace } = context;
  const { hashes } = keyspace;
  const { bytes } = args;
  if (entry !== 0) return hashes.put(entry, bytes, args.start(2), args.end(2), value, start, end, true);
  const made = prepareHash(context);
  try {
    hashes.set(made, bytes, args.start(2), args.end(2), value, start, end);
  } catch (error) {
    entries.free(made);
    throw error;
  }
  database.place(made);
}

/** Takes a hash off the list of those with fields that expire if none does any more. */
export function updateVolatile(context: CommandContext, entry: number): void {
  const { database, entries, keyspace } = context;
  if (!entries.hasVolatileFields(entry) || keyspace.hashes.firstExpiry(entry) >= 0) return;
  database.setVolatileFields(entry, false);
}
