/**
 * TIME.
 *
 * @module
 */

import { wallMicroseconds } from "../../base/clock.ts";
import { defineCommand } from "../define.ts";

/** `TIME` */
export const time = defineCommand({
  name: "TIME",
  group: "server",
  since: "2.6.0",
  summary: "Return the current server time",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 1,
  flags: ["loading", "stale", "fast"],
  categories: [],
  tips: ["nondeterministic_output"],
  keys: [],
  arguments: [],
  subcommands: [],
  run(context) {
    const now = wallMicroseconds(context.keyspace.clock);
    context.reply.array(2);
    context.reply.bulkInteger(Math.floor(now / 1000000));
    context.reply.bulkInteger(now % 1000000);
  },
});
