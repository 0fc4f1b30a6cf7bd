/**
 * XDEL.
 *
 * @module
 */

import { EVENT_STREAM } from "../../store/events.ts";
import { StreamId } from "../../store/types/stream_id.ts";
import { defineCommand, oneKey } from "../define.ts";
import { parseId, streamOf } from "./_internal.ts";

const id = new StreamId();

/** XDEL. */
export const xdel = defineCommand({
  name: "XDEL",
  group: "stream",
  since: "5.0.0",
  summary:
    "Removes the specified entries from the stream. Returns the number of items actually deleted, that may be different from the number of IDs passed in case certain IDs do not exist.",
  complexity: "O(1) for each single item to delete in the stream, regardless of the stream size.",
  history: [],
  deprecated: null,
  arity: -3,
  flags: ["write", "fast"],
  categories: ["stream"],
  tips: [],
  keys: [oneKey(1, "RW", "delete")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, {
    name: "id",
    type: "string",
    multiple: true,
  }],
  subcommands: [],
  run(context) {
    const { args, keyspace: { streams }, reply } = context;
    const entry = context.write(1);
    const stream = streamOf(context, entry);
    if (stream === 0) return reply.integer(0);
    for (let i = 2; i < args.count; i++) parseId(args, i, id);

    const had = streams.length(stream);
    context.database.willChange(entry);
    try {
      for (let i = 2; i < args.count; i++) {
        parseId(args, i, id);
        streams.delete(stream, id);
      }
    } finally {
      const deleted = had - streams.length(stream);
      if (deleted > 0) {
        streams.refreshFirst(stream);
        context.changed(1, EVENT_STREAM, "xdel", deleted);
      }
    }
    reply.integer(had - streams.length(stream));
  },
});
