/**
 * The arena: all data of the server, in pages outside the JavaScript heap.
 *
 * A block is named by a 32-bit *reference*: its distance from the arena's beginning in units of 8 bytes. Reference 0
 * is never handed out and means "nothing".
 *
 * ```text
 *  reference   31          22 21                 10 9              0
 *              [ page: 1,024 ][ chunk in the page ][ unit in chunk ]
 *
 *  page   32 MiB   one ArrayBuffer; the operating system makes it resident as it is touched
 *  chunk  8 KiB    a page has 4,096
 *  span   1 to 16 chunks that hold blocks of one size class, or any number of chunks that are one large block
 *  huge   a block over 16 MiB: an ArrayBuffer of its own in a page slot of its own
 * ```
 *
 * Blocks up to 32 KiB come from spans of their size class (steps of 8 bytes up to 256, then 8 classes a doubling, so
 * at most 12.5 % is lost to rounding). A span hands out blocks in order until it is used up once, so memory that was
 * never needed is never touched; afterwards from its list of free blocks, which is threaded through their first words.
 * A span whose blocks are all free goes back to its page, and an empty page back to the operating system, each
 * after a short stay in reserve.
 *
 * What is known of a span stands in eight words at its first chunk's place in the page's `spans` array:
 *
 * ```text
 *  0 HEAD    first chunk of the span that this chunk belongs to, -1 in a free run   (set for every chunk)
 *  1 CLASS   size class, or LARGE
 *  2 USED    blocks in use
 *  3 FREE    reference of the first free block, 0: none
 *  4 FRESH   index of the first block that was never handed out
 *  5 NEXT    next span of the class that has room, as page << 12 | chunk; -1: none
 *  6 PREVIOUS
 *  7 LENGTH  chunks; also set at the first and last chunk of a free run
 * ```
 *
 * To give memory back that only few blocks keep, pages can be *vacated*: nothing is put there any more, and whoever
 * walks through the data moves each block that he meets there (`relocate`). Only the owner of a block knows where its
 * reference stands, so every structure has its own walk; `store/defragmentation.ts` leads through all of them.
 *
 * After tcmalloc's spans and jemalloc's size classes.
 *
 * @module
 */

import { viewedBytes } from "./copy_bytes.ts";
import { takePage } from "./headroom.ts";

const UNIT_BITS = 3;
const PAGE_BITS = 22;
/** Bits to shift a reference by to get its page. */
export const PAGE_SHIFT = PAGE_BITS;
/** Mask that leaves a reference's unit within its page. */
export const UNIT_MASK = (1 << PAGE_BITS) - 1;
const PAGE_BYTES = 1 << (PAGE_BITS + UNIT_BITS);
const MAX_PAGES = 1 << (32 - PAGE_BITS);
const CHUNK_UNIT_BITS = 10;
const CHUNK_BYTES = 1 << (CHUNK_UNIT_BITS + UNIT_BITS);
const CHUNKS = PAGE_BYTES / CHUNK_BYTES;
const CHUNK_MASK = CHUNKS - 1;
const CHUNK_BITS = 12;

const HEAD = 0, CLASS = 1, USED = 2, FREE = 3, FRESH = 4, NEXT = 5, PREVIOUS = 6, LENGTH = 7;
const WORDS = 3; // log2 of the words a chunk has in `spans`

const SMALL_MAX = 32768;
const HUGE_MIN = PAGE_BYTES / 2;
const LARGE = 255;
const SPARES = 8;
/** Bytes of room for each byte that stays or moves when pages are vacated: not every free block is of the right size. */
const ROOM_TO_VACATE = 1.05;

/** Thrown when the operating system or the address space has no more memory to give. */
export class ArenaExhausted extends Error {}

/** Figures of an arena, all in bytes. */
export interface ArenaUsage {
  /** In blocks that are handed out, rounded up to their size class. */
  used: number;
  /** In spans and huge blocks that exist, free blocks in them included. */
  spans: number;
  /** In huge blocks, and in pages up to the last chunk that was ever in use: what is resident. */
  touched: number;
  /** In pages and huge blocks taken from the operating system; what was never touched is not resident. */
  allocated: number;
}

const classSizes: number[] = [];
const classChunks: number[] = [];
const classCapacity: number[] = [];
/** Size class by units (8 bytes, rounded up). */
const classOfUnits = new Uint8Array(SMALL_MAX / 8 + 1);

{
  for (let size = 16; size <= 256; size += 8) classSizes.push(size);
  for (let base = 256; base < SMALL_MAX; base *= 2) {
    for (let step = 1; step <= 8; step++) classSizes.push(base + (base / 8) * step);
  }
  let units = 0;
  classSizes.forEach((size, index) => {
    for (; units <= size / 8; units++) classOfUnits[units] = index;
    // Of 8 to 16 chunks, the number that leaves the smallest part of the span unused.
    let best = 8;
    const waste = (chunks: number) => ((chunks * CHUNK_BYTES) % size) / (chunks * CHUNK_BYTES);
    for (let chunks = 9; chunks <= 16; chunks++) {
      if (waste(chunks) < waste(best) - 0.005) best = chunks;
    }
    classChunks.push(best);
    classCapacity.push(Math.floor((best * CHUNK_BYTES) / size));
  });
}

const CLASS_COUNT = classSizes.length;
const sizeOfClass = Int32Array.from(classSizes);
const chunksOfClass = Int32Array.from(classChunks);
const capacityOfClass = Int32Array.from(classCapacity);

const NO_BYTES = new Uint8Array(0);
const NO_WORDS = new Uint32Array(0);
const NO_SPANS = new Int32Array(0);

/** An allocator of blocks in off-heap pages. */
export class Arena {
  /** Bytes of each page, by page number. */
  readonly u8: Uint8Array<ArrayBuffer>[] = [];
  /** The same pages as 32-bit words. */
  readonly u32: Uint32Array<ArrayBuffer>[] = [];
  readonly #spans: Int32Array[] = [];
  readonly #freeChunks: number[] = [];
  /** Upper bound of the longest free run of a page, in chunks; exact after a search that failed. */
  readonly #longestRun: number[] = [];
  /** Chunks from a page's beginning to the end of the last that was ever in use. */
  readonly #touched: number[] = [];
  /** Whether a page is being vacated. Its spans are in no list. */
  readonly #vacating: boolean[] = [];
  /** Blocks that `relocate` and `copyOut` have moved, and that they were asked about in vain. */
  readonly relocations = { moved: 0, left: 0 };
  /** First span with room of each class, as page << 12 | chunk; -1: none. */
  readonly #partial = new Int32Array(CLASS_COUNT).fill(-1);
  /** Spans that were empty when they were put here, -1: none. They are still in their class's list. */
  readonly #spares = new Int32Array(SPARES).fill(-1);
  #nextSpare = 0;
  #pages = 0;
  #emptyPages = 0;
  /** Empty pages that are still marked as being vacated, so that nothing is put there: they go first. */
  #vacatedPages = 0;
  #firstRoom = 0;
  #used = 0;
  #spanBytes = 0;
  #allocated = 0;
  /** A page's bytes, untouched, for when the system has none: so that what has begun can be ended. */
  #reserve: ArrayBuffer | null = null;
  /** Called when the reserve had to be used. */
  onReserveUsed: () => void = () => {};

  /** Whether there is memory for what is about to be done: the reserve, or as much room in the pages that there are. */
  get hasRoom(): boolean {
    return this.#reserve !== null || this.#allocated - this.#used >= PAGE_BYTES;
  }

  /** Sets a page's bytes aside, unless that has been done; false where the system does not give them. */
  keepReserve(): boolean {
    this.#reserve ??= takePage(PAGE_BYTES);
    return this.#reserve !== null;
  }

  /** Bytes in blocks that are handed out, rounded up to their size class. */
  get used(): number {
    return this.#used;
  }

  /** All figures at once. */
  usage(): ArenaUsage {
    let touched = 0;
    for (let page = 0; page < this.u8.length; page++) {
      touched += this.#spans[page].length === 0 ? this.u8[page].length : this.#touched[page] * CHUNK_BYTES;
    }
    return { used: this.#used, spans: this.#spanBytes, touched, allocated: this.#allocated };
  }

  /**
   * A new block of at least `bytes` bytes, with unspecified content.
   *
   * @throws {ArenaExhausted} when no memory is left; nothing has changed then.
   */
  allocate(bytes: number): number {
    if (bytes > SMALL_MAX) return this.#allocateLarge(bytes);
    const sizeClass = classOfUnits[(bytes + 7) >>> 3];
    let span = this.#partial[sizeClass];
    if (span < 0) span = this.#newSpan(sizeClass);
    const page = span >>> CHUNK_BITS;
    const chunk = span & CHUNK_MASK;
    const spans = this.#spans[page];
    const at = chunk << WORDS;
    const size = sizeOfClass[sizeClass];
    const used = ++spans[at + USED];
    this.#used += size;
    let reference = spans[at + FREE] >>> 0;
    if (reference !== 0) {
      spans[at + FREE] = this.u32[page][(reference & UNIT_MASK) << 1];
    } else {
      const fresh = spans[at + FRESH]++;
      reference = ((page << PAGE_BITS) + (chunk << CHUNK_UNIT_BITS) + fresh * (size >>> UNIT_BITS)) >>> 0;
    }
    if (used === capacityOfClass[sizeClass]) this.#unlink(span, sizeClass);
    return reference;
  }

  /** Gives a block back. Its reference must not be used any more. */
  free(reference: number): void {
    const page = reference >>> PAGE_BITS;
    const spans = this.#spans[page];
    if (spans.length === 0) return this.#freeHuge(page);
    const chunk = spans[(((reference & UNIT_MASK) >>> CHUNK_UNIT_BITS) << WORDS) + HEAD];
    const at = chunk << WORDS;
    const sizeClass = spans[at + CLASS];
    if (sizeClass === LARGE) return this.#freeLarge(page, chunk);
    this.#used -= sizeOfClass[sizeClass];
    const used = --spans[at + USED];
    this.u32[page][(reference & UNIT_MASK) << 1] = spans[at + FREE];
    spans[at + FREE] = reference;
    if (used === capacityOfClass[sizeClass] - 1 && !this.#vacating[page]) {
      this.#link((page << CHUNK_BITS) | chunk, sizeClass);
    }
    if (used === 0) {
      if (this.#vacating[page]) this.#freeSpan(page, chunk);
      else this.#spare((page << CHUNK_BITS) | chunk);
    }
  }

  /** Whether `releasePage` has something to do. */
  get hasSurplusPages(): boolean {
    return this.#emptyPages > 1 || this.#vacatedPages > 0;
  }

  /**
   * Gives an empty page back to the system, which takes milliseconds; false where there is none to give: one is kept,
   * so that a load that goes up and down around its edge does not churn pages, unless it is one that was vacated.
   */
  releasePage(): boolean {
    if (!this.hasSurplusPages) return false;
    this.#dropEmptyPage();
    return true;
  }

  /** As `releasePage`, for pages that have been vacated. */
  releaseVacated(): boolean {
    return this.#vacatedPages > 0 && this.releasePage();
  }

  #dropEmptyPage(): void {
    for (let page = this.#spans.length - 1; page >= 0; page--) {
      if (this.#spans[page].length === 0 || !this.#isEmpty(page)) continue;
      if (this.#vacatedPages > 0 && !this.#vacating[page]) continue;
      this.#emptyPages--;
      this.#dropSlot(page);
      return;
    }
  }

  /**
   * Gives back what is kept for quick reuse: empty spans, and one empty page, which takes milliseconds. Returns whether
   * there are more. Call it when there is time.
   */
  trim(): boolean {
    for (let i = 0; i < SPARES; i++) this.#replaceSpare(i, -1);
    if (this.#emptyPages > 0) this.#dropEmptyPage();
    return this.#emptyPages > 0;
  }

  /**
   * Keeps an empty span for a while in place of the one kept longest, so that a key set and deleted in turns does
   * not take and return a span each time. A span that has been used again since is left alone.
   */
  #spare(span: number): void {
    for (let i = 0; i < SPARES; i++) {
      if (this.#spares[i] === span) return;
    }
    this.#replaceSpare(this.#nextSpare, span);
    this.#nextSpare = (this.#nextSpare + 1) % SPARES;
  }

  #replaceSpare(index: number, span: number): void {
    const old = this.#spares[index];
    this.#spares[index] = span;
    if (old < 0) return;
    const at = (old & CHUNK_MASK) << WORDS;
    const spans = this.#spans[old >>> CHUNK_BITS];
    if (spans[at + USED] > 0) return;
    this.#unlink(old, spans[at + CLASS]);
    this.#freeSpan(old >>> CHUNK_BITS, old & CHUNK_MASK);
  }

  /**
   * Chooses pages to vacate: as many of those with the least data as the others have room for, but none of `except`.
   * Looks at every span, which takes about 20 µs a page. Returns the pages; they are vacated until `endVacating`.
   *
   * @param room bytes of room that there are to be for each byte of data; with 0 all pages are vacated
   */
  vacate(except: ReadonlySet<number>, room = ROOM_TO_VACATE): number[] {
    for (let i = 0; i < SPARES; i++) this.#replaceSpare(i, -1);
    const candidates: { page: number; live: number }[] = [];
    let live = 0;
    for (let page = 0; page < this.#spans.length; page++) {
      if (this.#spans[page].length === 0 || this.#isEmpty(page)) continue;
      const bytes = this.#liveBytes(page);
      live += bytes;
      candidates.push({ page, live: bytes });
    }
    candidates.sort((a, b) => b.live - a.live);
    const kept = Math.ceil((live * room) / PAGE_BYTES);
    const chosen = candidates.slice(kept).map(({ page }) => page).filter((page) => !except.has(page));
    for (const page of chosen) {
      this.#forEachSpanWithRoom(page, (span, sizeClass) => this.#unlink(span, sizeClass));
      this.#vacating[page] = true;
    }
    return chosen;
  }

  /** Lets blocks be put into the pages again that are still being vacated; returns those. */
  endVacating(): number[] {
    const left: number[] = [];
    for (let page = 0; page < this.#spans.length; page++) {
      if (!this.#vacating[page]) continue;
      this.#vacating[page] = false;
      if (this.#isEmpty(page)) continue;
      this.#forEachSpanWithRoom(page, (span, sizeClass) => this.#link(span, sizeClass));
      left.push(page);
    }
    this.#vacatedPages = 0;
    return left;
  }

  /** Whether a block is to leave its page. */
  isVacating(reference: number): boolean {
    return this.#vacating[reference >>> PAGE_BITS];
  }

  /**
   * Copies a block that is to leave its page to another one as large, which is returned; the caller frees the old one.
   * 0 where it may stay, or where there is no memory.
   */
  copyOut(reference: number): number {
    if (!this.#vacating[reference >>> PAGE_BITS]) {
      this.relocations.left++;
      return 0;
    }
    const capacity = this.capacity(reference);
    let copy: number;
    try {
      copy = this.allocate(capacity);
    } catch (error) {
      if (!(error instanceof ArenaExhausted)) throw error;
      this.relocations.left++;
      return 0;
    }
    const at = (copy & UNIT_MASK) << UNIT_BITS;
    this.u8[copy >>> PAGE_BITS].set(this.view(reference), at);
    this.relocations.moved++;
    return copy;
  }

  /** Moves a block out of a page that is being vacated; returns where it is now. Its old reference is not valid any more. */
  relocate(reference: number): number {
    const copy = this.copyOut(reference);
    if (copy === 0) return reference;
    this.free(reference);
    return copy;
  }

  #isEmpty(page: number): boolean {
    return this.#freeChunks[page] === CHUNKS - this.#reserved(page);
  }

  /** Bytes of a page's blocks that are in use. */
  #liveBytes(page: number): number {
    const spans = this.#spans[page];
    let bytes = 0;
    for (let chunk = this.#reserved(page); chunk < CHUNKS;) {
      const at = chunk << WORDS;
      const length = spans[at + LENGTH];
      if (spans[at + HEAD] >= 0) {
        const sizeClass = spans[at + CLASS];
        bytes += sizeClass === LARGE ? length * CHUNK_BYTES : spans[at + USED] * sizeOfClass[sizeClass];
      }
      chunk += length;
    }
    return bytes;
  }

  #forEachSpanWithRoom(page: number, visit: (span: number, sizeClass: number) => void): void {
    const spans = this.#spans[page];
    for (let chunk = this.#reserved(page); chunk < CHUNKS;) {
      const at = chunk << WORDS;
      const next = chunk + spans[at + LENGTH];
      const sizeClass = spans[at + CLASS];
      if (spans[at + HEAD] >= 0 && sizeClass !== LARGE && spans[at + USED] < capacityOfClass[sizeClass]) {
        visit((page << CHUNK_BITS) | chunk, sizeClass);
      }
      chunk = next;
    }
  }

  /** How many bytes the block really has: what was asked for, rounded up. */
  capacity(reference: number): number {
    const page = reference >>> PAGE_BITS;
    const spans = this.#spans[page];
    if (spans.length === 0) return this.u8[page].length;
    const at = spans[(((reference & UNIT_MASK) >>> CHUNK_UNIT_BITS) << WORDS) + HEAD] << WORDS;
    const sizeClass = spans[at + CLASS];
    return sizeClass === LARGE ? spans[at + LENGTH] * CHUNK_BYTES : sizeOfClass[sizeClass];
  }

  /** The capacity that a block of `bytes` bytes would have. */
  static capacityFor(bytes: number): number {
    if (bytes <= SMALL_MAX) return sizeOfClass[classOfUnits[(bytes + 7) >>> 3]];
    if (bytes <= HUGE_MIN) return Math.ceil(bytes / CHUNK_BYTES) * CHUNK_BYTES;
    return Math.ceil(bytes / 8) * 8;
  }

  /** A view of the whole block, for cold paths. It must not outlive the block. */
  view(reference: number): Uint8Array<ArrayBuffer> {
    const at = (reference & UNIT_MASK) << UNIT_BITS;
    return this.u8[reference >>> PAGE_BITS].subarray(at, at + this.capacity(reference));
  }

  #allocateLarge(bytes: number): number {
    if (bytes > HUGE_MIN) return this.#allocateHuge(bytes);
    const chunks = Math.ceil(bytes / CHUNK_BYTES);
    const span = this.#takeRun(chunks);
    const at = (span & CHUNK_MASK) << WORDS;
    const spans = this.#spans[span >>> CHUNK_BITS];
    spans[at + CLASS] = LARGE;
    spans[at + USED] = 1;
    this.#used += chunks * CHUNK_BYTES;
    return (span << CHUNK_UNIT_BITS) >>> 0;
  }

  #freeLarge(page: number, chunk: number): void {
    this.#used -= this.#spans[page][(chunk << WORDS) + LENGTH] * CHUNK_BYTES;
    this.#freeSpan(page, chunk);
  }

  #allocateHuge(bytes: number): number {
    const size = Math.ceil(bytes / 8) * 8;
    if (this.u8.length === 0 || this.u8[0].length === 0) {
      // Slot 0 belongs to the page that holds reference 0.
      this.#addPage(this.#takeSlot(PAGE_BYTES));
    }
    const page = this.#takeSlot(size);
    this.#used += size;
    this.#spanBytes += size;
    return (page << PAGE_BITS) >>> 0;
  }

  #freeHuge(page: number): void {
    const size = this.u8[page].length;
    this.#used -= size;
    this.#spanBytes -= size;
    this.#dropSlot(page);
  }

  /** Adds a span to the front of its class's list of spans with room. */
  #link(span: number, sizeClass: number): void {
    const at = (span & CHUNK_MASK) << WORDS;
    const spans = this.#spans[span >>> CHUNK_BITS];
    const next = this.#partial[sizeClass];
    spans[at + NEXT] = next;
    spans[at + PREVIOUS] = -1;
    if (next >= 0) this.#spans[next >>> CHUNK_BITS][((next & CHUNK_MASK) << WORDS) + PREVIOUS] = span;
    this.#partial[sizeClass] = span;
  }

  #unlink(span: number, sizeClass: number): void {
    const at = (span & CHUNK_MASK) << WORDS;
    const spans = this.#spans[span >>> CHUNK_BITS];
    const next = spans[at + NEXT];
    const previous = spans[at + PREVIOUS];
    if (next >= 0) this.#spans[next >>> CHUNK_BITS][((next & CHUNK_MASK) << WORDS) + PREVIOUS] = previous;
    if (previous >= 0) {
      this.#spans[previous >>> CHUNK_BITS][((previous & CHUNK_MASK) << WORDS) + NEXT] = next;
    } else {
      this.#partial[sizeClass] = next;
    }
  }

  #newSpan(sizeClass: number): number {
    const span = this.#takeRun(chunksOfClass[sizeClass]);
    const at = (span & CHUNK_MASK) << WORDS;
    const spans = this.#spans[span >>> CHUNK_BITS];
    spans[at + CLASS] = sizeClass;
    spans[at + USED] = 0;
    spans[at + FREE] = 0;
    spans[at + FRESH] = 0;
    this.#link(span, sizeClass);
    return span;
  }

  /** Takes `chunks` contiguous chunks out of some page; the caller fills in the span's words. */
  #takeRun(chunks: number): number {
    for (let page = this.#firstRoom; page < this.#spans.length; page++) {
      if (this.#longestRun[page] < chunks || this.#vacating[page]) continue;
      const chunk = this.#searchRun(page, chunks);
      if (chunk >= 0) return this.#cutRun(page, chunk, chunks);
    }
    const page = this.#takeSlot(PAGE_BYTES);
    this.#addPage(page);
    return this.#cutRun(page, this.#searchRun(page, chunks), chunks);
  }

  /** First free run of at least `chunks` chunks, or -1 after noting how long the longest is. */
  #searchRun(page: number, chunks: number): number {
    const spans = this.#spans[page];
    let longest = 0;
    for (let chunk = 0; chunk < CHUNKS;) {
      const length = spans[(chunk << WORDS) + LENGTH];
      if (spans[(chunk << WORDS) + HEAD] < 0) {
        if (length >= chunks) return chunk;
        if (length > longest) longest = length;
      }
      chunk += length;
    }
    this.#longestRun[page] = longest;
    return -1;
  }

  #cutRun(page: number, chunk: number, chunks: number): number {
    const spans = this.#spans[page];
    const rest = spans[(chunk << WORDS) + LENGTH] - chunks;
    if (rest > 0) this.#markFree(spans, chunk + chunks, rest);
    for (let i = chunk; i < chunk + chunks; i++) spans[(i << WORDS) + HEAD] = chunk;
    spans[(chunk << WORDS) + LENGTH] = chunks;
    if (this.#isEmpty(page)) this.#emptyPages--;
    this.#freeChunks[page] -= chunks;
    if (chunk + chunks > this.#touched[page]) this.#touched[page] = chunk + chunks;
    this.#spanBytes += chunks * CHUNK_BYTES;
    while (this.#firstRoom < this.#spans.length && this.#freeChunks[this.#firstRoom] === 0) this.#firstRoom++;
    return (page << CHUNK_BITS) | chunk;
  }

  #freeSpan(page: number, chunk: number): void {
    const spans = this.#spans[page];
    const chunks = spans[(chunk << WORDS) + LENGTH];
    this.#spanBytes -= chunks * CHUNK_BYTES;
    let first = chunk;
    let length = chunks;
    const after = chunk + chunks;
    if (after < CHUNKS && spans[(after << WORDS) + HEAD] < 0) length += spans[(after << WORDS) + LENGTH];
    if (chunk > 0 && spans[((chunk - 1) << WORDS) + HEAD] < 0) {
      first = chunk - spans[((chunk - 1) << WORDS) + LENGTH];
      length += chunk - first;
    }
    for (let i = chunk; i < after; i++) spans[(i << WORDS) + HEAD] = -1;
    this.#markFree(spans, first, length);
    this.#freeChunks[page] += chunks;
    if (length > this.#longestRun[page]) this.#longestRun[page] = length;
    if (page < this.#firstRoom) this.#firstRoom = page;
    if (this.#isEmpty(page)) {
      this.#emptyPages++;
      if (this.#vacating[page]) this.#vacatedPages++;
    }
  }

  #markFree(spans: Int32Array, first: number, length: number): void {
    spans[(first << WORDS) + HEAD] = -1;
    spans[(first << WORDS) + LENGTH] = length;
    spans[((first + length - 1) << WORDS) + HEAD] = -1;
    spans[((first + length - 1) << WORDS) + LENGTH] = length;
  }

  /** Chunks that are never handed out: the one of reference 0. */
  #reserved(page: number): number {
    return page === 0 ? 1 : 0;
  }

  #addPage(page: number): void {
    const spans = this.#spans[page] = new Int32Array(CHUNKS << WORDS);
    for (let chunk = 0; chunk < CHUNKS; chunk++) spans[(chunk << WORDS) + HEAD] = -1;
    const reserved = this.#reserved(page);
    if (reserved > 0) {
      spans[HEAD] = 0;
      spans[CLASS] = LARGE;
      spans[LENGTH] = reserved;
    }
    this.#markFree(spans, reserved, CHUNKS - reserved);
    this.#freeChunks[page] = CHUNKS - reserved;
    this.#longestRun[page] = CHUNKS - reserved;
    this.#touched[page] = reserved;
    this.#vacating[page] = false;
    this.#emptyPages++;
    if (page < this.#firstRoom) this.#firstRoom = page;
  }

  /** Takes an ArrayBuffer of `bytes` bytes from the system into a free page slot. */
  #takeSlot(bytes: number): number {
    let slot = this.u8.findIndex((page) => page.length === 0);
    if (slot < 0) slot = this.u8.length;
    if (slot >= MAX_PAGES) {
      throw new ArenaExhausted(`Arena is full, ${MAX_PAGES} pages of ${PAGE_BYTES} bytes`);
    }
    const buffer = takePage(bytes) ?? this.#takeReserve(bytes);
    if (buffer === null) {
      throw new ArenaExhausted(`Allocation of ${bytes} bytes was refused by the system`);
    }
    this.u8[slot] = viewedBytes(buffer);
    this.u32[slot] = new Uint32Array(buffer);
    this.#spans[slot] = NO_SPANS;
    this.#freeChunks[slot] = 0;
    this.#longestRun[slot] = 0;
    this.#touched[slot] = 0;
    this.#vacating[slot] = false;
    this.#pages++;
    this.#allocated += bytes;
    return slot;
  }

  #takeReserve(bytes: number): ArrayBuffer | null {
    const reserve = this.#reserve;
    if (reserve === null || bytes !== PAGE_BYTES) return null;
    this.#reserve = null;
    this.onReserveUsed();
    return reserve;
  }

  #dropSlot(slot: number): void {
    const buffer = this.u8[slot].buffer;
    if (this.#vacating[slot]) this.#vacatedPages--;
    this.#allocated -= buffer.byteLength;
    this.#pages--;
    this.u8[slot] = NO_BYTES;
    this.u32[slot] = NO_WORDS;
    this.#spans[slot] = NO_SPANS;
    this.#freeChunks[slot] = 0;
    this.#longestRun[slot] = 0;
    this.#touched[slot] = 0;
    this.#vacating[slot] = false;
    // Without this the memory would stay resident until the collector comes by.
    buffer.transfer(0);
  }

  /**
   * Checks every invariant of the arena: lengths, lists, counters.
   *
   * @throws {Error} that names the first one broken.
   */
  check(): void {
    let used = 0;
    let spanBytes = 0;
    let allocated = 0;
    let empty = 0;
    let pages = 0;
    const withRoom = new Set<number>();
    for (let page = 0; page < this.u8.length; page++) {
      const bytes = this.u8[page].length;
      const spans = this.#spans[page];
      if (bytes === 0) continue;
      pages++;
      allocated += bytes;
      if (spans.length === 0) {
        used += bytes;
        spanBytes += bytes;
        continue;
      }
      let free = 0;
      let previousFree = false;
      for (let chunk = 0; chunk < CHUNKS;) {
        const at = chunk << WORDS;
        const length = spans[at + LENGTH];
        const where = `page ${page} chunk ${chunk}`;
        if (length <= 0 || chunk + length > CHUNKS) throw new Error(`Run length ${length} at ${where}`);
        if (spans[at + HEAD] < 0) {
          if (previousFree) throw new Error(`Free runs not merged at ${where}`);
          if (spans[((chunk + length - 1) << WORDS) + LENGTH] !== length) {
            throw new Error(`Free run's end at ${where}`);
          }
          if (length > this.#longestRun[page]) throw new Error(`Longest run is understated at ${where}`);
          free += length;
          previousFree = true;
        } else {
          previousFree = false;
          for (let i = chunk; i < chunk + length; i++) {
            if (spans[(i << WORDS) + HEAD] !== chunk) throw new Error(`Head of chunk ${i} at ${where}`);
          }
          if (page !== 0 || chunk !== 0) {
            spanBytes += length * CHUNK_BYTES;
            used += this.#checkSpan(page, chunk, withRoom);
          }
        }
        chunk += length;
      }
      if (free !== this.#freeChunks[page]) throw new Error(`Free chunks of page ${page}: ${free}`);
      if (free > 0 && page < this.#firstRoom) {
        throw new Error(`Page ${page} has room before ${this.#firstRoom}`);
      }
      if (free === CHUNKS - this.#reserved(page)) empty++;
    }
    if (pages !== this.#pages) throw new Error(`Pages: ${pages}, counted ${this.#pages}`);
    if (empty !== this.#emptyPages) throw new Error(`Empty pages: ${empty}, counted ${this.#emptyPages}`);
    const vacated = this.#vacating.filter((vacating, page) => vacating && this.#isEmpty(page)).length;
    if (vacated !== this.#vacatedPages) {
      throw new Error(`Vacated pages: ${vacated}, counted ${this.#vacatedPages}`);
    }
    if (used !== this.#used) throw new Error(`Used bytes: ${used}, counted ${this.#used}`);
    if (spanBytes !== this.#spanBytes) {
      throw new Error(`Span bytes: ${spanBytes}, counted ${this.#spanBytes}`);
    }
    if (allocated !== this.#allocated) throw new Error(`Allocated: ${allocated}, counted ${this.#allocated}`);
    for (let sizeClass = 0; sizeClass < CLASS_COUNT; sizeClass++) {
      let previous = -1;
      for (let span = this.#partial[sizeClass]; span >= 0;) {
        const spans = this.#spans[span >>> CHUNK_BITS];
        const at = (span & CHUNK_MASK) << WORDS;
        if (!withRoom.delete(span)) throw new Error(`Span ${span} is listed but has no room`);
        if (spans[at + CLASS] !== sizeClass) throw new Error(`Span ${span} is in the list of ${sizeClass}`);
        if (spans[at + PREVIOUS] !== previous) throw new Error(`Span ${span} has a wrong predecessor`);
        previous = span;
        span = spans[at + NEXT];
      }
    }
    if (withRoom.size > 0) throw new Error(`${withRoom.size} spans with room are not listed`);
  }

  #checkSpan(page: number, chunk: number, withRoom: Set<number>): number {
    const spans = this.#spans[page];
    const at = chunk << WORDS;
    const sizeClass = spans[at + CLASS];
    if (sizeClass === LARGE) return spans[at + LENGTH] * CHUNK_BYTES;
    const used = spans[at + USED];
    const capacity = capacityOfClass[sizeClass];
    if (used < 0 || used > capacity) {
      throw new Error(`Span at ${page}/${chunk} has ${used} of ${capacity} in use`);
    }
    let free = 0;
    const first = ((page << PAGE_BITS) + (chunk << CHUNK_UNIT_BITS)) >>> 0;
    for (let reference = spans[at + FREE] >>> 0; reference !== 0; free++) {
      const distance = reference - first;
      if (distance < 0 || distance % (sizeOfClass[sizeClass] / 8) !== 0 || free > capacity) {
        throw new Error(`Free list of span at ${page}/${chunk} is broken`);
      }
      reference = this.u32[page][(reference & UNIT_MASK) << 1];
    }
    if (used + free !== spans[at + FRESH]) {
      throw new Error(`Span at ${page}/${chunk}: ${used} + ${free} blocks`);
    }
    if (used < capacity && !this.#vacating[page]) withRoom.add((page << CHUNK_BITS) | chunk);
    return used * sizeOfClass[sizeClass];
  }
}
