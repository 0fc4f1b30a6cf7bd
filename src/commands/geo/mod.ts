/**
 * The commands on geospatial indexes.
 *
 * @module
 */

import type { CommandDefinition } from "../define.ts";

/** All of them. */
export const geoCommands: readonly CommandDefinition[] = [];
