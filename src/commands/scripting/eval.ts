/**
 * EVAL, EVALSHA, EVAL_RO, EVALSHA_RO.
 *
 * @module
 */

import { defineCommand } from "../define.ts";
import { argumentsOfScript, keysOfScript } from "./_internal.ts";

/** `EVAL script numkeys [key [key ...]] [arg [arg ...]]` */
export const evaluate = defineCommand({
  name: "EVAL",
  group: "scripting",
  since: "2.6.0",
  summary: "Execute a Lua script server side",
  complexity: "Depends on the script that is executed.",
  history: [],
  deprecated: null,
  mayReplicate: true,
  arity: -3,
  flags: ["noscript", "stale", "skip_monitor", "no_mandatory_keys"],
  categories: ["scripting"],
  tips: [],
  keys: [keysOfScript(false, true)],
  arguments: argumentsOfScript("script"),
  subcommands: [],
  run(context) {
    context.server.scripting.evaluate(context, { bySha: false, readOnly: false });
  },
});

/** `EVALSHA sha1 numkeys [key [key ...]] [arg [arg ...]]` */
export const evaluateSha = defineCommand({
  name: "EVALSHA",
  group: "scripting",
  since: "2.6.0",
  summary: "Execute a Lua script server side",
  complexity: "Depends on the script that is executed.",
  history: [],
  deprecated: null,
  mayReplicate: true,
  arity: -3,
  flags: ["noscript", "stale", "skip_monitor", "no_mandatory_keys"],
  categories: ["scripting"],
  tips: [],
  keys: [keysOfScript(false, false)],
  arguments: argumentsOfScript("sha1"),
  subcommands: [],
  run(context) {
    context.server.scripting.evaluate(context, { bySha: true, readOnly: false });
  },
});

/** `EVAL_RO script numkeys [key [key ...]] [arg [arg ...]]` */
export const evaluateReadOnly = defineCommand({
  name: "EVAL_RO",
  group: "scripting",
  since: "7.0.0",
  summary: "Execute a read-only Lua script server side",
  complexity: "Depends on the script that is executed.",
  history: [],
  deprecated: null,
  arity: -3,
  flags: ["readonly", "noscript", "stale", "skip_monitor", "no_mandatory_keys"],
  categories: ["scripting"],
  tips: [],
  keys: [keysOfScript(true, true)],
  arguments: argumentsOfScript("script"),
  subcommands: [],
  run(context) {
    context.server.scripting.evaluate(context, { bySha: false, readOnly: true });
  },
});

/** `EVALSHA_RO sha1 numkeys [key [key ...]] [arg [arg ...]]` */
export const evaluateShaReadOnly = defineCommand({
  name: "EVALSHA_RO",
  group: "scripting",
  since: "7.0.0",
  summary: "Execute a read-only Lua script server side",
  complexity: "Depends on the script that is executed.",
  history: [],
  deprecated: null,
  arity: -3,
  flags: ["readonly", "noscript", "stale", "skip_monitor", "no_mandatory_keys"],
  categories: ["scripting"],
  tips: [],
  keys: [keysOfScript(true, false)],
  arguments: argumentsOfScript("sha1"),
  subcommands: [],
  run(context) {
    context.server.scripting.evaluate(context, { bySha: true, readOnly: true });
  },
});
