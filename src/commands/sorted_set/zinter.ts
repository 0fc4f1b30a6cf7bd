/**
 * ZINTER, ZINTERSTORE and ZINTERCARD.
 *
 * @module
 */

import { defineCommand, numkeysKeys, oneKey } from "../define.ts";
import { replyCombination, replyIntersectionCount, storeCombination } from "./combine.ts";

/** `ZINTER numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE <SUM | MIN | MAX>] [WITHSCORES]` */
export const zinter = defineCommand({
  name: "ZINTER",
  group: "sorted-set",
  since: "6.2.0",
  summary: "Intersect multiple sorted sets",
  complexity:
    "O(N*K)+O(M*log(M)) worst case with N being the smallest input sorted set, K being the number of input sorted sets and M being the number of elements in the resulting sorted set.",
  history: [],
  deprecated: null,
  arity: -3,
  flags: ["readonly"],
  categories: ["sortedset"],
  tips: [],
  keys: [numkeysKeys(1, "RO", "access")],
  arguments: [
    { name: "numkeys", type: "integer" },
    { name: "key", type: "key", keySpecification: 0, multiple: true },
    { name: "weight", type: "integer", token: "WEIGHTS", optional: true, multiple: true },
    {
      name: "aggregate",
      type: "oneof",
      token: "AGGREGATE",
      optional: true,
      arguments: [{ name: "sum", type: "pure-token", token: "SUM" }, {
        name: "min",
        type: "pure-token",
        token: "MIN",
      }, { name: "max", type: "pure-token", token: "MAX" }],
    },
    { name: "withscores", type: "pure-token", token: "WITHSCORES", optional: true },
  ],
  subcommands: [],
  run(context) {
    replyCombination(context, "inter");
  },
});

/** `ZINTERSTORE destination numkeys key [key ...] [WEIGHTS ...] [AGGREGATE <SUM | MIN | MAX>]` */
export const zinterstore = defineCommand({
  name: "ZINTERSTORE",
  group: "sorted-set",
  since: "2.0.0",
  summary: "Intersect multiple sorted sets and store the resulting sorted set in a new key",
  complexity:
    "O(N*K)+O(M*log(M)) worst case with N being the smallest input sorted set, K being the number of input sorted sets and M being the number of elements in the resulting sorted set.",
  history: [],
  deprecated: null,
  arity: -4,
  flags: ["write", "denyoom"],
  categories: ["sortedset"],
  tips: [],
  keys: [oneKey(1, "OW", "update"), numkeysKeys(2, "RO", "access")],
  arguments: [
    { name: "destination", type: "key", keySpecification: 0 },
    { name: "numkeys", type: "integer" },
    { name: "key", type: "key", keySpecification: 1, multiple: true },
    { name: "weight", type: "integer", token: "WEIGHTS", optional: true, multiple: true },
    {
      name: "aggregate",
      type: "oneof",
      token: "AGGREGATE",
      optional: true,
      arguments: [{ name: "sum", type: "pure-token", token: "SUM" }, {
        name: "min",
        type: "pure-token",
        token: "MIN",
      }, { name: "max", type: "pure-token", token: "MAX" }],
    },
  ],
  subcommands: [],
  run(context) {
    storeCombination(context, "inter");
  },
});

/** `ZINTERCARD numkeys key [key ...] [LIMIT limit]` */
export const zintercard = defineCommand({
  name: "ZINTERCARD",
  group: "sorted-set",
  since: "7.0.0",
  summary: "Intersect multiple sorted sets and return the cardinality of the result",
  complexity:
    "O(N*K) worst case with N being the smallest input sorted set, K being the number of input sorted sets.",
  history: [],
  deprecated: null,
  arity: -3,
  flags: ["readonly"],
  categories: ["sortedset"],
  tips: [],
  keys: [numkeysKeys(1, "RO", "access")],
  arguments: [{ name: "numkeys", type: "integer" }, {
    name: "key",
    type: "key",
    keySpecification: 0,
    multiple: true,
  }, { name: "limit", type: "integer", token: "LIMIT", optional: true }],
  subcommands: [],
  run(context) {
    replyIntersectionCount(context);
  },
});
