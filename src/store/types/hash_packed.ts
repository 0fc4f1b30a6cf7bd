/**
 * Small hashes: a listpack of names and values in turns, exactly as Redis lays it out; where fields have had an expiry,
 * a third element says when each expires.
 *
 * ```text
 *  listpack    [ name ][ value ][ name ][ value ] ...                         in the order in which they came
 *  listpackex  [ name ][ value ][ expiry ][ name ][ value ][ expiry ] ...     expiry: milliseconds since the epoch, 0: none
 *              those that expire first come first, those that do not at the end
 * ```
 *
 * @module
 */

import type { Arena } from "../../memory/arena.ts";
import { Listpack } from "../../memory/listpack.ts";

/** Elements of a field in a listpack, and in a listpackex. */
export const PAIR = 2, TRIPLE = 3;
const NO_EXPIRY = 0;

/**
 * Operations on packed hashes. A field is named by its name's position, 0 is none. Changes work on the listpack in
 * `root`, which afterwards says where it is, also when they throw ArenaExhausted: its contents are unchanged then.
 */
export class PackedHashes {
  readonly listpacks: Listpack;
  root = 0;

  constructor(arena: Arena) {
    this.listpacks = new Listpack(arena);
  }

  /** Number of fields. */
  count(listpack: number, width: number): number {
    const elements = this.listpacks.count(listpack);
    return width === PAIR ? elements >>> 1 : elements / TRIPLE;
  }

  /** The field with this name, or 0. */
  find(listpack: number, width: number, bytes: Uint8Array, start: number, end: number): number {
    return this.listpacks.find(listpack, this.listpacks.first(listpack), bytes, start, end, width - 1);
  }

  /** The field behind another one, or 0. */
  next(listpack: number, width: number, position: number): number {
    for (let i = 0; i < width; i++) position = this.listpacks.next(listpack, position);
    return position;
  }

  /** The field with this index, from 0 on. */
  at(listpack: number, width: number, index: number): number {
    return this.listpacks.seek(listpack, index * width);
  }

  /** When a field expires, milliseconds since the epoch; -1: never. */
  expiry(listpack: number, width: number, position: number): number {
    if (width === PAIR) return -1;
    const listpacks = this.listpacks;
    const expiry = listpacks.getInteger(
      listpack,
      listpacks.next(listpack, listpacks.next(listpack, position)),
    );
    return expiry === NO_EXPIRY ? -1 : expiry;
  }

  /** When the first field expires, milliseconds since the epoch; -1: none does. */
  firstExpiry(listpack: number, width: number): number {
    const first = this.listpacks.first(listpack);
    return first === 0 ? -1 : this.expiry(listpack, width, first);
  }

  /** Number of fields that expire before `time`, milliseconds since the epoch. */
  countBefore(listpack: number, width: number, time: number): number {
    if (width === PAIR) return 0;
    let count = 0;
    for (let p = this.listpacks.first(listpack); p !== 0; p = this.next(listpack, width, p)) {
      const expiry = this.expiry(listpack, width, p);
      if (expiry < 0 || expiry >= time) break;
      count++;
    }
    return count;
  }

  /**
   * Adds a field that does not expire. Returns its position.
   *
   * @throws {ArenaExhausted}
   */
  add(
    width: number,
    name: Uint8Array,
    start: number,
    end: number,
    value: Uint8Array,
    valueStart: number,
    valueEnd: number,
  ): number {
    const listpacks = this.listpacks;
    this.root = listpacks.append(this.root, name, start, end);
    const { position } = listpacks;
    try {
      this.root = listpacks.append(this.root, value, valueStart, valueEnd);
      if (width === TRIPLE) this.root = listpacks.appendInteger(this.root, NO_EXPIRY);
    } catch (error) {
      this.root = listpacks.remove(this.root, position, width);
      throw error;
    }
    return position;
  }

  /**
   * Adds a field that expires, or does not (-1), to a listpackex, in its place. Returns its position.
   *
   * @throws {ArenaExhausted}
   */
  addExpiring(
    name: Uint8Array,
    start: number,
    end: number,
    value: Uint8Array,
    valueStart: number,
    valueEnd: number,
    expiry: number,
  ): number {
    const before = expiry < 0 ? 0 : this.#placeOf(expiry);
    if (before === 0) {
      const position = this.add(TRIPLE, name, start, end, value, valueStart, valueEnd);
      return expiry < 0 ? position : this.#stamp(position, expiry);
    }
    const listpacks = this.listpacks;
    this.root = listpacks.insertBefore(this.root, before, name, start, end);
    let added = 1;
    try {
      this.root = listpacks.insertAfter(this.root, before, value, valueStart, valueEnd);
      added++;
      this.root = listpacks.insertIntegerAfter(this.root, listpacks.position, expiry);
    } catch (error) {
      this.root = listpacks.remove(this.root, before, added);
      throw error;
    }
    return before;
  }

  /** Writes the expiry of a field that was added at the end; where that fails, removes it. */
  #stamp(position: number, expiry: number): number {
    const listpacks = this.listpacks;
    const at = listpacks.next(this.root, listpacks.next(this.root, position));
    try {
      this.root = listpacks.replaceInteger(this.root, at, expiry);
    } catch (error) {
      this.root = listpacks.remove(this.root, position, TRIPLE);
      throw error;
    }
    return position;
  }

  /** The first field that does not expire before `expiry`, or 0. */
  #placeOf(expiry: number): number {
    const { root } = this;
    for (let p = this.listpacks.first(root); p !== 0; p = this.next(root, TRIPLE, p)) {
      const other = this.expiry(root, TRIPLE, p);
      if (other < 0 || other >= expiry) return p;
    }
    return 0;
  }

  /**
   * Gives a field another value. Returns its position.
   *
   * @throws {ArenaExhausted}
   */
  setValue(
    width: number,
    position: number,
    value: Uint8Array,
    start: number,
    end: number,
    keepExpiry: boolean,
  ): number {
    const listpacks = this.listpacks;
    if (!keepExpiry && this.expiry(this.root, width, position) >= 0) {
      const name = this.#copyOf(position);
      this.add(width, name, 0, name.length, value, start, end);
      this.root = listpacks.remove(this.root, position, width);
      return listpacks.seek(this.root, -width);
    }
    this.root = listpacks.replace(this.root, listpacks.next(this.root, position), value, start, end);
    return position;
  }

  /**
   * Sets when a field of a listpackex expires, or that it does not (-1). Returns its position.
   *
   * @throws {ArenaExhausted}
   */
  setExpiry(position: number, expiry: number): number {
    const listpacks = this.listpacks;
    const name = this.#copyOf(position);
    const value = this.#copyOf(listpacks.next(this.root, position));
    const bytes = listpacks.bytes(this.root);
    const made = this.addExpiring(name, 0, name.length, value, 0, value.length, expiry);
    if (made > position) {
      const size = this.next(this.root, TRIPLE, position) - position;
      this.root = listpacks.remove(this.root, position, TRIPLE);
      return made - size;
    }
    this.root = listpacks.remove(this.root, position + listpacks.bytes(this.root) - bytes, TRIPLE);
    return made;
  }

  /** A copy of an element, which may then be put into the same listpack. */
  #copyOf(position: number): Uint8Array {
    const listpacks = this.listpacks;
    listpacks.get(this.root, position);
    return listpacks.page.slice(listpacks.at, listpacks.at + listpacks.length);
  }

  /** Removes a field. */
  remove(width: number, position: number): void {
    this.root = this.listpacks.remove(this.root, position, width);
  }

  /**
   * The fields of a listpack as a listpackex, none of which expires. The listpack stays.
   *
   * @throws {ArenaExhausted}
   */
  withExpiries(listpack: number): number {
    const listpacks = this.listpacks;
    this.root = listpacks.create();
    try {
      for (let p = listpacks.first(listpack); p !== 0;) {
        this.#appendFrom(listpack, p);
        const value = listpacks.next(listpack, p);
        this.#appendFrom(listpack, value);
        this.root = listpacks.appendInteger(this.root, NO_EXPIRY);
        p = listpacks.next(listpack, value);
      }
    } catch (error) {
      listpacks.free(this.root);
      throw error;
    }
    return this.root;
  }

  #appendFrom(listpack: number, position: number): void {
    const listpacks = this.listpacks;
    listpacks.get(listpack, position);
    const { page, at, length } = listpacks;
    this.root = listpacks.append(this.root, page, at, at + length);
  }

  /**
   * Checks all invariants.
   *
   * @throws {Error} that names the first one broken
   */
  check(listpack: number, width: number): void {
    const listpacks = this.listpacks;
    listpacks.check(listpack);
    if (listpacks.count(listpack) % width !== 0) {
      throw new Error(`Packed hash of ${width} elements a field has ${listpacks.count(listpack)} elements`);
    }
    if (width === PAIR) return;
    let previous = 0;
    for (let p = listpacks.first(listpack); p !== 0; p = this.next(listpack, width, p)) {
      const expiry = this.expiry(listpack, width, p);
      if (Number.isNaN(expiry)) throw new Error(`Expiry of the field at ${p} is no integer`);
      const order = expiry < 0 ? Infinity : expiry;
      if (order < previous) throw new Error(`Field at ${p} expires at ${expiry}, before the one before it`);
      previous = order;
    }
  }
}
