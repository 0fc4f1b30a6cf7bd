/**
 * ZRANGEBYSCORE and ZREVRANGEBYSCORE.
 *
 * @module
 */

import { defineCommand, oneKey } from "../define.ts";
import { DIRECTION_FORWARD, DIRECTION_REVERSE, RANGE_SCORE, replyRange } from "./range_request.ts";

/** `ZRANGEBYSCORE key min max [WITHSCORES] [LIMIT offset count]` */
export const zrangebyscore = defineCommand({
  name: "ZRANGEBYSCORE",
  group: "sorted-set",
  since: "1.0.5",
  summary: "Return a range of members in a sorted set, by score",
  complexity:
    "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements being returned. If M is constant (e.g. always asking for the first 10 elements with LIMIT), you can consider it O(log(N)).",
  history: [["2.0.0", "Added the `WITHSCORES` modifier."]],
  deprecated: { since: "6.2.0", replacedBy: "`ZRANGE` with the `BYSCORE` argument" },
  arity: -4,
  flags: ["readonly"],
  categories: ["sortedset"],
  tips: [],
  keys: [oneKey(1, "RO", "access")],
  arguments: [
    { name: "key", type: "key", keySpecification: 0 },
    { name: "min", type: "double" },
    { name: "max", type: "double" },
    { name: "withscores", type: "pure-token", token: "WITHSCORES", since: "2.0.0", optional: true },
    {
      name: "offset_count",
      type: "block",
      token: "LIMIT",
      optional: true,
      arguments: [{ name: "offset", type: "integer" }, { name: "count", type: "integer" }],
    },
  ],
  subcommands: [],
  run(context) {
    replyRange(context, RANGE_SCORE, DIRECTION_FORWARD);
  },
});

/** `ZREVRANGEBYSCORE key max min [WITHSCORES] [LIMIT offset count]` */
export const zrevrangebyscore = defineCommand({
  name: "ZREVRANGEBYSCORE",
  group: "sorted-set",
  since: "2.2.0",
  summary: "Return a range of members in a sorted set, by score, with scores ordered from high to low",
  complexity:
    "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements being returned. If M is constant (e.g. always asking for the first 10 elements with LIMIT), you can consider it O(log(N)).",
  history: [["2.1.6", "`min` and `max` can be exclusive."]],
  deprecated: { since: "6.2.0", replacedBy: "`ZRANGE` with the `REV` and `BYSCORE` arguments" },
  arity: -4,
  flags: ["readonly"],
  categories: ["sortedset"],
  tips: [],
  keys: [oneKey(1, "RO", "access")],
  arguments: [
    { name: "key", type: "key", keySpecification: 0 },
    { name: "max", type: "double" },
    { name: "min", type: "double" },
    { name: "withscores", type: "pure-token", token: "WITHSCORES", optional: true },
    {
      name: "offset_count",
      type: "block",
      token: "LIMIT",
      optional: true,
      arguments: [{ name: "offset", type: "integer" }, { name: "count", type: "integer" }],
    },
  ],
  subcommands: [],
  run(context) {
    replyRange(context, RANGE_SCORE, DIRECTION_REVERSE);
  },
});
