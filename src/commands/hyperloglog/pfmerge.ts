/**
 * PFMERGE.
 *
 * @module
 */

import { EVENT_STRING } from "../../store/events.ts";
import { defineCommand, keysFrom, oneKey } from "../define.ts";
import { checkHyperLogLog, editor, isDense, mergeRegisters, registers } from "./_internal.ts";

/** `PFMERGE destkey [sourcekey [sourcekey ...]]` */
export const pfmerge = defineCommand({
  name: "PFMERGE",
  group: "hyperloglog",
  since: "2.8.9",
  summary: "Merge N different HyperLogLogs into a single one.",
  complexity: "O(N) to merge N HyperLogLogs, but with high constant times.",
  history: [],
  deprecated: null,
  arity: -2,
  flags: ["write", "denyoom"],
  categories: ["hyperloglog"],
  tips: [],
  keys: [oneKey(1, "RW", "access", "insert"), keysFrom(2, 1, "RO", "access")],
  arguments: [{ name: "destkey", type: "key", keySpecification: 0 }, {
    name: "sourcekey",
    type: "key",
    keySpecification: 1,
    multiple: true,
  }],
  subcommands: [],
  run(context) {
    const { args, entries, reply } = context;
    let dense = false;
    registers.fill(0);
    for (let i = 1; i < args.count; i++) {
      const entry = context.read(i);
      if (entry === 0) continue;
      checkHyperLogLog(entries, entry);
      if (isDense(entries, entry)) dense = true;
      mergeRegisters(entries, entry);
    }
    editor.open(context, context.write(1));
    try {
      // What the destination had is in the registers too, so those may take its place.
      if (dense) editor.replace();
      else raiseAll();
    } finally {
      // Where memory is refused halfway, what was merged before stays.
      editor.invalidate();
      context.changed(1, EVENT_STRING, "pfadd");
    }
    reply.ok();
  },
});

/** Raises the sparse registers of the destination one after the other, as Redis does: the bytes depend on it. */
function raiseAll(): void {
  // The registers are used for something else when the destination becomes dense.
  const merged = registers.slice();
  for (let register = 0; register < merged.length; register++) {
    if (merged[register] > 0) editor.raise(register, merged[register]);
  }
}
