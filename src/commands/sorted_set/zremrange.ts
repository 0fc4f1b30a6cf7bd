/**
 * ZREMRANGEBYRANK, ZREMRANGEBYSCORE and ZREMRANGEBYLEX.
 *
 * @module
 */

import type { CommandContext } from "../context.ts";
import { defineCommand, oneKey } from "../define.ts";
import { removeElements, writeSortedSet } from "./entries.ts";
import { lexRange, scoreRange } from "./range_bounds.ts";

/** `ZREMRANGEBYRANK key start stop` */
export const zremrangebyrank = defineCommand({
  name: "ZREMRANGEBYRANK",
  group: "sorted-set",
  since: "2.0.0",
  summary: "Remove all members in a sorted set within the given indexes",
  complexity:
    "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements removed by the operation.",
  history: [],
  deprecated: null,
  arity: 4,
  flags: ["write"],
  categories: ["sortedset"],
  tips: [],
  keys: [oneKey(1, "RW", "delete")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, { name: "start", type: "integer" }, {
    name: "stop",
    type: "integer",
  }],
  subcommands: [],
  run(context) {
    const { args, keyspace } = context;
    let start = args.integer(2);
    let stop = args.integer(3);
    const entry = writeSortedSet(context, 1);
    if (entry === 0) return context.reply.integer(0);
    const count = keyspace.sortedSets.count(entry);
    if (start < 0) start = Math.max(0, start + count);
    stop = stop < 0 ? stop + count : Math.min(stop, count - 1);
    removeRange(context, entry, start, stop - start + 1, "zremrangebyrank");
  },
});

/** `ZREMRANGEBYSCORE key min max` */
export const zremrangebyscore = defineCommand({
  name: "ZREMRANGEBYSCORE",
  group: "sorted-set",
  since: "1.2.0",
  summary: "Remove all members in a sorted set within the given scores",
  complexity:
    "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements removed by the operation.",
  history: [],
  deprecated: null,
  arity: 4,
  flags: ["write"],
  categories: ["sortedset"],
  tips: [],
  keys: [oneKey(1, "RW", "delete")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, { name: "min", type: "double" }, {
    name: "max",
    type: "double",
  }],
  subcommands: [],
  run(context) {
    const { sortedSets } = context.keyspace;
    const range = scoreRange(context, 2, 3);
    const entry = writeSortedSet(context, 1);
    if (entry === 0) return context.reply.integer(0);
    sortedSets.locateScores(entry, range);
    removeRange(context, entry, sortedSets.first, sortedSets.found, "zremrangebyscore");
  },
});

/** `ZREMRANGEBYLEX key min max` */
export const zremrangebylex = defineCommand({
  name: "ZREMRANGEBYLEX",
  group: "sorted-set",
  since: "2.8.9",
  summary: "Remove all members in a sorted set between the given lexicographical range",
  complexity:
    "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements removed by the operation.",
  history: [],
  deprecated: null,
  arity: 4,
  flags: ["write"],
  categories: ["sortedset"],
  tips: [],
  keys: [oneKey(1, "RW", "delete")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, { name: "min", type: "string" }, {
    name: "max",
    type: "string",
  }],
  subcommands: [],
  run(context) {
    const { sortedSets } = context.keyspace;
    const range = lexRange(context, 2, 3);
    const entry = writeSortedSet(context, 1);
    if (entry === 0) return context.reply.integer(0);
    sortedSets.locateLex(entry, range, false);
    removeRange(context, entry, sortedSets.first, sortedSets.found, "zremrangebylex");
  },
});

/** Removes so many elements, if any, from that of rank `first` on, and replies how many. */
function removeRange(
  context: CommandContext,
  entry: number,
  first: number,
  count: number,
  event: string,
): void {
  if (count > 0) removeElements(context, 1, entry, first, count, event);
  context.reply.integer(Math.max(0, count));
}
