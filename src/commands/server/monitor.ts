/**
 * MONITOR.
 *
 * @module
 */

import { MONITOR_DENIED } from "../../base/errors.ts";
import { defineCommand } from "../define.ts";

/** `MONITOR` */
export const monitor = defineCommand({
  name: "MONITOR",
  group: "server",
  since: "1.0.0",
  summary: "Listen for all requests received by the server in real time",
  complexity: "",
  history: [],
  deprecated: null,
  arity: 1,
  flags: ["admin", "noscript", "loading", "stale"],
  categories: [],
  tips: [],
  keys: [],
  arguments: [],
  subcommands: [],
  run({ mayBlock, reply, server, session }) {
    if (!mayBlock) throw MONITOR_DENIED;
    // Who asks again is told nothing, not even OK.
    if (session.monitors) return;
    server.monitors.add(session);
    reply.ok();
  },
});
