/**
 * QUIT.
 *
 * @module
 */

import { defineCommand } from "../define.ts";

/** `QUIT`, with whatever arguments */
export const quit = defineCommand({
  name: "QUIT",
  group: "connection",
  since: "1.0.0",
  summary: "Close the connection",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: -1,
  flags: ["noscript", "loading", "stale", "fast", "no_auth", "allow_busy"],
  categories: ["connection"],
  tips: [],
  keys: [],
  arguments: [],
  subcommands: [],
  run({ reply, session }) {
    reply.ok();
    session.closeAfterReply();
  },
});
