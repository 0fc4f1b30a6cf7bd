/**
 * LPOS.
 *
 * @module
 */

import { LPOS_COUNT_NEGATIVE, LPOS_MAXLEN_NEGATIVE, LPOS_RANK_ZERO, SYNTAX } from "../../base/errors.ts";
import { MIN_INT64 } from "../../base/numbers.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand, oneKey } from "../define.ts";
import { readList } from "./_internal.ts";

interface Options {
  /** Which match is the first to be replied, 1 and up; with `backwards` counted from the end of the list. */
  rank: number;
  backwards: boolean;
  /** How many matches to reply as an array, 0: all; null: one, by itself. */
  count: number | null;
  /** How many elements to look at. */
  limit: number;
}

/** `LPOS key element [RANK rank] [COUNT num-matches] [MAXLEN len]` */
export const lpos = defineCommand({
  name: "LPOS",
  group: "list",
  since: "6.0.6",
  summary: "Return the index of matching elements on a list",
  complexity:
    "O(N) where N is the number of elements in the list, for the average case. When searching for elements near the head or the tail of the list, or when the MAXLEN option is provided, the command may run in constant time.",
  history: [],
  deprecated: null,
  arity: -3,
  flags: ["readonly"],
  categories: ["list"],
  tips: [],
  keys: [oneKey(1, "RO", "access")],
  arguments: [
    { name: "key", type: "key", keySpecification: 0 },
    { name: "element", type: "string" },
    { name: "rank", type: "integer", token: "RANK", optional: true },
    { name: "num-matches", type: "integer", token: "COUNT", optional: true },
    { name: "len", type: "integer", token: "MAXLEN", optional: true },
  ],
  subcommands: [],
  run(context) {
    const { reply } = context;
    const options = parse(context);
    const { count } = options;
    const entry = readList(context, 1);
    const matches: number[] = [];
    if (entry !== 0) search(context, entry, options, matches);
    if (count !== null) {
      reply.array(matches.length);
      for (const index of matches) reply.integer(index);
    } else if (matches.length > 0) {
      reply.integer(matches[0]);
    } else {
      reply.null();
    }
  },
});

function parse({ args }: CommandContext): Options {
  const options: Options = { rank: 1, backwards: false, count: null, limit: Infinity };
  let isLowestRank = false;
  for (let i = 3; i < args.count; i += 2) {
    if (i + 1 >= args.count) throw SYNTAX;
    if (args.is(i, "RANK")) {
      const rank = args.int64(i + 1);
      if (rank === 0n) throw LPOS_RANK_ZERO;
      isLowestRank = rank === MIN_INT64;
      options.rank = isLowestRank ? 1 : Math.abs(Number(rank));
      options.backwards = rank < 0n;
    } else if (args.is(i, "COUNT")) {
      options.count = args.integerBetween(i + 1, 0, Infinity, LPOS_COUNT_NEGATIVE);
    } else if (args.is(i, "MAXLEN")) {
      options.limit = args.integerBetween(i + 1, 0, Infinity, LPOS_MAXLEN_NEGATIVE) || Infinity;
    } else {
      throw SYNTAX;
    }
  }
  // Redis 7.0 cannot negate it: the first match has reached it, and no number of matches goes beyond it.
  if (isLowestRank && options.count !== null) options.count = 0;
  return options;
}

/** Adds the indexes of the elements that equal argument 2 to `found`. */
function search({ args, keyspace }: CommandContext, entry: number, options: Options, found: number[]): void {
  const { lists } = keyspace;
  const { backwards, limit, rank } = options;
  const wanted = options.count === null ? 1 : options.count || Infinity;
  const [start, end] = [args.start(2), args.end(2)];
  const last = lists.count(entry) - 1;
  let matches = 0;
  let more = lists.seek(entry, backwards ? -1 : 0);
  for (let passed = 0; more && passed < limit; passed++) {
    if (!backwards) {
      const skipped = lists.find(args.bytes, start, end, limit - passed);
      if (skipped < 0) return;
      passed += skipped;
      if (passed >= limit) return;
    }
    if (!backwards || lists.equals(args.bytes, start, end)) {
      if (++matches >= rank) found.push(backwards ? last - passed : passed);
      if (found.length >= wanted) return;
    }
    more = backwards ? lists.previous() : lists.next();
  }
}
