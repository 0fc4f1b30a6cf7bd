import type { CommandDefinition } from "./define.ts";
import { stringCommands } from "./string/mod.ts";

/** All commands. */
export const allCommands: readonly CommandDefinition[] = [...stringCommands];
