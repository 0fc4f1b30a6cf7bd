/**
 * Blocks whose bytes lie one after the other and are inserted and removed anywhere: listpacks and intsets.
 *
 * A block is the smallest that holds its bytes, up to 32 KiB; a larger one gets an eighth to spare when it grows, so
 * that appending takes linear time. It is exchanged for a smaller one when that saves a quarter. Where many insertions
 * or removals are to follow, at the ends of a long list, a block may be *roomy*: it doubles when it grows, and is
 * exchanged when three quarters of it are free. That halves the time of LPUSH and LPOP on one long list.
 *
 * @module
 */

import { Arena, ArenaExhausted, PAGE_SHIFT, UNIT_MASK } from "./arena.ts";
import { copyBytes } from "./copy_bytes.ts";

/** From this size on a growing block takes more than it needs. */
const SPARE_MIN = 32768;
/** Up to this size a roomy block doubles. */
const ROOMY_MAX = 8192;

/** Copies between blocks: `length` bytes, from and to positions in them. */
export function copyBetween(
  arena: Arena,
  from: number,
  position: number,
  to: number,
  toPosition: number,
  length: number,
): void {
  copyBytes(
    arena.u8[from >>> PAGE_SHIFT],
    ((from & UNIT_MASK) << 3) + position,
    arena.u8[to >>> PAGE_SHIFT],
    ((to & UNIT_MASK) << 3) + toPosition,
    length,
  );
}

/** How much to allocate for a block that has grown to `bytes` bytes. */
export function grownBytes(bytes: number): number {
  return bytes > SPARE_MIN ? bytes + (bytes >>> 3) : bytes;
}

/**
 * Makes `removed` bytes at `position` of a block with `total` bytes into `added` bytes of unspecified content.
 * Returns the block's reference, which may be another one then.
 *
 * @throws {ArenaExhausted} and nothing has changed; never where the block does not grow.
 */
export function resizeGap(
  arena: Arena,
  block: number,
  total: number,
  position: number,
  removed: number,
  added: number,
  roomy = false,
): number {
  if (removed === added) return block;
  const bytes = total + added - removed;
  const capacity = arena.capacity(block);
  const rest = total - position - removed;
  if (bytes > capacity) {
    const larger = arena.allocate(
      roomy ? Math.max(bytes, Math.min(2 * capacity, ROOMY_MAX)) : grownBytes(bytes),
    );
    copyBetween(arena, block, 0, larger, 0, position);
    copyBetween(arena, block, position + removed, larger, position + added, rest);
    arena.free(block);
    return larger;
  }
  if (rest > 0) copyBetween(arena, block, position + removed, block, position + added, rest);
  if (added > removed || (roomy ? bytes * 4 > capacity : Arena.capacityFor(bytes) > capacity * 0.75)) {
    return block;
  }
  return moveToSmaller(arena, block, bytes);
}

/** Moves a block's `bytes` bytes to the smallest block that holds them, unless there is no memory for that. */
export function moveToSmaller(arena: Arena, block: number, bytes: number): number {
  let smaller: number;
  try {
    smaller = arena.allocate(bytes);
  } catch (error) {
    if (error instanceof ArenaExhausted) return block;
    throw error;
  }
  copyBetween(arena, block, 0, smaller, 0, bytes);
  arena.free(block);
  return smaller;
}
