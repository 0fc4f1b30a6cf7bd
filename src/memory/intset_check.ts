/**
 * Whether bytes from outside are an intset: Redis's intsetValidateIntegrity with `deep`.
 *
 * @module
 */

import { readWord } from "./listpack_entry.ts";

const HEADER_BYTES = 8;

/** Whether `bytes[start, end)` is a whole intset with at least one integer: its header, and each larger than the last. */
export function isIntset(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < HEADER_BYTES || start < 0 || end > bytes.length) return false;
  const width = readWord(bytes, start);
  const count = readWord(bytes, start + 4) >>> 0;
  if (width !== 2 && width !== 4 && width !== 8) return false;
  if (count === 0 || HEADER_BYTES + count * width !== end - start) return false;
  const first = start + HEADER_BYTES;
  for (let at = first + width; at < end; at += width) {
    if (!isLess(bytes, at - width, at, width)) return false;
  }
  return true;
}

function isLess(bytes: Uint8Array, a: number, b: number, width: number): boolean {
  if (width === 2) {
    return ((bytes[a] | (bytes[a + 1] << 8)) << 16) < ((bytes[b] | (bytes[b + 1] << 8)) << 16);
  }
  const last = width - 4;
  const highA = readWord(bytes, a + last);
  const highB = readWord(bytes, b + last);
  if (highA !== highB || width === 4) return highA < highB;
  return readWord(bytes, a) >>> 0 < readWord(bytes, b) >>> 0;
}
