/**
 * COMMAND GETKEYS and GETKEYSANDFLAGS: the keys of a request that is not run.
 *
 * @module
 */

import {
  INVALID_COMMAND,
  INVALID_COMMAND_ARGUMENTS,
  INVALID_COMMAND_ARITY,
  NO_KEY_ARGUMENTS,
} from "../../base/errors.ts";
import type { Args } from "../../resp/args.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand } from "../define.ts";
import { hasKeys, RequestKeys } from "../keys.ts";
import type { Command } from "../table.ts";
import { replyWords } from "./command_info.ts";

/** `COMMAND GETKEYS command [arg [arg ...]]` */
export const commandGetkeys = defineCommand({
  name: "GETKEYS",
  group: "server",
  since: "2.8.13",
  summary: "Extract keys given a full Redis command",
  complexity: "O(N) where N is the number of arguments to the command",
  history: [],
  deprecated: null,
  arity: -4,
  flags: ["loading", "stale"],
  categories: ["connection"],
  tips: [],
  keys: [],
  arguments: [],
  subcommands: [],
  run(context) {
    const { args, reply } = context;
    const keys = keysOfRequest(context);
    reply.array(keys.count);
    for (let i = 0; i < keys.count; i++) {
      const position = keys.position(i);
      reply.bulk(args.bytes, args.start(position), args.end(position));
    }
  },
});

/** `COMMAND GETKEYSANDFLAGS command [arg [arg ...]]` */
export const commandGetkeysandflags = defineCommand({
  name: "GETKEYSANDFLAGS",
  group: "server",
  since: "7.0.0",
  summary: "Extract keys and access flags given a full Redis command",
  complexity: "O(N) where N is the number of arguments to the command",
  history: [],
  deprecated: null,
  arity: -4,
  flags: ["loading", "stale"],
  categories: ["connection"],
  tips: [],
  keys: [],
  arguments: [],
  subcommands: [],
  run(context) {
    const { args, reply } = context;
    const keys = keysOfRequest(context);
    reply.array(keys.count);
    for (let i = 0; i < keys.count; i++) {
      const position = keys.position(i);
      reply.array(2);
      reply.bulk(args.bytes, args.start(position), args.end(position));
      replyWords(reply, keys.flags(i));
    }
  },
});

/** Where in the arguments the request begins that is asked about. */
const FIRST = 2;

function keysOfRequest(context: CommandContext): RequestKeys {
  const { args } = context;
  const command = commandAsked(context);
  if (command === null) throw INVALID_COMMAND;
  if (!hasKeys(command.definition)) throw NO_KEY_ARGUMENTS;
  const count = args.count - FIRST;
  if (command.arity < 0 ? count < -command.arity : count !== command.arity) throw INVALID_COMMAND_ARITY;
  const keys = new RequestKeys();
  if (keys.find(command, args, FIRST) === 0 && !mayHaveNone(command, args)) throw INVALID_COMMAND_ARGUMENTS;
  return keys;
}

/** Whether a request without keys makes sense: EVAL with 0 for the number of keys. */
function mayHaveNone(command: Command, args: Args): boolean {
  const [specification] = command.definition.keys;
  if (!command.has("no_mandatory_keys") || specification.begin.type !== "index") return false;
  return specification.find.type === "numkeys" && args.is(FIRST + specification.begin.index, "0");
}

function commandAsked({ args, server }: CommandContext): Command | null {
  const command = server.commands.find(args.bytes, args.start(FIRST), args.end(FIRST));
  if (command === null || command.subcommands === null) return command;
  return command.subcommands.find(args.bytes, args.start(FIRST + 1), args.end(FIRST + 1));
}
