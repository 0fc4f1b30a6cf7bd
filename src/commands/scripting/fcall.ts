/**
 * FCALL, FCALL_RO.
 *
 * @module
 */

import { defineCommand } from "../define.ts";
import { argumentsOfScript, keysOfScript } from "./_internal.ts";

/** `FCALL function numkeys [key [key ...]] [arg [arg ...]]` */
export const callFunction = defineCommand({
  name: "FCALL",
  group: "scripting",
  since: "7.0.0",
  summary: "Invoke a function",
  complexity: "Depends on the function that is executed.",
  history: [],
  deprecated: null,
  mayReplicate: true,
  arity: -3,
  flags: ["noscript", "stale", "skip_monitor", "no_mandatory_keys"],
  categories: ["scripting"],
  tips: [],
  keys: [keysOfScript(false, true)],
  arguments: argumentsOfScript("function"),
  subcommands: [],
  run(context) {
    context.server.scripting.callFunction(context, { readOnly: false });
  },
});

/** `FCALL_RO function numkeys [key [key ...]] [arg [arg ...]]` */
export const callFunctionReadOnly = defineCommand({
  name: "FCALL_RO",
  group: "scripting",
  since: "7.0.0",
  summary: "Invoke a read-only function",
  complexity: "Depends on the function that is executed.",
  history: [],
  deprecated: null,
  arity: -3,
  flags: ["readonly", "noscript", "stale", "skip_monitor", "no_mandatory_keys"],
  categories: ["scripting"],
  tips: [],
  keys: [keysOfScript(true, true)],
  arguments: argumentsOfScript("function"),
  subcommands: [],
  run(context) {
    context.server.scripting.callFunction(context, { readOnly: true });
  },
});
