/**
 * SREM.
 *
 * @module
 */

import { EVENT_SET } from "../../store/events.ts";
import { defineCommand, oneKey } from "../define.ts";
import { writeSet } from "./_internal.ts";

/** `SREM key member [member ...]` */
export const srem = defineCommand({
  name: "SREM",
  group: "set",
  since: "1.0.0",
  summary: "Remove one or more members from a set",
  complexity: "O(N) where N is the number of members to be removed.",
  history: [["2.4.0", "Accepts multiple `member` arguments."]],
  deprecated: null,
  arity: -3,
  flags: ["write", "fast"],
  categories: ["set"],
  tips: [],
  keys: [oneKey(1, "RW", "delete")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, {
    name: "member",
    type: "string",
    multiple: true,
  }],
  subcommands: [],
  run(context) {
    const { args, keyspace, reply } = context;
    const { sets } = keyspace;
    const entry = writeSet(context, 1);
    if (entry === 0) return reply.integer(0);
    context.database.willChange(entry);
    const { bytes, count } = args;
    let removed = 0;
    let left = sets.count(entry);
    for (let i = 2; i < count && left > 0; i++) {
      if (!sets.remove(entry, bytes, args.start(i), args.end(i))) continue;
      removed++;
      left--;
    }
    if (removed > 0) context.changed(1, EVENT_SET, "srem", removed);
    if (left === 0) context.removeEmptied(1, entry);
    reply.integer(removed);
  },
});
