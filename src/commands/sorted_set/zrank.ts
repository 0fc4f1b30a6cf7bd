/**
 * ZRANK and ZREVRANK.
 *
 * @module
 */

import { SYNTAX, wrongArity } from "../../base/errors.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand, oneKey } from "../define.ts";
import { readSortedSet, replyScore } from "./entries.ts";

/** `ZRANK key member [WITHSCORE]` */
export const zrank = defineCommand({
  name: "ZRANK",
  group: "sorted-set",
  since: "2.0.0",
  summary: "Determine the index of a member in a sorted set",
  complexity: "O(log(N))",
  history: [["7.2.0", "Added the optional `WITHSCORE` argument."]],
  deprecated: null,
  arity: -3,
  flags: ["readonly", "fast"],
  categories: ["sortedset"],
  tips: [],
  keys: [oneKey(1, "RO", "access")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, { name: "member", type: "string" }, {
    name: "withscore",
    type: "pure-token",
    token: "WITHSCORE",
    since: "7.2.0",
    optional: true,
  }],
  subcommands: [],
  run(context) {
    replyRank(context, false, "zrank");
  },
});

/** `ZREVRANK key member [WITHSCORE]` */
export const zrevrank = defineCommand({
  name: "ZREVRANK",
  group: "sorted-set",
  since: "2.0.0",
  summary: "Determine the index of a member in a sorted set, with scores ordered from high to low",
  complexity: "O(log(N))",
  history: [["7.2.0", "Added the optional `WITHSCORE` argument."]],
  deprecated: null,
  arity: -3,
  flags: ["readonly", "fast"],
  categories: ["sortedset"],
  tips: [],
  keys: [oneKey(1, "RO", "access")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, { name: "member", type: "string" }, {
    name: "withscore",
    type: "pure-token",
    token: "WITHSCORE",
    since: "7.2.0",
    optional: true,
  }],
  subcommands: [],
  run(context) {
    replyRank(context, true, "zrevrank");
  },
});

function replyRank(context: CommandContext, fromEnd: boolean, command: string): void {
  const { args, keyspace, reply } = context;
  const { sortedSets } = keyspace;
  if (args.count > 4) throw wrongArity(command);
  const withScore = args.count === 4;
  if (withScore && !args.is(3, "WITHSCORE")) throw SYNTAX;
  const entry = readSortedSet(context, 1);
  const rank = entry === 0 ? -1 : sortedSets.rank(entry, args.bytes, args.start(2), args.end(2));
  if (rank < 0) return withScore ? reply.nullArray() : reply.null();
  if (withScore) reply.array(2);
  reply.integer(fromEnd ? sortedSets.count(entry) - 1 - rank : rank);
  if (withScore) replyScore(reply, sortedSets.score);
}
