/**
 * LRANGE.
 *
 * @module
 */

import { defineCommand, oneKey } from "../define.ts";
import { readList, replyElements } from "./_internal.ts";

/** `LRANGE key start stop` */
export const lrange = defineCommand({
  name: "LRANGE",
  group: "list",
  since: "1.0.0",
  summary: "Get a range of elements from a list",
  complexity:
    "O(S+N) where S is the distance of start offset from HEAD for small lists, from nearest end (HEAD or TAIL) for large lists; and N is the number of elements in the specified range.",
  history: [],
  deprecated: null,
  arity: 4,
  flags: ["readonly"],
  categories: ["list"],
  tips: [],
  keys: [oneKey(1, "RO", "access")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, { name: "start", type: "integer" }, {
    name: "stop",
    type: "integer",
  }],
  subcommands: [],
  run(context) {
    const { args, keyspace, reply } = context;
    let start = args.integer(2);
    let stop = args.integer(3);
    const entry = readList(context, 1);
    if (entry === 0) return reply.array(0);
    const length = keyspace.lists.count(entry);
    if (start < 0) start = Math.max(0, start + length);
    stop = stop < 0 ? stop + length : Math.min(stop, length - 1);
    if (start > stop) return reply.array(0);
    reply.array(stop - start + 1);
    replyElements(context, entry, start, stop - start + 1, false);
  },
});
