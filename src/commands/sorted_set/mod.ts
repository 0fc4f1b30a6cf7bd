/**
 * The commands on sorted sets.
 *
 * @module
 */

import type { CommandDefinition } from "../define.ts";

/** All of them. */
export const sortedSetCommands: readonly CommandDefinition[] = [];
