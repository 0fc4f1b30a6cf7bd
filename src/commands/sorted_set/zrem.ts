/**
 * ZREM.
 *
 * @module
 */

import { EVENT_SORTED_SET } from "../../store/events.ts";
import { defineCommand, oneKey } from "../define.ts";
import { writeSortedSet } from "./entries.ts";

/** `ZREM key member [member ...]` */
export const zrem = defineCommand({
  name: "ZREM",
  group: "sorted-set",
  since: "1.2.0",
  summary: "Remove one or more members from a sorted set",
  complexity:
    "O(M*log(N)) with N being the number of elements in the sorted set and M the number of elements to be removed.",
  history: [["2.4.0", "Accepts multiple elements."]],
  deprecated: null,
  arity: -3,
  flags: ["write", "fast"],
  categories: ["sortedset"],
  tips: [],
  keys: [oneKey(1, "RW", "delete")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, {
    name: "member",
    type: "string",
    multiple: true,
  }],
  subcommands: [],
  run(context) {
    const { args, database, keyspace, reply } = context;
    const { sortedSets } = keyspace;
    const entry = writeSortedSet(context, 1);
    if (entry === 0) return reply.integer(0);
    database.willChange(entry);
    let removed = 0;
    let left = sortedSets.count(entry);
    for (let i = 2; i < args.count && left > 0; i++) {
      if (!sortedSets.remove(entry, args.bytes, args.start(i), args.end(i))) continue;
      removed++;
      left--;
    }
    if (removed > 0) context.changed(1, EVENT_SORTED_SET, "zrem", removed);
    if (left === 0) context.removeEmptied(1, entry);
    reply.integer(removed);
  },
});
