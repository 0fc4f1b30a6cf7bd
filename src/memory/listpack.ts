/**
 * Listpacks: short sequences of strings and integers, each in one block of the arena, byte for byte as Redis has them
 * in DUMP payloads and RDB files.
 *
 * ```text
 *  [ total bytes: 4 ][ number of elements: 2, 65535: unknown ] elements... [ 0xff ]
 *  element  [ encoding and length ][ bytes ][ the element's length again: 1 to 5 bytes ]     see listpack_entry.ts
 * ```
 *
 * All numbers have their lower byte first. A string that reads as an integer of 64 bits is kept as one, in 1 to 9
 * bytes. Elements are named by their *position*, the byte they begin at in the block; 0 means "none". A change moves
 * what is behind it, and may move the whole listpack: every operation that changes one returns its reference.
 *
 * @module
 */

import { Arena, ArenaExhausted, PAGE_SHIFT, UNIT_MASK } from "./arena.ts";
import { copyBytes, sameBytes } from "./copy_bytes.ts";
import { Int64, INT64_TEXT_MAX } from "./int64.ts";
import { type ElementCheck, isListpack, LISTPACK_HEADER_BYTES, UNKNOWN_COUNT } from "./listpack_check.ts";
import {
  backlengthBytes,
  entryBytes,
  integerEntryBytes,
  isIntegerEntry,
  LISTPACK_END,
  readBacklength,
  readIntegerEntry,
  stringEntryBytes,
  stringHeaderBytes,
  stringLength,
  writeBacklength,
  writeIntegerEntry,
  writeStringHeader,
} from "./listpack_entry.ts";
import { copyBetween, moveToSmaller, resizeGap } from "./packed_block.ts";

/** Bytes of a listpack without elements. */
export const EMPTY_LISTPACK_BYTES = LISTPACK_HEADER_BYTES + 1;
/** Bytes that a listpack may have, as in Redis. */
export const LISTPACK_MAX_BYTES = 2 ** 30;

/**
 * Operations on listpacks. One instance an arena; results other than the reference are left in fields, so nothing is
 * allocated on the JavaScript heap. Bytes handed in must not lie in the listpack that they are put into.
 *
 * What grows a listpack throws ArenaExhausted where there is no memory, or where it would have more than
 * LISTPACK_MAX_BYTES; it is unchanged then.
 */
export class Listpack {
  readonly #arena: Arena;
  readonly #digits: Uint8Array<ArrayBuffer> = new Uint8Array(INT64_TEXT_MAX);
  /** The integer that is looked for or written. */
  readonly #operand = new Int64();
  /** The integer that is looked at in `find` and `equals`. */
  readonly #candidate = new Int64();

  /** The bytes that the last `get` found the element in: the arena's, or for an integer the digits. */
  page: Uint8Array<ArrayBuffer> = this.#digits;
  /** Where in `page` the element begins. */
  at = 0;
  /** How many bytes it has. */
  length = 0;
  /** Whether the last `get` found an integer. */
  isInteger = false;
  /** The value of that integer where it is safe, `Infinity` or `-Infinity` beyond; of a string NaN. */
  value = NaN;
  /** The exact value of the integer that the last `get` or `getInteger` found. */
  readonly exact: Int64 = new Int64();

  /** After an insertion or replacement, the new element; after a removal, the one that is there now, or 0. */
  position = 0;
  /** After a removal, how many elements were removed. */
  removed = 0;
  /** After `find`, how many elements stand between the one it began at and the one it found, or the end. */
  passed = 0;
  /** After `split`, the second listpack. */
  second = 0;
  /** Whether blocks are to have room for further changes (see packed_block.ts). */
  roomy = false;

  /** @param arena where the listpacks are */
  constructor(arena: Arena) {
    this.#arena = arena;
  }

  /**
   * A new listpack without elements.
   *
   * @throws {ArenaExhausted}
   */
  create(): number {
    const listpack = this.#arena.allocate(EMPTY_LISTPACK_BYTES);
    this.#setHeader(listpack, EMPTY_LISTPACK_BYTES, 0);
    return listpack;
  }

  /** Frees a listpack. */
  free(listpack: number): void {
    this.#arena.free(listpack);
  }

  /** Its bytes, header and end included. */
  bytes(listpack: number): number {
    return this.#arena.u32[listpack >>> PAGE_SHIFT][(listpack & UNIT_MASK) << 1];
  }

  /** How many elements it has; where there are 65,535 or more they are counted each time. */
  count(listpack: number): number {
    const counted = this.#counted(listpack);
    if (counted !== UNKNOWN_COUNT) return counted;
    let count = 0;
    for (let p = this.first(listpack); p !== 0; p = this.next(listpack, p)) count++;
    if (count < UNKNOWN_COUNT) this.#setCount(listpack, count);
    return count;
  }

  /** Position of the first element, or 0. */
  first(listpack: number): number {
    return this.#elementAt(listpack, LISTPACK_HEADER_BYTES);
  }

  /** Position of the last element, or 0. */
  last(listpack: number): number {
    return this.previous(listpack, this.bytes(listpack) - 1);
  }

  /** Position of the element behind that at `position`, or 0. */
  next(listpack: number, position: number): number {
    const page = this.#arena.u8[listpack >>> PAGE_SHIFT];
    const base = (listpack & UNIT_MASK) << 3;
    const size = entryBytes(page, base + position);
    const next = position + size + backlengthBytes(size);
    return page[base + next] === LISTPACK_END ? 0 : next;
  }

  /** Position of the element before that at `position`, or 0. */
  previous(listpack: number, position: number): number {
    if (position === LISTPACK_HEADER_BYTES) return 0;
    const at = ((listpack & UNIT_MASK) << 3) + position - 1;
    const size = readBacklength(this.#arena.u8[listpack >>> PAGE_SHIFT], at);
    return position - size - backlengthBytes(size);
  }

  /** Position of the element with an index, which is counted from the end where it is negative (-1: the last), or 0. */
  seek(listpack: number, index: number): number {
    const counted = this.#counted(listpack);
    let backwards = index < 0;
    if (counted !== UNKNOWN_COUNT) {
      if (backwards) index += counted;
      if (index < 0 || index >= counted) return 0;
      backwards = index > counted >> 1;
      if (backwards) index -= counted;
    }
    if (backwards) {
      let position = this.last(listpack);
      for (; position !== 0 && index < -1; index++) position = this.previous(listpack, position);
      return position;
    }
    let position = this.first(listpack);
    for (; position !== 0 && index > 0; index--) position = this.next(listpack, position);
    return position;
  }

  /**
   * Sets `page`, `at` and `length` to the element's bytes, and `isInteger`, `value` and `exact`. The bytes of an
   * integer are good until the next `get`.
   */
  get(listpack: number, position: number): void {
    const page = this.#arena.u8[listpack >>> PAGE_SHIFT];
    const at = ((listpack & UNIT_MASK) << 3) + position;
    const header = stringHeaderBytes(page[at]);
    if (header > 0) {
      this.page = page;
      this.at = at + header;
      this.length = stringLength(page, at);
      this.isInteger = false;
      this.value = NaN;
      return;
    }
    readIntegerEntry(page, at, this.exact);
    this.page = this.#digits;
    this.at = 0;
    this.length = this.exact.write(this.#digits, 0);
    this.isInteger = true;
    this.value = this.exact.toNumber();
  }

  /** The value of an integer element where it is safe, `Infinity` or `-Infinity` beyond (see `exact`), NaN of a string. */
  getInteger(listpack: number, position: number): number {
    const page = this.#arena.u8[listpack >>> PAGE_SHIFT];
    const at = ((listpack & UNIT_MASK) << 3) + position;
    if (!isIntegerEntry(page[at])) return NaN;
    readIntegerEntry(page, at, this.exact);
    return this.exact.toNumber();
  }

  /** Whether the element is the string, or the integer, that `bytes[start, end)` spells. */
  equals(listpack: number, position: number, bytes: Uint8Array, start: number, end: number): boolean {
    const page = this.#arena.u8[listpack >>> PAGE_SHIFT];
    const at = ((listpack & UNIT_MASK) << 3) + position;
    const header = stringHeaderBytes(page[at]);
    if (header > 0) {
      return stringLength(page, at) === end - start &&
        sameBytes(page, at + header, bytes, start, end - start);
    }
    return this.#operand.parse(bytes, start, end) && this.#holds(page, at);
  }

  /**
   * Position of the first element that equals `bytes[start, end)`, or 0. Looks at the one at `from` (0: none) and then
   * at each after `skip` others: 0 compares all, 1 the fields of a hash.
   */
  find(
    listpack: number,
    from: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    skip: number,
  ): number {
    this.passed = 0;
    if (from === 0) return 0;
    const page = this.#arena.u8[listpack >>> PAGE_SHIFT];
    const base = (listpack & UNIT_MASK) << 3;
    const length = end - start;
    const spellsInteger = this.#operand.parse(bytes, start, end);
    let passed = 0;
    let left = 0;
    for (let at = base + from;; passed++) {
      const head = page[at];
      if (head === LISTPACK_END) {
        this.passed = passed;
        return 0;
      }
      const size = entryBytes(page, at);
      if (left-- === 0) {
        left = skip;
        const header = stringHeaderBytes(head);
        const found = header === 0
          ? spellsInteger && this.#holds(page, at)
          : size === header + length && sameBytes(page, at + header, bytes, start, length);
        if (found) {
          this.passed = passed;
          return at - base;
        }
      }
      at += size + backlengthBytes(size);
    }
  }

  /** Whether the integer element at `at` has the value of the operand. */
  #holds(page: Uint8Array, at: number): boolean {
    readIntegerEntry(page, at, this.#candidate);
    return this.#candidate.low === this.#operand.low && this.#candidate.high === this.#operand.high;
  }

  /** Puts an element before that at `position`. Returns the listpack's reference and sets `position`. */
  insertBefore(listpack: number, position: number, bytes: Uint8Array, start: number, end: number): number {
    return this.#put(listpack, position, 0, bytes, start, end);
  }

  /** Puts an element behind that at `position`. Returns the listpack's reference and sets `position`. */
  insertAfter(listpack: number, position: number, bytes: Uint8Array, start: number, end: number): number {
    return this.#put(listpack, this.#after(listpack, position), 0, bytes, start, end);
  }

  /** Puts an element at the end. Returns the listpack's reference and sets `position`. */
  append(listpack: number, bytes: Uint8Array, start: number, end: number): number {
    return this.#put(listpack, this.bytes(listpack) - 1, 0, bytes, start, end);
  }

  /** Puts an element at the beginning. Returns the listpack's reference and sets `position`. */
  prepend(listpack: number, bytes: Uint8Array, start: number, end: number): number {
    return this.#put(listpack, LISTPACK_HEADER_BYTES, 0, bytes, start, end);
  }

  /** Puts an element in the place of another. Returns the listpack's reference and sets `position`. */
  replace(listpack: number, position: number, bytes: Uint8Array, start: number, end: number): number {
    const removed = this.#after(listpack, position) - position;
    return this.#put(listpack, position, removed, bytes, start, end);
  }

  /** As `insertBefore`, a safe integer. */
  insertIntegerBefore(listpack: number, position: number, value: number): number {
    this.#operand.setNumber(value);
    return this.#putInteger(listpack, position, 0);
  }

  /** As `insertAfter`, a safe integer. */
  insertIntegerAfter(listpack: number, position: number, value: number): number {
    this.#operand.setNumber(value);
    return this.#putInteger(listpack, this.#after(listpack, position), 0);
  }

  /** As `append`, a safe integer. */
  appendInteger(listpack: number, value: number): number {
    this.#operand.setNumber(value);
    return this.#putInteger(listpack, this.bytes(listpack) - 1, 0);
  }

  /** As `append`, an integer of 64 bits. */
  appendInt64(listpack: number, value: Int64): number {
    this.#operand.setWords(value.high, value.low);
    return this.#putInteger(listpack, this.bytes(listpack) - 1, 0);
  }

  /** As `replace`, by a safe integer. */
  replaceInteger(listpack: number, position: number, value: number): number {
    this.#operand.setNumber(value);
    return this.#putInteger(listpack, position, this.#after(listpack, position) - position);
  }

  /** As `replace`, by an integer of 64 bits. */
  replaceInt64(listpack: number, position: number, value: Int64): number {
    this.#operand.setWords(value.high, value.low);
    return this.#putInteger(listpack, position, this.#after(listpack, position) - position);
  }

  /**
   * Removes up to `count` elements from `position` on. Returns the listpack's reference and sets `position` and
   * `removed`. Never throws: what should be moved to a smaller block but cannot stays where it is.
   */
  remove(listpack: number, position: number, count = 1): number {
    const page = this.#arena.u8[listpack >>> PAGE_SHIFT];
    const base = (listpack & UNIT_MASK) << 3;
    let at = base + position;
    let removed = 0;
    for (; removed < count && page[at] !== LISTPACK_END; removed++) {
      const size = entryBytes(page, at);
      at += size + backlengthBytes(size);
    }
    this.#addToCount(listpack, -removed);
    this.removed = removed;
    const result = this.#resizeGap(listpack, position, at - base - position, 0);
    this.position = this.#elementAt(result, position);
    return result;
  }

  /** A copy. @throws {ArenaExhausted} */
  duplicate(listpack: number): number {
    const bytes = this.bytes(listpack);
    const copy = this.#arena.allocate(bytes);
    copyBetween(this.#arena, listpack, 0, copy, 0, bytes);
    return copy;
  }

  /** Appends the elements of `other`, which is freed. Returns the listpack's reference. Nothing may keep theirs. */
  merge(listpack: number, other: number): number {
    const position = this.bytes(listpack) - 1;
    const added = this.bytes(other) - EMPTY_LISTPACK_BYTES;
    const count = this.count(listpack) + this.count(other);
    const result = this.#resizeGap(listpack, position, 0, added);
    copyBetween(this.#arena, other, LISTPACK_HEADER_BYTES, result, position, added);
    this.#setCount(result, Math.min(count, UNKNOWN_COUNT));
    this.#arena.free(other);
    return result;
  }

  /**
   * Moves the element at `position` and all behind it to a new listpack, `second`. Returns the reference of the first.
   *
   * @throws {ArenaExhausted}
   */
  split(listpack: number, position: number): number {
    const total = this.bytes(listpack);
    let before = 0;
    for (let p = this.first(listpack); p !== position; p = this.next(listpack, p)) before++;
    const counted = this.#counted(listpack);
    const moved = total - 1 - position;
    const second = this.#arena.allocate(EMPTY_LISTPACK_BYTES + moved);
    this.#setHeader(second, EMPTY_LISTPACK_BYTES + moved, UNKNOWN_COUNT);
    copyBetween(this.#arena, listpack, position, second, LISTPACK_HEADER_BYTES, moved);
    if (counted !== UNKNOWN_COUNT) this.#setCount(second, counted - before);
    else this.count(second);
    this.second = second;
    this.#setCount(listpack, Math.min(before, UNKNOWN_COUNT));
    return this.#resizeGap(listpack, position, moved, 0);
  }

  /** Moves the listpack to the smallest block that holds it, where there is one. Returns its reference. */
  shrinkToFit(listpack: number): number {
    const bytes = this.bytes(listpack);
    if (Arena.capacityFor(bytes) === this.#arena.capacity(listpack)) return listpack;
    return moveToSmaller(this.#arena, listpack, bytes);
  }

  /** Bytes that `bytes[start, end)` would add to a listpack as an element. */
  encodedSize(bytes: Uint8Array, start: number, end: number): number {
    const size = this.#operand.parse(bytes, start, end)
      ? integerEntryBytes(this.#operand)
      : stringEntryBytes(end - start);
    return size + backlengthBytes(size);
  }

  /** Bytes that a safe integer would add to a listpack as an element. */
  encodedIntegerSize(value: number): number {
    this.#operand.setNumber(value);
    const size = integerEntryBytes(this.#operand);
    return size + backlengthBytes(size);
  }

  /** Whether `bytes[start, end)`, from anywhere, is a listpack whose every element `check` accepts. */
  validate(bytes: Uint8Array, start: number, end: number, check?: ElementCheck): boolean {
    return isListpack(bytes, start, end, check);
  }

  /** A listpack of bytes that `validate` has found to be one. @throws {ArenaExhausted} */
  load(bytes: Uint8Array, start: number, end: number): number {
    const listpack = this.#arena.allocate(end - start);
    const page = this.#arena.u8[listpack >>> PAGE_SHIFT];
    copyBytes(bytes, start, page, (listpack & UNIT_MASK) << 3, end - start);
    return listpack;
  }

  /**
   * Checks that the listpack is one, and that its block is as large as it should be.
   *
   * @throws {Error} that says what is wrong.
   */
  check(listpack: number): void {
    const total = this.bytes(listpack);
    const capacity = this.#arena.capacity(listpack);
    if (total > capacity) {
      throw new Error(`Listpack ${listpack} has ${total} bytes in a block of ${capacity}`);
    }
    const at = (listpack & UNIT_MASK) << 3;
    if (!isListpack(this.#arena.u8[listpack >>> PAGE_SHIFT], at, at + total)) {
      throw new Error(`Listpack ${listpack} of ${total} bytes is broken`);
    }
  }

  #counted(listpack: number): number {
    return this.#arena.u32[listpack >>> PAGE_SHIFT][((listpack & UNIT_MASK) << 1) + 1] & 0xffff;
  }

  #setCount(listpack: number, count: number): void {
    const page = this.#arena.u8[listpack >>> PAGE_SHIFT];
    const at = ((listpack & UNIT_MASK) << 3) + 4;
    page[at] = count;
    page[at + 1] = count >> 8;
  }

  /** Adds to the number of elements where it is known; 65,535 of them are not counted any more. */
  #addToCount(listpack: number, difference: number): void {
    const counted = this.#counted(listpack);
    if (counted !== UNKNOWN_COUNT) this.#setCount(listpack, counted + difference);
  }

  #setHeader(listpack: number, bytes: number, count: number): void {
    this.#arena.u32[listpack >>> PAGE_SHIFT][(listpack & UNIT_MASK) << 1] = bytes;
    this.#setCount(listpack, count);
    this.#arena.u8[listpack >>> PAGE_SHIFT][((listpack & UNIT_MASK) << 3) + bytes - 1] = LISTPACK_END;
  }

  /** `position` where an element begins there, 0 at the end. */
  #elementAt(listpack: number, position: number): number {
    const head = this.#arena.u8[listpack >>> PAGE_SHIFT][((listpack & UNIT_MASK) << 3) + position];
    return head === LISTPACK_END ? 0 : position;
  }

  /** Where the element at `position` ends. */
  #after(listpack: number, position: number): number {
    const page = this.#arena.u8[listpack >>> PAGE_SHIFT];
    const size = entryBytes(page, ((listpack & UNIT_MASK) << 3) + position);
    return position + size + backlengthBytes(size);
  }

  /** Writes an element in the place of `removed` bytes: of another element, or 0. */
  #put(
    listpack: number,
    position: number,
    removed: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): number {
    if (this.#operand.parse(bytes, start, end)) return this.#putInteger(listpack, position, removed);
    const length = end - start;
    const size = stringEntryBytes(length);
    const result = this.#resizeGap(listpack, position, removed, size + backlengthBytes(size));
    const page = this.#arena.u8[result >>> PAGE_SHIFT];
    const at = ((result & UNIT_MASK) << 3) + position;
    copyBytes(bytes, start, page, writeStringHeader(page, at, length), length);
    writeBacklength(page, at + size, size);
    if (removed === 0) this.#addToCount(result, 1);
    this.position = position;
    return result;
  }

  /** As `#put`, the operand. */
  #putInteger(listpack: number, position: number, removed: number): number {
    const size = integerEntryBytes(this.#operand);
    const result = this.#resizeGap(listpack, position, removed, size + 1);
    const page = this.#arena.u8[result >>> PAGE_SHIFT];
    const at = ((result & UNIT_MASK) << 3) + position;
    writeIntegerEntry(page, at, this.#operand, size);
    page[at + size] = size;
    if (removed === 0) this.#addToCount(result, 1);
    this.position = position;
    return result;
  }

  /** Makes `removed` bytes at `position` into `added` bytes of unspecified content. Returns the reference. */
  #resizeGap(listpack: number, position: number, removed: number, added: number): number {
    if (removed === added) return listpack;
    const arena = this.#arena;
    const total = this.bytes(listpack);
    const bytes = total + added - removed;
    if (bytes > LISTPACK_MAX_BYTES && added > removed) {
      throw new ArenaExhausted(
        `Listpack would have ${bytes} bytes, at most ${LISTPACK_MAX_BYTES} are allowed`,
      );
    }
    const result = resizeGap(arena, listpack, total, position, removed, added, this.roomy);
    arena.u32[result >>> PAGE_SHIFT][(result & UNIT_MASK) << 1] = bytes;
    return result;
  }
}
