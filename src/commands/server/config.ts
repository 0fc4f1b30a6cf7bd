/**
 * CONFIG and its subcommands.
 *
 * @module
 */

import { SYNTAX } from "../../base/errors.ts";
import { defineCommand } from "../define.ts";
import { replyHelp } from "../help.ts";

/** `CONFIG GET parameter [parameter ...]` */
const configGet = defineCommand({
  name: "GET",
  group: "server",
  since: "2.0.0",
  summary: "Get the values of configuration parameters",
  complexity: "O(N) when N is the number of configuration parameters provided",
  history: [["7.0.0", "Added the ability to pass multiple pattern parameters in one call"]],
  deprecated: null,
  arity: -3,
  flags: ["admin", "noscript", "loading", "stale"],
  categories: [],
  tips: [],
  keys: [],
  arguments: [
    {
      name: "parameter",
      type: "block",
      multiple: true,
      arguments: [{ name: "parameter", type: "string" }],
    },
  ],
  subcommands: [],
  run({ args, reply, server }) {
    const patterns: string[] = [];
    for (let i = 2; i < args.count; i++) patterns.push(args.text(i));
    const found = server.configuration.matching(patterns);
    reply.map(found.length);
    for (const [name, value] of found) {
      reply.bulkText(name);
      reply.bulkText(value);
    }
  },
});

/** `CONFIG SET parameter value [parameter value ...]` */
const configSet = defineCommand({
  name: "SET",
  group: "server",
  since: "2.0.0",
  summary: "Set configuration parameters to the given values",
  complexity: "O(N) when N is the number of configuration parameters provided",
  history: [["7.0.0", "Added the ability to set multiple parameters in one call."]],
  deprecated: null,
  arity: -4,
  flags: ["admin", "noscript", "loading", "stale"],
  categories: [],
  tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
  keys: [],
  arguments: [
    {
      name: "parameter_value",
      type: "block",
      multiple: true,
      arguments: [{ name: "parameter", type: "string" }, { name: "value", type: "string" }],
    },
  ],
  subcommands: [],
  run({ args, reply, server, session }) {
    if (args.count % 2 === 1) throw SYNTAX;
    const pairs: [name: string, value: string][] = [];
    for (let i = 2; i < args.count; i += 2) pairs.push([args.text(i), args.text(i + 1)]);
    server.configuration.set(pairs, { local: session.local, loading: server.persistence.isLoading });
    reply.ok();
  },
});

/** `CONFIG REWRITE` */
const configRewrite = defineCommand({
  name: "REWRITE",
  group: "server",
  since: "2.8.0",
  summary: "Rewrite the configuration file with the in memory configuration",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 2,
  flags: ["admin", "noscript", "loading", "stale"],
  categories: [],
  tips: [],
  keys: [],
  arguments: [],
  subcommands: [],
  run({ reply, server }) {
    server.configuration.rewrite();
    reply.ok();
  },
});

/** `CONFIG RESETSTAT` */
const configResetstat = defineCommand({
  name: "RESETSTAT",
  group: "server",
  since: "2.0.0",
  summary: "Reset the stats returned by INFO",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 2,
  flags: ["admin", "noscript", "loading", "stale"],
  categories: [],
  tips: [],
  keys: [],
  arguments: [],
  subcommands: [],
  run({ reply, server }) {
    server.resetStatistics();
    reply.ok();
  },
});

const HELP = [
  "GET <pattern>",
  "    Return parameters matching the glob-like <pattern> and their values.",
  "SET <directive> <value>",
  "    Set the configuration <directive> to <value>.",
  "RESETSTAT",
  "    Reset statistics reported by the INFO command.",
  "REWRITE",
  "    Rewrite the configuration file.",
];

/** `CONFIG HELP` */
const configHelp = defineCommand({
  name: "HELP",
  group: "server",
  since: "5.0.0",
  summary: "Show helpful text about the different subcommands",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 2,
  flags: ["loading", "stale"],
  categories: [],
  tips: [],
  keys: [],
  arguments: [],
  subcommands: [],
  run(context) {
    replyHelp(context, "CONFIG", HELP);
  },
});

/** `CONFIG` */
export const config = defineCommand({
  name: "CONFIG",
  group: "server",
  since: "2.0.0",
  summary: "A container for server configuration commands",
  complexity: "Depends on subcommand.",
  history: [],
  deprecated: null,
  arity: -2,
  flags: [],
  categories: [],
  tips: [],
  keys: [],
  arguments: [],
  subcommands: [configGet, configHelp, configResetstat, configRewrite, configSet],
  run: null,
});
