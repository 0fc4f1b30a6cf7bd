/**
 * Integers of any number of bits anywhere in a bitmap.
 *
 * The most significant bit comes first, so that at a byte's beginning this is big-endian:
 *
 * ```text
 *  u5 at bit 6, value 22:   byte 0        byte 1
 *                           ......10      110.....
 * ```
 *
 * @module
 */

/** Bits of the widest field that a double holds exactly; two of them can be added, too. */
export const MAX_NUMBER_BITS = 52;

/** Field values of up to 64 bits are put together from this many low ones and the rest. */
const LOW_BITS = 32;

/**
 * The unsigned integer in the `bits` bits (at most 53) from bit `offset` on of the `length` bytes at `page[at]`; bits
 * behind these are 0.
 */
export function readField(
  page: Uint8Array,
  at: number,
  length: number,
  offset: number,
  bits: number,
): number {
  let byte = Math.floor(offset / 8);
  // Bits of this byte that belong to the field, if it does not end before.
  let usable = 8 - (offset % 8);
  let value = 0;
  for (let left = bits; left > 0; byte++) {
    const taken = Math.min(usable, left);
    const content = byte < length ? page[at + byte] : 0;
    value = value * (1 << taken) + ((content >> (usable - taken)) & ((1 << taken) - 1));
    left -= taken;
    usable = 8;
  }
  return value;
}

/** Writes an unsigned integer of `bits` bits (at most 53) from bit `offset` on of the bitmap at `page[at]`. */
export function writeField(page: Uint8Array, at: number, offset: number, bits: number, value: number): void {
  let end = offset + bits;
  let rest = value;
  for (let left = bits; left > 0;) {
    // From the last byte backwards.
    const usable = end % 8 === 0 ? 8 : end % 8;
    const taken = Math.min(usable, left);
    const shift = 8 - usable;
    const size = 1 << taken;
    const byte = at + Math.floor((end - 1) / 8);
    page[byte] = (page[byte] & ~((size - 1) << shift)) | ((rest % size) << shift);
    rest = Math.floor(rest / size);
    end -= taken;
    left -= taken;
  }
}

/** As `readField`, for up to 64 bits. */
export function readWideField(
  page: Uint8Array,
  at: number,
  length: number,
  offset: number,
  bits: number,
): bigint {
  if (bits <= LOW_BITS) return BigInt(readField(page, at, length, offset, bits));
  const high = readField(page, at, length, offset, bits - LOW_BITS);
  const low = readField(page, at, length, offset + bits - LOW_BITS, LOW_BITS);
  return (BigInt(high) << BigInt(LOW_BITS)) | BigInt(low);
}

/** As `writeField`, for up to 64 bits. */
export function writeWideField(
  page: Uint8Array,
  at: number,
  offset: number,
  bits: number,
  value: bigint,
): void {
  if (bits <= LOW_BITS) return writeField(page, at, offset, bits, Number(value));
  writeField(page, at, offset, bits - LOW_BITS, Number(value >> BigInt(LOW_BITS)));
  writeField(page, at, offset + bits - LOW_BITS, LOW_BITS, Number(BigInt.asUintN(LOW_BITS, value)));
}
