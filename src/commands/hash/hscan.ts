/**
 * HSCAN.
 *
 * @module
 */

import { SYNTAX } from "../../base/errors.ts";
import { matchGlobBytes } from "../../base/glob.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand, oneKey } from "../define.ts";
import { scanCursor } from "../generic/scan_cursor.ts";
import { hasExpired, readHash, replyName, replyValue } from "./_internal.ts";

const DEFAULT_COUNT = 10;
/** A sparse part of the table is left after looking at so many places for each field asked for. */
const PLACES_PER_FIELD = 10;
/** Cursors are hashes, of 32 bits. */
const LAST_CURSOR = 0xffffffff;

interface ScanOptions {
  /** Fields to return, about. */
  count: number;
  /** Glob that names must match, null for all. */
  pattern: Uint8Array | null;
  /** Whether values are returned too. */
  values: boolean;
}

function parseOptions(context: CommandContext): ScanOptions {
  const { args } = context;
  const options: ScanOptions = { count: DEFAULT_COUNT, pattern: null, values: true };
  for (let i = 3; i < args.count; i++) {
    const hasValue = i + 1 < args.count;
    if (args.is(i, "COUNT") && hasValue) {
      options.count = args.integer(++i);
      if (options.count < 1) throw SYNTAX;
    } else if (args.is(i, "MATCH") && hasValue) {
      i++;
      options.pattern = args.is(i, "*") ? null : args.view(i);
    } else if (args.is(i, "NOVALUES")) {
      options.values = false;
    } else {
      throw SYNTAX;
    }
  }
  return options;
}

/** Adds the wanted fields from `cursor` on to `found`; returns the cursor to go on from. */
function collect(
  context: CommandContext,
  entry: number,
  cursor: number,
  options: ScanOptions,
  found: number[],
): number {
  const { hashes } = context.keyspace;
  const { count, pattern } = options;
  let passed = 0;
  const visit = () => {
    passed++;
    if (hasExpired(context, hashes.expiry)) return;
    if (pattern !== null) {
      hashes.locateName(entry);
      if (!matchGlobBytes(pattern, hashes.page, hashes.at, hashes.at + hashes.length)) return;
    }
    found.push(hashes.field);
  };
  let looked = 0;
  do {
    const places = count - passed;
    cursor = hashes.scan(entry, cursor, places, visit);
    looked += places;
  } while (cursor !== 0 && passed < count && looked < count * PLACES_PER_FIELD);
  return cursor;
}

/** `HSCAN key cursor [MATCH pattern] [COUNT count] [NOVALUES]` */
export const hscan = defineCommand({
  name: "HSCAN",
  group: "hash",
  since: "2.8.0",
  summary: "Incrementally iterate hash fields and associated values",
  complexity:
    "O(1) for every call. O(N) for a complete iteration, including enough command calls for the cursor to return back to 0. N is the number of elements inside the collection..",
  history: [],
  deprecated: null,
  arity: -3,
  flags: ["readonly"],
  categories: ["hash"],
  tips: ["nondeterministic_output"],
  keys: [oneKey(1, "RO", "access")],
  arguments: [
    { name: "key", type: "key", keySpecification: 0 },
    { name: "cursor", type: "integer" },
    { name: "pattern", type: "pattern", token: "MATCH", optional: true },
    { name: "count", type: "integer", token: "COUNT", optional: true },
    { name: "novalues", type: "pure-token", token: "NOVALUES", since: "7.4.0", optional: true },
  ],
  subcommands: [],
  run(context) {
    const { reply } = context;
    const cursor = scanCursor(context.args, 2);
    const entry = readHash(context);
    const found: number[] = [];
    let next = 0;
    let values = true;
    if (entry !== 0) {
      const options = parseOptions(context);
      values = options.values;
      if (cursor <= LAST_CURSOR) next = collect(context, entry, cursor, options, found);
    }
    reply.array(2);
    reply.bulkInteger(next);
    reply.array(values ? found.length * 2 : found.length);
    for (const field of found) {
      context.keyspace.hashes.field = field;
      replyName(context, entry);
      if (values) replyValue(context, entry);
    }
  },
});
