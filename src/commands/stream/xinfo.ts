/**
 * XINFO: STREAM, GROUPS, CONSUMERS, HELP.
 *
 * @module
 */

import { NO_SUCH_KEY, noSuchGroup, subcommandSyntax } from "../../base/errors.ts";
import { UNKNOWN_ENTRIES_READ } from "../../store/types/stream_groups.ts";
import { StreamId } from "../../store/types/stream_id.ts";
import { groupLag } from "../../store/types/stream_lag.ts";
import { FIRST_ID, LAST_ID, MAX_DELETED_ID } from "../../store/types/stream_layout.ts";
import { RadixNodes } from "../../store/types/stream_radix.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand, oneKey } from "../define.ts";
import { replyHelp } from "../help.ts";
import { groupOf, replyEntries, replyEntry, replyId, streamOf } from "./_internal.ts";

/** Entries, and pending entries of each group and consumer, that FULL shows unless told. */
const DEFAULT_COUNT = 10;

const stream = defineCommand({
  name: "STREAM",
  group: "stream",
  since: "5.0.0",
  summary: "Get information about a stream",
  complexity: "O(1)",
  history: [["6.0.0", "Added the `FULL` modifier."], [
    "7.0.0",
    "Added the `max-deleted-entry-id`, `entries-added`, `recorded-first-entry-id`, `entries-read` and `lag` fields",
  ]],
  deprecated: null,
  arity: -3,
  flags: ["readonly"],
  categories: ["stream"],
  tips: [],
  keys: [oneKey(2, "RO", "access")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, {
    name: "full",
    type: "block",
    token: "FULL",
    optional: true,
    arguments: [{ name: "count", type: "integer", token: "COUNT", optional: true }],
  }],
  subcommands: [],
  run(context) {
    const { reply } = context;
    const count = parseFull(context);
    const found = findStream(context);
    reply.map(count === 0 ? 10 : 9);
    replyFigures(context, found);
    if (count === 0) {
      reply.bulkText("groups");
      reply.integer(context.keyspace.streams.groups.count(found));
      reply.bulkText("first-entry");
      replyEdge(context, found, false);
      reply.bulkText("last-entry");
      replyEdge(context, found, true);
    } else {
      reply.bulkText("entries");
      replyEntries(context, found, wholeInterval(), count);
      reply.bulkText("groups");
      replyGroups(context, found, count);
    }
  },
});

const groups = defineCommand({
  name: "GROUPS",
  group: "stream",
  since: "5.0.0",
  summary: "List the consumer groups of a stream",
  complexity: "O(1)",
  history: [["7.0.0", "Added the `entries-read` and `lag` fields"]],
  deprecated: null,
  arity: 3,
  flags: ["readonly"],
  categories: ["stream"],
  tips: [],
  keys: [oneKey(2, "RO", "access")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }],
  subcommands: [],
  run(context) {
    const { keyspace: { streams }, reply } = context;
    const found = findStream(context);
    const list = streams.groups.list(found);
    reply.array(list.length);
    for (const group of list) {
      reply.map(6);
      replyGroupName(context, group);
      reply.bulkText("consumers");
      reply.integer(streams.groups.consumerCount(group));
      reply.bulkText("pending");
      reply.integer(streams.groups.pendingCount(group));
      replyProgress(context, found, group);
    }
  },
});

const consumers = defineCommand({
  name: "CONSUMERS",
  group: "stream",
  since: "5.0.0",
  summary: "List the consumers in a consumer group",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 4,
  flags: ["readonly"],
  categories: ["stream"],
  tips: ["nondeterministic_output"],
  keys: [oneKey(2, "RO", "access")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, { name: "groupname", type: "string" }],
  subcommands: [],
  run(context) {
    const { args, keyspace, reply } = context;
    const { groups } = keyspace.streams;
    const group = groupOf(context, findStream(context), 3);
    if (group === 0) throw noSuchGroup(args.text(3), args.text(2));
    const list = groups.consumers(group);
    reply.array(list.length);
    for (const consumer of list) {
      reply.map(3);
      replyConsumerName(context, consumer);
      reply.bulkText("pending");
      reply.integer(groups.pendingCount(consumer));
      reply.bulkText("idle");
      reply.integer(Math.max(0, keyspace.now - groups.seen(consumer)));
    }
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
    replyHelp(context, "XINFO", [
      "CONSUMERS <key> <groupname>",
      "    Show consumers of <groupname>.",
      "GROUPS <key>",
      "    Show the stream consumer groups.",
      "STREAM <key> [FULL [COUNT <count>]",
      "    Show information about the stream.",
    ]);
  },
});

/** XINFO. */
export const xinfo = defineCommand({
  name: "XINFO",
  group: "stream",
  since: "5.0.0",
  summary: "A container for stream introspection commands",
  complexity: "Depends on subcommand.",
  history: [],
  deprecated: null,
  arity: -2,
  flags: [],
  categories: [],
  tips: [],
  keys: [],
  arguments: [],
  subcommands: [stream, groups, consumers, help],
  run: null,
});

/** The stream in argument 2, which must exist. */
function findStream(context: CommandContext): number {
  const found = streamOf(context, context.read(2));
  if (found === 0) throw NO_SUCH_KEY;
  return found;
}

/** How many entries FULL asks for, Infinity: all; 0 without FULL. */
function parseFull(context: CommandContext): number {
  const { args } = context;
  if (args.count === 3) return 0;
  findStream(context);
  const isFull = (args.count === 4 || args.count === 6) && args.is(3, "FULL");
  if (!isFull || (args.count === 6 && !args.is(4, "COUNT"))) throw subcommandSyntax("XINFO", args.text(1));
  const count = args.count === 6 ? args.integer(5) : DEFAULT_COUNT;
  return count === 0 ? Infinity : count < 0 ? DEFAULT_COUNT : count;
}

function replyFigures({ keyspace: { streams }, reply }: CommandContext, found: number): void {
  const radix = new RadixNodes();
  streams.forEachNode(found, (_, { msHigh, msLow, seqHigh, seqLow }) => {
    radix.add(msHigh, msLow, seqHigh, seqLow);
  });
  const id = new StreamId();
  const replyNamedId = (name: string, which: number) => {
    reply.bulkText(name);
    streams.readId(found, which, id);
    replyId(reply, id);
  };
  reply.bulkText("length");
  reply.integer(streams.length(found));
  reply.bulkText("radix-tree-keys");
  reply.integer(streams.nodeCount(found));
  reply.bulkText("radix-tree-nodes");
  reply.integer(radix.finish());
  replyNamedId("last-generated-id", LAST_ID);
  replyNamedId("max-deleted-entry-id", MAX_DELETED_ID);
  reply.bulkText("entries-added");
  reply.int64(streams.entriesAdded(found));
  replyNamedId("recorded-first-entry-id", FIRST_ID);
}

function wholeInterval(): { from: StreamId; to: StreamId } {
  const interval = { from: new StreamId(), to: new StreamId() };
  interval.to.setMax();
  return interval;
}

/** Replies the first or last entry, or null. */
function replyEdge({ keyspace: { streams }, reply }: CommandContext, found: number, last: boolean): void {
  const { from, to } = wholeInterval();
  const range = streams.walk(found, from, to, last);
  if (range.next()) replyEntry(reply, range);
  else reply.null();
}

/** Replies all that is known of each group, but at most `count` pending entries of it and of each consumer. */
function replyGroups(context: CommandContext, found: number, count: number): void {
  const { keyspace: { streams }, reply } = context;
  const list = streams.groups.list(found);
  reply.array(list.length);
  for (const group of list) {
    reply.map(7);
    replyGroupName(context, group);
    replyProgress(context, found, group);
    reply.bulkText("pel-count");
    reply.integer(streams.groups.pendingCount(group));
    reply.bulkText("pending");
    replyPending(context, group, count, true);
    reply.bulkText("consumers");
    replyConsumers(context, group, count);
  }
}

function replyConsumers(context: CommandContext, group: number, count: number): void {
  const { keyspace: { streams: { groups } }, reply } = context;
  const list = groups.consumers(group);
  reply.array(list.length);
  for (const consumer of list) {
    reply.map(4);
    replyConsumerName(context, consumer);
    reply.bulkText("seen-time");
    reply.integer(groups.seen(consumer));
    reply.bulkText("pel-count");
    reply.integer(groups.pendingCount(consumer));
    reply.bulkText("pending");
    replyPending(context, consumer, count, false);
  }
}

/** Replies the first pending entries of a group or a consumer. */
function replyPending(context: CommandContext, block: number, count: number, withOwner: boolean): void {
  const { keyspace: { streams: { groups } }, reply } = context;
  let left = Math.min(count, groups.pendingCount(block));
  reply.array(left);
  groups.forEachPending(block, new StreamId(), (entry, id) => {
    if (left-- === 0) return false;
    reply.array(withOwner ? 4 : 3);
    replyId(reply, id);
    if (withOwner) {
      groups.locateConsumerName(groups.owner(entry));
      reply.bulk(groups.page, groups.at, groups.at + groups.length);
    }
    reply.integer(groups.deliveredAt(entry));
    reply.int64(groups.deliveries(entry));
    return true;
  });
}

/** Replies how far a group has come: three pairs. */
function replyProgress({ keyspace: { streams }, reply }: CommandContext, found: number, group: number): void {
  const id = new StreamId();
  streams.groups.readDelivered(group, id);
  reply.bulkText("last-delivered-id");
  replyId(reply, id);
  const read = streams.groups.entriesRead(group);
  reply.bulkText("entries-read");
  if (read === UNKNOWN_ENTRIES_READ) reply.null();
  else reply.int64(read);
  const lag = groupLag(streams, found, group);
  reply.bulkText("lag");
  if (lag === null) reply.null();
  else reply.int64(lag);
}

function replyGroupName({ keyspace: { streams: { groups } }, reply }: CommandContext, group: number): void {
  reply.bulkText("name");
  groups.locateGroupName(group);
  reply.bulk(groups.page, groups.at, groups.at + groups.length);
}

function replyConsumerName(
  { keyspace: { streams: { groups } }, reply }: CommandContext,
  consumer: number,
): void {
  reply.bulkText("name");
  groups.locateConsumerName(consumer);
  reply.bulk(groups.page, groups.at, groups.at + groups.length);
}
