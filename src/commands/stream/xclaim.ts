/**
 * XCLAIM.
 *
 * @module
 */

import { invalidClaimArgument, unrecognizedClaimOption } from "../../base/errors.ts";
import { StreamId } from "../../store/types/stream_id.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand, oneKey } from "../define.ts";
import { parseId, replyEntryWithId, replyId, requireGroup, streamOf } from "./_internal.ts";
import { assignEntry, recordClaim, recordDelivered } from "./consumers.ts";

/** What is asked for. */
interface ClaimOptions {
  readonly ids: readonly StreamId[];
  /** For how many milliseconds an entry must not have been delivered. */
  readonly idle: number;
  /** When it is to have been delivered, milliseconds since the epoch. */
  readonly deliveredAt: number;
  /** How often it is to have been delivered, -1: once more than before. */
  readonly deliveries: bigint;
  readonly force: boolean;
  readonly justId: boolean;
  readonly lastId: StreamId;
}

/** XCLAIM. */
export const xclaim = defineCommand({
  name: "XCLAIM",
  group: "stream",
  since: "5.0.0",
  summary:
    "Changes (or acquires) ownership of a message in a consumer group, as if the message was delivered to the specified consumer.",
  complexity: "O(log N) with N being the number of messages in the PEL of the consumer group.",
  history: [],
  deprecated: null,
  arity: -6,
  flags: ["write", "fast"],
  categories: ["stream"],
  tips: ["nondeterministic_output"],
  keys: [oneKey(1, "RW", "update")],
  arguments: [
    { name: "key", type: "key", keySpecification: 0 },
    { name: "group", type: "string" },
    { name: "consumer", type: "string" },
    { name: "min-idle-time", type: "string" },
    { name: "id", type: "string", multiple: true },
    { name: "ms", type: "integer", token: "IDLE", optional: true },
    { name: "unix-time-milliseconds", type: "unix-time", token: "TIME", optional: true },
    { name: "count", type: "integer", token: "RETRYCOUNT", optional: true },
    { name: "force", type: "pure-token", token: "FORCE", optional: true },
    { name: "justid", type: "pure-token", token: "JUSTID", optional: true },
    { name: "id", type: "string", token: "LASTID", optional: true },
  ],
  subcommands: [],
  run(context) {
    const { keyspace, reply } = context;
    const { groups } = keyspace.streams;
    const streamEntry = context.read(1);
    const stream = streamOf(context, streamEntry);
    const group = requireGroup(context, stream);
    const options = parse(context);

    context.ownEffect = true;
    context.database.willChange(streamEntry);
    const named = { group, key: 1, name: 2 };
    const delivered = new StreamId();
    groups.readDelivered(group, delivered);
    const dirty = keyspace.dirty;
    const isAhead = options.lastId.compare(delivered) > 0;
    if (isAhead) groups.setDelivered(group, options.lastId);
    const claimed = options.ids.filter((id) => claim(context, stream, named, id, options));
    if (isAhead && keyspace.dirty === dirty) {
      recordDelivered(context, named);
      keyspace.dirty++;
    }
    reply.array(claimed.length);
    for (const id of claimed) {
      if (options.justId) replyId(reply, id);
      else replyEntryWithId(context, stream, id);
    }
  },
});

function parse({ args, keyspace: { now } }: CommandContext): ClaimOptions {
  const idle = Math.max(0, args.integer(4, invalidClaimArgument("min-idle-time", "XCLAIM")));
  const ids: StreamId[] = [];
  let i = 5;
  for (; i < args.count; i++) {
    const id = new StreamId();
    if (!id.parse(args.bytes, args.start(i), args.end(i))) break;
    ids.push(id);
  }
  let deliveredAt = -1;
  let deliveries = -1n;
  let force = false;
  let justId = false;
  const lastId = new StreamId();
  for (; i < args.count; i++) {
    const more = i + 1 < args.count;
    if (args.is(i, "FORCE")) force = true;
    else if (args.is(i, "JUSTID")) justId = true;
    else if (more && args.is(i, "IDLE")) {
      deliveredAt = now - args.integer(++i, invalidClaimArgument("IDLE option", "XCLAIM"));
    } else if (more && args.is(i, "TIME")) {
      deliveredAt = args.integer(++i, invalidClaimArgument("TIME option", "XCLAIM"));
    } else if (more && args.is(i, "RETRYCOUNT")) {
      deliveries = args.int64(++i, invalidClaimArgument("RETRYCOUNT option", "XCLAIM"));
    } else if (more && args.is(i, "LASTID")) parseId(args, ++i, lastId);
    else throw unrecognizedClaimOption(args.text(i));
  }
  // A client may compute the time from a clock of its own: one that cannot be is not worth an error.
  if (deliveredAt < 0 || deliveredAt > now) deliveredAt = now;
  return { ids, idle, deliveredAt, deliveries, force, justId, lastId };
}

/** Makes an entry pending for the consumer; false where it does not exist, or is not to be claimed. */
function claim(
  context: CommandContext,
  stream: number,
  named: { group: number; key: number; name: number },
  id: StreamId,
  options: ClaimOptions,
): boolean {
  const { keyspace } = context;
  const { groups } = keyspace.streams;
  const found = groups.findPending(named.group, id);
  if (!keyspace.streams.has(stream, id)) {
    if (found !== 0) {
      recordClaim(context, named, id, found);
      keyspace.dirty++;
      groups.acknowledge(named.group, id, found);
    }
    return false;
  }
  if (found === 0 && !options.force) return false;
  if (found !== 0 && options.idle > 0 && keyspace.now - groups.deliveredAt(found) < options.idle) {
    return false;
  }
  const pending = assignEntry(context, named, 3, id, found);
  groups.setDeliveredAt(pending, options.deliveredAt);
  if (options.deliveries >= 0n) groups.setDeliveries(pending, options.deliveries);
  else if (!options.justId) groups.countDelivery(pending);
  recordClaim(context, named, id, pending);
  keyspace.dirty++;
  return true;
}
