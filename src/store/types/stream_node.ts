/**
 * The nodes of a stream: listpacks with the entries of a range of IDs, byte for byte as Redis has them.
 *
 * ```text
 *  listpack   master entry, entry, entry, ...              keyed in the stream's tree by the *master ID*, its first entry's
 *  master     [ entries ][ deleted ][ fields n ][ field ]*n [ 0 ]
 *  entry      [ flags ][ ms - master's ][ seq - master's ]
 *             then, where the fields are the master's       [ value ]*n
 *             or else                        [ fields n ]   ([ field ][ value ])*n
 *             [ how many of these elements there are ]      for walking backwards
 *  flags      1: deleted   2: same fields as the master entry
 * ```
 *
 * A deleted entry is only marked; a node goes when all its entries are deleted.
 *
 * @module
 */

import { type Arena, PAGE_SHIFT, UNIT_MASK } from "../../memory/arena.ts";
import { copyBytes } from "../../memory/copy_bytes.ts";
import { Int64 } from "../../memory/int64.ts";
import type { Listpack } from "../../memory/listpack.ts";
import { LISTPACK_HEADER_BYTES, UNKNOWN_COUNT } from "../../memory/listpack_check.ts";
import {
  backlengthBytes,
  entryBytes,
  integerEntryBytes,
  LISTPACK_END,
  readIntegerEntry,
  stringEntryBytes,
  writeBacklength,
  writeIntegerEntry,
  writeStringHeader,
} from "../../memory/listpack_entry.ts";
import { copyBetween } from "../../memory/packed_block.ts";
import type { Args } from "../../resp/args.ts";
import type { StreamId } from "./stream_id.ts";

/** Flags of entries. */
export const DELETED = 1, SAME_FIELDS = 2;

/** Bytes that an integer element takes at most, the repeated length included. */
const INTEGER_MAX_BYTES = 10;
/** A new node gets as much room as the one before it has used, up to this, as Redis gives to each. */
const PREALLOCATED_MAX = 4096;
/** Position of the master entry's first element, the number of entries. */
const ENTRIES_AT = LISTPACK_HEADER_BYTES;

/**
 * Makes and changes nodes. What changes a node returns its reference, which may be another one then; what throws has
 * changed nothing.
 */
export class StreamNodes {
  readonly #arena: Arena;
  readonly #listpack: Listpack;
  readonly #integer = new Int64();
  /** Where `#putInteger` and its kin write. */
  #page: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #at = 0;
  /** By how many bytes the last `countDeleted` has moved the entries. */
  shifted = 0;

  constructor(arena: Arena, listpack: Listpack) {
    this.#arena = arena;
    this.#listpack = listpack;
  }

  /** Number of entries that are not deleted. */
  entries(node: number): number {
    return this.#listpack.getInteger(node, ENTRIES_AT);
  }

  /** Number of deleted entries. */
  deleted(node: number): number {
    return this.#listpack.getInteger(node, this.#listpack.next(node, ENTRIES_AT));
  }

  /** Position of the element that says how many fields the master entry has; they follow it. */
  fieldsAt(node: number): number {
    return this.#listpack.next(node, this.#listpack.next(node, ENTRIES_AT));
  }

  /** Whether an entry whose fields and values have `bytes` bytes belongs into another node than this, the last one. */
  isFull(node: number, bytes: number, maxBytes: number, maxEntries: number): boolean {
    if (this.#listpack.bytes(node) + bytes >= maxBytes) return true;
    return maxEntries > 0 && this.entries(node) + this.deleted(node) >= maxEntries;
  }

  /**
   * A new node with one entry, whose ID is its master ID: the pairs of fields and values from argument `from` on.
   *
   * @param previous the node before it, 0: none
   * @throws {ArenaExhausted}
   */
  create(args: Args, from: number, previous: number): number {
    const count = (args.count - from) >>> 1;
    const exact = LISTPACK_HEADER_BYTES + 1 + this.#integerSize(count) + this.#integerSize(count + 3) + 12 +
      this.#argumentsSize(args, from, 1);
    const wanted = previous === 0 ? 0 : Math.min(this.#listpack.bytes(previous), PREALLOCATED_MAX);
    const node = this.#arena.allocate(Math.max(exact, wanted));
    this.#page = this.#arena.u8[node >>> PAGE_SHIFT];
    const base = (node & UNIT_MASK) << 3;
    this.#at = base + LISTPACK_HEADER_BYTES;
    this.#putInteger(1);
    this.#putInteger(0);
    this.#putInteger(count);
    for (let i = from; i < args.count; i += 2) this.#putArgument(args, i);
    this.#putInteger(0);
    this.#putInteger(SAME_FIELDS);
    this.#putInteger(0);
    this.#putInteger(0);
    for (let i = from + 1; i < args.count; i += 2) this.#putArgument(args, i);
    this.#putInteger(count + 3);
    this.#finish(node, base, 0, 8 + 2 * count);
    return node;
  }

  /**
   * Adds an entry behind all others: the pairs of fields and values from argument `from` on.
   *
   * @param master the node's master ID
   * @param bytes of all fields and values
   * @throws {ArenaExhausted}
   */
  append(node: number, master: StreamId, id: StreamId, args: Args, from: number, bytes: number): number {
    const count = (args.count - from) >>> 1;
    const same = this.#hasFields(node, args, from, count);
    let result = node;
    // Every element takes at most 10 bytes more than its own: where so much is left, the sizes are not added up.
    const most = 6 * INTEGER_MAX_BYTES + bytes + (args.count - from) * 10;
    if (this.#listpack.bytes(node) + most > this.#arena.capacity(node)) {
      const fixed = 4 * INTEGER_MAX_BYTES + 2 * this.#integerSize(2 * count + 4);
      result = this.#reserve(node, fixed + this.#argumentsSize(args, same ? from + 1 : from, same ? 2 : 1));
    }
    result = this.#setEntries(result, this.entries(result) + 1);
    this.#page = this.#arena.u8[result >>> PAGE_SHIFT];
    const base = (result & UNIT_MASK) << 3;
    this.#at = base + this.#listpack.bytes(result) - 1;
    this.#putInteger(same ? SAME_FIELDS : 0);
    this.#putDifference(id.msHigh, id.msLow, master.msHigh, master.msLow);
    this.#putDifference(id.seqHigh, id.seqLow, master.seqHigh, master.seqLow);
    if (!same) this.#putInteger(count);
    for (let i = from; i < args.count; i += 2) {
      if (!same) this.#putArgument(args, i);
      this.#putArgument(args, i + 1);
    }
    const elements = same ? count + 3 : 2 * count + 4;
    this.#putInteger(elements);
    this.#finish(result, base, this.#counted(result), elements + 1);
    return result;
  }

  /**
   * Adds `more` to the number of deleted entries and takes it from that of the others. The entries themselves are
   * marked afterwards; positions behind the master entry move by as many bytes as the node grows, see `shifted`.
   *
   * @throws {ArenaExhausted}
   */
  countDeleted(node: number, more: number): number {
    const before = this.#listpack.bytes(node);
    let result = this.#reserve(node, INTEGER_MAX_BYTES);
    const position = this.#listpack.next(result, ENTRIES_AT);
    // What grows comes first, as there is room for it; what shrinks may move the node to a smaller block.
    result = this.#listpack.replaceInteger(
      result,
      position,
      this.#listpack.getInteger(result, position) + more,
    );
    result = this.#setEntries(result, this.entries(result) - more);
    this.shifted = this.#listpack.bytes(result) - before;
    return result;
  }

  /** Marks the entry whose flags are at `position` as deleted. */
  mark(node: number, position: number): void {
    // Flags are below 128, so that the element is this byte.
    this.#arena.u8[node >>> PAGE_SHIFT][((node & UNIT_MASK) << 3) + position] |= DELETED;
  }

  /** Moves a node to the smallest block that holds it, where there is one. */
  shrinkToFit(node: number): number {
    return this.#listpack.shrinkToFit(node);
  }

  /** Whether the master entry has just the fields of the pairs from argument `from` on. */
  #hasFields(node: number, args: Args, from: number, count: number): boolean {
    const listpack = this.#listpack;
    let position = this.fieldsAt(node);
    if (listpack.getInteger(node, position) !== count) return false;
    for (let i = from; i < args.count; i += 2) {
      position = listpack.next(node, position);
      if (!listpack.equals(node, position, args.bytes, args.start(i), args.end(i))) return false;
    }
    return true;
  }

  /** Sets the number of entries; the block has room. */
  #setEntries(node: number, entries: number): number {
    return this.#listpack.replaceInteger(node, ENTRIES_AT, entries);
  }

  /** Makes sure that a node can grow by `bytes` bytes without moving. */
  #reserve(node: number, bytes: number): number {
    const arena = this.#arena;
    const total = this.#listpack.bytes(node);
    if (total + bytes <= arena.capacity(node)) return node;
    const grown = arena.allocate(total + Math.max(bytes, total >>> 3));
    copyBetween(arena, node, 0, grown, 0, total);
    arena.free(node);
    return grown;
  }

  #integerSize(value: number): number {
    this.#integer.setNumber(value);
    return integerEntryBytes(this.#integer) + 1;
  }

  /** Bytes that the arguments from `from` on, each one that is `step` behind the one before, take as elements. */
  #argumentsSize(args: Args, from: number, step: number): number {
    let total = 0;
    for (let i = from; i < args.count; i += step) {
      total += this.#listpack.encodedSize(args.bytes, args.start(i), args.end(i));
    }
    return total;
  }

  #counted(node: number): number {
    return this.#arena.u32[node >>> PAGE_SHIFT][((node & UNIT_MASK) << 1) + 1] & 0xffff;
  }

  /** Ends a listpack where the last element was written, and says so in its header. */
  #finish(node: number, base: number, counted: number, added: number): void {
    const page = this.#page;
    page[this.#at] = LISTPACK_END;
    const total = this.#at + 1 - base;
    this.#arena.u32[node >>> PAGE_SHIFT][base >>> 2] = total;
    const count = Math.min(counted + added, UNKNOWN_COUNT);
    page[base + 4] = count;
    page[base + 5] = count >> 8;
  }

  #putInteger(value: number): void {
    this.#integer.setNumber(value);
    this.#putInt64();
  }

  /** Writes the difference of two unsigned integers of 64 bits. */
  #putDifference(high: number, low: number, fromHigh: number, fromLow: number): void {
    this.#integer.setWords(high - fromHigh - (low < fromLow ? 1 : 0), low - fromLow);
    this.#putInt64();
  }

  #putInt64(): void {
    const size = integerEntryBytes(this.#integer);
    writeIntegerEntry(this.#page, this.#at, this.#integer, size);
    this.#page[this.#at + size] = size;
    this.#at += size + 1;
  }

  #putArgument(args: Args, i: number): void {
    const start = args.start(i);
    const end = args.end(i);
    if (this.#integer.parse(args.bytes, start, end)) return this.#putInt64();
    const length = end - start;
    const at = writeStringHeader(this.#page, this.#at, length);
    copyBytes(args.bytes, start, this.#page, at, length);
    this.#at = writeBacklength(this.#page, at + length, stringEntryBytes(length));
  }
}

/** Adds what stands in a node to the halves of its master ID. */
export class IdSum {
  readonly #difference = new Int64();
  high = 0;
  low = 0;

  /** Reads the element at `at`; returns where the next one begins. */
  add(page: Uint8Array, at: number, high: number, low: number): number {
    readIntegerEntry(page, at, this.#difference);
    const sum = low + (this.#difference.low >>> 0);
    this.low = sum >>> 0;
    this.high = (high + this.#difference.high + (sum > 0xffffffff ? 1 : 0)) >>> 0;
    const size = entryBytes(page, at);
    return at + size + backlengthBytes(size);
  }
}
