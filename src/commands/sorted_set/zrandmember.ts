/**
 * ZRANDMEMBER.
 *
 * @module
 */

import { MAX_INT64 } from "../../base/numbers.ts";
import { notBetween, OUT_OF_RANGE, SYNTAX } from "../../base/errors.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand, oneKey } from "../define.ts";
import { readSortedSet, replyElement, replyElementsHead } from "./entries.ts";

/** Counts have this magnitude at most; half of it where scores are asked for too. */
const COUNT_MAX = MAX_INT64;
const COUNT_OUT_OF_RANGE = notBetween(-COUNT_MAX, COUNT_MAX);

/** `ZRANDMEMBER key [count [WITHSCORES]]` */
export const zrandmember = defineCommand({
  name: "ZRANDMEMBER",
  group: "sorted-set",
  since: "6.2.0",
  summary: "Get one or multiple random elements from a sorted set",
  complexity: "O(N) where N is the number of elements returned",
  history: [],
  deprecated: null,
  arity: -2,
  flags: ["readonly"],
  categories: ["sortedset"],
  tips: ["nondeterministic_output"],
  keys: [oneKey(1, "RO", "access")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, {
    name: "options",
    type: "block",
    optional: true,
    arguments: [{ name: "count", type: "integer" }, {
      name: "withscores",
      type: "pure-token",
      token: "WITHSCORES",
      optional: true,
    }],
  }],
  subcommands: [],
  run(context) {
    const { args, keyspace, reply } = context;
    const { sortedSets } = keyspace;
    if (args.count > 2) return replySeveral(context);
    const entry = readSortedSet(context, 1);
    if (entry === 0) return reply.null();
    sortedSets.seek(entry, sortedSets.shared, randomRank(context, sortedSets.count(entry)));
    replyElement(reply, sortedSets.shared, false);
  },
});

function randomRank({ keyspace }: CommandContext, size: number): number {
  return Math.floor(keyspace.random() / 2 ** 32 * size);
}

function replySeveral(context: CommandContext): void {
  const { args, reply } = context;
  const exact = args.int64(2);
  if (exact < -COUNT_MAX) throw COUNT_OUT_OF_RANGE;
  if (args.count > 4 || (args.count === 4 && !args.is(3, "WITHSCORES"))) throw SYNTAX;
  const withScores = args.count === 4;
  if (withScores && (exact < -COUNT_MAX / 2n || exact > COUNT_MAX / 2n)) throw OUT_OF_RANGE;
  const entry = readSortedSet(context, 1);
  if (entry === 0 || exact === 0n) return reply.array(0);
  const { sortedSets } = context.keyspace;
  const size = sortedSets.count(entry);
  const count = Number(exact);
  if (count >= size) replyAll(context, entry, size, withScores);
  else if (count < 0) replyWithRepeats(context, entry, -count, withScores);
  else replyDistinct(context, entry, count, withScores);
}

/** All elements, from the last on, which is Redis's order here. */
function replyAll(context: CommandContext, entry: number, size: number, withScores: boolean): void {
  const { sortedSets } = context.keyspace;
  const cursor = sortedSets.shared;
  replyElementsHead(context.reply, size, withScores);
  for (let more = sortedSets.seek(entry, cursor, size - 1); more; more = cursor.previous()) {
    replyElement(context.reply, cursor, withScores);
  }
}

function replyWithRepeats(context: CommandContext, entry: number, count: number, withScores: boolean): void {
  const { sortedSets } = context.keyspace;
  const size = sortedSets.count(entry);
  replyElementsHead(context.reply, count, withScores);
  for (let i = 0; i < count; i++) {
    sortedSets.seek(entry, sortedSets.shared, randomRank(context, size));
    replyElement(context.reply, sortedSets.shared, withScores);
  }
}

/** Robert Floyd's algorithm: every choice of `count` elements is equally likely. */
function replyDistinct(context: CommandContext, entry: number, count: number, withScores: boolean): void {
  const { sortedSets } = context.keyspace;
  const size = sortedSets.count(entry);
  const chosen = new Set<number>();
  for (let last = size - count; last < size; last++) {
    const rank = randomRank(context, last + 1);
    chosen.add(chosen.has(rank) ? last : rank);
  }
  replyElementsHead(context.reply, count, withScores);
  for (const rank of chosen) {
    sortedSets.seek(entry, sortedSets.shared, rank);
    replyElement(context.reply, sortedSets.shared, withScores);
  }
}
