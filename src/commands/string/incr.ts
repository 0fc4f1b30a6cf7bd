/**
 * INCR, DECR, INCRBY and DECRBY: 64-bit integers, exact to the edges.
 *
 * @module
 */

import { DECREMENT_OVERFLOW, INCREMENT_OVERFLOW, NOT_AN_INTEGER } from "../../base/errors.ts";
import {
  integerLength,
  MAX_INT64,
  MIN_INT64,
  parseInt64,
  parseInteger,
  writeInteger,
} from "../../base/numbers.ts";
import { ENCODING_INT } from "../../store/entry.ts";
import { EVENT_STRING } from "../../store/events.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand, oneKey } from "../define.ts";
import { KEEP_EXPIRY, writeString } from "./string_value.ts";

/** Where a number is spelled out that does not fit where the old one was. */
const scratch = new Uint8Array(32);

/** `INCR key` */
export const incr = defineCommand({
  name: "INCR",
  group: "string",
  since: "1.0.0",
  summary: "Increment the integer value of a key by one",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 2,
  flags: ["write", "denyoom", "fast"],
  categories: ["string"],
  tips: [],
  keys: [oneKey(1, "RW", "access", "update")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }],
  subcommands: [],
  run(context) {
    increment(context, 1);
  },
});

/** `DECR key` */
export const decr = defineCommand({
  name: "DECR",
  group: "string",
  since: "1.0.0",
  summary: "Decrement the integer value of a key by one",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 2,
  flags: ["write", "denyoom", "fast"],
  categories: ["string"],
  tips: [],
  keys: [oneKey(1, "RW", "access", "update")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }],
  subcommands: [],
  run(context) {
    increment(context, -1);
  },
});

/** `INCRBY key increment` */
export const incrby = defineCommand({
  name: "INCRBY",
  group: "string",
  since: "1.0.0",
  summary: "Increment the integer value of a key by the given amount",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 3,
  flags: ["write", "denyoom", "fast"],
  categories: ["string"],
  tips: [],
  keys: [oneKey(1, "RW", "access", "update")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, { name: "increment", type: "integer" }],
  subcommands: [],
  run(context) {
    const by = context.args.integer(2);
    if (Number.isSafeInteger(by)) increment(context, by);
    else incrementExactly(context, writeString(context, 1), context.args.int64(2));
  },
});

/** `DECRBY key decrement` */
export const decrby = defineCommand({
  name: "DECRBY",
  group: "string",
  since: "1.0.0",
  summary: "Decrement the integer value of a key by the given number",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 3,
  flags: ["write", "denyoom", "fast"],
  categories: ["string"],
  tips: [],
  keys: [oneKey(1, "RW", "access", "update")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, { name: "decrement", type: "integer" }],
  subcommands: [],
  run(context) {
    const by = context.args.integer(2);
    if (Number.isSafeInteger(by)) return increment(context, -by);
    const exact = context.args.int64(2);
    if (exact === MIN_INT64) throw DECREMENT_OVERFLOW;
    incrementExactly(context, writeString(context, 1), -exact);
  },
});

/** Adds a safe integer to the key in argument 1. */
function increment(context: CommandContext, by: number): void {
  const { database, entries } = context;
  const entry = writeString(context, 1);
  let value = 0;
  if (entry !== 0) {
    entries.locateValue(entry);
    value = parseInteger(entries.page, entries.at, entries.at + entries.length);
  }
  const sum = value + by;
  if (!Number.isSafeInteger(sum)) return incrementExactly(context, entry, BigInt(by));
  const length = integerLength(sum);
  if (entry !== 0 && (length === entries.length || entries.fits(entry, length))) {
    // Not from the fields of `entries`: a snapshot may look at other entries first.
    const { page, at } = entries;
    database.willChange(entry);
    entries.setValueLength(entry, length);
    entries.setEncoding(entry, ENCODING_INT);
    writeInteger(page, at, sum);
  } else {
    writeInteger(scratch, 0, sum);
    setScratch(context, length);
  }
  context.changed(1, EVENT_STRING, "incrby");
  context.reply.integer(sum);
}

/** Adds any integer of 64 bits to an entry found by the key in argument 1, or to a new one. */
function incrementExactly(context: CommandContext, entry: number, by: bigint): void {
  const entries = context.entries;
  let value: bigint | null = 0n;
  if (entry !== 0) {
    entries.locateValue(entry);
    value = parseInt64(entries.page, entries.at, entries.at + entries.length);
    if (value === null) throw NOT_AN_INTEGER;
  }
  const sum = value + by;
  if (sum < MIN_INT64 || sum > MAX_INT64) throw INCREMENT_OVERFLOW;
  const { written } = new TextEncoder().encodeInto(sum.toString(), scratch);
  setScratch(context, written);
  context.changed(1, EVENT_STRING, "incrby");
  context.reply.int64(sum);
}

/** Sets the key in argument 1 to the first `length` bytes of `scratch`. */
function setScratch({ args, database }: CommandContext, length: number): void {
  const { bytes } = args;
  database.setString(bytes, args.start(1), args.end(1), scratch, 0, length, ENCODING_INT, KEEP_EXPIRY, false);
}
