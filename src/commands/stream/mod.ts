/**
 * The commands on streams.
 *
 * @module
 */

import type { CommandDefinition } from "../define.ts";

/** All of them. */
export const streamCommands: readonly CommandDefinition[] = [];
