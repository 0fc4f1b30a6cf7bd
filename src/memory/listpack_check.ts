/**
 * Whether bytes from outside are a listpack: Redis's lpValidateIntegrity with `deep`.
 *
 * @module
 */

import {
  backlengthBytes,
  entryBytes,
  isBacklength,
  LISTPACK_END,
  stringHeaderBytes,
} from "./listpack_entry.ts";

/** Bytes before a listpack's first element: its total length (4) and the number of its elements (2). */
export const LISTPACK_HEADER_BYTES = 6;
/** The number of elements that means "unknown, count them". */
export const UNKNOWN_COUNT = 65535;

/** Looks at one element of a listpack that is being validated; false: the listpack is to be refused. */
export type ElementCheck = (bytes: Uint8Array, at: number) => boolean;

/**
 * Whether `bytes[start, end)` is a whole listpack: its header, each element, each repeated length, the end. Reads
 * nothing outside of that range, whatever stands in it.
 */
export function isListpack(bytes: Uint8Array, start: number, end: number, check?: ElementCheck): boolean {
  if (end - start < LISTPACK_HEADER_BYTES + 1 || start < 0 || end > bytes.length) return false;
  const total =
    (bytes[start] | (bytes[start + 1] << 8) | (bytes[start + 2] << 16) | (bytes[start + 3] << 24)) >>> 0;
  const last = end - 1;
  if (total !== end - start || bytes[last] !== LISTPACK_END) return false;
  let count = 0;
  let at = start + LISTPACK_HEADER_BYTES;
  for (; bytes[at] !== LISTPACK_END; count++) {
    // The length of a string may stand in up to four bytes behind the first.
    if (at + stringHeaderBytes(bytes[at]) > last) return false;
    const size = entryBytes(bytes, at);
    if (size === 0) return false;
    const next = at + size + backlengthBytes(size);
    if (next > last || !isBacklength(bytes, at + size, size)) return false;
    if (check !== undefined && !check(bytes, at)) return false;
    at = next;
  }
  const counted = bytes[start + 4] | (bytes[start + 5] << 8);
  return at === last && (counted === UNKNOWN_COUNT || counted === count);
}
