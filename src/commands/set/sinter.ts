/**
 * SINTER, SINTERCARD and SINTERSTORE.
 *
 * @module
 */

import {
  CARDINALITY_LIMIT_NEGATIVE,
  NUMKEYS_NOT_POSITIVE,
  SYNTAX,
  TOO_MANY_NUMKEYS,
} from "../../base/errors.ts";
import { isInt64Text } from "../../base/numbers.ts";
import { ENCODING_INTSET, ENCODING_LISTPACK } from "../../store/entry.ts";
import type { SetCursor } from "../../store/types/set_cursor.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand, keysFrom, numkeysKeys, oneKey } from "../define.ts";
import { prepareSet, readSets, replyMember, replyMembers, storeNothing, storeSet } from "./_internal.ts";

/** `SINTER key [key ...]` */
export const sinter = defineCommand({
  name: "SINTER",
  group: "set",
  since: "1.0.0",
  summary: "Intersect multiple sets",
  complexity: "O(N*M) worst case where N is the cardinality of the smallest set and M is the number of sets.",
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
    const { args, keyspace, reply } = context;
    const { sets } = keyspace;
    const sources = smallestFirst(context, readSets(context, 1, args.count - 1));
    if (sources.length < 2) return replyMembers(context, sources.length === 0 ? 0 : sources[0]);
    const found: number[] = [];
    eachCommon(context, sources, (member) => found.push(member.handle) > 0);
    reply.set(found.length);
    for (const handle of found) {
      sets.locate(sources[0], handle);
      replyMember(reply, sets.shared);
    }
  },
});

/** `SINTERCARD numkeys key [key ...] [LIMIT limit]` */
export const sintercard = defineCommand({
  name: "SINTERCARD",
  group: "set",
  since: "7.0.0",
  summary: "Intersect multiple sets and return the cardinality of the result",
  complexity: "O(N*M) worst case where N is the cardinality of the smallest set and M is the number of sets.",
  history: [],
  deprecated: null,
  arity: -3,
  flags: ["readonly"],
  categories: ["set"],
  tips: [],
  keys: [numkeysKeys(1, "RO", "access")],
  arguments: [{ name: "numkeys", type: "integer" }, {
    name: "key",
    type: "key",
    keySpecification: 0,
    multiple: true,
  }, { name: "limit", type: "integer", token: "LIMIT", optional: true }],
  subcommands: [],
  run(context) {
    const { args, keyspace, reply } = context;
    const numkeys = args.integerBetween(1, 1, Infinity, NUMKEYS_NOT_POSITIVE);
    if (numkeys > args.count - 2) throw TOO_MANY_NUMKEYS;
    let limit = 0;
    for (let i = 2 + numkeys; i < args.count; i += 2) {
      if (!args.is(i, "LIMIT") || i + 1 === args.count) throw SYNTAX;
      limit = args.integerBetween(i + 1, 0, Infinity, CARDINALITY_LIMIT_NEGATIVE);
    }
    if (limit === 0) limit = Infinity;
    const sources = smallestFirst(context, readSets(context, 2, 1 + numkeys));
    if (sources.length === 0) return reply.integer(0);
    if (sources.length === 1) return reply.integer(Math.min(limit, keyspace.sets.count(sources[0])));
    let count = 0;
    eachCommon(context, sources, () => ++count < limit);
    reply.integer(count);
  },
});

/** `SINTERSTORE destination key [key ...]` */
export const sinterstore = defineCommand({
  name: "SINTERSTORE",
  group: "set",
  since: "1.0.0",
  summary: "Intersect multiple sets and store the resulting set in a key",
  complexity: "O(N*M) worst case where N is the cardinality of the smallest set and M is the number of sets.",
  history: [],
  deprecated: null,
  arity: -3,
  flags: ["write", "denyoom"],
  categories: ["set"],
  tips: [],
  keys: [oneKey(1, "RW", "update"), keysFrom(2, 1, "RO", "access")],
  arguments: [{ name: "destination", type: "key", keySpecification: 0 }, {
    name: "key",
    type: "key",
    keySpecification: 1,
    multiple: true,
  }],
  subcommands: [],
  run(context) {
    const { args, entries, keyspace } = context;
    const { sets } = keyspace;
    const sources = smallestFirst(context, readSets(context, 2, args.count - 1));
    if (sources.length === 0) return storeNothing(context);
    const isIntset = entries.encoding(sources[0]) === ENCODING_INTSET;
    const made = prepareSet(context, 1, isIntset ? ENCODING_INTSET : ENCODING_LISTPACK);
    let onlyIntegers = true;
    try {
      eachCommon(context, sources, ({ page, at, length }) => {
        onlyIntegers &&= isInt64Text(page, at, at + length);
        return sets.add(made, page, at, at + length);
      });
      if (onlyIntegers) sets.makeIntset(made);
    } catch (error) {
      entries.free(made);
      throw error;
    }
    storeSet(context, made, "sinterstore");
  },
});

/** The sets without repetitions, the smallest first; none where one of them is empty, so that they have nothing in common. */
function smallestFirst({ keyspace }: CommandContext, sources: readonly number[]): number[] {
  if (sources.includes(0)) return [];
  return [...new Set(sources)].sort((a, b) => keyspace.sets.count(a) - keyspace.sets.count(b));
}

/** Passes the members of the first set that are in all others too, until `visit` returns false. */
function eachCommon(
  { keyspace }: CommandContext,
  sources: readonly number[],
  visit: (member: SetCursor) => boolean,
): void {
  const { sets } = keyspace;
  const member = sets.shared;
  for (let more = sets.first(sources[0], member); more; more = member.next()) {
    let i = 1;
    while (i < sources.length && sets.has(sources[i], member.page, member.at, member.at + member.length)) i++;
    if (i === sources.length && !visit(member)) return;
  }
}
