/**
 * A walk over the members of a set, in each encoding.
 *
 * @module
 */

import { type Arena, PAGE_SHIFT, UNIT_MASK } from "../../memory/arena.ts";
import type { Dictionary } from "../../memory/dictionary.ts";
import { roomFor } from "../../memory/headroom.ts";
import { Intset } from "../../memory/intset.ts";
import { Listpack } from "../../memory/listpack.ts";
import { ENCODING_HASHTABLE, ENCODING_INTSET } from "../entry.ts";
import { MEMBER_AT } from "./set_table.ts";

/** Members of a table that are collected at a time, about: 2^6. */
const COLLECTED_BITS = 6;
/** Slots of a table that are looked at in one step. */
const STEP = 128;

/**
 * Stands at a member, which is in `page`, `at` and `length`. The set must not change while a cursor walks over it.
 *
 * Integers are in order in an intset, and members of a listpack in the order in which they came. A table is *not*
 * passed in the order of its hashes, but in ranges of it that lie far apart: members that come in order of hash to
 * another table would all fall into the same few slots of it.
 */
export class SetCursor {
  readonly #arena: Arena;
  // Its own, because the digits of an integer are good until the next one is spelled.
  readonly #listpacks: Listpack;
  readonly #intsets: Intset;
  readonly #dictionary: Dictionary;
  #root = 0;
  #encoding = 0;
  /** The members that were collected of a table, how many, and how many of them were passed. */
  #members = new Uint32Array(2 << COLLECTED_BITS);
  #collected = 0;
  #passed = 0;
  /** A table's hashes are walked over in 2^bits ranges; which one comes next, and where the one at hand ends. */
  #rangeBits = 0;
  #nextRange = 0;
  #rangeEnd = 0;
  readonly #collect = (member: number, hash: number): void => {
    if (hash < this.#rangeEnd) this.#push(member);
  };

  /** What names the member to `Sets.locate` until the set changes. */
  handle = 0;
  /** Bytes in which the member is. */
  page: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  /** Where in `page` it begins. */
  at = 0;
  /** How many bytes it has. */
  length = 0;

  /** A cursor that stands nowhere. */
  constructor(arena: Arena, dictionary: Dictionary) {
    this.#arena = arena;
    this.#listpacks = new Listpack(arena);
    this.#intsets = new Intset(arena);
    this.#dictionary = dictionary;
  }

  /** Goes to the first member of a set, given as root and encoding; false where there is none. */
  first(root: number, encoding: number): boolean {
    this.#root = root;
    this.#encoding = encoding;
    if (encoding === ENCODING_HASHTABLE) {
      this.#collected = this.#passed = 0;
      this.#rangeBits = 32 - Math.clz32(this.#dictionary.count(root) >>> COLLECTED_BITS);
      this.#nextRange = 0;
      return this.#nextMember();
    }
    if (encoding === ENCODING_INTSET) return this.#setIndex(0);
    return this.#setPosition(this.#listpacks.first(root));
  }

  /** Goes to the next member; false where there is none. */
  next(): boolean {
    if (this.#encoding === ENCODING_HASHTABLE) return this.#nextMember();
    if (this.#encoding === ENCODING_INTSET) return this.#setIndex(this.handle + 1);
    return this.#setPosition(this.#listpacks.next(this.#root, this.handle));
  }

  /** Goes to the member that was given this handle. */
  locate(root: number, encoding: number, handle: number): void {
    this.#root = root;
    this.#encoding = encoding;
    if (encoding === ENCODING_HASHTABLE) this.#setMember(handle);
    else if (encoding === ENCODING_INTSET) this.#setIndex(handle);
    else this.#setPosition(handle);
  }

  #setIndex(index: number): boolean {
    const intsets = this.#intsets;
    if (index >= intsets.count(this.#root)) return false;
    this.handle = index;
    intsets.get(this.#root, index);
    this.page = intsets.page;
    this.at = intsets.at;
    this.length = intsets.length;
    return true;
  }

  #setPosition(position: number): boolean {
    if (position === 0) return false;
    this.handle = position;
    const listpacks = this.#listpacks;
    listpacks.get(this.#root, position);
    this.page = listpacks.page;
    this.at = listpacks.at;
    this.length = listpacks.length;
    return true;
  }

  #setMember(member: number): void {
    this.handle = member;
    this.page = this.#arena.u8[member >>> PAGE_SHIFT];
    this.at = ((member & UNIT_MASK) << 3) + MEMBER_AT;
    this.length = this.#arena.u32[member >>> PAGE_SHIFT][(member & UNIT_MASK) << 1];
  }

  #nextMember(): boolean {
    while (this.#passed === this.#collected) {
      if (this.#nextRange === 2 ** this.#rangeBits) return false;
      this.#collectRange();
    }
    this.#setMember(this.#members[this.#passed++]);
    return true;
  }

  /** Collects the members of the next range of hashes: the number of the range, its bits reversed, begins them. */
  #collectRange(): void {
    this.#collected = this.#passed = 0;
    let position = reversedBits(this.#nextRange++);
    const end = position + 2 ** (32 - this.#rangeBits);
    this.#rangeEnd = end;
    do {
      position = this.#dictionary.scan(this.#root, position, STEP, this.#collect);
    } while (position !== 0 && position < end);
  }

  #push(member: number): void {
    if (this.#collected === this.#members.length) {
      const grown = new Uint32Array(roomFor(8 * this.#collected) / 4);
      grown.set(this.#members);
      this.#members = grown;
    }
    this.#members[this.#collected++] = member;
  }
}

/** The 32 bits of a number, the last one first. */
function reversedBits(bits: number): number {
  let reversed = ((bits >>> 1) & 0x55555555) | ((bits & 0x55555555) << 1);
  reversed = ((reversed >>> 2) & 0x33333333) | ((reversed & 0x33333333) << 2);
  reversed = ((reversed >>> 4) & 0x0f0f0f0f) | ((reversed & 0x0f0f0f0f) << 4);
  reversed = ((reversed >>> 8) & 0x00ff00ff) | ((reversed & 0x00ff00ff) << 8);
  return ((reversed >>> 16) | (reversed << 16)) >>> 0;
}
