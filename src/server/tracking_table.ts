/**
 * Which clients have read which keys: what client-side caching goes by where it is not broadcasting.
 *
 * ```text
 *  byKey     key → entry, in many maps            finds what to tell when a key changes
 *  entries   entry, entry, entry, ...             gives any entry by number: the random one that has to go
 *  entry     key, its place in entries, readers   one id as it is, several in a set
 * ```
 *
 * @module
 */

/** Keys that a table can hold: below the 2^24 that a Map can. */
export const MOST_KEYS = 16_000_000;

/** A map that grows needs all of its memory again, at once: so there are some, a power of two, by hashes of the keys. */
const MAPS = 64;
/** Characters of a key that count, the last ones. */
const HASHED = 16;

interface Entry {
  readonly key: string;
  at: number;
  readers: number | Set<number>;
}

/** Keys, as byte strings, with the ids of the clients that have read them. */
export class TrackingTable {
  readonly #byKey = Array.from({ length: MAPS }, () => new Map<string, Entry>());
  readonly #entries: Entry[] = [];
  #items = 0;

  /** Number of keys. */
  get size(): number {
    return this.#entries.length;
  }

  /** Number of pairs of a key and a client that has read it. */
  get items(): number {
    return this.#items;
  }

  /** Remembers that a client has read a key. */
  add(key: string, reader: number): void {
    const map = this.#mapOf(key);
    const entry = map.get(key);
    if (entry === undefined) {
      const made = { key, at: this.#entries.length, readers: reader };
      map.set(key, made);
      this.#entries.push(made);
      this.#items++;
      return;
    }
    const { readers } = entry;
    if (typeof readers === "number") {
      if (readers === reader) return;
      entry.readers = new Set([readers, reader]);
      this.#items++;
    } else if (!readers.has(reader)) {
      readers.add(reader);
      this.#items++;
    }
  }

  /** Forgets a key, and returns the ids of those that had read it. */
  take(key: string): Iterable<number> {
    const map = this.#mapOf(key);
    const entry = map.get(key);
    if (entry === undefined) return [];
    map.delete(key);
    const last = this.#entries.pop()!;
    if (last !== entry) {
      last.at = entry.at;
      this.#entries[entry.at] = last;
    }
    const { readers } = entry;
    if (typeof readers === "number") {
      this.#items--;
      return [readers];
    }
    this.#items -= readers.size;
    return readers;
  }

  /** The key of number `i`, 0 to `size - 1`; which one that is changes with every key that is forgotten. */
  key(i: number): string {
    return this.#entries[i].key;
  }

  /** Forgets all keys. */
  clear(): void {
    for (const map of this.#byKey) map.clear();
    this.#entries.length = 0;
    this.#items = 0;
  }

  #mapOf(key: string): Map<string, Entry> {
    let hash = 0;
    for (let i = Math.max(0, key.length - HASHED); i < key.length; i++) {
      hash = (Math.imul(hash, 31) + key.charCodeAt(i)) | 0;
    }
    return this.#byKey[hash & (MAPS - 1)];
  }
}
