/**
 * SUBSCRIBE, PSUBSCRIBE, SSUBSCRIBE: each channel or pattern is confirmed by a message of its own.
 *
 * @module
 */

import { SSUBSCRIBE_DENIED } from "../../base/errors.ts";
import type { SubscriptionKind } from "../../pubsub/pubsub.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand, keysFrom } from "../define.ts";

function subscribeTo(
  { args, server: { pubsub }, session }: CommandContext,
  kind: SubscriptionKind,
  word: string,
): void {
  for (let i = 1; i < args.count; i++) {
    const name = args.text(i);
    pubsub.subscribe(session, kind, name);
    pubsub.confirm(session, kind, word, name);
  }
}

/** `SUBSCRIBE channel [channel ...]` */
export const subscribe = defineCommand({
  name: "SUBSCRIBE",
  group: "pubsub",
  since: "2.0.0",
  summary: "Listen for messages published to the given channels",
  complexity: "O(N) where N is the number of channels to subscribe to.",
  history: [],
  deprecated: null,
  arity: -2,
  flags: ["pubsub", "noscript", "loading", "stale"],
  categories: [],
  tips: [],
  keys: [],
  arguments: [{ name: "channel", type: "string", multiple: true }],
  subcommands: [],
  run(context) {
    subscribeTo(context, "channel", "subscribe");
  },
});

/** `PSUBSCRIBE pattern [pattern ...]` */
export const psubscribe = defineCommand({
  name: "PSUBSCRIBE",
  group: "pubsub",
  since: "2.0.0",
  summary: "Listen for messages published to channels matching the given patterns",
  complexity: "O(N) where N is the number of patterns the client is already subscribed to.",
  history: [],
  deprecated: null,
  arity: -2,
  flags: ["pubsub", "noscript", "loading", "stale"],
  categories: [],
  tips: [],
  keys: [],
  arguments: [{
    name: "pattern",
    type: "block",
    multiple: true,
    arguments: [{ name: "pattern", type: "pattern" }],
  }],
  subcommands: [],
  run(context) {
    subscribeTo(context, "pattern", "psubscribe");
  },
});

/** `SSUBSCRIBE shardchannel [shardchannel ...]` */
export const ssubscribe = defineCommand({
  name: "SSUBSCRIBE",
  group: "pubsub",
  since: "7.0.0",
  summary: "Listen for messages published to the given shard channels",
  complexity: "O(N) where N is the number of shard channels to subscribe to.",
  history: [],
  deprecated: null,
  arity: -2,
  flags: ["pubsub", "noscript", "loading", "stale"],
  categories: [],
  tips: [],
  keys: [keysFrom(1, 1, "not_key")],
  arguments: [{ name: "shardchannel", type: "string", multiple: true }],
  subcommands: [],
  run(context) {
    // The other two may be called inside a transaction, because they always could.
    if (!context.mayBlock) throw SSUBSCRIBE_DENIED;
    subscribeTo(context, "shard", "ssubscribe");
  },
});
