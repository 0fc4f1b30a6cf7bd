/**
 * MEMORY: DOCTOR, HELP, MALLOC-STATS, PURGE, STATS, USAGE.
 *
 * @module
 */

import { SYNTAX } from "../../base/errors.ts";
import type { Args } from "../../resp/args.ts";
import type { Database } from "../../store/database.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand, oneKey } from "../define.ts";
import { replyHelp } from "../help.ts";
import { mallocStats, memoryDoctor, memoryStats, purge } from "./memory_reports.ts";

/** What one key costs in a database's dictionaries, in bytes. */
interface DictionaryShare {
  /** Of the dictionary of all keys. */
  keys: number;
  /** More, of that of the keys that expire. */
  volatile: number;
  /** Keys that each had when this was computed. */
  keyCount: number;
  volatileCount: number;
}

const shares = new WeakMap<Database, DictionaryShare>();

/** The share is computed anew when the number of keys has changed by one part in this many. */
const TOLERANCE = 64;

function isNear(count: number, then: number): boolean {
  return Math.abs(count - then) * TOLERANCE <= then;
}

/**
 * What one key costs in a database's dictionaries. They know their size only by walking through their segments, so a
 * client that asks about millions of keys gets a figure that is up to a few percent old.
 */
function dictionaryShare(database: Database): DictionaryShare {
  const known = shares.get(database);
  if (
    known !== undefined && isNear(database.size, known.keyCount) &&
    isNear(database.volatileSize, known.volatileCount)
  ) return known;
  const overhead = database.overhead();
  const share = {
    keys: Math.ceil(overhead.keys / Math.max(1, database.size)),
    volatile: Math.ceil(overhead.volatile / Math.max(1, database.volatileSize)),
    keyCount: database.size,
    volatileCount: database.volatileSize,
  };
  shares.set(database, share);
  return share;
}

/**
 * Bytes that a key takes: its blocks in the arena, rounded up as they are there, and its share of the dictionaries.
 */
function memoryUsage(context: CommandContext, entry: number): number {
  const { database, entries } = context;
  const share = dictionaryShare(database);
  return entries.size(entry) + share.keys + (entries.hasExpiry(entry) ? share.volatile : 0);
}

/** Checks the options. How many nested values are sampled matters to no type yet: all sizes are exact. */
function checkOptions(args: Args): void {
  for (let i = 3; i < args.count; i += 2) {
    if (!args.is(i, "SAMPLES") || i + 1 === args.count || args.integer(i + 1) < 0) throw SYNTAX;
  }
}

const usage = defineCommand({
  name: "USAGE",
  group: "server",
  since: "4.0.0",
  summary: "Estimate the memory usage of a key",
  complexity: "O(N) where N is the number of samples.",
  history: [],
  deprecated: null,
  arity: -3,
  flags: ["readonly"],
  categories: [],
  tips: [],
  keys: [oneKey(2, "RO")],
  arguments: [
    { name: "key", type: "key", keySpecification: 0 },
    { name: "count", type: "integer", token: "SAMPLES", optional: true },
  ],
  subcommands: [],
  run(context) {
    const { args, database, reply } = context;
    checkOptions(args);
    // Looking at a key this way is no use of it, and counts as neither hit nor miss.
    const entry = database.lookup(args.bytes, args.start(2), args.end(2));
    if (entry === 0) reply.null();
    else reply.integer(memoryUsage(context, entry));
  },
});

const help = defineCommand({
  name: "HELP",
  group: "server",
  since: "4.0.0",
  summary: "Show helpful text about the different subcommands",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 2,
  flags: ["loading", "stale"],
  categories: [],
  tips: [],
  keys: [],
  arguments: [],
  subcommands: [],
  run(context) {
    replyHelp(context, "MEMORY", [
      "DOCTOR",
      "    Return memory problems reports.",
      "MALLOC-STATS",
      "    Return internal statistics report from the memory allocator.",
      "PURGE",
      "    Attempt to purge dirty pages for reclamation by the allocator.",
      "STATS",
      "    Return information about the memory usage of the server.",
      "USAGE <key> [SAMPLES <count>]",
      "    Return memory in bytes used by <key> and its value. Nested values are",
      "    sampled up to <count> times (default: 5, 0 means sample all).",
    ]);
  },
});

/** `MEMORY USAGE key [SAMPLES count]` */
export const memory = defineCommand({
  name: "MEMORY",
  group: "server",
  since: "4.0.0",
  summary: "A container for memory diagnostics commands",
  complexity: "Depends on subcommand.",
  history: [],
  deprecated: null,
  arity: -2,
  flags: [],
  categories: [],
  tips: [],
  keys: [],
  arguments: [],
  subcommands: [memoryDoctor, help, mallocStats, purge, memoryStats, usage],
  run: null,
});
