/**
 * XACK.
 *
 * @module
 */

import { StreamId } from "../../store/types/stream_id.ts";
import { defineCommand, oneKey } from "../define.ts";
import { groupOf, parseId, streamOf } from "./_internal.ts";

const id = new StreamId();

/** XACK. */
export const xack = defineCommand({
  name: "XACK",
  group: "stream",
  since: "5.0.0",
  summary:
    "Marks a pending message as correctly processed, effectively removing it from the pending entries list of the consumer group. Return value of the command is the number of messages successfully acknowledged, that is, the IDs we were actually able to resolve in the PEL.",
  complexity: "O(1) for each message ID processed.",
  history: [],
  deprecated: null,
  arity: -4,
  flags: ["write", "fast"],
  categories: ["stream"],
  tips: [],
  keys: [oneKey(1, "RW", "update")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, { name: "group", type: "string" }, {
    name: "id",
    type: "string",
    multiple: true,
  }],
  subcommands: [],
  run(context) {
    const { args, keyspace, reply } = context;
    const { groups } = keyspace.streams;
    const entry = context.read(1);
    const group = groupOf(context, streamOf(context, entry), 2);
    if (group === 0) return reply.integer(0);
    for (let i = 3; i < args.count; i++) parseId(args, i, id);

    context.database.willChange(entry);
    let acknowledged = 0;
    for (let i = 3; i < args.count; i++) {
      parseId(args, i, id);
      const pending = groups.findPending(group, id);
      if (pending === 0) continue;
      groups.acknowledge(group, id, pending);
      acknowledged++;
    }
    keyspace.dirty += acknowledged;
    reply.integer(acknowledged);
  },
});
