/**
 * INCRBYFLOAT, in long doubles of 80 bits as on the machines that Redis runs on.
 *
 * @module
 */

import { bytesOf, byteString } from "../../base/bytes.ts";
import { NAN_OR_INFINITY, NOT_A_FLOAT } from "../../base/errors.ts";
import { addLongDouble, formatLongDouble, type LongDouble, parseLongDouble } from "../../base/long_double.ts";
import { textEncoding } from "../../store/entry.ts";
import { EVENT_STRING } from "../../store/events.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand, oneKey } from "../define.ts";
import { KEEP_EXPIRY, writeString } from "./string_value.ts";

/** No number is written with more bytes than this: a large string is refused without making text of it. */
const LONGEST_NUMBER = 8192;

/** `INCRBYFLOAT key increment` */
export const incrbyfloat = defineCommand({
  name: "INCRBYFLOAT",
  group: "string",
  since: "2.6.0",
  summary: "Increment the float value of a key by the given amount",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 3,
  flags: ["write", "denyoom", "fast"],
  categories: ["string"],
  tips: [],
  keys: [oneKey(1, "RW", "access", "update")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, { name: "increment", type: "double" }],
  subcommands: [],
  run(context) {
    const { args, database, reply } = context;
    const value = numberAt(context, writeString(context, 1));
    const increment = args.length(2) > LONGEST_NUMBER ? null : parseLongDouble(args.text(2));
    if (value === null || increment === null) throw NOT_A_FLOAT;
    const sum = addLongDouble(value, increment);
    if (sum.kind !== "finite") throw NAN_OR_INFINITY;
    const text = formatLongDouble(sum);
    const bytes = bytesOf(text);
    const { length } = bytes;
    const encoding = textEncoding(length);
    database.setString(
      args.bytes,
      args.start(1),
      args.end(1),
      bytes,
      0,
      length,
      encoding,
      KEEP_EXPIRY,
      false,
    );
    context.changed(1, EVENT_STRING, "incrbyfloat");
    reply.bulkText(text);
    // What another machine's arithmetic makes of the sum does not matter then.
    if (context.beginEffect(4)) {
      const effects = context.keyspace.effects;
      effects.text("SET");
      context.effectArgument(1);
      effects.text(text);
      effects.text("KEEPTTL");
    }
  },
});

/** The number that a string entry spells, zero for entry 0, null where it spells none. */
function numberAt({ entries }: CommandContext, entry: number): LongDouble | null {
  if (entry === 0) return parseLongDouble("0");
  entries.locateValue(entry);
  const { page, at, length } = entries;
  return length > LONGEST_NUMBER ? null : parseLongDouble(byteString(page, at, at + length));
}
