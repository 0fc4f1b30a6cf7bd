/**
 * DEBUG's subcommands on data: DIGEST, DIGEST-VALUE, HTSTATS, HTSTATS-KEY, LISTPACK, POPULATE, QUICKLIST.
 *
 * @module
 */

import { bytesOf, byteString } from "../../base/bytes.ts";
import { DATABASE_OUT_OF_RANGE, NO_SUCH_KEY, NOT_A_HASH_TABLE, NOT_POSITIVE } from "../../base/errors.ts";
import { NOT_A_LISTPACK, NOT_A_QUICKLIST } from "../../base/errors.ts";
import {
  ENCODING_HASHTABLE,
  ENCODING_LISTPACK,
  ENCODING_QUICKLIST,
  ENCODING_SKIPLIST,
  stringEncoding,
  TYPE_HASH,
  TYPE_SET,
  TYPE_ZSET,
} from "../../store/entry.ts";
import type { CommandContext } from "../context.ts";
import { digestOfKeyspace, digestOfValue } from "./debug_digest.ts";

/** `DEBUG DIGEST` */
export function digest({ keyspace, reply }: CommandContext): void {
  reply.simple(digestOfKeyspace(keyspace).text);
}

/** `DEBUG DIGEST-VALUE [key ...]` */
export function digestValues({ args, database, keyspace, reply }: CommandContext): void {
  reply.array(args.count - 2);
  for (let i = 2; i < args.count; i++) {
    reply.simple(digestOfValue(keyspace, database, bytesOf(args.text(i))).text);
  }
}

/** `DEBUG POPULATE count [prefix] [size]`: keys that are there already stay as they are. */
export function populate({ args, database, keyspace, reply }: CommandContext): void {
  const count = args.integerBetween(2, 0, Number.MAX_SAFE_INTEGER, NOT_POSITIVE);
  const prefix = args.count > 3 ? args.text(3) : "key";
  const size = args.count > 4 ? args.integerBetween(4, 0, Number.MAX_SAFE_INTEGER, NOT_POSITIVE) : 0;
  const { events } = keyspace;
  for (let i = 0; i < count; i++) {
    const key = bytesOf(`${prefix}:${i}`);
    if (database.lookupWrite(key, 0, key.length) !== 0) continue;
    const text = bytesOf(`value:${i}`);
    const value = size === 0 ? text : new Uint8Array(size);
    if (size > 0) value.set(text.subarray(0, size));
    const encoding = stringEncoding(value, 0, value.length);
    database.setString(key, 0, key.length, value, 0, value.length, encoding, -1);
    if (events.changes !== null) events.changed(database.index, key, 0, key.length, true);
  }
  reply.ok();
}

/** `DEBUG HTSTATS database` */
export function tableStatistics({ args, keyspace, reply }: CommandContext): void {
  const index = args.integer(2);
  const database = keyspace.databases[index];
  if (database === undefined) throw DATABASE_OUT_OF_RANGE;
  const { keys, volatile } = database.slots();
  reply.verbatim(
    `[Dictionary HT]\n${describeTable(database.size, keys)}` +
      `[Expires HT]\n${describeTable(database.volatileSize, volatile)}`,
  );
}

/** `DEBUG HTSTATS-KEY key` */
export function keyTableStatistics(context: CommandContext): void {
  const entry = existing(context);
  const { entries, keyspace, reply } = context;
  const encoding = entries.encoding(entry);
  if (encoding !== ENCODING_HASHTABLE && encoding !== ENCODING_SKIPLIST) throw NOT_A_HASH_TABLE;
  const counts: Readonly<Record<number, () => number>> = {
    [TYPE_HASH]: () => keyspace.hashes.count(entry),
    [TYPE_SET]: () => keyspace.sets.count(entry),
    [TYPE_ZSET]: () => keyspace.sortedSets.count(entry),
  };
  reply.verbatim(describeTable(counts[entries.type(entry)]()));
}

/** What is known of a table: it has no chains, as Redis's have, that could be counted. */
function describeTable(elements: number, slots?: number): string {
  const head = "Hash table 0 stats (main hash table):\n";
  if (elements === 0) return `${head}No stats available for empty dictionaries\n`;
  const size = slots === undefined ? "" : ` table size: ${slots}\n`;
  return `${head}${size} number of elements: ${elements}\n`;
}

/** `DEBUG LISTPACK key`: what is in a listpack goes to the log. */
export function listpack(context: CommandContext): void {
  const entry = existing(context);
  const { entries, keyspace: { lists: { listpacks } }, reply, server } = context;
  if (entries.encoding(entry) !== ENCODING_LISTPACK) throw NOT_A_LISTPACK;
  const root = entries.root(entry);
  const elements: string[] = [];
  for (let at = listpacks.first(root); at !== 0; at = listpacks.next(root, at)) {
    listpacks.get(root, at);
    const { page, length } = listpacks;
    elements.push(JSON.stringify(byteString(page, listpacks.at, listpacks.at + length)));
  }
  server.log(
    `Listpack of ${listpacks.bytes(root)} bytes, ${elements.length} elements: ${elements.join(" ")}`,
  );
  reply.simple("Listpack structure printed on stdout");
}

/** `DEBUG QUICKLIST key [0|1]`: the nodes go to the log, and with 1 also what is in them. */
export function quicklist(context: CommandContext): void {
  const entry = existing(context);
  const { args, entries, keyspace: { lists }, reply, server } = context;
  const isFull = args.count > 3 && args.integer(3) !== 0;
  if (entries.encoding(entry) !== ENCODING_QUICKLIST) throw NOT_A_QUICKLIST;
  const nodes = lists.quicklists.nodeCount(entries.root(entry));
  const elements: string[] = [];
  for (let more = isFull && lists.seek(entry, 0); more; more = lists.next()) {
    lists.get();
    elements.push(JSON.stringify(byteString(lists.page, lists.at, lists.at + lists.length)));
  }
  const contents = isFull ? `: ${elements.join(" ")}` : "";
  server.log(`Quicklist of ${nodes} nodes, ${lists.count(entry)} elements${contents}`);
  reply.simple("Quicklist structure printed on stdout");
}

/**
 * The entry of the key in argument 2.
 *
 * @throws {WireError} where there is none
 */
export function existing({ args, database }: CommandContext): number {
  const entry = database.lookup(args.bytes, args.start(2), args.end(2));
  if (entry === 0) throw NO_SUCH_KEY;
  return entry;
}
