/**
 * Walks over the entries of a stream in either direction.
 *
 * @module
 */

import { type Arena, PAGE_SHIFT, UNIT_MASK } from "../../memory/arena.ts";
import { Listpack } from "../../memory/listpack.ts";
import { backlengthBytes, entryBytes, LISTPACK_END } from "../../memory/listpack_entry.ts";
import type { OrderedTree, TreeCursor } from "../../memory/ordered_tree.ts";
import { StreamId } from "./stream_id.ts";
import { DELETED, IdSum, SAME_FIELDS, type StreamNodes } from "./stream_node.ts";

/** Sets a cursor to the node in which an entry with this ID would be; false where it would be before all nodes. */
export function seekNode(nodes: OrderedTree, tree: number, cursor: TreeCursor, id: StreamId): boolean {
  nodes.seekAfter(tree, cursor, id.msHigh, id.msLow, id.seqHigh, id.seqLow);
  return cursor.previous();
}

/**
 * A walk over the entries from one ID to another. After `next` an entry's parts are in the fields; `readField` and
 * `readValue`, in turns, leave its fields and values in `element`. Any change of the stream ends the walk.
 */
export class StreamRange {
  readonly #arena: Arena;
  readonly #nodes: OrderedTree;
  readonly #streamNodes: StreamNodes;
  readonly #cursor: TreeCursor;
  readonly #sum = new IdSum();
  readonly #master = new StreamId();
  readonly #from = new StreamId();
  readonly #to = new StreamId();
  #reverse = false;
  #withDeleted = false;

  /** What the last `readField` or `readValue` has read. */
  readonly element: Listpack;
  /** The entry's ID. */
  readonly id: StreamId = new StreamId();
  /** How many pairs of a field and a value it has. */
  count = 0;
  /** The node that it is in. */
  node = 0;
  /** Where in the node its flags are. */
  flagsAt = 0;
  /** Whether it is a deleted one. */
  isDeleted = false;

  /** Whether the cursor stands at a node that is yet to be walked over. */
  #hasNode = false;
  #masterFields = 0;
  #masterFieldsAt = 0;
  /** Position of the master entry's next field, 0: the entry has its own. */
  #fieldAt = 0;
  /** Position of the entry's next element, or of the next entry. */
  #at = 0;
  /** Elements of the entry that have not been read, the last one included. */
  #left = 0;

  constructor(arena: Arena, nodes: OrderedTree, streamNodes: StreamNodes) {
    this.#arena = arena;
    this.#nodes = nodes;
    this.#streamNodes = streamNodes;
    this.#cursor = nodes.cursor();
    this.element = new Listpack(arena);
  }

  /** Begins at the first entry not before `from`, or backwards at the last one not after `to`. */
  start(tree: number, from: StreamId, to: StreamId, reverse: boolean, withDeleted = false): void {
    this.#from.copy(from);
    this.#to.copy(to);
    this.#reverse = reverse;
    this.#withDeleted = withDeleted;
    this.node = 0;
    this.#hasNode = seekNode(this.#nodes, tree, this.#cursor, reverse ? to : from);
    if (!this.#hasNode && !reverse) this.#hasNode = this.#cursor.next();
  }

  /** Reads the last entry, deleted or not, of the node at a cursor. */
  readLastOf(cursor: TreeCursor): void {
    this.#cursor.copy(cursor);
    this.#reverse = true;
    this.#enterNode();
    this.#seekFlags(this.element.last(this.node));
    this.#parse();
  }

  /** Goes to the next entry; false where there is none. */
  next(): boolean {
    for (;;) {
      if (this.node !== 0) {
        if (this.#reverse ? !this.#goBack() : !this.#goOn()) this.node = 0;
      }
      if (this.node === 0) {
        if (!this.#hasNode) return false;
        this.#enterNode();
        this.#hasNode = this.#reverse ? this.#cursor.previous() : this.#cursor.next();
        if (this.#reverse ? !this.#seekFlags(this.element.last(this.node)) : this.#isAtEnd()) {
          this.node = 0;
          continue;
        }
      }
      this.#parse();
      if (this.#reverse ? this.id.compare(this.#to) > 0 : this.id.compare(this.#from) < 0) continue;
      if (this.isDeleted && !this.#withDeleted) continue;
      if (this.#reverse ? this.id.compare(this.#from) >= 0 : this.id.compare(this.#to) <= 0) return true;
      this.node = 0;
      this.#hasNode = false;
      return false;
    }
  }

  /** Reads the next field of the entry into `element`. */
  readField(): void {
    if (this.#fieldAt === 0) return this.#read();
    this.element.get(this.node, this.#fieldAt);
    this.#fieldAt = this.element.next(this.node, this.#fieldAt);
  }

  /** Reads the value of the field that was read last. */
  readValue(): void {
    this.#read();
  }

  /** How many entries there are from one ID to another, at most `limit`. Deleted ones do not count. */
  countUpTo(tree: number, from: StreamId, to: StreamId, limit: number): number {
    this.start(tree, from, to, false);
    let total = 0;
    while (total < limit) {
      if (this.node === 0 && this.#hasNode && this.#isNodeInside()) {
        total += this.#streamNodes.entries(this.#cursor.reference());
        this.#hasNode = this.#cursor.next();
      } else if (this.next()) {
        total++;
        if (!this.#goOn()) this.node = 0;
      } else {
        return total;
      }
    }
    return limit;
  }

  /** Whether all entries of the node at the cursor are inside of the range: where the next node begins inside, too. */
  #isNodeInside(): boolean {
    const cursor = this.#cursor;
    const master = this.#master;
    master.set(cursor.word(0), cursor.word(1), cursor.word(2), cursor.word(3));
    if (master.compare(this.#from) < 0) return false;
    const hasNext = cursor.next();
    if (hasNext) master.set(cursor.word(0), cursor.word(1), cursor.word(2), cursor.word(3));
    cursor.previous();
    return hasNext && master.compare(this.#to) <= 0;
  }

  /** Reads what stands at the beginning of the node at the cursor. */
  #enterNode(): void {
    const cursor = this.#cursor;
    const element = this.element;
    this.node = cursor.reference();
    this.#master.set(cursor.word(0), cursor.word(1), cursor.word(2), cursor.word(3));
    const position = this.#streamNodes.fieldsAt(this.node);
    this.#masterFields = element.getInteger(this.node, position);
    this.#masterFieldsAt = element.next(this.node, position);
    if (this.#reverse) return;
    // The fields and the 0 behind them.
    this.#at = this.#masterFieldsAt;
    this.#left = this.#masterFields + 1;
    this.#skip();
  }

  /** Goes to the entry behind the current one; false at the end of the node. */
  #goOn(): boolean {
    this.#skip();
    return !this.#isAtEnd();
  }

  /** Goes to the entry before the current one; false where it is the node's first. */
  #goBack(): boolean {
    return this.#seekFlags(this.element.previous(this.node, this.flagsAt));
  }

  #isAtEnd(): boolean {
    return this.#arena.u8[this.node >>> PAGE_SHIFT][((this.node & UNIT_MASK) << 3) + this.#at] ===
      LISTPACK_END;
  }

  /** Goes to the flags of the entry whose last element is at `position`; false where that is the master entry's. */
  #seekFlags(position: number): boolean {
    const elements = this.element.getInteger(this.node, position);
    if (elements === 0) return false;
    let at = position;
    for (let i = 0; i < elements; i++) at = this.element.previous(this.node, at);
    this.#at = at;
    return true;
  }

  /** Skips what is left of an entry. */
  #skip(): void {
    const page = this.#arena.u8[this.node >>> PAGE_SHIFT];
    const base = (this.node & UNIT_MASK) << 3;
    let at = base + this.#at;
    for (; this.#left > 0; this.#left--) {
      const size = entryBytes(page, at);
      at += size + backlengthBytes(size);
    }
    this.#at = at - base;
  }

  /** Reads the entry at `#at` up to its first field or value. */
  #parse(): void {
    const page = this.#arena.u8[this.node >>> PAGE_SHIFT];
    const base = (this.node & UNIT_MASK) << 3;
    const sum = this.#sum;
    const master = this.#master;
    this.flagsAt = this.#at;
    // Flags are below 128, so that the element is this byte and its length behind it.
    const flags = page[base + this.#at];
    this.isDeleted = (flags & DELETED) !== 0;
    let at = sum.add(page, base + this.#at + 2, master.msHigh, master.msLow);
    this.id.msHigh = sum.high;
    this.id.msLow = sum.low;
    at = sum.add(page, at, master.seqHigh, master.seqLow);
    this.id.seqHigh = sum.high;
    this.id.seqLow = sum.low;
    if ((flags & SAME_FIELDS) !== 0) {
      this.count = this.#masterFields;
      this.#fieldAt = this.#masterFieldsAt;
      this.#left = this.count + 1;
    } else {
      this.count = this.element.getInteger(this.node, at - base);
      this.#fieldAt = 0;
      const size = entryBytes(page, at);
      at += size + backlengthBytes(size);
      this.#left = 2 * this.count + 1;
    }
    this.#at = at - base;
  }

  #read(): void {
    this.element.get(this.node, this.#at);
    this.#at = this.element.next(this.node, this.#at);
    this.#left--;
  }
}
