/**
 * SMEMBERS.
 *
 * @module
 */

import { defineCommand, oneKey } from "../define.ts";
import { readSet, replyMembers } from "./_internal.ts";

/** `SMEMBERS key` */
export const smembers = defineCommand({
  name: "SMEMBERS",
  group: "set",
  since: "1.0.0",
  summary: "Get all the members in a set",
  complexity: "O(N) where N is the set cardinality.",
  history: [],
  deprecated: null,
  arity: 2,
  flags: ["readonly"],
  categories: ["set"],
  tips: ["nondeterministic_output_order"],
  keys: [oneKey(1, "RO", "access")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }],
  subcommands: [],
  run(context) {
    replyMembers(context, readSet(context, 1));
  },
});
