/**
 * APPEND.
 *
 * @module
 */

import { copyBytes } from "../../memory/copy_bytes.ts";
import { EVENT_STRING } from "../../store/events.ts";
import { defineCommand, oneKey } from "../define.ts";
import { checkStringLength, NO_EXPIRY, storeString, writeString } from "./string_value.ts";

/** `APPEND key value` */
export const append = defineCommand({
  name: "APPEND",
  group: "string",
  since: "2.0.0",
  summary: "Append a value to a key",
  complexity:
    "O(1). The amortized time complexity is O(1) assuming the appended value is small and the already present value is of any size, since the dynamic string library used by Redis will double the free space available on every reallocation.",
  history: [],
  deprecated: null,
  arity: 3,
  flags: ["write", "denyoom", "fast"],
  categories: ["string"],
  tips: [],
  keys: [oneKey(1, "RW", "insert")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, { name: "value", type: "string" }],
  subcommands: [],
  run(context) {
    const { args, database, entries } = context;
    const old = writeString(context, 1);
    const added = args.length(2);
    let length = added;
    if (old === 0) {
      storeString(context, 1, 2, NO_EXPIRY);
    } else {
      const oldLength = entries.valueLength(old);
      length = oldLength + added;
      checkStringLength(context, length);
      entries.locateValue(database.resizeString(old, length));
      copyBytes(args.bytes, args.start(2), entries.page, entries.at + oldLength, added);
    }
    context.changed(1, EVENT_STRING, "append");
    context.reply.integer(length);
  },
});
