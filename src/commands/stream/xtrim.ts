/**
 * XTRIM.
 *
 * @module
 */

import { SYNTAX, XTRIM_WITHOUT_STRATEGY } from "../../base/errors.ts";
import { EVENT_STREAM } from "../../store/events.ts";
import { defineCommand, oneKey } from "../define.ts";
import { streamOf } from "./_internal.ts";
import { TrimOptions } from "./trim_options.ts";

const options = new TrimOptions();

/** XTRIM. */
export const xtrim = defineCommand({
  name: "XTRIM",
  group: "stream",
  since: "5.0.0",
  summary: "Trims the stream to (approximately if '~' is passed) a certain size",
  complexity:
    "O(N), with N being the number of evicted entries. Constant times are very small however, since entries are organized in macro nodes containing multiple entries that can be released with a single deallocation.",
  history: [["6.2.0", "Added the `MINID` trimming strategy and the `LIMIT` option."]],
  deprecated: null,
  arity: -4,
  flags: ["write"],
  categories: ["stream"],
  tips: ["nondeterministic_output"],
  keys: [oneKey(1, "RW", "delete")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, {
    name: "trim",
    type: "block",
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
  }],
  subcommands: [],
  run(context) {
    const { args, keyspace: { limits, streams }, reply } = context;
    options.clear();
    for (let i = 2; i < args.count; i++) {
      i = options.parse(args, i);
      if (i === 0) throw SYNTAX;
    }
    if (options.threshold === 0 && options.limit === 0) throw XTRIM_WITHOUT_STRATEGY;
    options.finish(limits.streamNodeMaxEntries);

    const entry = context.write(1);
    const stream = streamOf(context, entry);
    if (stream === 0) return reply.integer(0);
    const had = streams.length(stream);
    context.database.willChange(entry);
    let isDone = false;
    try {
      streams.trim(stream, options);
      isDone = true;
    } finally {
      const removed = had - streams.length(stream);
      if (removed > 0) {
        context.changed(1, EVENT_STREAM, "xtrim", removed);
        if (options.approximate || !isDone) options.record(context, stream, 0, options.id, true);
      }
    }
    reply.integer(had - streams.length(stream));
  },
});
