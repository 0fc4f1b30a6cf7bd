/**
 * PUBSUB: tells who listens.
 *
 * @module
 */

import { subcommandSyntax } from "../../base/errors.ts";
import { matchGlob } from "../../base/glob.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand } from "../define.ts";
import { replyHelp } from "../help.ts";

/** Replies the channels that somebody listens to, those that match the pattern in argument 2 where there is one. */
function replyChannels(context: CommandContext, kind: "channel" | "shard"): void {
  const { args, reply, server: { pubsub } } = context;
  if (args.count > 3) throw subcommandSyntax("PUBSUB", args.text(1));
  const pattern = args.count === 3 ? args.text(2) : null;
  const channels = [...pubsub.channels(kind)].filter((name) => pattern === null || matchGlob(pattern, name));
  reply.array(channels.length);
  for (const channel of channels) reply.bulkText(channel);
}

/** Replies how many listen to each of the channels in the arguments from 2 on. */
function replyCounts({ args, reply, server: { pubsub } }: CommandContext, kind: "channel" | "shard"): void {
  reply.array(2 * (args.count - 2));
  for (let i = 2; i < args.count; i++) {
    reply.bulk(args.bytes, args.start(i), args.end(i));
    reply.integer(pubsub.subscriberCount(kind, args.text(i)));
  }
}

/** `PUBSUB CHANNELS [pattern]` */
const channels = defineCommand({
  name: "CHANNELS",
  group: "pubsub",
  since: "2.8.0",
  summary: "List active channels",
  complexity:
    "O(N) where N is the number of active channels, and assuming constant time pattern matching (relatively short channels and patterns)",
  history: [],
  deprecated: null,
  arity: -2,
  flags: ["pubsub", "loading", "stale"],
  categories: [],
  tips: [],
  keys: [],
  arguments: [{ name: "pattern", type: "pattern", optional: true }],
  subcommands: [],
  run(context) {
    replyChannels(context, "channel");
  },
});

/** `PUBSUB NUMSUB [channel [channel ...]]` */
const numsub = defineCommand({
  name: "NUMSUB",
  group: "pubsub",
  since: "2.8.0",
  summary: "Get the count of subscribers for channels",
  complexity: "O(N) for the NUMSUB subcommand, where N is the number of requested channels",
  history: [],
  deprecated: null,
  arity: -2,
  flags: ["pubsub", "loading", "stale"],
  categories: [],
  tips: [],
  keys: [],
  arguments: [{ name: "channel", type: "string", optional: true, multiple: true }],
  subcommands: [],
  run(context) {
    replyCounts(context, "channel");
  },
});

/** `PUBSUB NUMPAT` */
const numpat = defineCommand({
  name: "NUMPAT",
  group: "pubsub",
  since: "2.8.0",
  summary: "Get the count of unique patterns pattern subscriptions",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 2,
  flags: ["pubsub", "loading", "stale"],
  categories: [],
  tips: [],
  keys: [],
  arguments: [],
  subcommands: [],
  run({ reply, server }) {
    reply.integer(server.pubsub.patternCount);
  },
});

/** `PUBSUB SHARDCHANNELS [pattern]` */
const shardChannels = defineCommand({
  name: "SHARDCHANNELS",
  group: "pubsub",
  since: "7.0.0",
  summary: "List active shard channels",
  complexity:
    "O(N) where N is the number of active shard channels, and assuming constant time pattern matching (relatively short shard channels).",
  history: [],
  deprecated: null,
  arity: -2,
  flags: ["pubsub", "loading", "stale"],
  categories: [],
  tips: [],
  keys: [],
  arguments: [{ name: "pattern", type: "pattern", optional: true }],
  subcommands: [],
  run(context) {
    replyChannels(context, "shard");
  },
});

/** `PUBSUB SHARDNUMSUB [shardchannel [shardchannel ...]]` */
const shardNumsub = defineCommand({
  name: "SHARDNUMSUB",
  group: "pubsub",
  since: "7.0.0",
  summary: "Get the count of subscribers for shard channels",
  complexity: "O(N) for the SHARDNUMSUB subcommand, where N is the number of requested shard channels",
  history: [],
  deprecated: null,
  arity: -2,
  flags: ["pubsub", "loading", "stale"],
  categories: [],
  tips: [],
  keys: [],
  arguments: [{ name: "shardchannel", type: "string", optional: true, multiple: true }],
  subcommands: [],
  run(context) {
    replyCounts(context, "shard");
  },
});

/** `PUBSUB HELP` */
const help = defineCommand({
  name: "HELP",
  group: "pubsub",
  since: "6.2.0",
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
    replyHelp(context, "PUBSUB", [
      "CHANNELS [<pattern>]",
      "    Return the currently active channels matching a <pattern> (default: '*').",
      "NUMPAT",
      "    Return number of subscriptions to patterns.",
      "NUMSUB [<channel> ...]",
      "    Return the number of subscribers for the specified channels, excluding",
      "    pattern subscriptions(default: no channels).",
      "SHARDCHANNELS [<pattern>]",
      "    Return the currently active shard level channels matching a <pattern> (default: '*').",
      "SHARDNUMSUB [<shardchannel> ...]",
      "    Return the number of subscribers for the specified shard level channel(s)",
    ]);
  },
});

/** `PUBSUB subcommand [argument [argument ...]]` */
export const pubsub = defineCommand({
  name: "PUBSUB",
  group: "pubsub",
  since: "2.8.0",
  summary: "A container for Pub/Sub commands",
  complexity: "Depends on subcommand.",
  history: [],
  deprecated: null,
  arity: -2,
  flags: [],
  categories: [],
  tips: [],
  keys: [],
  arguments: [],
  subcommands: [channels, help, numpat, numsub, shardChannels, shardNumsub],
  run: null,
});
