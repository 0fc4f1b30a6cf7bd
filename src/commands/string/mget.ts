/**
 * MGET.
 *
 * @module
 */

import { TYPE_STRING } from "../../store/entry.ts";
import { defineCommand, keysFrom } from "../define.ts";
import { replyString } from "./string_value.ts";

/** `MGET key [key ...]` */
export const mget = defineCommand({
  name: "MGET",
  group: "string",
  since: "1.0.0",
  summary: "Get the values of all the given keys",
  complexity: "O(N) where N is the number of keys to retrieve.",
  history: [],
  deprecated: null,
  arity: -2,
  flags: ["readonly", "fast"],
  categories: ["string"],
  tips: ["request_policy:multi_shard"],
  keys: [keysFrom(1, 1, "RO", "access")],
  arguments: [{ name: "key", type: "key", keySpecification: 0, multiple: true }],
  subcommands: [],
  run(context) {
    const { args, entries, reply } = context;
    reply.array(args.count - 1);
    for (let i = 1; i < args.count; i++) {
      const entry = context.read(i);
      if (entry !== 0 && entries.type(entry) !== TYPE_STRING) reply.null();
      else replyString(context, entry);
    }
  },
});
