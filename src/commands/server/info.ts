/**
 * INFO.
 *
 * @module
 */

import { defineCommand } from "../define.ts";

/** `INFO [section [section ...]]` */
export const info = defineCommand({
  name: "INFO",
  group: "server",
  since: "1.0.0",
  summary: "Get information and statistics about the server",
  complexity: "O(1)",
  history: [["7.0.0", "Added support for taking multiple section arguments."]],
  deprecated: null,
  arity: -1,
  flags: ["loading", "stale"],
  categories: ["dangerous"],
  tips: ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
  keys: [],
  arguments: [{ name: "section", type: "string", optional: true, multiple: true }],
  subcommands: [],
  run({ args, reply, server }) {
    const sections: string[] = [];
    for (let i = 1; i < args.count; i++) sections.push(args.text(i).toLowerCase());
    reply.verbatim(server.info(sections.length > 0 ? sections : ["default"]));
  },
});
