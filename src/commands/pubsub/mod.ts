/**
 * The commands of publish and subscribe.
 *
 * @module
 */

import type { CommandDefinition } from "../define.ts";
import { publish, spublish } from "./publish.ts";
import { pubsub } from "./pubsub.ts";
import { psubscribe, ssubscribe, subscribe } from "./subscribe.ts";
import { punsubscribe, sunsubscribe, unsubscribe } from "./unsubscribe.ts";

/** All commands of the group "pubsub". */
export const pubsubCommands: readonly CommandDefinition[] = [
  psubscribe,
  publish,
  pubsub,
  punsubscribe,
  spublish,
  ssubscribe,
  subscribe,
  sunsubscribe,
  unsubscribe,
];
