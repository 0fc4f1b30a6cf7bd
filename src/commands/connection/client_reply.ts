/**
 * CLIENT REPLY.
 *
 * @module
 */

import { SYNTAX } from "../../base/errors.ts";
import { defineCommand } from "../define.ts";

/** `CLIENT REPLY <ON | OFF | SKIP>` */
export const clientReply = defineCommand({
  name: "REPLY",
  group: "connection",
  since: "3.2.0",
  summary: "Instruct the server whether to reply to commands",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 3,
  flags: ["noscript", "loading", "stale"],
  categories: ["connection"],
  tips: [],
  keys: [],
  arguments: [
    {
      name: "on_off_skip",
      type: "oneof",
      arguments: [
        { name: "on", type: "pure-token", token: "ON" },
        { name: "off", type: "pure-token", token: "OFF" },
        { name: "skip", type: "pure-token", token: "SKIP" },
      ],
    },
  ],
  subcommands: [],
  run({ args, reply, session }) {
    if (args.is(2, "ON")) {
      session.replyMode = "on";
      reply.ok();
    } else if (args.is(2, "OFF")) {
      session.replyMode = "off";
    } else if (args.is(2, "SKIP")) {
      if (session.replyMode !== "off") session.replyMode = "skip-next";
    } else {
      throw SYNTAX;
    }
  },
});
