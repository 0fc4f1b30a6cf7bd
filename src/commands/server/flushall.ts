/**
 * FLUSHALL, FLUSHDB.
 *
 * @module
 */

import { SYNTAX } from "../../base/errors.ts";
import type { Database } from "../../store/database.ts";
import type { CommandContext } from "../context.ts";
import { type ArgumentSpecification, defineCommand } from "../define.ts";

/**
 * Empties databases. ASYNC and SYNC make no difference: the keys are gone at once, and what they took is freed by and
 * by, so that no client waits for it.
 *
 * @throws {WireError} where there is another option
 */
function flush(context: CommandContext, databases: readonly Database[]): void {
  const { args, keyspace, reply } = context;
  if (args.count > 2 || (args.count === 2 && !args.is(1, "ASYNC") && !args.is(1, "SYNC"))) throw SYNTAX;
  // Listeners look at the keys, so they are told before.
  keyspace.events.flushed(databases[0].index, databases[databases.length - 1].index);
  keyspace.dirty += keyspace.flush(databases);
  // Recorded even where nothing was there, as in Redis: a replica may have what this server has not.
  if (context.beginEffect(args.count)) {
    for (let i = 0; i < args.count; i++) context.effectArgument(i);
  }
  reply.ok();
}

const MODE: ArgumentSpecification = {
  name: "async",
  type: "oneof",
  optional: true,
  arguments: [
    { name: "async", type: "pure-token", token: "ASYNC", since: "4.0.0" },
    { name: "sync", type: "pure-token", token: "SYNC", since: "6.2.0" },
  ],
};

/** `FLUSHALL [ASYNC | SYNC]` */
export const flushall = defineCommand({
  name: "FLUSHALL",
  group: "server",
  since: "1.0.0",
  summary: "Remove all keys from all databases",
  complexity: "O(N) where N is the total number of keys in all databases",
  history: [
    ["4.0.0", "Added the `ASYNC` flushing mode modifier."],
    ["6.2.0", "Added the `SYNC` flushing mode modifier."],
  ],
  deprecated: null,
  arity: -1,
  flags: ["write"],
  categories: ["keyspace", "dangerous"],
  tips: ["request_policy:all_shards", "response_policy:all_succeeded"],
  keys: [],
  arguments: [MODE],
  subcommands: [],
  run(context) {
    flush(context, context.keyspace.databases);
    context.server.persistence.flushedAll();
  },
});

/** `FLUSHDB [ASYNC | SYNC]` */
export const flushdb = defineCommand({
  name: "FLUSHDB",
  group: "server",
  since: "1.0.0",
  summary: "Remove all keys from the current database",
  complexity: "O(N) where N is the number of keys in the selected database",
  history: [
    ["4.0.0", "Added the `ASYNC` flushing mode modifier."],
    ["6.2.0", "Added the `SYNC` flushing mode modifier."],
  ],
  deprecated: null,
  arity: -1,
  flags: ["write"],
  categories: ["keyspace", "dangerous"],
  tips: ["request_policy:all_shards", "response_policy:all_succeeded"],
  keys: [],
  arguments: [MODE],
  subcommands: [],
  run(context) {
    flush(context, [context.database]);
  },
});
