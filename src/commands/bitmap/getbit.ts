/**
 * GETBIT.
 *
 * @module
 */

import { defineCommand, oneKey } from "../define.ts";
import { readString } from "../string/string_value.ts";
import { bitOffset } from "./_internal.ts";

/** `GETBIT key offset` */
export const getbit = defineCommand({
  name: "GETBIT",
  group: "bitmap",
  since: "2.2.0",
  summary: "Returns the bit value at offset in the string value stored at key",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 3,
  flags: ["readonly", "fast"],
  categories: ["bitmap"],
  tips: [],
  keys: [oneKey(1, "RO", "access")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, { name: "offset", type: "integer" }],
  subcommands: [],
  run(context) {
    const { entries, reply } = context;
    const offset = bitOffset(context, 2);
    const entry = readString(context, 1);
    const byte = Math.floor(offset / 8);
    if (entry === 0 || byte >= entries.valueLength(entry)) return reply.integer(0);
    entries.locateValue(entry);
    reply.integer((entries.page[entries.at + byte] >> (7 - (offset % 8))) & 1);
  },
});
