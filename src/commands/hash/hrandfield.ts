/**
 * HRANDFIELD.
 *
 * @module
 */

import { notBetween, OUT_OF_RANGE, SYNTAX } from "../../base/errors.ts";
import { MAX_INT64 } from "../../base/numbers.ts";
import { expireFields } from "../../store/field_expiry.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand, oneKey } from "../define.ts";
import { readHash, replyName, replyValue } from "./_internal.ts";

/** As in Redis: where more than this share of a large hash is asked for, the others are drawn. */
const DRAW_OTHERS_FROM = 3;
/** A reply is given up when it has this many bytes: fields may be repeated without end. */
const LONGEST_REPLY = 2 ** 30;
const TWO_TO_32 = 0x100000000;

/** An integer from 0 to `n` - 1, each about equally likely. */
function below(context: CommandContext, n: number): number {
  return Math.floor(context.keyspace.random() / TWO_TO_32 * n);
}

/** The hash in argument 1 without fields that have expired, or 0. */
function readLiveHash(context: CommandContext): number {
  const { database, keyspace } = context;
  const entry = readHash(context);
  if (entry === 0 || !keyspace.expiresKeys || !context.entries.hasVolatileFields(entry)) return entry;
  return expireFields(keyspace, database, entry, Infinity) ? entry : 0;
}

/** Replies the field that was found: its name, or name and value. */
function replyField(context: CommandContext, entry: number, withValues: boolean): void {
  if (withValues && context.reply.protocol === 3) context.reply.array(2);
  replyName(context, entry);
  if (withValues) replyValue(context, entry);
}

function replyHeader(context: CommandContext, count: number, withValues: boolean): void {
  context.reply.array(withValues && context.reply.protocol === 2 ? count * 2 : count);
}

/** Replies `count` fields, each drawn from all. */
function replyRepeated(context: CommandContext, entry: number, count: number, withValues: boolean): void {
  const { keyspace, reply } = context;
  if (count > LONGEST_REPLY) throw OUT_OF_RANGE;
  const end = reply.size + LONGEST_REPLY;
  replyHeader(context, count, withValues);
  for (let i = 0; i < count; i++) {
    keyspace.hashes.findRandom(entry, keyspace.random);
    replyField(context, entry, withValues);
    if (reply.size > end) throw OUT_OF_RANGE;
  }
}

/** Replies `count` different fields, or all where there are no more. */
function replyDistinct(context: CommandContext, entry: number, count: number, withValues: boolean): void {
  const { hashes } = context.keyspace;
  const size = hashes.count(entry);
  replyHeader(context, Math.min(count, size), withValues);
  if (count >= size) return hashes.each(entry, () => replyField(context, entry, withValues));
  for (const field of drawDistinct(context, entry, size, count)) {
    hashes.field = field;
    replyField(context, entry, withValues);
  }
}

/** Draws `count` of the `size` fields. */
function drawDistinct(
  context: CommandContext,
  entry: number,
  size: number,
  count: number,
): Iterable<number> {
  const { hashes, random } = context.keyspace;
  if (count * DRAW_OTHERS_FROM > size) {
    const fields: number[] = [];
    hashes.each(entry, () => void fields.push(hashes.field));
    for (let left = size; left > count; left--) {
      fields[below(context, left)] = fields[left - 1];
      fields.pop();
    }
    return fields;
  }
  const drawn = new Set<number>();
  while (drawn.size < count) {
    hashes.findRandom(entry, random);
    drawn.add(hashes.field);
  }
  return drawn;
}

/** `HRANDFIELD key [count [WITHVALUES]]` */
export const hrandfield = defineCommand({
  name: "HRANDFIELD",
  group: "hash",
  since: "6.2.0",
  summary: "Get one or multiple random fields from a hash",
  complexity: "O(N) where N is the number of fields returned",
  history: [],
  deprecated: null,
  arity: -2,
  flags: ["readonly"],
  categories: ["hash"],
  tips: ["nondeterministic_output"],
  keys: [oneKey(1, "RO", "access")],
  arguments: [
    { name: "key", type: "key", keySpecification: 0 },
    {
      name: "options",
      type: "block",
      optional: true,
      arguments: [
        { name: "count", type: "integer" },
        { name: "withvalues", type: "pure-token", token: "WITHVALUES", optional: true },
      ],
    },
  ],
  subcommands: [],
  run(context) {
    const { args, keyspace, reply } = context;
    if (args.count > 2) return replyMany(context);
    const entry = readLiveHash(context);
    if (entry === 0) return reply.null();
    keyspace.hashes.findRandom(entry, keyspace.random);
    replyName(context, entry);
  },
});

function replyMany(context: CommandContext): void {
  const { args } = context;
  const exact = args.int64(2);
  if (exact < -MAX_INT64) throw notBetween(-MAX_INT64, MAX_INT64);
  const withValues = args.count === 4 && args.is(3, "WITHVALUES");
  if (args.count > 3 && !withValues) throw SYNTAX;
  if (withValues && (exact < -(MAX_INT64 / 2n) || exact > MAX_INT64 / 2n)) throw OUT_OF_RANGE;
  const entry = readLiveHash(context);
  const count = Number(exact);
  if (entry === 0 || count === 0) return context.reply.array(0);
  if (count < 0) replyRepeated(context, entry, -count, withValues);
  else replyDistinct(context, entry, count, withValues);
}
