/**
 * SDIFF and SDIFFSTORE.
 *
 * @module
 */

import { ENCODING_INTSET } from "../../store/entry.ts";
import type { SetCursor } from "../../store/types/set_cursor.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand, keysFrom, oneKey } from "../define.ts";
import { prepareSet, readSets, replyMember, replyMembers, storeNothing, storeSet } from "./_internal.ts";

/** `SDIFF key [key ...]` */
export const sdiff = defineCommand({
  name: "SDIFF",
  group: "set",
  since: "1.0.0",
  summary: "Subtract multiple sets",
  complexity: "O(N) where N is the total number of elements in all given sets.",
  history: [],
  deprecated: null,
  arity: -2,
  flags: ["readonly"],
  categories: ["set"],
  tips: ["nondeterministic_output_order"],
  keys: [keysFrom(1, 1, "RO", "access")],
  arguments: [{ name: "key", type: "key", keySpecification: 0, multiple: true }],
  subcommands: [],
  run(context) {
    const { args, entries, keyspace, reply } = context;
    const { sets } = keyspace;
    const sources = readSets(context, 1, args.count - 1);
    const subtrahends = subtrahendsOf(context, sources);
    const [minuend] = sources;
    if (subtrahends === null) return reply.set(0);
    if (subtrahends.length === 0) return replyMembers(context, minuend);
    if (!isQuickToLookUp(context, minuend, subtrahends)) {
      const made = difference(context, minuend, subtrahends);
      replyMembers(context, made);
      return entries.free(made);
    }
    const found: number[] = [];
    eachMissing(context, minuend, subtrahends, (member) => found.push(member.handle));
    reply.set(found.length);
    for (const handle of found) {
      sets.locate(minuend, handle);
      replyMember(reply, sets.shared);
    }
  },
});

/** `SDIFFSTORE destination key [key ...]` */
export const sdiffstore = defineCommand({
  name: "SDIFFSTORE",
  group: "set",
  since: "1.0.0",
  summary: "Subtract multiple sets and store the resulting set in a key",
  complexity: "O(N) where N is the total number of elements in all given sets.",
  history: [],
  deprecated: null,
  arity: -3,
  flags: ["write", "denyoom"],
  categories: ["set"],
  tips: [],
  keys: [oneKey(1, "OW", "update"), keysFrom(2, 1, "RO", "access")],
  arguments: [{ name: "destination", type: "key", keySpecification: 0 }, {
    name: "key",
    type: "key",
    keySpecification: 1,
    multiple: true,
  }],
  subcommands: [],
  run(context) {
    const sources = readSets(context, 2, context.args.count - 1);
    const subtrahends = subtrahendsOf(context, sources);
    if (subtrahends === null) return storeNothing(context);
    storeSet(context, difference(context, sources[0], subtrahends), "sdiffstore");
  },
});

/** The sets that are subtracted from the first, without repetitions, the largest first; null where nothing is left. */
function subtrahendsOf({ keyspace }: CommandContext, sources: readonly number[]): number[] | null {
  const { sets } = keyspace;
  const [minuend, ...others] = sources;
  if (minuend === 0 || others.includes(minuend)) return null;
  return [...new Set(others)].filter((entry) => entry !== 0).sort((a, b) => sets.count(b) - sets.count(a));
}

/** Whether looking each member up in all other sets is less work than passing all their members. */
function isQuickToLookUp(
  { keyspace }: CommandContext,
  minuend: number,
  subtrahends: readonly number[],
): boolean {
  const { sets } = keyspace;
  const size = sets.count(minuend);
  let all = size;
  for (const entry of subtrahends) all += sets.count(entry);
  // A look-up is the lesser work, and where members are in common most need not be looked up everywhere.
  return size * (1 + subtrahends.length) / 2 <= all;
}

/** A prepared set of the members that are in none of the subtrahends. */
function difference(context: CommandContext, minuend: number, subtrahends: readonly number[]): number {
  const { sets } = context.keyspace;
  const made = prepareSet(context, 1, ENCODING_INTSET);
  try {
    if (isQuickToLookUp(context, minuend, subtrahends)) {
      eachMissing(
        context,
        minuend,
        subtrahends,
        ({ page, at, length }) => sets.add(made, page, at, at + length),
      );
    } else {
      subtract(context, made, minuend, subtrahends);
    }
  } catch (error) {
    context.entries.free(made);
    throw error;
  }
  return made;
}

/** Passes the members that are in none of the subtrahends. */
function eachMissing(
  { keyspace }: CommandContext,
  minuend: number,
  subtrahends: readonly number[],
  visit: (member: SetCursor) => void,
): void {
  const { sets } = keyspace;
  const member = sets.shared;
  for (let more = sets.first(minuend, member); more; more = member.next()) {
    const { page, at, length } = member;
    let i = 0;
    while (i < subtrahends.length && !sets.has(subtrahends[i], page, at, at + length)) i++;
    if (i === subtrahends.length) visit(member);
  }
}

/** Adds all members to `made` and removes those of the subtrahends. */
function subtract(
  { keyspace }: CommandContext,
  made: number,
  minuend: number,
  subtrahends: readonly number[],
): void {
  const { sets } = keyspace;
  const member = sets.shared;
  for (let more = sets.first(minuend, member); more; more = member.next()) {
    sets.add(made, member.page, member.at, member.at + member.length);
  }
  for (const entry of subtrahends) {
    if (sets.count(made) === 0) return;
    for (let more = sets.first(entry, member); more; more = member.next()) {
      sets.remove(made, member.page, member.at, member.at + member.length);
    }
  }
}
