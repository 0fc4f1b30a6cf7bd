/**
 * OBJECT: ENCODING, FREQ, IDLETIME, REFCOUNT, HELP.
 *
 * @module
 */

import { FREQUENCY_NOT_TRACKED, IDLE_TIME_NOT_TRACKED } from "../../base/errors.ts";
import { ACCESS_LFU, ACCESS_S3_FIFO } from "../../store/access.ts";
import { defineCommand, oneKey } from "../define.ts";
import { replyHelp } from "../help.ts";
import { inspect } from "./_internal.ts";
import { encodingName, referenceCount } from "./representation.ts";

const encoding = defineCommand({
  name: "ENCODING",
  group: "generic",
  since: "2.2.3",
  summary: "Inspect the internal encoding of a Redis object",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 3,
  flags: ["readonly"],
  categories: ["keyspace"],
  tips: ["nondeterministic_output"],
  keys: [oneKey(2, "RO")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }],
  subcommands: [],
  run(context) {
    const entry = inspect(context, 2);
    if (entry === 0) context.reply.null();
    else context.reply.bulkText(encodingName(context, entry));
  },
});

const freq = defineCommand({
  name: "FREQ",
  group: "generic",
  since: "4.0.0",
  summary: "Get the logarithmic access frequency counter of a Redis object",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 3,
  flags: ["readonly"],
  categories: ["keyspace"],
  tips: ["nondeterministic_output"],
  keys: [oneKey(2, "RO")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }],
  subcommands: [],
  run(context) {
    const entry = inspect(context, 2);
    if (entry === 0) return context.reply.null();
    const { access } = context.keyspace;
    if (access.mode !== ACCESS_LFU) throw FREQUENCY_NOT_TRACKED;
    context.reply.integer(access.frequency(context.entries.access(entry)));
  },
});

const idletime = defineCommand({
  name: "IDLETIME",
  group: "generic",
  since: "2.2.3",
  summary: "Get the time since a Redis object was last accessed",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 3,
  flags: ["readonly"],
  categories: ["keyspace"],
  tips: ["nondeterministic_output"],
  keys: [oneKey(2, "RO")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }],
  subcommands: [],
  run(context) {
    const entry = inspect(context, 2);
    if (entry === 0) return context.reply.null();
    const { access } = context.keyspace;
    if (access.mode === ACCESS_LFU || access.mode === ACCESS_S3_FIFO) throw IDLE_TIME_NOT_TRACKED;
    context.reply.integer(access.idleSeconds(context.entries.access(entry)));
  },
});

const refcount = defineCommand({
  name: "REFCOUNT",
  group: "generic",
  since: "2.2.3",
  summary: "Get the number of references to the value of the key",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 3,
  flags: ["readonly"],
  categories: ["keyspace"],
  tips: ["nondeterministic_output"],
  keys: [oneKey(2, "RO")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }],
  subcommands: [],
  run(context) {
    const entry = inspect(context, 2);
    if (entry === 0) context.reply.null();
    else context.reply.integer(referenceCount(context, entry));
  },
});

const help = defineCommand({
  name: "HELP",
  group: "generic",
  since: "6.2.0",
  summary: "Show helpful text about the different subcommands",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 2,
  flags: ["loading", "stale"],
  categories: ["keyspace"],
  tips: [],
  keys: [],
  arguments: [],
  subcommands: [],
  run(context) {
    replyHelp(context, "OBJECT", [
      "ENCODING <key>",
      "    Return the kind of internal representation used in order to store the value",
      "    associated with a <key>.",
      "FREQ <key>",
      "    Return the access frequency index of the <key>. The returned integer is",
      "    proportional to the logarithm of the recent access frequency of the key.",
      "IDLETIME <key>",
      "    Return the idle time of the <key>, that is the approximated number of",
      "    seconds elapsed since the last access to the key.",
      "REFCOUNT <key>",
      "    Return the number of references of the value associated with the specified",
      "    <key>.",
    ]);
  },
});

/** `OBJECT subcommand [key]` */
export const object = defineCommand({
  name: "OBJECT",
  group: "generic",
  since: "2.2.3",
  summary: "A container for object introspection commands",
  complexity: "Depends on subcommand.",
  history: [],
  deprecated: null,
  arity: -2,
  flags: [],
  categories: [],
  tips: [],
  keys: [],
  arguments: [],
  subcommands: [encoding, freq, help, idletime, refcount],
  run: null,
});
