/**
 * The entry: one key with its value, as it lies in the arena.
 *
 * ```text
 *  word 0   access 31..8 (24 bits: seconds for LRU, later minutes and counter for LFU)
 *           7: fields of this hash expire   type 6..4   encoding 3..0
 *  word 1   31: has expiry   30: value is in a block of its own   29..0: length of the key
 *  word 2   string: length of the value in bytes; other types: reference of their root
 *  [ 8 bytes: expiry, milliseconds since the epoch, low word first ]          only where word 1 says so
 *  key
 *  value, or (4-byte aligned) the reference of its block
 * ```
 *
 * A string is kept as its bytes whatever its encoding is called: `GET` copies them, `INCR` reads and writes digits,
 * and a small number takes less than the 8 bytes it would have as an integer. There is no terminator and no capacity
 * field: the arena knows how large a block is, and what is left over serves APPEND.
 *
 * @module
 */

import { isInt64Text } from "../base/numbers.ts";
import { Arena, PAGE_SHIFT, UNIT_MASK } from "../memory/arena.ts";
import { copyBytes } from "../memory/copy_bytes.ts";
import { type EntryLayout, KEY_LENGTH_MASK } from "../memory/dictionary.ts";
import type { ValueType } from "./types/value_type.ts";

/** Types, as the TYPE command names them. */
export const TYPE_STRING = 0, TYPE_LIST = 1, TYPE_SET = 2, TYPE_ZSET = 3, TYPE_HASH = 4, TYPE_STREAM = 5;
/** The names of the types, by number. */
export const TYPE_NAMES = ["string", "list", "set", "zset", "hash", "stream"] as const;

/** Encodings of strings. */
export const ENCODING_RAW = 0, ENCODING_INT = 1, ENCODING_EMBSTR = 2;
/** Encodings of collections. */
export const ENCODING_LISTPACK = 3,
  ENCODING_QUICKLIST = 4,
  ENCODING_INTSET = 5,
  ENCODING_HASHTABLE = 6,
  ENCODING_SKIPLIST = 7,
  ENCODING_STREAM = 8,
  ENCODING_LISTPACKEX = 9;
/** The names of the encodings as OBJECT ENCODING gives them, by number. */
export const ENCODING_NAMES = [
  "raw",
  "int",
  "embstr",
  "listpack",
  "quicklist",
  "intset",
  "hashtable",
  "skiplist",
  "stream",
  "listpackex",
] as const;

/** Longest string that is called embstr, in bytes. */
const EMBSTR_MAX = 44;
/** Longest text that may be called int: what a 64-bit integer needs. */
const INT_MAX_LENGTH = 20;

/** The encoding that Redis gives to a value that a client sends: its tryObjectEncoding. */
export function stringEncoding(bytes: Uint8Array, start: number, end: number): number {
  if (end - start <= INT_MAX_LENGTH && isInt64Text(bytes, start, end)) return ENCODING_INT;
  return textEncoding(end - start);
}

/** The encoding of a string of `length` bytes that is not looked at for an integer: Redis's createStringObject. */
export function textEncoding(length: number): number {
  return length <= EMBSTR_MAX ? ENCODING_EMBSTR : ENCODING_RAW;
}

const HEADER_BYTES = 12;
const TYPE_MASK = 7;
const VOLATILE_FIELDS_BIT = 0x80;
const EXPIRY_BIT = 0x80000000;
const APART_BIT = 0x40000000;
/** Values longer than this lie in a block of their own, so that a change of expiry or name does not copy them. */
const INLINE_MAX = 2048;
/** Longest key and longest value, in bytes. */
export const MAX_LENGTH = KEY_LENGTH_MASK;

/** The latest expiry time, milliseconds: the greatest double below 2^63. Beyond 2^53 times are rounded to doubles. */
export const LAST_EXPIRY = 2 ** 63 - 1024;

/** Blocks of a collection that are freed at once; what is left then is freed by and by. */
const FREE_AT_ONCE = 64;

/** Where the dictionary finds an entry's key. */
export const ENTRY_LAYOUT: EntryLayout = { lengthWord: 1, keyAt: HEADER_BYTES };

/** Reads and makes entries. One instance a server; `locate...` leave their result in fields, so nothing is allocated. */
export class Entries {
  readonly arena: Arena;
  /** The bytes that the last `locateKey` or `locateValue` found the key or value in. */
  page: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  /** Where in `page` it begins. */
  at = 0;
  /** How many bytes it has. */
  length = 0;
  /** The types of collections, by number. */
  readonly types: ValueType[] = [];
  /** Takes over a large collection that is prepared to be drained. */
  onLarge: (type: number, encoding: number, root: number) => void = () => {};

  constructor(arena: Arena) {
    this.arena = arena;
  }

  #word(entry: number, word: number): number {
    return this.arena.u32[entry >>> PAGE_SHIFT][((entry & UNIT_MASK) << 1) + word];
  }

  #setWord(entry: number, word: number, value: number): void {
    this.arena.u32[entry >>> PAGE_SHIFT][((entry & UNIT_MASK) << 1) + word] = value;
  }

  /** One of the TYPE_ numbers. */
  type(entry: number): number {
    return (this.#word(entry, 0) >>> 4) & TYPE_MASK;
  }

  /** One of the ENCODING_ numbers. */
  encoding(entry: number): number {
    return this.#word(entry, 0) & 15;
  }

  setEncoding(entry: number, encoding: number): void {
    this.#setWord(entry, 0, (this.#word(entry, 0) & ~15) | encoding);
  }

  /** The reference of a collection. */
  root(entry: number): number {
    return this.#word(entry, 2);
  }

  setRoot(entry: number, root: number): void {
    this.#setWord(entry, 2, root);
  }

  /** Whether fields of a hash expire; the database keeps a list of such entries (see its `setVolatileFields`). */
  hasVolatileFields(entry: number): boolean {
    return (this.#word(entry, 0) & VOLATILE_FIELDS_BIT) !== 0;
  }

  /** For the database only. */
  markVolatileFields(entry: number, volatile: boolean): void {
    const word = this.#word(entry, 0);
    this.#setWord(entry, 0, volatile ? word | VOLATILE_FIELDS_BIT : word & ~VOLATILE_FIELDS_BIT);
  }

  /** The 24 bits that say when (or how often) the key was last used. */
  access(entry: number): number {
    return this.#word(entry, 0) >>> 8;
  }

  setAccess(entry: number, access: number): void {
    const words = this.arena.u32[entry >>> PAGE_SHIFT];
    const at = (entry & UNIT_MASK) << 1;
    if (words[at] >>> 8 !== access) words[at] = (access << 8) | (words[at] & 0xff);
  }

  /** Whether the key has a time to live. */
  hasExpiry(entry: number): boolean {
    return this.#word(entry, 1) >= EXPIRY_BIT;
  }

  /** When the key expires, milliseconds since the epoch; -1: never. */
  expiry(entry: number): number {
    const words = this.arena.u32[entry >>> PAGE_SHIFT];
    const at = (entry & UNIT_MASK) << 1;
    if (words[at + 1] < EXPIRY_BIT) return -1;
    return words[at + 4] * 0x100000000 + words[at + 3];
  }

  /** Changes the time of an entry that has one. */
  setExpiry(entry: number, expiry: number): void {
    this.#setWord(entry, 3, expiry % 0x100000000);
    this.#setWord(entry, 4, Math.floor(expiry / 0x100000000));
  }

  /** Length of the key in bytes. */
  keyLength(entry: number): number {
    return this.#word(entry, 1) & KEY_LENGTH_MASK;
  }

  /** Length of a string value in bytes. */
  valueLength(entry: number): number {
    return this.#word(entry, 2);
  }

  /** Sets `page`, `at` and `length` to the key. */
  locateKey(entry: number): void {
    const word = this.#word(entry, 1);
    this.page = this.arena.u8[entry >>> PAGE_SHIFT];
    this.at = ((entry & UNIT_MASK) << 3) + HEADER_BYTES + ((word >>> 31) << 3);
    this.length = word & KEY_LENGTH_MASK;
  }

  /** Sets `page`, `at` and `length` to the string value. */
  locateValue(entry: number): void {
    const words = this.arena.u32[entry >>> PAGE_SHIFT];
    const base = (entry & UNIT_MASK) << 1;
    const word = words[base + 1];
    const at = (base << 2) + HEADER_BYTES + ((word >>> 31) << 3) + (word & KEY_LENGTH_MASK);
    this.length = words[base + 2];
    if ((word & APART_BIT) === 0) {
      this.page = this.arena.u8[entry >>> PAGE_SHIFT];
      this.at = at;
    } else {
      const block = words[(at + 3) >>> 2];
      this.page = this.arena.u8[block >>> PAGE_SHIFT];
      this.at = (block & UNIT_MASK) << 3;
    }
  }

  /** The block that the value has to itself, or 0. */
  #blockOf(entry: number): number {
    const words = this.arena.u32[entry >>> PAGE_SHIFT];
    const base = (entry & UNIT_MASK) << 1;
    const word = words[base + 1];
    if ((word & APART_BIT) === 0) return 0;
    return words[((base << 2) + HEADER_BYTES + ((word >>> 31) << 3) + (word & KEY_LENGTH_MASK) + 3) >>> 2];
  }

  /** How many bytes a string value could have without moving. */
  valueCapacity(entry: number): number {
    const block = this.#blockOf(entry);
    if (block !== 0) return this.arena.capacity(block);
    const word = this.#word(entry, 1);
    return this.arena.capacity(entry) - HEADER_BYTES - ((word >>> 31) << 3) - (word & KEY_LENGTH_MASK);
  }

  /**
   * Whether a string of `length` bytes may be written over the value without moving, and without wasting more than
   * a new block would.
   */
  fits(entry: number, length: number): boolean {
    if (length === this.valueLength(entry)) return true;
    const block = this.#blockOf(entry);
    if (block !== 0) {
      return length > INLINE_MAX && Arena.capacityFor(length) === this.arena.capacity(block);
    }
    if (length > INLINE_MAX) return false;
    const word = this.#word(entry, 1);
    const bytes = HEADER_BYTES + ((word >>> 31) << 3) + (word & KEY_LENGTH_MASK) + length;
    return Arena.capacityFor(bytes) === this.arena.capacity(entry);
  }

  /** Changes the length of a value that has the capacity for it. */
  setValueLength(entry: number, length: number): void {
    this.#setWord(entry, 2, length);
  }

  /**
   * A new string entry whose value is yet to be written (see `locateValue`).
   *
   * @param expiry milliseconds since the epoch, -1: none
   * @param length of the value, in bytes
   * @param capacity bytes to make room for, at least `length`
   * @throws {ArenaExhausted}
   */
  create(
    key: Uint8Array,
    start: number,
    end: number,
    encoding: number,
    access: number,
    expiry: number,
    length: number,
    capacity: number,
  ): number {
    const arena = this.arena;
    const keyLength = end - start;
    const apart = capacity > INLINE_MAX;
    const valueAt = HEADER_BYTES + (expiry < 0 ? 0 : 8) + keyLength;
    const block = apart ? arena.allocate(capacity) : 0;
    let entry: number;
    try {
      entry = arena.allocate(apart ? ((valueAt + 3) & ~3) + 4 : valueAt + capacity);
    } catch (error) {
      if (apart) arena.free(block);
      throw error;
    }
    const words = arena.u32[entry >>> PAGE_SHIFT];
    const base = (entry & UNIT_MASK) << 1;
    words[base] = (access << 8) | (TYPE_STRING << 4) | encoding;
    words[base + 1] = (expiry < 0 ? 0 : EXPIRY_BIT) | (apart ? APART_BIT : 0) | keyLength;
    words[base + 2] = length;
    if (expiry >= 0) this.setExpiry(entry, expiry);
    if (apart) words[((base << 2) + valueAt + 3) >>> 2] = block;
    copyBytes(key, start, arena.u8[entry >>> PAGE_SHIFT], (base << 2) + valueAt - keyLength, keyLength);
    return entry;
  }

  /**
   * A new entry with a collection.
   *
   * @param expiry milliseconds since the epoch, -1: none
   * @throws {ArenaExhausted} and `root` is still the caller's
   */
  createCollection(
    key: Uint8Array,
    start: number,
    end: number,
    type: number,
    encoding: number,
    access: number,
    expiry: number,
    root: number,
  ): number {
    const entry = this.create(key, start, end, encoding, access, expiry, 0, 0);
    const words = this.arena.u32[entry >>> PAGE_SHIFT];
    const base = (entry & UNIT_MASK) << 1;
    words[base] |= type << 4;
    words[base + 2] = root;
    return entry;
  }

  /**
   * A new entry with the value of `entry` under another key or with another expiry. The value is moved, not copied,
   * where it is a collection or has a block of its own: `entry` must then be freed with `freeShell`.
   *
   * @throws {ArenaExhausted}
   */
  reshape(entry: number, key: Uint8Array, start: number, end: number, expiry: number): number {
    const block = this.#blockOf(entry);
    const length = this.valueLength(entry);
    const access = this.access(entry);
    const encoding = this.encoding(entry);
    const type = this.type(entry);
    if (type !== TYPE_STRING) {
      const root = this.root(entry);
      const made = this.createCollection(key, start, end, type, encoding, access, expiry, root);
      if (this.hasVolatileFields(entry)) this.markVolatileFields(made, true);
      return made;
    }
    if (block === 0) {
      const made = this.create(key, start, end, encoding, access, expiry, length, length);
      this.#copyValue(entry, made);
      return made;
    }
    const keyLength = end - start;
    const valueAt = HEADER_BYTES + (expiry < 0 ? 0 : 8) + keyLength;
    const made = this.create(key, start, end, encoding, access, expiry, length, 8 + 3);
    // Enough room was asked for to put the reference where the value would be.
    const words = this.arena.u32[made >>> PAGE_SHIFT];
    const base = (made & UNIT_MASK) << 1;
    words[base + 1] |= APART_BIT;
    words[((base << 2) + valueAt + 3) >>> 2] = block;
    return made;
  }

  /**
   * A new entry with a copy of the value under another key.
   *
   * @throws {ArenaExhausted}
   */
  duplicate(entry: number, key: Uint8Array, start: number, end: number, access: number): number {
    if (this.type(entry) !== TYPE_STRING) return this.#duplicateCollection(entry, key, start, end, access);
    const length = this.valueLength(entry);
    const made = this.create(
      key,
      start,
      end,
      this.encoding(entry),
      access,
      this.expiry(entry),
      length,
      length,
    );
    this.#copyValue(entry, made);
    return made;
  }

  #duplicateCollection(entry: number, key: Uint8Array, start: number, end: number, access: number): number {
    const type = this.type(entry);
    const encoding = this.encoding(entry);
    const expiry = this.expiry(entry);
    const root = this.types[type].duplicate(this.root(entry), encoding);
    try {
      const made = this.createCollection(key, start, end, type, encoding, access, expiry, root);
      if (this.hasVolatileFields(entry)) this.markVolatileFields(made, true);
      return made;
    } catch (error) {
      this.freeCollection(type, encoding, root);
      throw error;
    }
  }

  #copyValue(from: number, to: number): void {
    this.locateValue(from);
    const page = this.page;
    const at = this.at;
    const length = this.length;
    this.locateValue(to);
    copyBytes(page, at, this.page, this.at, length);
  }

  /** Moves the block that a string value has to itself out of a page that is being vacated. */
  relocateValue(entry: number): void {
    const block = this.#blockOf(entry);
    if (block === 0) return;
    const words = this.arena.u32[entry >>> PAGE_SHIFT];
    const base = (entry & UNIT_MASK) << 1;
    const word = words[base + 1];
    const at = (base << 2) + HEADER_BYTES + ((word >>> 31) << 3) + (word & KEY_LENGTH_MASK);
    words[(at + 3) >>> 2] = this.arena.relocate(block);
  }

  /** Frees an entry and its value, of a large collection about `atOnce` blocks at once. */
  free(entry: number, atOnce = FREE_AT_ONCE): void {
    const type = this.type(entry);
    if (type !== TYPE_STRING) {
      this.freeCollection(type, this.encoding(entry), this.root(entry), atOnce);
    } else {
      const block = this.#blockOf(entry);
      if (block !== 0) this.arena.free(block);
    }
    this.arena.free(entry);
  }

  /** Frees a collection that no entry has any more: at once where it is small, by and by otherwise. */
  freeCollection(type: number, encoding: number, root: number, atOnce = FREE_AT_ONCE): void {
    const values = this.types[type];
    values.startDrain(root, encoding);
    if (!values.drain(root, encoding, atOnce)) this.onLarge(type, encoding, root);
  }

  /** Frees an entry whose value has moved to another one, or went with it. */
  freeShell(entry: number): void {
    this.arena.free(entry);
  }

  /**
   * Checks all invariants of a collection.
   *
   * @throws {Error} that names the first one broken
   */
  check(entry: number): void {
    const type = this.type(entry);
    if (type !== TYPE_STRING) this.types[type].check(this.root(entry), this.encoding(entry));
  }

  /** Bytes of the arena that the entry and its value take. */
  size(entry: number): number {
    const type = this.type(entry);
    if (type !== TYPE_STRING) {
      return this.arena.capacity(entry) + this.types[type].size(this.root(entry), this.encoding(entry));
    }
    const block = this.#blockOf(entry);
    return this.arena.capacity(entry) + (block === 0 ? 0 : this.arena.capacity(block));
  }
}
