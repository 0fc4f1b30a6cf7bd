/**
 * What the commands on bitmaps have in common.
 *
 * A bitmap is a string. Bit 0 is the most significant bit of its first byte, and bits behind its end are 0.
 *
 * @module
 */

import { BIT_OFFSET, STRING_TOO_LONG, SYNTAX } from "../../base/errors.ts";
import { ENCODING_RAW, MAX_LENGTH } from "../../store/entry.ts";
import type { CommandContext } from "../context.ts";
import { writeString } from "../string/string_value.ts";

/**
 * The bit that argument `i` names.
 *
 * @throws {WireError} where it is no integer or beyond the longest string
 */
export function bitOffset(context: CommandContext, i: number): number {
  return checkBitOffset(context, context.args.integer(i, BIT_OFFSET));
}

/**
 * Returns `offset` where a string may have that bit.
 *
 * @throws {WireError} where it may not
 */
export function checkBitOffset(context: CommandContext, offset: number): number {
  if (offset < 0 || Math.floor(offset / 8) >= context.server.settings.maxBulkLength) throw BIT_OFFSET;
  return offset;
}

/** The string that a command is about to write bits to. */
export interface WritableBitmap {
  entry: number;
  /** Whether it was made or grew for this. */
  grown: boolean;
}

// One object for all commands: they run one after the other.
const writable: WritableBitmap = { entry: 0, grown: false };

/**
 * The string of the key in argument 1, made or grown with zeros so that it has the bit `last`. The result is valid until
 * the next call. Nobody is told of a change.
 *
 * @throws {WireError} where it is no string, or would be too long
 * @throws {ArenaExhausted} and nothing has changed
 */
export function writableBitmap(context: CommandContext, last: number): WritableBitmap {
  const { args, database, entries } = context;
  const old = writeString(context, 1);
  const length = Math.floor(last / 8) + 1;
  if (length > MAX_LENGTH) throw STRING_TOO_LONG;
  if (old === 0) {
    writable.entry = database.createString(args.bytes, args.start(1), args.end(1), length);
    writable.grown = true;
    entries.locateValue(writable.entry);
    entries.page.fill(0, entries.at, entries.at + length);
  } else if (entries.valueLength(old) < length) {
    writable.entry = database.resizeString(old, length);
    writable.grown = true;
  } else {
    writable.entry = old;
    writable.grown = false;
    entries.setEncoding(old, ENCODING_RAW);
  }
  return writable;
}

/** The range of a string that BITCOUNT and BITPOS look at, both ends included; empty where `first` > `last`. */
export interface BitRange {
  /** In bits. */
  first: number;
  last: number;
}

const range: BitRange = { first: 0, last: 0 };

/**
 * Whether argument `i` says that a range is in bits: `BIT`, or `BYTE`, which is the rule where the argument is missing.
 *
 * @throws {WireError} where it says something else
 */
export function isInBits(context: CommandContext, i: number): boolean {
  const { args } = context;
  if (i >= args.count || args.is(i, "BYTE")) return false;
  if (args.is(i, "BIT")) return true;
  throw SYNTAX;
}

/**
 * The range from `start` to `end`, in bits or bytes and negative from the string's end, clipped to a string of `length`
 * bytes. The result is valid until the next call.
 */
export function bitRange(start: number, end: number, inBits: boolean, length: number): BitRange {
  const total = inBits ? length * 8 : length;
  const first = start < 0 ? Math.max(0, total + start) : start;
  const last = Math.min(end < 0 ? Math.max(0, total + end) : end, total - 1);
  range.first = inBits ? first : first * 8;
  range.last = inBits ? last : last * 8 + 7;
  return range;
}
