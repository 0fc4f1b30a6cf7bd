/**
 * TIME.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import { defineCommand } from "../define.ts";

/** Microseconds between each clock's two origins, as far as its readings have told. */
const offsets = new WeakMap<Clock, number>();

/**
 * Microseconds since the epoch. The clock's wall time has only milliseconds, its monotonic time has more but begins
 * anywhere: each pair of readings bounds the distance between the two to one millisecond.
 */
function microsecondsOf(clock: Clock): number {
  const monotonic = clock.microseconds();
  const least = clock.now() * 1000 - monotonic;
  const known = offsets.get(clock) ?? least;
  const offset = Math.min(Math.max(known, least), least + 999);
  offsets.set(clock, offset);
  return Math.floor(monotonic + offset);
}

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
    const now = microsecondsOf(context.keyspace.clock);
    context.reply.array(2);
    context.reply.bulkInteger(Math.floor(now / 1000000));
    context.reply.bulkInteger(now % 1000000);
  },
});
