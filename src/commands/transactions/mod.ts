/**
 * The commands of transactions.
 *
 * @module
 */

import type { CommandDefinition } from "../define.ts";
import { discard } from "./discard.ts";
import { exec } from "./exec.ts";
import { multi } from "./multi.ts";
import { unwatch, watch } from "./watch.ts";

/** All commands of the group "transactions". */
export const transactionCommands: readonly CommandDefinition[] = [discard, exec, multi, unwatch, watch];
