/**
 * DEBUG: the subcommands that tools and test suites use, behind `enable-debug-command`.
 *
 * @module
 */

import { parseMemory } from "../../base/directive.ts";
import {
  DEBUG_NOT_ALLOWED,
  PACKED_THRESHOLD,
  RELOAD_OPTIONS,
  unknownSubcommandOrArity,
  WireError,
} from "../../base/errors.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand } from "../define.ts";
import { serialize } from "../generic/dump.ts";
import { encodingName, referenceCount } from "../generic/representation.ts";
import { replyHelp } from "../help.ts";
import { digest, digestValues, existing, keyTableStatistics, listpack } from "./debug_data.ts";
import { populate, quicklist, tableStatistics } from "./debug_data.ts";
import { replyOfType } from "./debug_protocol.ts";

/** What stands before a serialized value, and is no part of it to Redis. */
const TYPE_BYTES = 1;
/** From here on QUICKLIST-PACKED-THRESHOLD's argument is too large. */
const PACKED_THRESHOLD_END = (1n << 32n) - (1n << 20n);

/** A subcommand: its name in upper case, how many words the request has at least and at most, and what it does. */
interface DebugSubcommand {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  readonly run: (context: CommandContext) => void;
}

// COMMAND knows DEBUG as one command without subcommands, so they are not in its definition.
const SUBCOMMANDS: readonly DebugSubcommand[] = [
  { name: "CHANGE-REPL-ID", least: 2, most: 2, run: changeReplicationId },
  { name: "DIGEST", least: 2, most: 2, run: digest },
  { name: "DIGEST-VALUE", least: 2, most: Infinity, run: digestValues },
  { name: "ERROR", least: 3, most: 3, run: error },
  { name: "HELP", least: 2, most: 2, run: help },
  { name: "HTSTATS", least: 3, most: 3, run: tableStatistics },
  { name: "HTSTATS-KEY", least: 3, most: 3, run: keyTableStatistics },
  { name: "JMAP", least: 2, most: 2, run: jmap },
  { name: "LISTPACK", least: 3, most: 3, run: listpack },
  { name: "LOADAOF", least: 2, most: Infinity, run: loadAof },
  { name: "LOG", least: 3, most: 3, run: log },
  { name: "OBJECT", least: 3, most: 3, run: object },
  { name: "PAUSE-CRON", least: 3, most: 3, run: pauseCron },
  { name: "POPULATE", least: 3, most: 5, run: populate },
  { name: "PROTOCOL", least: 3, most: 3, run: replyOfType },
  { name: "QUICKLIST", least: 3, most: 4, run: quicklist },
  { name: "QUICKLIST-PACKED-THRESHOLD", least: 3, most: 3, run: packedThreshold },
  { name: "RELOAD", least: 2, most: Infinity, run: reload },
  { name: "REPLYBUFFER", least: 4, most: 4, run: replyBuffer },
  { name: "SET-ACTIVE-EXPIRE", least: 3, most: 3, run: setActiveExpire },
  { name: "SLEEP", least: 3, most: 3, run: sleep },
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
  const { entries, keyspace, reply } = context;
  const entry = existing(context);
  const facts = [
    `Value at:0x${(entry * 8).toString(16)}`,
    `refcount:${referenceCount(context, entry)}`,
    `encoding:${encodingName(context, entry)}`,
    `serializedlength:${serialize(context, entry).length - TYPE_BYTES}`,
    `lru:${entries.access(entry)}`,
    `lru_seconds_idle:${keyspace.access.idleSeconds(entries.access(entry))}`,
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

/** Loads the AOF again, in the place of all there is. */
function loadAof({ reply, server }: CommandContext): void {
  server.persistence.loadAof();
  reply.ok();
}

/** Turns active expiry on or off. */
function setActiveExpire(context: CommandContext): void {
  context.server.activeExpiry = isOn(context);
  context.reply.ok();
}

/** Stops or resumes what is done a few times a second. */
function pauseCron(context: CommandContext): void {
  context.server.cronPaused = isOn(context);
  context.reply.ok();
}

/** Whether argument 2 is a number other than 0; what is no number is 0, as C's atoi has it. */
function isOn({ args }: CommandContext): boolean {
  return (Number.parseInt(args.text(2), 10) || 0) !== 0;
}

/** Replies an error with the text in argument 2. */
function error({ args }: CommandContext): void {
  throw new WireError(args.text(2));
}

/** Writes argument 2 to the log. */
function log({ args, reply, server }: CommandContext): void {
  server.warn(`DEBUG LOG: ${args.text(2)}`);
  reply.ok();
}

function changeReplicationId({ reply, server }: CommandContext): void {
  server.changeReplicationId();
  reply.ok();
}

/** Has elements of so many bytes put in nodes of their own, also where a listpack might hold them; 0: as usual. */
function packedThreshold({ args, keyspace, reply }: CommandContext): void {
  const bytes = parseMemory(args.text(2));
  if (bytes === undefined || bytes > PACKED_THRESHOLD_END) throw PACKED_THRESHOLD;
  keyspace.limits.quicklistPackedThreshold = bytes === 0n ? Infinity : Number(bytes);
  reply.ok();
}

/** Checks the arguments: a connection holds no buffer while it has nothing to send, so there is nothing to resize. */
function replyBuffer({ args, reply }: CommandContext): void {
  const isPeakTime = args.is(2, "PEAK-RESET-TIME");
  if (!isPeakTime && !args.is(2, "RESIZING")) throw unknownSubcommandOrArity("DEBUG", args.text(1));
  if (isPeakTime && !args.is(3, "NEVER") && !args.is(3, "RESET")) args.int64(3);
  reply.ok();
}

/** Stops the server for the seconds in argument 2; what is no number, or negative, is none. */
function sleep(context: CommandContext): void {
  const seconds = Number.parseFloat(context.args.text(2));
  if (Number.isFinite(seconds) && seconds > 0) context.server.sleep(seconds * 1000);
  context.reply.ok();
}

function help(context: CommandContext): void {
  replyHelp(context, "DEBUG", [
    "CHANGE-REPL-ID",
    "    Change the replication IDs of the instance.",
    "    Dangerous: should be used only for testing the replication subsystem.",
    "DIGEST",
    "    Output a hex signature representing the current DB content.",
    "DIGEST-VALUE <key> [<key> ...]",
    "    Output a hex signature of the values of all the specified keys.",
    "ERROR <string>",
    "    Return a Redis protocol error with <string> as message. Useful for clients",
    "    unit tests to simulate Redis errors.",
    "JMAP",
    "    Check the integrity of all data and report where the memory is.",
    "LOG <message>",
    "    Write <message> to the server log.",
    "HTSTATS <dbid>",
    "    Return hash table statistics of the specified Redis database.",
    "HTSTATS-KEY <key>",
    "    Like HTSTATS but for the hash table stored at <key>'s value.",
    "LOADAOF",
    "    Flush the AOF buffers on disk and reload the AOF in memory.",
    "OBJECT <key>",
    "    Show low level info about `key` and associated value.",
    "POPULATE <count> [<prefix>] [<size>]",
    "    Create <count> string keys named key:<num>. If <prefix> is specified then",
    "    it is used instead of the 'key' prefix. These are not propagated to",
    "    replicas. Cluster slots are not respected so keys not belonging to the",
    "    current node can be created in cluster mode.",
    "PROTOCOL <type>",
    "    Reply with a test value of the specified type. <type> can be: string,",
    "    integer, double, bignum, null, array, set, map, attrib, push, verbatim,",
    "    true, false.",
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
    "QUICKLIST-PACKED-THRESHOLD <size>",
    "    Sets the threshold for elements to be inserted as plain vs packed nodes",
    "    Default value is 1GB, allows values up to 4GB. Setting to 0 restores to default.",
    "SLEEP <seconds>",
    "    Stop the server for <seconds>. Decimals allowed.",
    "LISTPACK <key>",
    "    Show low level info about the listpack encoding of <key>.",
    "QUICKLIST <key> [<0|1>]",
    "    Show low level info about the quicklist encoding of <key>.",
    "    The optional argument (0 by default) sets the level of detail",
    "PAUSE-CRON <0|1>",
    "    Stop periodic cron job processing.",
    "REPLYBUFFER PEAK-RESET-TIME <NEVER||RESET|time>",
    "    Sets the time (in milliseconds) to wait between client reply buffer peak resets.",
    "    In case NEVER is provided the last observed peak will never be reset",
    "    In case RESET is provided the peak reset time will be restored to the default value",
    "REPLYBUFFER RESIZING <0|1>",
    "    Enable or disable the reply buffer resize cron job",
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
    const { count } = args;
    const subcommand = SUBCOMMANDS.find(({ name, least, most }) =>
      args.is(1, name) && count >= least && count <= most
    );
    // Redis prints it with `%.128s`: a NUL ends it.
    const name = args.text(1).split("\0", 1)[0].slice(0, 128);
    if (subcommand === undefined) throw unknownSubcommandOrArity("DEBUG", name);
    subcommand.run(context);
  },
});
