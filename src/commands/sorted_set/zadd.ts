/**
 * ZADD and ZINCRBY, which are one command with and without a default option.
 *
 * @module
 */

import { SYNTAX, ZADD_GT_LT_NX, ZADD_INCR_PAIRS, ZADD_XX_AND_NX } from "../../base/errors.ts";
import {
  ADD_EXISTING_ONLY,
  ADD_IF_GREATER,
  ADD_IF_LESS,
  ADD_INCREMENT,
  ADD_NEW_ONLY,
} from "../../store/types/zset_value.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand, oneKey } from "../define.ts";
import { doubleArgument, replyScore } from "./entries.ts";
import { ADD_COUNT_CHANGED, addMembers } from "./add_members.ts";

/** The scores of a request: all are read before anything changes. */
const usualScores = new Float64Array(128);

/** `ZADD key [NX | XX] [GT | LT] [CH] [INCR] score member [score member ...]` */
export const zadd = defineCommand({
  name: "ZADD",
  group: "sorted-set",
  since: "1.2.0",
  summary: "Add one or more members to a sorted set, or update its score if it already exists",
  complexity: "O(log(N)) for each item added, where N is the number of elements in the sorted set.",
  history: [["2.4.0", "Accepts multiple elements."], [
    "3.0.2",
    "Added the `XX`, `NX`, `CH` and `INCR` options.",
  ], ["6.2.0", "Added the `GT` and `LT` options."]],
  deprecated: null,
  arity: -4,
  flags: ["write", "denyoom", "fast"],
  categories: ["sortedset"],
  tips: [],
  keys: [oneKey(1, "RW", "update")],
  arguments: [
    { name: "key", type: "key", keySpecification: 0 },
    {
      name: "condition",
      type: "oneof",
      since: "3.0.2",
      optional: true,
      arguments: [{ name: "nx", type: "pure-token", token: "NX" }, {
        name: "xx",
        type: "pure-token",
        token: "XX",
      }],
    },
    {
      name: "comparison",
      type: "oneof",
      since: "6.2.0",
      optional: true,
      arguments: [{ name: "gt", type: "pure-token", token: "GT" }, {
        name: "lt",
        type: "pure-token",
        token: "LT",
      }],
    },
    { name: "change", type: "pure-token", token: "CH", since: "3.0.2", optional: true },
    { name: "increment", type: "pure-token", token: "INCR", since: "3.0.2", optional: true },
    {
      name: "score_member",
      type: "block",
      multiple: true,
      arguments: [{ name: "score", type: "double" }, { name: "member", type: "string" }],
    },
  ],
  subcommands: [],
  run(context) {
    add(context, 0);
  },
});

/** `ZINCRBY key increment member` */
export const zincrby = defineCommand({
  name: "ZINCRBY",
  group: "sorted-set",
  since: "1.2.0",
  summary: "Increment the score of a member in a sorted set",
  complexity: "O(log(N)) where N is the number of elements in the sorted set.",
  history: [],
  deprecated: null,
  arity: 4,
  flags: ["write", "denyoom", "fast"],
  categories: ["sortedset"],
  tips: [],
  keys: [oneKey(1, "RW", "access", "update")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, { name: "increment", type: "integer" }, {
    name: "member",
    type: "string",
  }],
  subcommands: [],
  run(context) {
    add(context, ADD_INCREMENT);
  },
});

function add(context: CommandContext, defaults: number): void {
  const { args, keyspace, reply } = context;
  let options = defaults;
  let first = 2;
  for (; first < args.count; first++) {
    const option = optionIn(context, first);
    if (option === 0) break;
    options |= option;
  }
  const pairs = (args.count - first) / 2;
  if (pairs < 1 || pairs % 1 !== 0) throw SYNTAX;
  checkOptions(options, pairs);
  const scores = pairs <= usualScores.length ? usualScores : new Float64Array(pairs);
  for (let i = 0; i < pairs; i++) scores[i] = doubleArgument(context, first + 2 * i);

  const done = addMembers(context, options, scores, first + 1, 2);
  if ((options & ADD_INCREMENT) === 0) reply.integer(done);
  else if (done < 0) reply.null();
  else replyScore(reply, keyspace.sortedSets.score);
}

/** The option in argument `i`, 0 where it is none. */
function optionIn(context: CommandContext, i: number): number {
  const { args } = context;
  // Most of the time the first byte of a score settles it.
  if (args.length(i) < 2 || args.length(i) > 4 || args.bytes[args.start(i)] < 65) return 0;
  if (args.is(i, "NX")) return ADD_NEW_ONLY;
  if (args.is(i, "XX")) return ADD_EXISTING_ONLY;
  if (args.is(i, "CH")) return ADD_COUNT_CHANGED;
  if (args.is(i, "INCR")) return ADD_INCREMENT;
  if (args.is(i, "GT")) return ADD_IF_GREATER;
  return args.is(i, "LT") ? ADD_IF_LESS : 0;
}

function checkOptions(options: number, pairs: number): void {
  const isNew = (options & ADD_NEW_ONLY) !== 0;
  if (isNew && (options & ADD_EXISTING_ONLY) !== 0) throw ZADD_XX_AND_NX;
  const greater = (options & ADD_IF_GREATER) !== 0;
  const less = (options & ADD_IF_LESS) !== 0;
  if ((greater && (isNew || less)) || (less && isNew)) throw ZADD_GT_LT_NX;
  if ((options & ADD_INCREMENT) !== 0 && pairs > 1) throw ZADD_INCR_PAIRS;
}
