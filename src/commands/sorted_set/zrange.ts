/**
 * ZRANGE and ZREVRANGE.
 *
 * @module
 */

import { defineCommand, oneKey } from "../define.ts";
import { DIRECTION_AUTO, DIRECTION_REVERSE, RANGE_AUTO, RANGE_RANK, replyRange } from "./range_request.ts";

/** `ZRANGE key start stop [BYSCORE | BYLEX] [REV] [LIMIT offset count] [WITHSCORES]` */
export const zrange = defineCommand({
  name: "ZRANGE",
  group: "sorted-set",
  since: "1.2.0",
  summary: "Return a range of members in a sorted set",
  complexity:
    "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements returned.",
  history: [["6.2.0", "Added the `REV`, `BYSCORE`, `BYLEX` and `LIMIT` options."]],
  deprecated: null,
  arity: -4,
  flags: ["readonly"],
  categories: ["sortedset"],
  tips: [],
  keys: [oneKey(1, "RO", "access")],
  arguments: [
    { name: "key", type: "key", keySpecification: 0 },
    { name: "start", type: "string" },
    { name: "stop", type: "string" },
    {
      name: "sortby",
      type: "oneof",
      since: "6.2.0",
      optional: true,
      arguments: [{ name: "byscore", type: "pure-token", token: "BYSCORE" }, {
        name: "bylex",
        type: "pure-token",
        token: "BYLEX",
      }],
    },
    { name: "rev", type: "pure-token", token: "REV", since: "6.2.0", optional: true },
    {
      name: "offset_count",
      type: "block",
      token: "LIMIT",
      since: "6.2.0",
      optional: true,
      arguments: [{ name: "offset", type: "integer" }, { name: "count", type: "integer" }],
    },
    { name: "withscores", type: "pure-token", token: "WITHSCORES", optional: true },
  ],
  subcommands: [],
  run(context) {
    replyRange(context, RANGE_AUTO, DIRECTION_AUTO);
  },
});

/** `ZREVRANGE key start stop [WITHSCORES]` */
export const zrevrange = defineCommand({
  name: "ZREVRANGE",
  group: "sorted-set",
  since: "1.2.0",
  summary: "Return a range of members in a sorted set, by index, with scores ordered from high to low",
  complexity:
    "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements returned.",
  history: [],
  deprecated: { since: "6.2.0", replacedBy: "`ZRANGE` with the `REV` argument" },
  arity: -4,
  flags: ["readonly"],
  categories: ["sortedset"],
  tips: [],
  keys: [oneKey(1, "RO", "access")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, { name: "start", type: "integer" }, {
    name: "stop",
    type: "integer",
  }, { name: "withscores", type: "pure-token", token: "WITHSCORES", optional: true }],
  subcommands: [],
  run(context) {
    replyRange(context, RANGE_RANK, DIRECTION_REVERSE);
  },
});
