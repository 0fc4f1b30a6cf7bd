/**
 * BITFIELD and BITFIELD_RO.
 *
 * Fields of up to 52 bits are worked on as numbers, wider ones and their like as BigInts.
 *
 * @module
 */

import { BITFIELD_READ_ONLY } from "../../base/errors.ts";
import { EVENT_STRING } from "../../store/events.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand, oneKey } from "../define.ts";
import { readString } from "../string/string_value.ts";
import { writableBitmap } from "./_internal.ts";
import {
  BitfieldOperations,
  FIELD_GET,
  FIELD_INCRBY,
  FIELD_SET,
  OVERFLOW_FAIL,
  OVERFLOW_SAT,
} from "./bitfield_operation.ts";
import { MAX_NUMBER_BITS, readField, readWideField, writeField, writeWideField } from "./field.ts";

/** `BITFIELD key [GET encoding offset | [OVERFLOW <WRAP | SAT | FAIL>] <SET encoding offset value | INCRBY encoding offset increment> ...]` */
export const bitfield = defineCommand({
  name: "BITFIELD",
  group: "bitmap",
  since: "3.2.0",
  summary: "Perform arbitrary bitfield integer operations on strings",
  complexity: "O(1) for each subcommand specified",
  history: [],
  deprecated: null,
  arity: -2,
  flags: ["write", "denyoom"],
  categories: ["bitmap"],
  tips: [],
  keys: [{
    notes: "This command allows both access and modification of the key",
    flags: ["RW", "access", "update", "variable_flags"],
    begin: { type: "index", index: 1 },
    find: { type: "range", last: 0, step: 1, limit: 0 },
  }],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, {
    name: "operation",
    type: "oneof",
    optional: true,
    multiple: true,
    arguments: [{
      name: "encoding_offset",
      type: "block",
      token: "GET",
      arguments: [{ name: "encoding", type: "string" }, { name: "offset", type: "integer" }],
    }, {
      name: "write",
      type: "block",
      arguments: [{
        name: "wrap_sat_fail",
        type: "oneof",
        token: "OVERFLOW",
        optional: true,
        arguments: [{ name: "wrap", type: "pure-token", token: "WRAP" }, {
          name: "sat",
          type: "pure-token",
          token: "SAT",
        }, { name: "fail", type: "pure-token", token: "FAIL" }],
      }, {
        name: "write_operation",
        type: "oneof",
        arguments: [{
          name: "encoding_offset_value",
          type: "block",
          token: "SET",
          arguments: [{ name: "encoding", type: "string" }, { name: "offset", type: "integer" }, {
            name: "value",
            type: "integer",
          }],
        }, {
          name: "encoding_offset_increment",
          type: "block",
          token: "INCRBY",
          arguments: [{ name: "encoding", type: "string" }, { name: "offset", type: "integer" }, {
            name: "increment",
            type: "integer",
          }],
        }],
      }],
    }],
  }],
  subcommands: [],
  run(context) {
    run(context, false);
  },
});

/** `BITFIELD_RO key [GET encoding offset [GET encoding offset ...]]` */
export const bitfieldRo = defineCommand({
  name: "BITFIELD_RO",
  group: "bitmap",
  since: "6.0.0",
  summary: "Perform arbitrary bitfield integer operations on strings. Read-only variant of BITFIELD",
  complexity: "O(1) for each subcommand specified",
  history: [],
  deprecated: null,
  arity: -2,
  flags: ["readonly", "fast"],
  categories: ["bitmap"],
  tips: [],
  keys: [oneKey(1, "RO", "access")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, {
    name: "encoding_offset",
    type: "block",
    token: "GET",
    optional: true,
    multiple: true,
    multipleToken: true,
    arguments: [{ name: "encoding", type: "string" }, { name: "offset", type: "integer" }],
  }],
  subcommands: [],
  run(context) {
    run(context, true);
  },
});

// One for all requests: they run one after the other.
const operation = new BitfieldOperations();

function run(context: CommandContext, readOnly: boolean): void {
  let count = 0;
  let last = -1;
  operation.start();
  while (operation.next(context)) {
    count++;
    if (operation.kind !== FIELD_GET) last = Math.max(last, operation.offset + operation.bits - 1);
  }
  if (last < 0) return get(context, count, readString(context, 1));
  if (readOnly) throw BITFIELD_READ_ONLY;
  change(context, count, last);
}

/** Runs a request that consists of GETs. */
function get(context: CommandContext, count: number, entry: number): void {
  context.reply.array(count);
  operation.start();
  while (operation.next(context)) replyField(context, entry);
}

/** Runs a request that writes up to bit `last`. */
function change(context: CommandContext, count: number, last: number): void {
  const { database, keyspace, reply } = context;
  const { entry, grown } = writableBitmap(context, last);
  database.willChange(entry);
  reply.array(count);
  let changes = 0;
  operation.start();
  while (operation.next(context)) {
    if (operation.kind === FIELD_GET) {
      replyField(context, entry);
      continue;
    }
    context.entries.locateValue(entry);
    const value = context.args.integer(operation.valueAt);
    const fitsNumbers = operation.bits <= MAX_NUMBER_BITS && Math.abs(value) <= 2 ** MAX_NUMBER_BITS;
    const written = fitsNumbers ? changeNumber(context, value) : changeWide(context);
    if (written === CHANGED || (written === SAME && grown)) changes++;
  }
  if (changes > 0) {
    context.changed(1, EVENT_STRING, "setbit");
    keyspace.dirty += changes - 1;
  }
}

/** Replies the field of a GET; `entry` may be 0. */
function replyField(context: CommandContext, entry: number): void {
  const { entries, reply } = context;
  if (entry === 0) return reply.integer(0);
  entries.locateValue(entry);
  const { page, at, length } = entries;
  const { bits, offset, signed } = operation;
  if (bits <= MAX_NUMBER_BITS) {
    const value = readField(page, at, length, offset, bits);
    reply.integer(signed ? asSigned(value, bits) : value);
  } else {
    const value = readWideField(page, at, length, offset, bits);
    reply.int64(signed ? BigInt.asIntN(bits, value) : value);
  }
}

function asSigned(value: number, bits: number): number {
  return value >= 2 ** (bits - 1) ? value - 2 ** bits : value;
}

/** What became of a field: the value did not fit and was refused, it had that value already, it has another one. */
const REFUSED = 0, SAME = 1, CHANGED = 2;

/** Sets or increments the located field with numbers, and replies. */
function changeNumber(context: CommandContext, value: number): number {
  const { entries, reply } = context;
  const { page, at, length } = entries;
  const { kind, bits, offset, signed, overflow } = operation;
  const size = 2 ** bits;
  const min = signed ? -size / 2 : 0;
  const max = signed ? size / 2 - 1 : size - 1;
  const stored = readField(page, at, length, offset, bits);
  const old = signed ? asSigned(stored, bits) : stored;
  let result = kind === FIELD_SET ? value : old + value;
  if (result > max || result < min) {
    if (overflow === OVERFLOW_FAIL) {
      reply.null();
      return REFUSED;
    }
    if (overflow === OVERFLOW_SAT) {
      // A negative value to set is to Redis a huge one where the field is unsigned.
      result = result > max || (kind === FIELD_SET && !signed) ? max : min;
    } else {
      result -= Math.floor(result / size) * size;
      if (signed) result = asSigned(result, bits);
    }
  }
  if (result !== old) writeField(page, at, offset, bits, result < 0 ? result + size : result);
  reply.integer(kind === FIELD_SET ? old : result);
  return result === old ? SAME : CHANGED;
}

/** As `changeNumber`, for any field and value. */
function changeWide(context: CommandContext): number {
  const { args, entries, reply } = context;
  const { page, at, length } = entries;
  const { kind, bits, offset, signed, overflow } = operation;
  const size = 1n << BigInt(bits);
  const min = signed ? -size / 2n : 0n;
  const max = signed ? size / 2n - 1n : size - 1n;
  const stored = readWideField(page, at, length, offset, bits);
  const old = signed ? BigInt.asIntN(bits, stored) : stored;
  const value = args.int64(operation.valueAt);
  let result = kind === FIELD_INCRBY ? old + value : value;
  if (result > max || result < min) {
    if (overflow === OVERFLOW_FAIL) {
      reply.null();
      return REFUSED;
    }
    if (overflow === OVERFLOW_SAT) {
      result = result > max || (kind === FIELD_SET && seemsTooLarge(result, max)) ? max : min;
    } else {
      result = signed ? BigInt.asIntN(bits, result) : BigInt.asUintN(bits, result);
    }
  }
  if (result !== old) writeWideField(page, at, offset, bits, BigInt.asUintN(bits, result));
  reply.int64(kind === FIELD_SET ? old : result);
  return result === old ? SAME : CHANGED;
}

/**
 * Whether Redis takes a value to set, which is under the minimum, for one over the maximum: unsigned fields' values are
 * unsigned to it, and for signed ones the distance to the maximum overflows.
 */
function seemsTooLarge(value: bigint, max: bigint): boolean {
  return !operation.signed || BigInt.asIntN(64, max - value) < 0n;
}
