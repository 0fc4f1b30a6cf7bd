/**
 * Lists: short ones are one listpack, all others a quicklist.
 *
 * ```text
 *  listpack    the root is a listpack with all elements
 *  quicklist   the root is a quicklist: nodes that are listpacks of bounded size, or one large element
 * ```
 *
 * `list-max-listpack-size` says how large a listpack may become before it is the first node of a quicklist, and how
 * large that one's nodes are. A quicklist becomes a listpack again when it has shrunk to one node of half that size,
 * so that a list whose length goes up and down is not converted each time. After Redis's t_list.c, 7.2.
 *
 * @module
 */

import type { Arena } from "../../memory/arena.ts";
import { Listpack } from "../../memory/listpack.ts";
import { Quicklist } from "../../memory/quicklist.ts";
import { ENCODING_LISTPACK, ENCODING_QUICKLIST, type Entries } from "../entry.ts";
import type { EncodingLimits } from "./limits.ts";
import type { Relocation, ValueType } from "./value_type.ts";

/** Bytes of a listpack where `list-max-listpack-size` is -1 to -5. */
const LISTPACK_BYTES = [4096, 8192, 16384, 32768, 65536];
/** Bytes of a listpack whose elements are counted. */
const COUNTED_LISTPACK_BYTES = 8192;

/**
 * Operations on lists. Elements in the middle are reached with a cursor, of which an instance has one: `seek` puts it
 * on an element, and all operations that name neither an index nor an end are about that element. Whatever names an
 * entry may lose the cursor, unless it says otherwise.
 *
 * What adds elements throws ArenaExhausted where there is no memory, and no element has changed then. Bytes handed in
 * must not lie in the list that they are put into.
 */
export class Lists implements ValueType {
  readonly #arena: Arena;
  readonly #entries: Entries;
  readonly #limits: EncodingLimits;
  /** Operations on the lists that are listpacks, and on quicklists' nodes. */
  readonly listpacks: Listpack;
  readonly #quicklists: Quicklist;

  /** The bytes that the last `get` found an element in; good until the list changes or the next `get`. */
  page: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  /** Where in `page` it begins. */
  at = 0;
  /** How many bytes it has. */
  length = 0;

  // The cursor: in a quicklist it is the quicklists' own.
  #isPacked = true;
  #root = 0;
  #position = 0;

  constructor(arena: Arena, entries: Entries, limits: EncodingLimits) {
    this.#arena = arena;
    this.#entries = entries;
    this.#limits = limits;
    this.listpacks = new Listpack(arena);
    this.#quicklists = new Quicklist(arena, this.listpacks);
  }

  /** The operations on lists that are quicklists, with the size of nodes that holds now. */
  get quicklists(): Quicklist {
    this.#quicklists.fill = this.#limits.listMaxListpackSize;
    this.#quicklists.packedThreshold = this.#limits.quicklistPackedThreshold;
    return this.#quicklists;
  }

  /** Root of a new, empty list in an encoding. @throws {ArenaExhausted} */
  create(encoding: number): number {
    return encoding === ENCODING_LISTPACK ? this.listpacks.create() : this.#quicklists.create();
  }

  /** Number of elements. */
  count(entry: number): number {
    const root = this.#entries.root(entry);
    return this.#entries.encoding(entry) === ENCODING_LISTPACK
      ? this.listpacks.count(root)
      : this.#quicklists.count(root);
  }

  /**
   * Converts a listpack that would become too large with `count` more elements of `bytes` bytes together. Must be
   * called before elements are added or replaced.
   *
   * @throws {ArenaExhausted} and nothing has changed
   */
  makeRoom(entry: number, bytes: number, count: number): void {
    const entries = this.#entries;
    if (entries.encoding(entry) !== ENCODING_LISTPACK) return;
    const root = entries.root(entry);
    const limit = this.#limits.listMaxListpackSize;
    const total = this.listpacks.bytes(root) + bytes;
    if (limit < 0) {
      if (total <= bytesOfLimit(limit)) return;
    } else if (total <= COUNTED_LISTPACK_BYTES && this.listpacks.count(root) + count <= Math.max(limit, 1)) {
      return;
    }
    entries.setRoot(entry, this.quicklists.fromListpack(root));
    entries.setEncoding(entry, ENCODING_QUICKLIST);
  }

  /** Makes a quicklist a listpack again if it has become small enough. To be called after elements were removed. */
  shrink(entry: number): void {
    if (this.#entries.encoding(entry) === ENCODING_QUICKLIST) this.#pack(entry, 2);
  }

  /** Makes a quicklist a listpack if it may be one: for a list that has been built as a quicklist. */
  packIfSmall(entry: number): void {
    if (this.#entries.encoding(entry) === ENCODING_QUICKLIST) this.#pack(entry, 1);
  }

  /** Makes a quicklist a listpack if it is one node, of at most the limit divided by `divisor`. */
  #pack(entry: number, divisor: number): void {
    const entries = this.#entries;
    const quicklists = this.#quicklists;
    const root = entries.root(entry);
    if (quicklists.nodeCount(root) !== 1) return;
    quicklists.firstNode(root);
    if (quicklists.nodeIsPlain()) return;
    const limit = this.#limits.listMaxListpackSize;
    quicklists.getNode();
    if (limit < 0) {
      if (quicklists.length > bytesOfLimit(limit) / divisor) return;
    } else if (quicklists.count(root) > Math.floor(Math.max(limit, 1) / divisor)) {
      return;
    }
    entries.setRoot(entry, quicklists.toListpack(root));
    entries.setEncoding(entry, ENCODING_LISTPACK);
  }

  /** Puts an element at the end, or at the beginning. @throws {ArenaExhausted} */
  push(entry: number, atTail: boolean, bytes: Uint8Array, start: number, end: number): void {
    const entries = this.#entries;
    const root = entries.root(entry);
    if (entries.encoding(entry) !== ENCODING_LISTPACK) {
      if (atTail) this.quicklists.pushTail(root, bytes, start, end);
      else this.quicklists.pushHead(root, bytes, start, end);
    } else if (atTail) {
      entries.setRoot(entry, this.listpacks.append(root, bytes, start, end));
    } else {
      entries.setRoot(entry, this.listpacks.prepend(root, bytes, start, end));
    }
  }

  /** Removes `count` elements, of which there are more, from the end or from the beginning. */
  removeEnd(entry: number, fromTail: boolean, count: number): void {
    const entries = this.#entries;
    const root = entries.root(entry);
    if (entries.encoding(entry) !== ENCODING_LISTPACK) {
      if (fromTail) this.quicklists.removeTail(root, count);
      else this.quicklists.removeHead(root, count);
    } else {
      const position = fromTail ? this.listpacks.seek(root, -count) : this.listpacks.first(root);
      entries.setRoot(entry, this.listpacks.remove(root, position, count));
    }
  }

  /** Puts the cursor on the element with an index, counted from the end where it is negative; false: there is none. */
  seek(entry: number, index: number): boolean {
    this.#root = this.#entries.root(entry);
    this.#isPacked = this.#entries.encoding(entry) === ENCODING_LISTPACK;
    if (!this.#isPacked) return this.#quicklists.seek(this.#root, index);
    this.#position = this.listpacks.seek(this.#root, index);
    return this.#position !== 0;
  }

  /** Moves the cursor to the next element; false: it was on the last, and stays there. */
  next(): boolean {
    if (!this.#isPacked) return this.#quicklists.next();
    return this.#moveTo(this.listpacks.next(this.#root, this.#position));
  }

  /** Moves the cursor to the previous element; false: it was on the first, and stays there. */
  previous(): boolean {
    if (!this.#isPacked) return this.#quicklists.previous();
    return this.#moveTo(this.listpacks.previous(this.#root, this.#position));
  }

  #moveTo(position: number): boolean {
    if (position === 0) return false;
    this.#position = position;
    return true;
  }

  /** Sets `page`, `at` and `length` to the cursor's element. */
  get(): void {
    if (this.#isPacked) {
      const listpacks = this.listpacks;
      listpacks.get(this.#root, this.#position);
      this.page = listpacks.page;
      this.at = listpacks.at;
      this.length = listpacks.length;
    } else {
      const quicklists = this.#quicklists;
      quicklists.get();
      this.page = quicklists.page;
      this.at = quicklists.at;
      this.length = quicklists.length;
    }
  }

  /** Whether the cursor's element equals `bytes[start, end)`. */
  equals(bytes: Uint8Array, start: number, end: number): boolean {
    if (!this.#isPacked) return this.#quicklists.equals(bytes, start, end);
    return this.listpacks.equals(this.#root, this.#position, bytes, start, end);
  }

  /**
   * Moves the cursor to the first element, from the present one on, that equals `bytes[start, end)`. Returns how many
   * elements were passed (0: the cursor was on it), or -1, and the cursor is lost, where there is none within about
   * `limit` elements.
   */
  find(bytes: Uint8Array, start: number, end: number, limit = Infinity): number {
    if (!this.#isPacked) return this.#quicklists.find(bytes, start, end, limit);
    this.#position = this.listpacks.find(this.#root, this.#position, bytes, start, end, 0);
    return this.#position === 0 ? -1 : this.listpacks.passed;
  }

  /** Puts an element behind the cursor's, or before it. @throws {ArenaExhausted} */
  insert(entry: number, after: boolean, bytes: Uint8Array, start: number, end: number): void {
    if (!this.#isPacked) {
      if (after) this.quicklists.insertAfter(this.#root, bytes, start, end);
      else this.quicklists.insertBefore(this.#root, bytes, start, end);
      return;
    }
    const listpacks = this.listpacks;
    const root = after
      ? listpacks.insertAfter(this.#root, this.#position, bytes, start, end)
      : listpacks.insertBefore(this.#root, this.#position, bytes, start, end);
    this.#entries.setRoot(entry, root);
  }

  /** Puts an element in the place of the cursor's. @throws {ArenaExhausted} */
  replace(entry: number, bytes: Uint8Array, start: number, end: number): void {
    if (!this.#isPacked) return this.quicklists.replace(this.#root, bytes, start, end);
    this.#entries.setRoot(entry, this.listpacks.replace(this.#root, this.#position, bytes, start, end));
  }

  /** Removes the cursor's element and puts the cursor on the one behind it, or before; false where there is none. */
  remove(entry: number, backwards: boolean): boolean {
    if (!this.#isPacked) {
      const quicklists = this.quicklists;
      return backwards ? quicklists.removeBackwards(this.#root) : quicklists.remove(this.#root);
    }
    const listpacks = this.listpacks;
    this.#root = listpacks.remove(this.#root, this.#position);
    this.#entries.setRoot(entry, this.#root);
    if (!backwards) return this.#moveTo(listpacks.position);
    const behind = listpacks.position;
    return this.#moveTo(behind === 0 ? listpacks.last(this.#root) : listpacks.previous(this.#root, behind));
  }

  startDrain(): void {}

  drain(root: number, encoding: number, count: number): boolean {
    // A node is as much work as several small blocks.
    if (encoding !== ENCODING_LISTPACK) return this.#quicklists.drain(root, Math.ceil(count / 8));
    this.listpacks.free(root);
    return true;
  }

  duplicate(root: number, encoding: number): number {
    if (encoding === ENCODING_LISTPACK) return this.listpacks.duplicate(root);
    return this.#quicklists.duplicate(root);
  }

  relocate(at: Relocation, encoding: number): boolean {
    if (at.position === 0) at.root = this.#arena.relocate(at.root);
    if (encoding === ENCODING_LISTPACK) return true;
    at.position = this.#quicklists.relocate(at.root, at.position);
    return at.position === 0;
  }

  peek(root: number): number {
    return root;
  }

  size(root: number, encoding: number): number {
    return encoding === ENCODING_LISTPACK ? this.#arena.capacity(root) : this.#quicklists.size(root);
  }

  check(root: number, encoding: number): void {
    const isPacked = encoding === ENCODING_LISTPACK;
    if (!isPacked && encoding !== ENCODING_QUICKLIST) throw new Error(`A list has the encoding ${encoding}`);
    if ((isPacked ? this.listpacks.count(root) : this.#quicklists.count(root)) === 0) {
      throw new Error("A list is empty");
    }
    if (isPacked) this.listpacks.check(root);
    else this.#quicklists.check(root);
  }
}

/** Bytes that a negative `list-max-listpack-size` allows. */
function bytesOfLimit(limit: number): number {
  return LISTPACK_BYTES[Math.min(-limit, LISTPACK_BYTES.length) - 1];
}
