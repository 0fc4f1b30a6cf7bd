/**
 * ZDIFF and ZDIFFSTORE.
 *
 * @module
 */

import { defineCommand, numkeysKeys, oneKey } from "../define.ts";
import { replyCombination, storeCombination } from "./combine.ts";

/** `ZDIFF numkeys key [key ...] [WITHSCORES]` */
export const zdiff = defineCommand({
  name: "ZDIFF",
  group: "sorted-set",
  since: "6.2.0",
  summary: "Subtract multiple sorted sets",
  complexity:
    "O(L + (N-K)log(N)) worst case where L is the total number of elements in all the sets, N is the size of the first set, and K is the size of the result set.",
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
  }, { name: "withscores", type: "pure-token", token: "WITHSCORES", optional: true }],
  subcommands: [],
  run(context) {
    replyCombination(context, "diff");
  },
});

/** `ZDIFFSTORE destination numkeys key [key ...]` */
export const zdiffstore = defineCommand({
  name: "ZDIFFSTORE",
  group: "sorted-set",
  since: "6.2.0",
  summary: "Subtract multiple sorted sets and store the resulting sorted set in a new key",
  complexity:
    "O(L + (N-K)log(N)) worst case where L is the total number of elements in all the sets, N is the size of the first set, and K is the size of the result set.",
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
  ],
  subcommands: [],
  run(context) {
    storeCombination(context, "diff");
  },
});
