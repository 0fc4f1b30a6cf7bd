/**
 * LTRIM.
 *
 * @module
 */

import { EVENT_LIST } from "../../store/events.ts";
import { defineCommand, oneKey } from "../define.ts";
import { writeList } from "./_internal.ts";

/** `LTRIM key start stop` */
export const ltrim = defineCommand({
  name: "LTRIM",
  group: "list",
  since: "1.0.0",
  summary: "Trim a list to the specified range",
  complexity: "O(N) where N is the number of elements to be removed by the operation.",
  history: [],
  deprecated: null,
  arity: 4,
  flags: ["write"],
  categories: ["list"],
  tips: [],
  keys: [oneKey(1, "RW", "delete")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, { name: "start", type: "integer" }, {
    name: "stop",
    type: "integer",
  }],
  subcommands: [],
  run(context) {
    const { args, database, keyspace, reply } = context;
    const { lists } = keyspace;
    let start = args.integer(2);
    let stop = args.integer(3);
    const entry = writeList(context, 1);
    if (entry === 0) return reply.ok();
    const length = lists.count(entry);
    if (start < 0) start = Math.max(0, start + length);
    stop = stop < 0 ? stop + length : Math.min(stop, length - 1);
    const kept = Math.max(0, stop - start + 1);
    if (kept > 0 && kept < length) {
      database.willChange(entry);
      if (start > 0) lists.removeEnd(entry, false, start);
      if (stop < length - 1) lists.removeEnd(entry, true, length - 1 - stop);
      lists.shrink(entry);
    }
    context.changed(1, EVENT_LIST, "ltrim", length - kept);
    if (kept === 0) context.removeEmptied(1, entry);
    reply.ok();
  },
});
