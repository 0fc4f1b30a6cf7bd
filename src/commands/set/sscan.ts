/**
 * SSCAN.
 *
 * @module
 */

import { SYNTAX } from "../../base/errors.ts";
import { matchGlobBytes } from "../../base/glob.ts";
import { ENCODING_HASHTABLE } from "../../store/entry.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand, oneKey } from "../define.ts";
import { scanCursor } from "../generic/scan_cursor.ts";
import { readSet, replyMember } from "./_internal.ts";

const DEFAULT_COUNT = 10;
/** A sparse part of the table is left after looking at so many places for each member asked for. */
const PLACES_PER_MEMBER = 10;
/** Cursors in a table are hashes, of 32 bits. What is no table is returned whole, whatever the cursor. */
const LAST_CURSOR = 0xffffffff;

interface ScanOptions {
  /** Members to return, about. */
  count: number;
  /** Glob that members must match, null for all. */
  pattern: Uint8Array | null;
}

/** `SSCAN key cursor [MATCH pattern] [COUNT count]` */
export const sscan = defineCommand({
  name: "SSCAN",
  group: "set",
  since: "2.8.0",
  summary: "Incrementally iterate Set elements",
  complexity:
    "O(1) for every call. O(N) for a complete iteration, including enough command calls for the cursor to return back to 0. N is the number of elements inside the collection..",
  history: [],
  deprecated: null,
  arity: -3,
  flags: ["readonly"],
  categories: ["set"],
  tips: ["nondeterministic_output"],
  keys: [oneKey(1, "RO", "access")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, { name: "cursor", type: "integer" }, {
    name: "pattern",
    type: "pattern",
    token: "MATCH",
    optional: true,
  }, { name: "count", type: "integer", token: "COUNT", optional: true }],
  subcommands: [],
  run(context) {
    const { args, keyspace, reply } = context;
    const { sets } = keyspace;
    const cursor = scanCursor(args, 2);
    const entry = readSet(context, 1);
    const found: number[] = [];
    let next = 0;
    if (entry !== 0) {
      const { count, pattern } = parseOptions(context);
      const isTable = context.entries.encoding(entry) === ENCODING_HASHTABLE;
      if (!isTable || cursor <= LAST_CURSOR) next = collect(context, entry, cursor, count, found);
      if (pattern !== null) keepMatching(context, entry, pattern, found);
    }
    reply.array(2);
    reply.bulkInteger(next);
    reply.array(found.length);
    for (const handle of found) {
      sets.locate(entry, handle);
      replyMember(reply, sets.shared);
    }
  },
});

function parseOptions({ args }: CommandContext): ScanOptions {
  const options: ScanOptions = { count: DEFAULT_COUNT, pattern: null };
  for (let i = 3; i < args.count; i += 2) {
    if (i + 1 === args.count) throw SYNTAX;
    if (args.is(i, "COUNT")) {
      options.count = args.integer(i + 1);
      if (options.count < 1) throw SYNTAX;
    } else if (args.is(i, "MATCH")) {
      options.pattern = args.is(i + 1, "*") ? null : args.view(i + 1);
    } else {
      throw SYNTAX;
    }
  }
  return options;
}

/** Adds the handles of members from `cursor` on to `found`, about `count`; returns the cursor to go on from. */
function collect(
  { keyspace }: CommandContext,
  entry: number,
  cursor: number,
  count: number,
  found: number[],
): number {
  const add = (handle: number) => void found.push(handle);
  let looked = 0;
  do {
    const places = count - found.length;
    cursor = keyspace.sets.scan(entry, cursor, places, add);
    looked += places;
  } while (cursor !== 0 && found.length < count && looked < count * PLACES_PER_MEMBER);
  return cursor;
}

/** Leaves in `found` the members that match the glob. */
function keepMatching(
  { keyspace }: CommandContext,
  entry: number,
  pattern: Uint8Array,
  found: number[],
): void {
  const { sets } = keyspace;
  let kept = 0;
  for (const handle of found) {
    sets.locate(entry, handle);
    const { page, at, length } = sets.shared;
    if (matchGlobBytes(pattern, page, at, at + length)) found[kept++] = handle;
  }
  found.length = kept;
}
