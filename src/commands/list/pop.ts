/**
 * LPOP and RPOP.
 *
 * @module
 */

import { NOT_POSITIVE, wrongArity } from "../../base/errors.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand, oneKey } from "../define.ts";
import { removePopped, replyElements, writeList } from "./_internal.ts";

/** `LPOP key [count]` */
export const lpop = defineCommand({
  name: "LPOP",
  group: "list",
  since: "1.0.0",
  summary: "Remove and get the first elements in a list",
  complexity: "O(N) where N is the number of elements returned",
  history: [["6.2.0", "Added the `count` argument."]],
  deprecated: null,
  arity: -2,
  flags: ["write", "fast"],
  categories: ["list"],
  tips: [],
  keys: [oneKey(1, "RW", "access", "delete")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, {
    name: "count",
    type: "integer",
    since: "6.2.0",
    optional: true,
  }],
  subcommands: [],
  run(context) {
    if (context.args.count > 3) throw wrongArity("lpop");
    pop(context, false);
  },
});

/** `RPOP key [count]` */
export const rpop = defineCommand({
  name: "RPOP",
  group: "list",
  since: "1.0.0",
  summary: "Remove and get the last elements in a list",
  complexity: "O(N) where N is the number of elements returned",
  history: [["6.2.0", "Added the `count` argument."]],
  deprecated: null,
  arity: -2,
  flags: ["write", "fast"],
  categories: ["list"],
  tips: [],
  keys: [oneKey(1, "RW", "access", "delete")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, {
    name: "count",
    type: "integer",
    since: "6.2.0",
    optional: true,
  }],
  subcommands: [],
  run(context) {
    if (context.args.count > 3) throw wrongArity("rpop");
    pop(context, true);
  },
});

function pop(context: CommandContext, fromTail: boolean): void {
  const { args, keyspace, reply } = context;
  if (args.count === 3) return popSeveral(context, fromTail);
  const entry = writeList(context, 1);
  if (entry === 0) return reply.null();
  const { lists } = keyspace;
  lists.seek(entry, fromTail ? -1 : 0);
  lists.get();
  reply.bulk(lists.page, lists.at, lists.at + lists.length);
  removePopped(context, 1, entry, fromTail, 1);
}

function popSeveral(context: CommandContext, fromTail: boolean): void {
  const { args, keyspace, reply } = context;
  const asked = args.integerBetween(2, 0, Infinity, NOT_POSITIVE);
  const entry = writeList(context, 1);
  if (entry === 0) return reply.nullArray();
  if (asked === 0) return reply.array(0);
  const count = Math.min(asked, keyspace.lists.count(entry));
  reply.array(count);
  replyElements(context, entry, fromTail ? -1 : 0, count, fromTail);
  removePopped(context, 1, entry, fromTail, count);
}
