/**
 * XRANGE and XREVRANGE.
 *
 * @module
 */

import { SYNTAX } from "../../base/errors.ts";
import type { Args } from "../../resp/args.ts";
import { StreamId } from "../../store/types/stream_id.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand, oneKey } from "../define.ts";
import { parseEnd, parseStart, replyEntries, streamOf } from "./_internal.ts";

const interval = { from: new StreamId(), to: new StreamId() };

/** XRANGE. */
export const xrange = defineCommand({
  name: "XRANGE",
  group: "stream",
  since: "5.0.0",
  summary: "Return a range of elements in a stream, with IDs matching the specified IDs interval",
  complexity:
    "O(N) with N being the number of elements being returned. If N is constant (e.g. always asking for the first 10 elements with COUNT), you can consider it O(1).",
  history: [["6.2.0", "Added exclusive ranges."]],
  deprecated: null,
  arity: -4,
  flags: ["readonly"],
  categories: ["stream"],
  tips: [],
  keys: [oneKey(1, "RO", "access")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, { name: "start", type: "string" }, {
    name: "end",
    type: "string",
  }, { name: "count", type: "integer", token: "COUNT", optional: true }],
  subcommands: [],
  run(context) {
    replyRange(context, 2, 3);
  },
});

/** XREVRANGE. */
export const xrevrange = defineCommand({
  name: "XREVRANGE",
  group: "stream",
  since: "5.0.0",
  summary:
    "Return a range of elements in a stream, with IDs matching the specified IDs interval, in reverse order (from greater to smaller IDs) compared to XRANGE",
  complexity:
    "O(N) with N being the number of elements returned. If N is constant (e.g. always asking for the first 10 elements with COUNT), you can consider it O(1).",
  history: [["6.2.0", "Added exclusive ranges."]],
  deprecated: null,
  arity: -4,
  flags: ["readonly"],
  categories: ["stream"],
  tips: [],
  keys: [oneKey(1, "RO", "access")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, { name: "end", type: "string" }, {
    name: "start",
    type: "string",
  }, { name: "count", type: "integer", token: "COUNT", optional: true }],
  subcommands: [],
  run(context) {
    replyRange(context, 3, 2);
  },
});

function replyRange(context: CommandContext, start: number, end: number): void {
  const { args, reply } = context;
  parseStart(args, start, interval.from);
  parseEnd(args, end, interval.to);
  const count = parseCount(args);
  const stream = streamOf(context, context.read(1));
  if (stream === 0) reply.array(0);
  else if (count === 0) reply.nullArray();
  else replyEntries(context, stream, interval, count, start > end);
}

/** The number in the COUNT option, at least 0; Infinity without one. */
function parseCount(args: Args): number {
  let count = Infinity;
  for (let i = 4; i < args.count; i += 2) {
    if (i + 1 >= args.count || !args.is(i, "COUNT")) throw SYNTAX;
    const given = args.integer(i + 1);
    // Redis keeps -1 for "no COUNT" and takes every other negative number for 0; what is sent is made 0 first.
    count = Math.max(0, given);
  }
  return count;
}
