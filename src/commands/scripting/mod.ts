/**
 * The commands of scripts and functions.
 *
 * @module
 */

import type { CommandDefinition } from "../define.ts";
import { evaluate, evaluateReadOnly, evaluateSha, evaluateShaReadOnly } from "./eval.ts";
import { callFunction, callFunctionReadOnly } from "./fcall.ts";
import { functionCommand } from "./function.ts";
import { script } from "./script.ts";

/** All commands of the group "scripting". */
export const scriptingCommands: readonly CommandDefinition[] = [
  evaluate,
  evaluateReadOnly,
  evaluateSha,
  evaluateShaReadOnly,
  script,
  functionCommand,
  callFunction,
  callFunctionReadOnly,
];
