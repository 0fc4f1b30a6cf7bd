/**
 * The commands of the group "hyperloglog".
 *
 * @module
 */

import type { CommandDefinition } from "../define.ts";
import { pfadd } from "./pfadd.ts";
import { pfcount } from "./pfcount.ts";
import { pfmerge } from "./pfmerge.ts";

/** All of them. */
export const hyperloglogCommands: readonly CommandDefinition[] = [pfadd, pfcount, pfmerge];
