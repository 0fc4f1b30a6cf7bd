/**
 * The commands on hashes.
 *
 * @module
 */

import type { CommandDefinition } from "../define.ts";

/** All of them. */
export const hashCommands: readonly CommandDefinition[] = [];
