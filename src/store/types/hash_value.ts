/**
 * Hashes: packed while they are small (hash_packed.ts), a table when they are large (hash_table.ts).
 *
 * A small hash becomes a listpackex when one of its fields is to expire, and either becomes a table where it exceeds
 * `hash-max-listpack-entries` or `-value`; no way leads back, as in Redis. Whether a field has expired is for the
 * caller to say: this class only keeps the times.
 *
 * @module
 */

import type { KeyHash } from "../../base/siphash.ts";
import type { Arena } from "../../memory/arena.ts";
import { Listpack, LISTPACK_MAX_BYTES } from "../../memory/listpack.ts";
import { ENCODING_HASHTABLE, ENCODING_LISTPACK, ENCODING_LISTPACKEX, type Entries } from "../entry.ts";
import { PackedHashes, PAIR, TRIPLE } from "./hash_packed.ts";
import { HashTables } from "./hash_table.ts";
import type { EncodingLimits } from "./limits.ts";
import type { Relocation, ValueType } from "./value_type.ts";

/** Bytes that the frames of a field's elements take in a listpack at the most. */
const FRAMES_MAX = 64;

function widthOf(encoding: number): number {
  return encoding === ENCODING_LISTPACKEX ? TRIPLE : PAIR;
}

/**
 * Operations on hashes, which are entries. `find` and what else passes fields leave one in `field` and `expiry`; it is
 * good until the hash changes. Bytes handed in must not lie in the hash.
 */
export class Hashes implements ValueType {
  readonly packed: PackedHashes;
  readonly tables: HashTables;
  readonly #entries: Entries;
  readonly #arena: Arena;
  readonly #limits: EncodingLimits;
  /** Reads names, while another reads the values: integers share the place for their digits. */
  readonly #names: Listpack;

  /** The field that was found or passed last, 0: none. */
  field = 0;
  /** When it expires, milliseconds since the epoch; -1: never. */
  expiry = -1;
  /** The bytes that the last `locateName` or `locateValue` found; an integer's are good until the next. */
  page: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  /** Where in `page` they begin. */
  at = 0;
  /** How many they are. */
  length = 0;

  #visitor: () => void = () => {};
  readonly #visitField = (field: number): void => {
    this.field = field;
    this.expiry = this.tables.fields.expiry(field);
    this.#visitor();
  };

  constructor(arena: Arena, entries: Entries, hash: KeyHash, limits: EncodingLimits) {
    this.#arena = arena;
    this.#entries = entries;
    this.#limits = limits;
    this.packed = new PackedHashes(arena);
    this.tables = new HashTables(arena, hash);
    this.#names = new Listpack(arena);
  }

  /**
   * The root of a new hash without fields, a listpack.
   *
   * @throws {ArenaExhausted}
   */
  create(): number {
    return this.packed.listpacks.create();
  }

  /** Number of fields, those included that have expired and that nobody has met yet. */
  count(entry: number): number {
    const encoding = this.#entries.encoding(entry);
    const root = this.#entries.root(entry);
    return encoding === ENCODING_HASHTABLE
      ? this.tables.count(root)
      : this.packed.count(root, widthOf(encoding));
  }

  /** Whether there is a field with the name `bytes[start, end)`. */
  find(entry: number, bytes: Uint8Array, start: number, end: number): boolean {
    const encoding = this.#entries.encoding(entry);
    const root = this.#entries.root(entry);
    if (encoding === ENCODING_HASHTABLE) {
      const field = this.tables.find(root, bytes, start, end);
      this.field = field;
      this.expiry = field === 0 ? -1 : this.tables.fields.expiry(field);
    } else {
      const width = widthOf(encoding);
      const field = this.packed.find(root, width, bytes, start, end);
      this.field = field;
      this.expiry = field === 0 ? -1 : this.packed.expiry(root, width, field);
    }
    return this.field !== 0;
  }

  /** Sets `page`, `at` and `length` to the name of the field that was found. */
  locateName(entry: number): void {
    if (this.#entries.encoding(entry) === ENCODING_HASHTABLE) {
      const fields = this.tables.fields;
      fields.locateName(this.field);
      this.page = fields.page;
      this.at = fields.at;
      this.length = fields.length;
    } else {
      this.#locateElement(this.#entries.root(entry), this.field);
    }
  }

  /** Sets `page`, `at` and `length` to the value of the field that was found. */
  locateValue(entry: number): void {
    if (this.#entries.encoding(entry) === ENCODING_HASHTABLE) {
      const fields = this.tables.fields;
      fields.locateValue(this.field);
      this.page = fields.page;
      this.at = fields.at;
      this.length = fields.length;
    } else {
      const root = this.#entries.root(entry);
      this.#locateElement(root, this.packed.listpacks.next(root, this.field));
    }
  }

  #locateElement(listpack: number, position: number): void {
    const listpacks = this.packed.listpacks;
    listpacks.get(listpack, position);
    this.page = listpacks.page;
    this.at = listpacks.at;
    this.length = listpacks.length;
  }

  /**
   * Gives the field with that name, which the last `find` has found or has not found, a value; adds it where it is not
   * there. It keeps its expiry, or loses it.
   *
   * @throws {ArenaExhausted} and nothing has changed but, maybe, the encoding
   */
  put(
    entry: number,
    name: Uint8Array,
    start: number,
    end: number,
    value: Uint8Array,
    valueStart: number,
    valueEnd: number,
    keepExpiry: boolean,
  ): void {
    const entries = this.#entries;
    let encoding = entries.encoding(entry);
    if (encoding !== ENCODING_HASHTABLE && this.#outgrows(entry, end - start, valueEnd - valueStart)) {
      this.convert(entry);
      this.find(entry, name, start, end);
      encoding = ENCODING_HASHTABLE;
    }
    const root = entries.root(entry);
    const { field, packed, tables } = this;
    if (encoding === ENCODING_HASHTABLE) {
      if (field === 0) this.field = tables.add(root, name, start, end, value, valueStart, valueEnd, -1);
      else this.field = tables.setValue(root, field, value, valueStart, valueEnd, keepExpiry);
    } else {
      const width = widthOf(encoding);
      packed.root = root;
      try {
        if (field === 0) this.field = packed.add(width, name, start, end, value, valueStart, valueEnd);
        else this.field = packed.setValue(width, field, value, valueStart, valueEnd, keepExpiry);
      } finally {
        entries.setRoot(entry, packed.root);
      }
    }
    if (!keepExpiry) this.expiry = -1;
  }

  /**
   * Gives a field a value; its expiry goes. Returns whether the field is new.
   *
   * @throws {ArenaExhausted} and nothing has changed but, maybe, the encoding
   */
  set(
    entry: number,
    name: Uint8Array,
    start: number,
    end: number,
    value: Uint8Array,
    valueStart: number,
    valueEnd: number,
  ): boolean {
    const found = this.find(entry, name, start, end);
    this.put(entry, name, start, end, value, valueStart, valueEnd, false);
    return !found;
  }

  /** Whether a packed hash must become a table to take the field that was found, or not found, with such lengths. */
  #outgrows(entry: number, nameLength: number, valueLength: number): boolean {
    const limits = this.#limits;
    if (nameLength > limits.hashMaxListpackValue || valueLength > limits.hashMaxListpackValue) return true;
    if (this.count(entry) + (this.field === 0 ? 1 : 0) > limits.hashMaxListpackEntries) return true;
    const bytes = this.packed.listpacks.bytes(this.#entries.root(entry));
    return bytes + nameLength + valueLength + FRAMES_MAX > LISTPACK_MAX_BYTES;
  }

  /**
   * Makes a packed hash a table.
   *
   * @throws {ArenaExhausted} and nothing has changed
   */
  convert(entry: number): void {
    const entries = this.#entries;
    const packed = this.packed;
    const root = entries.root(entry);
    const table = this.tables.create();
    try {
      const width = widthOf(entries.encoding(entry));
      for (let p = packed.listpacks.first(root); p !== 0; p = packed.next(root, width, p)) {
        this.#names.get(root, p);
        const { page, at, length } = this.#names;
        this.#locateElement(root, packed.listpacks.next(root, p));
        const expiry = width === PAIR ? -1 : this.#expiryAt(root, p);
        this.tables.insert(
          table,
          page,
          at,
          at + length,
          this.page,
          this.at,
          this.at + this.length,
          expiry,
        );
      }
    } catch (error) {
      this.tables.free(table);
      throw error;
    }
    entries.setRoot(entry, table);
    entries.setEncoding(entry, ENCODING_HASHTABLE);
    this.#arena.free(root);
  }

  /** The expiry of a field of a listpackex, read without touching what `#locateElement` has found. */
  #expiryAt(root: number, position: number): number {
    const names = this.#names;
    const expiry = names.getInteger(root, names.next(root, names.next(root, position)));
    return expiry === 0 ? -1 : expiry;
  }

  /** Removes the field that was found. */
  removeFound(entry: number): void {
    const entries = this.#entries;
    const encoding = entries.encoding(entry);
    const root = entries.root(entry);
    if (encoding === ENCODING_HASHTABLE) {
      this.tables.removeFound(root, this.field);
    } else {
      this.packed.root = root;
      this.packed.remove(widthOf(encoding), this.field);
      entries.setRoot(entry, this.packed.root);
    }
    this.field = 0;
  }

  /**
   * Makes a packed hash one whose fields may expire, as Redis does whenever somebody asks for that.
   *
   * @throws {ArenaExhausted} and nothing has changed
   */
  makeExpirable(entry: number): void {
    const entries = this.#entries;
    if (entries.encoding(entry) !== ENCODING_LISTPACK) return;
    const root = entries.root(entry);
    entries.setRoot(entry, this.packed.withExpiries(root));
    entries.setEncoding(entry, ENCODING_LISTPACKEX);
    this.#arena.free(root);
  }

  /**
   * Sets when the field that was found expires, or that it does not. The hash must be expirable, and the database be
   * told with `setVolatileFields`.
   *
   * @param expiry milliseconds since the epoch, -1: never
   * @throws {ArenaExhausted} and nothing has changed
   */
  setExpiry(entry: number, expiry: number): void {
    const entries = this.#entries;
    const root = entries.root(entry);
    if (entries.encoding(entry) === ENCODING_HASHTABLE) {
      this.field = this.tables.setExpiry(root, this.field, expiry);
    } else {
      this.packed.root = root;
      try {
        this.field = this.packed.setExpiry(this.field, expiry);
      } finally {
        entries.setRoot(entry, this.packed.root);
      }
    }
    this.expiry = expiry;
  }

  /** When the first field of a hash expires, milliseconds since the epoch; -1: none does. */
  firstExpiry(entry: number): number {
    const encoding = this.#entries.encoding(entry);
    const root = this.#entries.root(entry);
    if (encoding !== ENCODING_HASHTABLE) return this.packed.firstExpiry(root, widthOf(encoding));
    const field = this.tables.firstExpiring(root);
    return field === 0 ? -1 : this.tables.fields.expiry(field);
  }

  /** Whether a field expires before `time`, milliseconds since the epoch; then the first one is found. */
  findDue(entry: number, time: number): boolean {
    const expiry = this.firstExpiry(entry);
    if (expiry < 0 || expiry >= time) return false;
    const root = this.#entries.root(entry);
    if (this.#entries.encoding(entry) === ENCODING_HASHTABLE) {
      const fields = this.tables.fields;
      fields.locateName(this.tables.firstExpiring(root));
      return this.find(entry, fields.page, fields.at, fields.at + fields.length);
    }
    this.field = this.packed.listpacks.first(root);
    this.expiry = expiry;
    return true;
  }

  /** Number of fields that expire before `time`, milliseconds since the epoch. */
  countBefore(entry: number, time: number): number {
    const encoding = this.#entries.encoding(entry);
    const root = this.#entries.root(entry);
    return encoding === ENCODING_HASHTABLE
      ? this.tables.countBefore(root, time)
      : this.packed.countBefore(root, widthOf(encoding), time);
  }

  /** Passes each field, which `visit` finds in `field` and `expiry`; it must not change the hash. */
  each(entry: number, visit: () => void): void {
    this.scan(entry, 0, Infinity, visit);
  }

  /**
   * Passes fields from `cursor` on, about `count` of a table and all of a packed hash; returns the cursor to go on from,
   * 0 at the end. A field that is there throughout is passed whatever else changes.
   */
  scan(entry: number, cursor: number, count: number, visit: () => void): number {
    const encoding = this.#entries.encoding(entry);
    const root = this.#entries.root(entry);
    if (encoding === ENCODING_HASHTABLE) {
      this.#visitor = visit;
      return this.tables.scan(root, cursor, count, this.#visitField);
    }
    const packed = this.packed;
    const width = widthOf(encoding);
    for (let p = packed.listpacks.first(root); p !== 0; p = packed.next(root, width, p)) {
      this.field = p;
      this.expiry = packed.expiry(root, width, p);
      visit();
    }
    return 0;
  }

  /**
   * Finds a field at random, each about equally likely. The hash must have one.
   *
   * @param random gives unsigned 32-bit numbers
   */
  findRandom(entry: number, random: () => number): void {
    const encoding = this.#entries.encoding(entry);
    const root = this.#entries.root(entry);
    if (encoding === ENCODING_HASHTABLE) {
      this.field = this.tables.random(root, random);
      this.expiry = this.tables.fields.expiry(this.field);
      return;
    }
    const width = widthOf(encoding);
    const index = Math.floor(random() / 0x100000000 * this.packed.count(root, width));
    this.field = this.packed.at(root, width, index);
    this.expiry = this.packed.expiry(root, width, this.field);
  }

  peek(root: number, encoding: number, hash: number): number {
    return encoding === ENCODING_HASHTABLE ? this.tables.peek(root, hash) : root;
  }

  duplicate(root: number, encoding: number): number {
    return encoding === ENCODING_HASHTABLE
      ? this.tables.duplicate(root)
      : this.packed.listpacks.duplicate(root);
  }

  relocate(at: Relocation, encoding: number): boolean {
    if (encoding === ENCODING_HASHTABLE) return this.tables.relocate(at);
    at.root = this.#arena.relocate(at.root);
    return true;
  }

  startDrain(root: number, encoding: number): void {
    if (encoding === ENCODING_HASHTABLE) this.tables.startDrain(root);
  }

  drain(root: number, encoding: number, count: number): boolean {
    if (encoding === ENCODING_HASHTABLE) return this.tables.drain(root, count);
    this.#arena.free(root);
    return true;
  }

  size(root: number, encoding: number): number {
    return encoding === ENCODING_HASHTABLE ? this.tables.size(root) : this.#arena.capacity(root);
  }

  check(root: number, encoding: number): void {
    if (encoding === ENCODING_HASHTABLE) this.tables.check(root);
    else this.packed.check(root, widthOf(encoding));
  }
}
