/**
 * XREAD.
 *
 * @module
 */

import { NEW_ENTRIES_IN_XREAD } from "../../base/errors.ts";
import { StreamId } from "../../store/types/stream_id.ts";
import { LAST_ID } from "../../store/types/stream_layout.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand } from "../define.ts";
import { parseId, replyEntries, streamOf } from "./_internal.ts";
import {
  parseReadOptions,
  type ReadOptions,
  replyKey,
  replyStreams,
  waitForEntries,
} from "./read_options.ts";

const last = new StreamId();
const to = new StreamId();
to.setMax();

/** XREAD. */
export const xread = defineCommand({
  name: "XREAD",
  group: "stream",
  since: "5.0.0",
  summary:
    "Return never seen elements in multiple streams, with IDs greater than the ones reported by the caller for each stream. Can block.",
  complexity:
    "For each stream mentioned: O(N) with N being the number of elements being returned, it means that XREAD-ing with a fixed COUNT is O(1). Note that when the BLOCK option is used, XADD will pay O(M) time in order to serve the M clients blocked on the stream getting new data.",
  history: [],
  deprecated: null,
  arity: -4,
  flags: ["readonly", "blocking"],
  categories: ["stream"],
  tips: [],
  keys: [{
    notes: null,
    flags: ["RO", "access"],
    begin: { type: "keyword", keyword: "STREAMS", from: 1 },
    find: { type: "range", last: -1, step: 1, limit: 2 },
  }],
  arguments: [{ name: "count", type: "integer", token: "COUNT", optional: true }, {
    name: "milliseconds",
    type: "integer",
    token: "BLOCK",
    optional: true,
  }, {
    name: "streams",
    type: "block",
    token: "STREAMS",
    arguments: [{ name: "key", type: "key", keySpecification: 0, multiple: true }, {
      name: "id",
      type: "string",
      multiple: true,
    }],
  }],
  subcommands: [],
  run(context) {
    const options = parseReadOptions(context, false);
    if (context.readyKey !== 0) return readAfterWait(context, options);
    const { firstKey, keys } = options;
    const after: StreamId[] = [];
    const replaced: [argument: number, text: string][] = [];
    for (let i = 0; i < keys; i++) {
      const argument = firstKey + keys + i;
      const id = new StreamId();
      after.push(id);
      if (resolveId(context, streamOf(context, context.read(firstKey + i)), argument, id)) {
        replaced.push([argument, id.toString()]);
      }
    }
    const streams = after.map((id, i) => {
      const stream = streamOf(context, context.read(firstKey + i));
      return hasEntryAfter(context, stream, id) ? stream : 0;
    });
    const served = streams.filter((stream) => stream !== 0).length;
    if (served === 0) return waitForEntries(context, options, replaced);
    replyStreams(context, served);
    streams.forEach((stream, i) => {
      if (stream !== 0) replyAfter(context, firstKey + i, stream, after[i], options.count);
    });
  },
});

/** Reads the ID in an argument; whether it is one whose meaning changes, and which must be kept while waiting. */
function resolveId(context: CommandContext, stream: number, argument: number, id: StreamId): boolean {
  const { args, keyspace: { streams } } = context;
  const special = args.length(argument) === 1 ? args.text(argument) : "";
  if (special === ">") throw NEW_ENTRIES_IN_XREAD;
  if (special !== "$" && special !== "+") {
    parseId(args, argument, id);
    return false;
  }
  if (stream === 0) return true;
  if (special === "$") streams.readId(stream, LAST_ID, id);
  // The entry behind this is the last one.
  else if (streams.edge(stream, "last", id)) id.decrement();
  return true;
}

function hasEntryAfter({ keyspace: { streams } }: CommandContext, stream: number, id: StreamId): boolean {
  return stream !== 0 && streams.edge(stream, "last", last) && last.compare(id) > 0;
}

/** Replies the entries behind `after`, which becomes the next ID. */
function replyAfter(
  context: CommandContext,
  key: number,
  stream: number,
  after: StreamId,
  count: number,
): void {
  after.increment();
  replyKey(context, key);
  replyEntries(context, stream, { from: after, to }, count);
}

/** Serves a client that has waited, if the key that is ready has what it waits for. */
function readAfterWait(context: CommandContext, options: ReadOptions): void {
  const { keyspace: { streams }, readyKey } = context;
  const stream = streamOf(context, context.read(readyKey));
  const after = new StreamId();
  parseId(context.args, readyKey + options.keys, after);
  if (stream !== 0) streams.readId(stream, LAST_ID, last);
  if (stream === 0 || last.compare(after) <= 0) return waitForEntries(context, options, []);
  replyStreams(context, 1);
  replyAfter(context, readyKey, stream, after, options.count);
}
