/**
 * SCAN.
 *
 * @module
 */

import { SYNTAX } from "../../base/errors.ts";
import { matchGlobBytes } from "../../base/glob.ts";
import { TYPE_NAMES } from "../../store/entry.ts";
import { EVENT_KEY_MISS } from "../../store/events.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand } from "../define.ts";
import { expireIfDue, replyKey } from "./_internal.ts";
import { scanCursor } from "./scan_cursor.ts";

const DEFAULT_COUNT = 10;
/** A sparse part of the dictionary is left after looking at so many places for each key asked for. */
const PLACES_PER_KEY = 10;
/** Cursors are hashes, of 32 bits. */
const LAST_CURSOR = 0xffffffff;

interface ScanOptions {
  /** Keys to return, about. */
  count: number;
  /** Glob that keys must match, null for all. */
  pattern: Uint8Array | null;
  /** Name of the type that keys must have, in lower case, null for all. */
  type: string | null;
}

function parseOptions(context: CommandContext): ScanOptions {
  const { args } = context;
  const options: ScanOptions = { count: DEFAULT_COUNT, pattern: null, type: null };
  for (let i = 2; i < args.count; i += 2) {
    if (i + 1 === args.count) throw SYNTAX;
    if (args.is(i, "COUNT")) {
      options.count = args.integer(i + 1);
      if (options.count < 1) throw SYNTAX;
    } else if (args.is(i, "MATCH")) {
      options.pattern = args.is(i + 1, "*") ? null : args.view(i + 1);
    } else if (args.is(i, "TYPE")) {
      options.type = args.text(i + 1).toLowerCase();
    } else {
      throw SYNTAX;
    }
  }
  return options;
}

/** Adds entries from `cursor` on to `found`, about `count`; returns the cursor to go on from. */
function collect(context: CommandContext, cursor: number, count: number, found: number[]): number {
  const add = (entry: number) => void found.push(entry);
  let looked = 0;
  do {
    const places = count - found.length;
    cursor = context.database.scan(cursor, places, add);
    looked += places;
  } while (cursor !== 0 && found.length < count && looked < count * PLACES_PER_KEY);
  return cursor;
}

/** Whether an entry is to be returned; removes it if it has expired. */
function isWanted(context: CommandContext, entry: number, options: ScanOptions): boolean {
  const { entries } = context;
  if (options.pattern !== null) {
    entries.locateKey(entry);
    const { page, at, length } = entries;
    if (!matchGlobBytes(options.pattern, page, at, at + length)) return false;
  }
  return options.type === null ? !expireIfDue(context, entry) : hasType(context, entry, options.type);
}

/** Whether an entry has not expired and has this type. Asking for the type is a lookup: it counts as hit or miss. */
function hasType(context: CommandContext, entry: number, type: string): boolean {
  const { database, entries } = context;
  const { events, statistics } = context.keyspace;
  if (!database.isExpired(entry)) {
    statistics.hits++;
    return TYPE_NAMES[entries.type(entry)] === type;
  }
  statistics.misses++;
  entries.locateKey(entry);
  const key = entries.page.slice(entries.at, entries.at + entries.length);
  expireIfDue(context, entry);
  events.notify(EVENT_KEY_MISS, "keymiss", database.index, key, 0, key.length);
  return false;
}

/** `SCAN cursor [MATCH pattern] [COUNT count] [TYPE type]` */
export const scan = defineCommand({
  name: "SCAN",
  group: "generic",
  since: "2.8.0",
  summary: "Incrementally iterate the keys space",
  complexity:
    "O(1) for every call. O(N) for a complete iteration, including enough command calls for the cursor to return back to 0. N is the number of elements inside the collection.",
  history: [["6.0.0", "Added the `TYPE` subcommand."]],
  deprecated: null,
  arity: -2,
  flags: ["readonly"],
  categories: ["keyspace"],
  tips: ["nondeterministic_output", "request_policy:special"],
  keys: [],
  arguments: [
    { name: "cursor", type: "integer" },
    { name: "pattern", type: "pattern", token: "MATCH", optional: true },
    { name: "count", type: "integer", token: "COUNT", optional: true },
    { name: "type", type: "string", token: "TYPE", since: "6.0.0", optional: true },
  ],
  subcommands: [],
  run(context) {
    const { reply } = context;
    const cursor = scanCursor(context.args, 1);
    const options = parseOptions(context);
    const found: number[] = [];
    const next = cursor > LAST_CURSOR ? 0 : collect(context, cursor, options.count, found);
    const wanted = found.filter((entry) => isWanted(context, entry, options));
    reply.array(2);
    reply.bulkInteger(next);
    reply.array(wanted.length);
    for (const entry of wanted) replyKey(context, entry);
  },
});
