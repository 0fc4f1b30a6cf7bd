/**
 * GEOHASH.
 *
 * @module
 */

import { geohashText } from "../../base/geohash.ts";
import { defineCommand, oneKey } from "../define.ts";
import { readSortedSet } from "../sorted_set/entries.ts";

/** `GEOHASH key [member [member ...]]` */
export const geohash = defineCommand({
  name: "GEOHASH",
  group: "geo",
  since: "3.2.0",
  summary: "Returns members of a geospatial index as standard geohash strings",
  complexity: "O(log(N)) for each member requested, where N is the number of elements in the sorted set.",
  history: [],
  deprecated: null,
  arity: -2,
  flags: ["readonly"],
  categories: ["geo"],
  tips: [],
  keys: [oneKey(1, "RO", "access")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, {
    name: "member",
    type: "string",
    multiple: true,
  }],
  subcommands: [],
  run(context) {
    const { args, keyspace, reply } = context;
    const { sortedSets } = keyspace;
    const entry = readSortedSet(context, 1);
    reply.array(args.count - 2);
    for (let i = 2; i < args.count; i++) {
      const found = entry !== 0 && sortedSets.find(entry, args.bytes, args.start(i), args.end(i));
      if (found) reply.bulkText(geohashText(sortedSets.score));
      else reply.null();
    }
  },
});
