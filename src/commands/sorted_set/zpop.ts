/**
 * ZPOPMIN and ZPOPMAX.
 *
 * @module
 */

import { NOT_POSITIVE, SYNTAX } from "../../base/errors.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand, oneKey } from "../define.ts";
import { writeSortedSet } from "./entries.ts";
import { popElements } from "./pop_elements.ts";

/** `ZPOPMIN key [count]` */
export const zpopmin = defineCommand({
  name: "ZPOPMIN",
  group: "sorted-set",
  since: "5.0.0",
  summary: "Remove and return members with the lowest scores in a sorted set",
  complexity:
    "O(log(N)*M) with N being the number of elements in the sorted set, and M being the number of elements popped.",
  history: [],
  deprecated: null,
  arity: -2,
  flags: ["write", "fast"],
  categories: ["sortedset"],
  tips: [],
  keys: [oneKey(1, "RW", "access", "delete")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, {
    name: "count",
    type: "integer",
    optional: true,
  }],
  subcommands: [],
  run(context) {
    pop(context, false);
  },
});

/** `ZPOPMAX key [count]` */
export const zpopmax = defineCommand({
  name: "ZPOPMAX",
  group: "sorted-set",
  since: "5.0.0",
  summary: "Remove and return members with the highest scores in a sorted set",
  complexity:
    "O(log(N)*M) with N being the number of elements in the sorted set, and M being the number of elements popped.",
  history: [],
  deprecated: null,
  arity: -2,
  flags: ["write", "fast"],
  categories: ["sortedset"],
  tips: [],
  keys: [oneKey(1, "RW", "access", "delete")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, {
    name: "count",
    type: "integer",
    optional: true,
  }],
  subcommands: [],
  run(context) {
    pop(context, true);
  },
});

function pop(context: CommandContext, max: boolean): void {
  const { args, keyspace, reply } = context;
  if (args.count > 3) throw SYNTAX;
  const counted = args.count === 3;
  const wanted = counted ? args.integerBetween(2, 0, Infinity, NOT_POSITIVE) : 1;
  const entry = writeSortedSet(context, 1);
  if (entry === 0 || wanted === 0) return reply.array(0);
  const count = Math.min(wanted, keyspace.sortedSets.count(entry));
  const paired = counted && reply.protocol === 3;
  reply.array(paired ? count : count * 2);
  popElements(context, 1, entry, count, max, paired);
}
