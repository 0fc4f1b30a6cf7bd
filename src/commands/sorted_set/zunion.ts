/**
 * ZUNION and ZUNIONSTORE.
 *
 * @module
 */

import { defineCommand, numkeysKeys, oneKey } from "../define.ts";
import { replyCombination, storeCombination } from "./combine.ts";

/** `ZUNION numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE <SUM | MIN | MAX>] [WITHSCORES]` */
export const zunion = defineCommand({
  name: "ZUNION",
  group: "sorted-set",
  since: "6.2.0",
  summary: "Add multiple sorted sets",
  complexity:
    "O(N)+O(M*log(M)) with N being the sum of the sizes of the input sorted sets, and M being the number of elements in the resulting sorted set.",
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
    replyCombination(context, "union");
  },
});

/** `ZUNIONSTORE destination numkeys key [key ...] [WEIGHTS ...] [AGGREGATE <SUM | MIN | MAX>]` */
export const zunionstore = defineCommand({
  name: "ZUNIONSTORE",
  group: "sorted-set",
  since: "2.0.0",
  summary: "Add multiple sorted sets and store the resulting sorted set in a new key",
  complexity:
    "O(N)+O(M log(M)) with N being the sum of the sizes of the input sorted sets, and M being the number of elements in the resulting sorted set.",
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
    storeCombination(context, "union");
  },
});
