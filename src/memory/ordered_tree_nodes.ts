/**
 * The nodes of an ordered tree: blocks of equal entries, and what moves entries within and between them.
 *
 * The layout is drawn in `ordered_tree.ts`. A node does not say whether it is a leaf: whoever comes from the root knows
 * its level, and the functions here are given the words of an entry (`stride`), which tell leaves from inner nodes.
 *
 * @module
 */

import { Arena, PAGE_SHIFT, UNIT_MASK } from "./arena.ts";

/** Words of a tree's header. */
export const ROOT = 0, COUNT = 1, HEIGHT = 2, FIRST = 3, LAST = 4, UNITS = 5;
/** Bytes of a tree's header. */
export const HEADER_BYTES = 24;
/** Words of a node: its number of entries with its capacity above, its neighbours (leaves only), its entries. */
export const HEAD = 0, PREVIOUS = 1, NEXT = 2, ENTRIES = 3;
/** The bits of a node's first word that are its number of entries. */
export const COUNT_MASK = 0xffff;
/** How far the capacity stands above it. */
export const CAPACITY_SHIFT = 16;

const LEAF_BYTES = 704;
const INNER_BYTES = 704;
/** Entries that a tree's first leaf, or first inner node, has room for. */
const SMALLEST = 4;

/** How many entries fit into `bytes` bytes. */
function entriesIn(bytes: number, stride: number): number {
  return Math.floor((bytes - ENTRIES * 4) / (stride * 4));
}

/** Nodes of trees with keys of one width. */
export class TreeNodes {
  readonly #arena: Arena;
  readonly #keyWords: number;
  /** Words of an item in a leaf: key and reference. */
  readonly leafStride: number;
  /** Words of an entry of an inner node: key and reference of the child's first item, child, items below it. */
  readonly innerStride: number;
  readonly #leafMax: number;
  readonly #innerMax: number;

  constructor(arena: Arena, keyWords: number) {
    this.#arena = arena;
    this.#keyWords = keyWords;
    this.leafStride = keyWords + 1;
    this.innerStride = keyWords + 3;
    this.#leafMax = entriesIn(LEAF_BYTES, this.leafStride);
    this.#innerMax = entriesIn(INNER_BYTES, this.innerStride);
  }

  /** Words of an entry of a node at `level`; leaves are at level 0. */
  stride(level: number): number {
    return level === 0 ? this.leafStride : this.innerStride;
  }

  /** The most entries that a node at `level` has room for. */
  max(level: number): number {
    return level === 0 ? this.#leafMax : this.#innerMax;
  }

  /** The fewest entries of a node at `level` that is not at an edge of its tree. */
  min(level: number): number {
    return Math.floor(this.max(level) * 0.4);
  }

  /** Number of entries. */
  count(node: number): number {
    return this.#arena.u32[node >>> PAGE_SHIFT][(node & UNIT_MASK) << 1] & COUNT_MASK;
  }

  /** Number of entries that there is room for. */
  capacity(node: number): number {
    return this.#arena.u32[node >>> PAGE_SHIFT][(node & UNIT_MASK) << 1] >>> CAPACITY_SHIFT;
  }

  /** Whether there is room for no more entries. */
  isFull(node: number): boolean {
    const head = this.#arena.u32[node >>> PAGE_SHIFT][(node & UNIT_MASK) << 1];
    return (head & COUNT_MASK) === head >>> CAPACITY_SHIFT;
  }

  /** A word of an entry. */
  word(node: number, level: number, slot: number, index: number): number {
    const at = ((node & UNIT_MASK) << 1) + ENTRIES + slot * this.stride(level) + index;
    return this.#arena.u32[node >>> PAGE_SHIFT][at];
  }

  /** The child that an inner node's entry names. */
  child(node: number, slot: number): number {
    return this.word(node, 1, slot, this.#keyWords + 1);
  }

  /** The neighbour of a leaf on either side, 0: none. */
  neighbour(leaf: number, side: typeof PREVIOUS | typeof NEXT): number {
    return this.#arena.u32[leaf >>> PAGE_SHIFT][((leaf & UNIT_MASK) << 1) + side];
  }

  /** The capacity of the size class that has room for `entries` entries of a node at `level`, 4 to its `max`. */
  fit(entries: number, level: number): number {
    const stride = this.stride(level);
    const wanted = Math.min(Math.max(entries, SMALLEST), this.max(level));
    const bytes = Arena.capacityFor((ENTRIES + wanted * stride) * 4);
    return Math.min(entriesIn(bytes, stride), this.max(level));
  }

  /**
   * A new node without entries, counted in the tree's header.
   *
   * @throws {ArenaExhausted}
   */
  allocate(tree: number, capacity: number, level: number): number {
    const arena = this.#arena;
    const bytes = (ENTRIES + capacity * this.stride(level)) * 4;
    const node = arena.allocate(bytes);
    const words = arena.u32[node >>> PAGE_SHIFT];
    const base = (node & UNIT_MASK) << 1;
    words[base] = capacity << CAPACITY_SHIFT;
    words[base + PREVIOUS] = words[base + NEXT] = 0;
    arena.u32[tree >>> PAGE_SHIFT][((tree & UNIT_MASK) << 1) + UNITS] += Arena.capacityFor(bytes) >>> 3;
    return node;
  }

  /** Frees a node. */
  free(tree: number, node: number, level: number): void {
    const arena = this.#arena;
    const bytes = (ENTRIES + this.capacity(node) * this.stride(level)) * 4;
    arena.u32[tree >>> PAGE_SHIFT][((tree & UNIT_MASK) << 1) + UNITS] -= Arena.capacityFor(bytes) >>> 3;
    arena.free(node);
  }

  /** Puts the first words of `entry` before the entry at `slot`. There is room. */
  insert(node: number, stride: number, slot: number, entry: Uint32Array): void {
    const words = this.#arena.u32[node >>> PAGE_SHIFT];
    const base = (node & UNIT_MASK) << 1;
    const at = base + ENTRIES + slot * stride;
    const end = base + ENTRIES + (words[base] & COUNT_MASK) * stride;
    if (at < end) words.copyWithin(at + stride, at, end);
    for (let i = 0; i < stride; i++) words[at + i] = entry[i];
    words[base]++;
  }

  /** Takes `count` entries out. */
  remove(node: number, stride: number, slot: number, count: number): void {
    const words = this.#arena.u32[node >>> PAGE_SHIFT];
    const base = (node & UNIT_MASK) << 1;
    const at = base + ENTRIES + slot * stride;
    const end = base + ENTRIES + (words[base] & COUNT_MASK) * stride;
    if (at + count * stride < end) words.copyWithin(at, at + count * stride, end);
    words[base] -= count;
  }

  /** Moves the last `count` entries of `left` to the front of `right`. */
  moveRight(left: number, right: number, stride: number, count: number): void {
    const from = this.#arena.u32[left >>> PAGE_SHIFT];
    const to = this.#arena.u32[right >>> PAGE_SHIFT];
    const fromBase = (left & UNIT_MASK) << 1;
    const toBase = (right & UNIT_MASK) << 1;
    const toFirst = toBase + ENTRIES;
    const had = to[toBase] & COUNT_MASK;
    if (had > 0) to.copyWithin(toFirst + count * stride, toFirst, toFirst + had * stride);
    from[fromBase] -= count;
    const at = fromBase + ENTRIES + (from[fromBase] & COUNT_MASK) * stride;
    for (let i = 0; i < count * stride; i++) to[toFirst + i] = from[at + i];
    to[toBase] += count;
  }

  /** Moves the first `count` entries of `right` to the end of `left`. */
  moveLeft(left: number, right: number, stride: number, count: number): void {
    const to = this.#arena.u32[left >>> PAGE_SHIFT];
    const from = this.#arena.u32[right >>> PAGE_SHIFT];
    const toBase = (left & UNIT_MASK) << 1;
    const at = toBase + ENTRIES + (to[toBase] & COUNT_MASK) * stride;
    const first = ((right & UNIT_MASK) << 1) + ENTRIES;
    for (let i = 0; i < count * stride; i++) to[at + i] = from[first + i];
    to[toBase] += count;
    this.remove(right, stride, 0, count);
  }

  /** The number of items below the first `slots` entries of an inner node. */
  itemsBefore(node: number, slots: number): number {
    const words = this.#arena.u32[node >>> PAGE_SHIFT];
    const stride = this.innerStride;
    const first = ((node & UNIT_MASK) << 1) + ENTRIES + this.#keyWords + 2;
    let sum = 0;
    for (let i = 0; i < slots; i++) sum += words[first + i * stride];
    return sum;
  }

  /** The number of items in a node at `level` or below it. */
  items(node: number, level: number): number {
    return level === 0 ? this.count(node) : this.itemsBefore(node, this.count(node));
  }

  /** Adds a leaf to the chain, behind `left`. */
  link(tree: number, left: number, leaf: number): void {
    const pages = this.#arena.u32;
    const leftNext = ((left & UNIT_MASK) << 1) + NEXT;
    const next = pages[left >>> PAGE_SHIFT][leftNext];
    pages[left >>> PAGE_SHIFT][leftNext] = leaf;
    const at = (leaf & UNIT_MASK) << 1;
    pages[leaf >>> PAGE_SHIFT][at + PREVIOUS] = left;
    pages[leaf >>> PAGE_SHIFT][at + NEXT] = next;
    this.#setPrevious(tree, next, leaf);
  }

  /** Takes a leaf out of the chain. */
  unlink(tree: number, leaf: number): void {
    const previous = this.neighbour(leaf, PREVIOUS);
    const next = this.neighbour(leaf, NEXT);
    this.#setNext(tree, previous, next);
    this.#setPrevious(tree, next, previous);
  }

  /** Has a leaf's neighbours, or its tree, name it where it is now. */
  rename(tree: number, leaf: number): void {
    this.#setNext(tree, this.neighbour(leaf, PREVIOUS), leaf);
    this.#setPrevious(tree, this.neighbour(leaf, NEXT), leaf);
  }

  /** Has an inner node's entry name another child: the same in another place. */
  setChild(node: number, slot: number, child: number): void {
    const at = ((node & UNIT_MASK) << 1) + ENTRIES + slot * this.innerStride + this.#keyWords + 1;
    this.#arena.u32[node >>> PAGE_SHIFT][at] = child;
  }

  /** Moves a root to a block with another capacity. */
  moveRoot(tree: number, level: number, from: number, to: number): void {
    const pages = this.#arena.u32;
    const words = pages[to >>> PAGE_SHIFT];
    const base = (to & UNIT_MASK) << 1;
    const first = ((from & UNIT_MASK) << 1) + ENTRIES;
    const length = this.count(from) * this.stride(level);
    for (let i = 0; i < length; i++) words[base + ENTRIES + i] = pages[from >>> PAGE_SHIFT][first + i];
    words[base] += this.count(from);
    const header = pages[tree >>> PAGE_SHIFT];
    const at = (tree & UNIT_MASK) << 1;
    header[at + ROOT] = to;
    if (level === 0) header[at + FIRST] = header[at + LAST] = to;
    this.free(tree, from, level);
  }

  /** Names `leaf` as what comes before `next`, or as the last leaf where `next` is 0. */
  #setPrevious(tree: number, next: number, leaf: number): void {
    const block = next === 0 ? tree : next;
    this.#arena.u32[block >>> PAGE_SHIFT][((block & UNIT_MASK) << 1) + (next === 0 ? LAST : PREVIOUS)] = leaf;
  }

  /** Names `leaf` as what comes after `previous`, or as the first leaf where `previous` is 0. */
  #setNext(tree: number, previous: number, leaf: number): void {
    const block = previous === 0 ? tree : previous;
    this.#arena.u32[block >>> PAGE_SHIFT][((block & UNIT_MASK) << 1) + (previous === 0 ? FIRST : NEXT)] =
      leaf;
  }
}
