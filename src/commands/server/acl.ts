/**
 * ACL and its subcommands; those that are more than a line are in files of their own.
 *
 * @module
 */

import { defineCommand } from "../define.ts";
import { replyHelp } from "../help.ts";
import { aclLog } from "./acl_log.ts";
import { aclCat, aclDryrun, aclGenpass } from "./acl_tools.ts";
import { aclDeluser, aclGetuser, aclList, aclSetuser, aclUsers, aclWhoami } from "./acl_users.ts";

/** `ACL LOAD` */
const aclLoad = defineCommand({
  name: "LOAD",
  group: "server",
  since: "6.0.0",
  summary: "Reload the ACLs from the configured ACL file",
  complexity: "O(N). Where N is the number of configured users.",
  history: [],
  deprecated: null,
  arity: 2,
  flags: ["admin", "noscript", "loading", "stale"],
  categories: [],
  tips: [],
  keys: [],
  arguments: [],
  subcommands: [],
  run({ reply, server, session }) {
    server.access.load(session);
    reply.ok();
  },
});

/** `ACL SAVE` */
const aclSave = defineCommand({
  name: "SAVE",
  group: "server",
  since: "6.0.0",
  summary: "Save the current ACL rules in the configured ACL file",
  complexity: "O(N). Where N is the number of configured users.",
  history: [],
  deprecated: null,
  arity: 2,
  flags: ["admin", "noscript", "loading", "stale"],
  categories: [],
  tips: [],
  keys: [],
  arguments: [],
  subcommands: [],
  run({ reply, server }) {
    server.access.save();
    reply.ok();
  },
});

/** `ACL HELP` */
const aclHelp = defineCommand({
  name: "HELP",
  group: "server",
  since: "6.0.0",
  summary: "Show helpful text about the different subcommands",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 2,
  flags: ["loading", "stale"],
  categories: [],
  tips: [],
  keys: [],
  arguments: [],
  subcommands: [],
  run(context) {
    replyHelp(context, "ACL", [
      "CAT [<category>]",
      "    List all commands that belong to <category>, or all command categories",
      "    when no category is specified.",
      "DELUSER <username> [<username> ...]",
      "    Delete a list of users.",
      "DRYRUN <username> <command> [<arg> ...]",
      "    Returns whether the user can execute the given command without executing the command.",
      "GETUSER <username>",
      "    Get the user's details.",
      "GENPASS [<bits>]",
      "    Generate a secure 256-bit user password. The optional `bits` argument can",
      "    be used to specify a different size.",
      "LIST",
      "    Show users details in config file format.",
      "LOAD",
      "    Reload users from the ACL file.",
      "LOG [<count> | RESET]",
      "    Show the ACL log entries.",
      "SAVE",
      "    Save the current config to the ACL file.",
      "SETUSER <username> <attribute> [<attribute> ...]",
      "    Create or modify a user with the specified attributes.",
      "USERS",
      "    List all the registered usernames.",
      "WHOAMI",
      "    Return the current connection username.",
    ]);
  },
});

/** `ACL subcommand [argument ...]` */
export const acl = defineCommand({
  name: "ACL",
  group: "server",
  since: "6.0.0",
  summary: "A container for Access List Control commands ",
  complexity: "Depends on subcommand.",
  history: [],
  deprecated: null,
  arity: -2,
  flags: [],
  categories: [],
  tips: [],
  keys: [],
  arguments: [],
  subcommands: [
    aclCat,
    aclDeluser,
    aclDryrun,
    aclGenpass,
    aclGetuser,
    aclHelp,
    aclList,
    aclLoad,
    aclLog,
    aclSave,
    aclSetuser,
    aclUsers,
    aclWhoami,
  ],
  run: null,
});
