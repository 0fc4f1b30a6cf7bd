/**
 * RESTORE.
 *
 * @module
 */

import {
  BAD_DATA_FORMAT,
  BUSY_KEY,
  INVALID_FREQ,
  INVALID_IDLETIME,
  INVALID_TTL,
  PAYLOAD_WRONG,
  SYNTAX,
} from "../../base/errors.ts";
import { MAX_INT64 } from "../../base/numbers.ts";
import { RdbCorrupt } from "../../persistence/rdb_format.ts";
import { isPayload, PAYLOAD_FOOTER_BYTES } from "../../persistence/rdb_payload.ts";
import { RdbReader } from "../../persistence/rdb_reader.ts";
import { RdbValues } from "../../persistence/rdb_values.ts";
import { ACCESS_LFU, ACCESS_S3_FIFO } from "../../store/access.ts";
import { LAST_EXPIRY } from "../../store/entry.ts";
import { EVENT_GENERIC } from "../../store/events.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand, oneKey } from "../define.ts";
import { recordKeyRemoval } from "../record_key_removal.ts";

interface RestoreOptions {
  readonly replace: boolean;
  /** Whether the time to live is a time, in milliseconds since the epoch. */
  readonly absolute: boolean;
  /** For how many seconds the key has not been used, -1: it has now. */
  readonly idle: bigint;
  /** Its LFU counter, -1: that of a new key. */
  readonly frequency: number;
}

/**
 * Reads the options.
 *
 * @throws {WireError}
 */
function parseOptions(context: CommandContext): RestoreOptions {
  const { args } = context;
  let [replace, absolute, idle, frequency] = [false, false, -1n, -1];
  for (let i = 4; i < args.count; i++) {
    const hasMore = i + 1 < args.count;
    if (args.is(i, "REPLACE")) {
      replace = true;
    } else if (args.is(i, "ABSTTL")) {
      absolute = true;
    } else if (args.is(i, "IDLETIME") && hasMore && frequency === -1) {
      idle = args.int64(++i);
      if (idle < 0n) throw INVALID_IDLETIME;
    } else if (args.is(i, "FREQ") && hasMore && idle === -1n) {
      frequency = args.integer(++i);
      if (frequency < 0 || frequency > 255) throw INVALID_FREQ;
    } else {
      throw SYNTAX;
    }
  }
  return { replace, absolute, idle, frequency };
}

/**
 * An entry with the value in argument 3 under the key in argument 1.
 *
 * @throws {WireError} where it is none
 */
function readValue(context: CommandContext, expiry: number, access: number): number {
  const { args, keyspace } = context;
  const { bytes } = args;
  const reader = new RdbReader(bytes, args.start(3), args.end(3) - PAYLOAD_FOOTER_BYTES);
  const key = { bytes, start: args.start(1), end: args.end(1), expiry, access };
  keyspace.statistics.sanitizations++;
  try {
    const entry = RdbValues.of(keyspace).read(reader, reader.byte(), key);
    if (entry !== 0) return entry;
  } catch (error) {
    if (!(error instanceof RdbCorrupt)) throw error;
  }
  throw BAD_DATA_FORMAT;
}

/** The access bits that the options ask for: of the two the one that the policy goes by counts. */
function accessOf(context: CommandContext, { idle, frequency }: RestoreOptions): number {
  const { access } = context.keyspace;
  if (access.mode === ACCESS_LFU) return frequency < 0 ? access.fresh : access.counted(frequency);
  if (idle < 0n || access.mode === ACCESS_S3_FIFO) return access.fresh;
  // Redis counts in milliseconds in between, which wrap.
  return access.idleFor(BigInt.asIntN(64, idle * 1000n) / 1000n);
}

/** Records the request, with the time at which the key expires. */
function recordRestore(context: CommandContext, expiry: bigint): void {
  const { args, keyspace } = context;
  if (!context.beginEffect(args.count + 1)) return;
  for (let i = 0; i < args.count; i++) {
    if (i === 2) keyspace.effects.text(String(expiry));
    else context.effectArgument(i);
  }
  keyspace.effects.text("ABSTTL");
}

/** Removes the key in argument 1, in whose place comes what has expired already. */
function replaceByNothing(context: CommandContext, old: number): void {
  if (old === 0) return;
  context.database.remove(old);
  recordKeyRemoval(context, "DEL");
  context.changed(1, EVENT_GENERIC, "del");
}

/**
 * `RESTORE key ttl serialized-value [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ frequency]`
 */
export const restore = defineCommand({
  name: "RESTORE",
  group: "generic",
  since: "2.6.0",
  summary: "Create a key using the provided serialized value, previously obtained using DUMP.",
  complexity:
    "O(1) to create the new key and additional O(N*M) to reconstruct the serialized value, where N is the number of Redis objects composing the value and M their average size. For small string values the time complexity is thus O(1)+O(1*M) where M is small, so simply O(1). However for sorted set values the complexity is O(N*M*log(N)) because inserting values into sorted sets is O(log(N)).",
  history: [["3.0.0", "Added the `REPLACE` modifier."], ["5.0.0", "Added the `ABSTTL` modifier."], [
    "5.0.0",
    "Added the `IDLETIME` and `FREQ` options.",
  ]],
  deprecated: null,
  arity: -4,
  flags: ["write", "denyoom"],
  categories: ["keyspace", "dangerous"],
  tips: [],
  keys: [oneKey(1, "OW", "update")],
  arguments: [
    { name: "key", type: "key", keySpecification: 0 },
    { name: "ttl", type: "integer" },
    { name: "serialized-value", type: "string" },
    { name: "replace", type: "pure-token", token: "REPLACE", since: "3.0.0", optional: true },
    { name: "absttl", type: "pure-token", token: "ABSTTL", since: "5.0.0", optional: true },
    { name: "seconds", type: "integer", token: "IDLETIME", since: "5.0.0", optional: true },
    { name: "frequency", type: "integer", token: "FREQ", since: "5.0.0", optional: true },
  ],
  subcommands: [],
  run(context) {
    const { args, database, keyspace, reply } = context;
    const options = parseOptions(context);
    const { replace, absolute } = options;
    const old = replace ? database.lookup(args.bytes, args.start(1), args.end(1)) : context.write(1);
    if (old !== 0 && !replace) throw BUSY_KEY;
    const ttl = args.int64(2);
    if (ttl < 0n) throw INVALID_TTL;
    if (!isPayload(args.bytes, args.start(3), args.end(3))) throw PAYLOAD_WRONG;
    const time = absolute || ttl === 0n ? ttl : ttl + BigInt(keyspace.now);
    // In Redis a time beyond 2^63 wraps to the past.
    const expiry = ttl === 0n ? -1 : time > MAX_INT64 ? 0 : Math.min(Number(time), LAST_EXPIRY);
    const made = readValue(context, expiry, accessOf(context, options));
    if (expiry !== -1 && expiry <= keyspace.now && keyspace.expiresKeys) {
      context.entries.free(made);
      replaceByNothing(context, old);
    } else {
      database.place(made, true);
      if (ttl !== 0n && !absolute) recordRestore(context, time);
      context.changed(1, EVENT_GENERIC, "restore");
    }
    reply.ok();
  },
});
