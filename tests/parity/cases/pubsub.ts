/**
 * The group "pubsub". What several clients receive is in tests/server/pubsub_test.ts.
 *
 * @module
 */

import { caseGroup, closed, each, on, type ParityCase, wrongArity } from "../case.ts";

const subscribing: ParityCase[] = [
  ...wrongArity("SUBSCRIBE", [0]),
  ...wrongArity("PSUBSCRIBE", [0]),
  ...wrongArity("SSUBSCRIBE", [0]),
  ...wrongArity("PUBLISH", [0, 1, 3]),
  ...wrongArity("SPUBLISH", [0, 1, 3]),
  ...each(["PUBLISH x y", ["PUBLISH", "", ""], "SPUBLISH x y"]),
  ...each([
    "UNSUBSCRIBE",
    "PUNSUBSCRIBE",
    "SUNSUBSCRIBE",
    "UNSUBSCRIBE x",
    "PUNSUBSCRIBE x",
    "SUNSUBSCRIBE x",
  ]),
  ...each(["SUBSCRIBE x", "PSUBSCRIBE x*", "SSUBSCRIBE x", ["SUBSCRIBE", "\xff\r\n\0"], ["PSUBSCRIBE", ""]], {
    after: ["RESET"],
  }),
  {
    send: [
      "SUBSCRIBE x",
      "SUBSCRIBE x",
      "PSUBSCRIBE x",
      "SSUBSCRIBE x",
      "UNSUBSCRIBE x",
      "SUNSUBSCRIBE",
      "RESET",
    ],
  },
  { send: ["SUBSCRIBE x", "UNSUBSCRIBE x", "PING", "PING x"] },
  { send: ["SUBSCRIBE x", "PING", "PING x", ["PING", ""], "PING x y", "RESET", "PING"] },
  { send: ["SUBSCRIBE x", "QUIT", closed()] },
  {
    name: "a subscribed client's requests",
    send: ["PSUBSCRIBE x", "GET k", "NOCOMMAND", "GET", "CLIENT GETNAME", "MULTI", "ECHO x", "RESET"],
  },
];

const introspection: ParityCase[] = [
  ...each(["PUBSUB", "PUBSUB HELP", "PUBSUB HELP x", "PUBSUB NOPE", "PUBSUB NUMPAT", "PUBSUB NUMPAT x"]),
  ...each(["PUBSUB CHANNELS", "PUBSUB CHANNELS *", "PUBSUB CHANNELS a b", "PUBSUB SHARDCHANNELS a b"]),
  ...each([
    "PUBSUB SHARDCHANNELS",
    "PUBSUB SHARDNUMSUB",
    "PUBSUB NUMSUB",
    "PUBSUB NUMSUB x x",
    "pubsub numsub X",
  ]),
  {
    send: [
      on(2, "SUBSCRIBE news"),
      on(2, "PSUBSCRIBE n*"),
      on(2, "SSUBSCRIBE shard"),
      ...["PUBSUB CHANNELS", "PUBSUB CHANNELS n*", "PUBSUB CHANNELS [mn]ews", "PUBSUB CHANNELS N*"],
      ...["PUBSUB NUMPAT", "PUBSUB NUMSUB news shard n*", "PUBSUB SHARDNUMSUB news shard"],
      ...["PUBSUB SHARDCHANNELS", "PUBSUB SHARDCHANNELS news"],
      on(2, "RESET"),
      ...["PUBSUB CHANNELS", "PUBSUB NUMPAT", "PUBSUB SHARDCHANNELS"],
    ],
  },
];

/** All cases of this file. */
export const pubsub = caseGroup("pubsub", [...subscribing, ...introspection]);
