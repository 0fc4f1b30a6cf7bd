/**
 * XAUTOCLAIM.
 *
 * @module
 */

import { CLAIM_COUNT_NOT_POSITIVE, invalidClaimArgument, SYNTAX } from "../../base/errors.ts";
import { StreamId } from "../../store/types/stream_id.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand, oneKey } from "../define.ts";
import { parseStart, replyEntryWithId, replyId, requireGroup, streamOf } from "./_internal.ts";
import { assignEntry, recordClaim } from "./consumers.ts";

const DEFAULT_COUNT = 100;
/** The largest COUNT: Redis makes an array of as many IDs. */
const MAX_COUNT = (2 ** 63 - 1) / 16;
/** How many pending entries are looked at for each one that is asked for. */
const ATTEMPTS = 10;

/** What is asked for. */
interface Options {
  /** For how many milliseconds an entry must not have been delivered. */
  readonly idle: number;
  readonly start: StreamId;
  readonly count: number;
  readonly justId: boolean;
}

/** XAUTOCLAIM. */
export const xautoclaim = defineCommand({
  name: "XAUTOCLAIM",
  group: "stream",
  since: "6.2.0",
  summary:
    "Changes (or acquires) ownership of messages in a consumer group, as if the messages were delivered to the specified consumer.",
  complexity: "O(1) if COUNT is small.",
  history: [[
    "7.0.0",
    "Added an element to the reply array, containing deleted entries the command cleared from the PEL",
  ]],
  deprecated: null,
  arity: -6,
  flags: ["write", "fast"],
  categories: ["stream"],
  tips: ["nondeterministic_output"],
  keys: [oneKey(1, "RW", "delete")],
  arguments: [
    { name: "key", type: "key", keySpecification: 0 },
    { name: "group", type: "string" },
    { name: "consumer", type: "string" },
    { name: "min-idle-time", type: "string" },
    { name: "start", type: "string" },
    { name: "count", type: "integer", token: "COUNT", optional: true },
    { name: "justid", type: "pure-token", token: "JUSTID", optional: true },
  ],
  subcommands: [],
  run(context) {
    const { reply } = context;
    const entry = context.read(1);
    const options = parse(context);
    const stream = streamOf(context, entry);
    const group = requireGroup(context, stream);

    context.ownEffect = true;
    context.database.willChange(entry);
    const { claimed, deleted, next } = claimFrom(context, stream, group, options);
    reply.array(3);
    replyId(reply, next);
    reply.array(claimed.length);
    for (const id of claimed) {
      if (options.justId) replyId(reply, id);
      else replyEntryWithId(context, stream, id);
    }
    reply.array(deleted.length);
    for (const id of deleted) replyId(reply, id);
  },
});

function parse({ args }: CommandContext): Options {
  const idle = Math.max(0, args.integer(4, invalidClaimArgument("min-idle-time", "XAUTOCLAIM")));
  const start = new StreamId();
  parseStart(args, 5, start);
  let count = DEFAULT_COUNT;
  let justId = false;
  for (let i = 6; i < args.count; i++) {
    if (i + 1 < args.count && args.is(i, "COUNT")) {
      count = args.integerBetween(++i, 1, MAX_COUNT, CLAIM_COUNT_NOT_POSITIVE);
      if (count >= MAX_COUNT) throw CLAIM_COUNT_NOT_POSITIVE;
    } else if (args.is(i, "JUSTID")) justId = true;
    else throw SYNTAX;
  }
  return { idle, start, count, justId };
}

/** Claims what is pending from an ID on; also forgets those entries that do not exist any more. */
function claimFrom(
  context: CommandContext,
  stream: number,
  group: number,
  { count, idle, justId, start }: Options,
): { claimed: StreamId[]; deleted: StreamId[]; next: StreamId } {
  const { keyspace } = context;
  const { streams, now } = keyspace;
  const { groups } = streams;
  const named = { group, key: 1, name: 2 };
  const claimed: StreamId[] = [];
  const deleted: StreamId[] = [];
  const id = start.clone();
  let found = groups.pendingFrom(group, id);
  for (let tries = count * ATTEMPTS; tries > 0 && found !== 0; tries--) {
    if (claimed.length + deleted.length === count) break;
    if (!streams.has(stream, id)) {
      recordClaim(context, named, id, found);
      keyspace.dirty++;
      groups.acknowledge(group, id, found);
      deleted.push(id.clone());
    } else if (idle === 0 || now - groups.deliveredAt(found) >= idle) {
      assignEntry(context, named, 3, id, found);
      groups.setDeliveredAt(found, now);
      if (!justId) groups.countDelivery(found);
      recordClaim(context, named, id, found);
      keyspace.dirty++;
      claimed.push(id.clone());
    }
    found = id.increment() ? groups.pendingFrom(group, id) : 0;
  }
  if (found === 0) id.setMin();
  return { claimed, deleted, next: id };
}
