/**
 * HEXPIRE, HPEXPIRE, HEXPIREAT, HPEXPIREAT.
 *
 * @module
 */

import { FIELD_EXPIRY_NEGATIVE, invalidExpireTime, NUMFIELDS_NOT_POSITIVE } from "../../base/errors.ts";
import type { Args } from "../../resp/args.ts";
import { EVENT_HASH } from "../../store/events.ts";
import type { CommandContext } from "../context.ts";
import { type ArgumentSpecification, defineCommand, oneKey } from "../define.ts";
import { findField, FOUND, KEY_GONE, updateVolatile, writeHash } from "./_internal.ts";
import { checkFields, FIELDS_ARGUMENT, NO_FIELD } from "./hash_expiry.ts";

/** The latest time that a field may expire at, milliseconds since the epoch, as in Redis. */
const LAST_TIME = 2 ** 46 - 1;
const ALWAYS = 0, NX = 1, XX = 2, GT = 3, LT = 4;
/** Replies for a field: the condition does not hold; the time is set; it has passed, and so the field is gone. */
const NOT_MET = 0, SET = 1, DELETED = 2;

/**
 * The time in argument 2, milliseconds since the epoch.
 *
 * @param base what the argument counts from
 * @param unit of the argument, in milliseconds
 * @param command who asks, in lower case, for the error
 */
function parseTime(args: Args, base: number, unit: number, command: string): number {
  const time = args.integer(2);
  if (time < 0) throw FIELD_EXPIRY_NEGATIVE;
  if (time > Math.floor(LAST_TIME / unit) || time * unit > LAST_TIME - base) {
    throw invalidExpireTime(command);
  }
  return time * unit + base;
}

function parseCondition(args: Args): number {
  if (args.is(3, "NX")) return NX;
  if (args.is(3, "XX")) return XX;
  if (args.is(3, "GT")) return GT;
  return args.is(3, "LT") ? LT : ALWAYS;
}

/** Whether the condition allows the time `old` of a field (-1: none) to become `time`. */
function isAllowed(condition: number, old: number, time: number): boolean {
  if (old < 0) return condition !== XX && condition !== GT;
  if (condition === GT) return time > old;
  if (condition === LT) return time < old;
  return condition !== NX;
}

/** Sets when the fields that are named expire, or removes them where that time has passed. */
function expire(context: CommandContext, base: number, unit: number, command: string): void {
  const { args, database, keyspace, reply } = context;
  const entry = writeHash(context);
  const time = parseTime(args, base, unit, command);
  const condition = parseCondition(args);
  const fieldsAt = condition === ALWAYS ? 3 : 4;
  checkFields(args, fieldsAt, NUMFIELDS_NOT_POSITIVE);
  const first = fieldsAt + 2;
  reply.array(args.count - first);
  if (entry === 0) {
    for (let i = first; i < args.count; i++) reply.integer(NO_FIELD);
    return;
  }
  database.willChange(entry);
  keyspace.hashes.makeExpirable(entry);
  if (time <= keyspace.now && keyspace.expiresKeys) remove(context, entry, first, condition, time);
  else set(context, entry, first, condition, time);
}

/** Removes the fields from argument `first` on for which the condition holds. */
function remove(
  context: CommandContext,
  entry: number,
  first: number,
  condition: number,
  time: number,
): void {
  const { args, keyspace, reply } = context;
  const { hashes } = keyspace;
  let deleted = 0;
  let isGone = false;
  for (let i = first; i < args.count; i++) {
    const found = isGone ? KEY_GONE : findField(context, entry, i);
    if (found === KEY_GONE) isGone = true;
    if (found !== FOUND) {
      reply.integer(NO_FIELD);
    } else if (!isAllowed(condition, hashes.expiry, time)) {
      reply.integer(NOT_MET);
    } else {
      hashes.removeFound(entry);
      recordRemoval(context, i);
      deleted++;
      reply.integer(DELETED);
    }
  }
  if (deleted === 0) return;
  context.changed(1, EVENT_HASH, "hdel", deleted);
  if (hashes.count(entry) === 0) context.removeEmptied(1, entry);
  else updateVolatile(context, entry);
}

/** Sets the time of the fields from argument `first` on for which the condition holds. */
function set(context: CommandContext, entry: number, first: number, condition: number, time: number): void {
  const { args, database, keyspace, reply } = context;
  const { hashes } = keyspace;
  const updated: number[] = [];
  let isGone = false;
  try {
    for (let i = first; i < args.count; i++) {
      const found = isGone ? KEY_GONE : findField(context, entry, i);
      if (found === KEY_GONE) isGone = true;
      if (found !== FOUND) {
        reply.integer(NO_FIELD);
      } else if (!isAllowed(condition, hashes.expiry, time)) {
        reply.integer(NOT_MET);
      } else {
        database.setVolatileFields(entry, true);
        hashes.setExpiry(entry, time);
        updated.push(i);
        reply.integer(SET);
      }
    }
  } finally {
    if (!isGone) updateVolatile(context, entry);
    if (updated.length > 0) {
      recordTime(context, time, first - 2, updated);
      context.changed(1, EVENT_HASH, "hexpire", updated.length);
    }
  }
}

/** Records that the field in argument `i` was removed. */
function recordRemoval(context: CommandContext, i: number): void {
  if (!context.beginEffect(3)) return;
  context.keyspace.effects.text("HDEL");
  context.effectArgument(1);
  context.effectArgument(i);
}

/** Records the time of the fields that got it, whose arguments are `updated`; FIELDS is argument `fieldsAt`. */
function recordTime(
  context: CommandContext,
  time: number,
  fieldsAt: number,
  updated: readonly number[],
): void {
  if (!context.beginEffect(fieldsAt + 2 + updated.length)) return;
  const { effects } = context.keyspace;
  effects.text("HPEXPIREAT");
  context.effectArgument(1);
  effects.text(String(time));
  for (let i = 3; i <= fieldsAt; i++) context.effectArgument(i);
  effects.text(String(updated.length));
  for (const i of updated) context.effectArgument(i);
}

const CONDITION: ArgumentSpecification = {
  name: "condition",
  type: "oneof",
  optional: true,
  arguments: [
    { name: "nx", type: "pure-token", token: "NX" },
    { name: "xx", type: "pure-token", token: "XX" },
    { name: "gt", type: "pure-token", token: "GT" },
    { name: "lt", type: "pure-token", token: "LT" },
  ],
};

/** `HEXPIRE key seconds [NX | XX | GT | LT] FIELDS numfields field [field ...]` */
export const hexpire = defineCommand({
  name: "HEXPIRE",
  group: "hash",
  since: "7.4.0",
  summary: "Set expiry for hash field using relative time to expire (seconds)",
  complexity: "O(N) where N is the number of specified fields",
  history: [],
  deprecated: null,
  arity: -6,
  flags: ["write", "denyoom", "fast"],
  categories: ["hash"],
  tips: [],
  keys: [oneKey(1, "RW", "update")],
  arguments: [
    { name: "key", type: "key", keySpecification: 0 },
    { name: "seconds", type: "integer" },
    CONDITION,
    FIELDS_ARGUMENT,
  ],
  subcommands: [],
  run(context) {
    expire(context, context.keyspace.now, 1000, "hexpire");
  },
});

/** `HPEXPIRE key milliseconds [NX | XX | GT | LT] FIELDS numfields field [field ...]` */
export const hpexpire = defineCommand({
  name: "HPEXPIRE",
  group: "hash",
  since: "7.4.0",
  summary: "Set expiry for hash field using relative time to expire (milliseconds)",
  complexity: "O(N) where N is the number of specified fields",
  history: [],
  deprecated: null,
  arity: -6,
  flags: ["write", "denyoom", "fast"],
  categories: ["hash"],
  tips: [],
  keys: [oneKey(1, "RW", "update")],
  arguments: [
    { name: "key", type: "key", keySpecification: 0 },
    { name: "milliseconds", type: "integer" },
    CONDITION,
    FIELDS_ARGUMENT,
  ],
  subcommands: [],
  run(context) {
    expire(context, context.keyspace.now, 1, "hpexpire");
  },
});

/** `HEXPIREAT key unix-time-seconds [NX | XX | GT | LT] FIELDS numfields field [field ...]` */
export const hexpireat = defineCommand({
  name: "HEXPIREAT",
  group: "hash",
  since: "7.4.0",
  summary: "Set expiry for hash field using an absolute Unix timestamp (seconds)",
  complexity: "O(N) where N is the number of specified fields",
  history: [],
  deprecated: null,
  arity: -6,
  flags: ["write", "denyoom", "fast"],
  categories: ["hash"],
  tips: [],
  keys: [oneKey(1, "RW", "update")],
  arguments: [
    { name: "key", type: "key", keySpecification: 0 },
    { name: "unix-time-seconds", type: "unix-time" },
    CONDITION,
    FIELDS_ARGUMENT,
  ],
  subcommands: [],
  run(context) {
    expire(context, 0, 1000, "hexpireat");
  },
});

/** `HPEXPIREAT key unix-time-milliseconds [NX | XX | GT | LT] FIELDS numfields field [field ...]` */
export const hpexpireat = defineCommand({
  name: "HPEXPIREAT",
  group: "hash",
  since: "7.4.0",
  summary: "Set expiry for hash field using an absolute Unix timestamp (milliseconds)",
  complexity: "O(N) where N is the number of specified fields",
  history: [],
  deprecated: null,
  arity: -6,
  flags: ["write", "denyoom", "fast"],
  categories: ["hash"],
  tips: [],
  keys: [oneKey(1, "RW", "update")],
  arguments: [
    { name: "key", type: "key", keySpecification: 0 },
    { name: "unix-time-milliseconds", type: "unix-time" },
    CONDITION,
    FIELDS_ARGUMENT,
  ],
  subcommands: [],
  run(context) {
    expire(context, 0, 1, "hpexpireat");
  },
});
