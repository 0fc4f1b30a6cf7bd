/**
 * SETBIT.
 *
 * @module
 */

import { BIT_NOT_AN_INTEGER } from "../../base/errors.ts";
import { EVENT_STRING } from "../../store/events.ts";
import { defineCommand, oneKey } from "../define.ts";
import { bitOffset, writableBitmap } from "./_internal.ts";

/** `SETBIT key offset value` */
export const setbit = defineCommand({
  name: "SETBIT",
  group: "bitmap",
  since: "2.2.0",
  summary: "Sets or clears the bit at offset in the string value stored at key",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 4,
  flags: ["write", "denyoom"],
  categories: ["bitmap"],
  tips: [],
  keys: [oneKey(1, "RW", "access", "update")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, { name: "offset", type: "integer" }, {
    name: "value",
    type: "integer",
  }],
  subcommands: [],
  run(context) {
    const { args, database, entries, reply } = context;
    const offset = bitOffset(context, 2);
    const on = args.integerBetween(3, 0, 1, BIT_NOT_AN_INTEGER);
    const { entry, grown } = writableBitmap(context, offset);
    entries.locateValue(entry);
    const shift = 7 - (offset % 8);
    const byte = Math.floor(offset / 8);
    const old = (entries.page[entries.at + byte] >> shift) & 1;
    if (old !== on) {
      database.willChange(entry);
      entries.locateValue(entry);
      entries.page[entries.at + byte] ^= 1 << shift;
    }
    // A bit that has its value already is no change.
    if (grown || old !== on) context.changed(1, EVENT_STRING, "setbit");
    reply.integer(old);
  },
});
