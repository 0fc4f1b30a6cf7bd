/**
 * The subcommands of a BITFIELD request, read one after the other.
 *
 * A request is read twice, first to check it and to see how long the string must be, then to run it: that is quicker
 * than keeping what was read, and leaves nothing behind.
 *
 * @module
 */

import { BIT_OFFSET, INVALID_BITFIELD_TYPE, INVALID_OVERFLOW_TYPE, SYNTAX } from "../../base/errors.ts";
import { parseInt64, parseInteger } from "../../base/numbers.ts";
import type { CommandContext } from "../context.ts";
import { checkBitOffset } from "./_internal.ts";

/** What a subcommand does. */
export const FIELD_GET = 0, FIELD_SET = 1, FIELD_INCRBY = 2;
/** What happens to a value that does not fit. */
export const OVERFLOW_WRAP = 0, OVERFLOW_SAT = 1, OVERFLOW_FAIL = 2;

const HASH = 35, LETTER_I = 105, LETTER_U = 117;
const MAX_SIGNED_BITS = 64, MAX_UNSIGNED_BITS = 63;

/** The subcommand that was read last. */
export class BitfieldOperations {
  /** FIELD_GET, FIELD_SET or FIELD_INCRBY. */
  kind = FIELD_GET;
  /** Whether the field is a signed integer. */
  signed = false;
  /** Bits of the field, 1 to 64. */
  bits = 0;
  /** First bit of the field. */
  offset = 0;
  /** One of the OVERFLOW_ numbers. */
  overflow = OVERFLOW_WRAP;
  /** The argument with the value or increment. */
  valueAt = 0;
  #at = 0;

  /** Goes to the beginning of a request. */
  start(): void {
    this.#at = 2;
    this.overflow = OVERFLOW_WRAP;
  }

  /**
   * Reads the next subcommand that does something; false at the end.
   *
   * @throws {WireError} where it makes no sense
   */
  next(context: CommandContext): boolean {
    const { args } = context;
    while (this.#at < args.count) {
      const at = this.#at;
      const following = args.count - at - 1;
      if (following >= 2 && args.is(at, "GET")) this.kind = FIELD_GET;
      else if (following >= 3 && args.is(at, "SET")) this.kind = FIELD_SET;
      else if (following >= 3 && args.is(at, "INCRBY")) this.kind = FIELD_INCRBY;
      else if (following >= 1 && args.is(at, "OVERFLOW")) {
        this.#readOverflow(context, at + 1);
        this.#at += 2;
        continue;
      } else throw SYNTAX;
      this.#readType(context, at + 1);
      this.#readOffset(context, at + 2);
      this.valueAt = at + 3;
      if (this.kind !== FIELD_GET) args.integer(this.valueAt);
      this.#at += this.kind === FIELD_GET ? 3 : 4;
      return true;
    }
    return false;
  }

  #readOverflow({ args }: CommandContext, i: number): void {
    if (args.is(i, "WRAP")) this.overflow = OVERFLOW_WRAP;
    else if (args.is(i, "SAT")) this.overflow = OVERFLOW_SAT;
    else if (args.is(i, "FAIL")) this.overflow = OVERFLOW_FAIL;
    else throw INVALID_OVERFLOW_TYPE;
  }

  /** A letter, lower case, and the number of bits: `u8`, `i64`. */
  #readType({ args }: CommandContext, i: number): void {
    const start = args.start(i);
    const end = args.end(i);
    const letter = start < end ? args.bytes[start] : 0;
    if (letter !== LETTER_I && letter !== LETTER_U) throw INVALID_BITFIELD_TYPE;
    this.signed = letter === LETTER_I;
    this.bits = parseInteger(args.bytes, start + 1, end);
    const most = this.signed ? MAX_SIGNED_BITS : MAX_UNSIGNED_BITS;
    if (!(this.bits >= 1 && this.bits <= most)) throw INVALID_BITFIELD_TYPE;
  }

  /** A number of bits, or of fields of this type: `#3`. */
  #readOffset(context: CommandContext, i: number): void {
    const { bytes } = context.args;
    const start = context.args.start(i);
    const end = context.args.end(i);
    const inFields = start < end && bytes[start] === HASH;
    let offset = parseInteger(bytes, inFields ? start + 1 : start, end);
    if (offset !== offset) throw BIT_OFFSET;
    if (inFields && Number.isFinite(offset)) offset *= this.bits;
    else if (inFields) {
      // Redis multiplies 64-bit integers, and does not look whether the product is one.
      offset = Number(BigInt.asIntN(64, parseInt64(bytes, start + 1, end)! * BigInt(this.bits)));
    }
    this.offset = checkBitOffset(context, offset);
  }
}
