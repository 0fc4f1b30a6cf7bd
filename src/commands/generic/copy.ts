/**
 * COPY.
 *
 * @module
 */

import { DB_INDEX_OUT_OF_RANGE, SAME_OBJECT, SYNTAX } from "../../base/errors.ts";
import type { Database } from "../../store/database.ts";
import { EVENT_GENERIC } from "../../store/events.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand, oneKey } from "../define.ts";
import { databaseIn, sameArguments } from "./_internal.ts";

/** Reads the options: where to, and whether a key there may be replaced. */
function parseOptions(context: CommandContext): { target: Database; replace: boolean } {
  const { args } = context;
  let target: Database | null = context.database;
  let replace = false;
  for (let i = 3; i < args.count; i++) {
    if (args.is(i, "REPLACE")) {
      replace = true;
    } else if (args.is(i, "DB") && i + 1 < args.count) {
      target = databaseIn(context, ++i);
      if (target === null) throw DB_INDEX_OUT_OF_RANGE;
    } else {
      throw SYNTAX;
    }
  }
  return { target, replace };
}

/** `COPY source destination [DB destination-db] [REPLACE]` */
export const copy = defineCommand({
  name: "COPY",
  group: "generic",
  since: "6.2.0",
  summary: "Copy a key",
  complexity:
    "O(N) worst case for collections, where N is the number of nested items. O(1) for string values.",
  history: [],
  deprecated: null,
  arity: -3,
  flags: ["write", "denyoom"],
  categories: ["keyspace"],
  tips: [],
  keys: [oneKey(1, "RO", "access"), oneKey(2, "OW", "update")],
  arguments: [
    { name: "source", type: "key", keySpecification: 0 },
    { name: "destination", type: "key", keySpecification: 1 },
    { name: "destination-db", type: "integer", token: "DB", optional: true },
    { name: "replace", type: "pure-token", token: "REPLACE", optional: true },
  ],
  subcommands: [],
  run(context) {
    const { args, database, reply } = context;
    const { target, replace } = parseOptions(context);
    if (target === database && sameArguments(args, 1, 2)) throw SAME_OBJECT;
    const entry = context.read(1);
    if (entry === 0) return reply.integer(0);
    const [start, end] = [args.start(2), args.end(2)];
    if (target.lookupWrite(args.bytes, start, end) !== 0 && !replace) return reply.integer(0);
    database.copy(entry, target, args.bytes, start, end);
    context.changedIn(target, 2, EVENT_GENERIC, "copy_to");
    reply.integer(1);
  },
});
