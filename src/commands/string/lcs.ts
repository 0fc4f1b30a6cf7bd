/**
 * LCS: the longest common subsequence of two strings, by dynamic programming as Redis does it.
 *
 * @module
 */

import {
  LCS_LENGTH_AND_INDEXES,
  LCS_NOT_STRINGS,
  LCS_TABLE_REFUSED,
  LCS_TABLE_TOO_LARGE,
  SYNTAX,
} from "../../base/errors.ts";
import { TYPE_STRING } from "../../store/entry.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand } from "../define.ts";

/** Options of LCS. */
interface LcsOptions {
  length: boolean;
  indexes: boolean;
  withMatchLength: boolean;
  minMatchLength: number;
}

/** A stretch of bytes that both strings have, by where it begins in each. */
interface Match {
  inA: number;
  inB: number;
  length: number;
}

/** `LCS key1 key2 [LEN] [IDX] [MINMATCHLEN length] [WITHMATCHLEN]` */
export const lcs = defineCommand({
  name: "LCS",
  group: "string",
  since: "7.0.0",
  summary: "Find longest common substring",
  complexity: "O(N*M) where N and M are the lengths of s1 and s2, respectively",
  history: [],
  deprecated: null,
  arity: -3,
  flags: ["readonly"],
  categories: ["string"],
  tips: [],
  keys: [{
    notes: null,
    flags: ["RO", "access"],
    begin: { type: "index", index: 1 },
    find: { type: "range", last: 1, step: 1, limit: 0 },
  }],
  arguments: [
    { name: "key1", type: "key", keySpecification: 0 },
    { name: "key2", type: "key", keySpecification: 0 },
    { name: "len", type: "pure-token", token: "LEN", optional: true },
    { name: "idx", type: "pure-token", token: "IDX", optional: true },
    { name: "len", type: "integer", token: "MINMATCHLEN", optional: true },
    { name: "withmatchlen", type: "pure-token", token: "WITHMATCHLEN", optional: true },
  ],
  subcommands: [],
  run(context) {
    const { reply, server } = context;
    const a = bytesOfKey(context, context.read(1));
    const b = bytesOfKey(context, context.read(2));
    if (a === null || b === null) throw LCS_NOT_STRINGS;
    const options = parseOptions(context);
    if (options.length && options.indexes) throw LCS_LENGTH_AND_INDEXES;
    // The limit is for the whole table, although the length alone needs only one row of it.
    const cells = (a.length + 1) * (b.length + 1);
    if (cells * Uint32Array.BYTES_PER_ELEMENT > server.settings.maxBulkLength) throw LCS_TABLE_TOO_LARGE;
    if (options.length) return reply.integer(commonLength(a, b));

    const matches = findMatches(a, b, lengthTable(a, b));
    if (options.indexes) return replyIndexes(context, matches, options);
    const common = new Uint8Array(total(matches));
    let at = 0;
    for (const { inA, length } of matches.reverse()) {
      common.set(a.subarray(inA, inA + length), at);
      at += length;
    }
    reply.bulk(common, 0, at);
  },
});

/** A view of a string entry's bytes, empty for entry 0, null where it is no string. */
function bytesOfKey({ entries }: CommandContext, entry: number): Uint8Array | null {
  if (entry === 0) return new Uint8Array(0);
  if (entries.type(entry) !== TYPE_STRING) return null;
  entries.locateValue(entry);
  return entries.page.subarray(entries.at, entries.at + entries.length);
}

function parseOptions({ args }: CommandContext): LcsOptions {
  const options = { length: false, indexes: false, withMatchLength: false, minMatchLength: 0 };
  for (let i = 3; i < args.count; i++) {
    if (args.is(i, "IDX")) options.indexes = true;
    else if (args.is(i, "LEN")) options.length = true;
    else if (args.is(i, "WITHMATCHLEN")) options.withMatchLength = true;
    else if (args.is(i, "MINMATCHLEN") && i + 1 < args.count) options.minMatchLength = args.integer(++i);
    else throw SYNTAX;
  }
  return options;
}

/** @throws {WireError} where the system refuses the memory */
function newTable(cells: number): Uint32Array {
  try {
    return new Uint32Array(cells);
  } catch {
    throw LCS_TABLE_REFUSED;
  }
}

/** The length of the longest common subsequence. */
function commonLength(a: Uint8Array, b: Uint8Array): number {
  const row = newTable(b.length + 1);
  for (const byte of a) {
    let diagonal = 0;
    for (let j = 1; j <= b.length; j++) {
      const above = row[j];
      if (byte === b[j - 1]) row[j] = diagonal + 1;
      else if (row[j - 1] > above) row[j] = row[j - 1];
      diagonal = above;
    }
  }
  return row[b.length];
}

/**
 * The lengths for all pairs of beginnings: what the first `i` bytes of `a` and the first `j` of `b` have in common
 * stands at `i * (b.length + 1) + j`.
 */
function lengthTable(a: Uint8Array, b: Uint8Array): Uint32Array {
  const width = b.length + 1;
  const table = newTable((a.length + 1) * width);
  for (let i = 1; i <= a.length; i++) {
    const byte = a[i - 1];
    const row = i * width;
    for (let j = 1; j < width; j++) {
      if (byte === b[j - 1]) {
        table[row + j] = table[row - width + j - 1] + 1;
      } else {
        const above = table[row - width + j];
        const before = table[row + j - 1];
        table[row + j] = above > before ? above : before;
      }
    }
  }
  return table;
}

/** Goes back through the table from the strings' ends; the matches come last one first. */
function findMatches(a: Uint8Array, b: Uint8Array, table: Uint32Array): Match[] {
  const width = b.length + 1;
  const matches: Match[] = [];
  let match: Match | null = null;
  let i = a.length;
  let j = b.length;
  while (i > 0 && j > 0) {
    if (a[i - 1] === b[j - 1]) {
      i--;
      j--;
      if (match === null) {
        match = { inA: i, inB: j, length: 0 };
        matches.push(match);
      }
      match.inA = i;
      match.inB = j;
      match.length++;
    } else {
      match = null;
      if (table[(i - 1) * width + j] > table[i * width + j - 1]) i--;
      else j--;
    }
  }
  return matches;
}

/** The length of all matches together, which is that of the common subsequence. */
function total(matches: readonly Match[]): number {
  return matches.reduce((sum, { length }) => sum + length, 0);
}

function replyIndexes({ reply }: CommandContext, matches: readonly Match[], options: LcsOptions): void {
  const shown = matches.filter(({ length }) => length >= options.minMatchLength);
  reply.map(2);
  reply.bulkText("matches");
  reply.array(shown.length);
  for (const { inA, inB, length } of shown) {
    reply.array(options.withMatchLength ? 3 : 2);
    for (const start of [inA, inB]) {
      reply.array(2);
      reply.integer(start);
      reply.integer(start + length - 1);
    }
    if (options.withMatchLength) reply.integer(length);
  }
  reply.bulkText("len");
  reply.integer(total(matches));
}
