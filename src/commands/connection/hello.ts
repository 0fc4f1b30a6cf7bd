/**
 * HELLO: chooses the protocol, and may log in and name the connection on the way.
 *
 * @module
 */

import {
  HELLO_WITHOUT_AUTH,
  helloSyntax,
  PROTOCOL_NOT_AN_INTEGER,
  UNSUPPORTED_PROTOCOL,
} from "../../base/errors.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand } from "../define.ts";
import { authenticate, setClientName } from "./_internal.ts";

/** `HELLO [protover [AUTH username password] [SETNAME clientname]]` */
export const hello = defineCommand({
  name: "HELLO",
  group: "connection",
  since: "6.0.0",
  summary: "Handshake with Redis",
  complexity: "O(1)",
  history: [
    [
      "6.2.0",
      "`protover` made optional; when called without arguments the command reports the current connection's context.",
    ],
  ],
  deprecated: null,
  arity: -1,
  flags: ["noscript", "loading", "stale", "fast", "no_auth", "allow_busy"],
  categories: ["connection"],
  tips: [],
  keys: [],
  arguments: [
    {
      name: "arguments",
      type: "block",
      optional: true,
      arguments: [
        { name: "protover", type: "integer" },
        {
          name: "username_password",
          type: "block",
          token: "AUTH",
          optional: true,
          arguments: [{ name: "username", type: "string" }, { name: "password", type: "string" }],
        },
        { name: "clientname", type: "string", token: "SETNAME", optional: true },
      ],
    },
  ],
  subcommands: [],
  run(context) {
    const { args, session } = context;
    let protocol = session.reply.protocol;
    if (args.count > 1) {
      protocol = args.integer(1, PROTOCOL_NOT_AN_INTEGER);
      if (protocol !== 2 && protocol !== 3) throw UNSUPPORTED_PROTOCOL;
    }
    applyOptions(context);
    if (!session.authenticated) throw HELLO_WITHOUT_AUTH;
    session.reply.protocol = protocol;
    replyProperties(context);
  },
});

/** Options act one after the other: what comes before a faulty one stays done. */
function applyOptions(context: CommandContext): void {
  const { args } = context;
  for (let i = 2; i < args.count; i++) {
    const following = args.count - 1 - i;
    if (following >= 2 && args.is(i, "AUTH")) {
      authenticate(context, args.text(i + 1), args.text(i + 2));
      i += 2;
    } else if (following >= 1 && args.is(i, "SETNAME")) {
      setClientName(context, i + 1);
      i++;
    } else {
      throw helloSyntax(args.text(i));
    }
  }
}

function replyProperties({ reply, server, session }: CommandContext): void {
  reply.map(7);
  reply.bulkText("server");
  reply.bulkText("redis");
  reply.bulkText("version");
  reply.bulkText(server.settings.redisVersion);
  reply.bulkText("proto");
  reply.integer(session.reply.protocol);
  reply.bulkText("id");
  reply.integer(session.id);
  reply.bulkText("mode");
  reply.bulkText("standalone");
  reply.bulkText("role");
  reply.bulkText("master");
  reply.bulkText("modules");
  reply.array(0);
}
