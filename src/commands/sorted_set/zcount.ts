/**
 * ZCOUNT and ZLEXCOUNT.
 *
 * @module
 */

import { defineCommand, oneKey } from "../define.ts";
import { readSortedSet } from "./entries.ts";
import { lexRange, scoreRange } from "./range_bounds.ts";

/** `ZCOUNT key min max` */
export const zcount = defineCommand({
  name: "ZCOUNT",
  group: "sorted-set",
  since: "2.0.0",
  summary: "Count the members in a sorted set with scores within the given values",
  complexity: "O(log(N)) with N being the number of elements in the sorted set.",
  history: [],
  deprecated: null,
  arity: 4,
  flags: ["readonly", "fast"],
  categories: ["sortedset"],
  tips: [],
  keys: [oneKey(1, "RO", "access")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, { name: "min", type: "double" }, {
    name: "max",
    type: "double",
  }],
  subcommands: [],
  run(context) {
    const { keyspace, reply } = context;
    const range = scoreRange(context, 2, 3);
    const entry = readSortedSet(context, 1);
    if (entry === 0) return reply.integer(0);
    keyspace.sortedSets.locateScores(entry, range);
    reply.integer(keyspace.sortedSets.found);
  },
});

/** `ZLEXCOUNT key min max` */
export const zlexcount = defineCommand({
  name: "ZLEXCOUNT",
  group: "sorted-set",
  since: "2.8.9",
  summary: "Count the number of members in a sorted set between a given lexicographical range",
  complexity: "O(log(N)) with N being the number of elements in the sorted set.",
  history: [],
  deprecated: null,
  arity: 4,
  flags: ["readonly", "fast"],
  categories: ["sortedset"],
  tips: [],
  keys: [oneKey(1, "RO", "access")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, { name: "min", type: "string" }, {
    name: "max",
    type: "string",
  }],
  subcommands: [],
  run(context) {
    const { keyspace, reply } = context;
    const range = lexRange(context, 2, 3);
    const entry = readSortedSet(context, 1);
    if (entry === 0) return reply.integer(0);
    keyspace.sortedSets.locateLex(entry, range, false);
    reply.integer(keyspace.sortedSets.found);
  },
});
