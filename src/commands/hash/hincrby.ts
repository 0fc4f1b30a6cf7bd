/**
 * HINCRBY: 64-bit integers, exact to the edges.
 *
 * @module
 */

import { HASH_VALUE_NOT_AN_INTEGER, INCREMENT_OVERFLOW } from "../../base/errors.ts";
import { MAX_INT64, MIN_INT64, parseInt64, parseInteger, writeInteger } from "../../base/numbers.ts";
import { EVENT_HASH } from "../../store/events.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand, oneKey } from "../define.ts";
import { findField, FOUND, KEY_GONE, storeField, writeHash } from "./_internal.ts";

/** Where the sum is spelled out. */
const scratch = new Uint8Array(32);

/** `HINCRBY key field increment` */
export const hincrby = defineCommand({
  name: "HINCRBY",
  group: "hash",
  since: "2.0.0",
  summary: "Increment the integer value of a hash field by the given number",
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
    { name: "increment", type: "integer" },
  ],
  subcommands: [],
  run(context) {
    const { database, keyspace } = context;
    const { hashes } = keyspace;
    const by = context.args.integer(3);
    let entry = writeHash(context);
    let found = KEY_GONE;
    let value = 0;
    if (entry !== 0) {
      database.willChange(entry);
      found = findField(context, entry, 2);
      if (found === KEY_GONE) entry = 0;
    }
    if (found === FOUND) {
      hashes.locateValue(entry);
      value = parseInteger(hashes.page, hashes.at, hashes.at + hashes.length);
      if (value !== value) throw HASH_VALUE_NOT_AN_INTEGER;
    }
    const sum = value + by;
    if (!Number.isSafeInteger(by) || !Number.isSafeInteger(sum)) {
      return incrementExactly(context, entry, found === FOUND);
    }
    storeField(context, entry, scratch, 0, writeInteger(scratch, 0, sum));
    context.changed(1, EVENT_HASH, "hincrby");
    context.reply.integer(sum);
  },
});

/** Adds any integer of 64 bits; `located` says whether the field is there, and its value located. */
function incrementExactly(context: CommandContext, entry: number, located: boolean): void {
  const { hashes } = context.keyspace;
  const by = context.args.int64(3);
  const value = located ? parseInt64(hashes.page, hashes.at, hashes.at + hashes.length)! : 0n;
  const sum = value + by;
  if (sum < MIN_INT64 || sum > MAX_INT64) throw INCREMENT_OVERFLOW;
  const { written } = new TextEncoder().encodeInto(sum.toString(), scratch);
  storeField(context, entry, scratch, 0, written);
  context.changed(1, EVENT_HASH, "hincrby");
  context.reply.int64(sum);
}
