/**
 * SMOVE.
 *
 * @module
 */

import { WRONG_TYPE } from "../../base/errors.ts";
import { TYPE_SET } from "../../store/entry.ts";
import { EVENT_NEW, EVENT_SET } from "../../store/events.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand, oneKey } from "../define.ts";
import { prepareSet } from "./_internal.ts";

/** `SMOVE source destination member` */
export const smove = defineCommand({
  name: "SMOVE",
  group: "set",
  since: "1.0.0",
  summary: "Move a member from one set to another",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 4,
  flags: ["write", "fast"],
  categories: ["set"],
  tips: [],
  keys: [oneKey(1, "RW", "access", "delete"), oneKey(2, "RW", "insert")],
  arguments: [{ name: "source", type: "key", keySpecification: 0 }, {
    name: "destination",
    type: "key",
    keySpecification: 1,
  }, { name: "member", type: "string" }],
  subcommands: [],
  run(context) {
    const { args, database, entries, keyspace, reply } = context;
    const { sets } = keyspace;
    const { bytes } = args;
    const source = context.write(1);
    const destination = context.write(2);
    if (source === 0) return reply.integer(0);
    if (entries.type(source) !== TYPE_SET) throw WRONG_TYPE;
    if (destination !== 0 && entries.type(destination) !== TYPE_SET) throw WRONG_TYPE;
    const isMember = sets.has(source, bytes, args.start(3), args.end(3));
    if (source === destination || !isMember) return reply.integer(isMember ? 1 : 0);
    // What may fail for want of memory comes first, what cannot afterwards.
    const added = destination === 0 ? create(context) : extend(context, destination);
    database.willChange(source);
    sets.remove(source, bytes, args.start(3), args.end(3));
    context.changed(1, EVENT_SET, "srem");
    if (sets.count(source) === 0) context.removeEmptied(1, source);
    if (destination === 0) context.notify(2, EVENT_NEW, "new");
    if (added) context.changed(2, EVENT_SET, "sadd");
    reply.integer(1);
  },
});

/** Puts a set with the member under the destination. That the key is new is told later, as Redis does. */
function create(context: CommandContext): boolean {
  const { args, database, entries, keyspace } = context;
  const { events, sets } = keyspace;
  const { bytes } = args;
  const made = prepareSet(context, 2, sets.encodingFor(bytes, args.start(3), args.end(3), 1));
  try {
    sets.add(made, bytes, args.start(3), args.end(3));
  } catch (error) {
    entries.free(made);
    throw error;
  }
  const { mask } = events;
  events.mask = mask & ~EVENT_NEW;
  try {
    database.place(made);
  } finally {
    events.mask = mask;
  }
  return true;
}

function extend({ args, database, keyspace }: CommandContext, destination: number): boolean {
  database.willChange(destination);
  return keyspace.sets.add(destination, args.bytes, args.start(3), args.end(3));
}
