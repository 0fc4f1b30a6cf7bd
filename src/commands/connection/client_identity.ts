/**
 * CLIENT ID, INFO, GETNAME, SETNAME, SETINFO: who a connection is.
 *
 * @module
 */

import { invalidClientAttribute, unrecognizedOption } from "../../base/errors.ts";
import { defineCommand } from "../define.ts";
import { fitsClientList, setClientName } from "./_internal.ts";

/** `CLIENT ID` */
export const clientId = defineCommand({
  name: "ID",
  group: "connection",
  since: "5.0.0",
  summary: "Returns the client ID for the current connection",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 2,
  flags: ["noscript", "loading", "stale"],
  categories: ["connection"],
  tips: [],
  keys: [],
  arguments: [],
  subcommands: [],
  run({ reply, session }) {
    reply.integer(session.id);
  },
});

/** `CLIENT INFO` */
export const clientInfo = defineCommand({
  name: "INFO",
  group: "connection",
  since: "6.2.0",
  summary: "Returns information about the current client connection.",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 2,
  flags: ["noscript", "loading", "stale"],
  categories: ["connection"],
  tips: ["nondeterministic_output"],
  keys: [],
  arguments: [],
  subcommands: [],
  run({ reply, session }) {
    reply.verbatim(`${session.describe()}\n`);
  },
});

/** `CLIENT GETNAME` */
export const clientGetname = defineCommand({
  name: "GETNAME",
  group: "connection",
  since: "2.6.9",
  summary: "Get the current connection name",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 2,
  flags: ["noscript", "loading", "stale"],
  categories: ["connection"],
  tips: [],
  keys: [],
  arguments: [],
  subcommands: [],
  run({ reply, session }) {
    if (session.name === "") reply.null();
    else reply.bulkText(session.name);
  },
});

/** `CLIENT SETNAME connection-name` */
export const clientSetname = defineCommand({
  name: "SETNAME",
  group: "connection",
  since: "2.6.9",
  summary: "Set the current connection name",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 3,
  flags: ["noscript", "loading", "stale"],
  categories: ["connection"],
  tips: [],
  keys: [],
  arguments: [{ name: "connection-name", type: "string" }],
  subcommands: [],
  run(context) {
    setClientName(context, 2);
    context.reply.ok();
  },
});

/** `CLIENT SETINFO <LIB-NAME libname | LIB-VER libver>` */
export const clientSetinfo = defineCommand({
  name: "SETINFO",
  group: "connection",
  since: "7.2.0",
  summary: "Sets information specific to the client or connection.",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 4,
  flags: ["noscript", "loading", "stale"],
  categories: ["connection"],
  tips: [],
  keys: [],
  arguments: [
    {
      name: "attr",
      type: "oneof",
      arguments: [
        { name: "libname", type: "string", token: "LIB-NAME" },
        { name: "libver", type: "string", token: "LIB-VER" },
      ],
    },
  ],
  subcommands: [],
  run({ args, reply, session }) {
    const isName = args.is(2, "LIB-NAME");
    if (!isName && !args.is(2, "LIB-VER")) throw unrecognizedOption(args.text(2));
    const value = args.text(3);
    if (!fitsClientList(value)) throw invalidClientAttribute(args.text(2));
    if (isName) session.libraryName = value;
    else session.libraryVersion = value;
    reply.ok();
  },
});
