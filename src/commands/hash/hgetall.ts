/**
 * HGETALL, HKEYS and HVALS.
 *
 * @module
 */

import type { CommandContext } from "../context.ts";
import { defineCommand, oneKey } from "../define.ts";
import { hasExpired, readHash, replyName, replyValue } from "./_internal.ts";

/** Number of fields that have not expired. */
function countLive(context: CommandContext, entry: number): number {
  const { hashes, now } = context.keyspace;
  const count = hashes.count(entry);
  return context.entries.hasVolatileFields(entry) ? count - hashes.countBefore(entry, now) : count;
}

/** Replies names, values or both of the fields of a hash that have not expired. */
function replyFields(context: CommandContext, entry: number, names: boolean, values: boolean): void {
  const { hashes } = context.keyspace;
  hashes.each(entry, () => {
    if (hasExpired(context, hashes.expiry)) return;
    if (names) replyName(context, entry);
    if (values) replyValue(context, entry);
  });
}

/** `HGETALL key` */
export const hgetall = defineCommand({
  name: "HGETALL",
  group: "hash",
  since: "2.0.0",
  summary: "Get all the fields and values in a hash",
  complexity: "O(N) where N is the size of the hash.",
  history: [],
  deprecated: null,
  arity: 2,
  flags: ["readonly"],
  categories: ["hash"],
  tips: ["nondeterministic_output_order"],
  keys: [oneKey(1, "RO", "access")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }],
  subcommands: [],
  run(context) {
    const entry = readHash(context);
    if (entry === 0) return context.reply.map(0);
    context.reply.map(countLive(context, entry));
    replyFields(context, entry, true, true);
  },
});

/** `HKEYS key` */
export const hkeys = defineCommand({
  name: "HKEYS",
  group: "hash",
  since: "2.0.0",
  summary: "Get all the fields in a hash",
  complexity: "O(N) where N is the size of the hash.",
  history: [],
  deprecated: null,
  arity: 2,
  flags: ["readonly"],
  categories: ["hash"],
  tips: ["nondeterministic_output_order"],
  keys: [oneKey(1, "RO", "access")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }],
  subcommands: [],
  run(context) {
    const entry = readHash(context);
    if (entry === 0) return context.reply.array(0);
    context.reply.array(countLive(context, entry));
    replyFields(context, entry, true, false);
  },
});

/** `HVALS key` */
export const hvals = defineCommand({
  name: "HVALS",
  group: "hash",
  since: "2.0.0",
  summary: "Get all the values in a hash",
  complexity: "O(N) where N is the size of the hash.",
  history: [],
  deprecated: null,
  arity: 2,
  flags: ["readonly"],
  categories: ["hash"],
  tips: ["nondeterministic_output_order"],
  keys: [oneKey(1, "RO", "access")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }],
  subcommands: [],
  run(context) {
    const entry = readHash(context);
    if (entry === 0) return context.reply.array(0);
    context.reply.array(countLive(context, entry));
    replyFields(context, entry, false, true);
  },
});
