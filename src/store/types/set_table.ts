/**
 * Large sets: a dictionary of members.
 *
 * ```text
 *  member   [ length: 4 ][ bytes ]
 * ```
 *
 * @module
 */

import type { KeyHash } from "../../base/siphash.ts";
import { type Arena, PAGE_SHIFT, UNIT_MASK } from "../../memory/arena.ts";
import { copyBytes } from "../../memory/copy_bytes.ts";
import { Dictionary } from "../../memory/dictionary.ts";
import { type Relocation, RELOCATION_PLACES } from "./value_type.ts";

/** Where a member's bytes begin in its block. */
export const MEMBER_AT = 4;

/** Operations on sets that are dictionaries; a set is the dictionary's reference, a member that of its block. */
export class SetTables {
  readonly dictionary: Dictionary;
  readonly #arena: Arena;
  readonly #hash: KeyHash;
  readonly #release: (member: number) => void;

  constructor(arena: Arena, hash: KeyHash) {
    this.#arena = arena;
    this.#hash = hash;
    this.dictionary = new Dictionary(arena, { lengthWord: 0, keyAt: MEMBER_AT });
    this.#release = (member) => arena.free(member);
  }

  /** Bytes of a member. */
  length(member: number): number {
    return this.#arena.u32[member >>> PAGE_SHIFT][(member & UNIT_MASK) << 1];
  }

  /** Whether the set has the member `bytes[start, end)`. */
  has(set: number, bytes: Uint8Array, start: number, end: number): boolean {
    return this.dictionary.find(set, this.#hash.hash(bytes, start, end), bytes, start, end) !== 0;
  }

  /** Adds a member; false where it was there. @throws {ArenaExhausted} and nothing has changed */
  add(set: number, bytes: Uint8Array, start: number, end: number): boolean {
    const hash = this.#hash.hash(bytes, start, end);
    if (this.dictionary.find(set, hash, bytes, start, end) !== 0) return false;
    this.#insert(set, hash, bytes, start, end - start);
    return true;
  }

  /** Adds a member that is known not to be there. @throws {ArenaExhausted} and nothing has changed */
  addNew(set: number, bytes: Uint8Array, start: number, end: number): void {
    this.#insert(set, this.#hash.hash(bytes, start, end), bytes, start, end - start);
  }

  #insert(set: number, hash: number, bytes: Uint8Array, start: number, length: number): void {
    const arena = this.#arena;
    const member = arena.allocate(MEMBER_AT + length);
    arena.u32[member >>> PAGE_SHIFT][(member & UNIT_MASK) << 1] = length;
    copyBytes(bytes, start, arena.u8[member >>> PAGE_SHIFT], ((member & UNIT_MASK) << 3) + MEMBER_AT, length);
    try {
      this.dictionary.insert(set, hash, member);
    } catch (error) {
      arena.free(member);
      throw error;
    }
  }

  /** Removes a member; false where it was not there. */
  remove(set: number, bytes: Uint8Array, start: number, end: number): boolean {
    const hash = this.#hash.hash(bytes, start, end);
    const member = this.dictionary.find(set, hash, bytes, start, end);
    if (member === 0) return false;
    this.dictionary.removeFound(set, hash);
    this.#arena.free(member);
    return true;
  }

  /** Removes a member that is there. */
  removeMember(set: number, member: number): void {
    const at = ((member & UNIT_MASK) << 3) + MEMBER_AT;
    const hash = this.#hash.hash(this.#arena.u8[member >>> PAGE_SHIFT], at, at + this.length(member));
    this.dictionary.removeReference(set, hash, member);
    this.#arena.free(member);
  }

  /** Prepares a set that nobody will use again for `drain`. */
  startDrain(set: number): void {
    this.dictionary.startDrain(set);
  }

  /** Frees about `count` members; true when nothing is left. */
  drain(set: number, count: number): boolean {
    return this.dictionary.drain(set, count, this.#release);
  }

  /** Frees a set at once. */
  free(set: number): void {
    this.startDrain(set);
    this.drain(set, Infinity);
  }

  /** Moves some of a set's blocks out of pages that are being vacated; true when it is through. */
  relocate(at: Relocation): boolean {
    const { dictionary } = this;
    const arena = this.#arena;
    if (at.position === 0) at.root = dictionary.relocateHeader(at.root);
    dictionary.relocateSegment(at.root, at.position);
    const moving: number[] = [];
    at.position = dictionary.scan(at.root, at.position, RELOCATION_PLACES, (member, hash) => {
      if (arena.isVacating(member)) moving.push(member, hash);
      else arena.relocations.left++;
    });
    for (let i = 0; i < moving.length; i += 2) {
      const moved = arena.copyOut(moving[i]);
      if (moved === 0) continue;
      dictionary.replace(at.root, moving[i + 1], moving[i], moved);
      arena.free(moving[i]);
    }
    return at.position === 0;
  }

  /** Bytes that a set takes. */
  size(set: number): number {
    let size = this.dictionary.overhead(set);
    this.#forEach(set, (member) => size += this.#arena.capacity(member));
    return size;
  }

  #forEach(set: number, visit: (member: number, hash: number) => void): void {
    for (let cursor = 0;;) {
      cursor = this.dictionary.scan(set, cursor, 1024, visit);
      if (cursor === 0) return;
    }
  }

  /**
   * Checks the dictionary, and that each member is found by its bytes.
   *
   * @throws {Error} that names the first invariant broken
   */
  check(set: number): void {
    this.dictionary.check(set);
    this.#forEach(set, (member, hash) => {
      const length = this.length(member);
      if (MEMBER_AT + length > this.#arena.capacity(member)) {
        throw new Error(`Member ${member} of ${length} bytes has too small a block`);
      }
      const page = this.#arena.u8[member >>> PAGE_SHIFT];
      const at = ((member & UNIT_MASK) << 3) + MEMBER_AT;
      if (this.#hash.hash(page, at, at + length) >>> 0 !== hash >>> 0) {
        throw new Error(`Member ${member} has another hash than ${hash}`);
      }
      if (this.dictionary.find(set, hash, page, at, at + length) !== member) {
        throw new Error(`Member ${member} is not found by its bytes`);
      }
    });
  }
}
