/**
 * Small sorted sets: a listpack of members and scores in turns, in the order of the scores, exactly as Redis lays it
 * out.
 *
 * ```text
 *  [ member ][ score ][ member ][ score ] ...        scores rise; where they are equal, the members' bytes do
 * ```
 *
 * A score that is an integer of up to 2^62 is kept as an integer, any other as the text of `%.17g`. So -0 becomes 0.
 *
 * @module
 */

import { byteString } from "../../base/bytes.ts";
import { DOUBLE_TEXT_MAX, parseDoubleBytes, writeDouble } from "../../base/double_bytes.ts";
import { type Arena, PAGE_SHIFT, UNIT_MASK } from "../../memory/arena.ts";
import { Listpack } from "../../memory/listpack.ts";
import { LISTPACK_HEADER_BYTES } from "../../memory/listpack_check.ts";
import { backlengthBytes, entryBytes, LISTPACK_END } from "../../memory/listpack_entry.ts";
import { compareRanges, type LexRange, type ScoreRange } from "./zset_range.ts";

/** Up to this magnitude Redis writes a score that is an integer as an integer. */
const INTEGER_MAX = 2 ** 62;

/** Whether a score is kept as an integer. */
export function isPackedInteger(score: number): boolean {
  return Number.isInteger(score) && score <= INTEGER_MAX && score >= -INTEGER_MAX;
}

/** The score at a position of a listpack. */
export function packedScore(listpacks: Listpack, listpack: number, position: number): number {
  const integer = listpacks.getInteger(listpack, position);
  if (integer - integer === 0) return integer;
  if (integer === integer) return Number(listpacks.exact.toBigInt());
  listpacks.get(listpack, position);
  return parseDoubleBytes(listpacks.page, listpacks.at, listpacks.at + listpacks.length);
}

/**
 * Operations on packed sorted sets, which are references of listpacks. An element is named by its member's position, 0
 * is none. Results other than the reference are left in fields. Bytes handed in must not lie in the listpack.
 */
export class PackedSortedSets {
  readonly listpacks: Listpack;
  readonly #arena: Arena;
  readonly #digits = new Uint8Array(DOUBLE_TEXT_MAX);

  /** Score of the element that `find` found. */
  score = 0;
  /** What `locateScores` and `locateLex` found: the rank of the first element, and how many there are. */
  first = 0;
  found = 0;
  /** Where the listpack is after ArenaExhausted was thrown: unchanged, but it may have moved. */
  refused = 0;
  /** Where `#place` found that an element belongs, 0: at the end; and the position of the element before that. */
  #before = 0;
  #previous = 0;

  constructor(arena: Arena) {
    this.#arena = arena;
    this.listpacks = new Listpack(arena);
  }

  /** Number of elements. */
  count(listpack: number): number {
    return this.listpacks.count(listpack) >>> 1;
  }

  /** Position of a member, 0 where it is not there; then `score` is its score. */
  find(listpack: number, bytes: Uint8Array, start: number, end: number): number {
    const listpacks = this.listpacks;
    const position = listpacks.find(listpack, listpacks.first(listpack), bytes, start, end, 1);
    if (position !== 0) this.score = packedScore(listpacks, listpack, listpacks.next(listpack, position));
    return position;
  }

  /** Number of elements before that at `position`. */
  rank(listpack: number, position: number): number {
    const listpacks = this.listpacks;
    let rank = 0;
    for (let p = listpacks.first(listpack); p !== position; p = this.#next(listpack, p)) rank++;
    return rank;
  }

  /**
   * Adds a member that is not there. Returns the listpack's reference.
   *
   * @throws {ArenaExhausted} and it is unchanged, but see `refused`
   */
  insert(listpack: number, bytes: Uint8Array, start: number, end: number, score: number): number {
    this.#place(listpack, bytes, start, end, score);
    return this.#put(listpack, this.#before, bytes, start, end, score);
  }

  /**
   * Adds a member that belongs behind all others. Returns the listpack's reference.
   *
   * @throws {ArenaExhausted} and it is unchanged, but see `refused`
   */
  append(listpack: number, bytes: Uint8Array, start: number, end: number, score: number): number {
    return this.#put(listpack, 0, bytes, start, end, score);
  }

  /**
   * Gives the member at `position`, which is `bytes[start, end)`, another score. Returns the listpack's reference.
   *
   * @throws {ArenaExhausted} and it is unchanged, but see `refused`
   */
  update(
    listpack: number,
    position: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    score: number,
  ): number {
    const listpacks = this.listpacks;
    this.refused = listpack;
    this.#place(listpack, bytes, start, end, score);
    if (this.#before === position || this.#previous === position) {
      const at = listpacks.next(listpack, position);
      if (Number.isSafeInteger(score)) return listpacks.replaceInteger(listpack, at, score);
      return listpacks.replace(listpack, at, this.#digits, 0, this.#print(score));
    }
    // The new one first, which may be refused; the old one moves if it comes behind.
    const before = this.#before;
    const size = listpacks.bytes(listpack);
    const result = this.#put(listpack, before, bytes, start, end, score);
    const moved = before !== 0 && before < position ? listpacks.bytes(result) - size : 0;
    return listpacks.remove(result, position + moved, 2);
  }

  /** Removes the element at `position`. Returns the listpack's reference. */
  removeAt(listpack: number, position: number): number {
    return this.listpacks.remove(listpack, position, 2);
  }

  /** Removes `count` elements from that of rank `first` on. Returns the listpack's reference. */
  removeRange(listpack: number, first: number, count: number): number {
    const position = this.listpacks.seek(listpack, first * 2);
    return this.listpacks.remove(listpack, position, count * 2);
  }

  /** Sets `first` and `found` to what is in a range of scores. */
  locateScores(listpack: number, range: ScoreRange): void {
    const listpacks = this.listpacks;
    this.first = this.found = 0;
    for (let p = listpacks.first(listpack); p !== 0;) {
      const at = listpacks.next(listpack, p);
      const score = packedScore(listpacks, listpack, at);
      if (!range.keeps(score)) return;
      if (range.reaches(score)) this.found++;
      else this.first++;
      p = listpacks.next(listpack, at);
    }
  }

  /**
   * Sets `first` and `found` to what is in a lexicographical range. Where scores differ it is Redis's answer: from the
   * first member that is not below the range, without the next `offset` whatever they are, as long as none is above it;
   * or the same from the end.
   */
  locateLex(listpack: number, range: LexRange, backwards: boolean, offset: number): void {
    this.first = this.found = 0;
    if (!this.#touches(listpack, range)) return;
    const total = this.count(listpack);
    const listpacks = this.listpacks;
    let skipped = 0;
    let p = backwards ? this.#last(listpack) : listpacks.first(listpack);
    while (p !== 0 && !this.#isBounded(listpack, p, range, !backwards)) {
      skipped++;
      p = this.#step(listpack, p, backwards);
    }
    if (p === 0 || !this.#isBounded(listpack, p, range, backwards)) return;
    for (let left = offset; left > 0 && p !== 0; left--) {
      skipped++;
      p = this.#step(listpack, p, backwards);
    }
    while (p !== 0 && this.#isBounded(listpack, p, range, backwards)) {
      this.found++;
      p = this.#step(listpack, p, backwards);
    }
    this.first = backwards ? total - skipped - this.found : skipped;
  }

  /**
   * Checks that members and scores take turns and are in order.
   *
   * @throws {Error} that says what is wrong
   */
  check(listpack: number): void {
    const listpacks = this.listpacks;
    listpacks.check(listpack);
    if (listpacks.count(listpack) % 2 !== 0) {
      throw new Error(`Listpack ${listpack} has a member without score`);
    }
    const members = new Set<string>();
    let lastMember = "";
    let lastScore = -Infinity;
    for (let p = listpacks.first(listpack); p !== 0; p = this.#next(listpack, p)) {
      const score = packedScore(listpacks, listpack, listpacks.next(listpack, p));
      listpacks.get(listpack, p);
      const member = byteString(listpacks.page, listpacks.at, listpacks.at + listpacks.length);
      const rises = score > lastScore || (score === lastScore && member > lastMember) || members.size === 0;
      if (!rises || members.has(member)) throw new Error(`Listpack ${listpack} is not in order at ${p}`);
      members.add(member);
      lastMember = member;
      lastScore = score;
    }
  }

  /** Whether a range of strings can hold any element, as far as the first and the last one tell. */
  #touches(listpack: number, range: LexRange): boolean {
    const last = this.#last(listpack);
    return last !== 0 && this.#isBounded(listpack, last, range, true) &&
      this.#isBounded(listpack, this.listpacks.first(listpack), range, false);
  }

  /** Whether the member at `position` is not below (`lower`), or not above, a range. */
  #isBounded(listpack: number, position: number, range: LexRange, lower: boolean): boolean {
    const listpacks = this.listpacks;
    listpacks.get(listpack, position);
    const { page, at, length } = listpacks;
    return lower ? range.reaches(page, at, length) : range.keeps(page, at, length);
  }

  #next(listpack: number, position: number): number {
    return this.listpacks.next(listpack, this.listpacks.next(listpack, position));
  }

  #last(listpack: number): number {
    const score = this.listpacks.last(listpack);
    return score === 0 ? 0 : this.listpacks.previous(listpack, score);
  }

  #step(listpack: number, position: number, backwards: boolean): number {
    if (!backwards) return this.#next(listpack, position);
    const score = this.listpacks.previous(listpack, position);
    return score === 0 ? 0 : this.listpacks.previous(listpack, score);
  }

  /** Finds where an element belongs. Hot: it looks at up to half of a listpack, so it reads the bytes itself. */
  #place(listpack: number, bytes: Uint8Array, start: number, end: number, score: number): void {
    const listpacks = this.listpacks;
    const page = this.#arena.u8[listpack >>> PAGE_SHIFT];
    const base = (listpack & UNIT_MASK) << 3;
    let previous = 0;
    let at = base + LISTPACK_HEADER_BYTES;
    for (; page[at] !== LISTPACK_END;) {
      const size = entryBytes(page, at);
      const scoreAt = at + size + backlengthBytes(size);
      const head = page[scoreAt];
      // Most scores are integers of 7 or 13 bits.
      const other = head < 128
        ? head
        : (head & 0xe0) === 0xc0
        ? (((head << 8) | page[scoreAt + 1]) << 19) >> 19
        : packedScore(listpacks, listpack, scoreAt - base);
      if (other > score) break;
      if (other === score) {
        listpacks.get(listpack, at - base);
        if (compareRanges(listpacks.page, listpacks.at, listpacks.length, bytes, start, end - start) > 0) {
          break;
        }
      }
      previous = at - base;
      const scoreSize = entryBytes(page, scoreAt);
      at = scoreAt + scoreSize + backlengthBytes(scoreSize);
    }
    this.#before = page[at] === LISTPACK_END ? 0 : at - base;
    this.#previous = previous;
  }

  /** Writes an element before that at `position`, 0: at the end. */
  #put(
    listpack: number,
    position: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    score: number,
  ): number {
    const listpacks = this.listpacks;
    this.refused = listpack;
    const withMember = position === 0
      ? listpacks.append(listpack, bytes, start, end)
      : listpacks.insertBefore(listpack, position, bytes, start, end);
    const member = listpacks.position;
    try {
      if (Number.isSafeInteger(score)) return listpacks.insertIntegerAfter(withMember, member, score);
      return listpacks.insertAfter(withMember, member, this.#digits, 0, this.#print(score));
    } catch (error) {
      this.refused = listpacks.remove(withMember, member, 1);
      throw error;
    }
  }

  /** Puts the text of a score into `#digits`; returns its length. */
  #print(score: number): number {
    if (!isPackedInteger(score)) return writeDouble(this.#digits, 0, score);
    return new TextEncoder().encodeInto(String(BigInt(score)), this.#digits).written;
  }
}
