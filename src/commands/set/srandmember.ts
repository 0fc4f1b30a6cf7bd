/**
 * SRANDMEMBER.
 *
 * @module
 */

import { notBetween, OUT_OF_MEMORY, SYNTAX } from "../../base/errors.ts";
import { MAX_INT64 } from "../../base/numbers.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand, oneKey } from "../define.ts";
import { readSet, replyMember } from "./_internal.ts";
import { sample } from "./sample.ts";

const COUNT_OUT_OF_RANGE = notBetween(-MAX_INT64, MAX_INT64);
/** A reply with repeated members may have so many bytes: a client can ask for any number of them. */
const REPLY_MAX_BYTES = 2 ** 28;

/** `SRANDMEMBER key [count]` */
export const srandmember = defineCommand({
  name: "SRANDMEMBER",
  group: "set",
  since: "1.0.0",
  summary: "Get one or multiple random members from a set",
  complexity:
    "Without the count argument O(1), otherwise O(N) where N is the absolute value of the passed count.",
  history: [["2.6.0", "Added the optional `count` argument."]],
  deprecated: null,
  arity: -2,
  flags: ["readonly"],
  categories: ["set"],
  tips: ["nondeterministic_output"],
  keys: [oneKey(1, "RO", "access")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, {
    name: "count",
    type: "integer",
    since: "2.6.0",
    optional: true,
  }],
  subcommands: [],
  run(context) {
    const { args, keyspace, reply } = context;
    const { sets } = keyspace;
    if (args.count === 3) return replySeveral(context);
    if (args.count > 3) throw SYNTAX;
    const entry = readSet(context, 1);
    if (entry === 0) return reply.null();
    sets.pick(entry, keyspace.random);
    replyMember(reply, sets.shared);
  },
});

function replySeveral(context: CommandContext): void {
  const { args, keyspace, reply } = context;
  const { sets } = keyspace;
  const exact = args.int64(2);
  if (exact < -MAX_INT64) throw COUNT_OUT_OF_RANGE;
  const entry = readSet(context, 1);
  if (entry === 0 || exact === 0n) return reply.array(0);
  const count = Number(exact);
  if (count < 0) return replyWithRepeats(context, entry, -count);
  const size = sets.count(entry);
  if (count < size) {
    reply.array(count);
    for (const handle of sample(context, entry, count)) {
      sets.locate(entry, handle);
      replyMember(reply, sets.shared);
    }
    return;
  }
  const cursor = sets.shared;
  reply.array(size);
  for (let more = sets.first(entry, cursor); more; more = cursor.next()) replyMember(reply, cursor);
}

function replyWithRepeats({ keyspace, reply }: CommandContext, entry: number, count: number): void {
  const { random, sets } = keyspace;
  const limit = reply.size + REPLY_MAX_BYTES;
  reply.array(count);
  for (let i = 0; i < count; i++) {
    sets.pick(entry, random);
    replyMember(reply, sets.shared);
    if (reply.size > limit) throw OUT_OF_MEMORY;
  }
}
