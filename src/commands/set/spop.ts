/**
 * SPOP.
 *
 * @module
 */

import { NOT_POSITIVE, SYNTAX } from "../../base/errors.ts";
import { EVENT_GENERIC, EVENT_SET } from "../../store/events.ts";
import { ENCODING_INTSET, ENCODING_LISTPACK } from "../../store/entry.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand, oneKey } from "../define.ts";
import { recordKeyRemoval } from "../record_key_removal.ts";
import { prepareSet, replyMember, replyMembers, writeSet } from "./_internal.ts";
import { sample } from "./sample.ts";

/** Members that one SREM names in the effect of an SPOP of several. */
const EFFECT_MEMBERS = 1024;
/** A set of which less than this part is left is made anew of what is left, so that it becomes small again. */
const REBUILT_BELOW = 5;

/** `SPOP key [count]` */
export const spop = defineCommand({
  name: "SPOP",
  group: "set",
  since: "1.0.0",
  summary: "Remove and return one or multiple random members from a set",
  complexity: "Without the count argument O(1), otherwise O(N) where N is the value of the passed count.",
  history: [["3.2.0", "Added the `count` argument."]],
  deprecated: null,
  arity: -2,
  flags: ["write", "fast"],
  categories: ["set"],
  tips: ["nondeterministic_output"],
  keys: [oneKey(1, "RW", "access", "delete")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, {
    name: "count",
    type: "integer",
    since: "3.2.0",
    optional: true,
  }],
  subcommands: [],
  run(context) {
    const { args, keyspace, reply } = context;
    const { sets } = keyspace;
    if (args.count === 3) return popSeveral(context);
    if (args.count > 3) throw SYNTAX;
    const entry = writeSet(context, 1);
    if (entry === 0) return reply.null();
    context.database.willChange(entry);
    sets.pick(entry, keyspace.random);
    const member = sets.shared;
    replyMember(reply, member);
    if (context.beginEffect(3)) {
      keyspace.effects.text("SREM");
      context.effectArgument(1);
      keyspace.effects.bytes(member.page, member.at, member.at + member.length);
    }
    sets.removePicked(entry);
    context.changed(1, EVENT_SET, "spop");
    if (sets.count(entry) === 0) context.removeEmptied(1, entry);
  },
});

function popSeveral(context: CommandContext): void {
  const { keyspace, reply } = context;
  const { sets } = keyspace;
  const count = context.args.integerBetween(2, 0, Infinity, NOT_POSITIVE);
  const entry = writeSet(context, 1);
  if (entry === 0 || count === 0) return reply.set(0);
  const size = sets.count(entry);
  if (count >= size) return popAll(context, entry, size);
  context.database.willChange(entry);
  const left = size - count;
  if (left * REBUILT_BELOW > count) popFew(context, entry, count);
  else popMost(context, entry, left);
  context.changed(1, EVENT_SET, "spop", count);
}

function popAll(context: CommandContext, entry: number, size: number): void {
  replyMembers(context, entry);
  recordKeyRemoval(context, "DEL");
  context.notify(1, EVENT_SET, "spop");
  context.database.remove(entry);
  context.changed(1, EVENT_GENERIC, "del", size);
}

function popFew(context: CommandContext, entry: number, count: number): void {
  const { keyspace, reply } = context;
  const { sets } = keyspace;
  reply.set(count);
  for (let i = 0; i < count; i++) {
    sets.pick(entry, keyspace.random);
    replyMember(reply, sets.shared);
    recordRemoval(context, i, count);
    sets.removePicked(entry);
  }
}

/** Chooses `left` members that stay, makes a set of them, and returns all others. */
function popMost(context: CommandContext, entry: number, left: number): void {
  const { entries, keyspace, reply } = context;
  const { sets } = keyspace;
  const isIntset = entries.encoding(entry) === ENCODING_INTSET;
  const member = sets.shared;
  const kept = prepareSet(context, 1, isIntset ? ENCODING_INTSET : ENCODING_LISTPACK);
  let handles: Set<number>;
  try {
    handles = new Set(sample(context, entry, left));
    for (const handle of handles) {
      sets.locate(entry, handle);
      sets.add(kept, member.page, member.at, member.at + member.length);
    }
  } catch (error) {
    entries.free(kept);
    throw error;
  }
  const count = sets.count(entry) - left;
  reply.set(count);
  let i = 0;
  for (let more = sets.first(entry, member); more; more = member.next()) {
    if (handles.has(member.handle)) continue;
    replyMember(reply, member);
    recordRemoval(context, i++, count);
  }
  sets.exchange(entry, kept);
  entries.free(kept);
}

/** Records that the member at which the shared cursor stands, number `i` of `count`, was removed. */
function recordRemoval(context: CommandContext, i: number, count: number): void {
  const { effects, sets } = context.keyspace;
  const place = i % EFFECT_MEMBERS;
  if (place === 0 && context.beginEffect(2 + Math.min(EFFECT_MEMBERS, count - i))) {
    effects.text("SREM");
    context.effectArgument(1);
  }
  if (!effects.active) return;
  const { page, at, length } = sets.shared;
  effects.bytes(page, at, at + length);
}
