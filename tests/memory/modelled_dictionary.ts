/**
 * A dictionary beside a Map that says what it should hold.
 *
 * @module
 */

import assert from "node:assert/strict";
import { bytesOf } from "../../src/base/bytes.ts";
import { KeyHash } from "../../src/base/siphash.ts";
import { Arena, ArenaExhausted, PAGE_SHIFT, UNIT_MASK } from "../../src/memory/arena.ts";
import { Dictionary } from "../../src/memory/dictionary.ts";

/** Where the entries of these tests keep the length of their key and, 8 bytes later in every other one, the key. */
const LAYOUT = { lengthWord: 1, keyAt: 8 };
const GAP_BIT = 0x80000000;

/** An arena that notes what is asked of it, and refuses when it is told to. */
export class WatchedArena extends Arena {
  /** Sizes of all blocks that were allocated, in bytes; whoever looks at it empties it. */
  allocations: number[] = [];
  /** Allocations that will still succeed. */
  left = Infinity;

  override allocate(bytes: number): number {
    if (this.left <= 0) throw new ArenaExhausted("Refused by the test");
    this.left--;
    this.allocations.push(bytes);
    return super.allocate(bytes);
  }
}

/** Gives key number `i` a hash of 32 bits. */
export type Hashing = (i: number) => number;

const sip = new KeyHash(0x01234567, 0x89abcdef);

/** Ways to hash, good and bad: by name, with the number of keys that they are meant for. */
export const HASHINGS: { name: string; keys: number; hash: Hashing }[] = [
  { name: "SipHash", keys: 4000, hash: (i) => sip.hash(keyBytes(i), 0, keyBytes(i).length) },
  { name: "equal hashes", keys: 800, hash: () => 0x5ca1ab1e },
  { name: "the highest hash for all", keys: 800, hash: () => -1 },
  { name: "hashes that differ in 6 high bits", keys: 4000, hash: (i) => (i % 64) << 26 },
  { name: "hashes that differ in 14 bits in the middle", keys: 4000, hash: (i) => (i % 16384) << 6 },
  { name: "rising hashes", keys: 4000, hash: (i) => i << 16 },
  { name: "half of the hashes equal", keys: 1500, hash: (i) => i % 2 === 0 ? 7 : Math.imul(i, 0x9e3779b1) },
];

/** The key number `i`: some empty or long, all different. */
export function keyBytes(i: number): Uint8Array<ArrayBuffer> {
  return bytesOf(i === 0 ? "" : i % 50 === 0 ? `key:${i}:`.repeat(20) : `key:${i}`);
}

interface ModelEntry {
  reference: number;
  hash: number;
}

/** A dictionary of numbered keys, and what it should hold. */
export class ModelledDictionary {
  readonly arena = new WatchedArena();
  readonly dictionary = new Dictionary(this.arena, LAYOUT);
  readonly reference: number;
  readonly #hashing: Hashing;
  /** What is in it, by the key's number. */
  readonly entries = new Map<number, ModelEntry>();

  constructor(hashing: Hashing) {
    this.#hashing = hashing;
    this.reference = this.dictionary.create();
  }

  /** The hash of key number `i`, signed or unsigned in turns: callers have both. */
  hash(i: number): number {
    const hash = this.#hashing(i);
    return i % 2 === 0 ? hash | 0 : hash >>> 0;
  }

  /** A block with key number `i`. */
  makeBlock(i: number): number {
    const key = keyBytes(i);
    const gap = i % 2 === 0 ? 0 : 8;
    const block = this.arena.allocate(LAYOUT.keyAt + gap + key.length);
    const view = this.arena.view(block);
    this.arena.u32[block >>> PAGE_SHIFT][((block & UNIT_MASK) << 1) + LAYOUT.lengthWord] =
      (gap > 0 ? GAP_BIT : 0) + key.length;
    view.set(key, LAYOUT.keyAt + gap);
    return block;
  }

  /** Looks a key up as a caller does, in the middle of other bytes. */
  find(i: number): number {
    const key = keyBytes(i);
    const bytes = new Uint8Array(key.length + 7).fill(120);
    bytes.set(key, 3);
    return this.dictionary.find(this.reference, this.hash(i), bytes, 3, 3 + key.length);
  }

  /** Inserts a key unless it is there. */
  insert(i: number): void {
    if (this.entries.has(i)) return;
    const block = this.makeBlock(i);
    try {
      this.dictionary.insert(this.reference, this.hash(i), block);
    } catch (error) {
      this.arena.free(block);
      throw error;
    }
    this.entries.set(i, { reference: block, hash: this.hash(i) });
  }

  /** Removes a key, found by its bytes or by its reference; does nothing where it is not there. */
  remove(i: number, byReference: boolean): void {
    const entry = this.entries.get(i);
    if (byReference) {
      const reference = entry?.reference ?? 12345;
      const removed = this.dictionary.removeReference(this.reference, this.hash(i), reference);
      assert.equal(removed, entry !== undefined);
    } else {
      assert.equal(this.find(i), entry?.reference ?? 0);
      if (entry !== undefined) this.dictionary.removeFound(this.reference, this.hash(i));
    }
    if (entry === undefined) return;
    this.entries.delete(i);
    this.arena.free(entry.reference);
  }

  /** Puts another block in the place of a key's. */
  replace(i: number, found: boolean): void {
    const entry = this.entries.get(i);
    if (entry === undefined) {
      assert.throws(
        () => this.dictionary.replace(this.reference, this.hash(i), 12345, 1),
        /not in the dictionary/,
      );
      return;
    }
    const block = this.makeBlock(i);
    if (found) {
      assert.equal(this.find(i), entry.reference);
      this.dictionary.replaceFound(block);
    } else {
      this.dictionary.replace(this.reference, this.hash(i), entry.reference, block);
    }
    this.arena.free(entry.reference);
    entry.reference = block;
  }

  /** Compares everything with the model, and lets the dictionary check itself. */
  check(absent: Iterable<number> = []): void {
    const { dictionary, reference } = this;
    dictionary.check(reference);
    assert.equal(dictionary.count(reference), this.entries.size);
    for (const [i, entry] of this.entries) {
      assert.equal(this.find(i), entry.reference, `Key ${i}`);
      assert.ok(dictionary.findReference(reference, entry.hash, entry.reference));
    }
    for (const i of absent) {
      if (!this.entries.has(i)) assert.equal(this.find(i), 0, `Key ${i}, which is not in the dictionary`);
    }
    assert.ok(dictionary.slots(reference) > this.entries.size);
    assert.equal(
      this.arena.used,
      dictionary.overhead(reference) + this.#blockBytes(),
      "Bytes that nobody owns",
    );
  }

  #blockBytes(): number {
    let bytes = 0;
    for (const { reference } of this.entries.values()) bytes += this.arena.capacity(reference);
    return bytes;
  }
}
