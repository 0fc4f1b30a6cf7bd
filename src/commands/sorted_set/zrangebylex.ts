/**
 * ZRANGEBYLEX and ZREVRANGEBYLEX.
 *
 * @module
 */

import { defineCommand, oneKey } from "../define.ts";
import { DIRECTION_FORWARD, DIRECTION_REVERSE, RANGE_LEX, replyRange } from "./range_request.ts";

/** `ZRANGEBYLEX key min max [LIMIT offset count]` */
export const zrangebylex = defineCommand({
  name: "ZRANGEBYLEX",
  group: "sorted-set",
  since: "2.8.9",
  summary: "Return a range of members in a sorted set, by lexicographical range",
  complexity:
    "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements being returned. If M is constant (e.g. always asking for the first 10 elements with LIMIT), you can consider it O(log(N)).",
  history: [],
  deprecated: { since: "6.2.0", replacedBy: "`ZRANGE` with the `BYLEX` argument" },
  arity: -4,
  flags: ["readonly"],
  categories: ["sortedset"],
  tips: [],
  keys: [oneKey(1, "RO", "access")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, { name: "min", type: "string" }, {
    name: "max",
    type: "string",
  }, {
    name: "offset_count",
    type: "block",
    token: "LIMIT",
    optional: true,
    arguments: [{ name: "offset", type: "integer" }, { name: "count", type: "integer" }],
  }],
  subcommands: [],
  run(context) {
    replyRange(context, RANGE_LEX, DIRECTION_FORWARD);
  },
});

/** `ZREVRANGEBYLEX key max min [LIMIT offset count]` */
export const zrevrangebylex = defineCommand({
  name: "ZREVRANGEBYLEX",
  group: "sorted-set",
  since: "2.8.9",
  summary:
    "Return a range of members in a sorted set, by lexicographical range, ordered from higher to lower strings.",
  complexity:
    "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements being returned. If M is constant (e.g. always asking for the first 10 elements with LIMIT), you can consider it O(log(N)).",
  history: [],
  deprecated: { since: "6.2.0", replacedBy: "`ZRANGE` with the `REV` and `BYLEX` arguments" },
  arity: -4,
  flags: ["readonly"],
  categories: ["sortedset"],
  tips: [],
  keys: [oneKey(1, "RO", "access")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, { name: "max", type: "string" }, {
    name: "min",
    type: "string",
  }, {
    name: "offset_count",
    type: "block",
    token: "LIMIT",
    optional: true,
    arguments: [{ name: "offset", type: "integer" }, { name: "count", type: "integer" }],
  }],
  subcommands: [],
  run(context) {
    replyRange(context, RANGE_LEX, DIRECTION_REVERSE);
  },
});
