/**
 * SISMEMBER and SMISMEMBER.
 *
 * @module
 */

import type { CommandContext } from "../context.ts";
import { defineCommand, oneKey } from "../define.ts";
import { readSet } from "./_internal.ts";

/** `SISMEMBER key member` */
export const sismember = defineCommand({
  name: "SISMEMBER",
  group: "set",
  since: "1.0.0",
  summary: "Determine if a given value is a member of a set",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 3,
  flags: ["readonly", "fast"],
  categories: ["set"],
  tips: [],
  keys: [oneKey(1, "RO")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, { name: "member", type: "string" }],
  subcommands: [],
  run(context) {
    replyMembership(context, readSet(context, 1), 2);
  },
});

/** `SMISMEMBER key member [member ...]` */
export const smismember = defineCommand({
  name: "SMISMEMBER",
  group: "set",
  since: "6.2.0",
  summary: "Returns the membership associated with the given elements for a set",
  complexity: "O(N) where N is the number of elements being checked for membership",
  history: [],
  deprecated: null,
  arity: -3,
  flags: ["readonly", "fast"],
  categories: ["set"],
  tips: [],
  keys: [oneKey(1, "RO", "access")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, {
    name: "member",
    type: "string",
    multiple: true,
  }],
  subcommands: [],
  run(context) {
    const { args, reply } = context;
    const entry = readSet(context, 1);
    reply.array(args.count - 2);
    for (let i = 2; i < args.count; i++) replyMembership(context, entry, i);
  },
});

/** Replies whether argument `i` is a member of a set, 0: of none. */
function replyMembership({ args, keyspace, reply }: CommandContext, entry: number, i: number): void {
  const isMember = entry !== 0 && keyspace.sets.has(entry, args.bytes, args.start(i), args.end(i));
  reply.integer(isMember ? 1 : 0);
}
