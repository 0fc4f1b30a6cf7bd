/**
 * SADD.
 *
 * @module
 */

import { EVENT_SET } from "../../store/events.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand, oneKey } from "../define.ts";
import { prepareSet, writeSet } from "./_internal.ts";

/** `SADD key member [member ...]` */
export const sadd = defineCommand({
  name: "SADD",
  group: "set",
  since: "1.0.0",
  summary: "Add one or more members to a set",
  complexity:
    "O(1) for each element added, so O(N) to add N elements when the command is called with multiple arguments.",
  history: [["2.4.0", "Accepts multiple `member` arguments."]],
  deprecated: null,
  arity: -3,
  flags: ["write", "denyoom", "fast"],
  categories: ["set"],
  tips: [],
  keys: [oneKey(1, "RW", "insert")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, {
    name: "member",
    type: "string",
    multiple: true,
  }],
  subcommands: [],
  run(context) {
    const entry = writeSet(context, 1);
    const added = entry === 0 ? create(context) : extend(context, entry);
    if (added > 0) context.changed(1, EVENT_SET, "sadd", added);
    context.reply.integer(added);
  },
});

/** Makes a set of the members; returns how many it has. */
function create(context: CommandContext): number {
  const { args, database, entries, keyspace } = context;
  const { sets } = keyspace;
  const { bytes, count } = args;
  const made = prepareSet(context, 1, sets.encodingFor(bytes, args.start(2), args.end(2), count - 2));
  try {
    for (let i = 2; i < count; i++) sets.add(made, bytes, args.start(i), args.end(i));
  } catch (error) {
    entries.free(made);
    throw error;
  }
  const added = sets.count(made);
  database.place(made);
  return added;
}

/** Adds the members to a set; returns how many were not there yet. */
function extend(context: CommandContext, entry: number): number {
  const { args, keyspace } = context;
  const { sets } = keyspace;
  const { bytes, count } = args;
  context.database.willChange(entry);
  sets.expect(entry, count - 2);
  let added = 0;
  let i = 2;
  try {
    for (; i < count; i++) {
      if (sets.add(entry, bytes, args.start(i), args.end(i))) added++;
    }
  } catch (error) {
    // Those before it have been added all the same.
    if (added > 0) {
      context.recordPart(i);
      context.changed(1, EVENT_SET, "sadd", added);
    }
    throw error;
  }
  return added;
}
