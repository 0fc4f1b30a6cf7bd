/**
 * Finds out whether an element is twice in a listpack that came from outside.
 *
 * @module
 */

import type { KeyHash } from "../base/siphash.ts";
import type { Arena } from "../memory/arena.ts";
import { Listpack } from "../memory/listpack.ts";

/** A table of up to so many slots is kept for the next time. */
const KEPT_SLOTS = 4096;

/** Looks at listpacks in time proportional to their length, whatever is in them. */
export class DuplicateFinder {
  readonly #hash: KeyHash;
  readonly #listpacks: Listpack;
  /** Positions of elements, by hash; 0: free. */
  #kept: Uint32Array<ArrayBuffer> = new Uint32Array(0);

  constructor(arena: Arena, hash: KeyHash) {
    this.#hash = hash;
    this.#listpacks = new Listpack(arena);
  }

  /** Whether two of the elements that come first in each group of `width` are spelled alike. */
  find(listpack: number, width: number): boolean {
    const listpacks = this.#listpacks;
    const slots = slotsFor(listpacks.count(listpack) / width);
    const mask = slots - 1;
    const table = this.#table(slots);
    for (let position = listpacks.first(listpack); position !== 0;) {
      listpacks.get(listpack, position);
      const { page, at, length } = listpacks;
      let slot = this.#hash.hash(page, at, at + length) & mask;
      for (; table[slot] !== 0; slot = (slot + 1) & mask) {
        if (listpacks.equals(listpack, table[slot], page, at, at + length)) return true;
      }
      table[slot] = position;
      for (let i = 0; i < width && position !== 0; i++) position = listpacks.next(listpack, position);
    }
    return false;
  }

  /** An empty table. */
  #table(slots: number): Uint32Array<ArrayBuffer> {
    if (slots <= this.#kept.length) return this.#kept.subarray(0, slots).fill(0);
    const table = new Uint32Array(slots);
    if (slots <= KEPT_SLOTS) this.#kept = table;
    return table;
  }
}

/** A power of two that is at least twice as many. */
function slotsFor(elements: number): number {
  let slots = 16;
  while (slots < elements * 2) slots *= 2;
  return slots;
}
