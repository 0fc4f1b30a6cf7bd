/**
 * XPENDING.
 *
 * @module
 */

import { SYNTAX } from "../../base/errors.ts";
import { StreamId } from "../../store/types/stream_id.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand, oneKey } from "../define.ts";
import { parseEnd, parseStart, replyId, requireGroup, streamOf } from "./_internal.ts";

/** Which pending entries are asked for. */
interface Filter {
  readonly from: StreamId;
  readonly to: StreamId;
  readonly count: number;
  /** For how many milliseconds they must not have been delivered. */
  readonly idle: number;
  /** The argument that names their consumer, 0: any. */
  readonly consumer: number;
}

/** XPENDING. */
export const xpending = defineCommand({
  name: "XPENDING",
  group: "stream",
  since: "5.0.0",
  summary:
    "Return information and entries from a stream consumer group pending entries list, that are messages fetched but never acknowledged.",
  complexity:
    "O(N) with N being the number of elements returned, so asking for a small fixed number of entries per call is O(1). O(M), where M is the total number of entries scanned when used with the IDLE filter. When the command returns just the summary and the list of consumers is small, it runs in O(1) time; otherwise, an additional O(N) time for iterating every consumer.",
  history: [["6.2.0", "Added the `IDLE` option and exclusive range intervals."]],
  deprecated: null,
  arity: -3,
  flags: ["readonly"],
  categories: ["stream"],
  tips: ["nondeterministic_output"],
  keys: [oneKey(1, "RO", "access")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, { name: "group", type: "string" }, {
    name: "filters",
    type: "block",
    optional: true,
    arguments: [
      { name: "min-idle-time", type: "integer", token: "IDLE", since: "6.2.0", optional: true },
      { name: "start", type: "string" },
      { name: "end", type: "string" },
      { name: "count", type: "integer" },
      { name: "consumer", type: "string", optional: true },
    ],
  }],
  subcommands: [],
  run(context) {
    const { args } = context;
    const filter = args.count === 3 ? null : parseFilter(context);
    const group = requireGroup(context, streamOf(context, context.read(1)));
    if (filter === null) replySummary(context, group);
    else replyPending(context, group, filter);
  },
});

function parseFilter({ args }: CommandContext): Filter {
  if (args.count < 6 || args.count > 9) throw SYNTAX;
  const hasIdle = args.is(3, "IDLE");
  const idle = hasIdle ? args.integer(4) : 0;
  if (hasIdle && args.count < 8) throw SYNTAX;
  const start = hasIdle ? 5 : 3;
  const count = Math.max(0, args.integer(start + 2));
  const from = new StreamId();
  const to = new StreamId();
  parseStart(args, start, from);
  parseEnd(args, start + 1, to);
  return { from, to, count, idle, consumer: start + 3 < args.count ? start + 3 : 0 };
}

/** Replies how many entries are pending, the first and the last one, and how many each consumer has. */
function replySummary({ keyspace: { streams: { groups } }, reply }: CommandContext, group: number): void {
  const id = new StreamId();
  reply.array(4);
  reply.integer(groups.pendingCount(group));
  if (!groups.pendingEdge(group, "first", id)) {
    reply.null();
    reply.null();
    reply.nullArray();
    return;
  }
  replyId(reply, id);
  groups.pendingEdge(group, "last", id);
  replyId(reply, id);
  const consumers = groups.consumers(group).filter((consumer) => groups.pendingCount(consumer) > 0);
  reply.array(consumers.length);
  for (const consumer of consumers) {
    reply.array(2);
    groups.locateConsumerName(consumer);
    reply.bulk(groups.page, groups.at, groups.at + groups.length);
    reply.bulkInteger(groups.pendingCount(consumer));
  }
}

function replyPending(context: CommandContext, group: number, filter: Filter): void {
  const { args, keyspace: { now, streams: { groups } }, reply } = context;
  let block = group;
  if (filter.consumer > 0) {
    block = groups.findConsumer(group, args.bytes, args.start(filter.consumer), args.end(filter.consumer));
    if (block === 0) return reply.array(0);
  }
  const found: { entry: number; id: StreamId }[] = [];
  groups.forEachPending(block, filter.from, (entry, id) => {
    if (found.length >= filter.count || id.compare(filter.to) > 0) return false;
    const isIdle = filter.idle === 0 || now - groups.deliveredAt(entry) >= filter.idle;
    if (isIdle) found.push({ entry, id: id.clone() });
    return true;
  });
  reply.array(found.length);
  for (const { entry, id } of found) {
    reply.array(4);
    replyId(reply, id);
    groups.locateConsumerName(groups.owner(entry));
    reply.bulk(groups.page, groups.at, groups.at + groups.length);
    reply.integer(Math.max(0, now - groups.deliveredAt(entry)));
    reply.int64(groups.deliveries(entry));
  }
}
