/**
 * The timeouts of blocking commands.
 *
 * @module
 */

import { parseDoubleBytes } from "../base/double_bytes.ts";
import { TIMEOUT_NEGATIVE, TIMEOUT_NOT_A_FLOAT } from "../base/errors.ts";
import { parseLongDouble } from "../base/long_double.ts";
import type { CommandContext } from "./context.ts";

const LAST_MILLISECOND = 2 ** 63;

/**
 * When the timeout in argument `i`, in seconds and fractions of them, will be over: milliseconds since the epoch; 0:
 * never.
 *
 * @throws {WireError} where it is no number, or negative, which to Redis it also is where it is too large
 */
export function blockingTimeout(context: CommandContext, i: number): number {
  const { args, keyspace } = context;
  const seconds = parseDoubleBytes(args.bytes, args.start(i), args.end(i));
  // What no double holds may still be a long double.
  if (seconds !== seconds && parseLongDouble(args.text(i)) === null) throw TIMEOUT_NOT_A_FLOAT;
  const milliseconds = Math.ceil(seconds * 1000);
  // Converted to an integer of 64 bits, what does not fit becomes the lowest one.
  if (!(milliseconds >= 0 && milliseconds < LAST_MILLISECOND)) throw TIMEOUT_NEGATIVE;
  if (milliseconds === 0) return 0;
  return keyspace.now + milliseconds;
}
