/**
 * The subcommands of ACL that show and change users.
 *
 * @module
 */

import { commandRules } from "../../acl/describe.ts";
import { hasSpaces, mergeSelectors, RuleRefused } from "../../acl/rules.ts";
import type { Selector } from "../../acl/selector.ts";
import { DEFAULT_USER, type Users } from "../../acl/users.ts";
import {
  DEFAULT_USER_STAYS,
  INVALID_USER_NAME,
  refusedRule,
  unmatchedParenthesis,
} from "../../base/errors.ts";
import type { ReplyWriter } from "../../resp/reply_writer.ts";
import { defineCommand } from "../define.ts";

/** `ACL SETUSER username [rule [rule ...]]` */
export const aclSetuser = defineCommand({
  name: "SETUSER",
  group: "server",
  since: "6.0.0",
  summary: "Modify or create the rules for a specific ACL user",
  complexity: "O(N). Where N is the number of rules provided.",
  history: [
    ["6.2.0", "Added Pub/Sub channel patterns."],
    ["7.0.0", "Added selectors and key based permissions."],
  ],
  deprecated: null,
  arity: -3,
  flags: ["admin", "noscript", "loading", "stale"],
  categories: [],
  tips: [],
  keys: [],
  arguments: [{ name: "username", type: "string" }, {
    name: "rule",
    type: "string",
    optional: true,
    multiple: true,
  }],
  subcommands: [],
  run({ args, reply, server, session }) {
    const { access } = server;
    const name = args.text(2);
    if (hasSpaces(name)) throw INVALID_USER_NAME;
    const merged = mergeSelectors([...args.texts(3)]);
    if ("unclosed" in merged) throw unmatchedParenthesis(merged.unclosed);
    const draft = access.users.draft(name);
    for (const rule of merged.rules) {
      try {
        draft.apply(rule);
      } catch (error) {
        throw error instanceof RuleRefused ? refusedRule(rule, error.reason) : error;
      }
    }
    access.change(draft, session);
    reply.ok();
  },
});

/** `ACL GETUSER username` */
export const aclGetuser = defineCommand({
  name: "GETUSER",
  group: "server",
  since: "6.0.0",
  summary: "Get the rules for a specific ACL user",
  complexity: "O(N). Where N is the number of password, command and pattern rules that the user has.",
  history: [
    ["6.2.0", "Added Pub/Sub channel patterns."],
    [
      "7.0.0",
      "Added selectors and changed the format of key and channel patterns from a list to their rule representation.",
    ],
  ],
  deprecated: null,
  arity: 3,
  flags: ["admin", "noscript", "loading", "stale"],
  categories: [],
  tips: [],
  keys: [],
  arguments: [{ name: "username", type: "string" }],
  subcommands: [],
  run({ args, reply, server }) {
    const { users } = server.access;
    const user = users.get(args.text(2));
    if (user === undefined) return reply.null();
    const [root, ...others] = user.selectors;
    reply.map(6);
    reply.bulkText("flags");
    const flags = user.flags();
    reply.set(flags.length);
    for (const flag of flags) reply.bulkText(flag);
    reply.bulkText("passwords");
    reply.array(user.hashes.length);
    for (const hash of user.hashes) reply.bulkText(hash);
    replySelector(reply, root, users);
    reply.bulkText("selectors");
    reply.array(others.length);
    for (const selector of others) {
      reply.map(3);
      replySelector(reply, selector, users);
    }
  },
});

/** The three pairs that describe a selector. */
function replySelector(reply: ReplyWriter, selector: Selector, users: Users): void {
  reply.bulkText("commands");
  reply.bulkText(commandRules(selector, users));
  reply.bulkText("keys");
  reply.bulkText(selector.keyRules().join(" "));
  reply.bulkText("channels");
  reply.bulkText(selector.channelRules().join(" "));
}

/** `ACL DELUSER username [username ...]` */
export const aclDeluser = defineCommand({
  name: "DELUSER",
  group: "server",
  since: "6.0.0",
  summary: "Remove the specified ACL users and the associated rules",
  complexity: "O(1) amortized time considering the typical user.",
  history: [],
  deprecated: null,
  arity: -3,
  flags: ["admin", "noscript", "loading", "stale"],
  categories: [],
  tips: [],
  keys: [],
  arguments: [{ name: "username", type: "string", multiple: true }],
  subcommands: [],
  run({ args, reply, server, session }) {
    const names = [...args.texts(2)];
    if (names.includes(DEFAULT_USER)) throw DEFAULT_USER_STAYS;
    reply.integer(server.access.remove(names, session));
  },
});

/** `ACL LIST` */
export const aclList = defineCommand({
  name: "LIST",
  group: "server",
  since: "6.0.0",
  summary: "List the current ACL rules in ACL config file format",
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
    const lines = server.access.users.lines();
    reply.array(lines.length);
    for (const line of lines) reply.bulkText(`user ${line}`);
  },
});

/** `ACL USERS` */
export const aclUsers = defineCommand({
  name: "USERS",
  group: "server",
  since: "6.0.0",
  summary: "List the username of all the configured ACL rules",
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
    const users = server.access.users.list();
    reply.array(users.length);
    for (const { name } of users) reply.bulkText(name);
  },
});

/** `ACL WHOAMI` */
export const aclWhoami = defineCommand({
  name: "WHOAMI",
  group: "server",
  since: "6.0.0",
  summary: "Return the name of the user associated to the current connection",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 2,
  flags: ["noscript", "loading", "stale"],
  categories: [],
  tips: [],
  keys: [],
  arguments: [],
  subcommands: [],
  run({ reply, session }) {
    reply.bulkText(session.user);
  },
});
