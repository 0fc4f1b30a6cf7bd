/**
 * SWAPDB.
 *
 * @module
 */

import { DB_INDEX_OUT_OF_RANGE, INVALID_FIRST_DB_INDEX, INVALID_SECOND_DB_INDEX } from "../../base/errors.ts";
import { defineCommand } from "../define.ts";

const INT_MIN = -2147483648;
const INT_MAX = 2147483647;

/** `SWAPDB index1 index2` */
export const swapdb = defineCommand({
  name: "SWAPDB",
  group: "server",
  since: "4.0.0",
  summary: "Swaps two Redis databases",
  complexity: "O(N) where N is the count of clients watching or blocking on keys from both databases.",
  history: [],
  deprecated: null,
  arity: 3,
  flags: ["write", "fast"],
  categories: ["keyspace", "dangerous"],
  tips: [],
  keys: [],
  arguments: [{ name: "index1", type: "integer" }, { name: "index2", type: "integer" }],
  subcommands: [],
  run(context) {
    const { args, keyspace, reply } = context;
    const first = args.integerBetween(1, INT_MIN, INT_MAX, INVALID_FIRST_DB_INDEX);
    const second = args.integerBetween(2, INT_MIN, INT_MAX, INVALID_SECOND_DB_INDEX);
    const [a, b] = [keyspace.databases[first], keyspace.databases[second]];
    if (a === undefined || b === undefined) throw DB_INDEX_OUT_OF_RANGE;
    if (a !== b) {
      // Listeners look at the keys, so they are told before.
      keyspace.events.swapped(first, second);
      a.swap(b);
    }
    keyspace.dirty++;
    reply.ok();
  },
});
