/**
 * ZRANGESTORE.
 *
 * @module
 */

import { ENCODING_LISTPACK } from "../../store/entry.ts";
import { defineCommand, oneKey } from "../define.ts";
import { prepareResult, storeResult } from "./entries.ts";
import { visitRange } from "./range_request.ts";

/** `ZRANGESTORE dst src min max [BYSCORE | BYLEX] [REV] [LIMIT offset count]` */
export const zrangestore = defineCommand({
  name: "ZRANGESTORE",
  group: "sorted-set",
  since: "6.2.0",
  summary: "Store a range of members from sorted set into another key",
  complexity:
    "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements stored into the destination key.",
  history: [],
  deprecated: null,
  arity: -5,
  flags: ["write", "denyoom"],
  categories: ["sortedset"],
  tips: [],
  keys: [oneKey(1, "OW", "update"), oneKey(2, "RO", "access")],
  arguments: [
    { name: "dst", type: "key", keySpecification: 0 },
    { name: "src", type: "key", keySpecification: 1 },
    { name: "min", type: "string" },
    { name: "max", type: "string" },
    {
      name: "sortby",
      type: "oneof",
      optional: true,
      arguments: [{ name: "byscore", type: "pure-token", token: "BYSCORE" }, {
        name: "bylex",
        type: "pure-token",
        token: "BYLEX",
      }],
    },
    { name: "rev", type: "pure-token", token: "REV", optional: true },
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
    const { entries } = context;
    const { sortedSets } = context.keyspace;
    let prepared = 0;
    try {
      visitRange(context, () => {
        prepared = prepareResult(context, 1, ENCODING_LISTPACK);
      }, (page, at, length, score) => {
        sortedSets.add(prepared, page, at, at + length, score, 0);
      });
    } catch (error) {
      if (prepared !== 0) entries.free(prepared);
      throw error;
    }
    storeResult(context, 1, prepared, "zrangestore");
  },
});
