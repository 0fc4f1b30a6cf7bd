/**
 * Sets: an intset while all members are integers and few, a listpack while they are few and short, else a table (see
 * set_table.ts). What becomes a table stays one, as in Redis 7.2.
 *
 * @module
 */

import type { KeyHash } from "../../base/siphash.ts";
import type { Arena } from "../../memory/arena.ts";
import { Int64 } from "../../memory/int64.ts";
import { Intset } from "../../memory/intset.ts";
import { Listpack, LISTPACK_MAX_BYTES } from "../../memory/listpack.ts";
import { ENCODING_HASHTABLE, ENCODING_INTSET, ENCODING_LISTPACK, type Entries } from "../entry.ts";
import type { EncodingLimits } from "./limits.ts";
import { SetCursor } from "./set_cursor.ts";
import { SetTables } from "./set_table.ts";
import type { Relocation, ValueType } from "./value_type.ts";

/** Bytes that the frame of an element takes in a listpack at the most. */
const FRAME_MAX = 10;
const TWO_TO_32 = 4294967296;

/**
 * Operations on the sets of entries. What adds members may throw ArenaExhausted: nothing has changed then. Bytes handed
 * in must not lie in the set that is changed.
 *
 * To look at all members: `for (let more = sets.first(entry, cursor); more; more = cursor.next())`, which allocates
 * nothing, or `forEach` where that does not matter.
 */
export class Sets implements ValueType {
  readonly listpacks: Listpack;
  readonly intsets: Intset;
  readonly tables: SetTables;
  readonly #arena: Arena;
  readonly #entries: Entries;
  readonly #limits: EncodingLimits;
  readonly #integer = new Int64();
  /** Walks over a set that is converted or copied. */
  readonly #walk: SetCursor;
  /** For commands that walk over one set at a time; `pick` and `locate` set it too. */
  readonly shared: SetCursor;

  constructor(arena: Arena, entries: Entries, hash: KeyHash, limits: EncodingLimits) {
    this.#arena = arena;
    this.#entries = entries;
    this.#limits = limits;
    this.listpacks = new Listpack(arena);
    this.intsets = new Intset(arena);
    this.tables = new SetTables(arena, hash);
    this.#walk = this.cursor();
    this.shared = this.cursor();
  }

  /**
   * The encoding that a new set gets whose first member is `bytes[start, end)` and which is expected to get so many
   * members: Redis's setTypeCreate.
   */
  encodingFor(bytes: Uint8Array, start: number, end: number, members: number): number {
    const { setMaxIntsetEntries, setMaxListpackEntries, setMaxListpackValue } = this.#limits;
    if (members <= setMaxIntsetEntries && this.#integer.parse(bytes, start, end)) return ENCODING_INTSET;
    const packed = members <= setMaxListpackEntries && end - start <= setMaxListpackValue;
    return packed ? ENCODING_LISTPACK : ENCODING_HASHTABLE;
  }

  /** Root of a new, empty set in an encoding. @throws {ArenaExhausted} */
  create(encoding: number): number {
    if (encoding === ENCODING_INTSET) return this.intsets.create();
    return encoding === ENCODING_LISTPACK ? this.listpacks.create() : this.tables.dictionary.create();
  }

  /** Number of members. */
  count(entry: number): number {
    return this.#count(this.#entries.root(entry), this.#entries.encoding(entry));
  }

  #count(root: number, encoding: number): number {
    if (encoding === ENCODING_HASHTABLE) return this.tables.dictionary.count(root);
    return encoding === ENCODING_INTSET ? this.intsets.count(root) : this.listpacks.count(root);
  }

  /** Whether `bytes[start, end)` is a member. */
  has(entry: number, bytes: Uint8Array, start: number, end: number): boolean {
    const root = this.#entries.root(entry);
    const encoding = this.#entries.encoding(entry);
    if (encoding === ENCODING_HASHTABLE) return this.tables.has(root, bytes, start, end);
    if (encoding === ENCODING_INTSET) return this.intsets.has(root, bytes, start, end);
    return this.listpacks.find(root, this.listpacks.first(root), bytes, start, end, 0) !== 0;
  }

  /** Adds a member, and converts the set where that is too much for its encoding; false where it was there. */
  add(entry: number, bytes: Uint8Array, start: number, end: number): boolean {
    const encoding = this.#entries.encoding(entry);
    if (encoding === ENCODING_HASHTABLE) {
      return this.tables.add(this.#entries.root(entry), bytes, start, end);
    }
    if (encoding === ENCODING_INTSET) return this.#addToIntset(entry, bytes, start, end);
    return this.#addToListpack(entry, bytes, start, end);
  }

  #addToListpack(entry: number, bytes: Uint8Array, start: number, end: number): boolean {
    const { listpacks } = this;
    const root = this.#entries.root(entry);
    if (listpacks.find(root, listpacks.first(root), bytes, start, end, 0) !== 0) return false;
    const { setMaxListpackEntries, setMaxListpackValue } = this.#limits;
    const length = end - start;
    if (
      listpacks.count(root) < setMaxListpackEntries && length <= setMaxListpackValue &&
      listpacks.bytes(root) + length + FRAME_MAX <= LISTPACK_MAX_BYTES
    ) {
      this.#entries.setRoot(entry, listpacks.append(root, bytes, start, end));
    } else {
      this.#convertToTable(entry, bytes, start, end);
    }
    return true;
  }

  #addToIntset(entry: number, bytes: Uint8Array, start: number, end: number): boolean {
    const { intsets } = this;
    const integer = this.#integer;
    const root = this.#entries.root(entry);
    if (!integer.parse(bytes, start, end)) {
      if (this.#fitsListpack(root, end - start)) this.#convertToListpack(entry, bytes, start, end);
      else this.#convertToTable(entry, bytes, start, end);
      return true;
    }
    if (intsets.count(root) < this.#limits.setMaxIntsetEntries) {
      this.#entries.setRoot(entry, intsets.addInt64(root, integer));
      return intsets.added;
    }
    if (intsets.hasInt64(root, integer)) return false;
    this.#convertToTable(entry, bytes, start, end);
    return true;
  }

  /** Whether an intset and a string of `length` bytes may become a listpack. */
  #fitsListpack(intset: number, length: number): boolean {
    const { intsets } = this;
    const { setMaxListpackEntries, setMaxListpackValue } = this.#limits;
    const count = intsets.count(intset);
    if (count >= setMaxListpackEntries || length > setMaxListpackValue) return false;
    if (count === 0) return true;
    intsets.get(intset, 0);
    const shortest = intsets.length;
    intsets.get(intset, count - 1);
    return Math.max(shortest, intsets.length) <= setMaxListpackValue &&
      count * (Math.max(shortest, intsets.length) + FRAME_MAX) + length <= LISTPACK_MAX_BYTES;
  }

  /** Makes an intset a listpack with one member more. */
  #convertToListpack(entry: number, bytes: Uint8Array, start: number, end: number): void {
    const { intsets, listpacks } = this;
    const root = this.#entries.root(entry);
    const count = intsets.count(root);
    let listpack = listpacks.create();
    try {
      for (let i = 0; i < count; i++) {
        intsets.getInteger(root, i);
        listpack = listpacks.appendInt64(listpack, intsets.exact);
      }
      listpack = listpacks.append(listpack, bytes, start, end);
    } catch (error) {
      listpacks.free(listpack);
      throw error;
    }
    this.#replace(entry, ENCODING_LISTPACK, listpack);
  }

  /** Makes an intset or listpack a table with one member more. */
  #convertToTable(entry: number, bytes: Uint8Array, start: number, end: number): void {
    const table = this.#tableOf(this.#entries.root(entry), this.#entries.encoding(entry));
    try {
      this.tables.addNew(table, bytes, start, end);
    } catch (error) {
      this.tables.free(table);
      throw error;
    }
    this.#replace(entry, ENCODING_HASHTABLE, table);
  }

  /** A table with the members of any set. @throws {ArenaExhausted} */
  #tableOf(root: number, encoding: number): number {
    const walk = this.#walk;
    const table = this.create(ENCODING_HASHTABLE);
    try {
      for (let more = walk.first(root, encoding); more; more = walk.next()) {
        this.tables.addNew(table, walk.page, walk.at, walk.at + walk.length);
      }
    } catch (error) {
      this.tables.free(table);
      throw error;
    }
    return table;
  }

  /** Puts another set in the place of an entry's, which is freed. */
  #replace(entry: number, encoding: number, root: number): void {
    const entries = this.#entries;
    const old = entries.root(entry);
    const oldEncoding = entries.encoding(entry);
    entries.setRoot(entry, root);
    entries.setEncoding(entry, encoding);
    if (oldEncoding === ENCODING_HASHTABLE) this.tables.free(old);
    else this.#arena.free(old);
  }

  /**
   * Prepares for so many members to be added: what could not hold them alone becomes a table at once, as in Redis.
   *
   * @throws {ArenaExhausted}
   */
  expect(entry: number, members: number): void {
    const { setMaxIntsetEntries, setMaxListpackEntries } = this.#limits;
    const encoding = this.#entries.encoding(entry);
    if (encoding === ENCODING_HASHTABLE) return;
    if (members <= (encoding === ENCODING_INTSET ? setMaxIntsetEntries : setMaxListpackEntries)) return;
    this.#replace(entry, ENCODING_HASHTABLE, this.#tableOf(this.#entries.root(entry), encoding));
  }

  /** Makes a set of which all members are integers an intset, unless there are too many. @throws {ArenaExhausted} */
  makeIntset(entry: number): void {
    const encoding = this.#entries.encoding(entry);
    const root = this.#entries.root(entry);
    if (encoding === ENCODING_INTSET || this.#count(root, encoding) > this.#limits.setMaxIntsetEntries) {
      return;
    }
    const { intsets } = this;
    const walk = this.#walk;
    let intset = intsets.create();
    try {
      for (let more = walk.first(root, encoding); more; more = walk.next()) {
        intset = intsets.add(intset, walk.page, walk.at, walk.at + walk.length);
      }
    } catch (error) {
      intsets.free(intset);
      throw error;
    }
    this.#replace(entry, ENCODING_INTSET, intset);
  }

  /** Gives two entries each other's set. */
  exchange(entry: number, other: number): void {
    const entries = this.#entries;
    const root = entries.root(entry);
    const encoding = entries.encoding(entry);
    entries.setRoot(entry, entries.root(other));
    entries.setEncoding(entry, entries.encoding(other));
    entries.setRoot(other, root);
    entries.setEncoding(other, encoding);
  }

  /** Removes a member; false where it was not there. Never throws. The last one leaves an empty set. */
  remove(entry: number, bytes: Uint8Array, start: number, end: number): boolean {
    const entries = this.#entries;
    const root = entries.root(entry);
    const encoding = entries.encoding(entry);
    if (encoding === ENCODING_HASHTABLE) return this.tables.remove(root, bytes, start, end);
    if (encoding === ENCODING_INTSET) {
      entries.setRoot(entry, this.intsets.remove(root, bytes, start, end));
      return this.intsets.removed;
    }
    const position = this.listpacks.find(root, this.listpacks.first(root), bytes, start, end, 0);
    if (position === 0) return false;
    entries.setRoot(entry, this.listpacks.remove(root, position));
    return true;
  }

  /**
   * Sets the shared cursor to a member chosen at random, each equally likely. The set must not be empty.
   *
   * @param random gives an unsigned 32-bit number
   */
  pick(entry: number, random: () => number): void {
    const root = this.#entries.root(entry);
    const encoding = this.#entries.encoding(entry);
    let handle: number;
    if (encoding === ENCODING_HASHTABLE) {
      handle = this.tables.dictionary.random(root, random);
    } else {
      const index = Math.floor(random() / TWO_TO_32 * this.#count(root, encoding));
      handle = encoding === ENCODING_INTSET ? index : this.listpacks.seek(root, index);
    }
    this.shared.locate(root, encoding, handle);
  }

  /** Removes the member that the shared cursor stands at. Never throws. */
  removePicked(entry: number): void {
    const entries = this.#entries;
    const root = entries.root(entry);
    const encoding = entries.encoding(entry);
    const { handle } = this.shared;
    if (encoding === ENCODING_HASHTABLE) this.tables.removeMember(root, handle);
    else if (encoding === ENCODING_INTSET) entries.setRoot(entry, this.intsets.removeAt(root, handle));
    else entries.setRoot(entry, this.listpacks.remove(root, handle));
  }

  /** A cursor, which stands nowhere until `first` sets it. */
  cursor(): SetCursor {
    return new SetCursor(this.#arena, this.tables.dictionary);
  }

  /** Sets a cursor to the first member; false where there is none. */
  first(entry: number, cursor: SetCursor): boolean {
    return cursor.first(this.#entries.root(entry), this.#entries.encoding(entry));
  }

  /** Sets the shared cursor to the member that has this handle. */
  locate(entry: number, handle: number): void {
    this.shared.locate(this.#entries.root(entry), this.#entries.encoding(entry), handle);
  }

  /** Passes all members, which are `length` bytes at `at` in `page`. `visit` must not change this set. */
  forEach(entry: number, visit: (page: Uint8Array<ArrayBuffer>, at: number, length: number) => void): void {
    const cursor = this.cursor();
    for (let more = this.first(entry, cursor); more; more = cursor.next()) {
      visit(cursor.page, cursor.at, cursor.length);
    }
  }

  /**
   * Passes the handles of members in order of hash, looking at about `count` places of a table; returns the cursor to
   * go on from, 0 at the end. What is not a table is passed as a whole. With SCAN's guarantee: a member that is there
   * from the first call to the last is passed. `visit` must not change the set.
   */
  scan(entry: number, cursor: number, count: number, visit: (handle: number) => void): number {
    if (this.#entries.encoding(entry) === ENCODING_HASHTABLE) {
      return this.tables.dictionary.scan(this.#entries.root(entry), cursor, count, visit);
    }
    const walk = this.#walk;
    for (let more = this.first(entry, walk); more; more = walk.next()) visit(walk.handle);
    return 0;
  }

  startDrain(root: number, encoding: number): void {
    if (encoding === ENCODING_HASHTABLE) this.tables.startDrain(root);
  }

  drain(root: number, encoding: number, count: number): boolean {
    if (encoding === ENCODING_HASHTABLE) return this.tables.drain(root, count);
    this.#arena.free(root);
    return true;
  }

  relocate(at: Relocation, encoding: number): boolean {
    if (encoding === ENCODING_HASHTABLE) return this.tables.relocate(at);
    at.root = this.#arena.relocate(at.root);
    return true;
  }

  peek(root: number, encoding: number, hash: number): number {
    return encoding === ENCODING_HASHTABLE ? this.tables.dictionary.peek(root, hash) : root;
  }

  duplicate(root: number, encoding: number): number {
    if (encoding === ENCODING_INTSET) return this.intsets.duplicate(root);
    return encoding === ENCODING_LISTPACK ? this.listpacks.duplicate(root) : this.#tableOf(root, encoding);
  }

  size(root: number, encoding: number): number {
    return encoding === ENCODING_HASHTABLE ? this.tables.size(root) : this.#arena.capacity(root);
  }

  check(root: number, encoding: number): void {
    if (this.#count(root, encoding) === 0) throw new Error(`Set ${root} is empty`);
    if (encoding === ENCODING_HASHTABLE) return this.tables.check(root);
    if (encoding === ENCODING_INTSET) return this.intsets.check(root);
    if (encoding !== ENCODING_LISTPACK) throw new Error(`Set ${root} has the encoding ${encoding}`);
    const { listpacks } = this;
    listpacks.check(root);
    const walk = this.#walk;
    for (let more = walk.first(root, encoding); more; more = walk.next()) {
      const { page, at, length, handle } = walk;
      if (listpacks.find(root, listpacks.first(root), page, at, at + length, 0) !== handle) {
        throw new Error(`Listpack ${root} has the member at ${handle} twice`);
      }
    }
  }
}
