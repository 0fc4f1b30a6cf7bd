/**
 * A walk over the elements of a sorted set, in both encodings and both directions.
 *
 * @module
 */

import { type Arena, PAGE_SHIFT, UNIT_MASK } from "../../memory/arena.ts";
import { Listpack } from "../../memory/listpack.ts";
import type { TreeCursor } from "../../memory/ordered_tree.ts";
import { ENCODING_LISTPACK } from "../entry.ts";
import { packedScore } from "./zset_packed.ts";
import { MEMBER_BYTES_AT, memberScore, type ScoredSortedSets } from "./zset_scored.ts";

/** Stands at an element, whose member is in `page`, `at` and `length`. Any change of the sorted set ends its use. */
export class SortedSetCursor {
  readonly #arena: Arena;
  // Its own, because a listpack spells integers into a place that is good for one element.
  readonly #listpacks: Listpack;
  readonly #sets: ScoredSortedSets;
  readonly #leaf: TreeCursor;
  #isPacked = false;
  #root = 0;
  /** Position of the member in a listpack, or its block. */
  #member = 0;
  /** Bytes in which the member is. */
  page: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  /** Where in `page` it begins. */
  at = 0;
  /** How many bytes it has. */
  length = 0;

  /** A cursor that stands nowhere. */
  constructor(arena: Arena, sets: ScoredSortedSets) {
    this.#arena = arena;
    this.#listpacks = new Listpack(arena);
    this.#sets = sets;
    this.#leaf = sets.tree.cursor();
  }

  /** Goes to the element of this rank of a sorted set, given as root and encoding; false where there is none. */
  seek(root: number, encoding: number, rank: number): boolean {
    this.#root = root;
    this.#isPacked = encoding === ENCODING_LISTPACK;
    if (this.#isPacked) return this.#setPosition(this.#listpacks.seek(root, rank * 2));
    const { tree } = this.#sets;
    const reference = this.#sets.treeOf(root);
    const found = rank === 0 ? tree.first(reference, this.#leaf) : tree.at(reference, this.#leaf, rank);
    if (found) this.#setMember();
    return found;
  }

  /** Goes to the next element; false where there is none. */
  next(): boolean {
    if (this.#isPacked) {
      const score = this.#listpacks.next(this.#root, this.#member);
      return this.#setPosition(this.#listpacks.next(this.#root, score));
    }
    if (!this.#leaf.next()) return false;
    this.#setMember();
    return true;
  }

  /** Goes to the previous element; false where there is none. */
  previous(): boolean {
    if (this.#isPacked) {
      const score = this.#listpacks.previous(this.#root, this.#member);
      return this.#setPosition(score === 0 ? 0 : this.#listpacks.previous(this.#root, score));
    }
    if (!this.#leaf.previous()) return false;
    this.#setMember();
    return true;
  }

  /** The score of the element. */
  score(): number {
    if (!this.#isPacked) return memberScore(this.#arena, this.#member);
    return packedScore(this.#listpacks, this.#root, this.#listpacks.next(this.#root, this.#member));
  }

  #setPosition(position: number): boolean {
    if (position === 0) return false;
    this.#member = position;
    const listpacks = this.#listpacks;
    listpacks.get(this.#root, position);
    this.page = listpacks.page;
    this.at = listpacks.at;
    this.length = listpacks.length;
    return true;
  }

  #setMember(): void {
    const member = this.#leaf.reference();
    this.#member = member;
    this.page = this.#arena.u8[member >>> PAGE_SHIFT];
    this.at = ((member & UNIT_MASK) << 3) + MEMBER_BYTES_AT;
    this.length = this.#arena.u32[member >>> PAGE_SHIFT][(member & UNIT_MASK) << 1];
  }
}
