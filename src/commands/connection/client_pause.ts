/**
 * CLIENT PAUSE and UNPAUSE: hold clients back while something is moved under them.
 *
 * @module
 */

import {
  INVALID_PAUSE_MODE,
  subcommandSyntax,
  TIMEOUT_NEGATIVE,
  TIMEOUT_NOT_AN_INTEGER,
} from "../../base/errors.ts";
import { defineCommand } from "../define.ts";

/** `CLIENT PAUSE timeout [WRITE | ALL]` */
export const clientPause = defineCommand({
  name: "PAUSE",
  group: "connection",
  since: "2.9.50",
  summary: "Stop processing commands from clients for some time",
  complexity: "O(1)",
  history: [["6.2.0", "`CLIENT PAUSE WRITE` mode added along with the `mode` option."]],
  deprecated: null,
  arity: -3,
  flags: ["admin", "noscript", "loading", "stale"],
  categories: ["connection"],
  tips: [],
  keys: [],
  arguments: [
    { name: "timeout", type: "integer" },
    {
      name: "mode",
      type: "oneof",
      since: "6.2.0",
      optional: true,
      arguments: [
        { name: "write", type: "pure-token", token: "WRITE" },
        { name: "all", type: "pure-token", token: "ALL" },
      ],
    },
  ],
  subcommands: [],
  run({ args, keyspace, reply, server }) {
    if (args.count > 4) throw subcommandSyntax("CLIENT", args.text(1));
    const writesOnly = args.count === 4 && args.is(3, "WRITE");
    if (args.count === 4 && !writesOnly && !args.is(3, "ALL")) throw INVALID_PAUSE_MODE;
    const timeout = args.int64(2, TIMEOUT_NOT_AN_INTEGER);
    if (timeout < 0n) throw TIMEOUT_NEGATIVE;
    // The sum wraps around in 64 bits: in Redis 7.0 too, the longest timeouts end before they begin.
    const until = Number(BigInt.asIntN(64, timeout + BigInt(keyspace.now)));
    if (until > keyspace.now) server.clients.pause(until, writesOnly);
    reply.ok();
  },
});

/** `CLIENT UNPAUSE` */
export const clientUnpause = defineCommand({
  name: "UNPAUSE",
  group: "connection",
  since: "6.2.0",
  summary: "Resume processing of clients that were paused",
  complexity: "O(N) Where N is the number of paused clients",
  history: [],
  deprecated: null,
  arity: 2,
  flags: ["admin", "noscript", "loading", "stale"],
  categories: ["connection"],
  tips: [],
  keys: [],
  arguments: [],
  subcommands: [],
  run({ reply, server }) {
    server.clients.unpause();
    reply.ok();
  },
});
