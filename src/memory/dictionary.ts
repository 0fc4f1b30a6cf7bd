/**
 * A dictionary of blocks in the arena, found by the bytes of their key; it grows and shrinks in bounded steps.
 *
 * Extendible hashing, ordered by hash: a directory of 2^d references, indexed by the hash's top d bits, names
 * *segments*; a segment of local depth l ≤ d holds all entries whose hash begins with its l bits, and 2^(d-l)
 * neighbouring places of the directory name it. Within a segment the entries lie in a linear-probing table whose home
 * slots rise with the hash, so the whole dictionary is in order of hash but for collisions.
 *
 * ```text
 *  dictionary   [ root ][ depth d ][ count ][ segments at depth d ]          4 words
 *  directory    2^d words: reference of a segment | its l   (none while d = 0: root is the only segment)
 *  segment      [ l << 16 | slots ][ count ] then per slot  [ hash ][ reference, 0: empty ]
 *               64 bytes (7 slots) to 8 KiB (1,023 slots)
 * ```
 *
 * Segments named in a directory all have 8 KiB, and so begin at a chunk of the arena: the low bits of their references
 * are free, and l stands there. So a look-up in a large dictionary need not read the segment's first words, which
 * would be one more cache miss.
 *
 * A segment over 13/16 full is doubled while it is small, then split into two by its next bit: at most 1,023 entries
 * move, about 10 µs, and no key is hashed again. Emptied segments halve, or merge with their buddy. Nothing else ever
 * moves, so no step's work grows with the number of entries, except the directory's doubling: 4 bytes for every 800
 * entries or so.
 *
 * The order by hash carries three things: SCAN's cursor is a hash, and whatever grows, shrinks or splits meanwhile, an
 * entry that is there throughout is passed once; a snapshot has passed an entry exactly if its hash is below the
 * snapshot's position; and random choice is uniform over segments' slots.
 *
 * Entries are blocks that the caller lays out. The dictionary reads only their key: a word with the key's length in
 * its low 30 bits, and the key's bytes at a fixed distance, 8 bytes further where that word's top bit is set (which is
 * where entries keep an optional expiry time).
 *
 * After Fagin et al., "Extendible Hashing" (1979); segments as in Dash (Lu et al., 2020).
 *
 * @module
 */

import { sameBytes } from "./copy_bytes.ts";
import { type Arena, ArenaExhausted, PAGE_SHIFT, UNIT_MASK } from "./arena.ts";

/** The bits of the length word that are the key's length, in bytes. */
export const KEY_LENGTH_MASK = 0x3fffffff;

const HEADER_BYTES = 16;
const MIN_SLOTS = 7;
const MAX_SLOTS = 1023;
/** The bits of a directory's word that are the segment's local depth. */
const LOCAL_DEPTH_MASK = 31;

/** Where an entry keeps its key. */
export interface EntryLayout {
  /** Word (4 bytes) of the entry that holds the key's length. */
  lengthWord: number;
  /** Byte of the entry where the key begins. */
  keyAt: number;
}

/** Operations on dictionaries whose entries share one layout; a dictionary itself is a reference into the arena. */
export class Dictionary {
  readonly #arena: Arena;
  readonly #lengthWord: number;
  readonly #keyAt: number;
  /** Room for the entries of a segment that is being rebuilt. */
  readonly #scratch = new Uint32Array(2 * MAX_SLOTS);

  // Where the last find() ended: the segment's page and the slot's word in it.
  #foundPage: Uint32Array = this.#scratch;
  #foundAt = 0;

  // Where an entry belongs, as the last #locate() found: the slot's word, and the words of the segment's first and last.
  #homePage: Uint32Array = this.#scratch;
  #homeAt = 0;
  #homeFirst = 0;
  #homeLast = 0;

  constructor(arena: Arena, layout: EntryLayout) {
    this.#arena = arena;
    this.#lengthWord = layout.lengthWord;
    this.#keyAt = layout.keyAt;
  }

  /** A new, empty dictionary. */
  create(): number {
    const arena = this.#arena;
    const dictionary = arena.allocate(HEADER_BYTES);
    let segment: number;
    try {
      segment = this.#newSegment(MIN_SLOTS, 0);
    } catch (error) {
      arena.free(dictionary);
      throw error;
    }
    const words = arena.u32[dictionary >>> PAGE_SHIFT];
    const at = (dictionary & UNIT_MASK) << 1;
    words[at] = segment;
    words[at + 1] = 0;
    words[at + 2] = 0;
    words[at + 3] = 1;
    return dictionary;
  }

  /** Number of entries. */
  count(dictionary: number): number {
    return this.#arena.u32[dictionary >>> PAGE_SHIFT][((dictionary & UNIT_MASK) << 1) + 2];
  }

  /** Bytes that the dictionary itself takes: header, directory, segments; not its entries. */
  overhead(dictionary: number): number {
    let total = this.#arena.capacity(dictionary);
    const depth = this.#depth(dictionary);
    if (depth > 0) total += this.#arena.capacity(this.#root(dictionary));
    for (let segment = this.#segmentOf(dictionary, 0), hash = 0;;) {
      total += this.#arena.capacity(segment);
      hash = this.#segmentEnd(segment, hash);
      if (hash === 0) return total;
      segment = this.#segmentOf(dictionary, hash);
    }
  }

  /** Number of slots in all segments together: what HTSTATS-like reports call the table size. */
  slots(dictionary: number): number {
    let total = 0;
    let hash = 0;
    do {
      const segment = this.#segmentOf(dictionary, hash);
      total += this.#slots(segment);
      hash = this.#segmentEnd(segment, hash);
    } while (hash !== 0);
    return total;
  }

  /** The entry with the key `bytes[start, end)` whose hash is `hash`, or 0. */
  find(dictionary: number, hash: number, bytes: Uint8Array, start: number, end: number): number {
    const pages = this.#arena.u32;
    this.#locate(dictionary, hash);
    const words = this.#homePage;
    const first = this.#homeFirst;
    const last = this.#homeLast;
    let at = this.#homeAt;
    const unsigned = hash >>> 0;
    const length = end - start;
    for (let reference = words[at + 1]; reference !== 0; reference = words[at + 1]) {
      if (words[at] === unsigned) {
        const entry = pages[reference >>> PAGE_SHIFT];
        const word = entry[((reference & UNIT_MASK) << 1) + this.#lengthWord];
        if ((word & KEY_LENGTH_MASK) === length) {
          const key = this.#arena.u8[reference >>> PAGE_SHIFT];
          const from = ((reference & UNIT_MASK) << 3) + this.#keyAt + ((word >>> 31) << 3);
          if (sameBytes(key, from, bytes, start, length)) {
            this.#foundPage = words;
            this.#foundAt = at;
            return reference;
          }
        }
      }
      at = at === last ? first : at + 2;
    }
    return 0;
  }

  /**
   * The entry in the home slot of a hash, or 0: most likely the one that a `find` will end at. It only serves to have
   * the memory that the `find` is going to read on its way into the processor's caches.
   */
  peek(dictionary: number, hash: number): number {
    this.#locate(dictionary, hash);
    return this.#homePage[this.#homeAt + 1];
  }

  /** Sets `#homePage` and its companions to the place where an entry with this hash belongs. */
  #locate(dictionary: number, hash: number): void {
    const pages = this.#arena.u32;
    const header = pages[dictionary >>> PAGE_SHIFT];
    const at = (dictionary & UNIT_MASK) << 1;
    const root = header[at];
    const depth = header[at + 1];
    let base: number;
    let slots: number;
    if (depth === 0) {
      base = (root & UNIT_MASK) << 1;
      this.#homePage = pages[root >>> PAGE_SHIFT];
      slots = this.#homePage[base] & 0xffff;
      this.#homeAt = base + 2 + ((((hash >>> 16) * slots) >>> 16) << 1);
    } else {
      const word = pages[root >>> PAGE_SHIFT][((root & UNIT_MASK) << 1) + (hash >>> (32 - depth))];
      base = (word & UNIT_MASK & ~LOCAL_DEPTH_MASK) << 1;
      this.#homePage = pages[word >>> PAGE_SHIFT];
      slots = MAX_SLOTS;
      this.#homeAt = base + 2 + (((((hash << (word & LOCAL_DEPTH_MASK)) >>> 16) * MAX_SLOTS) >>> 16) << 1);
    }
    this.#homeFirst = base + 2;
    this.#homeLast = base + (slots << 1);
  }

  /** Makes the place where the last successful `find` ended hold `reference`: the same key in another block. */
  replaceFound(reference: number): void {
    this.#foundPage[this.#foundAt + 1] = reference;
  }

  /** Makes the place of `old` hold `reference`. */
  replace(dictionary: number, hash: number, old: number, reference: number): void {
    if (!this.findReference(dictionary, hash, old)) {
      throw new Error(`Reference ${old} is not in the dictionary`);
    }
    this.replaceFound(reference);
  }

  /** Whether the dictionary holds the block `reference`, whose key has this hash. */
  findReference(dictionary: number, hash: number, reference: number): boolean {
    this.#locate(dictionary, hash);
    const words = this.#homePage;
    const first = this.#homeFirst;
    const last = this.#homeLast;
    let at = this.#homeAt;
    for (let found = words[at + 1]; found !== 0; found = words[at + 1]) {
      if (found === reference) {
        this.#foundPage = words;
        this.#foundAt = at;
        return true;
      }
      at = at === last ? first : at + 2;
    }
    return false;
  }

  /**
   * Adds an entry whose key is not in the dictionary yet.
   *
   * @throws {ArenaExhausted} when there is no memory to grow; the dictionary is unchanged then.
   */
  insert(dictionary: number, hash: number, reference: number): void {
    const pages = this.#arena.u32;
    let segment = this.#segmentOf(dictionary, hash);
    let words = pages[segment >>> PAGE_SHIFT];
    let base = (segment & UNIT_MASK) << 1;
    while (words[base + 1] >= ((words[base] & 0xffff) * 13) >>> 4) {
      if (!this.#grow(dictionary, segment, hash)) break;
      segment = this.#segmentOf(dictionary, hash);
      words = pages[segment >>> PAGE_SHIFT];
      base = (segment & UNIT_MASK) << 1;
    }
    this.#place(words, base, hash, reference);
    words[base + 1]++;
    pages[dictionary >>> PAGE_SHIFT][((dictionary & UNIT_MASK) << 1) + 2]++;
  }

  /** Takes out the entry that the last `find` or `findReference` of this dictionary and hash ended at. */
  removeFound(dictionary: number, hash: number): void {
    const words = this.#foundPage;
    const segment = this.#segmentOf(dictionary, hash);
    const base = (segment & UNIT_MASK) << 1;
    const head = words[base];
    const slots = head & 0xffff;
    const depth = head >>> 16;
    const first = base + 2;
    const last = base + (slots << 1);
    // Backward-shift deletion: whatever probed over this slot moves up, so no tombstones are needed.
    let hole = this.#foundAt;
    for (let at = hole === last ? first : hole + 2; words[at + 1] !== 0; at = at === last ? first : at + 2) {
      const home = first + (((((words[at] << depth) >>> 16) * slots) >>> 16) << 1);
      if (hole <= at ? home <= hole || home > at : home <= hole && home > at) {
        words[hole] = words[at];
        words[hole + 1] = words[at + 1];
        hole = at;
      }
    }
    words[hole + 1] = 0;
    const count = --words[base + 1];
    this.#arena.u32[dictionary >>> PAGE_SHIFT][((dictionary & UNIT_MASK) << 1) + 2]--;
    if (count < slots >>> 3 && (slots > MIN_SLOTS || depth > 0)) {
      try {
        this.#shrink(dictionary, segment, hash);
      } catch (error) {
        // Shrinking takes a smaller block before it frees the larger one: without memory it waits for another day.
        if (!(error instanceof ArenaExhausted)) throw error;
      }
    }
  }

  /** Takes out the block `reference`, whose key has this hash; false where it is not in the dictionary. */
  removeReference(dictionary: number, hash: number, reference: number): boolean {
    if (!this.findReference(dictionary, hash, reference)) return false;
    this.removeFound(dictionary, hash);
    return true;
  }

  /**
   * Passes entries in the order of their hashes, from `cursor` on, until about `count` slots have been looked at, and
   * returns the cursor to go on from: 0 when all have been passed. Entries with equal home slots stay together.
   *
   * `visit` gets the reference and the hash, and must not change the dictionary.
   */
  scan(
    dictionary: number,
    cursor: number,
    count: number,
    visit: (reference: number, hash: number) => void,
  ): number {
    let position = cursor >>> 0;
    let looked = 0;
    while (looked < count) {
      const segment = this.#segmentOf(dictionary, position);
      const words = this.#arena.u32[segment >>> PAGE_SHIFT];
      const base = (segment & UNIT_MASK) << 1;
      const slots = words[base] & 0xffff;
      const depth = words[base] >>> 16;
      const first = base + 2;
      let home = (((position << depth) >>> 16) * slots) >>> 16;
      for (; home < slots && looked < count; home++, looked++) {
        for (let i = home, left = slots; left > 0 && words[first + (i << 1) + 1] !== 0; left--) {
          const hash = words[first + (i << 1)];
          if ((((hash << depth) >>> 16) * slots) >>> 16 === home && hash >= position) {
            visit(words[first + (i << 1) + 1], hash);
          }
          i = i + 1 === slots ? 0 : i + 1;
        }
      }
      const start = depth === 0 ? 0 : ((position >>> (32 - depth)) << (32 - depth)) >>> 0;
      if (home < slots) {
        // The lowest hash of the next home slot, in this segment's part of the hashes.
        position = start + Math.ceil((Math.ceil((home * 65536) / slots) * 65536) / 2 ** depth);
      } else {
        position = start + 2 ** (32 - depth);
      }
      if (position >= 0x100000000) return 0;
    }
    return position;
  }

  /**
   * Copies neighbouring entries and their hashes into `references` and `hashes`, from their index `filled` on, until
   * these are full; returns how far they are filled. Begins where `position`, a hash, belongs, and looks at no more than
   * one segment, so there may be fewer.
   */
  sample(
    dictionary: number,
    position: number,
    references: Uint32Array,
    hashes: Uint32Array,
    filled: number,
  ): number {
    this.#locate(dictionary, position);
    const words = this.#homePage;
    const first = this.#homeFirst;
    const last = this.#homeLast;
    const wanted = references.length;
    let at = this.#homeAt;
    let found = filled;
    for (let looked = first; looked <= last && found < wanted; looked += 2) {
      const reference = words[at + 1];
      if (reference !== 0) {
        references[found] = reference;
        hashes[found++] = words[at];
      }
      at = at === last ? first : at + 2;
    }
    return found;
  }

  /** The first entry whose key has this hash and of which `matches` says that it is the wanted one, or 0. */
  findByHash(dictionary: number, hash: number, matches: (reference: number) => boolean): number {
    this.#locate(dictionary, hash);
    const words = this.#homePage;
    const first = this.#homeFirst;
    const last = this.#homeLast;
    const unsigned = hash >>> 0;
    let at = this.#homeAt;
    for (let reference = words[at + 1]; reference !== 0; reference = words[at + 1]) {
      if (words[at] === unsigned && matches(reference)) return reference;
      at = at === last ? first : at + 2;
    }
    return 0;
  }

  /**
   * An entry chosen at random, each about equally likely, or 0 from an empty dictionary.
   *
   * @param random gives an unsigned 32-bit number
   */
  random(dictionary: number, random: () => number): number {
    if (this.count(dictionary) === 0) return 0;
    const depth = this.#depth(dictionary);
    for (;;) {
      const segment = this.#segmentOf(dictionary, random() | 0);
      const words = this.#arena.u32[segment >>> PAGE_SHIFT];
      const base = (segment & UNIT_MASK) << 1;
      const slots = words[base] & 0xffff;
      // A segment that is named 2^n times in the directory is met as often, and accepted once in so many times.
      const repeats = 1 << (depth - (words[base] >>> 16));
      if (repeats > 1 && random() % repeats !== 0) continue;
      if (words[base + 1] === 0) continue;
      const reference = words[base + 2 + ((random() % slots) << 1) + 1];
      if (reference !== 0) return reference;
    }
  }

  /**
   * Destroys about `count` entries' worth of a dictionary that nobody will use again: hands each entry to `release`
   * and frees its segment. Returns true when the dictionary is gone. Starts with `startDrain`.
   */
  drain(dictionary: number, count: number, release: (reference: number) => void): boolean {
    const arena = this.#arena;
    const header = arena.u32[dictionary >>> PAGE_SHIFT];
    const at = (dictionary & UNIT_MASK) << 1;
    for (let looked = 0; looked < count;) {
      const position = header[at + 3];
      const segment = this.#segmentOf(dictionary, position);
      const words = arena.u32[segment >>> PAGE_SHIFT];
      const base = (segment & UNIT_MASK) << 1;
      const slots = words[base] & 0xffff;
      for (let slot = 0; slot < slots; slot++) {
        const reference = words[base + 3 + (slot << 1)];
        if (reference !== 0) release(reference);
      }
      looked += slots;
      const next = this.#segmentEnd(segment, position);
      arena.free(segment);
      if (next === 0) {
        if (header[at + 1] > 0) arena.free(header[at]);
        arena.free(dictionary);
        return true;
      }
      header[at + 3] = next;
    }
    return false;
  }

  /** Prepares a dictionary that nobody will use again for `drain`. */
  startDrain(dictionary: number): void {
    // The fourth word is not needed any more and becomes the position.
    this.#arena.u32[dictionary >>> PAGE_SHIFT][((dictionary & UNIT_MASK) << 1) + 3] = 0;
  }

  /**
   * Moves a dictionary's header and directory out of pages that are being vacated, and returns its reference, which may
   * be another one. The segments are for `relocateSegment`, the entries for the caller, with `scan` and `replace`.
   */
  relocateHeader(dictionary: number): number {
    const arena = this.#arena;
    const moved = arena.relocate(dictionary);
    if (this.#depth(moved) > 0) {
      const directory = arena.relocate(this.#root(moved));
      arena.u32[moved >>> PAGE_SHIFT][(moved & UNIT_MASK) << 1] = directory;
    }
    return moved;
  }

  /** Moves the segment that a hash belongs to out of a page that is being vacated. */
  relocateSegment(dictionary: number, hash: number): void {
    const arena = this.#arena;
    const segment = this.#segmentOf(dictionary, hash);
    const moved = arena.relocate(segment);
    if (moved === segment) return;
    const depth = arena.u32[moved >>> PAGE_SHIFT][(moved & UNIT_MASK) << 1] >>> 16;
    this.#name(dictionary, hash, depth, moved);
  }

  #root(dictionary: number): number {
    return this.#arena.u32[dictionary >>> PAGE_SHIFT][(dictionary & UNIT_MASK) << 1];
  }

  #depth(dictionary: number): number {
    return this.#arena.u32[dictionary >>> PAGE_SHIFT][((dictionary & UNIT_MASK) << 1) + 1];
  }

  #slots(segment: number): number {
    return this.#arena.u32[segment >>> PAGE_SHIFT][(segment & UNIT_MASK) << 1] & 0xffff;
  }

  #segmentOf(dictionary: number, hash: number): number {
    const pages = this.#arena.u32;
    const header = pages[dictionary >>> PAGE_SHIFT];
    const at = (dictionary & UNIT_MASK) << 1;
    const root = header[at];
    const depth = header[at + 1];
    if (depth === 0) return root;
    const word = pages[root >>> PAGE_SHIFT][((root & UNIT_MASK) << 1) + (hash >>> (32 - depth))];
    return (word & ~LOCAL_DEPTH_MASK) >>> 0;
  }

  /** The first hash after those of `segment`, which holds `hash`; 0 after the last segment. */
  #segmentEnd(segment: number, hash: number): number {
    const depth = this.#arena.u32[segment >>> PAGE_SHIFT][(segment & UNIT_MASK) << 1] >>> 16;
    if (depth === 0) return 0;
    return (((hash >>> (32 - depth)) + 1) << (32 - depth)) >>> 0;
  }

  #newSegment(slots: number, depth: number): number {
    const arena = this.#arena;
    const segment = arena.allocate((slots + 1) * 8);
    const words = arena.u32[segment >>> PAGE_SHIFT];
    const base = (segment & UNIT_MASK) << 1;
    words.fill(0, base, base + ((slots + 1) << 1));
    words[base] = (depth << 16) | slots;
    return segment;
  }

  #place(words: Uint32Array, base: number, hash: number, reference: number): void {
    const head = words[base];
    const last = base + ((head & 0xffff) << 1);
    let at = base + 2 + (((((hash << (head >>> 16)) >>> 16) * (head & 0xffff)) >>> 16) << 1);
    while (words[at + 1] !== 0) at = at === last ? base + 2 : at + 2;
    words[at] = hash;
    words[at + 1] = reference;
  }

  /** Makes room in a full segment; false where it cannot be split any further and is not quite full yet. */
  #grow(dictionary: number, segment: number, hash: number): boolean {
    const slots = this.#slots(segment);
    if (slots < MAX_SLOTS) {
      this.#resize(dictionary, segment, slots * 2 + 1, hash);
      return true;
    }
    return this.#split(dictionary, segment, hash);
  }

  /** Copies a segment's entries to the scratch area and returns how many there are. */
  #gather(segment: number, from: number): number {
    const words = this.#arena.u32[segment >>> PAGE_SHIFT];
    const base = (segment & UNIT_MASK) << 1;
    const end = base + ((words[base] & 0xffff) << 1);
    const scratch = this.#scratch;
    let n = from;
    for (let at = base + 2; at <= end; at += 2) {
      if (words[at + 1] === 0) continue;
      scratch[n << 1] = words[at];
      scratch[(n << 1) + 1] = words[at + 1];
      n++;
    }
    return n;
  }

  /** Places the scratch entries from..to into an empty segment. */
  #fill(segment: number, from: number, to: number): void {
    const words = this.#arena.u32[segment >>> PAGE_SHIFT];
    const base = (segment & UNIT_MASK) << 1;
    const scratch = this.#scratch;
    for (let i = from; i < to; i++) this.#place(words, base, scratch[i << 1], scratch[(i << 1) + 1]);
    words[base + 1] += to - from;
  }

  /** Puts the segment's entries into a new one with `slots` slots, in the same places of the directory. */
  #resize(dictionary: number, segment: number, slots: number, hash: number): void {
    const depth = this.#arena.u32[segment >>> PAGE_SHIFT][(segment & UNIT_MASK) << 1] >>> 16;
    const replacement = this.#newSegment(slots, depth);
    this.#fill(replacement, 0, this.#gather(segment, 0));
    this.#name(dictionary, hash, depth, replacement);
    this.#arena.free(segment);
  }

  /** Writes `segment` into all places of the directory that begin with the first `depth` bits of `hash`. */
  #name(dictionary: number, hash: number, depth: number, segment: number): void {
    const pages = this.#arena.u32;
    const header = pages[dictionary >>> PAGE_SHIFT];
    const at = (dictionary & UNIT_MASK) << 1;
    const directoryDepth = header[at + 1];
    if (directoryDepth === 0) {
      header[at] = segment;
      return;
    }
    const root = header[at];
    const repeats = 2 ** (directoryDepth - depth);
    const first = ((root & UNIT_MASK) << 1) +
      (depth === 0 ? 0 : (hash >>> (32 - depth)) * repeats);
    pages[root >>> PAGE_SHIFT].fill(segment | depth, first, first + repeats);
  }

  /** Splits a segment by the next bit of its entries' hashes; false when all 32 bits are used up. */
  #split(dictionary: number, segment: number, hash: number): boolean {
    const arena = this.#arena;
    const words = arena.u32[segment >>> PAGE_SHIFT];
    const base = (segment & UNIT_MASK) << 1;
    const depth = words[base] >>> 16;
    if (depth >= 28) {
      // 2^28 directory places: only entries with equal hashes could bring a dictionary here.
      if (words[base + 1] >= MAX_SLOTS - 1) throw new Error("Too many entries with equal hashes");
      return false;
    }
    const upper = this.#newSegment(MAX_SLOTS, depth + 1);
    if (depth === this.#depth(dictionary)) {
      try {
        this.#doubleDirectory(dictionary);
      } catch (error) {
        arena.free(upper);
        throw error;
      }
    }
    const count = this.#gather(segment, 0);
    words.fill(0, base, base + ((MAX_SLOTS + 1) << 1));
    words[base] = ((depth + 1) << 16) | MAX_SLOTS;
    const scratch = this.#scratch;
    const bit = 0x80000000 >>> depth;
    const upperWords = arena.u32[upper >>> PAGE_SHIFT];
    const upperBase = (upper & UNIT_MASK) << 1;
    for (let i = 0; i < count; i++) {
      const entryHash = scratch[i << 1];
      if ((entryHash & bit) !== 0) {
        this.#place(upperWords, upperBase, entryHash, scratch[(i << 1) + 1]);
        upperWords[upperBase + 1]++;
      } else {
        this.#place(words, base, entryHash, scratch[(i << 1) + 1]);
        words[base + 1]++;
      }
    }
    this.#name(dictionary, hash | bit, depth + 1, upper);
    this.#name(dictionary, hash & ~bit, depth + 1, segment);
    const header = arena.u32[dictionary >>> PAGE_SHIFT];
    const at = (dictionary & UNIT_MASK) << 1;
    if (header[at + 1] === depth + 1) header[at + 3] += 2;
    return true;
  }

  #doubleDirectory(dictionary: number): void {
    const arena = this.#arena;
    const header = arena.u32[dictionary >>> PAGE_SHIFT];
    const at = (dictionary & UNIT_MASK) << 1;
    const depth = header[at + 1];
    const old = header[at];
    const directory = arena.allocate(4 * 2 ** (depth + 1));
    const words = arena.u32[directory >>> PAGE_SHIFT];
    const base = (directory & UNIT_MASK) << 1;
    if (depth === 0) {
      words[base] = words[base + 1] = old;
    } else {
      const from = arena.u32[old >>> PAGE_SHIFT];
      const oldBase = (old & UNIT_MASK) << 1;
      for (let i = 0; i < 2 ** depth; i++) words[base + 2 * i] = words[base + 2 * i + 1] = from[oldBase + i];
      arena.free(old);
    }
    header[at] = directory;
    header[at + 1] = depth + 1;
    header[at + 3] = 0;
  }

  /** Halves a segment that is nearly empty, or merges it with its buddy. */
  #shrink(dictionary: number, segment: number, hash: number): void {
    const arena = this.#arena;
    const words = arena.u32[segment >>> PAGE_SHIFT];
    const base = (segment & UNIT_MASK) << 1;
    const depth = words[base] >>> 16;
    const slots = words[base] & 0xffff;
    if (depth === 0) {
      this.#resize(dictionary, segment, slots >>> 1, hash);
      return;
    }
    const bit = (0x80000000 >>> (depth - 1)) >>> 0;
    const buddy = this.#segmentOf(dictionary, hash ^ bit);
    const buddyHead = arena.u32[buddy >>> PAGE_SHIFT][(buddy & UNIT_MASK) << 1];
    const buddyCount = arena.u32[buddy >>> PAGE_SHIFT][((buddy & UNIT_MASK) << 1) + 1];
    if (buddyHead >>> 16 !== depth || buddyCount + words[base + 1] > MAX_SLOTS * 0.4) return;
    const count = this.#gather(buddy, this.#gather(segment, 0));
    words.fill(0, base, base + ((MAX_SLOTS + 1) << 1));
    words[base] = ((depth - 1) << 16) | MAX_SLOTS;
    this.#fill(segment, 0, count);
    this.#name(dictionary, hash, depth - 1, segment);
    arena.free(buddy);
    const header = arena.u32[dictionary >>> PAGE_SHIFT];
    const at = (dictionary & UNIT_MASK) << 1;
    if (header[at + 1] !== depth) return;
    header[at + 3] -= 2;
    if (header[at + 3] === 0) this.#halveDirectory(dictionary);
  }

  /** Halves the directory; no segment is at its depth any more. */
  #halveDirectory(dictionary: number): void {
    const arena = this.#arena;
    const header = arena.u32[dictionary >>> PAGE_SHIFT];
    const at = (dictionary & UNIT_MASK) << 1;
    const depth = header[at + 1] - 1;
    const old = header[at];
    const words = arena.u32[old >>> PAGE_SHIFT];
    const base = (old & UNIT_MASK) << 1;
    header[at + 1] = depth;
    if (depth === 0) {
      header[at] = words[base] & ~LOCAL_DEPTH_MASK;
      header[at + 3] = 1;
      arena.free(old);
      return;
    }
    let deepest = 0;
    for (let i = 0; i < 2 ** depth; i++) {
      const word = words[base + 2 * i];
      words[base + i] = word;
      if ((word & LOCAL_DEPTH_MASK) === depth) deepest++;
    }
    header[at + 3] = deepest;
    const directory = arena.allocate(4 * 2 ** depth);
    arena.u32[directory >>> PAGE_SHIFT].set(
      words.subarray(base, base + 2 ** depth),
      (directory & UNIT_MASK) << 1,
    );
    header[at] = directory;
    arena.free(old);
  }

  /**
   * Checks every invariant: directory, depths, counts, reachability of each entry.
   *
   * @throws {Error} that names the first one broken.
   */
  check(dictionary: number): void {
    const arena = this.#arena;
    const depth = this.#depth(dictionary);
    let total = 0;
    let deepest = 0;
    let hash = 0;
    do {
      const segment = this.#segmentOf(dictionary, hash);
      const words = arena.u32[segment >>> PAGE_SHIFT];
      const base = (segment & UNIT_MASK) << 1;
      const local = words[base] >>> 16;
      const slots = words[base] & 0xffff;
      if (local > depth) throw new Error(`Segment ${segment} has depth ${local} of ${depth}`);
      if (local > 0 && slots !== MAX_SLOTS) {
        throw new Error(`Segment ${segment} has ${slots} slots at depth ${local}`);
      }
      if (local === depth) deepest++;
      const first = depth === 0 ? 0 : hash >>> (32 - depth);
      for (let i = 0; i < 2 ** (depth - local); i++) {
        const place = depth === 0 ? 0 : ((first + i) << (32 - depth)) >>> 0;
        this.#locate(dictionary, place);
        if (this.#segmentOf(dictionary, place) !== segment || this.#homeFirst !== base + 2) {
          throw new Error(`Directory place ${first + i}`);
        }
      }
      let count = 0;
      for (let slot = 0; slot < slots; slot++) {
        const reference = words[base + 3 + (slot << 1)];
        if (reference === 0) continue;
        count++;
        const entryHash = words[base + 2 + (slot << 1)];
        if (this.#segmentOf(dictionary, entryHash) !== segment) {
          throw new Error(`Entry ${reference} is misplaced`);
        }
        if (!this.findReference(dictionary, entryHash, reference)) {
          throw new Error(`Entry ${reference} is lost`);
        }
      }
      if (count !== words[base + 1]) {
        throw new Error(`Segment ${segment} counts ${words[base + 1]}, has ${count}`);
      }
      if (count >= slots) throw new Error(`Segment ${segment} is full: probing would not end`);
      total += count;
      hash = this.#segmentEnd(segment, hash);
    } while (hash !== 0);
    if (total !== this.count(dictionary)) throw new Error(`Counts ${this.count(dictionary)}, has ${total}`);
    const counted = arena.u32[dictionary >>> PAGE_SHIFT][((dictionary & UNIT_MASK) << 1) + 3];
    if (deepest !== counted) throw new Error(`Segments at depth ${depth}: ${deepest}, counted ${counted}`);
  }
}
