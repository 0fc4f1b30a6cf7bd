/**
 * TTL, PTTL, EXPIRETIME, PEXPIRETIME.
 *
 * @module
 */

import type { CommandContext } from "../context.ts";
import { defineCommand, oneKey } from "../define.ts";
import { peek } from "./_internal.ts";

/** Replies when the key in argument 1 expires, counted from `base`, in units of `unit` milliseconds. */
function replyExpiry(context: CommandContext, base: number, unit: number): void {
  const { entries, reply } = context;
  const entry = peek(context, 1);
  if (entry === 0) return reply.integer(-2);
  if (!entries.hasExpiry(entry)) return reply.integer(-1);
  const left = Math.max(0, entries.expiry(entry) - base);
  const value = unit === 1 ? left : Math.floor((left + unit / 2) / unit);
  if (value <= Number.MAX_SAFE_INTEGER) reply.integer(value);
  else reply.int64(BigInt(value));
}

/** `TTL key` */
export const ttl = defineCommand({
  name: "TTL",
  group: "generic",
  since: "1.0.0",
  summary: "Get the time to live for a key in seconds",
  complexity: "O(1)",
  history: [["2.8.0", "Added the -2 reply."]],
  deprecated: null,
  arity: 2,
  flags: ["readonly", "fast"],
  categories: ["keyspace"],
  tips: ["nondeterministic_output"],
  keys: [oneKey(1, "RO", "access")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }],
  subcommands: [],
  run(context) {
    replyExpiry(context, context.keyspace.now, 1000);
  },
});

/** `PTTL key` */
export const pttl = defineCommand({
  name: "PTTL",
  group: "generic",
  since: "2.6.0",
  summary: "Get the time to live for a key in milliseconds",
  complexity: "O(1)",
  history: [["2.8.0", "Added the -2 reply."]],
  deprecated: null,
  arity: 2,
  flags: ["readonly", "fast"],
  categories: ["keyspace"],
  tips: ["nondeterministic_output"],
  keys: [oneKey(1, "RO", "access")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }],
  subcommands: [],
  run(context) {
    replyExpiry(context, context.keyspace.now, 1);
  },
});

/** `EXPIRETIME key` */
export const expiretime = defineCommand({
  name: "EXPIRETIME",
  group: "generic",
  since: "7.0.0",
  summary: "Get the expiration Unix timestamp for a key",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 2,
  flags: ["readonly", "fast"],
  categories: ["keyspace"],
  tips: [],
  keys: [oneKey(1, "RO", "access")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }],
  subcommands: [],
  run(context) {
    replyExpiry(context, 0, 1000);
  },
});

/** `PEXPIRETIME key` */
export const pexpiretime = defineCommand({
  name: "PEXPIRETIME",
  group: "generic",
  since: "7.0.0",
  summary: "Get the expiration Unix timestamp for a key in milliseconds",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 2,
  flags: ["readonly", "fast"],
  categories: ["keyspace"],
  tips: [],
  keys: [oneKey(1, "RO", "access")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }],
  subcommands: [],
  run(context) {
    replyExpiry(context, 0, 1);
  },
});
