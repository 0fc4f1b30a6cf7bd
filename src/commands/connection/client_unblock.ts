/**
 * CLIENT UNBLOCK.
 *
 * @module
 */

import { INVALID_UNBLOCK_REASON, subcommandSyntax } from "../../base/errors.ts";
import { defineCommand } from "../define.ts";

/** `CLIENT UNBLOCK client-id [TIMEOUT | ERROR]` */
export const clientUnblock = defineCommand({
  name: "UNBLOCK",
  group: "connection",
  since: "5.0.0",
  summary: "Unblock a client blocked in a blocking command from a different connection",
  complexity: "O(log N) where N is the number of client connections",
  history: [],
  deprecated: null,
  arity: -3,
  flags: ["admin", "noscript", "loading", "stale"],
  categories: ["connection"],
  tips: [],
  keys: [],
  arguments: [
    { name: "client-id", type: "integer" },
    {
      name: "timeout_error",
      type: "oneof",
      optional: true,
      arguments: [
        { name: "timeout", type: "pure-token", token: "TIMEOUT" },
        { name: "error", type: "pure-token", token: "ERROR" },
      ],
    },
  ],
  subcommands: [],
  run({ args, reply, server }) {
    if (args.count > 4) throw subcommandSyntax("CLIENT", args.text(1));
    if (args.count === 4 && !args.is(3, "TIMEOUT") && !args.is(3, "ERROR")) throw INVALID_UNBLOCK_REASON;
    const client = server.clients.get(args.integer(2));
    const withError = args.count === 4 && args.is(3, "ERROR");
    reply.integer(client !== undefined && server.clients.unblock(client, withError) ? 1 : 0);
  },
});
