/**
 * Copying between and within pages without garbage.
 *
 * @module
 */

/** Up to this many bytes a loop is quicker than making the view that `set` needs. */
const LOOP_MAX = 128;
/** Up to this many bytes a loop is quicker than calling `copyWithin`. */
const SHIFT_LOOP_MAX = 16;

/** Copies `length` bytes; both ranges may lie in one array, and may overlap there. */
export function copyBytes(from: Uint8Array, at: number, to: Uint8Array, toAt: number, length: number): void {
  if (from === to) {
    if (length > SHIFT_LOOP_MAX) to.copyWithin(toAt, at, at + length);
    else if (toAt <= at) { for (let i = 0; i < length; i++) to[toAt + i] = to[at + i]; }
    else for (let i = length - 1; i >= 0; i--) to[toAt + i] = to[at + i];
  } else if (length < LOOP_MAX) {
    for (let i = 0; i < length; i++) to[toAt + i] = from[at + i];
  } else {
    to.set(from.subarray(at, at + length), toAt);
  }
}

/** Whether two ranges of `length` bytes are equal. */
export function sameBytes(a: Uint8Array, at: number, b: Uint8Array, bAt: number, length: number): boolean {
  for (let i = 0; i < length; i++) {
    if (a[at + i] !== b[bAt + i]) return false;
  }
  return true;
}
