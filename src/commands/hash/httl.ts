/**
 * HTTL, HPTTL, HEXPIRETIME, HPEXPIRETIME.
 *
 * @module
 */

import type { CommandContext } from "../context.ts";
import { defineCommand, oneKey } from "../define.ts";
import { hasExpired, readHash } from "./_internal.ts";
import { checkFields, FIELDS_ARGUMENT, NO_EXPIRY, NO_FIELD } from "./hash_expiry.ts";

/** Replies when the fields that are named expire, counted from `base`, in units of `unit` milliseconds, rounded up. */
function replyExpiries(context: CommandContext, base: number, unit: number): void {
  const { args, keyspace, reply } = context;
  const { hashes } = keyspace;
  const entry = readHash(context);
  checkFields(args, 2);
  reply.array(args.count - 4);
  for (let i = 4; i < args.count; i++) {
    const found = entry !== 0 && hashes.find(entry, args.bytes, args.start(i), args.end(i));
    if (!found || hasExpired(context, hashes.expiry)) reply.integer(NO_FIELD);
    else if (hashes.expiry < 0) reply.integer(NO_EXPIRY);
    else reply.integer(Math.ceil((hashes.expiry - base) / unit));
  }
}

/** `HTTL key FIELDS numfields field [field ...]` */
export const httl = defineCommand({
  name: "HTTL",
  group: "hash",
  since: "7.4.0",
  summary: "Returns the TTL in seconds of a hash field.",
  complexity: "O(N) where N is the number of specified fields",
  history: [],
  deprecated: null,
  arity: -5,
  flags: ["readonly", "fast"],
  categories: ["hash"],
  tips: ["nondeterministic_output"],
  keys: [oneKey(1, "RO", "access")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, FIELDS_ARGUMENT],
  subcommands: [],
  run(context) {
    replyExpiries(context, context.keyspace.now, 1000);
  },
});

/** `HPTTL key FIELDS numfields field [field ...]` */
export const hpttl = defineCommand({
  name: "HPTTL",
  group: "hash",
  since: "7.4.0",
  summary: "Returns the TTL in milliseconds of a hash field.",
  complexity: "O(N) where N is the number of specified fields",
  history: [],
  deprecated: null,
  arity: -5,
  flags: ["readonly", "fast"],
  categories: ["hash"],
  tips: ["nondeterministic_output"],
  keys: [oneKey(1, "RO", "access")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, FIELDS_ARGUMENT],
  subcommands: [],
  run(context) {
    replyExpiries(context, context.keyspace.now, 1);
  },
});

/** `HEXPIRETIME key FIELDS numfields field [field ...]` */
export const hexpiretime = defineCommand({
  name: "HEXPIRETIME",
  group: "hash",
  since: "7.4.0",
  summary: "Returns the expiration time of a hash field as a Unix timestamp, in seconds.",
  complexity: "O(N) where N is the number of specified fields",
  history: [],
  deprecated: null,
  arity: -5,
  flags: ["readonly", "fast"],
  categories: ["hash"],
  tips: [],
  keys: [oneKey(1, "RO", "access")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, FIELDS_ARGUMENT],
  subcommands: [],
  run(context) {
    replyExpiries(context, 0, 1000);
  },
});

/** `HPEXPIRETIME key FIELDS numfields field [field ...]` */
export const hpexpiretime = defineCommand({
  name: "HPEXPIRETIME",
  group: "hash",
  since: "7.4.0",
  summary: "Returns the expiration time of a hash field as a Unix timestamp, in msec.",
  complexity: "O(N) where N is the number of specified fields",
  history: [],
  deprecated: null,
  arity: -5,
  flags: ["readonly", "fast"],
  categories: ["hash"],
  tips: [],
  keys: [oneKey(1, "RO", "access")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, FIELDS_ARGUMENT],
  subcommands: [],
  run(context) {
    replyExpiries(context, 0, 1);
  },
});
