/**
 * The groups of a stream's consumers, and what was delivered to them and is not acknowledged yet.
 *
 * The blocks are drawn in `stream_layout.ts`.
 *
 * @module
 */

import { compareBytes } from "../../base/bytes.ts";
import type { KeyHash } from "../../base/siphash.ts";
import { type Arena, PAGE_SHIFT, UNIT_MASK } from "../../memory/arena.ts";
import { copyBytes } from "../../memory/copy_bytes.ts";
import { Dictionary } from "../../memory/dictionary.ts";
import type { OrderedTree } from "../../memory/ordered_tree.ts";
import { checkGroups } from "./stream_check.ts";
import { StreamId } from "./stream_id.ts";
import {
  ACTIVE,
  CONSUMER_NAME,
  CONSUMERS,
  DELIVERED_ID,
  ENTRIES_READ,
  GROUP_NAME,
  GROUPS,
  increment,
  NAME_LENGTH,
  PENDING,
  PENDING_BYTES,
  readId,
  readInt64,
  readInteger,
  readWord,
  SEEN,
  writeId,
  writeInt64,
  writeInteger,
  writeWord,
} from "./stream_layout.ts";
import { PendingEntries } from "./stream_pending.ts";
import type { Relocation } from "./value_type.ts";

/** A consumer with more pending entries, all of which name it, stays where it is. */
const OWNED_MAX = 1024;

/** What ENTRIES_READ is where nobody knows. */
export const UNKNOWN_ENTRIES_READ = -1n;

/**
 * Operations on groups, consumers and pending entries, all of them references that only `relocate` changes. What throws
 * ArenaExhausted has changed nothing.
 */
export class StreamGroups extends PendingEntries {
  readonly #arena: Arena;
  readonly #tree: OrderedTree;
  readonly #hash: KeyHash;
  readonly #groups: Dictionary;
  readonly #consumers: Dictionary;
  readonly #id = new StreamId();
  readonly #freeBlock: (block: number) => void;

  /** The bytes in which the last `locateName` found the name. */
  page: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  /** Where in `page` it begins. */
  at = 0;
  /** How many bytes it has. */
  length = 0;

  constructor(arena: Arena, tree: OrderedTree, hash: KeyHash) {
    super(arena, tree);
    this.#arena = arena;
    this.#tree = tree;
    this.#hash = hash;
    this.#groups = new Dictionary(arena, { lengthWord: NAME_LENGTH, keyAt: GROUP_NAME });
    this.#consumers = new Dictionary(arena, { lengthWord: NAME_LENGTH, keyAt: CONSUMER_NAME });
    this.#freeBlock = (block) => arena.free(block);
  }

  /** Number of a stream's groups. */
  count(stream: number): number {
    const groups = readWord(this.#arena, stream, GROUPS);
    return groups === 0 ? 0 : this.#groups.count(groups);
  }

  /** The group named `bytes[start, end)`, or 0. */
  find(stream: number, bytes: Uint8Array, start: number, end: number): number {
    const groups = readWord(this.#arena, stream, GROUPS);
    if (groups === 0) return 0;
    return this.#groups.find(groups, this.#hash.hash(bytes, start, end), bytes, start, end);
  }

  /** A stream's groups in order of their names. */
  list(stream: number): number[] {
    const groups = readWord(this.#arena, stream, GROUPS);
    return groups === 0 ? [] : this.#sorted(this.#groups, groups, GROUP_NAME);
  }

  /**
   * Adds a group, whose name no other one has.
   *
   * @param delivered ID of the last entry that it is to have been given
   * @throws {ArenaExhausted}
   */
  create(
    stream: number,
    name: Uint8Array,
    start: number,
    end: number,
    delivered: StreamId,
    entriesRead: bigint,
  ): number {
    const arena = this.#arena;
    const group = this.#createNamed(name, start, end, GROUP_NAME);
    let consumers = 0;
    try {
      consumers = this.#consumers.create();
      writeWord(arena, group, CONSUMERS, consumers);
      if (readWord(arena, stream, GROUPS) === 0) writeWord(arena, stream, GROUPS, this.#groups.create());
      this.#groups.insert(readWord(arena, stream, GROUPS), this.#hash.hash(name, start, end), group);
    } catch (error) {
      if (consumers !== 0) freeDictionary(this.#consumers, consumers);
      this.#freeNamed(group);
      throw error;
    }
    writeId(arena, group, DELIVERED_ID, delivered);
    writeInt64(arena, group, ENTRIES_READ, entriesRead);
    return group;
  }

  /** Removes a group with all that belongs to it. */
  destroy(stream: number, group: number): void {
    this.#drainGroup(group, Infinity);
    this.#removeGroup(stream, group);
  }

  /** The ID of the last entry that a group has been given. */
  readDelivered(group: number, id: StreamId): void {
    readId(this.#arena, group, DELIVERED_ID, id);
  }

  setDelivered(group: number, id: StreamId): void {
    writeId(this.#arena, group, DELIVERED_ID, id);
  }

  /** How many entries a group has been given since the stream's first, UNKNOWN_ENTRIES_READ where nobody knows. */
  entriesRead(group: number): bigint {
    return readInt64(this.#arena, group, ENTRIES_READ);
  }

  /**
   * The same as a request can say it with ENTRIESREAD: a count that has overflowed, which redis-server lets it as well,
   * is unknown.
   */
  sayableEntriesRead(group: number): bigint {
    const read = this.entriesRead(group);
    return read < UNKNOWN_ENTRIES_READ ? UNKNOWN_ENTRIES_READ : read;
  }

  setEntriesRead(group: number, count: bigint): void {
    writeInt64(this.#arena, group, ENTRIES_READ, count);
  }

  /** Whether it is known how many entries a group has been given. */
  knowsEntriesRead(group: number): boolean {
    return (readWord(this.#arena, group, ENTRIES_READ) & readWord(this.#arena, group, ENTRIES_READ + 1)) !==
      -1;
  }

  /** Adds one to what a group has been given. */
  countEntryRead(group: number): void {
    increment(this.#arena, group, ENTRIES_READ);
  }

  /** Number of a group's consumers. */
  consumerCount(group: number): number {
    return this.#consumers.count(readWord(this.#arena, group, CONSUMERS));
  }

  /** The consumer named `bytes[start, end)`, or 0. */
  findConsumer(group: number, bytes: Uint8Array, start: number, end: number): number {
    const consumers = readWord(this.#arena, group, CONSUMERS);
    return this.#consumers.find(consumers, this.#hash.hash(bytes, start, end), bytes, start, end);
  }

  /** A group's consumers in order of their names. */
  consumers(group: number): number[] {
    return this.#sorted(this.#consumers, readWord(this.#arena, group, CONSUMERS), CONSUMER_NAME);
  }

  /**
   * Adds a consumer, whose name no other one has; it was never active.
   *
   * @param seen milliseconds since the epoch
   * @throws {ArenaExhausted}
   */
  createConsumer(group: number, name: Uint8Array, start: number, end: number, seen: number): number {
    const consumer = this.#createNamed(name, start, end, CONSUMER_NAME);
    writeInteger(this.#arena, consumer, SEEN, seen);
    writeInteger(this.#arena, consumer, ACTIVE, -1);
    try {
      const consumers = readWord(this.#arena, group, CONSUMERS);
      this.#consumers.insert(consumers, this.#hash.hash(name, start, end), consumer);
    } catch (error) {
      this.#freeNamed(consumer);
      throw error;
    }
    return consumer;
  }

  /** Removes a consumer; what is pending for it is forgotten. */
  deleteConsumer(group: number, consumer: number): void {
    const pending = this.pending(group);
    const own = this.pending(consumer);
    while (this.#tree.count(own) > 0) {
      const entry = this.#tree.popFirst(own);
      const [w0, w1, w2, w3] = this.#tree.popped;
      this.#tree.remove(pending, entry, w0, w1, w2, w3);
      this.#arena.free(entry);
    }
    this.#removeConsumer(group, consumer);
  }

  /** When a consumer was last seen, milliseconds since the epoch. */
  seen(consumer: number): number {
    return readInteger(this.#arena, consumer, SEEN);
  }

  setSeen(consumer: number, time: number): void {
    writeInteger(this.#arena, consumer, SEEN, time);
  }

  /** When a consumer was last given something, milliseconds since the epoch, -1: never. */
  active(consumer: number): number {
    return readInteger(this.#arena, consumer, ACTIVE);
  }

  setActive(consumer: number, time: number): void {
    writeInteger(this.#arena, consumer, ACTIVE, time);
  }

  /** Sets `page`, `at` and `length` to the name of a group. */
  locateGroupName(group: number): void {
    this.#locate(group, GROUP_NAME);
  }

  /** Sets `page`, `at` and `length` to the name of a consumer. */
  locateConsumerName(consumer: number): void {
    this.#locate(consumer, CONSUMER_NAME);
  }

  /**
   * Copies the groups of a stream to another one, which has none.
   *
   * @throws {ArenaExhausted} and some may have been copied
   */
  duplicate(stream: number, copy: number): void {
    const id = this.#id;
    for (const group of this.list(stream)) {
      this.readDelivered(group, id);
      this.locateGroupName(group);
      const { page, at, length } = this;
      const made = this.create(copy, page, at, at + length, id, this.entriesRead(group));
      for (const consumer of this.consumers(group)) {
        this.locateConsumerName(consumer);
        const { page, at, length } = this;
        const owner = this.createConsumer(made, page, at, at + length, this.seen(consumer));
        this.setActive(owner, this.active(consumer));
        id.setMin();
        this.forEachPending(consumer, id, (entry, entryId) => {
          const pending = this.assign(made, entryId, 0, owner);
          this.setDeliveredAt(pending, this.deliveredAt(entry));
          this.setDeliveries(pending, this.deliveries(entry));
          return true;
        });
      }
    }
  }

  /** Frees about `count` blocks of a stream's groups; true when nothing of them is left. */
  drain(stream: number, count: number): boolean {
    const groups = readWord(this.#arena, stream, GROUPS);
    let left = count;
    for (let group = first(this.#groups, groups); group !== 0; group = first(this.#groups, groups)) {
      if (left <= 0) return false;
      left = this.#drainGroup(group, left);
      if (left < 0) return false;
      this.#removeGroup(stream, group);
    }
    freeDictionary(this.#groups, groups);
    writeWord(this.#arena, stream, GROUPS, 0);
    return true;
  }

  /** Frees blocks of a group until its consumers and pending entries are gone; returns what is left of `count`, or -1. */
  #drainGroup(group: number, count: number): number {
    const consumers = readWord(this.#arena, group, CONSUMERS);
    let left = count;
    for (let it = first(this.#consumers, consumers); it !== 0; it = first(this.#consumers, consumers)) {
      if (left <= 0) return -1;
      const pending = this.#popAll(this.pending(it), left, ignore);
      if (pending < 0) return -1;
      left = pending - 1;
      this.#removeConsumer(group, it);
    }
    left = this.#popAll(this.pending(group), left, this.#freeBlock);
    return left;
  }

  /** Empties a tree, in steps; returns what is left of `count`, at least 0, or -1 where the tree is not empty yet. */
  #popAll(tree: number, count: number, release: (entry: number) => void): number {
    const had = this.#tree.count(tree);
    const some = Math.min(had, Math.max(1, count));
    this.#tree.removeRange(tree, had - some, some, release);
    return some < had ? -1 : Math.max(0, count - some);
  }

  #removeGroup(stream: number, group: number): void {
    freeDictionary(this.#consumers, readWord(this.#arena, group, CONSUMERS));
    this.locateGroupName(group);
    const hash = this.#hash.hash(this.page, this.at, this.at + this.length);
    this.#groups.removeReference(readWord(this.#arena, stream, GROUPS), hash, group);
    this.#freeNamed(group);
  }

  /** Removes a consumer for which nothing is pending. */
  #removeConsumer(group: number, consumer: number): void {
    this.locateConsumerName(consumer);
    const hash = this.#hash.hash(this.page, this.at, this.at + this.length);
    this.#consumers.removeReference(readWord(this.#arena, group, CONSUMERS), hash, consumer);
    this.#freeNamed(consumer);
  }

  /**
   * Moves some blocks of a stream's groups out of pages that are being vacated; true when it is through. The part is
   * the group, from 2 on, the position one more than the rank of what is pending there.
   */
  relocate(at: Relocation): boolean {
    const arena = this.#arena;
    const dictionary = readWord(arena, at.root, GROUPS);
    if (dictionary === 0) return true;
    if (at.part === 2 && at.position === 0) {
      writeWord(arena, at.root, GROUPS, this.#groups.relocateHeader(dictionary));
    }
    const groups = readWord(arena, at.root, GROUPS);
    const blocks = this.#blocks(this.#groups, groups);
    if (at.part - 2 >= blocks.length) return true;
    const block = blocks[at.part - 2];
    if (at.position === 0) {
      this.#relocateGroup(groups, block);
      at.position = 1;
      return false;
    }
    const next = this.relocatePending(block, at.position - 1);
    at.position = next === 0 ? 0 : next + 1;
    if (next === 0) at.part++;
    return false;
  }

  #relocateGroup(groups: number, block: number): void {
    const arena = this.#arena;
    const group = this.#relocateNamed(this.#groups, groups, block, GROUP_NAME);
    const consumers = this.#consumers.relocateHeader(readWord(arena, group, CONSUMERS));
    writeWord(arena, group, CONSUMERS, consumers);
    for (const consumer of this.#blocks(this.#consumers, consumers)) {
      if (arena.isVacating(consumer) && this.pendingCount(consumer) > OWNED_MAX) continue;
      const moved = this.#relocateNamed(this.#consumers, consumers, consumer, CONSUMER_NAME);
      if (moved !== consumer) this.setOwner(moved);
      if (this.pendingCount(moved) === 0) this.#tree.relocateNodes(this.pending(moved), 0);
    }
  }

  /** Moves a group or consumer, its segment of the dictionary, and the header of its tree; returns where it is. */
  #relocateNamed(dictionaries: Dictionary, dictionary: number, block: number, nameAt: number): number {
    const arena = this.#arena;
    this.#locate(block, nameAt);
    const hash = this.#hash.hash(this.page, this.at, this.at + this.length);
    dictionaries.relocateSegment(dictionary, hash);
    const copy = arena.copyOut(block);
    const moved = copy === 0 ? block : copy;
    if (copy !== 0) {
      dictionaries.replace(dictionary, hash, block, copy);
      arena.free(block);
    }
    writeWord(arena, moved, PENDING, arena.relocate(this.pending(moved)));
    return moved;
  }

  #blocks(dictionaries: Dictionary, dictionary: number): number[] {
    const blocks: number[] = [];
    dictionaries.scan(dictionary, 0, Infinity, (block) => blocks.push(block));
    return blocks;
  }

  /** Bytes of the arena that a stream's groups take. */
  size(stream: number): number {
    const arena = this.#arena;
    const groups = readWord(arena, stream, GROUPS);
    if (groups === 0) return 0;
    let total = this.#groups.overhead(groups);
    for (const group of this.list(stream)) {
      const pending = this.pending(group);
      const consumers = readWord(arena, group, CONSUMERS);
      total += arena.capacity(group) + this.#tree.size(pending) + this.#consumers.overhead(consumers);
      total += this.#tree.count(pending) * Math.ceil(PENDING_BYTES / 8) * 8;
      for (const consumer of this.consumers(group)) {
        total += arena.capacity(consumer) + this.#tree.size(this.pending(consumer));
      }
    }
    return total;
  }

  /**
   * Checks all invariants of a stream's groups.
   *
   * @throws {Error} that names the first one broken
   */
  check(stream: number): void {
    const groups = readWord(this.#arena, stream, GROUPS);
    if (groups === 0) return;
    this.#groups.check(groups);
    for (const group of this.list(stream)) {
      this.#consumers.check(readWord(this.#arena, group, CONSUMERS));
      checkGroups(this, this.#tree, group);
    }
  }

  /** A block with a name and a tree for what is pending. */
  #createNamed(name: Uint8Array, start: number, end: number, nameAt: number): number {
    const arena = this.#arena;
    const pending = this.#tree.create();
    let block: number;
    try {
      block = arena.allocate(nameAt + end - start);
    } catch (error) {
      this.#tree.free(pending);
      throw error;
    }
    writeWord(arena, block, NAME_LENGTH, end - start);
    writeWord(arena, block, PENDING, pending);
    copyBytes(name, start, arena.u8[block >>> PAGE_SHIFT], ((block & UNIT_MASK) << 3) + nameAt, end - start);
    return block;
  }

  #freeNamed(block: number): void {
    this.#tree.free(this.pending(block));
    this.#arena.free(block);
  }

  #locate(block: number, nameAt: number): void {
    this.page = this.#arena.u8[block >>> PAGE_SHIFT];
    this.at = ((block & UNIT_MASK) << 3) + nameAt;
    this.length = readWord(this.#arena, block, NAME_LENGTH);
  }

  /** The blocks of a dictionary in order of their names. */
  #sorted(dictionaries: Dictionary, dictionary: number, nameAt: number): number[] {
    const name = (block: number) => {
      this.#locate(block, nameAt);
      return this.page.subarray(this.at, this.at + this.length);
    };
    return this.#blocks(dictionaries, dictionary).map((block) => ({ block, name: name(block) }))
      .sort((a, b) => compareBytes(a.name, b.name))
      .map(({ block }) => block);
  }
}

function ignore(): void {}

/** Some block of a dictionary, or 0 where it is empty. */
function first(dictionaries: Dictionary, dictionary: number): number {
  if (dictionaries.count(dictionary) === 0) return 0;
  let found = 0;
  for (let cursor = 0; found === 0;) {
    cursor = dictionaries.scan(dictionary, cursor, 1, (block) => found = block);
  }
  return found;
}

/** Frees a dictionary, but not its blocks. */
function freeDictionary(dictionaries: Dictionary, dictionary: number): void {
  dictionaries.startDrain(dictionary);
  dictionaries.drain(dictionary, Infinity, ignore);
}
