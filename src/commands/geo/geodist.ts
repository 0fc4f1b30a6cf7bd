/**
 * GEODIST.
 *
 * @module
 */

import { SYNTAX } from "../../base/errors.ts";
import { distance } from "../../base/geohash.ts";
import { defineCommand, oneKey } from "../define.ts";
import { readSortedSet } from "../sorted_set/entries.ts";
import { memberPosition, replyDistance, unitArgument } from "./_internal.ts";

/** `GEODIST key member1 member2 [M | KM | FT | MI]` */
export const geodist = defineCommand({
  name: "GEODIST",
  group: "geo",
  since: "3.2.0",
  summary: "Returns the distance between two members of a geospatial index",
  complexity: "O(log(N))",
  history: [],
  deprecated: null,
  arity: -4,
  flags: ["readonly"],
  categories: ["geo"],
  tips: [],
  keys: [oneKey(1, "RO", "access")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, { name: "member1", type: "string" }, {
    name: "member2",
    type: "string",
  }, {
    name: "unit",
    type: "oneof",
    optional: true,
    arguments: [
      { name: "m", type: "pure-token", token: "M" },
      { name: "km", type: "pure-token", token: "KM" },
      { name: "ft", type: "pure-token", token: "FT" },
      { name: "mi", type: "pure-token", token: "MI" },
    ],
  }],
  subcommands: [],
  run(context) {
    const { args, reply } = context;
    const unit = args.count === 5 ? unitArgument(context, 4) : 1;
    if (args.count > 5) throw SYNTAX;
    const entry = readSortedSet(context, 1);
    const from = memberPosition(context, entry, 2);
    const to = memberPosition(context, entry, 3);
    if (from === null || to === null) return reply.null();
    replyDistance(reply, distance(from, to) / unit);
  },
});
