/**
 * SAVE, BGSAVE, LASTSAVE.
 *
 * @module
 */

import { SYNTAX } from "../../base/errors.ts";
import { defineCommand } from "../define.ts";

/** `SAVE` */
export const save = defineCommand({
  name: "SAVE",
  group: "server",
  since: "1.0.0",
  summary: "Synchronously save the dataset to disk",
  complexity: "O(N) where N is the total number of keys in all databases",
  history: [],
  deprecated: null,
  arity: 1,
  flags: ["admin", "noscript", "no_async_loading", "no_multi"],
  categories: [],
  tips: [],
  keys: [],
  arguments: [],
  subcommands: [],
  run({ reply, server }) {
    server.persistence.save();
    reply.ok();
  },
});

/** `BGSAVE [SCHEDULE]` */
export const bgsave = defineCommand({
  name: "BGSAVE",
  group: "server",
  since: "1.0.0",
  summary: "Asynchronously save the dataset to disk",
  complexity: "O(1)",
  history: [["3.2.2", "Added the `SCHEDULE` option."]],
  deprecated: null,
  arity: -1,
  flags: ["admin", "noscript", "no_async_loading"],
  categories: [],
  tips: [],
  keys: [],
  arguments: [{ name: "schedule", type: "pure-token", token: "SCHEDULE", since: "3.2.2", optional: true }],
  subcommands: [],
  run({ args, reply, server }) {
    if (args.count > 2 || (args.count === 2 && !args.is(1, "SCHEDULE"))) throw SYNTAX;
    reply.simple(`Background saving ${server.persistence.saveInBackground(args.count === 2)}`);
  },
});

/** `LASTSAVE` */
export const lastsave = defineCommand({
  name: "LASTSAVE",
  group: "server",
  since: "1.0.0",
  summary: "Get the UNIX time stamp of the last successful save to disk",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 1,
  flags: ["loading", "stale", "fast"],
  categories: ["admin", "dangerous"],
  tips: ["nondeterministic_output"],
  keys: [],
  arguments: [],
  subcommands: [],
  run({ reply, server }) {
    reply.integer(server.persistence.lastSave);
  },
});
