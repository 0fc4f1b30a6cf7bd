/**
 * Reading ahead: brings the memory of the keys that a batch is about to look up into the processor's caches, all
 * together instead of one after the other.
 *
 * A look-up in a large database waits for main memory twice: for the dictionary's slot, then for the entry. Command by
 * command these waits add up; begun for sixteen requests in a row, they overlap. Measured with 1 million keys,
 * pipelines of 16 and 64-byte values: see docs/architecture.md. Redis has done the same since 8.0.
 *
 * @module
 */

import { PAGE_SHIFT, UNIT_MASK } from "../memory/arena.ts";
import type { Dictionary } from "../memory/dictionary.ts";
import type { Arena } from "../memory/arena.ts";
import type { KeyHash } from "../base/siphash.ts";

/** Keys that are read ahead at a time. */
export const PREFETCH_KEYS = 32;

/** Hashes of the keys that come next, and the warm memory behind them. */
export class Prefetch {
  readonly #arena: Arena;
  readonly #dictionary: Dictionary;
  readonly #hash: KeyHash;
  readonly #starts = new Int32Array(PREFETCH_KEYS);
  readonly #ends = new Int32Array(PREFETCH_KEYS);
  readonly #hashes = new Int32Array(PREFETCH_KEYS);
  readonly #entries = new Uint32Array(PREFETCH_KEYS);
  #bytes: Uint8Array | null = null;
  #count = 0;
  #next = 0;
  /** Where what was read goes, so that reading it is not optimized away. */
  sink = 0;

  constructor(arena: Arena, dictionary: Dictionary, hash: KeyHash) {
    this.#arena = arena;
    this.#dictionary = dictionary;
    this.#hash = hash;
  }

  /** Whether another key may be added. */
  get hasRoom(): boolean {
    return this.#count < PREFETCH_KEYS;
  }

  /** Begins anew, with keys that lie in `bytes`. */
  begin(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.#count = 0;
    this.#next = 0;
  }

  /** Forgets everything: the bytes are going to change. */
  end(): void {
    this.#bytes = null;
    this.#count = 0;
  }

  /** Adds the key `[start, end)`; keys come in the order in which they lie in the bytes. */
  add(start: number, end: number): void {
    const i = this.#count++;
    this.#starts[i] = start;
    this.#ends[i] = end;
    this.#hashes[i] = this.#hash.hash(this.#bytes!, start, end);
  }

  /** Reads ahead for the keys that were added: first all slots, then all entries. */
  load(dictionary: number): void {
    const { u32 } = this.#arena;
    const count = this.#count;
    for (let i = 0; i < count; i++) this.#entries[i] = this.#dictionary.peek(dictionary, this.#hashes[i]);
    let sink = 0;
    for (let i = 0; i < count; i++) {
      const entry = this.#entries[i];
      if (entry !== 0) sink += u32[entry >>> PAGE_SHIFT][((entry & UNIT_MASK) << 1) + 1];
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
