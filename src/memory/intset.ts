/**
 * Intsets: sorted sets of integers, each in one block of the arena, byte for byte as Redis has them in DUMP payloads
 * and RDB files.
 *
 * ```text
 *  [ width: 4 ][ number of integers: 4 ] integers, smallest first
 * ```
 *
 * All numbers have their lower byte first. Every integer has `width` bytes: 2, 4 or 8, what the largest that was ever
 * added needs. A change may move the whole set, so every operation that changes one returns its reference.
 *
 * @module
 */

import { type Arena, PAGE_SHIFT, UNIT_MASK } from "./arena.ts";
import { copyBytes } from "./copy_bytes.ts";
import { Int64, INT64_TEXT_MAX } from "./int64.ts";
import { isIntset } from "./intset_check.ts";
import { copyBetween, grownBytes, resizeGap } from "./packed_block.ts";

const HEADER_BYTES = 8;

/**
 * Operations on intsets. One instance an arena; results other than the reference are left in fields, so nothing is
 * allocated on the JavaScript heap.
 */
export class Intset {
  readonly #arena: Arena;
  readonly #operand = new Int64();
  readonly #moved = new Int64();
  /** Where the last search found the integer, or where it would be. */
  #index = 0;

  /** The digits of the integer that the last `get` found. */
  readonly page: Uint8Array<ArrayBuffer> = new Uint8Array(INT64_TEXT_MAX);
  /** Where in `page` they begin. */
  readonly at = 0;
  /** How many there are, the sign included. */
  length = 0;
  /** The exact value that the last `get` or `getInteger` found. */
  readonly exact: Int64 = new Int64();

  /** Whether the last addition added anything. */
  added = false;
  /** Whether the last removal removed anything. */
  removed = false;

  /** @param arena where the sets are */
  constructor(arena: Arena) {
    this.#arena = arena;
  }

  /**
   * A new set without integers.
   *
   * @throws {ArenaExhausted}
   */
  create(): number {
    const set = this.#arena.allocate(HEADER_BYTES);
    this.#setHeader(set, 2, 0);
    return set;
  }

  /** Frees a set. */
  free(set: number): void {
    this.#arena.free(set);
  }

  /** How many integers it has. */
  count(set: number): number {
    return this.#arena.u32[set >>> PAGE_SHIFT][((set & UNIT_MASK) << 1) + 1];
  }

  /** Its bytes, header included. */
  bytes(set: number): number {
    return HEADER_BYTES + this.count(set) * this.#width(set);
  }

  /** Whether the set has the integer that `bytes[start, end)` spells. Nothing else is in it. */
  has(set: number, bytes: Uint8Array, start: number, end: number): boolean {
    return this.#operand.parse(bytes, start, end) && this.#search(set, this.#operand);
  }

  /** Whether the set has an integer. */
  hasInt64(set: number, value: Int64): boolean {
    return this.#search(set, value);
  }

  /**
   * Adds the integer that `bytes[start, end)` spells. Returns the set's reference and sets `added`.
   *
   * @throws {ArenaExhausted} and nothing has changed
   * @throws {RangeError} where the bytes are no integer of 64 bits as Redis prints it
   */
  add(set: number, bytes: Uint8Array, start: number, end: number): number {
    if (!this.#operand.parse(bytes, start, end)) throw new RangeError("Only integers go into an intset");
    return this.addInt64(set, this.#operand);
  }

  /** As `add`, an integer. */
  addInt64(set: number, value: Int64): number {
    const needed = widthOf(value);
    this.added = true;
    if (needed > this.#width(set)) return this.#widen(set, value, needed);
    if (this.#search(set, value)) {
      this.added = false;
      return set;
    }
    const count = this.count(set);
    const width = this.#width(set);
    const position = HEADER_BYTES + this.#index * width;
    const result = resizeGap(this.#arena, set, HEADER_BYTES + count * width, position, 0, width);
    this.#write(result, width, this.#index, value);
    this.#setHeader(result, width, count + 1);
    return result;
  }

  /** Removes the integer that `bytes[start, end)` spells. Returns the set's reference and sets `removed`. */
  remove(set: number, bytes: Uint8Array, start: number, end: number): number {
    if (this.#operand.parse(bytes, start, end)) return this.removeInt64(set, this.#operand);
    this.removed = false;
    return set;
  }

  /** As `remove`, an integer. */
  removeInt64(set: number, value: Int64): number {
    this.removed = this.#search(set, value);
    return this.removed ? this.removeAt(set, this.#index) : set;
  }

  /** Removes the integer with an index, 0 to `count` - 1, in order of value. Returns the set's reference. */
  removeAt(set: number, index: number): number {
    const count = this.count(set);
    const width = this.#width(set);
    this.#setHeader(set, width, count - 1);
    const position = HEADER_BYTES + index * width;
    return resizeGap(this.#arena, set, HEADER_BYTES + count * width, position, width, 0);
  }

  /** Sets `page`, `at` and `length` to the digits of the integer with an index, until the next `get`; and `exact`. */
  get(set: number, index: number): void {
    this.#read(set, this.#width(set), index, this.exact);
    this.length = this.exact.write(this.page, 0);
  }

  /** The integer with an index where it is safe, `Infinity` or `-Infinity` beyond (see `exact`). */
  getInteger(set: number, index: number): number {
    this.#read(set, this.#width(set), index, this.exact);
    return this.exact.toNumber();
  }

  /** As `getInteger`, the smallest. The set must not be empty. */
  min(set: number): number {
    return this.getInteger(set, 0);
  }

  /** As `getInteger`, the largest. The set must not be empty. */
  max(set: number): number {
    return this.getInteger(set, this.count(set) - 1);
  }

  /** A copy. @throws {ArenaExhausted} */
  duplicate(set: number): number {
    const bytes = this.bytes(set);
    const copy = this.#arena.allocate(bytes);
    copyBetween(this.#arena, set, 0, copy, 0, bytes);
    return copy;
  }

  /** Whether `bytes[start, end)`, from anywhere, is an intset that is not empty. */
  validate(bytes: Uint8Array, start: number, end: number): boolean {
    return isIntset(bytes, start, end);
  }

  /** A set of bytes that `validate` has found to be one. @throws {ArenaExhausted} */
  load(bytes: Uint8Array, start: number, end: number): number {
    const set = this.#arena.allocate(end - start);
    copyBytes(bytes, start, this.#arena.u8[set >>> PAGE_SHIFT], (set & UNIT_MASK) << 3, end - start);
    return set;
  }

  /**
   * Checks that the set is one, and that it fits its block.
   *
   * @throws {Error} that says what is wrong.
   */
  check(set: number): void {
    const bytes = this.bytes(set);
    const capacity = this.#arena.capacity(set);
    if (bytes > capacity) throw new Error(`Intset ${set} has ${bytes} bytes in a block of ${capacity}`);
    const at = (set & UNIT_MASK) << 3;
    if (this.count(set) > 0 && !isIntset(this.#arena.u8[set >>> PAGE_SHIFT], at, at + bytes)) {
      throw new Error(`Intset ${set} of ${bytes} bytes is broken`);
    }
  }

  #width(set: number): number {
    return this.#arena.u32[set >>> PAGE_SHIFT][(set & UNIT_MASK) << 1];
  }

  #setHeader(set: number, width: number, count: number): void {
    const words = this.#arena.u32[set >>> PAGE_SHIFT];
    const at = (set & UNIT_MASK) << 1;
    words[at] = width;
    words[at + 1] = count;
  }

  #read(set: number, width: number, index: number, into: Int64): void {
    if (width === 2) {
      const page = this.#arena.u8[set >>> PAGE_SHIFT];
      const at = ((set & UNIT_MASK) << 3) + HEADER_BYTES + index * 2;
      const value = ((page[at] | (page[at + 1] << 8)) << 16) >> 16;
      into.setWords(value >> 31, value);
      return;
    }
    const words = this.#arena.u32[set >>> PAGE_SHIFT];
    const at = ((set & UNIT_MASK) << 1) + 2;
    if (width === 8) {
      into.setWords(words[at + index * 2 + 1], words[at + index * 2]);
    } else {
      const value = words[at + index] | 0;
      into.setWords(value >> 31, value);
    }
  }

  #write(set: number, width: number, index: number, value: Int64): void {
    if (width === 2) {
      const page = this.#arena.u8[set >>> PAGE_SHIFT];
      const at = ((set & UNIT_MASK) << 3) + HEADER_BYTES + index * 2;
      page[at] = value.low;
      page[at + 1] = value.low >> 8;
      return;
    }
    const words = this.#arena.u32[set >>> PAGE_SHIFT];
    const at = ((set & UNIT_MASK) << 1) + 2;
    if (width === 8) {
      words[at + index * 2] = value.low;
      words[at + index * 2 + 1] = value.high;
    } else {
      words[at + index] = value.low;
    }
  }

  /** Whether the set has the integer; leaves in `#index` where it is, or where it would be if it fits the width. */
  #search(set: number, value: Int64): boolean {
    const width = this.#width(set);
    if (widthOf(value) > width) return false;
    const { high, low } = value;
    const found = this.#moved;
    let from = 0;
    let to = this.count(set);
    // Most sets are filled in rising order.
    if (to > 0) {
      this.#read(set, width, to - 1, found);
      if (found.high < high || (found.high === high && found.low >>> 0 < low >>> 0)) from = to;
    }
    while (from < to) {
      const middle = (from + to) >>> 1;
      this.#read(set, width, middle, found);
      if (found.high < high || (found.high === high && found.low >>> 0 < low >>> 0)) {
        from = middle + 1;
      } else if (found.high === high && found.low === low) {
        this.#index = middle;
        return true;
      } else {
        to = middle;
      }
    }
    this.#index = from;
    return false;
  }

  /** Adds an integer that is too wide, so that it is smaller or larger than all the others. */
  #widen(set: number, value: Int64, width: number): number {
    const arena = this.#arena;
    const count = this.count(set);
    const oldWidth = this.#width(set);
    const bytes = HEADER_BYTES + (count + 1) * width;
    const result = bytes > arena.capacity(set) ? arena.allocate(grownBytes(bytes)) : set;
    const before = value.high < 0 ? 1 : 0;
    // From the last on: in the same block, what has not been read is not written over.
    for (let i = count - 1; i >= 0; i--) {
      this.#read(set, oldWidth, i, this.#moved);
      this.#write(result, width, i + before, this.#moved);
    }
    this.#write(result, width, before === 1 ? 0 : count, value);
    this.#setHeader(result, width, count + 1);
    if (result !== set) arena.free(set);
    return result;
  }
}

/** Bytes that an integer needs in a set. */
function widthOf(value: Int64): number {
  const low = value.low;
  if (value.high !== low >> 31) return 8;
  return low >= -32768 && low <= 32767 ? 2 : 4;
}
