/**
 * XLEN.
 *
 * @module
 */

import { defineCommand, oneKey } from "../define.ts";
import { streamOf } from "./_internal.ts";

/** XLEN. */
export const xlen = defineCommand({
  name: "XLEN",
  group: "stream",
  since: "5.0.0",
  summary: "Return the number of entries in a stream",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 2,
  flags: ["readonly", "fast"],
  categories: ["stream"],
  tips: [],
  keys: [oneKey(1, "RO")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }],
  subcommands: [],
  run(context) {
    const stream = streamOf(context, context.read(1));
    context.reply.integer(stream === 0 ? 0 : context.keyspace.streams.length(stream));
  },
});
