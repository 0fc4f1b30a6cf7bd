/**
 * SCRIPT: LOAD, EXISTS, FLUSH, KILL, DEBUG, HELP.
 *
 * @module
 */

import { SCRIPT_DEBUG_MODE, SCRIPT_DEBUG_REFUSED, SCRIPT_FLUSH_MODE } from "../../base/errors.ts";
import { defineCommand } from "../define.ts";
import { replyHelp } from "../help.ts";

const load = defineCommand({
  name: "LOAD",
  group: "scripting",
  since: "2.6.0",
  summary: "Load the specified Lua script into the script cache.",
  complexity: "O(N) with N being the length in bytes of the script body.",
  history: [],
  deprecated: null,
  mayReplicate: true,
  arity: 3,
  flags: ["noscript", "stale"],
  categories: ["scripting"],
  tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
  keys: [],
  arguments: [{ name: "script", type: "string" }],
  subcommands: [],
  run({ args, reply, server }) {
    reply.bulkText(server.scripting.load(args.view(2)));
  },
});

const exists = defineCommand({
  name: "EXISTS",
  group: "scripting",
  since: "2.6.0",
  summary: "Check existence of scripts in the script cache.",
  complexity:
    "O(N) with N being the number of scripts to check (so checking a single script is an O(1) operation).",
  history: [],
  deprecated: null,
  arity: -3,
  flags: ["noscript"],
  categories: ["scripting"],
  tips: ["request_policy:all_shards", "response_policy:agg_logical_and"],
  keys: [],
  arguments: [{ name: "sha1", type: "string", multiple: true }],
  subcommands: [],
  run({ args, reply, server }) {
    reply.array(args.count - 2);
    for (let i = 2; i < args.count; i++) reply.integer(server.scripting.has(args.text(i)) ? 1 : 0);
  },
});

const flush = defineCommand({
  name: "FLUSH",
  group: "scripting",
  since: "2.6.0",
  summary: "Remove all the scripts from the script cache.",
  complexity: "O(N) with N being the number of scripts in cache",
  history: [["6.2.0", "Added the `ASYNC` and `SYNC` flushing mode modifiers."]],
  deprecated: null,
  mayReplicate: true,
  arity: -2,
  flags: ["noscript"],
  categories: ["scripting"],
  tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
  keys: [],
  arguments: [{
    name: "async",
    type: "oneof",
    since: "6.2.0",
    optional: true,
    arguments: [
      { name: "async", type: "pure-token", token: "ASYNC" },
      { name: "sync", type: "pure-token", token: "SYNC" },
    ],
  }],
  subcommands: [],
  run({ args, reply, server }) {
    if (args.count > 3 || (args.count === 3 && !args.is(2, "SYNC") && !args.is(2, "ASYNC"))) {
      throw SCRIPT_FLUSH_MODE;
    }
    // Either way: the machine is given up as a whole, and its memory with it.
    server.scripting.flush();
    reply.ok();
  },
});

const kill = defineCommand({
  name: "KILL",
  group: "scripting",
  since: "2.6.0",
  summary: "Kill the script currently in execution.",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 2,
  flags: ["noscript", "allow_busy"],
  categories: ["scripting"],
  tips: ["request_policy:all_shards", "response_policy:one_succeeded"],
  keys: [],
  arguments: [],
  subcommands: [],
  run({ reply, server }) {
    server.scripting.kill("eval");
    reply.ok();
  },
});

const debug = defineCommand({
  name: "DEBUG",
  group: "scripting",
  since: "3.2.0",
  summary: "Set the debug mode for executed scripts.",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 3,
  flags: ["noscript"],
  categories: ["scripting"],
  tips: [],
  keys: [],
  arguments: [{
    name: "mode",
    type: "oneof",
    arguments: [
      { name: "yes", type: "pure-token", token: "YES" },
      { name: "sync", type: "pure-token", token: "SYNC" },
      { name: "no", type: "pure-token", token: "NO" },
    ],
  }],
  subcommands: [],
  run({ args, reply }) {
    if (args.is(2, "YES") || args.is(2, "SYNC")) throw SCRIPT_DEBUG_REFUSED;
    if (!args.is(2, "NO")) throw SCRIPT_DEBUG_MODE;
    reply.ok();
  },
});

const help = defineCommand({
  name: "HELP",
  group: "scripting",
  since: "5.0.0",
  summary: "Show helpful text about the different subcommands",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 2,
  flags: ["loading", "stale"],
  categories: ["scripting"],
  tips: [],
  keys: [],
  arguments: [],
  subcommands: [],
  run(context) {
    replyHelp(context, "SCRIPT", [
      "DEBUG (YES|SYNC|NO)",
      "    Set the debug mode for subsequent scripts executed.",
      "EXISTS <sha1> [<sha1> ...]",
      "    Return information about the existence of the scripts in the script cache.",
      "FLUSH [ASYNC|SYNC]",
      "    Flush the Lua scripts cache. Very dangerous on replicas.",
      "    When called without the optional mode argument, the behavior is determined by the",
      "    lazyfree-lazy-user-flush configuration directive. Valid modes are:",
      "    * ASYNC: Asynchronously flush the scripts cache.",
      "    * SYNC: Synchronously flush the scripts cache.",
      "KILL",
      "    Kill the currently executing Lua script.",
      "LOAD <script>",
      "    Load a script into the scripts cache without executing it.",
    ]);
  },
});

/** `SCRIPT LOAD | EXISTS | FLUSH | KILL | DEBUG | HELP` */
export const script = defineCommand({
  name: "SCRIPT",
  group: "scripting",
  since: "2.6.0",
  summary: "A container for Lua scripts management commands",
  complexity: "Depends on subcommand.",
  history: [],
  deprecated: null,
  arity: -2,
  flags: [],
  categories: [],
  tips: [],
  keys: [],
  arguments: [],
  subcommands: [help, exists, debug, load, flush, kill],
  run: null,
});
