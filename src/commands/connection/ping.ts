/**
 * PING.
 *
 * @module
 */

import { wrongArity } from "../../base/errors.ts";
import { defineCommand } from "../define.ts";

/** `PING [message]` */
export const ping = defineCommand({
  name: "PING",
  group: "connection",
  since: "1.0.0",
  summary: "Ping the server",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: -1,
  flags: ["fast"],
  categories: ["connection"],
  tips: ["request_policy:all_shards", "response_policy:all_succeeded"],
  keys: [],
  arguments: [{ name: "message", type: "string", optional: true }],
  subcommands: [],
  run({ args, reply }) {
    if (args.count === 1) reply.raw("+PONG\r\n");
    else if (args.count === 2) reply.bulk(args.bytes, args.start(1), args.end(1));
    else throw wrongArity("ping");
  },
});
