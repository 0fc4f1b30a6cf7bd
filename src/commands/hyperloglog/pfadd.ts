/**
 * PFADD.
 *
 * @module
 */

import { rankOf } from "../../base/hyperloglog.ts";
import { EVENT_STRING } from "../../store/events.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand, oneKey } from "../define.ts";
import { checkHyperLogLog, editor } from "./_internal.ts";

/** `PFADD key [element [element ...]]` */
export const pfadd = defineCommand({
  name: "PFADD",
  group: "hyperloglog",
  since: "2.8.9",
  summary: "Adds the specified elements to the specified HyperLogLog.",
  complexity: "O(1) to add every element.",
  history: [],
  deprecated: null,
  arity: -2,
  flags: ["write", "denyoom", "fast"],
  categories: ["hyperloglog"],
  tips: [],
  keys: [oneKey(1, "RW", "insert")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, {
    name: "element",
    type: "string",
    optional: true,
    multiple: true,
  }],
  subcommands: [],
  run(context) {
    const entry = context.write(1);
    checkHyperLogLog(context.entries, entry);
    editor.open(context, entry);
    context.reply.integer(addElements(context) > 0 ? 1 : 0);
  },
});

/** Adds the elements, and returns how many changes that made. */
function addElements(context: CommandContext): number {
  const { args, keyspace } = context;
  let changes = editor.created ? 1 : 0;
  let i = 2;
  try {
    for (; i < args.count; i++) {
      const { register, value } = rankOf(args.bytes, args.start(i), args.end(i));
      if (editor.raise(register, value)) changes++;
    }
  } catch (error) {
    // What was added before stays.
    if (changes > 0) context.recordPart(i);
    throw error;
  } finally {
    if (changes > 0) {
      editor.invalidate();
      context.changed(1, EVENT_STRING, "pfadd");
      keyspace.dirty += changes - 1;
    }
  }
  return changes;
}
