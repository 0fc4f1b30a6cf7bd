/**
 * ZSCORE and ZMSCORE.
 *
 * @module
 */

import type { CommandContext } from "../context.ts";
import { defineCommand, oneKey } from "../define.ts";
import { readSortedSet, replyScore } from "./entries.ts";

/** `ZSCORE key member` */
export const zscore = defineCommand({
  name: "ZSCORE",
  group: "sorted-set",
  since: "1.2.0",
  summary: "Get the score associated with the given member in a sorted set",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 3,
  flags: ["readonly", "fast"],
  categories: ["sortedset"],
  tips: [],
  keys: [oneKey(1, "RO", "access")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, { name: "member", type: "string" }],
  subcommands: [],
  run(context) {
    replyScoreOf(context, readSortedSet(context, 1), 2);
  },
});

/** `ZMSCORE key member [member ...]` */
export const zmscore = defineCommand({
  name: "ZMSCORE",
  group: "sorted-set",
  since: "6.2.0",
  summary: "Get the score associated with the given members in a sorted set",
  complexity: "O(N) where N is the number of members being requested.",
  history: [],
  deprecated: null,
  arity: -3,
  flags: ["readonly", "fast"],
  categories: ["sortedset"],
  tips: [],
  keys: [oneKey(1, "RO", "access")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, {
    name: "member",
    type: "string",
    multiple: true,
  }],
  subcommands: [],
  run(context) {
    const entry = readSortedSet(context, 1);
    context.reply.array(context.args.count - 2);
    for (let i = 2; i < context.args.count; i++) replyScoreOf(context, entry, i);
  },
});

/** Replies the score of the member in argument `i`, null where it or the sorted set is not there. */
function replyScoreOf(context: CommandContext, entry: number, i: number): void {
  const { args, keyspace, reply } = context;
  const { sortedSets } = keyspace;
  if (entry === 0 || !sortedSets.find(entry, args.bytes, args.start(i), args.end(i))) return reply.null();
  replyScore(reply, sortedSets.score);
}
