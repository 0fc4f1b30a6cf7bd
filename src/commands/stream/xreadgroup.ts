/**
 * XREADGROUP.
 *
 * @module
 */

import { BLOCKED_GROUP_GONE, meaninglessId, noKeyOrGroup, STREAM_GONE } from "../../base/errors.ts";
import { TYPE_STREAM } from "../../store/entry.ts";
import { StreamId } from "../../store/types/stream_id.ts";
import { LAST_ID } from "../../store/types/stream_layout.ts";
import { advanceGroup } from "../../store/types/stream_lag.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand } from "../define.ts";
import { groupOf, parseId, replyEntries, replyEntryWithId, replyId, streamOf } from "./_internal.ts";
import { recordClaim, recordConsumer, recordDelivered, seenConsumer } from "./consumers.ts";
import {
  parseReadOptions,
  type ReadOptions,
  replyKey,
  replyStreams,
  waitForEntries,
} from "./read_options.ts";

/** What one of the request's streams gives. */
interface Portion {
  /** The argument that is its key. */
  readonly key: number;
  readonly stream: number;
  /** New entries: from which ID to which, and how many. */
  readonly interval: { readonly from: StreamId; readonly to: StreamId };
  readonly count: number;
  /** IDs of entries that were delivered before; null: it is new entries that are asked for. */
  readonly history: readonly StreamId[] | null;
}

/** XREADGROUP. */
export const xreadgroup = defineCommand({
  name: "XREADGROUP",
  group: "stream",
  since: "5.0.0",
  summary:
    "Return new entries from a stream using a consumer group, or access the history of the pending entries for a given consumer. Can block.",
  complexity:
    "For each stream mentioned: O(M) with M being the number of elements returned. If M is constant (e.g. always asking for the first 10 elements with COUNT), you can consider it O(1). On the other side when XREADGROUP blocks, XADD will pay the O(N) time in order to serve the N clients blocked on the stream getting new data.",
  history: [],
  deprecated: null,
  arity: -7,
  flags: ["write", "blocking"],
  categories: ["stream"],
  tips: [],
  keys: [{
    notes: null,
    flags: ["RO", "access"],
    begin: { type: "keyword", keyword: "STREAMS", from: 4 },
    find: { type: "range", last: -1, step: 1, limit: 2 },
  }],
  arguments: [
    {
      name: "group_consumer",
      type: "block",
      token: "GROUP",
      arguments: [{ name: "group", type: "string" }, { name: "consumer", type: "string" }],
    },
    { name: "count", type: "integer", token: "COUNT", optional: true },
    { name: "milliseconds", type: "integer", token: "BLOCK", optional: true },
    { name: "noack", type: "pure-token", token: "NOACK", optional: true },
    {
      name: "streams",
      type: "block",
      token: "STREAMS",
      arguments: [{ name: "key", type: "key", keySpecification: 0, multiple: true }, {
        name: "id",
        type: "string",
        multiple: true,
      }],
    },
  ],
  subcommands: [],
  run(context) {
    const options = parseReadOptions(context, true);
    context.ownEffect = true;
    if (context.readyKey !== 0) return readAfterWait(context, options);
    const { firstKey, group, keys } = options;
    const groups: number[] = [];
    const after: StreamId[] = [];
    for (let i = 0; i < keys; i++) {
      const stream = streamOf(context, context.read(firstKey + i));
      groups.push(groupOf(context, stream, group));
      if (groups[i] === 0) {
        const { args } = context;
        throw noKeyOrGroup(args.text(firstKey + i), args.text(group), " in XREADGROUP with GROUP option");
      }
      after.push(requestedId(context, firstKey + keys + i));
    }
    const portions: Portion[] = [];
    for (let i = 0; i < keys; i++) {
      const entry = context.read(firstKey + i);
      const portion = takePortion(context, options, entry, firstKey + i, groups[i], after[i]);
      if (portion !== null) portions.push(portion);
    }
    if (portions.length > 0) replyPortions(context, portions);
    else waitForEntries(context, options, []);
  },
});

/** The ID that an argument asks for; the largest one stands for `>`, entries that nobody has been given yet. */
function requestedId({ args }: CommandContext, i: number): StreamId {
  const id = new StreamId();
  const special = args.length(i) === 1 ? args.text(i) : "";
  if (special === "$") throw meaninglessId("$");
  if (special === ">") id.setMax();
  else parseId(args, i, id);
  return id;
}

/** Delivers what a stream has for the consumer; null where it has nothing new. */
function takePortion(
  context: CommandContext,
  options: ReadOptions,
  entry: number,
  key: number,
  group: number,
  after: StreamId,
): Portion | null {
  const { keyspace: { streams } } = context;
  const stream = context.entries.root(entry);
  const isHistory = !after.isMax;
  if (!isHistory) {
    const top = new StreamId();
    streams.groups.readDelivered(group, after);
    if (!streams.edge(stream, "last", top) || top.compare(after) <= 0) return null;
  }
  context.database.willChange(entry);
  return deliver(context, options, { key, stream, group, after, isHistory });
}

/** Gives the consumer the entries behind an ID. */
function deliver(
  context: CommandContext,
  options: ReadOptions,
  what: { key: number; stream: number; group: number; after: StreamId; isHistory: boolean },
): Portion {
  const { keyspace } = context;
  const { groups } = keyspace.streams;
  const { after, group, isHistory, key, stream } = what;
  const named = { group, key, name: options.group };
  const consumers = groups.consumerCount(group);
  const consumer = seenConsumer(context, named, options.group + 1);
  // Otherwise the entries that it is given name it.
  const isMade = groups.consumerCount(group) > consumers;
  if (isMade && (options.noAck || isHistory)) recordConsumer(context, named, options.group + 1);
  keyspace.dirty++;
  const from = after.clone();
  from.increment();
  if (isHistory) {
    const history = takeHistory(context, stream, consumer, from, options.count);
    return { key, stream, interval: { from, to: from }, count: history.length, history };
  }
  const to = new StreamId();
  to.setMax();
  const range = keyspace.streams.walk(stream, from, to);
  let count = 0;
  let advanced = false;
  try {
    while (count < options.count && range.next()) {
      if (!options.noAck) {
        const pending = groups.assign(group, range.id, groups.findPending(group, range.id), consumer);
        groups.setDeliveredAt(pending, keyspace.now);
        groups.setDeliveries(pending, 1n);
        advanceGroup(keyspace.streams, stream, group, range.id);
        if (keyspace.effects.active) recordClaim(context, named, range.id, pending);
      } else if (advanceGroup(keyspace.streams, stream, group, range.id)) {
        advanced = true;
      }
      to.copy(range.id);
      count++;
    }
  } finally {
    if (advanced) recordDelivered(context, named);
    if (isMade && count === 0 && !options.noAck) recordConsumer(context, named, options.group + 1);
  }
  if (count > 0) groups.setActive(consumer, keyspace.now);
  return { key, stream, interval: { from, to }, count, history: null };
}

/** IDs of what was delivered to a consumer before; what still exists of it is delivered once more. */
function takeHistory(
  context: CommandContext,
  stream: number,
  consumer: number,
  from: StreamId,
  count: number,
): StreamId[] {
  const { keyspace } = context;
  const { groups } = keyspace.streams;
  const ids: StreamId[] = [];
  groups.forEachPending(consumer, from, (entry, id) => {
    if (keyspace.streams.has(stream, id)) {
      groups.setDeliveredAt(entry, keyspace.now);
      groups.countDelivery(entry);
    }
    return ids.push(id.clone()) < count;
  });
  return ids;
}

function replyPortions(context: CommandContext, portions: readonly Portion[]): void {
  replyStreams(context, portions.length);
  for (const { count, history, interval, key, stream } of portions) {
    replyKey(context, key);
    if (history === null) replyEntries(context, stream, interval, count);
    else replyHistory(context, stream, history);
  }
}

/** Replies entries by their IDs; of those that do not exist any more, only that. */
function replyHistory(context: CommandContext, stream: number, ids: readonly StreamId[]): void {
  const { reply } = context;
  reply.array(ids.length);
  for (const id of ids) {
    if (replyEntryWithId(context, stream, id)) continue;
    reply.array(2);
    replyId(reply, id);
    reply.nullArray();
  }
}

/** Serves a client that has waited, if the key that is ready has new entries for its group. */
function readAfterWait(context: CommandContext, options: ReadOptions): void {
  const { entries, keyspace: { streams }, readyKey } = context;
  const entry = context.read(readyKey);
  if (entry === 0 || entries.type(entry) !== TYPE_STREAM) throw STREAM_GONE;
  const stream = entries.root(entry);
  const group = groupOf(context, stream, options.group);
  if (group === 0) throw BLOCKED_GROUP_GONE;
  const last = new StreamId();
  const after = new StreamId();
  streams.readId(stream, LAST_ID, last);
  streams.groups.readDelivered(group, after);
  if (last.compare(after) <= 0) return waitForEntries(context, options, []);
  context.database.willChange(entry);
  const portion = deliver(context, options, { key: readyKey, stream, group, after, isHistory: false });
  replyPortions(context, [portion]);
}
