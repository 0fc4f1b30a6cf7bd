/**
 * GETEX.
 *
 * @module
 */

import { EVENT_GENERIC } from "../../store/events.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand } from "../define.ts";
import { readString, removeString, replyString } from "./string_value.ts";
import { EXAT, expiryTime, NO_TIME, PXAT, StringOptions } from "./string_options.ts";

const options = new StringOptions();

/** `GETEX key [EX seconds | PX milliseconds | EXAT time | PXAT time | PERSIST]` */
export const getex = defineCommand({
  name: "GETEX",
  group: "string",
  since: "6.2.0",
  summary: "Get the value of a key and optionally set its expiration",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: -2,
  flags: ["write", "fast"],
  categories: ["string"],
  tips: [],
  keys: [{
    notes: "RW and UPDATE because it changes the TTL",
    flags: ["RW", "access", "update"],
    begin: { type: "index", index: 1 },
    find: { type: "range", last: 0, step: 1, limit: 0 },
  }],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, {
    name: "expiration",
    type: "oneof",
    optional: true,
    arguments: [
      { name: "seconds", type: "integer", token: "EX" },
      { name: "milliseconds", type: "integer", token: "PX" },
      { name: "unix-time-seconds", type: "unix-time", token: "EXAT" },
      { name: "unix-time-milliseconds", type: "unix-time", token: "PXAT" },
      { name: "persist", type: "pure-token", token: "PERSIST" },
    ],
  }],
  subcommands: [],
  run(context) {
    options.parseGetex(context.args, 2);
    const entry = readString(context, 1);
    if (entry === 0) return context.reply.null();
    const kind = options.timeKind;
    if (kind === NO_TIME) {
      replyString(context, entry);
      if (options.persist) persist(context, entry);
      return;
    }
    const expiry = expiryTime(context, options.timeArgument, kind, "getex");
    replyString(context, entry);
    const { keyspace } = context;
    // A replica waits for its primary to remove the key.
    const isOver = (kind & (EXAT | PXAT)) !== 0 && expiry <= keyspace.now && keyspace.expiresKeys;
    if (isOver) removeString(context, entry, context.keyspace.removals.expired);
    else expire(context, entry, expiry);
  },
});

function expire(context: CommandContext, entry: number, expiry: number): void {
  context.database.setExpiry(entry, expiry);
  context.changed(1, EVENT_GENERIC, "expire");
  if (context.beginEffect(3)) {
    context.keyspace.effects.text("PEXPIREAT");
    context.effectArgument(1);
    context.keyspace.effects.text(String(expiry));
  }
}

function persist(context: CommandContext, entry: number): void {
  if (!context.entries.hasExpiry(entry)) return;
  context.database.setExpiry(entry, -1);
  context.changed(1, EVENT_GENERIC, "persist");
  if (context.beginEffect(2)) {
    context.keyspace.effects.text("PERSIST");
    context.effectArgument(1);
  }
}
