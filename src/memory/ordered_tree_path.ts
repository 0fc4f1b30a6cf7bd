/**
 * The way from an ordered tree's root to a place in a leaf: finding it by item, by bound or by rank, and writing what
 * has changed there into the nodes along it.
 *
 * @module
 */

import { type Arena, PAGE_SHIFT, UNIT_MASK } from "./arena.ts";
import { COUNT, COUNT_MASK, ENTRIES, HEIGHT, ROOT, type TreeNodes } from "./ordered_tree_nodes.ts";

/** More than any tree of 2^32 items needs: inner nodes have 10 children at least. */
export const MAX_HEIGHT = 16;

/** What an item with the key that is searched for counts as: behind it, before it, or as its reference says. */
export const LOWER = 0, UPPER = 1, EXACT = 2;

/** Order of two different items' references where their keys are equal: negative, zero (the same) or positive. */
export type CompareTies = (a: number, b: number) => number;

/** A path through trees of one kind, set anew by each descent. */
export class TreePath {
  readonly #arena: Arena;
  readonly #nodes: TreeNodes;
  readonly #keyWords: number;
  readonly #compareTies: CompareTies;
  /** What is searched for or inserted: the words of its key, then its reference. */
  readonly item: Uint32Array = new Uint32Array(5);
  /** The nodes from leaf (0) to root that the last descent went through. */
  readonly node: Uint32Array = new Uint32Array(MAX_HEIGHT);
  /** The place in each of them. */
  readonly slot: Int32Array = new Int32Array(MAX_HEIGHT);

  constructor(arena: Arena, nodes: TreeNodes, keyWords: number, compareTies: CompareTies) {
    this.#arena = arena;
    this.#nodes = nodes;
    this.#keyWords = keyWords;
    this.#compareTies = compareTies;
  }

  /** Says what the next descent is to find, or what is to be inserted. */
  search(reference: number, w0: number, w1: number, w2: number, w3: number): void {
    const item = this.item;
    item[0] = w0;
    item[1] = w1;
    if (this.#keyWords === 2) {
      item[2] = reference;
      return;
    }
    item[2] = w2;
    item[3] = w3;
    item[4] = reference;
  }

  /** Goes from the root to the place of what is searched for; whether the item itself is there. */
  descend(tree: number, mode: number): boolean {
    const pages = this.#arena.u32;
    const { leafStride, innerStride } = this.#nodes;
    const header = pages[tree >>> PAGE_SHIFT];
    const at = (tree & UNIT_MASK) << 1;
    let node = header[at + ROOT];
    for (let level = header[at + HEIGHT] - 1; level > 0; level--) {
      const words = pages[node >>> PAGE_SHIFT];
      const first = ((node & UNIT_MASK) << 1) + ENTRIES;
      const count = words[first - ENTRIES] & COUNT_MASK;
      let slot = this.#bound(words, first, count, innerStride, mode);
      const entry = first + slot * innerStride;
      if (slot > 0 && (mode !== EXACT || slot === count || !this.#equals(words, entry))) slot--;
      this.node[level] = node;
      this.slot[level] = slot;
      node = words[first + slot * innerStride + innerStride - 2];
    }
    const words = pages[node >>> PAGE_SHIFT];
    const first = ((node & UNIT_MASK) << 1) + ENTRIES;
    const count = words[first - ENTRIES] & COUNT_MASK;
    const slot = this.#bound(words, first, count, leafStride, mode);
    this.node[0] = node;
    this.slot[0] = slot;
    return mode === EXACT && slot < count && this.#equals(words, first + slot * leafStride);
  }

  /** Number of a node's entries that are before what is searched for. */
  #bound(words: Uint32Array, first: number, count: number, stride: number, mode: number): number {
    const w0 = this.item[0];
    const w1 = this.item[1];
    let low = 0;
    let high = count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const entry = first + middle * stride;
      let word = words[entry];
      let before: boolean;
      if (word !== w0) before = word < w0;
      else if ((word = words[entry + 1]) !== w1) before = word < w1;
      else before = this.#restBefore(words, entry, mode);
      if (before) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Whether an entry with the same first two words is before what is searched for. */
  #restBefore(words: Uint32Array, entry: number, mode: number): boolean {
    const item = this.item;
    const keyWords = this.#keyWords;
    if (keyWords === 4) {
      if (words[entry + 2] !== item[2]) return words[entry + 2] < item[2];
      if (words[entry + 3] !== item[3]) return words[entry + 3] < item[3];
    }
    if (mode !== EXACT) return mode === UPPER;
    const reference = words[entry + keyWords];
    return reference !== item[keyWords] && this.#compareTies(reference, item[keyWords]) < 0;
  }

  /** Whether an entry has the key and the reference that are searched for. */
  #equals(words: Uint32Array, entry: number): boolean {
    for (let i = 0; i <= this.#keyWords; i++) {
      if (words[entry + i] !== this.item[i]) return false;
    }
    return true;
  }

  /** Whether the item at a place is before what is searched for. */
  before(leaf: number, slot: number): boolean {
    const first = ((leaf & UNIT_MASK) << 1) + ENTRIES + slot * this.#nodes.leafStride;
    return this.#bound(this.#arena.u32[leaf >>> PAGE_SHIFT], first, 1, 0, EXACT) === 1;
  }

  /** Goes to the first item for which `compare` gives no negative number. */
  descendWith(tree: number, compare: (reference: number) => number): void {
    const pages = this.#arena.u32;
    let node = this.#header(tree, ROOT);
    for (let level = this.#header(tree, HEIGHT) - 1; level >= 0; level--) {
      const words = pages[node >>> PAGE_SHIFT];
      const base = (node & UNIT_MASK) << 1;
      const stride = this.#nodes.stride(level);
      const at = base + ENTRIES + this.#keyWords;
      let low = 0;
      let high = words[base] & COUNT_MASK;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (compare(words[at + middle * stride]) < 0) low = middle + 1;
        else high = middle;
      }
      if (level > 0 && low > 0) low--;
      this.node[level] = node;
      this.slot[level] = low;
      if (level > 0) node = this.#nodes.child(node, low);
    }
  }

  /** Goes to the item with this rank, which there is. */
  descendRank(tree: number, rank: number): void {
    const pages = this.#arena.u32;
    const stride = this.#nodes.innerStride;
    let node = this.#header(tree, ROOT);
    let left = rank;
    for (let level = this.#header(tree, HEIGHT) - 1; level > 0; level--) {
      const words = pages[node >>> PAGE_SHIFT];
      const first = ((node & UNIT_MASK) << 1) + ENTRIES;
      let at = first + stride - 1;
      for (; left >= words[at]; at += stride) left -= words[at];
      this.node[level] = node;
      this.slot[level] = (at + 1 - first) / stride - 1;
      node = words[at - 1];
    }
    this.node[0] = node;
    this.slot[0] = left;
  }

  /** Goes to the last item; the leaf's slot is -1 in an empty tree. */
  descendLast(tree: number): void {
    let node = this.#header(tree, ROOT);
    for (let level = this.#header(tree, HEIGHT) - 1; level >= 0; level--) {
      const slot = this.#nodes.count(node) - 1;
      this.node[level] = node;
      this.slot[level] = slot;
      if (level > 0) node = this.#nodes.child(node, slot);
    }
  }

  /** Number of items before the place where the last descent ended. */
  rank(tree: number): number {
    const height = this.#header(tree, HEIGHT);
    let rank = this.slot[0];
    for (let level = 1; level < height; level++) {
      rank += this.#nodes.itemsBefore(this.node[level], this.slot[level]);
    }
    return rank;
  }

  /** Writes the item's key and reference in its place, and above the leaf where it is the first. */
  rewrite(tree: number): void {
    const leaf = this.node[0];
    const words = this.#arena.u32[leaf >>> PAGE_SHIFT];
    const at = ((leaf & UNIT_MASK) << 1) + ENTRIES + this.slot[0] * this.#nodes.leafStride;
    for (let i = 0; i <= this.#keyWords; i++) words[at + i] = this.item[i];
    if (this.slot[0] === 0) this.nameFirst(tree, words, at, 1);
  }

  /** Writes the key and reference at `at` as those of the first item below the path's children, from a level on. */
  nameFirst(tree: number, words: Uint32Array, at: number, from: number): void {
    const height = this.#header(tree, HEIGHT);
    for (let level = from; level < height; level++) {
      const node = this.node[level];
      const page = this.#arena.u32[node >>> PAGE_SHIFT];
      const entry = ((node & UNIT_MASK) << 1) + ENTRIES + this.slot[level] * this.#nodes.innerStride;
      for (let i = 0; i <= this.#keyWords; i++) page[entry + i] = words[at + i];
      if (this.slot[level] > 0) return;
    }
  }

  /** Adds to the counts of the tree and of the path's children. */
  addItems(tree: number, items: number): void {
    const header = this.#arena.u32[tree >>> PAGE_SHIFT];
    const at = (tree & UNIT_MASK) << 1;
    header[at + COUNT] += items;
    const height = header[at + HEIGHT];
    for (let level = 1; level < height; level++) this.addToEntry(level, this.slot[level], items);
  }

  /** Adds to the count of one child of the path's node. */
  addToEntry(level: number, slot: number, items: number): void {
    const node = this.node[level];
    const stride = this.#nodes.innerStride;
    const at = ((node & UNIT_MASK) << 1) + ENTRIES + slot * stride + stride - 1;
    this.#arena.u32[node >>> PAGE_SHIFT][at] += items;
  }

  #header(tree: number, word: number): number {
    return this.#arena.u32[tree >>> PAGE_SHIFT][((tree & UNIT_MASK) << 1) + word];
  }
}
