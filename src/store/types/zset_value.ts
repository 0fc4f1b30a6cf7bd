/**
 * Sorted sets: packed while they are small (see zset_packed.ts), then with a dictionary and a tree (zset_scored.ts).
 *
 * @module
 */

import type { KeyHash } from "../../base/siphash.ts";
import type { Arena } from "../../memory/arena.ts";
import { ENCODING_LISTPACK, ENCODING_SKIPLIST, type Entries } from "../entry.ts";
import type { EncodingLimits } from "./limits.ts";
import type { Relocation, ValueType } from "./value_type.ts";
import { SortedSetCursor } from "./zset_cursor.ts";
import { PackedSortedSets } from "./zset_packed.ts";
import type { LexRange, ScoreRange } from "./zset_range.ts";
import { memberScore, ScoredSortedSets } from "./zset_scored.ts";

/** What `add` is to do, as ZADD's options say. */
export const ADD_NEW_ONLY = 1,
  ADD_EXISTING_ONLY = 2,
  ADD_IF_GREATER = 4,
  ADD_IF_LESS = 8,
  ADD_INCREMENT = 16;

/** What `add` did: nothing, because an option said so; a new member; a new score; the same score; nothing, for NaN. */
export const ADD_NOTHING = 0, ADD_ADDED = 1, ADD_UPDATED = 2, ADD_SAME = 3, ADD_NAN = 4;

/** Bytes that a packed sorted set may have: Redis's limit for listpacks. */
const PACKED_MAX_BYTES = 2 ** 30;

/**
 * Operations on the sorted sets of entries. Results are left in fields, so nothing is allocated on the JavaScript heap.
 * What changes a sorted set may throw ArenaExhausted: nothing has changed then.
 */
export class SortedSets implements ValueType {
  readonly #arena: Arena;
  readonly #entries: Entries;
  readonly #limits: EncodingLimits;
  readonly #packed: PackedSortedSets;
  readonly #scored: ScoredSortedSets;
  readonly #walk: SortedSetCursor;
  /** For commands that walk over one sorted set at a time. */
  readonly shared: SortedSetCursor;

  /** Score of the member that `find`, `rank` or `add` was about, as it is now. */
  score = 0;
  /** What `locateScores` and `locateLex` found: the rank of the first element, and how many there are. */
  first = 0;
  found = 0;

  constructor(arena: Arena, entries: Entries, hash: KeyHash, limits: EncodingLimits) {
    this.#arena = arena;
    this.#entries = entries;
    this.#limits = limits;
    this.#packed = new PackedSortedSets(arena);
    this.#scored = new ScoredSortedSets(arena, hash);
    this.#walk = this.cursor();
    this.shared = this.cursor();
  }

  /** The encoding that a new sorted set gets whose first member has so many bytes. */
  encodingFor(memberLength: number): number {
    const { zsetMaxListpackEntries, zsetMaxListpackValue } = this.#limits;
    const packed = zsetMaxListpackEntries > 0 && memberLength <= zsetMaxListpackValue;
    return packed ? ENCODING_LISTPACK : ENCODING_SKIPLIST;
  }

  /** Root of a new, empty sorted set in an encoding. @throws {ArenaExhausted} */
  create(encoding: number): number {
    return encoding === ENCODING_LISTPACK ? this.#packed.listpacks.create() : this.#scored.create();
  }

  /** A cursor, which stands nowhere until `seek` sets it. */
  cursor(): SortedSetCursor {
    return new SortedSetCursor(this.#arena, this.#scored);
  }

  /** Sets a cursor to the element of this rank; false where there is none. */
  seek(entry: number, cursor: SortedSetCursor, rank: number): boolean {
    return cursor.seek(this.#entries.root(entry), this.#entries.encoding(entry), rank);
  }

  /** Number of elements. */
  count(entry: number): number {
    return this.#count(this.#entries.root(entry), this.#entries.encoding(entry));
  }

  #count(root: number, encoding: number): number {
    return encoding === ENCODING_LISTPACK ? this.#packed.count(root) : this.#scored.count(root);
  }

  /** Whether a member is there; then `score` is its score. */
  find(entry: number, bytes: Uint8Array, start: number, end: number): boolean {
    const root = this.#entries.root(entry);
    if (this.#entries.encoding(entry) === ENCODING_LISTPACK) {
      const position = this.#packed.find(root, bytes, start, end);
      this.score = this.#packed.score;
      return position !== 0;
    }
    const member = this.#scored.find(root, bytes, start, end);
    if (member === 0) return false;
    this.score = memberScore(this.#arena, member);
    return true;
  }

  /** Number of elements before a member, -1 where it is not there; `score` is its score. */
  rank(entry: number, bytes: Uint8Array, start: number, end: number): number {
    const root = this.#entries.root(entry);
    if (this.#entries.encoding(entry) === ENCODING_LISTPACK) {
      const position = this.#packed.find(root, bytes, start, end);
      if (position === 0) return -1;
      this.score = this.#packed.score;
      return this.#packed.rank(root, position);
    }
    const member = this.#scored.find(root, bytes, start, end);
    if (member === 0) return -1;
    this.score = memberScore(this.#arena, member);
    return this.#scored.rank(root, member);
  }

  /**
   * Adds a member, or gives it another score, as far as `options` (ADD_NEW_ONLY and so on) allow. Sets `score` to what
   * it has now, unless it did nothing. The bytes must not lie in the sorted set.
   *
   * @returns ADD_NOTHING, ADD_ADDED, ADD_UPDATED, ADD_SAME or ADD_NAN
   * @throws {ArenaExhausted} and nothing has changed
   */
  add(
    entry: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    score: number,
    options: number,
  ): number {
    const root = this.#entries.root(entry);
    let position = 0;
    let member = 0;
    let old = 0;
    if (this.#entries.encoding(entry) === ENCODING_LISTPACK) {
      position = this.#packed.find(root, bytes, start, end);
      old = this.#packed.score;
    } else {
      member = this.#scored.find(root, bytes, start, end);
      if (member !== 0) old = memberScore(this.#arena, member);
    }
    if (position === 0 && member === 0) {
      if ((options & ADD_EXISTING_ONLY) !== 0) return ADD_NOTHING;
      this.#insert(entry, bytes, start, end, score);
      this.score = score;
      return ADD_ADDED;
    }
    if ((options & ADD_NEW_ONLY) !== 0) return ADD_NOTHING;
    const wanted = (options & ADD_INCREMENT) !== 0 ? old + score : score;
    if (wanted !== wanted) return ADD_NAN;
    if ((options & ADD_IF_LESS) !== 0 && wanted >= old) return ADD_NOTHING;
    if ((options & ADD_IF_GREATER) !== 0 && wanted <= old) return ADD_NOTHING;
    this.score = wanted;
    if (wanted === old) return ADD_SAME;
    if (position !== 0) this.#updatePacked(entry, position, bytes, start, end, wanted);
    else this.#scored.update(root, member, wanted);
    return ADD_UPDATED;
  }

  /** Adds a member that `find` has just not found. */
  #insert(entry: number, bytes: Uint8Array, start: number, end: number, score: number): void {
    const entries = this.#entries;
    const root = entries.root(entry);
    if (entries.encoding(entry) !== ENCODING_LISTPACK) {
      this.#scored.insert(root, bytes, start, end, score);
    } else if (this.#mayGrow(root, end - start)) {
      try {
        entries.setRoot(entry, this.#packed.insert(root, bytes, start, end, score));
      } catch (error) {
        entries.setRoot(entry, this.#packed.refused);
        throw error;
      }
    } else {
      const scored = this.#toScored(root);
      try {
        this.#scored.find(scored, bytes, start, end);
        this.#scored.insert(scored, bytes, start, end, score);
      } catch (error) {
        this.#freeScored(scored);
        throw error;
      }
      this.#packed.listpacks.free(root);
      entries.setRoot(entry, scored);
      entries.setEncoding(entry, ENCODING_SKIPLIST);
    }
  }

  #updatePacked(
    entry: number,
    position: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    score: number,
  ): void {
    const entries = this.#entries;
    try {
      entries.setRoot(
        entry,
        this.#packed.update(entries.root(entry), position, bytes, start, end, score),
      );
    } catch (error) {
      entries.setRoot(entry, this.#packed.refused);
      throw error;
    }
  }

  /** Whether a packed sorted set stays one with another member of so many bytes. */
  #mayGrow(root: number, length: number): boolean {
    return this.#packed.count(root) < this.#limits.zsetMaxListpackEntries &&
      length <= this.#limits.zsetMaxListpackValue &&
      this.#packed.listpacks.bytes(root) + length <= PACKED_MAX_BYTES;
  }

  /** Removes a member; false where it is not there. */
  remove(entry: number, bytes: Uint8Array, start: number, end: number): boolean {
    const root = this.#entries.root(entry);
    if (this.#entries.encoding(entry) === ENCODING_LISTPACK) {
      const position = this.#packed.find(root, bytes, start, end);
      if (position === 0) return false;
      this.#entries.setRoot(entry, this.#packed.removeAt(root, position));
      return true;
    }
    const member = this.#scored.find(root, bytes, start, end);
    if (member === 0) return false;
    this.#scored.removeFound(root, member);
    return true;
  }

  /** Removes `count` elements, which there are, from that of rank `first` on. */
  removeRange(entry: number, first: number, count: number): void {
    const root = this.#entries.root(entry);
    if (this.#entries.encoding(entry) === ENCODING_LISTPACK) {
      this.#entries.setRoot(entry, this.#packed.removeRange(root, first, count));
    } else {
      this.#scored.removeRange(root, first, count);
    }
  }

  /** Sets `first` and `found` to the elements in a range of scores. */
  locateScores(entry: number, range: ScoreRange): void {
    const root = this.#entries.root(entry);
    this.first = this.found = 0;
    if (range.isEmpty) return;
    const values = this.#entries.encoding(entry) === ENCODING_LISTPACK ? this.#packed : this.#scored;
    values.locateScores(root, range);
    this.first = values.first;
    this.found = values.found;
  }

  /**
   * Sets `first` and `found` to the members in a lexicographical range, but for `offset` of them at the beginning, or at
   * the end. Where the scores differ, the result may depend on the direction it is asked for in.
   */
  locateLex(entry: number, range: LexRange, backwards: boolean, offset = 0): void {
    const root = this.#entries.root(entry);
    this.first = this.found = 0;
    if (range.isEmpty) return;
    const values = this.#entries.encoding(entry) === ENCODING_LISTPACK ? this.#packed : this.#scored;
    values.locateLex(root, range, backwards, offset);
    this.first = values.first;
    this.found = values.found;
  }

  /**
   * Passes members and scores, looking at about `count` places; returns the cursor to go on from, 0 at the end. A packed
   * sorted set is passed at once. What is there throughout is passed, whatever comes and goes between the calls.
   *
   * @param visit must not change the sorted set
   */
  scan(
    entry: number,
    cursor: number,
    count: number,
    visit: (page: Uint8Array, at: number, length: number, score: number) => void,
  ): number {
    const root = this.#entries.root(entry);
    if (this.#entries.encoding(entry) === ENCODING_LISTPACK) {
      const walk = this.#walk;
      for (let more = walk.seek(root, ENCODING_LISTPACK, 0); more; more = walk.next()) {
        visit(walk.page, walk.at, walk.length, walk.score());
      }
      return 0;
    }
    return this.#scored.scan(root, cursor, count, visit);
  }

  /**
   * Gives a sorted set the encoding skiplist, however small it is: what SORT does in Redis.
   *
   * @throws {ArenaExhausted} and nothing has changed
   */
  unpack(entry: number): void {
    const entries = this.#entries;
    if (entries.encoding(entry) === ENCODING_SKIPLIST) return;
    const root = entries.root(entry);
    entries.setRoot(entry, this.#toScored(root));
    entries.setEncoding(entry, ENCODING_SKIPLIST);
    this.#packed.listpacks.free(root);
  }

  /** Packs a sorted set whose members have at most `longest` bytes, if the limits allow that. @throws {ArenaExhausted} */
  packIfSmall(entry: number, longest: number): void {
    const entries = this.#entries;
    const { zsetMaxListpackEntries, zsetMaxListpackValue } = this.#limits;
    if (entries.encoding(entry) === ENCODING_LISTPACK || longest > zsetMaxListpackValue) return;
    if (this.count(entry) > zsetMaxListpackEntries) return;
    const root = entries.root(entry);
    const packed = this.#toPacked(root);
    entries.setRoot(entry, packed);
    entries.setEncoding(entry, ENCODING_LISTPACK);
    this.#freeScored(root);
  }

  #toPacked(root: number): number {
    const walk = this.#walk;
    let packed = this.#packed.listpacks.create();
    try {
      for (let more = walk.seek(root, ENCODING_SKIPLIST, 0); more; more = walk.next()) {
        packed = this.#packed.append(packed, walk.page, walk.at, walk.at + walk.length, walk.score());
      }
    } catch (error) {
      this.#packed.listpacks.free(this.#packed.refused);
      throw error;
    }
    return packed;
  }

  #toScored(root: number): number {
    return this.#copyScored(root, ENCODING_LISTPACK);
  }

  /** Root of a sorted set with dictionary and tree that holds the elements of another, in whichever encoding. */
  #copyScored(root: number, encoding: number): number {
    const walk = this.#walk;
    const made = this.#scored.create();
    try {
      for (let more = walk.seek(root, encoding, 0); more; more = walk.next()) {
        this.#scored.append(made, walk.page, walk.at, walk.at + walk.length, walk.score());
      }
    } catch (error) {
      this.#freeScored(made);
      throw error;
    }
    return made;
  }

  #freeScored(root: number): void {
    this.#scored.startDrain(root);
    this.#scored.drain(root, Infinity);
  }

  startDrain(root: number, encoding: number): void {
    if (encoding !== ENCODING_LISTPACK) this.#scored.startDrain(root);
  }

  drain(root: number, encoding: number, count: number): boolean {
    if (encoding !== ENCODING_LISTPACK) return this.#scored.drain(root, count);
    this.#packed.listpacks.free(root);
    return true;
  }

  relocate(at: Relocation, encoding: number): boolean {
    if (encoding !== ENCODING_LISTPACK) return this.#scored.relocate(at);
    at.root = this.#arena.relocate(at.root);
    return true;
  }

  duplicate(root: number, encoding: number): number {
    if (encoding === ENCODING_LISTPACK) return this.#packed.listpacks.duplicate(root);
    return this.#copyScored(root, encoding);
  }

  peek(root: number, encoding: number, hash: number): number {
    return encoding === ENCODING_SKIPLIST ? this.#scored.peek(root, hash) : root;
  }

  size(root: number, encoding: number): number {
    return encoding === ENCODING_LISTPACK ? this.#arena.capacity(root) : this.#scored.size(root);
  }

  check(root: number, encoding: number): void {
    if (this.#count(root, encoding) === 0) throw new Error("A sorted set is empty");
    if (encoding === ENCODING_LISTPACK) this.#packed.check(root);
    else this.#scored.check(root);
  }
}
