/**
 * All commands.
 *
 * @module
 */

import { connectionCommands } from "./connection/mod.ts";
import type { CommandDefinition } from "./define.ts";
import { genericCommands } from "./generic/mod.ts";
import { serverCommands } from "./server/mod.ts";
import { stringCommands } from "./string/mod.ts";

/** Every command of the server. */
export const allCommands: readonly CommandDefinition[] = [
  ...connectionCommands,
  ...genericCommands,
  ...serverCommands,
  ...stringCommands,
];
