/**
 * XSETID.
 *
 * @module
 */

import {
  ENTRIES_ADDED_NEGATIVE,
  ENTRIES_ADDED_TOO_SMALL,
  NO_SUCH_KEY,
  SYNTAX,
  XSETID_BELOW_DELETED,
  XSETID_BELOW_TOP,
} from "../../base/errors.ts";
import { EVENT_STREAM } from "../../store/events.ts";
import { StreamId } from "../../store/types/stream_id.ts";
import { LAST_ID, MAX_DELETED_ID } from "../../store/types/stream_layout.ts";
import { defineCommand, oneKey } from "../define.ts";
import { parseId, streamOf } from "./_internal.ts";

/** XSETID. */
export const xsetid = defineCommand({
  name: "XSETID",
  group: "stream",
  since: "5.0.0",
  summary: "An internal command for replicating stream values",
  complexity: "O(1)",
  history: [["7.0.0", "Added the `entries_added` and `max_deleted_entry_id` arguments."]],
  deprecated: null,
  arity: -3,
  flags: ["write", "denyoom", "fast"],
  categories: ["stream"],
  tips: [],
  keys: [oneKey(1, "RW", "update")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, { name: "last-id", type: "string" }, {
    name: "entries_added",
    type: "integer",
    token: "ENTRIESADDED",
    since: "7.0.0",
    optional: true,
  }, { name: "max_deleted_entry_id", type: "string", token: "MAXDELETEDID", since: "7.0.0", optional: true }],
  subcommands: [],
  run(context) {
    const { args, keyspace, reply } = context;
    const { streams } = keyspace;
    const id = new StreamId();
    const deleted = new StreamId();
    let added: bigint | null = null;
    parseId(args, 2, id);
    for (let i = 3; i < args.count; i += 2) {
      const hasValue = i + 1 < args.count;
      if (hasValue && args.is(i, "ENTRIESADDED")) {
        added = args.int64(i + 1);
        if (added < 0n) throw ENTRIES_ADDED_NEGATIVE;
      } else if (hasValue && args.is(i, "MAXDELETEDID")) {
        parseId(args, i + 1, deleted);
        if (id.compare(deleted) < 0) throw XSETID_BELOW_DELETED;
      } else {
        throw SYNTAX;
      }
    }

    const entry = context.write(1);
    const stream = streamOf(context, entry);
    if (stream === 0) throw NO_SUCH_KEY;
    if (streams.length(stream) > 0) {
      const top = new StreamId();
      streams.edge(stream, "last", top);
      if (id.compare(top) < 0) throw XSETID_BELOW_TOP;
      if (added !== null && added < BigInt(streams.length(stream))) throw ENTRIES_ADDED_TOO_SMALL;
    }
    context.database.willChange(entry);
    streams.setId(stream, LAST_ID, id);
    if (added !== null) streams.setEntriesAdded(stream, added);
    if (!deleted.isMin) streams.setId(stream, MAX_DELETED_ID, deleted);
    keyspace.dirty++;
    context.notify(1, EVENT_STREAM, "xsetid");
    reply.ok();
  },
});
