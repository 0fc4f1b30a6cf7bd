/**
 * MOVE.
 *
 * @module
 */

import { DB_INDEX_OUT_OF_RANGE, SAME_OBJECT } from "../../base/errors.ts";
import { defineCommand, oneKey } from "../define.ts";
import { databaseIn, keyMoved } from "./_internal.ts";

/** `MOVE key db` */
export const move = defineCommand({
  name: "MOVE",
  group: "generic",
  since: "1.0.0",
  summary: "Move a key to another database",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 3,
  flags: ["write", "fast"],
  categories: ["keyspace"],
  tips: [],
  keys: [oneKey(1, "RW", "access", "update")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, { name: "db", type: "integer" }],
  subcommands: [],
  run(context) {
    const { args, database, reply } = context;
    const target = databaseIn(context, 2);
    if (target === null) throw DB_INDEX_OUT_OF_RANGE;
    if (target === database) throw SAME_OBJECT;
    const entry = context.write(1);
    const [start, end] = [args.start(1), args.end(1)];
    if (entry === 0 || target.lookupWrite(args.bytes, start, end) !== 0) return reply.integer(0);
    database.move(entry, target, args.bytes, start, end);
    keyMoved(
      context,
      { database, argument: 1, event: "move_from" },
      { database: target, argument: 1, event: "move_to" },
    );
    reply.integer(1);
  },
});
