/**
 * All random commands with their weights. A new type of value adds its file here, and its probes where a run ends.
 *
 * @module
 */

import fc from "fast-check";
import type { Comparison } from "../case.ts";
import { DATABASES, type GeneratedCommand, HYPERLOGLOG_KEYS, key, KEYS } from "./arguments.ts";
import { bitmapCommands, hyperloglogCommands } from "./bitmap.ts";
import { geoCommands } from "./geo.ts";
import { databaseCommands, expiryCommands, genericCommands } from "./generic.ts";
import { hashCommands } from "./hashes.ts";
import { listCommands } from "./lists.ts";
import { setCommands } from "./sets.ts";
import { sortCommands } from "./sort.ts";
import { sortedSetCommands } from "./sorted_sets.ts";
import { streamCommands } from "./streams.ts";
import { stringCommands } from "./strings.ts";

/** Names for commands with a wrong number of arguments. */
const NAMES = ["GET", "SET", "MSET", "INCR", "EXPIRE", "RENAME", "COPY", "LCS", "NOSUCH", "OBJECT"];

const malformed: fc.Arbitrary<GeneratedCommand> = fc.tuple(
  fc.constantFrom(...NAMES),
  fc.array(key, { maxLength: 1 }),
).map(([name, args]) => ({ args: [name, ...args], comparison: { how: "exact" } }));

/** A random command. */
export const anyCommand: fc.Arbitrary<GeneratedCommand> = fc.oneof(
  { weight: 60, arbitrary: fc.oneof(...stringCommands) },
  { weight: 25, arbitrary: fc.oneof(...genericCommands) },
  { weight: 25, arbitrary: fc.oneof(...expiryCommands) },
  { weight: 15, arbitrary: fc.oneof(...bitmapCommands) },
  { weight: 10, arbitrary: fc.oneof(...hyperloglogCommands) },
  { weight: 50, arbitrary: fc.oneof(...listCommands) },
  { weight: 15, arbitrary: fc.oneof(...sortCommands) },
  { weight: 45, arbitrary: fc.oneof(...setCommands) },
  { weight: 45, arbitrary: fc.oneof(...sortedSetCommands) },
  { weight: 20, arbitrary: fc.oneof(...geoCommands) },
  { weight: 50, arbitrary: fc.oneof(...hashCommands) },
  { weight: 45, arbitrary: fc.oneof(...streamCommands) },
  { weight: 1, arbitrary: fc.oneof(...databaseCommands) },
  { weight: 1, arbitrary: malformed },
);

/** What is asked about every key, here `%`, of every database after a run, and how the replies are compared. */
const probes: readonly { words: readonly string[]; comparison: Comparison }[] = [
  { words: ["GET", "%"], comparison: { how: "exact" } },
  { words: ["SMEMBERS", "%"], comparison: { how: "sorted", depth: 1, reason: "members come in no order" } },
  { words: ["HGETALL", "%"], comparison: { how: "sorted", depth: 1, reason: "fields come in no order" } },
  { words: ["LRANGE", "%", "0", "-1"], comparison: { how: "exact" } },
  { words: ["ZRANGE", "%", "0", "-1", "WITHSCORES"], comparison: { how: "exact" } },
  { words: ["XRANGE", "%", "-", "+"], comparison: { how: "exact" } },
  { words: ["TYPE", "%"], comparison: { how: "exact" } },
  { words: ["OBJECT", "ENCODING", "%"], comparison: { how: "encoding" } },
  { words: ["PEXPIRETIME", "%"], comparison: { how: "approximate", within: 5000 } },
];

/** The commands that look at everything a run has left behind. */
export const finalCommands: readonly GeneratedCommand[] = DATABASES.flatMap((
  database,
): GeneratedCommand[] => [
  { args: ["SELECT", database], comparison: { how: "exact" } },
  ...[...KEYS, ...HYPERLOGLOG_KEYS].flatMap((name) =>
    probes.map(({ words, comparison }) => ({
      args: words.map((word) => word === "%" ? name : word),
      comparison,
    }))
  ),
  { args: ["DBSIZE"], comparison: { how: "exact" } },
]);
