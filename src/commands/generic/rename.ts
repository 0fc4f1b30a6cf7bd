/**
 * RENAME, RENAMENX.
 *
 * @module
 */

import { NO_SUCH_KEY } from "../../base/errors.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand, oneKey } from "../define.ts";
import { keyMoved, sameArguments } from "./_internal.ts";

/** Gives the key in argument 1 the name in argument 2; false where that would replace a key and must not. */
function renameKey(context: CommandContext, replace: boolean): boolean {
  const { args, database } = context;
  const entry = context.write(1);
  if (entry === 0) throw NO_SUCH_KEY;
  if (sameArguments(args, 1, 2)) return replace;
  if (context.write(2) !== 0 && !replace) return false;
  database.move(entry, database, args.bytes, args.start(2), args.end(2));
  keyMoved(
    context,
    { database, argument: 1, event: "rename_from" },
    { database, argument: 2, event: "rename_to" },
  );
  return true;
}

/** `RENAME key newkey` */
export const rename = defineCommand({
  name: "RENAME",
  group: "generic",
  since: "1.0.0",
  summary: "Rename a key",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 3,
  flags: ["write"],
  categories: ["keyspace"],
  tips: [],
  keys: [oneKey(1, "RW", "access", "delete"), oneKey(2, "OW", "update")],
  arguments: [
    { name: "key", type: "key", keySpecification: 0 },
    { name: "newkey", type: "key", keySpecification: 1 },
  ],
  subcommands: [],
  run(context) {
    renameKey(context, true);
    context.reply.ok();
  },
});

/** `RENAMENX key newkey` */
export const renamenx = defineCommand({
  name: "RENAMENX",
  group: "generic",
  since: "1.0.0",
  summary: "Rename a key, only if the new key does not exist",
  complexity: "O(1)",
  history: [[
    "3.2.0",
    "The command no longer returns an error when source and destination names are the same.",
  ]],
  deprecated: null,
  arity: 3,
  flags: ["write", "fast"],
  categories: ["keyspace"],
  tips: [],
  keys: [oneKey(1, "RW", "access", "delete"), oneKey(2, "OW", "insert")],
  arguments: [
    { name: "key", type: "key", keySpecification: 0 },
    { name: "newkey", type: "key", keySpecification: 1 },
  ],
  subcommands: [],
  run(context) {
    context.reply.integer(renameKey(context, false) ? 1 : 0);
  },
});
