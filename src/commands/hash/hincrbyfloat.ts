/**
 * HINCRBYFLOAT, in long doubles of 80 bits as on the machines that Redis runs on.
 *
 * @module
 */

import { bytesOf, byteString } from "../../base/bytes.ts";
import {
  HASH_VALUE_NOT_A_FLOAT,
  NAN_OR_INFINITY,
  NOT_A_FLOAT,
  VALUE_NAN_OR_INFINITY,
} from "../../base/errors.ts";
import { addLongDouble, formatLongDouble, type LongDouble, parseLongDouble } from "../../base/long_double.ts";
import { EVENT_HASH } from "../../store/events.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand, oneKey } from "../define.ts";
import { findField, FOUND, KEY_GONE, storeField, writeHash } from "./_internal.ts";

/** No number is written with more bytes than this: a large string is refused without making text of it. */
const LONGEST_NUMBER = 8192;

/** `HINCRBYFLOAT key field increment` */
export const hincrbyfloat = defineCommand({
  name: "HINCRBYFLOAT",
  group: "hash",
  since: "2.6.0",
  summary: "Increment the float value of a hash field by the given amount",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 4,
  flags: ["write", "denyoom", "fast"],
  categories: ["hash"],
  tips: [],
  keys: [oneKey(1, "RW", "access", "update")],
  arguments: [
    { name: "key", type: "key", keySpecification: 0 },
    { name: "field", type: "string" },
    { name: "increment", type: "double" },
  ],
  subcommands: [],
  run(context) {
    const { args, database } = context;
    const increment = args.length(3) > LONGEST_NUMBER ? null : parseLongDouble(args.text(3));
    if (increment === null) throw NOT_A_FLOAT;
    if (increment.kind !== "finite") throw VALUE_NAN_OR_INFINITY;
    let entry = writeHash(context);
    let found = KEY_GONE;
    if (entry !== 0) {
      database.willChange(entry);
      found = findField(context, entry, 2);
      if (found === KEY_GONE) entry = 0;
    }
    const value = found === FOUND ? numberOf(context, entry) : parseLongDouble("0");
    if (value === null) throw HASH_VALUE_NOT_A_FLOAT;
    const sum = addLongDouble(value, increment);
    if (sum.kind !== "finite") throw NAN_OR_INFINITY;
    const text = formatLongDouble(sum);
    const bytes = bytesOf(text);
    storeField(context, entry, bytes, 0, bytes.length);
    context.changed(1, EVENT_HASH, "hincrbyfloat");
    context.reply.bulkText(text);
    recordSum(context, text);
  },
});

/** The number that the value of the field that was found spells, null where it spells none. */
function numberOf(context: CommandContext, entry: number): LongDouble | null {
  const { hashes } = context.keyspace;
  hashes.locateValue(entry);
  const { page, at, length } = hashes;
  return length > LONGEST_NUMBER ? null : parseLongDouble(byteString(page, at, at + length));
}

/**
 * Records that the field was set to the sum, so that what another machine's arithmetic makes of it does not matter;
 * and because HSET takes a field's expiry away, that it has it.
 */
function recordSum(context: CommandContext, text: string): void {
  const { effects, hashes } = context.keyspace;
  if (!context.beginEffect(4)) return;
  effects.text("HSET");
  context.effectArgument(1);
  context.effectArgument(2);
  effects.text(text);
  if (hashes.expiry < 0 || !context.beginEffect(6)) return;
  effects.text("HPEXPIREAT");
  context.effectArgument(1);
  effects.text(String(hashes.expiry));
  effects.text("FIELDS");
  effects.text("1");
  context.effectArgument(2);
}
