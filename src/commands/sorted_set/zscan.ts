/**
 * ZSCAN.
 *
 * @module
 */

import { byteString } from "../../base/bytes.ts";
import { SYNTAX } from "../../base/errors.ts";
import { matchGlobBytes } from "../../base/glob.ts";
import { formatDouble } from "../../base/numbers.ts";
import { ENCODING_LISTPACK } from "../../store/entry.ts";
import { isPackedInteger } from "../../store/types/zset_packed.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand, oneKey } from "../define.ts";
import { scanCursor } from "../generic/scan_cursor.ts";
import { readSortedSet } from "./entries.ts";

const DEFAULT_COUNT = 10;
/** A sparse part of the dictionary is left after looking at so many places for each element asked for. */
const PLACES_PER_ELEMENT = 10;
/** Cursors are hashes, of 32 bits. */
const LAST_CURSOR = 0xffffffff;

/** `ZSCAN key cursor [MATCH pattern] [COUNT count]` */
export const zscan = defineCommand({
  name: "ZSCAN",
  group: "sorted-set",
  since: "2.8.0",
  summary: "Incrementally iterate sorted sets elements and associated scores",
  complexity:
    "O(1) for every call. O(N) for a complete iteration, including enough command calls for the cursor to return back to 0. N is the number of elements inside the collection..",
  history: [],
  deprecated: null,
  arity: -3,
  flags: ["readonly"],
  categories: ["sortedset"],
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
    const { reply } = context;
    const cursor = scanCursor(context.args, 2);
    const entry = readSortedSet(context, 1);
    const members: string[] = [];
    const scores: number[] = [];
    const next = entry === 0 ? 0 : collect(context, entry, cursor, members, scores);
    const isPacked = entry !== 0 && context.entries.encoding(entry) === ENCODING_LISTPACK;
    reply.array(2);
    reply.bulkInteger(next);
    reply.array(members.length * 2);
    for (let i = 0; i < members.length; i++) {
      reply.bulkText(members[i]);
      reply.bulkText(isPacked ? packedText(scores[i]) : formatDouble(scores[i]));
    }
  },
});

/** A score as it stands in a listpack, which is what Redis replies here. */
function packedText(score: number): string {
  return isPackedInteger(score) ? String(BigInt(score)) : formatDouble(score);
}

/** Adds the elements from a cursor on that match to the lists; returns the cursor to go on from. */
function collect(
  context: CommandContext,
  entry: number,
  cursor: number,
  members: string[],
  scores: number[],
): number {
  const { count, pattern } = parseOptions(context);
  const { sortedSets } = context.keyspace;
  let found = 0;
  const visit = (page: Uint8Array, at: number, length: number, score: number) => {
    found++;
    if (pattern !== null && !matchGlobBytes(pattern, page, at, at + length)) return;
    members.push(byteString(page, at, at + length));
    scores.push(score);
  };
  const isPacked = context.entries.encoding(entry) === ENCODING_LISTPACK;
  if (cursor > LAST_CURSOR && !isPacked) return 0;
  let looked = 0;
  do {
    const places = count - found;
    cursor = sortedSets.scan(entry, cursor, places, visit);
    looked += places;
  } while (cursor !== 0 && found < count && looked < count * PLACES_PER_ELEMENT);
  return cursor;
}

function parseOptions({ args }: CommandContext): { count: number; pattern: Uint8Array | null } {
  let count = DEFAULT_COUNT;
  let pattern: Uint8Array | null = null;
  for (let i = 3; i < args.count; i += 2) {
    if (i + 1 === args.count) throw SYNTAX;
    if (args.is(i, "COUNT")) {
      count = args.integer(i + 1);
      if (count < 1) throw SYNTAX;
    } else if (args.is(i, "MATCH")) {
      pattern = args.is(i + 1, "*") ? null : args.view(i + 1);
    } else {
      throw SYNTAX;
    }
  }
  return { count, pattern };
}
