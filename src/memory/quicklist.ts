/**
 * Quicklists: lists of any length, as sequences of listpacks of bounded size.
 *
 * ```text
 *  list ── chunk ── node, node, ...    see quicklist_nodes.ts
 *  packed node   a listpack
 *  plain node    [ length: 4 ][ bytes ]   one element that is larger than a listpack of the list may be
 * ```
 *
 * How much goes into a listpack is said by `fill`, as Redis's list-max-listpack-size: -1 to -5 mean 4, 8, 16, 32 or
 * 64 KiB, a positive number so many elements and not more than 8 KiB. A list works on with whatever nodes it has when
 * that changes.
 *
 * Elements in the middle are reached with a cursor, of which an instance has one: `seek` puts it on an element, and
 * all operations that do not name an index or an end are about that element. Inserting in the middle of a full node
 * splits it; neighbours that fit into one node after an insertion or a removal are merged.
 *
 * After Redis's quicklist.c, 7.2.
 *
 * @module
 */

import { type Arena, ArenaExhausted, PAGE_SHIFT, UNIT_MASK } from "./arena.ts";
import { copyBytes, sameBytes } from "./copy_bytes.ts";
import { EMPTY_LISTPACK_BYTES, type Listpack } from "./listpack.ts";
import { LISTPACK_HEADER_BYTES } from "./listpack_check.ts";
import { copyBetween } from "./packed_block.ts";
import { QuicklistNodes } from "./quicklist_nodes.ts";

/** Bytes of a node where `fill` is -1 to -5. */
const NODE_BYTES = [4096, 8192, 16384, 32768, 65536];
/** Bytes of a node whose elements are counted. */
const COUNTED_NODE_BYTES = 8192;
/** What an element is taken to need besides its bytes, at most. */
const ELEMENT_OVERHEAD = 8;
const PLAIN_HEADER_BYTES = 4;
const FIRST_POSITION = LISTPACK_HEADER_BYTES;

/**
 * Operations on quicklists. One instance an arena; results are left in fields, so nothing is allocated on the
 * JavaScript heap. A list's reference never changes. Bytes handed in must not lie in the list that they are put into.
 *
 * What adds elements throws ArenaExhausted where there is no memory: no element has changed then, but the cursor is
 * lost. Pushing, and removing from the ends, loses it too.
 */
export class Quicklist {
  readonly #arena: Arena;
  readonly #listpack: Listpack;
  readonly #nodes: QuicklistNodes;
  /** Where in the current node the cursor's element is; 0 in a plain node. */
  #position = 0;
  #nodeBytes = NODE_BYTES[1];
  #nodeElements = Infinity;

  /** Elements of so many bytes have plain nodes, also where a listpack might hold them. */
  packedThreshold = Infinity;

  /** The bytes that the last `get` or `getNode` found something in: the arena's, or the digits of an integer. */
  page: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  /** Where in `page` it begins. */
  at = 0;
  /** How many bytes it has. */
  length = 0;

  /**
   * @param arena where the lists are
   * @param listpack the operations on listpacks in the same arena, whose fields those of this instance change
   */
  constructor(arena: Arena, listpack: Listpack) {
    this.#arena = arena;
    this.#listpack = listpack;
    this.#nodes = new QuicklistNodes(arena);
  }

  /** How much goes into one node from now on: Redis's list-max-listpack-size, any integer. */
  set fill(fill: number) {
    this.#nodeBytes = fill >= 0 ? COUNTED_NODE_BYTES : NODE_BYTES[Math.min(-fill, NODE_BYTES.length) - 1];
    this.#nodeElements = fill >= 0 ? Math.max(fill, 1) : Infinity;
  }

  /** A new list without elements. @throws {ArenaExhausted} */
  create(): number {
    return this.#nodes.create();
  }

  /** How many elements the list has. */
  count(list: number): number {
    return this.#nodes.count(list);
  }

  /** How many nodes the list has. */
  nodeCount(list: number): number {
    return this.#nodes.nodes(list);
  }

  /** Puts an element at the beginning. @throws {ArenaExhausted} */
  pushHead(list: number, bytes: Uint8Array, start: number, end: number): void {
    const nodes = this.#nodes;
    if (nodes.first(list)) {
      if (this.#hasRoom(end - start)) {
        this.#pushToNode(list, false, bytes, start, end);
        return;
      }
      this.#shrinkNode(list);
    }
    this.#pushNode(list, false, bytes, start, end);
  }

  /** Puts an element at the end. @throws {ArenaExhausted} */
  pushTail(list: number, bytes: Uint8Array, start: number, end: number): void {
    const nodes = this.#nodes;
    if (nodes.last(list)) {
      if (this.#hasRoom(end - start)) {
        this.#pushToNode(list, true, bytes, start, end);
        return;
      }
      this.#shrinkNode(list);
    }
    this.#pushNode(list, true, bytes, start, end);
  }

  /** Puts an element at an end of the current node, to which more will be pushed. */
  #pushToNode(list: number, atEnd: boolean, bytes: Uint8Array, start: number, end: number): void {
    const listpack = this.#listpack;
    const node = this.#nodes.reference();
    listpack.roomy = true;
    try {
      const grown = atEnd
        ? listpack.append(node, bytes, start, end)
        : listpack.prepend(node, bytes, start, end);
      this.#nodes.change(list, grown, 1);
    } finally {
      listpack.roomy = false;
    }
  }

  /** Puts the cursor on the element with an index, counted from the end where it is negative; false: there is none. */
  seek(list: number, index: number): boolean {
    const count = this.count(list);
    if (index < 0) index += count;
    if (index < 0 || index >= count) return false;
    const nodes = this.#nodes;
    nodes.seek(list, index);
    this.#position = nodes.isPlain() ? 0 : this.#listpack.seek(nodes.reference(), nodes.offset);
    return true;
  }

  /** Moves the cursor to the next element; false: it was on the last, and stays there. */
  next(): boolean {
    const nodes = this.#nodes;
    if (this.#position !== 0) {
      const next = this.#listpack.next(nodes.reference(), this.#position);
      if (next !== 0) {
        this.#position = next;
        return true;
      }
    }
    if (!nodes.next()) return false;
    this.#position = this.#firstPosition();
    return true;
  }

  /** Moves the cursor to the previous element; false: it was on the first, and stays there. */
  previous(): boolean {
    const nodes = this.#nodes;
    if (this.#position > FIRST_POSITION) {
      this.#position = this.#listpack.previous(nodes.reference(), this.#position);
      return true;
    }
    if (!nodes.previous()) return false;
    this.#position = nodes.isPlain() ? 0 : this.#listpack.last(nodes.reference());
    return true;
  }

  /** Sets `page`, `at` and `length` to the cursor's element. The bytes of an integer are good until the next `get`. */
  get(): void {
    const reference = this.#nodes.reference();
    if (this.#position === 0) {
      this.#locatePlain(reference);
      return;
    }
    const listpack = this.#listpack;
    listpack.get(reference, this.#position);
    this.page = listpack.page;
    this.at = listpack.at;
    this.length = listpack.length;
  }

  /** Whether the cursor's element equals `bytes[start, end)`. */
  equals(bytes: Uint8Array, start: number, end: number): boolean {
    const reference = this.#nodes.reference();
    if (this.#position !== 0) return this.#listpack.equals(reference, this.#position, bytes, start, end);
    this.#locatePlain(reference);
    return this.length === end - start && sameBytes(this.page, this.at, bytes, start, this.length);
  }

  /**
   * Moves the cursor to the first element, from the present one on, that equals `bytes[start, end)`. Returns how many
   * elements were passed (0: the cursor was on it), or -1 where there is none within about `limit` elements.
   */
  find(bytes: Uint8Array, start: number, end: number, limit = Infinity): number {
    const nodes = this.#nodes;
    let passed = 0;
    do {
      if (this.#position === 0) {
        if (this.equals(bytes, start, end)) return passed;
        passed++;
      } else {
        const found = this.#listpack.find(nodes.reference(), this.#position, bytes, start, end, 0);
        passed += this.#listpack.passed;
        if (found !== 0) {
          this.#position = found;
          return passed;
        }
      }
      if (!nodes.next()) return -1;
      this.#position = this.#firstPosition();
    } while (passed < limit);
    return -1;
  }

  /** Puts an element before the cursor's, and the cursor on it. @throws {ArenaExhausted} */
  insertBefore(list: number, bytes: Uint8Array, start: number, end: number): void {
    this.#insert(list, false, bytes, start, end);
  }

  /** Puts an element behind the cursor's, and the cursor on it. @throws {ArenaExhausted} */
  insertAfter(list: number, bytes: Uint8Array, start: number, end: number): void {
    this.#insert(list, true, bytes, start, end);
  }

  /** Puts an element in the place of the cursor's. @throws {ArenaExhausted} */
  replace(list: number, bytes: Uint8Array, start: number, end: number): void {
    const nodes = this.#nodes;
    const length = end - start;
    if (this.#position !== 0 && !this.#isLarge(length)) {
      const reference = nodes.reference();
      const position = this.#position;
      const next = this.#listpack.next(reference, position);
      const total = this.#listpack.bytes(reference);
      const kept = next === 0 ? position + 1 : total - (next - position);
      if (kept + length + ELEMENT_OVERHEAD <= this.#nodeBytes || nodes.elements() === 1) {
        nodes.change(list, this.#listpack.replace(reference, position, bytes, start, end), 0);
        return;
      }
    }
    this.#insert(list, true, bytes, start, end);
    this.previous();
    this.remove(list);
  }

  /**
   * Removes up to `count` elements from the cursor's on. The cursor is then on the one behind them; false where there
   * is none, and the cursor is lost.
   */
  remove(list: number, count = 1): boolean {
    const nodes = this.#nodes;
    const listpack = this.#listpack;
    for (let left = count; left > 0;) {
      const reference = nodes.reference();
      const elements = nodes.elements();
      let more: boolean;
      if (this.#position <= FIRST_POSITION && left >= elements) {
        this.#arena.free(reference);
        left -= elements;
        more = nodes.remove(list);
      } else {
        const remaining = listpack.remove(reference, this.#position, left);
        left -= listpack.removed;
        nodes.change(list, remaining, -listpack.removed);
        if (listpack.position !== 0) {
          this.#position = listpack.position;
          break;
        }
        more = nodes.next();
      }
      if (!more) {
        if (nodes.last(list)) this.#mergeWithPrevious(list);
        return false;
      }
      this.#position = this.#firstPosition();
    }
    this.#mergeAround(list);
    return true;
  }

  /** Removes the cursor's element and puts the cursor on the one before; false where there is none. */
  removeBackwards(list: number): boolean {
    if (this.remove(list)) return this.previous();
    return this.seek(list, -1);
  }

  /** Removes up to `count` elements from the one with the index `start` on; a negative one counts from the end. */
  removeRange(list: number, start: number, count: number): void {
    if (count > 0 && this.seek(list, start)) this.remove(list, count);
  }

  /** Removes up to `count` elements from the beginning. */
  removeHead(list: number, count = 1): void {
    const nodes = this.#nodes;
    for (let left = count; left > 0 && nodes.first(list);) {
      const reference = nodes.reference();
      const elements = nodes.elements();
      if (left < elements) {
        this.#removeFromNode(list, FIRST_POSITION, left);
      } else {
        this.#arena.free(reference);
        nodes.remove(list);
      }
      left -= elements;
    }
  }

  /** Removes up to `count` elements from the end. */
  removeTail(list: number, count = 1): void {
    const nodes = this.#nodes;
    for (let left = count; left > 0 && nodes.last(list);) {
      const reference = nodes.reference();
      const elements = nodes.elements();
      if (left < elements) {
        this.#removeFromNode(list, this.#listpack.seek(reference, -left), left);
      } else {
        this.#arena.free(reference);
        nodes.remove(list);
      }
      left -= elements;
    }
  }

  /** Removes elements at an end of the current node, from which more will be removed. */
  #removeFromNode(list: number, position: number, count: number): void {
    const listpack = this.#listpack;
    listpack.roomy = true;
    this.#nodes.change(list, listpack.remove(this.#nodes.reference(), position, count), -count);
    listpack.roomy = false;
  }

  /** Frees up to `count` nodes of a list that nobody will use again; true when it is gone. */
  drain(list: number, count: number): boolean {
    const nodes = this.#nodes;
    for (let left = count; nodes.last(list); left--) {
      if (left <= 0) return false;
      this.#arena.free(nodes.reference());
      nodes.remove(list);
    }
    nodes.free(list);
    return true;
  }

  /** A copy. @throws {ArenaExhausted} */
  duplicate(list: number): number {
    const nodes = this.#nodes;
    const copy = nodes.create();
    try {
      for (let more = nodes.first(list); more; more = nodes.next()) {
        const { chunk, slot } = nodes;
        const node = this.#copyNode(nodes.reference(), nodes.isPlain());
        this.#adopt(copy, true, node, nodes.elements(), nodes.isPlain());
        nodes.chunk = chunk;
        nodes.slot = slot;
      }
    } catch (error) {
      this.drain(copy, Infinity);
      throw error;
    }
    return copy;
  }

  /** Bytes of the arena that the list takes. */
  size(list: number): number {
    const nodes = this.#nodes;
    let bytes = nodes.overhead(list);
    for (let more = nodes.first(list); more; more = nodes.next()) {
      bytes += this.#arena.capacity(nodes.reference());
    }
    return bytes;
  }

  /** Goes to the first node, for `getNode`; false where there is none. The cursor is on its first element. */
  firstNode(list: number): boolean {
    if (!this.#nodes.first(list)) return false;
    this.#position = this.#firstPosition();
    return true;
  }

  /** Goes to the next node; false where there is none. */
  nextNode(): boolean {
    if (!this.#nodes.next()) return false;
    this.#position = this.#firstPosition();
    return true;
  }

  /** Whether the current node is one large element, and no listpack. */
  nodeIsPlain(): boolean {
    return this.#nodes.isPlain();
  }

  /** Sets `page`, `at` and `length` to the current node's bytes: a listpack's, or those of the one large element. */
  getNode(): void {
    const reference = this.#nodes.reference();
    if (this.#nodes.isPlain()) {
      this.#locatePlain(reference);
      return;
    }
    this.page = this.#arena.u8[reference >>> PAGE_SHIFT];
    this.at = (reference & UNIT_MASK) << 3;
    this.length = this.#listpack.bytes(reference);
  }

  /** A list of a listpack's elements, which keeps its block. It is freed where it is empty. @throws {ArenaExhausted} */
  fromListpack(listpack: number): number {
    const list = this.#nodes.create();
    try {
      this.appendListpack(list, listpack);
    } catch (error) {
      this.#nodes.free(list);
      throw error;
    }
    return list;
  }

  /** The listpack that is the list's only node, or a new one for an empty list: the list is freed. 0: it has more. */
  toListpack(list: number): number {
    const nodes = this.#nodes;
    if (!nodes.first(list)) {
      const empty = this.#listpack.create();
      nodes.free(list);
      return empty;
    }
    if (nodes.nodes(list) > 1 || nodes.isPlain()) return 0;
    const listpack = nodes.reference();
    nodes.remove(list);
    nodes.free(list);
    return this.#listpack.shrinkToFit(listpack);
  }

  /** Puts a listpack's elements at the end, as a node; it is freed where it is empty. @throws {ArenaExhausted} */
  appendListpack(list: number, listpack: number): void {
    const elements = this.#listpack.count(listpack);
    if (elements > 0) this.#nodes.push(list, true, listpack, elements, false);
    else this.#listpack.free(listpack);
  }

  /** Puts an element at the end as a plain node, whatever its length. @throws {ArenaExhausted} */
  appendPlain(list: number, bytes: Uint8Array, start: number, end: number): void {
    this.#adopt(list, true, this.#newPlain(bytes, start, end), 1, true);
  }

  /**
   * Checks the nodes and everything in them.
   *
   * @throws {Error} that names the first thing wrong.
   */
  check(list: number): void {
    const nodes = this.#nodes;
    nodes.check(list);
    for (let more = nodes.first(list); more; more = nodes.next()) {
      const reference = nodes.reference();
      const elements = nodes.elements();
      if (nodes.isPlain()) {
        this.#locatePlain(reference);
        const capacity = this.#arena.capacity(reference);
        if (elements !== 1) throw new Error(`Plain node ${reference} counts ${elements} elements`);
        if (this.length + PLAIN_HEADER_BYTES > capacity) {
          throw new Error(`Plain node ${reference} has ${this.length} bytes in a block of ${capacity}`);
        }
      } else {
        this.#listpack.check(reference);
        const count = this.#listpack.count(reference);
        if (count !== elements) {
          throw new Error(`Node ${reference} counts ${elements} elements, has ${count}`);
        }
      }
    }
  }

  #firstPosition(): number {
    return this.#nodes.isPlain() ? 0 : FIRST_POSITION;
  }

  #locatePlain(reference: number): void {
    this.page = this.#arena.u8[reference >>> PAGE_SHIFT];
    this.at = ((reference & UNIT_MASK) << 3) + PLAIN_HEADER_BYTES;
    this.length = this.#arena.u32[reference >>> PAGE_SHIFT][(reference & UNIT_MASK) << 1];
  }

  /** Whether an element of `length` bytes has to have a node of its own. */
  #isLarge(length: number): boolean {
    return length > this.#nodeBytes || length >= this.packedThreshold;
  }

  /** Whether an element of `length` bytes may be added to the current node. */
  #hasRoom(length: number): boolean {
    const nodes = this.#nodes;
    return !nodes.isPlain() && nodes.elements() < this.#nodeElements && length < this.packedThreshold &&
      this.#listpack.bytes(nodes.reference()) + length + ELEMENT_OVERHEAD <= this.#nodeBytes;
  }

  /** A block for a plain node. */
  #newPlain(bytes: Uint8Array, start: number, end: number): number {
    const length = end - start;
    const block = this.#arena.allocate(PLAIN_HEADER_BYTES + length);
    this.#arena.u32[block >>> PAGE_SHIFT][(block & UNIT_MASK) << 1] = length;
    const at = ((block & UNIT_MASK) << 3) + PLAIN_HEADER_BYTES;
    copyBytes(bytes, start, this.#arena.u8[block >>> PAGE_SHIFT], at, length);
    return block;
  }

  /** A block for a node of one element: plain where it is larger than a node may be. */
  #newNode(bytes: Uint8Array, start: number, end: number): number {
    if (this.#isLarge(end - start)) return this.#newPlain(bytes, start, end);
    const listpack = this.#listpack.create();
    try {
      return this.#listpack.append(listpack, bytes, start, end);
    } catch (error) {
      this.#listpack.free(listpack);
      throw error;
    }
  }

  #copyNode(reference: number, plain: boolean): number {
    if (!plain) return this.#listpack.duplicate(reference);
    this.#locatePlain(reference);
    const bytes = PLAIN_HEADER_BYTES + this.length;
    const copy = this.#arena.allocate(bytes);
    copyBetween(this.#arena, reference, 0, copy, 0, bytes);
    return copy;
  }

  /** Makes a block a node at an end of the list, or frees it where that is refused. */
  #adopt(list: number, atEnd: boolean, node: number, elements: number, plain: boolean): void {
    try {
      this.#nodes.push(list, atEnd, node, elements, plain);
    } catch (error) {
      this.#arena.free(node);
      throw error;
    }
  }

  #pushNode(list: number, atEnd: boolean, bytes: Uint8Array, start: number, end: number): void {
    const node = this.#newNode(bytes, start, end);
    this.#adopt(list, atEnd, node, 1, this.#isLarge(end - start));
    this.#position = this.#firstPosition();
  }

  /** Takes from the current node, to which nothing will be pushed any more, what its block has to spare. */
  #shrinkNode(list: number): void {
    const nodes = this.#nodes;
    if (!nodes.isPlain()) nodes.change(list, this.#listpack.shrinkToFit(nodes.reference()), 0);
  }

  #insert(list: number, after: boolean, bytes: Uint8Array, start: number, end: number): void {
    const nodes = this.#nodes;
    const listpack = this.#listpack;
    const reference = nodes.reference();
    if (this.#hasRoom(end - start)) {
      const grown = after
        ? listpack.insertAfter(reference, this.#position, bytes, start, end)
        : listpack.insertBefore(reference, this.#position, bytes, start, end);
      nodes.change(list, grown, 1);
      this.#position = listpack.position;
      return;
    }
    const next = this.#position === 0 ? 0 : listpack.next(reference, this.#position);
    const atEdge = after ? next === 0 : this.#position <= FIRST_POSITION;
    if (atEdge) this.#insertBeside(list, after, bytes, start, end);
    else this.#insertBetween(list, after ? next : this.#position, bytes, start, end);
  }

  /** Puts an element behind (or before) all of the current node's: into its neighbour, or into a new node. */
  #insertBeside(list: number, after: boolean, bytes: Uint8Array, start: number, end: number): void {
    const nodes = this.#nodes;
    const listpack = this.#listpack;
    if (!(after ? nodes.next() : nodes.previous())) return this.#pushNode(list, after, bytes, start, end);
    if (this.#hasRoom(end - start)) {
      const grown = after
        ? listpack.prepend(nodes.reference(), bytes, start, end)
        : listpack.append(nodes.reference(), bytes, start, end);
      nodes.change(list, grown, 1);
      this.#position = listpack.position;
      return;
    }
    nodes.reserve(list, 1);
    nodes.insert(list, !after, this.#newNode(bytes, start, end), 1, this.#isLarge(end - start));
    this.#position = this.#firstPosition();
  }

  /** Splits the current node before `position`, and puts an element there. */
  #insertBetween(list: number, position: number, bytes: Uint8Array, start: number, end: number): void {
    const nodes = this.#nodes;
    const listpack = this.#listpack;
    nodes.reserve(list, 2);
    const node = this.#newNode(bytes, start, end);
    let first: number;
    try {
      first = listpack.split(nodes.reference(), position);
    } catch (error) {
      this.#arena.free(node);
      throw error;
    }
    const second = listpack.second;
    const moved = listpack.count(second);
    nodes.change(list, first, -moved);
    nodes.insert(list, true, second, moved, false);
    nodes.insert(list, false, node, 1, this.#isLarge(end - start));
    this.#position = this.#firstPosition();
    this.#mergeAround(list);
  }

  /** As that of `QuicklistNodes`, for chunks and nodes; the cursor is lost. */
  relocate(list: number, index: number): number {
    return this.#nodes.relocate(list, index);
  }

  /** Merges the current node with its neighbours where they fit into one; the cursor stays on its element. */
  #mergeAround(list: number): void {
    this.#mergeWithPrevious(list);
    const position = this.#position;
    if (position === 0 || !this.#nodes.next()) return;
    if (!this.#mergeWithPrevious(list)) this.#nodes.previous();
    this.#position = position;
  }

  /** Merges the current node with the one before, where they fit into one; the cursor stays on its element. */
  #mergeWithPrevious(list: number): boolean {
    const nodes = this.#nodes;
    const listpack = this.#listpack;
    if (nodes.isPlain()) return false;
    const second = nodes.reference();
    const elements = nodes.elements();
    if (!nodes.previous()) return false;
    const first = nodes.reference();
    const fits = !nodes.isPlain() && nodes.elements() + elements <= this.#nodeElements &&
      listpack.bytes(first) + listpack.bytes(second) - EMPTY_LISTPACK_BYTES <= this.#nodeBytes;
    nodes.next();
    if (!fits) return false;
    const shift = listpack.bytes(first) - EMPTY_LISTPACK_BYTES;
    let merged: number;
    try {
      merged = listpack.merge(first, second);
    } catch (error) {
      if (error instanceof ArenaExhausted) return false;
      throw error;
    }
    if (nodes.remove(list)) nodes.previous();
    else nodes.last(list);
    nodes.change(list, merged, elements);
    this.#position += shift;
    return true;
  }
}
