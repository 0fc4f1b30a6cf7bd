/**
 * ECHO.
 *
 * @module
 */

import { defineCommand } from "../define.ts";

/** `ECHO message` */
export const echo = defineCommand({
  name: "ECHO",
  group: "connection",
  since: "1.0.0",
  summary: "Echo the given string",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 2,
  flags: ["loading", "stale", "fast"],
  categories: ["connection"],
  tips: [],
  keys: [],
  arguments: [{ name: "message", type: "string" }],
  subcommands: [],
  run({ args, reply }) {
    reply.bulk(args.bytes, args.start(1), args.end(1));
  },
});
