/**
 * AUTH.
 *
 * @module
 */

import { NO_PASSWORD_SET, SYNTAX } from "../../base/errors.ts";
import { defineCommand } from "../define.ts";
import { authenticate } from "./_internal.ts";

/** `AUTH [username] password` */
export const auth = defineCommand({
  name: "AUTH",
  group: "connection",
  since: "1.0.0",
  summary: "Authenticate to the server",
  complexity: "O(N) where N is the number of passwords defined for the user",
  history: [["6.0.0", "Added ACL style (username and password)."]],
  deprecated: null,
  arity: -2,
  flags: ["noscript", "loading", "stale", "fast", "no_auth", "allow_busy"],
  categories: ["connection"],
  tips: [],
  keys: [],
  arguments: [
    { name: "username", type: "string", since: "6.0.0", optional: true },
    { name: "password", type: "string" },
  ],
  subcommands: [],
  run(context) {
    const { args, reply, server } = context;
    if (args.count > 3) throw SYNTAX;
    if (args.count === 3) {
      authenticate(context, args.text(1), args.text(2));
    } else {
      // Whoever sends a password to a server without one should hear that it protects nothing.
      if (server.access.users.default.noPassword) throw NO_PASSWORD_SET;
      authenticate(context, "default", args.text(1));
    }
    reply.ok();
  },
});
