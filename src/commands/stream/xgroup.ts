/**
 * XGROUP: CREATE, SETID, DESTROY, CREATECONSUMER, DELCONSUMER, HELP.
 *
 * @module
 */

import {
  ENTRIESREAD_NEGATIVE,
  GROUP_EXISTS,
  noSuchGroup,
  subcommandSyntax,
  XGROUP_WITHOUT_KEY,
} from "../../base/errors.ts";
import { ENCODING_STREAM, TYPE_STREAM } from "../../store/entry.ts";
import { EVENT_STREAM } from "../../store/events.ts";
import { StreamId } from "../../store/types/stream_id.ts";
import { LAST_ID } from "../../store/types/stream_layout.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand, oneKey } from "../define.ts";
import { replyHelp } from "../help.ts";
import { groupOf, parseId, parseStart, streamOf } from "./_internal.ts";

const create = defineCommand({
  name: "CREATE",
  group: "stream",
  since: "5.0.0",
  summary: "Create a consumer group.",
  complexity: "O(1)",
  history: [["7.0.0", "Added the `entries_read` named argument."]],
  deprecated: null,
  arity: -5,
  flags: ["write", "denyoom"],
  categories: ["stream"],
  tips: [],
  keys: [oneKey(2, "RW", "insert")],
  arguments: [
    { name: "key", type: "key", keySpecification: 0 },
    { name: "groupname", type: "string" },
    {
      name: "id",
      type: "oneof",
      arguments: [{ name: "id", type: "string" }, { name: "new_id", type: "pure-token", token: "$" }],
    },
    { name: "mkstream", type: "pure-token", token: "MKSTREAM", optional: true },
    { name: "entries_read", type: "integer", token: "ENTRIESREAD", optional: true },
  ],
  subcommands: [],
  run(context) {
    const { args, keyspace, reply } = context;
    const { groups } = keyspace.streams;
    const { entriesRead, makeStream } = parseOptions(context, true);
    const entry = context.write(2);
    const stream = streamOf(context, entry);
    if (stream === 0 && !makeStream) throw XGROUP_WITHOUT_KEY;
    if (args.count > 8) throw subcommandSyntax("XGROUP", args.text(1));
    const id = new StreamId();
    if (args.text(4) !== "$") parseId(args, 4, id);
    else if (stream !== 0) keyspace.streams.readId(stream, LAST_ID, id);

    if (stream === 0) {
      addStreamWithGroup(context, id, entriesRead);
      context.changed(2, EVENT_STREAM, "xgroup-create");
    } else {
      if (groupOf(context, stream, 3) !== 0) throw GROUP_EXISTS;
      context.database.willChange(entry);
      groups.create(stream, args.bytes, args.start(3), args.end(3), id, entriesRead);
      keyspace.dirty++;
      context.notify(2, EVENT_STREAM, "xgroup-create");
    }
    reply.ok();
  },
});

const setId = defineCommand({
  name: "SETID",
  group: "stream",
  since: "5.0.0",
  summary: "Set a consumer group to an arbitrary last delivered ID value.",
  complexity: "O(1)",
  history: [["7.0.0", "Added the optional `entries_read` argument."]],
  deprecated: null,
  arity: -5,
  flags: ["write"],
  categories: ["stream"],
  tips: [],
  keys: [oneKey(2, "RW", "update")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, { name: "groupname", type: "string" }, {
    name: "id",
    type: "oneof",
    arguments: [{ name: "id", type: "string" }, { name: "new_id", type: "pure-token", token: "$" }],
  }, { name: "entries_read", type: "integer", token: "ENTRIESREAD", optional: true }],
  subcommands: [],
  run(context) {
    const { args, keyspace, reply } = context;
    const { groups } = keyspace.streams;
    const { entriesRead } = parseOptions(context, false);
    const { entry, group, stream } = findGroup(context);
    if (args.count !== 5 && args.count !== 7) throw subcommandSyntax("XGROUP", args.text(1));
    const id = new StreamId();
    if (args.text(4) === "$") keyspace.streams.readId(stream, LAST_ID, id);
    else parseAnyId(context, id);
    context.database.willChange(entry);
    groups.setDelivered(group, id);
    groups.setEntriesRead(group, entriesRead);
    keyspace.dirty++;
    context.notify(2, EVENT_STREAM, "xgroup-setid");
    reply.ok();
  },
});

const destroy = defineCommand({
  name: "DESTROY",
  group: "stream",
  since: "5.0.0",
  summary: "Destroy a consumer group.",
  complexity: "O(N) where N is the number of entries in the group's pending entries list (PEL).",
  history: [],
  deprecated: null,
  arity: 4,
  flags: ["write"],
  categories: ["stream"],
  tips: [],
  keys: [oneKey(2, "RW", "delete")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, { name: "groupname", type: "string" }],
  subcommands: [],
  run(context) {
    const { args, database, keyspace, reply } = context;
    const entry = context.write(2);
    const stream = streamOf(context, entry);
    if (stream === 0) throw XGROUP_WITHOUT_KEY;
    const group = groupOf(context, stream, 3);
    if (group === 0) return reply.integer(0);
    database.willChange(entry);
    keyspace.streams.groups.destroy(stream, group);
    keyspace.dirty++;
    context.notify(2, EVENT_STREAM, "xgroup-destroy");
    // Whoever waits for entries for the group is to hear that it is gone.
    keyspace.events.waiters?.ready(database.index, args.bytes, args.start(2), args.end(2));
    reply.integer(1);
  },
});

const createConsumer = defineCommand({
  name: "CREATECONSUMER",
  group: "stream",
  since: "6.2.0",
  summary: "Create a consumer in a consumer group.",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 5,
  flags: ["write", "denyoom"],
  categories: ["stream"],
  tips: [],
  keys: [oneKey(2, "RW", "insert")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, { name: "groupname", type: "string" }, {
    name: "consumername",
    type: "string",
  }],
  subcommands: [],
  run(context) {
    const { args, keyspace, reply } = context;
    const { groups } = keyspace.streams;
    const { entry, group } = findGroup(context);
    if (groups.findConsumer(group, args.bytes, args.start(4), args.end(4)) !== 0) return reply.integer(0);
    context.database.willChange(entry);
    groups.createConsumer(group, args.bytes, args.start(4), args.end(4), keyspace.now);
    keyspace.dirty++;
    context.notify(2, EVENT_STREAM, "xgroup-createconsumer");
    reply.integer(1);
  },
});

const deleteConsumer = defineCommand({
  name: "DELCONSUMER",
  group: "stream",
  since: "5.0.0",
  summary: "Delete a consumer from a consumer group.",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 5,
  flags: ["write"],
  categories: ["stream"],
  tips: [],
  keys: [oneKey(2, "RW", "delete")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, { name: "groupname", type: "string" }, {
    name: "consumername",
    type: "string",
  }],
  subcommands: [],
  run(context) {
    const { args, keyspace, reply } = context;
    const { groups } = keyspace.streams;
    const { entry, group } = findGroup(context);
    const consumer = groups.findConsumer(group, args.bytes, args.start(4), args.end(4));
    if (consumer === 0) return reply.integer(0);
    const pending = groups.pendingCount(consumer);
    context.database.willChange(entry);
    groups.deleteConsumer(group, consumer);
    keyspace.dirty++;
    context.notify(2, EVENT_STREAM, "xgroup-delconsumer");
    reply.integer(pending);
  },
});

const help = defineCommand({
  name: "HELP",
  group: "stream",
  since: "5.0.0",
  summary: "Show helpful text about the different subcommands",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 2,
  flags: ["loading", "stale"],
  categories: ["stream"],
  tips: [],
  keys: [],
  arguments: [],
  subcommands: [],
  run(context) {
    replyHelp(context, "XGROUP", [
      "CREATE <key> <groupname> <id|$> [option]",
      "    Create a new consumer group. Options are:",
      "    * MKSTREAM",
      "      Create the empty stream if it does not exist.",
      "    * ENTRIESREAD entries_read",
      "      Set the group's entries_read counter (internal use).",
      "CREATECONSUMER <key> <groupname> <consumer>",
      "    Create a new consumer in the specified group.",
      "DELCONSUMER <key> <groupname> <consumer>",
      "    Remove the specified consumer.",
      "DESTROY <key> <groupname>",
      "    Remove the specified group.",
      "SETID <key> <groupname> <id|$> [ENTRIESREAD entries_read]",
      "    Set the current group ID and entries_read counter.",
    ]);
  },
});

/** XGROUP. */
export const xgroup = defineCommand({
  name: "XGROUP",
  group: "stream",
  since: "5.0.0",
  summary: "A container for consumer groups commands",
  complexity: "Depends on subcommand.",
  history: [],
  deprecated: null,
  arity: -2,
  flags: [],
  categories: [],
  tips: [],
  keys: [],
  arguments: [],
  subcommands: [create, setId, destroy, createConsumer, deleteConsumer, help],
  run: null,
});

/** Reads the options of CREATE or SETID. */
function parseOptions(
  { args }: CommandContext,
  creates: boolean,
): { entriesRead: bigint; makeStream: boolean } {
  let entriesRead = -1n;
  let makeStream = false;
  for (let i = 5; i < args.count; i++) {
    if (creates && args.is(i, "MKSTREAM")) {
      makeStream = true;
    } else if (i + 1 < args.count && args.is(i, "ENTRIESREAD")) {
      entriesRead = args.int64(++i);
      if (entriesRead < -1n) throw ENTRIESREAD_NEGATIVE;
    } else {
      throw subcommandSyntax("XGROUP", args.text(1));
    }
  }
  return { entriesRead, makeStream };
}

/** The group that a request is about, which must exist. */
function findGroup(context: CommandContext): { entry: number; stream: number; group: number } {
  const entry = context.write(2);
  const stream = streamOf(context, entry);
  if (stream === 0) throw XGROUP_WITHOUT_KEY;
  const group = groupOf(context, stream, 3);
  if (group === 0) throw noSuchGroup(context.args.text(3), context.args.text(2));
  return { entry, stream, group };
}

/** Reads argument 4, an ID, `-` or `+`. */
function parseAnyId({ args }: CommandContext, id: StreamId): void {
  const text = args.text(4);
  if (text === "-" || text === "+") parseStart(args, 4, id);
  else parseId(args, 4, id);
}

/** Makes a stream without entries that has the group. */
function addStreamWithGroup(context: CommandContext, id: StreamId, entriesRead: bigint): void {
  const { args, database, entries, keyspace: { streams } } = context;
  const { bytes } = args;
  const stream = streams.create();
  const made = database.prepare(
    bytes,
    args.start(2),
    args.end(2),
    TYPE_STREAM,
    ENCODING_STREAM,
    stream,
  );
  try {
    streams.groups.create(stream, bytes, args.start(3), args.end(3), id, entriesRead);
  } catch (error) {
    entries.free(made);
    throw error;
  }
  database.place(made);
}
