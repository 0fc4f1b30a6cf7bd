/**
 * The cursors of SCAN and its kin, as clients send them.
 *
 * @module
 */

import { INVALID_CURSOR } from "../../base/errors.ts";
import { parseInteger } from "../../base/numbers.ts";
import type { Args } from "../../resp/args.ts";

const UINT64_MAX = (1n << 64n) - 1n;

/**
 * The cursor in argument `i`, by the rules of C's strtoul: an empty one is 0, a sign is allowed, and a negative number
 * counts from 2^64. Over 2^53 it is rounded: no cursor of ours is that large.
 *
 * @throws {WireError} where it is no integer of 64 bits
 */
export function scanCursor(args: Args, i: number): number {
  const value = parseInteger(args.bytes, args.start(i), args.end(i));
  if (value >= 0 && value <= Number.MAX_SAFE_INTEGER) return value;
  const text = args.text(i).split("\0", 1)[0];
  if (text === "") return 0;
  const parts = /^([+-]?)(\d+)$/.exec(text);
  if (parts === null) throw INVALID_CURSOR;
  const magnitude = BigInt(parts[2]);
  if (magnitude > UINT64_MAX) throw INVALID_CURSOR;
  return Number(parts[1] === "-" ? BigInt.asUintN(64, -magnitude) : magnitude);
}
