/**
 * The options of XREAD and XREADGROUP.
 *
 * @module
 */

import {
  blockInScript,
  GROUP_IN_XREAD,
  NOACK_IN_XREAD,
  SYNTAX,
  TIMEOUT_NEGATIVE,
  TIMEOUT_NOT_AN_INTEGER,
  UNBALANCED_STREAMS,
  XREADGROUP_WITHOUT_GROUP,
} from "../../base/errors.ts";
import { TYPE_STREAM } from "../../store/entry.ts";
import type { CommandContext, Wait } from "../context.ts";

/** Entries of a stream that a client gets at most when it has waited and has not said how many it wants. */
const COUNT_AFTER_WAIT = 1000;

/** What a request asks for. */
export interface ReadOptions {
  /** Entries of each stream at most, Infinity: all. */
  readonly count: number;
  /** When to give up waiting, milliseconds since the epoch, 0: never; null: does not wait. */
  readonly until: number | null;
  /** The argument that is the first key. */
  readonly firstKey: number;
  /** Number of keys; as many IDs follow them. */
  readonly keys: number;
  /** The argument that names the group; the consumer follows. 0: none. */
  readonly group: number;
  readonly noAck: boolean;
}

/**
 * Reads the options, of XREADGROUP where `ofGroup` says so.
 *
 * @throws {WireError} where they are wrong
 */
export function parseReadOptions(context: CommandContext, ofGroup: boolean): ReadOptions {
  const { args, keyspace } = context;
  let count = 0;
  let until: number | null = null;
  let firstKey = 0;
  let group = 0;
  let noAck = false;
  for (let i = 1; i < args.count && firstKey === 0; i++) {
    const more = args.count - i - 1;
    if (more > 0 && args.is(i, "BLOCK")) {
      if (context.inScript) throw blockInScript(args.text(0));
      const timeout = args.integer(++i, TIMEOUT_NOT_AN_INTEGER);
      if (timeout < 0) throw TIMEOUT_NEGATIVE;
      until = timeout === 0 ? 0 : keyspace.now + timeout;
    } else if (more > 0 && args.is(i, "COUNT")) {
      count = args.integer(++i);
    } else if (more > 0 && args.is(i, "STREAMS")) {
      if (more % 2 !== 0) throw UNBALANCED_STREAMS;
      firstKey = i + 1;
    } else if (more > 1 && args.is(i, "GROUP")) {
      if (!ofGroup) throw GROUP_IN_XREAD;
      group = i + 1;
      i += 2;
    } else if (args.is(i, "NOACK")) {
      if (!ofGroup) throw NOACK_IN_XREAD;
      noAck = true;
    } else {
      throw SYNTAX;
    }
  }
  if (firstKey === 0) throw SYNTAX;
  if (ofGroup && group === 0) throw XREADGROUP_WITHOUT_GROUP;
  const whenNone = context.readyKey === 0 ? Infinity : COUNT_AFTER_WAIT;
  return {
    count: count <= 0 ? whenNone : count,
    until,
    firstKey,
    keys: (args.count - firstKey) / 2,
    group,
    noAck,
  };
}

/** Makes the client wait, or replies that there is nothing where it does not want to or cannot. */
export function waitForEntries(
  context: CommandContext,
  { firstKey, group, keys, until }: ReadOptions,
  replaced: Wait["replaced"],
): void {
  const waits = until !== null && context.block({
    type: TYPE_STREAM,
    firstKey,
    lastKey: firstKey + keys - 1,
    until,
    onTimeout: "nullArray",
    evenIfGone: group !== 0,
    replaced,
  });
  if (!waits) context.reply.nullArray();
}

/** Replies how many streams follow, each beginning with `replyKey`. */
export function replyStreams({ reply }: CommandContext, count: number): void {
  if (reply.protocol === 3) reply.map(count);
  else reply.array(count);
}

/** Replies the key of a stream, in argument `i`, whose entries follow. */
export function replyKey({ args, reply }: CommandContext, i: number): void {
  if (reply.protocol !== 3) reply.array(2);
  reply.bulk(args.bytes, args.start(i), args.end(i));
}
