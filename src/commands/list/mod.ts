/**
 * The commands on lists.
 *
 * @module
 */

import type { CommandDefinition } from "../define.ts";

/** All of them. */
export const listCommands: readonly CommandDefinition[] = [];
