/**
 * COMMAND COUNT and COMMAND LIST.
 *
 * @module
 */

import { SYNTAX } from "../../base/errors.ts";
import { matchGlob } from "../../base/glob.ts";
import type { Args } from "../../resp/args.ts";
import { defineCommand } from "../define.ts";
import type { Command, CommandTable } from "../table.ts";

/** `COMMAND COUNT` */
export const commandCount = defineCommand({
  name: "COUNT",
  group: "server",
  since: "2.8.13",
  summary: "Get total number of Redis commands",
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
  run({ reply, server }) {
    reply.integer(server.commands.list().length);
  },
});

/** `COMMAND LIST [FILTERBY <MODULE module-name | ACLCAT category | PATTERN pattern>]` */
export const commandList = defineCommand({
  name: "LIST",
  group: "server",
  since: "7.0.0",
  summary: "Get an array of Redis command names",
  complexity: "O(N) where N is the total number of Redis commands",
  history: [],
  deprecated: null,
  arity: -2,
  flags: ["loading", "stale"],
  categories: ["connection"],
  tips: ["nondeterministic_output_order"],
  keys: [],
  arguments: [
    {
      name: "filterby",
      type: "oneof",
      token: "FILTERBY",
      optional: true,
      arguments: [
        { name: "module-name", type: "string", token: "MODULE" },
        { name: "category", type: "string", token: "ACLCAT" },
        { name: "pattern", type: "pattern", token: "PATTERN" },
      ],
    },
  ],
  subcommands: [],
  run({ args, reply, server }) {
    const names = withSubcommands(server.commands).filter(parseFilter(args)).map(({ fullName }) => fullName);
    reply.array(names.length);
    for (const name of names) reply.bulkText(name);
  },
});

/** Which commands the request asks for. */
function parseFilter(args: Args): (command: Command) => boolean {
  if (args.count === 2) return () => true;
  if (args.count !== 5 || !args.is(2, "FILTERBY")) throw SYNTAX;
  const wanted = args.text(4);
  // There are no modules that commands could belong to.
  if (args.is(3, "MODULE")) return () => false;
  if (args.is(3, "ACLCAT")) {
    return ({ categories }) => categories.some((category) => category === wanted.toLowerCase());
  }
  if (args.is(3, "PATTERN")) return ({ fullName }) => matchGlob(wanted, fullName, true);
  throw SYNTAX;
}

function withSubcommands(table: CommandTable): Command[] {
  return table.list().flatMap((command) => [command, ...command.subcommands?.list() ?? []]);
}
