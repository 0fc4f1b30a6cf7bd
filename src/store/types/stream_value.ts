/**
 * Streams: logs of entries with rising IDs, and the groups of consumers that read them.
 *
 * The blocks are drawn in `stream_layout.ts`, the nodes in `stream_node.ts`.
 *
 * @module
 */

import { type Arena, PAGE_SHIFT, UNIT_MASK } from "../../memory/arena.ts";
import { Listpack } from "../../memory/listpack.ts";
import { OrderedTree } from "../../memory/ordered_tree.ts";
import type { KeyHash } from "../../base/siphash.ts";
import type { Args } from "../../resp/args.ts";
import type { EncodingLimits } from "./limits.ts";
import { checkStream } from "./stream_check.ts";
import { StreamGroups } from "./stream_groups.ts";
import { StreamId } from "./stream_id.ts";
import {
  ENTRIES_ADDED,
  FIRST_ID,
  GROUPS,
  increment,
  LAST_ID,
  LENGTH,
  MAX_DELETED_ID,
  NODE_UNITS,
  NODES,
  readId,
  readInt64,
  readWord,
  STREAM_BYTES,
  writeId,
  writeInt64,
  writeWord,
} from "./stream_layout.ts";
import { StreamNodes } from "./stream_node.ts";
import { seekNode, StreamRange } from "./stream_range.ts";
import type { Relocation, ValueType } from "./value_type.ts";

/** Bytes that the fields and values of an entry may have together, and a node at most. */
export const STREAM_NODE_MAX_BYTES = 2 ** 30;
/** The largest count that XSETID takes. */
const ENTRIES_ADDED_MAX = 2n ** 63n - 1n;

/** Which entries a stream is to lose at its beginning. */
export interface StreamTrim {
  /** Whether entries go until so many are left, or all before an ID. */
  readonly by: "length" | "id";
  /** How many entries are left. */
  readonly length: number;
  /** The first ID that is left. */
  readonly id: StreamId;
  /** Whether only whole nodes go. */
  readonly approximate: boolean;
  /** How many entries go at most, 0: any number. */
  readonly limit: number;
}

/** Operations on streams. A stream is a reference, which only `relocate` changes. */
export class Streams implements ValueType {
  readonly #arena: Arena;
  readonly #limits: EncodingLimits;
  readonly #listpack: Listpack;
  readonly #tree: OrderedTree;
  readonly #nodes: StreamNodes;
  readonly #cursor;
  /** For walks of this class; `range` is for its users. */
  readonly #walk: StreamRange;
  readonly #master = new StreamId();
  readonly #from = new StreamId();
  readonly #to = new StreamId();
  readonly #freeNode: (node: number) => void;

  /** A walk for one use at a time. */
  readonly range: StreamRange;
  /** The groups of consumers. */
  readonly groups: StreamGroups;

  /**
   * @param arena where the streams are
   * @param hash finds groups and consumers by their names
   */
  constructor(arena: Arena, limits: EncodingLimits, hash: KeyHash) {
    this.#arena = arena;
    this.#limits = limits;
    this.#listpack = new Listpack(arena);
    this.#tree = new OrderedTree(arena, 4);
    this.#nodes = new StreamNodes(arena, this.#listpack);
    this.#cursor = this.#tree.cursor();
    this.#walk = new StreamRange(arena, this.#tree, this.#nodes);
    this.range = new StreamRange(arena, this.#tree, this.#nodes);
    this.groups = new StreamGroups(arena, this.#tree, hash);
    this.#freeNode = (node) => arena.free(node);
  }

  /**
   * A new stream without entries.
   *
   * @throws {ArenaExhausted}
   */
  create(): number {
    const arena = this.#arena;
    const stream = arena.allocate(STREAM_BYTES);
    for (let word = 0; word < STREAM_BYTES >>> 2; word++) writeWord(arena, stream, word, 0);
    try {
      writeWord(arena, stream, NODES, this.#tree.create());
    } catch (error) {
      arena.free(stream);
      throw error;
    }
    return stream;
  }

  /** Number of entries. */
  length(stream: number): number {
    return readWord(this.#arena, stream, LENGTH);
  }

  /** Number of nodes. */
  nodeCount(stream: number): number {
    return this.#tree.count(this.nodes(stream));
  }

  /** The tree of nodes. */
  nodes(stream: number): number {
    return readWord(this.#arena, stream, NODES);
  }

  /** Reads one of a stream's IDs: LAST_ID, FIRST_ID or MAX_DELETED_ID. */
  readId(stream: number, which: number, id: StreamId): void {
    readId(this.#arena, stream, which, id);
  }

  /** Sets one of a stream's IDs. */
  setId(stream: number, which: number, id: StreamId): void {
    writeId(this.#arena, stream, which, id);
  }

  /** Number of entries that were ever added. */
  entriesAdded(stream: number): bigint {
    return readInt64(this.#arena, stream, ENTRIES_ADDED);
  }

  /**
   * The same as a request can say it with ENTRIESADDED: a count that has overflowed, which redis-server lets it as well,
   * is the largest.
   */
  sayableEntriesAdded(stream: number): bigint {
    const added = this.entriesAdded(stream);
    return added < 0n ? ENTRIES_ADDED_MAX : added;
  }

  setEntriesAdded(stream: number, count: bigint): void {
    writeInt64(this.#arena, stream, ENTRIES_ADDED, count);
  }

  /** Begins a walk with `range` over the entries from one ID to another, backwards where `reverse` says so. */
  walk(stream: number, from: StreamId, to: StreamId, reverse = false): StreamRange {
    this.range.start(this.nodes(stream), from, to, reverse);
    return this.range;
  }

  /** How many entries there are from one ID to another, at most `limit`. */
  count(stream: number, from: StreamId, to: StreamId, limit = Infinity): number {
    return this.#walk.countUpTo(this.nodes(stream), from, to, limit);
  }

  /** Whether there is an entry with this ID. */
  has(stream: number, id: StreamId): boolean {
    this.#walk.start(this.nodes(stream), id, id, false);
    return this.#walk.next();
  }

  /** Reads the ID of the first or last entry into `id`; false without entries. Deleted ones count if asked for. */
  edge(stream: number, which: "first" | "last", id: StreamId, withDeleted = false): boolean {
    this.#from.setMin();
    this.#to.setMax();
    this.#walk.start(this.nodes(stream), this.#from, this.#to, which === "last", withDeleted);
    if (!this.#walk.next()) return false;
    id.copy(this.#walk.id);
    return true;
  }

  /**
   * Adds an entry: the pairs of fields and values from argument `from` on, together at most STREAM_NODE_MAX_BYTES.
   *
   * @param id larger than the stream's last ID
   * @throws {ArenaExhausted} and nothing has changed
   */
  append(stream: number, id: StreamId, args: Args, from: number): void {
    const bytes = argumentBytes(args, from);
    const tree = this.nodes(stream);
    let last = this.#tree.last(tree, this.#cursor) ? this.#cursor.reference() : 0;
    if (last !== 0 && this.#nodes.entries(last) === 0) last = this.#dropStale(stream, last, id);
    if (last === 0 || this.#isFull(last, bytes)) {
      this.#addNode(stream, tree, last, id, args, from);
    } else {
      this.#readMaster();
      const had = this.#arena.capacity(last);
      this.#replaceNode(stream, last, had, this.#nodes.append(last, this.#master, id, args, from, bytes));
    }
    const words = this.#arena.u32[stream >>> PAGE_SHIFT];
    const base = (stream & UNIT_MASK) << 1;
    increment(this.#arena, stream, ENTRIES_ADDED);
    writeId(this.#arena, stream, LAST_ID, id);
    if (++words[base + LENGTH] === 1) writeId(this.#arena, stream, FIRST_ID, id);
  }

  /**
   * Removes the last node, of which trimming has left only deleted entries, where an ID that is to be added comes before
   * its master ID: which takes that all others are gone, and that the last ID was set back. Returns the last node.
   */
  #dropStale(stream: number, last: number, id: StreamId): number {
    this.#readMaster();
    if (id.compare(this.#master) >= 0) return last;
    this.#tree.popLast(this.nodes(stream));
    this.#addUnits(stream, -this.#arena.capacity(last));
    this.#arena.free(last);
    return 0;
  }

  #isFull(node: number, bytes: number): boolean {
    const { streamNodeMaxBytes, streamNodeMaxEntries } = this.#limits;
    const limited = streamNodeMaxBytes > 0 && streamNodeMaxBytes < STREAM_NODE_MAX_BYTES;
    const maxBytes = limited ? streamNodeMaxBytes : STREAM_NODE_MAX_BYTES;
    return this.#nodes.isFull(node, bytes, maxBytes, streamNodeMaxEntries);
  }

  /** Adds a node with one entry behind `last`, which will not grow any more. */
  #addNode(stream: number, tree: number, last: number, id: StreamId, args: Args, from: number): void {
    const node = this.#nodes.create(args, from, last);
    try {
      this.#tree.append(tree, node, id.msHigh, id.msLow, id.seqHigh, id.seqLow);
    } catch (error) {
      this.#arena.free(node);
      throw error;
    }
    this.#addUnits(stream, this.#arena.capacity(node));
    if (last === 0) return;
    const had = this.#arena.capacity(last);
    const fitted = this.#nodes.shrinkToFit(last);
    if (fitted === last) return;
    this.#tree.last(tree, this.#cursor);
    this.#cursor.previous();
    this.#replaceNode(stream, last, had, fitted);
  }

  /**
   * Takes over a node that belongs behind all others, and counts its entries: for loading.
   *
   * @throws {ArenaExhausted} and the node is still the caller's
   */
  adoptNode(stream: number, master: StreamId, node: number): void {
    this.#tree.append(this.nodes(stream), node, master.msHigh, master.msLow, master.seqHigh, master.seqLow);
    this.#addUnits(stream, this.#arena.capacity(node));
    writeWord(this.#arena, stream, LENGTH, this.length(stream) + this.#nodes.entries(node));
  }

  /** Puts a node that has moved in the place of the one at the cursor, which had `had` bytes. */
  #replaceNode(stream: number, old: number, had: number, node: number): void {
    if (node === old) return;
    this.#addUnits(stream, this.#arena.capacity(node) - had);
    this.#tree.replaceReference(this.nodes(stream), this.#cursor, node);
  }

  #addUnits(stream: number, bytes: number): void {
    const words = this.#arena.u32[stream >>> PAGE_SHIFT];
    words[((stream & UNIT_MASK) << 1) + NODE_UNITS] += bytes / 8;
  }

  #addLength(stream: number, difference: number): void {
    this.#arena.u32[stream >>> PAGE_SHIFT][((stream & UNIT_MASK) << 1) + LENGTH] += difference;
  }

  #readMaster(): void {
    const cursor = this.#cursor;
    this.#master.set(cursor.word(0), cursor.word(1), cursor.word(2), cursor.word(3));
  }

  /**
   * Deletes an entry; false where there is none. Whoever has deleted some calls `refreshFirst`.
   *
   * @throws {ArenaExhausted} and nothing has changed
   */
  delete(stream: number, id: StreamId): boolean {
    const walk = this.#walk;
    walk.start(this.nodes(stream), id, id, false);
    if (!walk.next()) return false;
    const { node, flagsAt } = walk;
    const tree = this.nodes(stream);
    seekNode(this.#tree, tree, this.#cursor, id);
    const had = this.#arena.capacity(node);
    if (this.#nodes.entries(node) === 1) {
      this.#tree.removeAt(tree, this.#cursor);
      this.#arena.free(node);
      this.#addUnits(stream, -had);
    } else {
      const counted = this.#nodes.countDeleted(node, 1);
      this.#nodes.mark(counted, flagsAt + this.#nodes.shifted);
      this.#replaceNode(stream, node, had, counted);
    }
    this.#addLength(stream, -1);
    readId(this.#arena, stream, MAX_DELETED_ID, this.#master);
    if (id.compare(this.#master) > 0) writeId(this.#arena, stream, MAX_DELETED_ID, id);
    return true;
  }

  /** Finds the first ID anew after deletions. */
  refreshFirst(stream: number): void {
    const first = this.#master;
    if (!this.edge(stream, "first", first)) first.setMin();
    writeId(this.#arena, stream, FIRST_ID, first);
  }

  /**
   * Removes entries at the beginning; returns how many.
   *
   * @throws {ArenaExhausted} and what was removed until then is gone
   */
  trim(stream: number, trim: StreamTrim): number {
    const before = this.length(stream);
    try {
      this.#trimNodes(stream, trim);
    } finally {
      if (this.length(stream) !== before) this.refreshFirst(stream);
    }
    return before - this.length(stream);
  }

  #trimNodes(stream: number, trim: StreamTrim): void {
    const tree = this.nodes(stream);
    let removed = 0;
    while (this.#tree.first(tree, this.#cursor)) {
      const length = this.length(stream);
      if (trim.by === "length" && length <= trim.length) return;
      const node = this.#cursor.reference();
      const entries = this.#nodes.entries(node);
      if (trim.limit > 0 && removed + entries > trim.limit) return;
      let goes = length - entries >= trim.length;
      if (trim.by === "id") {
        this.#walk.readLastOf(this.#cursor);
        goes = this.#walk.id.compare(trim.id) < 0;
      }
      if (!goes) {
        if (!trim.approximate) this.#trimNode(stream, trim);
        return;
      }
      this.#tree.popFirst(tree);
      this.#addUnits(stream, -this.#arena.capacity(node));
      this.#arena.free(node);
      this.#addLength(stream, -entries);
      removed += entries;
    }
  }

  /**
   * Deletes those entries of the first node that are to go. A deleted one among them may have a larger ID than those
   * behind it, where the last ID was set back in between.
   */
  #trimNode(stream: number, trim: StreamTrim): void {
    const tree = this.nodes(stream);
    const most = trim.by === "length" ? this.length(stream) - trim.length : Infinity;
    const goes = this.#trimFirst(tree, trim, most, 0);
    if (goes === 0) return;
    this.#tree.first(tree, this.#cursor);
    const node = this.#cursor.reference();
    const had = this.#arena.capacity(node);
    const counted = this.#nodes.countDeleted(node, goes);
    this.#replaceNode(stream, node, had, counted);
    this.#trimFirst(tree, trim, most, counted);
    this.#addLength(stream, -goes);
  }

  /** Counts the entries of the first node that are to go, at most `most`, and marks them where `marked` is that node. */
  #trimFirst(tree: number, trim: StreamTrim, most: number, marked: number): number {
    const walk = this.#walk;
    this.#from.setMin();
    this.#to.setMax();
    walk.start(tree, this.#from, this.#to, false, true);
    let goes = 0;
    for (let node = 0; goes < most && walk.next(); node = walk.node) {
      if (node !== 0 && walk.node !== node) return goes;
      if (trim.by === "id" && walk.id.compare(trim.id) >= 0) return goes;
      if (walk.isDeleted) continue;
      if (marked !== 0) this.#nodes.mark(marked, walk.flagsAt);
      goes++;
    }
    return goes;
  }

  /** Passes each node with its master ID, valid during the call, in order. */
  forEachNode(stream: number, visit: (node: number, master: StreamId) => void): void {
    const master = new StreamId();
    for (const node of this.eachNode(stream, master)) visit(node, master);
  }

  /** The nodes in order, each with its master ID in `master`; the stream must not change meanwhile. */
  *eachNode(stream: number, master: StreamId): Generator<number, void> {
    const cursor = this.#tree.cursor();
    for (let more = this.#tree.first(this.nodes(stream), cursor); more; more = cursor.next()) {
      master.set(cursor.word(0), cursor.word(1), cursor.word(2), cursor.word(3));
      yield cursor.reference();
    }
  }

  startDrain(): void {}

  drain(stream: number, _encoding: number, count: number): boolean {
    const arena = this.#arena;
    const tree = this.nodes(stream);
    let left = count;
    if (tree !== 0) {
      left -= this.#tree.count(tree) + 1;
      if (!this.#tree.drain(tree, count, this.#freeNode)) return false;
      writeWord(arena, stream, NODES, 0);
    }
    if (readWord(arena, stream, GROUPS) !== 0 && (left <= 0 || !this.groups.drain(stream, left))) {
      return false;
    }
    arena.free(stream);
    return true;
  }

  duplicate(stream: number): number {
    const copy = this.create();
    try {
      this.forEachNode(stream, (node, master) => {
        const made = this.#listpack.duplicate(node);
        try {
          this.adoptNode(copy, master, made);
        } catch (error) {
          this.#arena.free(made);
          throw error;
        }
      });
      for (let word = LENGTH; word < NODE_UNITS; word++) {
        writeWord(this.#arena, copy, word, readWord(this.#arena, stream, word));
      }
      this.groups.duplicate(stream, copy);
    } catch (error) {
      this.drain(copy, 0, Infinity);
      throw error;
    }
    return copy;
  }

  relocate(at: Relocation): boolean {
    const arena = this.#arena;
    if (at.part === 0) {
      at.root = arena.relocate(at.root);
      writeWord(arena, at.root, NODES, arena.relocate(this.nodes(at.root)));
      at.part = 1;
    }
    if (at.part > 1) return this.groups.relocate(at);
    at.position = this.#relocateNodes(this.nodes(at.root), at.position);
    if (at.position === 0) at.part = 2;
    return false;
  }

  /** Moves the leaf of the node with a rank, and the nodes in it; returns the rank to go on from, 0 at the end. */
  #relocateNodes(tree: number, rank: number): number {
    const arena = this.#arena;
    const next = this.#tree.relocateNodes(tree, rank);
    const end = next === 0 ? this.#tree.count(tree) : next;
    for (let i = rank; i < end; i++) {
      this.#tree.at(tree, this.#cursor, i);
      const node = this.#cursor.reference();
      const moved = arena.copyOut(node);
      if (moved === 0) continue;
      this.#tree.replaceReference(tree, this.#cursor, moved);
      arena.free(node);
    }
    return next;
  }

  peek(stream: number): number {
    return stream;
  }

  size(stream: number): number {
    const nodes = this.#tree.size(this.nodes(stream)) + readWord(this.#arena, stream, NODE_UNITS) * 8;
    return this.#arena.capacity(stream) + nodes + this.groups.size(stream);
  }

  check(stream: number): void {
    checkStream(this, this.#arena, this.#tree, this.#listpack, stream);
    this.groups.check(stream);
  }
}

/** Bytes of the arguments from `from` on, together. */
export function argumentBytes(args: Args, from: number): number {
  let bytes = 0;
  for (let i = from; i < args.count; i++) bytes += args.length(i);
  return bytes;
}
