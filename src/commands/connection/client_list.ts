/**
 * CLIENT LIST.
 *
 * @module
 */

import { INVALID_CLIENT_ID, SYNTAX } from "../../base/errors.ts";
import type { ClientSession, CommandContext } from "../context.ts";
import { defineCommand } from "../define.ts";
import { clientType } from "./_internal.ts";

/** `CLIENT LIST [TYPE <NORMAL | MASTER | REPLICA | PUBSUB>] [ID client-id [client-id ...]]` */
export const clientList = defineCommand({
  name: "LIST",
  group: "connection",
  since: "2.4.0",
  summary: "Get the list of client connections",
  complexity: "O(N) where N is the number of client connections",
  history: [
    ["2.8.12", "Added unique client `id` field."],
    ["5.0.0", "Added optional `TYPE` filter."],
    ["6.0.0", "Added `user` field."],
    ["6.2.0", "Added `argv-mem`, `tot-mem`, `laddr` and `redir` fields and the optional `ID` filter."],
    ["7.0.0", "Added `resp`, `multi-mem`, `rbs` and `rbp` fields."],
    ["7.0.3", "Added `ssub` field."],
  ],
  deprecated: null,
  arity: -2,
  flags: ["admin", "noscript", "loading", "stale"],
  categories: ["connection"],
  tips: ["nondeterministic_output"],
  keys: [],
  arguments: [
    {
      name: "normal_master_replica_pubsub",
      type: "oneof",
      token: "TYPE",
      since: "5.0.0",
      optional: true,
      arguments: [
        { name: "normal", type: "pure-token", token: "NORMAL" },
        { name: "master", type: "pure-token", token: "MASTER" },
        { name: "replica", type: "pure-token", token: "REPLICA" },
        { name: "pubsub", type: "pure-token", token: "PUBSUB" },
      ],
    },
    {
      name: "id",
      type: "block",
      token: "ID",
      since: "6.2.0",
      optional: true,
      arguments: [{ name: "client-id", type: "integer", multiple: true }],
    },
  ],
  subcommands: [],
  run(context) {
    const lines = listed(context).map((client) => `${client.describe()}\n`);
    context.reply.verbatim(lines.join(""));
  },
});

/** The clients that the request asks for. */
function listed({ args, server: { clients } }: CommandContext): ClientSession[] {
  if (args.count === 2) return [...clients.list()];
  if (args.count === 4 && args.is(2, "TYPE")) {
    const type = clientType(args, 3);
    return [...clients.list()].filter((client) => client.type === type);
  }
  if (args.count < 4 || !args.is(2, "ID")) throw SYNTAX;
  const found: ClientSession[] = [];
  for (let i = 3; i < args.count; i++) {
    const client = clients.get(args.integer(i, INVALID_CLIENT_ID));
    if (client !== undefined) found.push(client);
  }
  return found;
}
