/**
 * LINSERT.
 *
 * @module
 */

import { SYNTAX } from "../../base/errors.ts";
import { EVENT_LIST } from "../../store/events.ts";
import { defineCommand, oneKey } from "../define.ts";
import { writeList } from "./_internal.ts";

/** `LINSERT key <BEFORE | AFTER> pivot element` */
export const linsert = defineCommand({
  name: "LINSERT",
  group: "list",
  since: "2.2.0",
  summary: "Insert an element before or after another element in a list",
  complexity:
    "O(N) where N is the number of elements to traverse before seeing the value pivot. This means that inserting somewhere on the left end on the list (head) can be considered O(1) and inserting somewhere on the right end (tail) is O(N).",
  history: [],
  deprecated: null,
  arity: 5,
  flags: ["write", "denyoom"],
  categories: ["list"],
  tips: [],
  keys: [oneKey(1, "RW", "insert")],
  arguments: [
    { name: "key", type: "key", keySpecification: 0 },
    {
      name: "where",
      type: "oneof",
      arguments: [{ name: "before", type: "pure-token", token: "BEFORE" }, {
        name: "after",
        type: "pure-token",
        token: "AFTER",
      }],
    },
    { name: "pivot", type: "string" },
    { name: "element", type: "string" },
  ],
  subcommands: [],
  run(context) {
    const { args, database, keyspace, reply } = context;
    const { lists } = keyspace;
    const after = args.is(2, "AFTER");
    if (!after && !args.is(2, "BEFORE")) throw SYNTAX;
    const entry = writeList(context, 1);
    if (entry === 0) return reply.integer(0);
    lists.seek(entry, 0);
    const index = lists.find(args.bytes, args.start(3), args.end(3));
    if (index < 0) return reply.integer(-1);
    database.willChange(entry);
    lists.makeRoom(entry, args.length(4), 1);
    lists.seek(entry, index);
    lists.insert(entry, after, args.bytes, args.start(4), args.end(4));
    context.changed(1, EVENT_LIST, "linsert");
    reply.integer(lists.count(entry));
  },
});
