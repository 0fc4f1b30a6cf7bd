/**
 * UNSUBSCRIBE, PUNSUBSCRIBE, SUNSUBSCRIBE: each channel or pattern is confirmed by a message of its own, also one that
 * the client was not subscribed to.
 *
 * @module
 */

import type { SubscriptionKind } from "../../pubsub/pubsub.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand, keysFrom } from "../define.ts";

/** Ends the subscriptions that the request names, or all of the kind. */
function unsubscribeFrom(
  { args, server: { pubsub }, session }: CommandContext,
  kind: SubscriptionKind,
  word: string,
): void {
  const names = args.count > 1 ? args.texts(1) : [...session.subscriptions?.[kind] ?? []];
  let confirmed = false;
  for (const name of names) {
    pubsub.unsubscribe(session, kind, name);
    pubsub.confirm(session, kind, word, name);
    confirmed = true;
  }
  if (!confirmed) pubsub.confirm(session, kind, word, null);
}

/** `UNSUBSCRIBE [channel [channel ...]]` */
export const unsubscribe = defineCommand({
  name: "UNSUBSCRIBE",
  group: "pubsub",
  since: "2.0.0",
  summary: "Stop listening for messages posted to the given channels",
  complexity: "O(N) where N is the number of clients already subscribed to a channel.",
  history: [],
  deprecated: null,
  arity: -1,
  flags: ["pubsub", "noscript", "loading", "stale"],
  categories: [],
  tips: [],
  keys: [],
  arguments: [{ name: "channel", type: "string", optional: true, multiple: true }],
  subcommands: [],
  run(context) {
    unsubscribeFrom(context, "channel", "unsubscribe");
  },
});

/** `PUNSUBSCRIBE [pattern [pattern ...]]` */
export const punsubscribe = defineCommand({
  name: "PUNSUBSCRIBE",
  group: "pubsub",
  since: "2.0.0",
  summary: "Stop listening for messages posted to channels matching the given patterns",
  complexity:
    "O(N+M) where N is the number of patterns the client is already subscribed and M is the number of total patterns subscribed in the system (by any client).",
  history: [],
  deprecated: null,
  arity: -1,
  flags: ["pubsub", "noscript", "loading", "stale"],
  categories: [],
  tips: [],
  keys: [],
  arguments: [{ name: "pattern", type: "pattern", optional: true, multiple: true }],
  subcommands: [],
  run(context) {
    unsubscribeFrom(context, "pattern", "punsubscribe");
  },
});

/** `SUNSUBSCRIBE [shardchannel [shardchannel ...]]` */
export const sunsubscribe = defineCommand({
  name: "SUNSUBSCRIBE",
  group: "pubsub",
  since: "7.0.0",
  summary: "Stop listening for messages posted to the given shard channels",
  complexity: "O(N) where N is the number of clients already subscribed to a shard channel.",
  history: [],
  deprecated: null,
  arity: -1,
  flags: ["pubsub", "noscript", "loading", "stale"],
  categories: [],
  tips: [],
  keys: [keysFrom(1, 1, "not_key")],
  arguments: [{ name: "shardchannel", type: "string", optional: true, multiple: true }],
  subcommands: [],
  run(context) {
    unsubscribeFrom(context, "shard", "sunsubscribe");
  },
});
