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
  run({ args, reply, session }) {
    if (args.count > 2) throw wrongArity("ping");
    if (session.subscriptions !== null && reply.protocol === 2) {
      // A client that expects messages finds it easier to be answered by one.
      reply.array(2);
      reply.bulkText("pong");
      if (args.count === 1) reply.bulkText("");
    } else if (args.count === 1) {
      reply.raw("+PONG\r\n");
    }
    if (args.count === 2) reply.bulk(args.bytes, args.start(1), args.end(1));
  },
});
