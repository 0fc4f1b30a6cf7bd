/**
 * EXPIRE, PEXPIRE, EXPIREAT, PEXPIREAT.
 *
 * @module
 */

import { LAST_EXPIRY } from "../../store/entry.ts";
import {
  EXPIRE_GT_EXCLUDES_LT,
  EXPIRE_NX_EXCLUDES,
  invalidExpireTime,
  unsupportedOption,
} from "../../base/errors.ts";
import { MAX_INT64, MIN_INT64 } from "../../base/numbers.ts";
import type { Args } from "../../resp/args.ts";
import { EVENT_GENERIC } from "../../store/events.ts";
import type { CommandContext } from "../context.ts";
import { type ArgumentSpecification, defineCommand, oneKey } from "../define.ts";
import { recordKeyRemoval } from "../record_key_removal.ts";

const NX = 1, XX = 2, GT = 4, LT = 8;

/**
 * The conditions from argument 3 on, as bits.
 *
 * @throws {WireError} where there are others, or they contradict each other
 */
function parseConditions(args: Args): number {
  let conditions = 0;
  for (let i = 3; i < args.count; i++) {
    if (args.is(i, "NX")) conditions |= NX;
    else if (args.is(i, "XX")) conditions |= XX;
    else if (args.is(i, "GT")) conditions |= GT;
    else if (args.is(i, "LT")) conditions |= LT;
    // Redis prints it with `%s`: a NUL ends it.
    else throw unsupportedOption(args.text(i).split("\0", 1)[0]);
  }
  if ((conditions & NX) !== 0 && conditions !== NX) throw EXPIRE_NX_EXCLUDES;
  if ((conditions & GT) !== 0 && (conditions & LT) !== 0) throw EXPIRE_GT_EXCLUDES_LT;
  return conditions;
}

/**
 * The time in argument 2, milliseconds since the epoch; it may lie before that.
 *
 * @param base what the argument counts from
 * @param unit of the argument, in milliseconds
 * @param command who asks, in lower case, for the error
 * @throws {WireError} where it is no integer, or too large in milliseconds
 */
function parseTime(args: Args, base: number, unit: number, command: string): number {
  const time = args.integer(2);
  // A thousand times 2^53 leaves room for the base below 2^63.
  if (Math.abs(time) <= Number.MAX_SAFE_INTEGER) return time * unit + base;
  const milliseconds = args.int64(2) * BigInt(unit);
  if (milliseconds < MIN_INT64 || milliseconds > MAX_INT64 - BigInt(base)) {
    throw invalidExpireTime(command);
  }
  return Math.min(Number(milliseconds) + base, LAST_EXPIRY);
}

/** Whether the conditions allow the time `old` of a key (-1: none) to become `time`. */
function isAllowed(conditions: number, old: number, time: number): boolean {
  if ((conditions & NX) !== 0 && old !== -1) return false;
  if ((conditions & XX) !== 0 && old === -1) return false;
  // A key without a time lives for ever: nothing is greater than that, and everything is less.
  if ((conditions & GT) !== 0 && (old === -1 || time <= old)) return false;
  return (conditions & LT) === 0 || old === -1 || time < old;
}

/** Sets the expiry time of the key in argument 1, or removes the key where that time has passed. */
function expireKey(context: CommandContext, base: number, unit: number, command: string): void {
  const { args, database, entries, keyspace, reply } = context;
  const conditions = parseConditions(args);
  const time = parseTime(args, base, unit, command);
  const entry = context.write(1);
  if (entry === 0 || (conditions !== 0 && !isAllowed(conditions, entries.expiry(entry), time))) {
    return reply.integer(0);
  }
  if (time <= keyspace.now && keyspace.expiresKeys) {
    database.remove(entry);
    recordKeyRemoval(context, keyspace.removals.expired);
    context.changed(1, EVENT_GENERIC, "del");
  } else {
    // A replica keeps what has expired until its primary says so.
    database.setExpiry(entry, Math.max(time, 0));
    if (unit !== 1 || base !== 0) recordTime(context, time);
    context.changed(1, EVENT_GENERIC, "expire");
  }
  reply.integer(1);
}

/** Records the request with its time in milliseconds since the epoch. */
function recordTime(context: CommandContext, time: number): void {
  const { count } = context.args;
  if (!context.beginEffect(count)) return;
  context.keyspace.effects.text("PEXPIREAT");
  context.effectArgument(1);
  context.keyspace.effects.text(String(time));
  for (let i = 3; i < count; i++) context.effectArgument(i);
}

const CONDITION: ArgumentSpecification = {
  name: "condition",
  type: "oneof",
  since: "7.0.0",
  optional: true,
  arguments: [
    { name: "nx", type: "pure-token", token: "NX" },
    { name: "xx", type: "pure-token", token: "XX" },
    { name: "gt", type: "pure-token", token: "GT" },
    { name: "lt", type: "pure-token", token: "LT" },
  ],
};

/** `EXPIRE key seconds [NX | XX | GT | LT]` */
export const expire = defineCommand({
  name: "EXPIRE",
  group: "generic",
  since: "1.0.0",
  summary: "Set a key's time to live in seconds",
  complexity: "O(1)",
  history: [["7.0.0", "Added options: `NX`, `XX`, `GT` and `LT`."]],
  deprecated: null,
  arity: -3,
  flags: ["write", "fast"],
  categories: ["keyspace"],
  tips: [],
  keys: [oneKey(1, "RW", "update")],
  arguments: [
    { name: "key", type: "key", keySpecification: 0 },
    { name: "seconds", type: "integer" },
    CONDITION,
  ],
  subcommands: [],
  run(context) {
    expireKey(context, context.keyspace.now, 1000, "expire");
  },
});

/** `PEXPIRE key milliseconds [NX | XX | GT | LT]` */
export const pexpire = defineCommand({
  name: "PEXPIRE",
  group: "generic",
  since: "2.6.0",
  summary: "Set a key's time to live in milliseconds",
  complexity: "O(1)",
  history: [["7.0.0", "Added options: `NX`, `XX`, `GT` and `LT`."]],
  deprecated: null,
  arity: -3,
  flags: ["write", "fast"],
  categories: ["keyspace"],
  tips: [],
  keys: [oneKey(1, "RW", "update")],
  arguments: [
    { name: "key", type: "key", keySpecification: 0 },
    { name: "milliseconds", type: "integer" },
    CONDITION,
  ],
  subcommands: [],
  run(context) {
    expireKey(context, context.keyspace.now, 1, "pexpire");
  },
});

/** `EXPIREAT key unix-time-seconds [NX | XX | GT | LT]` */
export const expireat = defineCommand({
  name: "EXPIREAT",
  group: "generic",
  since: "1.2.0",
  summary: "Set the expiration for a key as a UNIX timestamp",
  complexity: "O(1)",
  history: [["7.0.0", "Added options: `NX`, `XX`, `GT` and `LT`."]],
  deprecated: null,
  arity: -3,
  flags: ["write", "fast"],
  categories: ["keyspace"],
  tips: [],
  keys: [oneKey(1, "RW", "update")],
  arguments: [
    { name: "key", type: "key", keySpecification: 0 },
    { name: "unix-time-seconds", type: "unix-time" },
    CONDITION,
  ],
  subcommands: [],
  run(context) {
    expireKey(context, 0, 1000, "expireat");
  },
});

/** `PEXPIREAT key unix-time-milliseconds [NX | XX | GT | LT]` */
export const pexpireat = defineCommand({
  name: "PEXPIREAT",
  group: "generic",
  since: "2.6.0",
  summary: "Set the expiration for a key as a UNIX timestamp specified in milliseconds",
  complexity: "O(1)",
  history: [["7.0.0", "Added options: `NX`, `XX`, `GT` and `LT`."]],
  deprecated: null,
  arity: -3,
  flags: ["write", "fast"],
  categories: ["keyspace"],
  tips: [],
  keys: [oneKey(1, "RW", "update")],
  arguments: [
    { name: "key", type: "key", keySpecification: 0 },
    { name: "unix-time-milliseconds", type: "unix-time" },
    CONDITION,
  ],
  subcommands: [],
  run(context) {
    expireKey(context, 0, 1, "pexpireat");
  },
});
