/**
 * Reading ahead: brings the memory of the keys that a batch is about to look up into the processor's caches, and that
 * of the elements of their collections, all together instead of one after the other.
 *
 * A look-up in a large database waits for main memory twice: for the dictionary's slot, then for the entry. Command by
 * command these waits add up; begun for sixteen requests in a row, they overlap. Measured with 1 million keys,
 * pipelines of 16 and 64-byte values: see docs/architecture.md. Redis has done the same since 8.0.
 *
 * @module
 */

import { PAGE_SHIFT, UNIT_MASK } from "../memory/arena.ts";
import type { Dictionary } from "../memory/dictionary.ts";
import type { KeyHash } from "../base/siphash.ts";
import { type Entries, TYPE_STRING, TYPE_ZSET } from "./entry.ts";

/** Requests that are read ahead for at a time. */
export const PREFETCH_KEYS = 32;

/** Hashes of the keys that come next, and the warm memory behind them. */
export class Prefetch {
  readonly #entryReader: Entries;
  readonly #dictionary: Dictionary;
  readonly #hash: KeyHash;
  readonly #starts = new Int32Array(PREFETCH_KEYS);
  readonly #ends = new Int32Array(PREFETCH_KEYS);
  readonly #hashes = new Int32Array(PREFETCH_KEYS);
  readonly #entries = new Uint32Array(PREFETCH_KEYS);
  /** Where in the table of arguments each key's request begins. */
  readonly #requests = new Int32Array(PREFETCH_KEYS);
  readonly #elementHashes = new Int32Array(PREFETCH_KEYS);
  readonly #blocks = new Uint32Array(PREFETCH_KEYS);
  #bytes: Uint8Array | null = null;
  #table = new Int32Array(0);
  #count = 0;
  #next = 0;
  /** Where what was read goes, so that reading it is not optimized away. */
  sink = 0;

  constructor(entries: Entries, dictionary: Dictionary, hash: KeyHash) {
    this.#entryReader = entries;
    this.#dictionary = dictionary;
    this.#hash = hash;
  }

  /** Whether another key may be added. */
  get hasRoom(): boolean {
    return this.#count < PREFETCH_KEYS;
  }

  /** Begins anew, with requests whose arguments lie in `bytes` where `table` says (see request_batch.ts). */
  begin(bytes: Uint8Array, table: Int32Array<ArrayBuffer>): void {
    this.#bytes = bytes;
    this.#table = table;
    this.#count = 0;
    this.#next = 0;
  }

  /** Forgets everything: the bytes are going to change. */
  end(): void {
    this.#bytes = null;
    this.#count = 0;
  }

  /**
   * Adds the request at the table's word `at`, whose first argument is taken for a key. Requests come in the order in
   * which they lie in the bytes.
   */
  add(at: number): void {
    const i = this.#count++;
    const start = this.#table[at + 3];
    const end = this.#table[at + 4];
    this.#requests[i] = at;
    this.#starts[i] = start;
    this.#ends[i] = end;
    this.#hashes[i] = this.#hash.hash(this.#bytes!, start, end);
  }

  /**
   * Reads ahead for the requests that were added: first all slots, then all entries, then the elements of those that
   * are collections.
   */
  load(dictionary: number): void {
    const entries = this.#entryReader;
    const count = this.#count;
    for (let i = 0; i < count; i++) this.#entries[i] = this.#dictionary.peek(dictionary, this.#hashes[i]);
    let collections = 0;
    for (let i = 0; i < count; i++) {
      const entry = this.#entries[i];
      if (entry !== 0 && entries.type(entry) !== TYPE_STRING) {
        this.#entries[collections] = entry;
        this.#requests[collections++] = this.#requests[i];
      }
    }
    if (collections > 0) this.#loadElements(collections);
  }

  /** Reads ahead in the first `count` of `#entries`, which are collections. */
  #loadElements(count: number): void {
    const entries = this.#entryReader;
    const table = this.#table;
    // The loops are apart, so that waits overlap: the hash of the next element would not let the processor see as far.
    for (let i = 0; i < count; i++) {
      const at = this.#requests[i];
      // The element is the argument behind the key, or behind the score: ZADD, ZINCRBY.
      const argument = entries.type(this.#entries[i]) === TYPE_ZSET && table[at] > 3 ? 3 : 2;
      this.#elementHashes[i] = table[at] > argument
        ? this.#hash.hash(this.#bytes!, table[at + 1 + 2 * argument], table[at + 2 + 2 * argument])
        : 0;
    }
    for (let i = 0; i < count; i++) {
      const entry = this.#entries[i];
      const type = entries.types[entries.type(entry)];
      this.#blocks[i] = type.peek(entries.root(entry), entries.encoding(entry), this.#elementHashes[i]);
    }
    const { u32 } = entries.arena;
    let sink = 0;
    for (let i = 0; i < count; i++) {
      const block = this.#blocks[i];
      sink += u32[block >>> PAGE_SHIFT][((block & UNIT_MASK) << 1) + 1];
    }
    this.sink = sink | 0;
  }

  /** The hash of the key `bytes[start, end)`, from those read ahead or computed now. */
  hashOf(bytes: Uint8Array, start: number, end: number): number {
    if (bytes === this.#bytes) {
      let next = this.#next;
      while (next < this.#count && this.#starts[next] < start) next++;
      this.#next = next;
      if (next < this.#count && this.#starts[next] === start && this.#ends[next] === end) {
        return this.#hashes[next];
      }
    }
    return this.#hash.hash(bytes, start, end);
  }
}
