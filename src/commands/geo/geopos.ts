/**
 * GEOPOS.
 *
 * @module
 */

import { defineCommand, oneKey } from "../define.ts";
import { readSortedSet } from "../sorted_set/entries.ts";
import { memberPosition, replyPosition } from "./_internal.ts";

/** `GEOPOS key [member [member ...]]` */
export const geopos = defineCommand({
  name: "GEOPOS",
  group: "geo",
  since: "3.2.0",
  summary: "Returns longitude and latitude of members of a geospatial index",
  complexity: "O(N) where N is the number of members requested.",
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
    const { args, reply } = context;
    const entry = readSortedSet(context, 1);
    reply.array(args.count - 2);
    for (let i = 2; i < args.count; i++) {
      const position = memberPosition(context, entry, i);
      if (position === null) reply.nullArray();
      else replyPosition(reply, position);
    }
  },
});
