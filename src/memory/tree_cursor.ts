/**
 * A place in an ordered tree: an item, before the first item, or after the last.
 *
 * @module
 */

import { type Arena, PAGE_SHIFT, UNIT_MASK } from "./arena.ts";
import { COUNT_MASK, ENTRIES, NEXT, PREVIOUS } from "./ordered_tree_nodes.ts";

/** Walks over a tree's items in both directions; any change of the tree that does not say otherwise ends its use. */
export class TreeCursor {
  readonly #arena: Arena;
  readonly #keyWords: number;
  readonly #stride: number;
  /** Reference of the leaf that it stands in. */
  leaf = 0;
  /** Place in the leaf; -1 before the first item of the tree, the leaf's count after the last. */
  slot = 0;

  /** A cursor for trees in `arena` with keys of `keyWords` words; it stands nowhere until a tree sets it. */
  constructor(arena: Arena, keyWords: 2 | 4) {
    this.#arena = arena;
    this.#keyWords = keyWords;
    this.#stride = keyWords + 1;
  }

  /** Goes to the next item; false where there is none: it then stands after the last. */
  next(): boolean {
    const words = this.#arena.u32[this.leaf >>> PAGE_SHIFT];
    const base = (this.leaf & UNIT_MASK) << 1;
    const count = words[base] & COUNT_MASK;
    if (this.slot + 1 < count) {
      this.slot++;
      return true;
    }
    const next = words[base + NEXT];
    if (next === 0) {
      this.slot = count;
      return false;
    }
    this.leaf = next;
    this.slot = 0;
    return true;
  }

  /** Goes to the previous item; false where there is none: it then stands before the first. */
  previous(): boolean {
    if (this.slot > 0) {
      this.slot--;
      return true;
    }
    const words = this.#arena.u32[this.leaf >>> PAGE_SHIFT];
    const previous = words[((this.leaf & UNIT_MASK) << 1) + PREVIOUS];
    if (previous === 0) {
      this.slot = -1;
      return false;
    }
    this.leaf = previous;
    const count = this.#arena.u32[previous >>> PAGE_SHIFT][(previous & UNIT_MASK) << 1] & COUNT_MASK;
    this.slot = count - 1;
    return true;
  }

  /** The reference of the item it stands at. */
  reference(): number {
    const at = ((this.leaf & UNIT_MASK) << 1) + ENTRIES + this.slot * this.#stride + this.#keyWords;
    return this.#arena.u32[this.leaf >>> PAGE_SHIFT][at];
  }

  /** Word `index` of the key of the item it stands at, unsigned; 0 is the most significant. */
  word(index: number): number {
    const at = ((this.leaf & UNIT_MASK) << 1) + ENTRIES + this.slot * this.#stride + index;
    return this.#arena.u32[this.leaf >>> PAGE_SHIFT][at];
  }

  /** Stands where `other` stands. */
  copy(other: TreeCursor): void {
    this.leaf = other.leaf;
    this.slot = other.slot;
  }

  /** Whether it stands at the same place as `other`. */
  equals(other: TreeCursor): boolean {
    return this.leaf === other.leaf && this.slot === other.slot;
  }
}
