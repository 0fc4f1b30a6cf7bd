/**
 * The fields of a large hash: a block for each, with its value.
 *
 * ```text
 *  field  [ 31: expires   29..0: length of the name ]
 *         [ 8 bytes: expiry, milliseconds since the epoch, low word first ]     only where it expires
 *         [ name ][ value ]
 *  value  [ 0 to 253: length ][ bytes ]
 *         [ 254 ][ length: 2 bytes ][ bytes ]
 *         [ 255 ][ length: 4 bytes ][ reference of a block with the bytes: 4 bytes ]
 * ```
 *
 * The arena knows how large a block is, so there is no capacity; a value is written over the old one where a new
 * block would be as large.
 *
 * @module
 */

import { Arena, PAGE_SHIFT, UNIT_MASK } from "../../memory/arena.ts";
import { copyBytes } from "../../memory/copy_bytes.ts";
import { type EntryLayout, KEY_LENGTH_MASK } from "../../memory/dictionary.ts";

const EXPIRY_BIT = 0x80000000;
const NAME_AT = 4;
const EXPIRY_BYTES = 8;
const LENGTH_2 = 254, APART = 255;
/** Longer values lie in a block of their own, so that a change of the field need not copy them. */
const INLINE_MAX = 2048;
/** Bytes that a value apart takes in the field's block. */
const APART_BYTES = 9;
const TWO_TO_32 = 0x100000000;

/** Where a dictionary finds a field's name. */
export const FIELD_LAYOUT: EntryLayout = { lengthWord: 0, keyAt: NAME_AT };

/** Bytes that a value of `length` bytes takes in the field's block. */
function valueBytes(length: number): number {
  if (length < LENGTH_2) return 1 + length;
  return length <= INLINE_MAX ? 3 + length : APART_BYTES;
}

/** Reads and makes fields. `locate...` leave their result in fields, so nothing is allocated on the JavaScript heap. */
export class HashFields {
  readonly #arena: Arena;
  /** The bytes that the last `locateName` or `locateValue` found. */
  page: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  /** Where in `page` they begin. */
  at = 0;
  /** How many they are. */
  length = 0;
  /** By how many units of 8 bytes the last change has made fields grow. */
  growth = 0;

  constructor(arena: Arena) {
    this.#arena = arena;
  }

  /**
   * A new field.
   *
   * @param expiry milliseconds since the epoch, -1: none
   * @throws {ArenaExhausted}
   */
  create(
    name: Uint8Array,
    start: number,
    end: number,
    value: Uint8Array,
    valueStart: number,
    valueEnd: number,
    expiry: number,
  ): number {
    const arena = this.#arena;
    const nameAt = NAME_AT + (expiry < 0 ? 0 : EXPIRY_BYTES);
    const length = valueEnd - valueStart;
    const apart = length > INLINE_MAX ? this.#createApart(value, valueStart, length) : 0;
    let field: number;
    try {
      field = arena.allocate(nameAt + end - start + valueBytes(length));
    } catch (error) {
      if (apart !== 0) arena.free(apart);
      throw error;
    }
    const page = arena.u8[field >>> PAGE_SHIFT];
    const base = (field & UNIT_MASK) << 3;
    arena.u32[field >>> PAGE_SHIFT][base >>> 2] = (expiry < 0 ? 0 : EXPIRY_BIT) | (end - start);
    if (expiry >= 0) this.setExpiry(field, expiry);
    copyBytes(name, start, page, base + nameAt, end - start);
    const at = base + nameAt + end - start;
    if (apart !== 0) writeApart(page, at, length, apart);
    else writeInline(page, at, value, valueStart, length);
    this.growth = this.units(field);
    return field;
  }

  /** A block with a value that is too long for the field's. */
  #createApart(value: Uint8Array, start: number, length: number): number {
    const block = this.#arena.allocate(length);
    copyBytes(value, start, this.#arena.u8[block >>> PAGE_SHIFT], (block & UNIT_MASK) << 3, length);
    return block;
  }

  /**
   * A copy of a field; its value is copied too.
   *
   * @throws {ArenaExhausted}
   */
  duplicate(field: number): number {
    this.locateName(field);
    const { page, at, length } = this;
    this.locateValue(field);
    return this.create(
      page,
      at,
      at + length,
      this.page,
      this.at,
      this.at + this.length,
      this.expiry(field),
    );
  }

  /**
   * The field with another expiry, with none, or with one that it did not have: a new block. A value apart moves to
   * it, and `field` must be freed with `freeShell`.
   *
   * @param expiry milliseconds since the epoch, -1: none
   * @throws {ArenaExhausted}
   */
  reshape(field: number, expiry: number): number {
    const arena = this.#arena;
    this.locateName(field);
    const { page: from, at: fromAt, length: nameLength } = this;
    const marker = from[fromAt + nameLength];
    this.locateValue(field);
    const rest = nameLength + (marker === APART ? APART_BYTES : valueBytes(this.length));
    const nameAt = NAME_AT + (expiry < 0 ? 0 : EXPIRY_BYTES);
    const made = arena.allocate(nameAt + rest);
    const base = (made & UNIT_MASK) << 3;
    arena.u32[made >>> PAGE_SHIFT][base >>> 2] = (expiry < 0 ? 0 : EXPIRY_BIT) | nameLength;
    if (expiry >= 0) this.setExpiry(made, expiry);
    copyBytes(from, fromAt, arena.u8[made >>> PAGE_SHIFT], base + nameAt, rest);
    this.growth = (arena.capacity(made) - arena.capacity(field)) >> 3;
    return made;
  }

  /** When a field expires, milliseconds since the epoch; -1: never. */
  expiry(field: number): number {
    const words = this.#arena.u32[field >>> PAGE_SHIFT];
    const at = (field & UNIT_MASK) << 1;
    return words[at] < EXPIRY_BIT ? -1 : words[at + 2] * TWO_TO_32 + words[at + 1];
  }

  /** Changes the time of a field that has one. */
  setExpiry(field: number, expiry: number): void {
    const words = this.#arena.u32[field >>> PAGE_SHIFT];
    const at = (field & UNIT_MASK) << 1;
    words[at + 1] = expiry % TWO_TO_32;
    words[at + 2] = Math.floor(expiry / TWO_TO_32);
  }

  /** Sets `page`, `at` and `length` to the name. */
  locateName(field: number): void {
    const base = (field & UNIT_MASK) << 1;
    const word = this.#arena.u32[field >>> PAGE_SHIFT][base];
    this.page = this.#arena.u8[field >>> PAGE_SHIFT];
    this.at = (base << 2) + NAME_AT + ((word >>> 31) << 3);
    this.length = word & KEY_LENGTH_MASK;
  }

  /** Where in its page the value of a field begins, its length first. */
  #valueAt(field: number): number {
    const base = (field & UNIT_MASK) << 1;
    const word = this.#arena.u32[field >>> PAGE_SHIFT][base];
    return (base << 2) + NAME_AT + ((word >>> 31) << 3) + (word & KEY_LENGTH_MASK);
  }

  /** Sets `page`, `at` and `length` to the value. */
  locateValue(field: number): void {
    const page = this.#arena.u8[field >>> PAGE_SHIFT];
    const at = this.#valueAt(field);
    const marker = page[at];
    this.page = page;
    if (marker < LENGTH_2) {
      this.at = at + 1;
      this.length = marker;
    } else if (marker === LENGTH_2) {
      this.at = at + 3;
      this.length = page[at + 1] | (page[at + 2] << 8);
    } else {
      const block = readWord(page, at + 5);
      this.page = this.#arena.u8[block >>> PAGE_SHIFT];
      this.at = (block & UNIT_MASK) << 3;
      this.length = readWord(page, at + 1);
    }
  }

  /** The block of a value that lies apart, or 0. */
  #apart(field: number): number {
    const page = this.#arena.u8[field >>> PAGE_SHIFT];
    const at = this.#valueAt(field);
    return page[at] === APART ? readWord(page, at + 5) : 0;
  }

  /**
   * Writes another value into the field's block; false, and nothing has changed, where it needs another block.
   *
   * @throws {ArenaExhausted} and nothing has changed
   */
  overwrite(field: number, value: Uint8Array, start: number, end: number): boolean {
    const arena = this.#arena;
    const length = end - start;
    const page = arena.u8[field >>> PAGE_SHIFT];
    const at = this.#valueAt(field);
    const old = page[at] === APART ? readWord(page, at + 5) : 0;
    this.growth = 0;
    if (old !== 0 && length > INLINE_MAX && Arena.capacityFor(length) === arena.capacity(old)) {
      copyBytes(value, start, arena.u8[old >>> PAGE_SHIFT], (old & UNIT_MASK) << 3, length);
      writeApart(page, at, length, old);
      return true;
    }
    const bytes = at - ((field & UNIT_MASK) << 3) + valueBytes(length);
    if (Arena.capacityFor(bytes) !== arena.capacity(field)) return false;
    if (length > INLINE_MAX) {
      const apart = this.#createApart(value, start, length);
      writeApart(page, at, length, apart);
      this.growth = arena.capacity(apart) >>> 3;
    } else {
      writeInline(page, at, value, start, length);
    }
    if (old !== 0) {
      this.growth -= arena.capacity(old) >>> 3;
      arena.free(old);
    }
    return true;
  }

  /** Units of 8 bytes that a field and its value take in the arena. */
  units(field: number): number {
    const apart = this.#apart(field);
    const bytes = this.#arena.capacity(field) + (apart === 0 ? 0 : this.#arena.capacity(apart));
    return bytes / 8;
  }

  /** Frees a field and its value. */
  free(field: number): void {
    const apart = this.#apart(field);
    if (apart !== 0) this.#arena.free(apart);
    this.#arena.free(field);
  }

  /** Moves a value apart out of a page that is being vacated. */
  relocateApart(field: number): void {
    const page = this.#arena.u8[field >>> PAGE_SHIFT];
    const at = this.#valueAt(field);
    if (page[at] === APART) writeWord(page, at + 5, this.#arena.relocate(readWord(page, at + 5)));
  }

  /** Frees a field whose value has moved to another one. */
  freeShell(field: number): void {
    this.#arena.free(field);
  }
}

function writeInline(page: Uint8Array, at: number, value: Uint8Array, start: number, length: number): void {
  if (length < LENGTH_2) {
    page[at] = length;
    copyBytes(value, start, page, at + 1, length);
  } else {
    page[at] = LENGTH_2;
    page[at + 1] = length;
    page[at + 2] = length >>> 8;
    copyBytes(value, start, page, at + 3, length);
  }
}

function writeApart(page: Uint8Array, at: number, length: number, block: number): void {
  page[at] = APART;
  writeWord(page, at + 1, length);
  writeWord(page, at + 5, block);
}

function readWord(page: Uint8Array, at: number): number {
  return (page[at] | (page[at + 1] << 8) | (page[at + 2] << 16) | (page[at + 3] << 24)) >>> 0;
}

function writeWord(page: Uint8Array, at: number, word: number): void {
  page[at] = word;
  page[at + 1] = word >>> 8;
  page[at + 2] = word >>> 16;
  page[at + 3] = word >>> 24;
}
