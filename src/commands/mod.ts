/**
 * All commands.
 *
 * @module
 */

import { connectionCommands } from "./connection/mod.ts";
import type { CommandDefinition } from "./define.ts";
import { genericCommands } from "./generic/mod.ts";
import { listCommands } from "./list/mod.ts";
import { setCommands } from "./set/mod.ts";
import { hashCommands } from "./hash/mod.ts";
import { sortedSetCommands } from "./sorted_set/mod.ts";
import { streamCommands } from "./stream/mod.ts";
import { geoCommands } from "./geo/mod.ts";
import { bitmapCommands } from "./bitmap/mod.ts";
import { hyperloglogCommands } from "./hyperloglog/mod.ts";
import { pubsubCommands } from "./pubsub/mod.ts";
import { scriptingCommands } from "./scripting/mod.ts";
import { serverCommands } from "./server/mod.ts";
import { stringCommands } from "./string/mod.ts";
import { transactionCommands } from "./transactions/mod.ts";

/** Every command of the server. */
export const allCommands: readonly CommandDefinition[] = [
  ...connectionCommands,
  ...genericCommands,
  ...listCommands,
  ...setCommands,
  ...hashCommands,
  ...sortedSetCommands,
  ...streamCommands,
  ...geoCommands,
  ...bitmapCommands,
  ...hyperloglogCommands,
  ...pubsubCommands,
  ...scriptingCommands,
  ...serverCommands,
  ...stringCommands,
  ...transactionCommands,
];
