/**
 * PFCOUNT.
 *
 * @module
 */

import { CORRUPTED_HYPERLOGLOG } from "../../base/errors.ts";
import {
  countDense,
  countRegisters,
  DENSE,
  encodingOf,
  estimate,
  hasCardinality,
  readCardinality,
  REGISTER_VALUES,
  writeCardinality,
} from "../../base/hyperloglog.ts";
import { countSparse } from "../../base/hyperloglog_sparse.ts";
import { ENCODING_RAW } from "../../store/entry.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand } from "../define.ts";
import { checkHyperLogLog, mergeRegisters, registers } from "./_internal.ts";

const histogram = new Int32Array(REGISTER_VALUES);

/** `PFCOUNT key [key ...]` */
export const pfcount = defineCommand({
  name: "PFCOUNT",
  group: "hyperloglog",
  since: "2.8.9",
  summary: "Return the approximated cardinality of the set(s) observed by the HyperLogLog at key(s).",
  complexity:
    "O(1) with a very small average constant time when called with a single key. O(N) with N being the number of keys, and much bigger constant times, when called with multiple keys.",
  history: [],
  deprecated: null,
  mayReplicate: true,
  arity: -2,
  flags: ["readonly"],
  categories: ["hyperloglog"],
  tips: [],
  keys: [{
    notes: "RW because it may change the internal representation of the key, and propagate to replicas",
    flags: ["RW", "access"],
    begin: { type: "index", index: 1 },
    find: { type: "range", last: -1, step: 1, limit: 0 },
  }],
  arguments: [{ name: "key", type: "key", keySpecification: 0, multiple: true }],
  subcommands: [],
  run(context) {
    if (context.args.count === 2) countOne(context);
    else countUnion(context);
  },
});

/** Replies the cardinality in the header, or computes it and puts it there: a change, though one without an event. */
function countOne(context: CommandContext): void {
  const { args, database, entries, keyspace, reply } = context;
  const entry = context.read(1);
  if (entry === 0) return reply.integer(0);
  checkHyperLogLog(entries, entry);
  entries.setEncoding(entry, ENCODING_RAW);
  if (!hasCardinality(entries.page, entries.at)) {
    const cardinality = cardinalityOf(context);
    database.willChange(entry);
    entries.locateValue(entry);
    writeCardinality(entries.page, entries.at, cardinality);
    keyspace.dirty++;
    keyspace.events.changed(database.index, args.bytes, args.start(1), args.end(1), true);
  }
  const cardinality = readCardinality(entries.page, entries.at);
  if (typeof cardinality === "number") reply.integer(cardinality);
  else reply.int64(cardinality);
}

/** The cardinality of the located HyperLogLog. */
function cardinalityOf({ entries }: CommandContext): number {
  const { page, at, length } = entries;
  histogram.fill(0);
  if (encodingOf(page, at) === DENSE) countDense(page, at, histogram);
  else if (!countSparse(page, at, length, histogram)) throw CORRUPTED_HYPERLOGLOG;
  return estimate(histogram);
}

/** Replies the cardinality of several HyperLogLogs' union. */
function countUnion(context: CommandContext): void {
  const { args, entries, reply } = context;
  registers.fill(0);
  for (let i = 1; i < args.count; i++) {
    const entry = context.read(i);
    if (entry === 0) continue;
    checkHyperLogLog(entries, entry);
    mergeRegisters(entries, entry);
  }
  histogram.fill(0);
  countRegisters(registers, histogram);
  reply.int64(BigInt(estimate(histogram)));
}
