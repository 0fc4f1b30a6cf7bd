/**
 * CLIENT NO-EVICT and NO-TOUCH: switches of a connection.
 *
 * @module
 */

import { SYNTAX } from "../../base/errors.ts";
import type { Args } from "../../resp/args.ts";
import { type ArgumentSpecification, defineCommand } from "../define.ts";

const ON_OR_OFF: ArgumentSpecification = {
  name: "enabled",
  type: "oneof",
  arguments: [
    { name: "on", type: "pure-token", token: "ON" },
    { name: "off", type: "pure-token", token: "OFF" },
  ],
};

/** `CLIENT NO-EVICT <ON | OFF>` */
export const clientNoEvict = defineCommand({
  name: "NO-EVICT",
  group: "connection",
  since: "7.0.0",
  summary: "Set client eviction mode for the current connection",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 3,
  flags: ["admin", "noscript", "loading", "stale"],
  categories: ["connection"],
  tips: [],
  keys: [],
  arguments: [ON_OR_OFF],
  subcommands: [],
  run({ args, reply, session }) {
    session.noEvict = isOn(args, 2);
    reply.ok();
  },
});

/** `CLIENT NO-TOUCH <ON | OFF>` */
export const clientNoTouch = defineCommand({
  name: "NO-TOUCH",
  group: "connection",
  since: "7.2.0",
  summary: "Controls whether commands sent by the client affect the LRU/LFU of accessed keys.",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 3,
  flags: ["noscript", "loading", "stale"],
  categories: ["connection"],
  tips: [],
  keys: [],
  arguments: [ON_OR_OFF],
  subcommands: [],
  run({ args, keyspace, reply, session }) {
    session.noTouch = isOn(args, 2);
    // Also for what comes after it in the same batch.
    keyspace.touches = !session.noTouch;
    reply.ok();
  },
});

function isOn(args: Args, i: number): boolean {
  if (args.is(i, "ON")) return true;
  if (args.is(i, "OFF")) return false;
  throw SYNTAX;
}
