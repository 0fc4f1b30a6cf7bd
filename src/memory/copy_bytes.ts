/**
 * Copying and comparing bytes within and between pages and buffers, without garbage.
 *
 * A loop over a `Uint8Array` takes about 1 ns a byte, and `set` needs a view, which costs 40 ns and is garbage. Eight
 * bytes at a time through a `DataView`, which reads and writes at any distance from the start, 64 bytes take 8 ns
 * instead of 65. So the arrays that data comes from and goes to carry a `DataView` of themselves (`viewedBytes`).
 *
 * @module
 */

import { roomFor } from "./headroom.ts";

/** Up to this many bytes a loop of words is quicker than `set`. */
const LOOP_MAX = 384;
/** Up to this many bytes a loop of words is quicker than `copyWithin`. */
const SHIFT_LOOP_MAX = 256;

/** A byte array that may carry a view of its buffer. */
interface ViewedBytes extends Uint8Array<ArrayBuffer> {
  view?: DataView | undefined;
}

/**
 * A new array of `length` bytes, or of all that a buffer has, from and to which copying is quick.
 *
 * @throws {RangeError} where there is no memory for a new one
 */
export function viewedBytes(source: number | ArrayBuffer): Uint8Array<ArrayBuffer> {
  const bytes: ViewedBytes = typeof source === "number"
    ? new Uint8Array(roomFor(source))
    : new Uint8Array(source);
  bytes.view = new DataView(bytes.buffer);
  return bytes;
}

/** The first `length` bytes of what `viewedBytes` has made: the same memory, and as quick. */
export function firstBytes(bytes: Uint8Array<ArrayBuffer>, length: number): Uint8Array<ArrayBuffer> {
  const first: ViewedBytes = bytes.subarray(0, length);
  first.view = (bytes as ViewedBytes).view;
  return first;
}

/** Copies `length` bytes; both ranges may lie in one array, and may overlap there. */
export function copyBytes(from: Uint8Array, at: number, to: Uint8Array, toAt: number, length: number): void {
  if (from === to) {
    shiftBytes(to, at, toAt, length);
    return;
  }
  const source = (from as ViewedBytes).view;
  const target = (to as ViewedBytes).view;
  if (length > LOOP_MAX) {
    to.set(from.subarray(at, at + length), toAt);
  } else if (length < 4 || source === undefined || target === undefined) {
    for (let i = 0; i < length; i++) to[toAt + i] = from[at + i];
  } else if (length < 8) {
    target.setInt32(toAt, source.getInt32(at, true), true);
    target.setInt32(toAt + length - 4, source.getInt32(at + length - 4, true), true);
  } else {
    // The last word overlaps the one before it, so that nothing is left over.
    const last = length - 8;
    for (let i = 0; i < last; i += 8) {
      target.setBigInt64(toAt + i, source.getBigInt64(at + i, true), true);
    }
    target.setBigInt64(toAt + last, source.getBigInt64(at + last, true), true);
  }
}

/** Moves bytes within an array. */
function shiftBytes(bytes: Uint8Array, at: number, toAt: number, length: number): void {
  const view = (bytes as ViewedBytes).view;
  if (length > SHIFT_LOOP_MAX) {
    bytes.copyWithin(toAt, at, at + length);
  } else if (toAt <= at) {
    let i = 0;
    if (view !== undefined) {
      for (; i <= length - 8; i += 8) view.setBigInt64(toAt + i, view.getBigInt64(at + i, true), true);
    }
    for (; i < length; i++) bytes[toAt + i] = bytes[at + i];
  } else {
    let i = length;
    if (view !== undefined) {
      for (; i >= 8; i -= 8) view.setBigInt64(toAt + i - 8, view.getBigInt64(at + i - 8, true), true);
    }
    while (--i >= 0) bytes[toAt + i] = bytes[at + i];
  }
}

/** Whether two ranges of `length` bytes are equal. */
export function sameBytes(a: Uint8Array, at: number, b: Uint8Array, bAt: number, length: number): boolean {
  const left = (a as ViewedBytes).view;
  const right = (b as ViewedBytes).view;
  let i = 0;
  if (left !== undefined && right !== undefined) {
    for (; i <= length - 4; i += 4) {
      if (left.getInt32(at + i, true) !== right.getInt32(bAt + i, true)) return false;
    }
  }
  for (; i < length; i++) {
    if (a[at + i] !== b[bAt + i]) return false;
  }
  return true;
}
