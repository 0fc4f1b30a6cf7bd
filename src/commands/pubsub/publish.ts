/**
 * PUBLISH, SPUBLISH.
 *
 * @module
 */

import { defineCommand, oneKey } from "../define.ts";

/** `PUBLISH channel message` */
export const publish = defineCommand({
  name: "PUBLISH",
  group: "pubsub",
  since: "2.0.0",
  summary: "Post a message to a channel",
  complexity:
    "O(N+M) where N is the number of clients subscribed to the receiving channel and M is the total number of subscribed patterns (by any client).",
  history: [],
  deprecated: null,
  mayReplicate: true,
  arity: 3,
  flags: ["pubsub", "loading", "stale", "fast"],
  categories: [],
  tips: [],
  keys: [],
  arguments: [{ name: "channel", type: "string" }, { name: "message", type: "string" }],
  subcommands: [],
  run({ args, reply, server }) {
    const { bytes } = args;
    reply.integer(
      server.pubsub.publish(bytes, args.start(1), args.end(1), bytes, args.start(2), args.end(2)),
    );
  },
});

/** `SPUBLISH shardchannel message` */
export const spublish = defineCommand({
  name: "SPUBLISH",
  group: "pubsub",
  since: "7.0.0",
  summary: "Post a message to a shard channel",
  complexity: "O(N) where N is the number of clients subscribed to the receiving shard channel.",
  history: [],
  deprecated: null,
  mayReplicate: true,
  arity: 3,
  flags: ["pubsub", "loading", "stale", "fast"],
  categories: [],
  tips: [],
  keys: [oneKey(1, "not_key")],
  arguments: [{ name: "shardchannel", type: "string" }, { name: "message", type: "string" }],
  subcommands: [],
  run({ args, reply, server }) {
    const { bytes } = args;
    reply.integer(
      server.pubsub.publishToShard(bytes, args.start(1), args.end(1), bytes, args.start(2), args.end(2)),
    );
  },
});
