/**
 * The entries that were delivered to consumers and are not acknowledged yet: each is in the list of its group and in
 * that of its consumer.
 *
 * The blocks are drawn in `stream_layout.ts`.
 *
 * @module
 */

import type { Arena } from "../../memory/arena.ts";
import type { OrderedTree, TreeCursor } from "../../memory/ordered_tree.ts";
import { StreamId } from "./stream_id.ts";
import {
  DELIVERED_AT,
  DELIVERIES,
  increment,
  OWNER,
  PENDING,
  PENDING_BYTES,
  readInt64,
  readInteger,
  readWord,
  writeInt64,
  writeInteger,
  writeWord,
} from "./stream_layout.ts";

/** Operations on pending entries, which are references that only `relocatePending` changes. */
export class PendingEntries {
  readonly #arena: Arena;
  readonly #tree: OrderedTree;
  readonly #cursor: TreeCursor;

  constructor(arena: Arena, tree: OrderedTree) {
    this.#arena = arena;
    this.#tree = tree;
    this.#cursor = tree.cursor();
  }

  /** The tree of what is pending for a group or a consumer. */
  pending(block: number): number {
    return readWord(this.#arena, block, PENDING);
  }

  /** How many entries are pending for a group or a consumer. */
  pendingCount(block: number): number {
    return this.#tree.count(this.pending(block));
  }

  /** The ID of the first or last entry that is pending for a group or a consumer; false where none is. */
  pendingEdge(block: number, which: "first" | "last", id: StreamId): boolean {
    const tree = this.pending(block);
    if (!(which === "first" ? this.#tree.first(tree, this.#cursor) : this.#tree.last(tree, this.#cursor))) {
      return false;
    }
    this.#readCursor(id);
    return true;
  }

  /**
   * The first pending entry of a group or a consumer that is not before `id`, which becomes its ID, or 0. So one walks
   * over them while they change: by asking for the ID behind the last one.
   */
  pendingFrom(block: number, id: StreamId): number {
    const found = this.#tree.seekAtLeast(
      this.pending(block),
      this.#cursor,
      id.msHigh,
      id.msLow,
      id.seqHigh,
      id.seqLow,
    );
    if (!found) return 0;
    this.#readCursor(id);
    return this.#cursor.reference();
  }

  /** Passes what is pending for a group or a consumer from `from` on; ends where `visit` returns false. */
  forEachPending(block: number, from: StreamId, visit: (entry: number, id: StreamId) => boolean): void {
    const cursor = this.#tree.cursor();
    const id = new StreamId();
    const { msHigh, msLow, seqHigh, seqLow } = from;
    let more = this.#tree.seekAtLeast(this.pending(block), cursor, msHigh, msLow, seqHigh, seqLow);
    for (; more; more = cursor.next()) {
      id.set(cursor.word(0), cursor.word(1), cursor.word(2), cursor.word(3));
      if (!visit(cursor.reference(), id)) return;
    }
  }

  /** The pending entry of a group or a consumer with this ID, or 0. */
  findPending(block: number, id: StreamId): number {
    const { msHigh, msLow, seqHigh, seqLow } = id;
    const cursor = this.#cursor;
    if (!this.#tree.seekAtLeast(this.pending(block), cursor, msHigh, msLow, seqHigh, seqLow)) return 0;
    const isIt = cursor.word(3) === seqLow && cursor.word(1) === msLow && cursor.word(2) === seqHigh &&
      cursor.word(0) === msHigh;
    return isIt ? cursor.reference() : 0;
  }

  /** The consumer that a pending entry was delivered to. */
  owner(entry: number): number {
    return readWord(this.#arena, entry, OWNER);
  }

  /** When a pending entry was last delivered, milliseconds since the epoch. */
  deliveredAt(entry: number): number {
    return readInteger(this.#arena, entry, DELIVERED_AT);
  }

  setDeliveredAt(entry: number, time: number): void {
    writeInteger(this.#arena, entry, DELIVERED_AT, time);
  }

  /** How often a pending entry was delivered. */
  deliveries(entry: number): bigint {
    return readInt64(this.#arena, entry, DELIVERIES);
  }

  setDeliveries(entry: number, count: bigint): void {
    writeInt64(this.#arena, entry, DELIVERIES, count);
  }

  /** Adds one to how often a pending entry was delivered. */
  countDelivery(entry: number): void {
    increment(this.#arena, entry, DELIVERIES);
  }

  /**
   * Makes an entry pending for a consumer, whether it is pending already for another one or not at all; returns the
   * pending entry. Its time is unspecified where it is new, and so it has been delivered once.
   *
   * @param entry what `findPending` finds in the group
   * @throws {ArenaExhausted}
   */
  assign(group: number, id: StreamId, entry: number, consumer: number): number {
    const { msHigh, msLow, seqHigh, seqLow } = id;
    const tree = this.#tree;
    const own = this.pending(consumer);
    if (entry !== 0) {
      const owner = this.owner(entry);
      if (owner === consumer) return entry;
      tree.insert(own, entry, msHigh, msLow, seqHigh, seqLow);
      tree.remove(this.pending(owner), entry, msHigh, msLow, seqHigh, seqLow);
      writeWord(this.#arena, entry, OWNER, consumer);
      return entry;
    }
    const made = this.#arena.allocate(PENDING_BYTES);
    let inserted = false;
    try {
      tree.insert(own, made, msHigh, msLow, seqHigh, seqLow);
      inserted = true;
      tree.insert(this.pending(group), made, msHigh, msLow, seqHigh, seqLow);
    } catch (error) {
      if (inserted) tree.remove(own, made, msHigh, msLow, seqHigh, seqLow);
      this.#arena.free(made);
      throw error;
    }
    writeWord(this.#arena, made, OWNER, consumer);
    this.setDeliveries(made, 1n);
    return made;
  }

  /**
   * Makes an entry pending for a group and for nobody in it yet, for loading: `give` is to follow before anything else
   * is done with the group. Its time and deliveries are unspecified.
   *
   * @throws {ArenaExhausted}
   */
  addUnowned(group: number, id: StreamId): number {
    const made = this.#arena.allocate(PENDING_BYTES);
    try {
      this.#tree.insert(this.pending(group), made, id.msHigh, id.msLow, id.seqHigh, id.seqLow);
    } catch (error) {
      this.#arena.free(made);
      throw error;
    }
    writeWord(this.#arena, made, OWNER, 0);
    return made;
  }

  /**
   * Makes what `addUnowned` has made pending for a consumer.
   *
   * @throws {ArenaExhausted}
   */
  give(entry: number, id: StreamId, consumer: number): void {
    this.#tree.insert(this.pending(consumer), entry, id.msHigh, id.msLow, id.seqHigh, id.seqLow);
    writeWord(this.#arena, entry, OWNER, consumer);
  }

  /** Forgets a pending entry. */
  acknowledge(group: number, id: StreamId, entry: number): void {
    const { msHigh, msLow, seqHigh, seqLow } = id;
    this.#tree.remove(this.pending(group), entry, msHigh, msLow, seqHigh, seqLow);
    this.#tree.remove(this.pending(this.owner(entry)), entry, msHigh, msLow, seqHigh, seqLow);
    this.#arena.free(entry);
  }

  /** Has all that is pending for a consumer name it as its owner: it has moved. */
  protected setOwner(consumer: number): void {
    const cursor = this.#tree.cursor();
    for (let more = this.#tree.first(this.pending(consumer), cursor); more; more = cursor.next()) {
      writeWord(this.#arena, cursor.reference(), OWNER, consumer);
    }
  }

  /**
   * Moves the leaf of a group's tree with the pending entry of a rank, the entries in it and what names them in their
   * consumers' trees; returns the rank to go on from, 0 at the end.
   */
  protected relocatePending(group: number, rank: number): number {
    const tree = this.#tree;
    const arena = this.#arena;
    const cursor = this.#cursor;
    const all = this.pending(group);
    const next = tree.relocateNodes(all, rank);
    const end = next === 0 ? tree.count(all) : next;
    for (let i = rank; i < end; i++) {
      tree.at(all, cursor, i);
      const entry = cursor.reference();
      const [w0, w1, w2, w3] = [cursor.word(0), cursor.word(1), cursor.word(2), cursor.word(3)];
      const own = this.pending(this.owner(entry));
      tree.relocateNodes(own, tree.rank(own, entry, w0, w1, w2, w3));
      const moved = arena.copyOut(entry);
      if (moved === 0) continue;
      tree.find(all, cursor, entry, w0, w1, w2, w3);
      tree.replaceReference(all, cursor, moved);
      tree.find(own, cursor, entry, w0, w1, w2, w3);
      tree.replaceReference(own, cursor, moved);
      arena.free(entry);
    }
    return next;
  }

  #readCursor(id: StreamId): void {
    const cursor = this.#cursor;
    id.set(cursor.word(0), cursor.word(1), cursor.word(2), cursor.word(3));
  }
}
