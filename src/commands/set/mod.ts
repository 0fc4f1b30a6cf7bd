/**
 * The commands on sets.
 *
 * @module
 */

import type { CommandDefinition } from "../define.ts";

/** All of them. */
export const setCommands: readonly CommandDefinition[] = [];
