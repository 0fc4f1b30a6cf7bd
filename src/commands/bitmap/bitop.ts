/**
 * BITOP.
 *
 * @module
 */

import { BITOP_NOT_OF_SEVERAL, bitopNeedsTwoKeys, SYNTAX } from "../../base/errors.ts";
import { roomFor } from "../../memory/headroom.ts";
import { ENCODING_RAW, TYPE_STRING } from "../../store/entry.ts";
import { EVENT_GENERIC, EVENT_STRING } from "../../store/events.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand, keysFrom, oneKey } from "../define.ts";
import { NO_EXPIRY, readString } from "../string/string_value.ts";
import { BITWISE_OPERATIONS, type BitwiseOperation, CHUNK_BYTES, CombinedStrings } from "./combine.ts";

/** `BITOP <AND | OR | XOR | NOT | DIFF | DIFF1 | ANDOR | ONE> destkey key [key ...]` */
export const bitop = defineCommand({
  name: "BITOP",
  group: "bitmap",
  since: "2.6.0",
  summary: "Perform bitwise operations between strings",
  complexity: "O(N)",
  history: [],
  deprecated: null,
  arity: -4,
  flags: ["write", "denyoom"],
  categories: ["bitmap"],
  tips: [],
  keys: [oneKey(2, "OW", "update"), keysFrom(3, 1, "RO", "access")],
  arguments: [{ name: "operation", type: "string" }, { name: "destkey", type: "key", keySpecification: 0 }, {
    name: "key",
    type: "key",
    keySpecification: 1,
    multiple: true,
  }],
  subcommands: [],
  run(context) {
    const { args, database, reply } = context;
    const operation = operationOf(context);
    const sources: number[] = [];
    for (let i = 3; i < args.count; i++) sources.push(readString(context, i));
    const combined = new CombinedStrings(context.entries, operation, sources);
    if (combined.length > 0) {
      store(context, combined);
      context.changed(2, EVENT_STRING, "set");
    } else if (database.displace(args.bytes, args.start(2), args.end(2))) {
      context.changed(2, EVENT_GENERIC, "del");
    }
    reply.integer(combined.length);
  },
});

function operationOf(context: CommandContext): BitwiseOperation {
  const { args } = context;
  const operation = BITWISE_OPERATIONS.find((name) => args.is(1, name));
  if (operation === undefined) throw SYNTAX;
  if (operation === "NOT" && args.count !== 4) throw BITOP_NOT_OF_SEVERAL;
  const comparesFirst = operation === "DIFF" || operation === "DIFF1" || operation === "ANDOR";
  if (comparesFirst && args.count < 5) throw bitopNeedsTwoKeys(operation);
  return operation;
}

/**
 * Stores the result under the key in argument 2.
 *
 * A long one goes straight to its place in the arena where that is possible without giving up what is there before
 * there is room: to a new key, or over a string of about the same length, which may well be one of the sources.
 */
function store(context: CommandContext, combined: CombinedStrings): void {
  const { args, database, entries } = context;
  const { bytes } = args;
  const { length } = combined;
  const start = args.start(2);
  const end = args.end(2);
  if (length > CHUNK_BYTES) {
    let entry = context.write(2);
    if (entry === 0) {
      entry = database.createString(bytes, start, end, length);
    } else if (
      entries.type(entry) === TYPE_STRING && !entries.hasExpiry(entry) && entries.fits(entry, length)
    ) {
      database.willChange(entry);
      entries.setEncoding(entry, ENCODING_RAW);
      entries.setValueLength(entry, length);
    } else {
      entry = 0;
    }
    if (entry !== 0) {
      entries.locateValue(entry);
      return combined.write(entries.page, entries.at);
    }
  }
  const result = new Uint8Array(roomFor(length));
  combined.write(result, 0);
  database.setString(bytes, start, end, result, 0, length, ENCODING_RAW, NO_EXPIRY);
}
