/**
 * Bitwise operations on whole strings, chunk by chunk and in words of 32 bits.
 *
 * Each chunk is put together in a buffer of its own, so it does not matter how the strings lie in memory, nor whether the
 * result takes the place of one of them.
 *
 * @module
 */

import type { Entries } from "../../store/entry.ts";

/** What BITOP can do, as its argument says it. */
export const BITWISE_OPERATIONS = ["AND", "OR", "XOR", "NOT", "DIFF", "DIFF1", "ANDOR", "ONE"] as const;

/** One of the operations: the last four are on the first string X and the others, the Ys, or on all of them. */
export type BitwiseOperation = typeof BITWISE_OPERATIONS[number];

/** Bytes that are worked on at a time: two or three chunks fit the processor's first cache. */
export const CHUNK_BYTES = 8192;

// Commands run one after the other, so they can share the chunks.
const result = new Uint8Array(CHUNK_BYTES);
const resultWords = new Int32Array(result.buffer);
const other = new Uint8Array(CHUNK_BYTES);
const otherWords = new Int32Array(other.buffer);
/** Bits that more than one string has. */
const repeatedWords = new Int32Array(CHUNK_BYTES / 4);

/** The result of an operation on strings, which is as long as the longest one; what the others lack is zeros. */
export class CombinedStrings {
  /** In bytes. */
  readonly length: number;
  readonly #entries: Entries;
  readonly #operation: BitwiseOperation;
  readonly #sources: readonly number[];
  readonly #lengths: readonly number[];

  /** @param sources entries of strings, or 0 for an empty one; they must stay where they are until the result is written */
  constructor(entries: Entries, operation: BitwiseOperation, sources: readonly number[]) {
    this.#entries = entries;
    this.#operation = operation;
    this.#sources = sources;
    this.#lengths = sources.map((entry) => entry === 0 ? 0 : entries.valueLength(entry));
    this.length = this.#lengths.reduce((longest, length) => Math.max(longest, length), 0);
  }

  /** Writes the result to `target` from `at` on, which may be where one of the strings begins. */
  write(target: Uint8Array, at: number): void {
    for (let from = 0; from < this.length; from += CHUNK_BYTES) {
      const bytes = Math.min(CHUNK_BYTES, this.length - from);
      this.#combine(from, bytes);
      target.set(bytes === CHUNK_BYTES ? result : result.subarray(0, bytes), at + from);
    }
  }

  /** Puts `bytes` bytes of the result into its chunk. */
  #combine(from: number, bytes: number): void {
    const words = (bytes + 3) >>> 2;
    const operation = this.#operation;
    const count = this.#sources.length;
    switch (operation) {
      case "NOT":
        this.#load(result, 0, from, bytes);
        for (let i = 0; i < words; i++) resultWords[i] = ~resultWords[i];
        break;
      case "AND":
        this.#load(result, 0, from, bytes);
        for (let source = 1; source < count; source++) {
          this.#load(other, source, from, bytes);
          for (let i = 0; i < words; i++) resultWords[i] &= otherWords[i];
        }
        break;
      case "XOR":
        this.#load(result, 0, from, bytes);
        for (let source = 1; source < count; source++) {
          this.#load(other, source, from, bytes);
          for (let i = 0; i < words; i++) resultWords[i] ^= otherWords[i];
        }
        break;
      case "OR":
        this.#unite(0, from, bytes);
        break;
      case "ONE":
        this.#findUnique(from, bytes);
        break;
      default:
        this.#unite(1, from, bytes);
        this.#load(other, 0, from, bytes);
        this.#compareFirst(operation, words);
    }
  }

  /** The bits that any of the strings from number `first` on has. */
  #unite(first: number, from: number, bytes: number): void {
    const words = (bytes + 3) >>> 2;
    this.#load(result, first, from, bytes);
    for (let source = first + 1; source < this.#sources.length; source++) {
      this.#load(other, source, from, bytes);
      for (let i = 0; i < words; i++) resultWords[i] |= otherWords[i];
    }
  }

  /** The bits that exactly one of the strings has. */
  #findUnique(from: number, bytes: number): void {
    const words = (bytes + 3) >>> 2;
    this.#load(result, 0, from, bytes);
    repeatedWords.fill(0);
    for (let source = 1; source < this.#sources.length; source++) {
      this.#load(other, source, from, bytes);
      for (let i = 0; i < words; i++) {
        repeatedWords[i] |= resultWords[i] & otherWords[i];
        resultWords[i] |= otherWords[i];
      }
    }
    for (let i = 0; i < words; i++) resultWords[i] &= ~repeatedWords[i];
  }

  /** Compares the first string, in `other`, with what the others have, in `result`. */
  #compareFirst(operation: "DIFF" | "DIFF1" | "ANDOR", words: number): void {
    if (operation === "DIFF") {
      for (let i = 0; i < words; i++) resultWords[i] = otherWords[i] & ~resultWords[i];
    } else if (operation === "DIFF1") {
      for (let i = 0; i < words; i++) resultWords[i] &= ~otherWords[i];
    } else {
      for (let i = 0; i < words; i++) resultWords[i] &= otherWords[i];
    }
  }

  /** Copies `bytes` bytes of a string to a chunk, zeros where it has ended. */
  #load(chunk: Uint8Array, source: number, from: number, bytes: number): void {
    const present = Math.max(0, Math.min(bytes, this.#lengths[source] - from));
    if (present > 0) {
      const entries = this.#entries;
      entries.locateValue(this.#sources[source]);
      chunk.set(entries.page.subarray(entries.at + from, entries.at + from + present));
    }
    if (present < bytes) chunk.fill(0, present, bytes);
  }
}
