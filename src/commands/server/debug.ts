/**
 * DEBUG: JMAP, OBJECT, RELOAD, SET-ACTIVE-EXPIRE, SLEEP, HELP.
 *
 * @module
 */

import {
  DEBUG_NOT_ALLOWED,
  NO_SUCH_KEY,
  RELOAD_OPTIONS,
  unknownSubcommandOrArity,
} from "../../base/errors.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand } from "../define.ts";
import { serialize } from "../generic/dump.ts";
import { encodingName, referenceCount } from "../generic/representation.ts";
import { replyHelp } from "../help.ts";

/** What stands before a serialized value, and is no part of it to Redis. */
const TYPE_BYTES = 1;

/** A subcommand: its name in upper case, how many words the request has (negative: at least), and what it does. */
interface DebugSubcommand {
  readonly name: string;
  readonly words: number;
  readonly run: (context: CommandContext) => void;
}

// COMMAND knows DEBUG as one command without subcommands, so they are not in its definition.
const SUBCOMMANDS: readonly DebugSubcommand[] = [
  { name: "HELP", words: 2, run: help },
  { name: "JMAP", words: 2, run: jmap },
  { name: "OBJECT", words: 3, run: object },
  { name: "RELOAD", words: -2, run: reload },
  { name: "SET-ACTIVE-EXPIRE", words: 3, run: setActiveExpire },
  { name: "SLEEP", words: 3, run: sleep },
];

/** Replies where all memory of the arena is, after checking all that is in it and finishing what waits to be freed. */
function jmap(context: CommandContext): void {
  const { keyspace, reply } = context;
  while (keyspace.lazyfree.step());
  const broken = firstBroken(context);
  const report = broken === null ? describeMemory(context) : `integrity:${broken}\r\n`;
  reply.verbatim(report);
}

/** What is wrong with the keyspace, or null. */
function firstBroken(context: CommandContext): string | null {
  try {
    context.keyspace.check();
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The sums of what the databases own, in bytes, and what is left of the arena: a leak, if it is not zero. */
function describeMemory(context: CommandContext): string {
  const { entries, keyspace } = context;
  let inEntries = 0;
  let inDictionaries = 0;
  for (const database of keyspace.databases) {
    const overhead = database.overhead();
    inDictionaries += overhead.keys + overhead.volatile + overhead.fields;
    database.scan(0, Infinity, (entry) => {
      inEntries += entries.size(entry);
    });
  }
  const { used, spans, allocated } = keyspace.arena.usage();
  const lines = {
    integrity: "ok",
    keys: keyspace.size,
    entry_bytes: inEntries,
    dictionary_bytes: inDictionaries,
    leaked_bytes: used - inEntries - inDictionaries,
    arena_used_bytes: used,
    arena_span_bytes: spans,
    arena_allocated_bytes: allocated,
  };
  return Object.entries(lines).map(([name, value]) => `${name}:${value}\r\n`).join("");
}

/** Replies low-level facts on the key in argument 2. */
function object(context: CommandContext): void {
  const { args, database, entries, keyspace, reply } = context;
  const entry = database.lookup(args.bytes, args.start(2), args.end(2));
  if (entry === 0) throw NO_SUCH_KEY;
  const facts = [
    `Value at:0x${(entry * 8).toString(16)}`,
    `refcount:${referenceCount(context, entry)}`,
    `encoding:${encodingName(context, entry)}`,
    `serializedlength:${serialize(context, entry).length - TYPE_BYTES}`,
    `lru:${entries.access(entry)}`,
    `lru_seconds_idle:${keyspace.idleSeconds(entry)}`,
  ];
  reply.simple(facts.join(" "));
}

/** Saves the dataset, and loads it again; NOSAVE, NOFLUSH and MERGE each change a part of that. */
function reload({ args, reply, server }: CommandContext): void {
  const options = { saves: true, flushes: true, merges: false };
  for (let i = 2; i < args.count; i++) {
    if (args.is(i, "MERGE")) options.merges = true;
    else if (args.is(i, "NOFLUSH")) options.flushes = false;
    else if (args.is(i, "NOSAVE")) options.saves = false;
    else throw RELOAD_OPTIONS;
  }
  server.persistence.reload(options);
  reply.ok();
}

/** Turns active expiry on or off; what is no number turns it off, as C's atoi has it. */
function setActiveExpire(context: CommandContext): void {
  context.server.activeExpiry = (Number.parseInt(context.args.text(2), 10) || 0) !== 0;
  context.reply.ok();
}

/** Stops the server for the seconds in argument 2; what is no number, or negative, is none. */
function sleep(context: CommandContext): void {
  const seconds = Number.parseFloat(context.args.text(2));
  if (Number.isFinite(seconds) && seconds > 0) context.server.sleep(seconds * 1000);
  context.reply.ok();
}

function help(context: CommandContext): void {
  replyHelp(context, "DEBUG", [
    "JMAP",
    "    Check the integrity of all data and report where the memory is.",
    "OBJECT <key>",
    "    Show low level info about `key` and associated value.",
    "RELOAD [option ...]",
    "    Save the RDB on disk and reload it back to memory. Valid <option> values:",
    "    * MERGE: conflicting keys will be loaded from RDB.",
    "    * NOFLUSH: the existing database will not be removed before load, but",
    "      conflicting keys will generate an exception and kill the server.",
    "    * NOSAVE: the database will be loaded from an existing RDB file.",
    "    Examples:",
    "    * DEBUG RELOAD: verify that the server is able to persist, flush and reload",
    "      the database.",
    "    * DEBUG RELOAD NOSAVE: replace the current database with the contents of an",
    "      existing RDB file.",
    "    * DEBUG RELOAD NOSAVE NOFLUSH MERGE: add the contents of an existing RDB",
    "      file to the database.",
    "SET-ACTIVE-EXPIRE <0|1>",
    "    Setting it to 0 disables expiring keys in background when they are not",
    "    accessed (otherwise the Redis behavior). Setting it to 1 reenables back the",
    "    default.",
    "SLEEP <seconds>",
    "    Stop the server for <seconds>. Decimals allowed.",
  ]);
}

/** `DEBUG subcommand [argument]` */
export const debug = defineCommand({
  name: "DEBUG",
  group: "server",
  since: "1.0.0",
  summary: "A container for debugging commands",
  complexity: "Depends on subcommand.",
  history: [],
  deprecated: null,
  system: true,
  arity: -2,
  flags: ["admin", "noscript", "loading", "stale"],
  categories: [],
  tips: [],
  keys: [],
  arguments: [],
  subcommands: [],
  run(context) {
    const { args, server, session } = context;
    const allowed = server.settings.debugCommand;
    if (allowed === "no" || (allowed === "local" && !session.local)) throw DEBUG_NOT_ALLOWED;
    const subcommand = SUBCOMMANDS.find(({ name, words }) =>
      args.is(1, name) && (words < 0 ? args.count >= -words : args.count === words)
    );
    // Redis prints it with `%.128s`: a NUL ends it.
    const name = args.text(1).split("\0", 1)[0].slice(0, 128);
    if (subcommand === undefined) throw unknownSubcommandOrArity("DEBUG", name);
    subcommand.run(context);
  },
});
