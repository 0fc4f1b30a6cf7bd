/**
 * What XREADGROUP, XCLAIM and XAUTOCLAIM do to groups and their consumers, and the effects that this has.
 *
 * @module
 */

import { EVENT_STREAM } from "../../store/events.ts";
import { StreamId } from "../../store/types/stream_id.ts";
import type { CommandContext } from "../context.ts";

/** A group, with the arguments that name it and its stream. */
export interface NamedGroup {
  readonly group: number;
  /** The argument that is the stream's key. */
  readonly key: number;
  /** The argument that is the group's name. */
  readonly name: number;
}

/** The consumer that argument `i` names, which has now been seen; it is made where there is none. */
export function seenConsumer(context: CommandContext, { group, key }: NamedGroup, i: number): number {
  const { args, keyspace } = context;
  const { groups } = keyspace.streams;
  const start = args.start(i);
  const end = args.end(i);
  const consumer = groups.findConsumer(group, args.bytes, start, end);
  if (consumer !== 0) {
    groups.setSeen(consumer, keyspace.now);
    return consumer;
  }
  const made = groups.createConsumer(group, args.bytes, start, end, keyspace.now);
  keyspace.dirty++;
  context.notify(key, EVENT_STREAM, "xgroup-createconsumer");
  return made;
}

/**
 * Makes an entry pending for the consumer that argument `i` names; returns the pending entry.
 *
 * @param found the entry where it is pending already, for whomever; 0 where it is not
 */
export function assignEntry(
  context: CommandContext,
  named: NamedGroup,
  i: number,
  id: StreamId,
  found: number,
): number {
  const { groups } = context.keyspace.streams;
  const consumers = groups.consumerCount(named.group);
  const consumer = seenConsumer(context, named, i);
  try {
    const pending = groups.assign(named.group, id, found, consumer);
    groups.setActive(consumer, context.keyspace.now);
    return pending;
  } catch (error) {
    // The claim that would have named the consumer is not recorded.
    if (groups.consumerCount(named.group) > consumers) recordConsumer(context, named, i);
    throw error;
  }
}

/** Records that argument `i` names a consumer that has been made. */
export function recordConsumer(context: CommandContext, { key, name }: NamedGroup, i: number): void {
  if (!context.beginEffect(5)) return;
  const { effects } = context.keyspace;
  effects.text("XGROUP");
  effects.text("CREATECONSUMER");
  context.effectArgument(key);
  context.effectArgument(name);
  context.effectArgument(i);
}

/** Records what is known of a pending entry, as an XCLAIM that makes the same of it. */
export function recordClaim(
  context: CommandContext,
  { group, key, name }: NamedGroup,
  id: StreamId,
  entry: number,
): void {
  if (!context.beginEffect(14)) return;
  const { keyspace: { effects, streams: { groups } } } = context;
  const delivered = new StreamId();
  groups.readDelivered(group, delivered);
  groups.locateConsumerName(groups.owner(entry));
  effects.text("XCLAIM");
  context.effectArgument(key);
  context.effectArgument(name);
  effects.bytes(groups.page, groups.at, groups.at + groups.length);
  effects.text("0");
  effects.text(id.toString());
  effects.text("TIME");
  effects.text(String(groups.deliveredAt(entry)));
  effects.text("RETRYCOUNT");
  effects.text(String(groups.deliveries(entry)));
  effects.text("FORCE");
  effects.text("JUSTID");
  effects.text("LASTID");
  effects.text(delivered.toString());
}

/** Records how far a group has come. */
export function recordDelivered(context: CommandContext, { group, key, name }: NamedGroup): void {
  if (!context.beginEffect(7)) return;
  const { keyspace: { effects, streams: { groups } } } = context;
  const delivered = new StreamId();
  groups.readDelivered(group, delivered);
  effects.text("XGROUP");
  effects.text("SETID");
  context.effectArgument(key);
  context.effectArgument(name);
  effects.text(delivered.toString());
  effects.text("ENTRIESREAD");
  effects.text(String(groups.sayableEntriesRead(group)));
}
