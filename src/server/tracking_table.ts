/**
 * Which clients have read which keys: what client-side caching goes by where it is not broadcasting.
 *
 * ```text
 *  byKey     key → entry                          finds what to tell when a key changes
 *  entries   entry, entry, entry, ...             gives any entry by number: the random one that has to go
 *  entry     key, its place in entries, readers   one id as it is, several in a set
 * ```
 *
 * @module
 */

/** Keys that a table can hold: below the 2^24 that a Map can. */
export const MOST_KEYS = 16_000_000;

interface Entry {
  readonly key: string;
  at: number;
  readers: number | Set<number>;
}

/** Keys, as byte strings, with the ids of the clients that have read them. */
export class TrackingTable {
  readonly #byKey = new Map<string, Entry>();
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
    const entry = this.#byKey.get(key);
    if (entry === undefined) {
      const made = { key, at: this.#entries.length, readers: reader };
      this.#byKey.set(key, made);
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
    const entry = this.#byKey.get(key);
    if (entry === undefined) return [];
    this.#byKey.delete(key);
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
    this.#byKey.clear();
    this.#entries.length = 0;
    this.#items = 0;
  }
}
