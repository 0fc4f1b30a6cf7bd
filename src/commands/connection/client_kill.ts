/**
 * CLIENT KILL, with an address alone (the old form) or with filters.
 *
 * @module
 */

import {
  CLIENT_ID_NOT_POSITIVE,
  MAXAGE_NOT_AN_INTEGER,
  MAXAGE_NOT_POSITIVE,
  NO_SUCH_CLIENT,
  noSuchUser,
  SYNTAX,
} from "../../base/errors.ts";
import type { ClientSession, CommandContext } from "../context.ts";
import { defineCommand } from "../define.ts";
import { clientType } from "./_internal.ts";

/**
 * `CLIENT KILL <ip:port | [ID client-id] [TYPE type] [USER username] [ADDR ip:port] [LADDR ip:port] [SKIPME yes/no]
 * [MAXAGE seconds]>`
 */
export const clientKill = defineCommand({
  name: "KILL",
  group: "connection",
  since: "2.4.0",
  summary: "Kill the connection of a client",
  complexity: "O(N) where N is the number of client connections",
  history: [
    ["2.8.12", "Added new filter format."],
    ["2.8.12", "`ID` option."],
    ["3.2.0", "Added `master` type in for `TYPE` option."],
    ["5.0.0", "Replaced `slave` `TYPE` with `replica`. `slave` still supported for backward compatibility."],
    ["6.2.0", "`LADDR` option."],
    ["7.4.0", "`MAXAGE` option."],
  ],
  deprecated: null,
  arity: -3,
  flags: ["admin", "noscript", "loading", "stale"],
  categories: ["connection"],
  tips: [],
  keys: [],
  arguments: [
    {
      name: "filter",
      type: "oneof",
      arguments: [
        { name: "ip:port", type: "string", deprecatedSince: "2.8.12" },
        {
          name: "new-format",
          type: "oneof",
          multiple: true,
          arguments: [
            { name: "client-id", type: "integer", token: "ID", since: "2.8.12", optional: true },
            {
              name: "normal_master_slave_pubsub",
              type: "oneof",
              token: "TYPE",
              since: "2.8.12",
              optional: true,
              arguments: [
                { name: "normal", type: "pure-token", token: "NORMAL" },
                { name: "master", type: "pure-token", token: "MASTER", since: "3.2.0" },
                { name: "slave", type: "pure-token", token: "SLAVE" },
                { name: "replica", type: "pure-token", token: "REPLICA", since: "5.0.0" },
                { name: "pubsub", type: "pure-token", token: "PUBSUB" },
              ],
            },
            { name: "username", type: "string", token: "USER", optional: true },
            { name: "ip:port", type: "string", token: "ADDR", optional: true },
            { name: "ip:port", type: "string", token: "LADDR", since: "6.2.0", optional: true },
            { name: "yes/no", type: "string", token: "SKIPME", optional: true },
            { name: "maxage", type: "integer", token: "MAXAGE", since: "7.4.0", optional: true },
          ],
        },
      ],
    },
  ],
  subcommands: [],
  run(context) {
    const { args, reply, server: { clients } } = context;
    const isOldForm = args.count === 3;
    const filter = isOldForm ? { address: args.text(2), skipsAsker: false } : parseFilter(context);
    // Chosen first, killed then: killing changes the list.
    const chosen = [...clients.list()].filter((client) => matches(client, filter, context));
    for (const client of chosen) clients.kill(client, context.session);
    if (!isOldForm) reply.integer(chosen.length);
    else if (chosen.length > 0) reply.ok();
    else throw NO_SUCH_CLIENT;
  },
});

/** Which clients to kill; all that is given must hold. */
interface KillFilter {
  id?: number;
  address?: string;
  localAddress?: string;
  type?: ClientSession["type"];
  user?: string;
  /** Seconds for which a client must have been connected. */
  minimumAge?: number;
  skipsAsker: boolean;
}

/** The filter that the options are; the last of a repeated one counts. */
function parseFilter({ args, server }: CommandContext): KillFilter {
  const filter: KillFilter = { skipsAsker: true };
  for (let i = 2; i < args.count; i += 2) {
    const value = i + 1;
    if (value === args.count) throw SYNTAX;
    if (args.is(i, "ID")) {
      filter.id = args.integerBetween(value, 1, Infinity, CLIENT_ID_NOT_POSITIVE);
    } else if (args.is(i, "TYPE")) {
      filter.type = clientType(args, value);
    } else if (args.is(i, "ADDR")) {
      filter.address = args.text(value);
    } else if (args.is(i, "LADDR")) {
      filter.localAddress = args.text(value);
    } else if (args.is(i, "USER")) {
      filter.user = args.text(value);
      if (server.access.users.get(filter.user) === undefined) throw noSuchUser(filter.user);
    } else if (args.is(i, "SKIPME")) {
      if (!args.is(value, "YES") && !args.is(value, "NO")) throw SYNTAX;
      filter.skipsAsker = args.is(value, "YES");
    } else if (args.is(i, "MAXAGE")) {
      filter.minimumAge = args.integer(value, MAXAGE_NOT_AN_INTEGER);
      if (filter.minimumAge <= 0) throw MAXAGE_NOT_POSITIVE;
    } else {
      throw SYNTAX;
    }
  }
  return filter;
}

function matches(client: ClientSession, filter: KillFilter, { keyspace, session }: CommandContext): boolean {
  const { id, address, localAddress, type, user, minimumAge, skipsAsker } = filter;
  // Whole seconds on both ends, as Redis keeps them.
  const age = Math.floor(keyspace.now / 1000) - Math.floor(client.connectedAt / 1000);
  return (id === undefined || client.id === id) &&
    (address === undefined || client.address === address) &&
    (localAddress === undefined || client.localAddress === localAddress) &&
    (type === undefined || client.type === type) &&
    (user === undefined || client.user === user) &&
    (minimumAge === undefined || age >= minimumAge) &&
    !(skipsAsker && client === session);
}
