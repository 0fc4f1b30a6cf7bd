/**
 * SLOWLOG: GET, LEN, RESET, HELP.
 *
 * @module
 */

import { SLOWLOG_COUNT, unknownSubcommandOrArity } from "../../base/errors.ts";
import { defineCommand } from "../define.ts";
import { replyHelp } from "../help.ts";

const DEFAULT_COUNT = 10;

const get = defineCommand({
  name: "GET",
  group: "server",
  since: "2.2.12",
  summary: "Get the slow log's entries",
  complexity: "O(N) where N is the number of entries returned",
  history: [["4.0.0", "Added client IP address, port and name to the reply."]],
  deprecated: null,
  arity: -2,
  flags: ["admin", "loading", "stale"],
  categories: [],
  tips: ["request_policy:all_nodes", "nondeterministic_output"],
  keys: [],
  arguments: [{ name: "count", type: "integer", optional: true }],
  subcommands: [],
  run({ args, reply, server: { slowlog } }) {
    if (args.count > 3) throw unknownSubcommandOrArity("SLOWLOG", args.text(1));
    const count = args.count === 3
      ? args.integerBetween(2, -1, Number.MAX_SAFE_INTEGER, SLOWLOG_COUNT)
      : DEFAULT_COUNT;
    const entries = slowlog.latest(count === -1 ? slowlog.length : count);
    reply.array(entries.length);
    for (const entry of entries) {
      reply.array(6);
      reply.integer(entry.id);
      reply.integer(entry.time);
      reply.integer(entry.microseconds);
      reply.array(entry.arguments.length);
      for (const argument of entry.arguments) reply.bulkText(argument);
      reply.bulkText(entry.address);
      reply.bulkText(entry.name);
    }
  },
});

const len = defineCommand({
  name: "LEN",
  group: "server",
  since: "2.2.12",
  summary: "Get the slow log's length",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 2,
  flags: ["admin", "loading", "stale"],
  categories: [],
  tips: ["request_policy:all_nodes", "response_policy:agg_sum", "nondeterministic_output"],
  keys: [],
  arguments: [],
  subcommands: [],
  run({ reply, server }) {
    reply.integer(server.slowlog.length);
  },
});

const reset = defineCommand({
  name: "RESET",
  group: "server",
  since: "2.2.12",
  summary: "Clear all entries from the slow log",
  complexity: "O(N) where N is the number of entries in the slowlog",
  history: [],
  deprecated: null,
  arity: 2,
  flags: ["admin", "loading", "stale"],
  categories: [],
  tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
  keys: [],
  arguments: [],
  subcommands: [],
  run({ reply, server }) {
    server.slowlog.clear();
    reply.ok();
  },
});

const help = defineCommand({
  name: "HELP",
  group: "server",
  since: "6.2.0",
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
    replyHelp(context, "SLOWLOG", [
      "GET [<count>]",
      "    Return top <count> entries from the slowlog (default: 10, -1 mean all).",
      "    Entries are made of:",
      "    id, timestamp, time in microseconds, arguments array, client IP and port,",
      "    client name",
      "LEN",
      "    Return the length of the slowlog.",
      "RESET",
      "    Reset the slowlog.",
    ]);
  },
});

/** `SLOWLOG` */
export const slowlog = defineCommand({
  name: "SLOWLOG",
  group: "server",
  since: "2.2.12",
  summary: "A container for slow log commands",
  complexity: "Depends on subcommand.",
  history: [],
  deprecated: null,
  arity: -2,
  flags: [],
  categories: [],
  tips: [],
  keys: [],
  arguments: [],
  subcommands: [get, help, len, reset],
  run: null,
});
