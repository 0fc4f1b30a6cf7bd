/**
 * SUNION and SUNIONSTORE.
 *
 * @module
 */

import { ENCODING_INTSET } from "../../store/entry.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand, keysFrom, oneKey } from "../define.ts";
import { prepareSet, readSets, replyMembers, storeSet } from "./_internal.ts";

/** `SUNION key [key ...]` */
export const sunion = defineCommand({
  name: "SUNION",
  group: "set",
  since: "1.0.0",
  summary: "Add multiple sets",
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
    const sources = distinct(readSets(context, 1, context.args.count - 1));
    if (sources.length < 2) return replyMembers(context, sources.length === 0 ? 0 : sources[0]);
    const made = union(context, sources);
    replyMembers(context, made);
    context.entries.free(made);
  },
});

/** `SUNIONSTORE destination key [key ...]` */
export const sunionstore = defineCommand({
  name: "SUNIONSTORE",
  group: "set",
  since: "1.0.0",
  summary: "Add multiple sets and store the resulting set in a key",
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
    const sources = distinct(readSets(context, 2, context.args.count - 1));
    storeSet(context, union(context, sources), "sunionstore");
  },
});

/** The sets that there are, without repetitions. */
function distinct(sources: readonly number[]): number[] {
  return [...new Set(sources)].filter((entry) => entry !== 0);
}

/** A prepared set of the members of all sets. */
function union(context: CommandContext, sources: readonly number[]): number {
  const { sets } = context.keyspace;
  const made = prepareSet(context, 1, ENCODING_INTSET);
  const member = sets.shared;
  try {
    for (const source of sources) {
      for (let more = sets.first(source, member); more; more = member.next()) {
        sets.add(made, member.page, member.at, member.at + member.length);
      }
    }
  } catch (error) {
    context.entries.free(made);
    throw error;
  }
  return made;
}
