/**
 * COMMAND: the container, what it answers by itself, and its HELP.
 *
 * @module
 */

import { defineCommand } from "../define.ts";
import { replyHelp } from "../help.ts";
import { commandDocs } from "./command_docs.ts";
import { commandGetkeys, commandGetkeysandflags } from "./command_getkeys.ts";
import { commandInfo, replyAllInfo } from "./command_info.ts";
import { commandCount, commandList } from "./command_list.ts";

const HELP = [
  "(no subcommand)",
  "    Return details about all Redis commands.",
  "COUNT",
  "    Return the total number of commands in this Redis server.",
  "LIST",
  "    Return a list of all commands in this Redis server.",
  "INFO [<command-name> ...]",
  "    Return details about multiple Redis commands.",
  "    If no command names are given, documentation details for all",
  "    commands are returned.",
  "DOCS [<command-name> ...]",
  "    Return documentation details about multiple Redis commands.",
  "    If no command names are given, documentation details for all",
  "    commands are returned.",
  "GETKEYS <full-command>",
  "    Return the keys from a full Redis command.",
  "GETKEYSANDFLAGS <full-command>",
  "    Return the keys and the access flags from a full Redis command.",
];

/** `COMMAND HELP` */
const commandHelp = defineCommand({
  name: "HELP",
  group: "server",
  since: "5.0.0",
  summary: "Show helpful text about the different subcommands",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 2,
  flags: ["loading", "stale"],
  categories: ["connection"],
  tips: [],
  keys: [],
  arguments: [],
  subcommands: [],
  run(context) {
    replyHelp(context, "COMMAND", HELP);
  },
});

/** `COMMAND`: the only container that is a command of its own too. */
export const command = defineCommand({
  name: "COMMAND",
  group: "server",
  since: "2.8.13",
  summary: "Get array of Redis command details",
  complexity: "O(N) where N is the total number of Redis commands",
  history: [],
  deprecated: null,
  arity: -1,
  flags: ["loading", "stale"],
  categories: ["connection"],
  tips: ["nondeterministic_output_order"],
  keys: [],
  arguments: [],
  subcommands: [
    commandCount,
    commandDocs,
    commandGetkeys,
    commandGetkeysandflags,
    commandHelp,
    commandInfo,
    commandList,
  ],
  run: replyAllInfo,
});
