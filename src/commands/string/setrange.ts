/**
 * SETRANGE.
 *
 * @module
 */

import { OFFSET_OUT_OF_RANGE } from "../../base/errors.ts";
import { copyBytes } from "../../memory/copy_bytes.ts";
import { EVENT_STRING } from "../../store/events.ts";
import { defineCommand, oneKey } from "../define.ts";
import { checkStringLength, writeString } from "./string_value.ts";

/** `SETRANGE key offset value` */
export const setrange = defineCommand({
  name: "SETRANGE",
  group: "string",
  since: "2.2.0",
  summary: "Overwrite part of a string at key starting at the specified offset",
  complexity:
    "O(1), not counting the time taken to copy the new string in place. Usually, this string is very small so the amortized complexity is O(1). Otherwise, complexity is O(M) with M being the length of the value argument.",
  history: [],
  deprecated: null,
  arity: 4,
  flags: ["write", "denyoom"],
  categories: ["string"],
  tips: [],
  keys: [oneKey(1, "RW", "update")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, { name: "offset", type: "integer" }, {
    name: "value",
    type: "string",
  }],
  subcommands: [],
  run(context) {
    const { args, database, entries, reply } = context;
    const offset = args.integer(2);
    if (offset < 0) throw OFFSET_OUT_OF_RANGE;
    const old = writeString(context, 1);
    const oldLength = old === 0 ? 0 : entries.valueLength(old);
    const added = args.length(3);
    if (added === 0) return reply.integer(oldLength);
    checkStringLength(context, offset + added);
    const length = Math.max(oldLength, offset + added);
    if (old === 0) {
      const entry = database.createString(args.bytes, args.start(1), args.end(1), length);
      entries.locateValue(entry);
      entries.page.fill(0, entries.at, entries.at + offset);
    } else {
      entries.locateValue(database.resizeString(old, length));
    }
    copyBytes(args.bytes, args.start(3), entries.page, entries.at + offset, added);
    context.changed(1, EVENT_STRING, "setrange");
    reply.integer(length);
  },
});
