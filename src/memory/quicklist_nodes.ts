/**
 * The sequence of a quicklist's nodes: found by an element's index, changed at the ends or in the middle in bounded
 * steps.
 *
 * ```text
 *  list    [ first chunk ][ last chunk ][ elements ][ nodes ]                    4 words, never moves
 *  chunk   [ previous ][ next ][ elements in it ][ nodes in it ] then per node   4 to 126 nodes
 *          [ reference ][ 31: plain   30..0: elements ]
 * ```
 *
 * Chunks are linked in both directions. A list with one chunk has it as small as its nodes allow; where there are more,
 * each has room for 126 nodes, and is merged with a neighbour when it holds less than a quarter of that. With nodes of
 * 8 KiB a chunk stands for a megabyte, so an index is found in one step for every megabyte before it, and one for each
 * node in a chunk, without looking at the nodes; and a node costs 8 bytes.
 *
 * @module
 */

import { type Arena, ArenaExhausted, PAGE_SHIFT, UNIT_MASK } from "./arena.ts";
import { copyBetween } from "./packed_block.ts";

const LIST_BYTES = 16;
const FIRST = 0, LAST = 1, ELEMENTS = 2, NODES = 3;
const PREVIOUS = 0, NEXT = 1, HEADER_WORDS = 4;
const CHUNK_BYTES = 1024, MIN_CHUNK_BYTES = 48;
const HEADER_BYTES = HEADER_WORDS * 4;
const MAX_NODES = (CHUNK_BYTES - HEADER_BYTES) / 8;
const PLAIN_BIT = 0x80000000;
const COUNT_MASK = 0x7fffffff;

/** Operations on sequences of nodes, at the node that the instance is at. One instance an arena. */
export class QuicklistNodes {
  readonly #arena: Arena;
  /** The chunk of the current node. Meaningless after a move that returned false. */
  chunk = 0;
  /** The current node's place in its chunk. */
  slot = 0;
  /** After `seek`, which of the node's elements has the index. */
  offset = 0;

  /** @param arena where the lists are */
  constructor(arena: Arena) {
    this.#arena = arena;
  }

  /** A new list without nodes. @throws {ArenaExhausted} */
  create(): number {
    const list = this.#arena.allocate(LIST_BYTES);
    const at = (list & UNIT_MASK) << 1;
    this.#arena.u32[list >>> PAGE_SHIFT].fill(0, at, at + 4);
    return list;
  }

  /** Frees a list that has no nodes any more. */
  free(list: number): void {
    this.#arena.free(list);
  }

  /** Elements in all nodes of the list. */
  count(list: number): number {
    return this.#get(list, ELEMENTS);
  }

  /** How many nodes the list has. */
  nodes(list: number): number {
    return this.#get(list, NODES);
  }

  /** The current node's block. */
  reference(): number {
    return this.#get(this.chunk, HEADER_WORDS + (this.slot << 1));
  }

  /** How many elements the current node has. */
  elements(): number {
    return this.#get(this.chunk, HEADER_WORDS + (this.slot << 1) + 1) & COUNT_MASK;
  }

  /** Whether the current node is one large element, and no listpack. */
  isPlain(): boolean {
    return this.#get(this.chunk, HEADER_WORDS + (this.slot << 1) + 1) >= PLAIN_BIT;
  }

  /** Goes to the first node; false where there is none. */
  first(list: number): boolean {
    this.chunk = this.#get(list, FIRST);
    this.slot = 0;
    return this.chunk !== 0;
  }

  /** Goes to the last node; false where there is none. */
  last(list: number): boolean {
    this.chunk = this.#get(list, LAST);
    if (this.chunk === 0) return false;
    this.slot = this.#get(this.chunk, NODES) - 1;
    return true;
  }

  /** Goes to the next node; false, and stays, where there is none. */
  next(): boolean {
    if (this.slot + 1 < this.#get(this.chunk, NODES)) {
      this.slot++;
      return true;
    }
    const next = this.#get(this.chunk, NEXT);
    if (next === 0) return false;
    this.chunk = next;
    this.slot = 0;
    return true;
  }

  /** Goes to the previous node; false, and stays, where there is none. */
  previous(): boolean {
    if (this.slot > 0) {
      this.slot--;
      return true;
    }
    const previous = this.#get(this.chunk, PREVIOUS);
    if (previous === 0) return false;
    this.chunk = previous;
    this.slot = this.#get(previous, NODES) - 1;
    return true;
  }

  /** Goes to the node that has the element with an index, 0 to `count` - 1. */
  seek(list: number, index: number): void {
    const count = this.count(list);
    let chunk: number;
    let left = index;
    if (index < count / 2) {
      chunk = this.#get(list, FIRST);
      for (let n; left >= (n = this.#get(chunk, ELEMENTS)); chunk = this.#get(chunk, NEXT)) left -= n;
    } else {
      chunk = this.#get(list, LAST);
      // How many elements there are from this one to the end.
      left = count - index;
      for (let n; left > (n = this.#get(chunk, ELEMENTS)); chunk = this.#get(chunk, PREVIOUS)) left -= n;
      left = this.#get(chunk, ELEMENTS) - left;
    }
    const words = this.#arena.u32[chunk >>> PAGE_SHIFT];
    const counts = ((chunk & UNIT_MASK) << 1) + HEADER_WORDS + 1;
    let slot = 0;
    for (let n; left >= (n = words[counts + (slot << 1)] & COUNT_MASK); slot++) left -= n;
    this.chunk = chunk;
    this.slot = slot;
    this.offset = left;
  }

  /** Notes that the current node is at `reference` now, and has so many elements more. */
  change(list: number, reference: number, difference: number): void {
    const words = this.#arena.u32[this.chunk >>> PAGE_SHIFT];
    const base = (this.chunk & UNIT_MASK) << 1;
    const at = base + HEADER_WORDS + (this.slot << 1);
    words[at] = reference;
    words[at + 1] += difference;
    words[base + ELEMENTS] += difference;
    this.#add(list, ELEMENTS, difference);
  }

  /**
   * Makes sure that there is room for `count` (at most 60) nodes beside the current one.
   *
   * @throws {ArenaExhausted} and the nodes are what they were.
   */
  reserve(list: number, count: number): void {
    const used = this.#get(this.chunk, NODES);
    const capacity = this.#capacity(this.chunk);
    if (used + count <= capacity) return;
    if (capacity < MAX_NODES) {
      this.chunk = this.#resize(list, this.chunk, largerChunk(used + count));
      if (used + count <= MAX_NODES) return;
    }
    this.#split(list);
  }

  /** Puts a node behind (or before) the current one, where there is room, and goes to it. */
  insert(list: number, after: boolean, reference: number, elements: number, plain: boolean): void {
    const chunk = this.chunk;
    const words = this.#arena.u32[chunk >>> PAGE_SHIFT];
    const base = (chunk & UNIT_MASK) << 1;
    if (after) this.slot++;
    const at = base + HEADER_WORDS + (this.slot << 1);
    words.copyWithin(at + 2, at, base + HEADER_WORDS + (words[base + NODES] << 1));
    words[at] = reference;
    words[at + 1] = plain ? PLAIN_BIT + elements : elements;
    words[base + NODES]++;
    words[base + ELEMENTS] += elements;
    this.#add(list, NODES, 1);
    this.#add(list, ELEMENTS, elements);
  }

  /**
   * Puts a node at the end (or at the beginning), and goes to it.
   *
   * @throws {ArenaExhausted} and the nodes are what they were.
   */
  push(list: number, atEnd: boolean, reference: number, elements: number, plain: boolean): void {
    let chunk = this.#get(list, atEnd ? LAST : FIRST);
    if (chunk === 0) {
      chunk = this.#newChunk(MIN_CHUNK_BYTES);
      this.#set(list, FIRST, chunk);
      this.#set(list, LAST, chunk);
    } else if (this.#get(chunk, NODES) === this.#capacity(chunk)) {
      if (this.#get(chunk, NODES) < MAX_NODES) {
        chunk = this.#resize(list, chunk, largerChunk(this.#get(chunk, NODES) + 1));
      } else {
        const added = this.#newChunk(CHUNK_BYTES);
        this.#linkAfter(list, atEnd ? chunk : 0, added);
        chunk = added;
      }
    }
    this.chunk = chunk;
    this.slot = atEnd ? this.#get(chunk, NODES) : 0;
    this.insert(list, false, reference, elements, plain);
  }

  /** Removes the current node, whose block is the caller's. Goes to the next one; false where there is none. */
  remove(list: number): boolean {
    const chunk = this.chunk;
    const words = this.#arena.u32[chunk >>> PAGE_SHIFT];
    const base = (chunk & UNIT_MASK) << 1;
    const at = base + HEADER_WORDS + (this.slot << 1);
    const elements = words[at + 1] & COUNT_MASK;
    words.copyWithin(at, at + 2, base + HEADER_WORDS + (words[base + NODES] << 1));
    const left = --words[base + NODES];
    words[base + ELEMENTS] -= elements;
    this.#add(list, NODES, -1);
    this.#add(list, ELEMENTS, -elements);
    if (this.slot === left) {
      this.chunk = words[base + NEXT];
      this.slot = 0;
    }
    if (left === 0) this.#unlink(list, chunk);
    else if (left < MAX_NODES / 4) this.#compact(list, chunk);
    return this.chunk !== 0;
  }

  /** Bytes of the arena that the list and its chunks take, without the nodes. */
  overhead(list: number): number {
    let bytes = this.#arena.capacity(list);
    for (let chunk = this.#get(list, FIRST); chunk !== 0; chunk = this.#get(chunk, NEXT)) {
      bytes += this.#arena.capacity(chunk);
    }
    return bytes;
  }

  /**
   * Checks the chunks, their links and all counts.
   *
   * @throws {Error} that names the first thing wrong.
   */
  check(list: number): void {
    let elements = 0;
    let nodes = 0;
    let chunks = 0;
    let small = false;
    let previous = 0;
    for (let chunk = this.#get(list, FIRST); chunk !== 0; chunk = this.#get(chunk, NEXT)) {
      if (this.#get(chunk, PREVIOUS) !== previous) throw new Error(`Chunk ${chunk} has a wrong predecessor`);
      const used = this.#get(chunk, NODES);
      const capacity = this.#capacity(chunk);
      if (used === 0 || used > capacity) throw new Error(`Chunk ${chunk} has ${used} of ${capacity} nodes`);
      if (capacity < MAX_NODES) small = true;
      let sum = 0;
      for (let slot = 0; slot < used; slot++) {
        const count = this.#get(chunk, HEADER_WORDS + (slot << 1) + 1) & COUNT_MASK;
        if (count === 0) throw new Error(`Chunk ${chunk} has a node without elements`);
        sum += count;
      }
      if (sum !== this.#get(chunk, ELEMENTS)) throw new Error(`Chunk ${chunk} has ${sum} elements`);
      elements += sum;
      nodes += used;
      chunks++;
      previous = chunk;
    }
    if (this.#get(list, LAST) !== previous) throw new Error(`The last chunk is ${previous}`);
    if (small && chunks > 1) throw new Error(`A small chunk among ${chunks}`);
    if (nodes !== this.nodes(list)) throw new Error(`Counts ${this.nodes(list)} nodes, has ${nodes}`);
    if (elements !== this.count(list)) {
      throw new Error(`Counts ${this.count(list)} elements, has ${elements}`);
    }
  }

  /**
   * Moves the chunk of the node with an index, and that chunk's nodes, out of pages that are being vacated; returns the
   * index of the next chunk's first node, 0 at the end. The list's own block is the caller's to move.
   */
  relocate(list: number, index: number): number {
    const arena = this.#arena;
    let chunk = this.#get(list, FIRST);
    let before = 0;
    for (; chunk !== 0; chunk = this.#get(chunk, NEXT)) {
      const nodes = this.#get(chunk, NODES);
      if (before + nodes > index) break;
      before += nodes;
    }
    if (chunk === 0) return 0;
    const moved = arena.relocate(chunk);
    const next = this.#get(moved, NEXT);
    if (moved !== chunk) {
      this.#join(list, this.#get(moved, PREVIOUS), moved);
      this.#join(list, moved, next);
    }
    const nodes = this.#get(moved, NODES);
    for (let slot = 0; slot < nodes; slot++) {
      const word = HEADER_WORDS + (slot << 1);
      this.#set(moved, word, arena.relocate(this.#get(moved, word)));
    }
    return next === 0 ? 0 : before + nodes;
  }

  #get(block: number, word: number): number {
    return this.#arena.u32[block >>> PAGE_SHIFT][((block & UNIT_MASK) << 1) + word];
  }

  #set(block: number, word: number, value: number): void {
    this.#arena.u32[block >>> PAGE_SHIFT][((block & UNIT_MASK) << 1) + word] = value;
  }

  #add(block: number, word: number, difference: number): void {
    this.#arena.u32[block >>> PAGE_SHIFT][((block & UNIT_MASK) << 1) + word] += difference;
  }

  /** How many nodes the chunk has room for. */
  #capacity(chunk: number): number {
    return (this.#arena.capacity(chunk) - HEADER_BYTES) >>> 3;
  }

  #newChunk(bytes: number): number {
    const chunk = this.#arena.allocate(bytes);
    const at = (chunk & UNIT_MASK) << 1;
    this.#arena.u32[chunk >>> PAGE_SHIFT].fill(0, at, at + HEADER_WORDS);
    return chunk;
  }

  /** Links a chunk behind `previous`, or as the first where that is 0. */
  #linkAfter(list: number, previous: number, chunk: number): void {
    const next = previous === 0 ? this.#get(list, FIRST) : this.#get(previous, NEXT);
    this.#join(list, previous, chunk);
    this.#join(list, chunk, next);
  }

  #unlink(list: number, chunk: number): void {
    this.#join(list, this.#get(chunk, PREVIOUS), this.#get(chunk, NEXT));
    this.#arena.free(chunk);
  }

  /** Makes `next` follow `previous`; 0 is the end of the list. */
  #join(list: number, previous: number, next: number): void {
    if (previous === 0) this.#set(list, FIRST, next);
    else this.#set(previous, NEXT, next);
    if (next === 0) this.#set(list, LAST, previous);
    else this.#set(next, PREVIOUS, previous);
  }

  /** Moves a chunk to a block of `bytes` bytes, and returns that. */
  #resize(list: number, chunk: number, bytes: number): number {
    const moved = this.#arena.allocate(bytes);
    copyBetween(this.#arena, chunk, 0, moved, 0, HEADER_BYTES + 8 * this.#get(chunk, NODES));
    this.#join(list, this.#get(chunk, PREVIOUS), moved);
    this.#join(list, moved, this.#get(chunk, NEXT));
    this.#arena.free(chunk);
    return moved;
  }

  /** Moves the second half of the current chunk's nodes to a new one. */
  #split(list: number): void {
    const chunk = this.chunk;
    const used = this.#get(chunk, NODES);
    const kept = used >>> 1;
    const second = this.#newChunk(CHUNK_BYTES);
    const moved = used - kept;
    copyBetween(this.#arena, chunk, HEADER_BYTES + 8 * kept, second, HEADER_BYTES, 8 * moved);
    let elements = 0;
    for (let slot = 0; slot < moved; slot++) {
      elements += this.#get(second, HEADER_WORDS + (slot << 1) + 1) & COUNT_MASK;
    }
    this.#set(chunk, NODES, kept);
    this.#add(chunk, ELEMENTS, -elements);
    this.#set(second, NODES, moved);
    this.#set(second, ELEMENTS, elements);
    this.#linkAfter(list, chunk, second);
    if (this.slot >= kept) {
      this.chunk = second;
      this.slot -= kept;
    }
  }

  /** Merges a chunk that has few nodes with a neighbour, or makes the only one smaller. */
  #compact(list: number, chunk: number): void {
    const previous = this.#get(chunk, PREVIOUS);
    const next = this.#get(chunk, NEXT);
    if (next !== 0 && this.#absorb(list, chunk, next)) chunk = this.#get(list, FIRST);
    else if (previous !== 0 && this.#absorb(list, previous, chunk)) chunk = this.#get(list, FIRST);
    if (this.#get(list, FIRST) !== this.#get(list, LAST)) return;
    const needed = HEADER_BYTES + 8 * this.#get(chunk, NODES);
    if (needed * 4 > this.#arena.capacity(chunk) || needed * 2 < MIN_CHUNK_BYTES) return;
    try {
      const smaller = this.#resize(list, chunk, needed * 2);
      if (this.chunk === chunk) this.chunk = smaller;
    } catch (error) {
      if (!(error instanceof ArenaExhausted)) throw error;
    }
  }

  /** Moves the nodes of `second` to the chunk before it, where that leaves room for some more. */
  #absorb(list: number, first: number, second: number): boolean {
    const used = this.#get(first, NODES);
    const added = this.#get(second, NODES);
    if (used + added > MAX_NODES * 0.75) return false;
    copyBetween(this.#arena, second, HEADER_BYTES, first, HEADER_BYTES + 8 * used, 8 * added);
    this.#add(first, NODES, added);
    this.#add(first, ELEMENTS, this.#get(second, ELEMENTS));
    this.#unlink(list, second);
    if (this.chunk === second) {
      this.chunk = first;
      this.slot += used;
    }
    return true;
  }
}

/** Bytes of a chunk for `nodes` nodes and as many again, within the limit. */
function largerChunk(nodes: number): number {
  return Math.min(HEADER_BYTES + 16 * nodes, CHUNK_BYTES);
}
