/**
 * LINDEX.
 *
 * @module
 */

import { defineCommand, oneKey } from "../define.ts";
import { readList } from "./_internal.ts";

/** `LINDEX key index` */
export const lindex = defineCommand({
  name: "LINDEX",
  group: "list",
  since: "1.0.0",
  summary: "Get an element from a list by its index",
  complexity:
    "O(N) where N is the number of elements to traverse to get to the element at index. This makes asking for the first or the last element of the list O(1).",
  history: [],
  deprecated: null,
  arity: 3,
  flags: ["readonly"],
  categories: ["list"],
  tips: [],
  keys: [oneKey(1, "RO", "access")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, { name: "index", type: "integer" }],
  subcommands: [],
  run(context) {
    const { args, keyspace, reply } = context;
    const entry = readList(context, 1);
    if (entry === 0) return reply.null();
    const { lists } = keyspace;
    if (!lists.seek(entry, args.integer(2))) return reply.null();
    lists.get();
    reply.bulk(lists.page, lists.at, lists.at + lists.length);
  },
});
