/**
 * XADD.
 *
 * @module
 */

import {
  INVALID_STREAM_ID,
  STREAM_ELEMENTS_TOO_LARGE,
  STREAM_EXHAUSTED,
  STREAM_ID_TOO_SMALL,
  STREAM_ID_ZERO,
  wrongArity,
} from "../../base/errors.ts";
import { ENCODING_STREAM, TYPE_STREAM } from "../../store/entry.ts";
import { EVENT_STREAM } from "../../store/events.ts";
import { StreamId } from "../../store/types/stream_id.ts";
import { LAST_ID } from "../../store/types/stream_layout.ts";
import { argumentBytes, STREAM_NODE_MAX_BYTES } from "../../store/types/stream_value.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand } from "../define.ts";
import { replyId, streamOf } from "./_internal.ts";
import { TrimOptions } from "./trim_options.ts";

const STAR = 42;

/** How an ID is given: by the client, its time only, or not at all. */
const WHOLE = 0, TIME_ONLY = 1, NONE = 2;

const options = new TrimOptions();
const id = new StreamId();
const last = new StreamId();
let given = WHOLE;
let makesStream = true;

/** XADD. */
export const xadd = defineCommand({
  name: "XADD",
  group: "stream",
  since: "5.0.0",
  summary: "Appends a new entry to a stream",
  complexity: "O(1) when adding a new entry, O(N) when trimming where N being the number of entries evicted.",
  history: [["6.2.0", "Added the `NOMKSTREAM` option, `MINID` trimming strategy and the `LIMIT` option."], [
    "7.0.0",
    "Added support for the `<ms>-*` explicit ID form.",
  ]],
  deprecated: null,
  arity: -5,
  flags: ["write", "denyoom", "fast"],
  categories: ["stream"],
  tips: ["nondeterministic_output"],
  keys: [{
    notes: "UPDATE instead of INSERT because of the optional trimming feature",
    flags: ["RW", "update"],
    begin: { type: "index", index: 1 },
    find: { type: "range", last: 0, step: 1, limit: 0 },
  }],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, {
    name: "nomkstream",
    type: "pure-token",
    token: "NOMKSTREAM",
    since: "6.2.0",
    optional: true,
  }, {
    name: "trim",
    type: "block",
    optional: true,
    arguments: [
      {
        name: "strategy",
        type: "oneof",
        arguments: [{ name: "maxlen", type: "pure-token", token: "MAXLEN" }, {
          name: "minid",
          type: "pure-token",
          token: "MINID",
          since: "6.2.0",
        }],
      },
      {
        name: "operator",
        type: "oneof",
        optional: true,
        arguments: [{ name: "equal", type: "pure-token", token: "=" }, {
          name: "approximately",
          type: "pure-token",
          token: "~",
        }],
      },
      { name: "threshold", type: "string" },
      { name: "count", type: "integer", token: "LIMIT", since: "6.2.0", optional: true },
    ],
  }, {
    name: "id_or_auto",
    type: "oneof",
    arguments: [{ name: "auto_id", type: "pure-token", token: "*" }, { name: "id", type: "string" }],
  }, {
    name: "field_value",
    type: "block",
    multiple: true,
    arguments: [{ name: "field", type: "string" }, { name: "value", type: "string" }],
  }],
  subcommands: [],
  run(context) {
    const { args, keyspace } = context;
    const idArgument = parse(context);
    const pairs = args.count - idArgument - 1;
    if (pairs < 2 || pairs % 2 === 1) throw wrongArity("xadd");
    if (given === WHOLE && id.isMin) throw STREAM_ID_ZERO;
    const entry = context.write(1);
    let stream = streamOf(context, entry);
    if (stream === 0 && !makesStream) return context.reply.null();
    if (stream === 0) last.setMin();
    else keyspace.streams.readId(stream, LAST_ID, last);
    completeId(keyspace.now);
    if (argumentBytes(args, idArgument + 1) > STREAM_NODE_MAX_BYTES) throw STREAM_ELEMENTS_TOO_LARGE;

    if (stream === 0) {
      stream = addStream(context, idArgument + 1);
    } else {
      context.database.willChange(entry);
      keyspace.streams.append(stream, id, args, idArgument + 1);
    }
    context.changed(1, EVENT_STREAM, "xadd");
    let isDone = false;
    try {
      if (options.threshold > 0 && keyspace.streams.trim(stream, options) > 0) {
        context.notify(1, EVENT_STREAM, "xtrim");
      }
      isDone = true;
    } finally {
      if (keyspace.effects.active && (given !== WHOLE || options.approximate || !isDone)) {
        options.record(context, stream, idArgument, id, options.approximate || !isDone);
      }
    }
    keyspace.events.waiters?.ready(context.database.index, args.bytes, args.start(1), args.end(1));
    replyId(context.reply, id);
  },
});

/** Reads the options and the ID; returns the argument that is the ID. */
function parse({ args, keyspace }: CommandContext): number {
  options.clear();
  makesStream = true;
  given = NONE;
  let i = 2;
  for (; i < args.count; i++) {
    if (args.length(i) === 1 && args.bytes[args.start(i)] === STAR) break;
    const end = options.parse(args, i);
    if (end > 0) {
      i = end;
    } else if (args.is(i, "NOMKSTREAM")) {
      makesStream = false;
    } else {
      parseEntryId(args.bytes, args.start(i), args.end(i));
      break;
    }
  }
  options.finish(keyspace.limits.streamNodeMaxEntries);
  return i;
}

function parseEntryId(bytes: Uint8Array, start: number, end: number): void {
  given = WHOLE;
  if (id.parse(bytes, start, end)) return;
  given = TIME_ONLY;
  if (!id.parseTime(bytes, start, end)) throw INVALID_STREAM_ID;
}

/** Chooses what the client has left open of the ID. */
function completeId(now: number): void {
  if (last.isMax) throw STREAM_EXHAUSTED;
  if (given === NONE) {
    id.setTime(now);
    if (id.hasTimeOf(last) || id.compare(last) < 0) {
      id.copy(last);
      id.increment();
    }
  } else if (given === TIME_ONLY && id.hasTimeOf(last)) {
    if (last.isLastOfTime) throw STREAM_ID_TOO_SMALL;
    id.copy(last);
    id.increment();
  }
  if (id.compare(last) <= 0) throw STREAM_ID_TOO_SMALL;
}

/** Makes a stream with the entry; returns it. */
function addStream({ args, database, entries, keyspace }: CommandContext, from: number): number {
  const { streams } = keyspace;
  const stream = streams.create();
  const made = database.prepare(
    args.bytes,
    args.start(1),
    args.end(1),
    TYPE_STREAM,
    ENCODING_STREAM,
    stream,
  );
  try {
    streams.append(stream, id, args, from);
  } catch (error) {
    entries.free(made);
    throw error;
  }
  database.place(made);
  return stream;
}
