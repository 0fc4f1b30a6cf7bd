/**
 * LSET.
 *
 * @module
 */

import { INDEX_OUT_OF_RANGE, NO_SUCH_KEY } from "../../base/errors.ts";
import { EVENT_LIST } from "../../store/events.ts";
import { defineCommand, oneKey } from "../define.ts";
import { writeList } from "./_internal.ts";

/** `LSET key index element` */
export const lset = defineCommand({
  name: "LSET",
  group: "list",
  since: "1.0.0",
  summary: "Set the value of an element in a list by its index",
  complexity:
    "O(N) where N is the length of the list. Setting either the first or the last element of the list is O(1).",
  history: [],
  deprecated: null,
  arity: 4,
  flags: ["write", "denyoom"],
  categories: ["list"],
  tips: [],
  keys: [oneKey(1, "RW", "update")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, { name: "index", type: "integer" }, {
    name: "element",
    type: "string",
  }],
  subcommands: [],
  run(context) {
    const { args, database, keyspace, reply } = context;
    const { lists } = keyspace;
    const entry = writeList(context, 1);
    if (entry === 0) throw NO_SUCH_KEY;
    const index = args.integer(2);
    const length = lists.count(entry);
    if (index >= length || index < -length) throw INDEX_OUT_OF_RANGE;
    database.willChange(entry);
    lists.makeRoom(entry, args.length(3), 1);
    lists.seek(entry, index);
    lists.replace(entry, args.bytes, args.start(3), args.end(3));
    lists.shrink(entry);
    context.changed(1, EVENT_LIST, "lset");
    reply.ok();
  },
});
