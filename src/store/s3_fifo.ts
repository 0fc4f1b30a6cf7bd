/**
 * S3-FIFO: eviction that keeps what is used again, and lets scans pass through.
 *
 * ```text
 *  new keys ──▶ small queue ──used again──▶ main queue ◀── keys that the ghosts remember
 *               a tenth of all   │             │ ▲
 *                                └──▶ ghosts   │ └─ used since the hand was here: one use is taken off
 *                                              └──▶ gone
 * ```
 *
 * New keys stand in a queue that holds a tenth of all. Most are never used again: they go when their turn comes, soon
 * after they came, and leave only a fingerprint among the ghosts. Who was used meanwhile, or comes back while its ghost
 * is remembered, belongs to the main part, from which a hand takes what has not been used since it last came by.
 *
 * What is different here from the paper is where the queues lie. The small queue names keys by their hashes, 4 bytes
 * each. The main queue has no memory at all: its order is that in which keys lie in the dictionaries, and its hand goes
 * around in them, so a candidate costs a look at the next place and not a pointer per key. Which queue a key is in, and
 * its uses, stand in the access bits that every entry has:
 *
 * ```text
 *  [ stamp: place in the small queue, modulo 2^21 ][ 1: main ][ uses, 0 to 3 ]       21, 1 and 2 bits
 * ```
 *
 * A key whose stamp the queue has passed is in the main part whatever the other bits say, so keys that were there before
 * the policy was chosen need no treatment.
 *
 * After Yang et al., "FIFO Queues are All You Need for Cache Eviction" (SOSP 2023); the hand is that of CLOCK (Corbató,
 * 1968).
 *
 * @module
 */

import { S3_MAIN, S3_MOST_USES } from "./access.ts";
import type { Database } from "./database.ts";
import { Ghosts } from "./ghosts.ts";
import type { Keyspace } from "./keyspace.ts";

const STAMP_SHIFT = 3;
const STAMP_MASK = 0x1fffff;
/** The small queue's share of all keys is one in so many. */
const SMALL_SHARE = 20;
/** Uses in the small queue that make a key a member of the main part. */
const USES_TO_STAY = 1;
const FIRST_CAPACITY = 1024;
/** Places that the hand looks at in one go, and at most before it takes the key that was used least. */
const STRETCH = 16;
const MOST_PLACES = 512;
/** Keys of the small queue that are read ahead for at a time. */
const READ_AHEAD = 16;
/** Among so many keys they are counted once in so many arrivals and evictions only. */
const MANY_KEYS = 4096;
const CALLS_A_COUNT = 64;

/** Chooses which key goes. */
export class S3Fifo {
  readonly #keyspace: Keyspace;
  readonly #ghosts = new Ghosts();
  // The small queue: a ring of hashes and databases from place `#head` to `#tail`, which only ever rise.
  #hashes = new Uint32Array(FIRST_CAPACITY);
  #databases = new Uint16Array(FIRST_CAPACITY);
  #head = 0;
  #tail = 0;
  // Where the hand is.
  #database = 0;
  #cursor = 0;
  /** Up to which place the small queue's keys have been read ahead. */
  #warmed = 0;
  /** Where what was only read goes, so that reading it is not optimized away. */
  sink = 0;
  // All keys, as last counted.
  #keys = 0;
  #calls = 0;
  readonly #victims: number[] = [];
  readonly #victimHashes: number[] = [];
  #least = 0;
  #leastHash = 0;
  #leastUses = 0;

  constructor(keyspace: Keyspace) {
    this.#keyspace = keyspace;
  }

  /** Bytes of memory that queue and ghosts take. */
  get bytes(): number {
    return this.#hashes.byteLength + this.#databases.byteLength + this.#ghosts.bytes;
  }

  /** Takes note of a new key. */
  arrived(database: number, entry: number, hash: number): void {
    const { entries } = this.#keyspace;
    this.#count();
    if (this.#ghosts.take(hash)) {
      entries.setAccess(entry, S3_MAIN);
      return;
    }
    entries.setAccess(entry, (this.#tail & STAMP_MASK) << STAMP_SHIFT);
    if (this.#tail - this.#head === this.#hashes.length) this.#grow();
    const at = this.#tail++ & (this.#hashes.length - 1);
    this.#hashes[at] = hash;
    this.#databases[at] = database;
    // While there is room for all, the queue is not emptied by evictions.
    if (this.#tail - this.#head > FIRST_CAPACITY && this.#isOver(SMALL_SHARE / 2)) this.#head++;
  }

  /** Whether the small queue has more than one in `share` of all keys. */
  #isOver(share: number): boolean {
    return (this.#tail - this.#head) * share > this.#keys;
  }

  /** Counts the keys, which takes a look at each database; where there are many, now and then is enough. */
  #count(): void {
    if (this.#keys >= MANY_KEYS && ++this.#calls < CALLS_A_COUNT) return;
    this.#calls = 0;
    this.#keys = this.#keyspace.size;
  }

  #grow(): void {
    const { length } = this.#hashes;
    const hashes = new Uint32Array(2 * length);
    const databases = new Uint16Array(2 * length);
    for (let place = this.#head; place < this.#tail; place++) {
      hashes[place & (2 * length - 1)] = this.#hashes[place & (length - 1)];
      databases[place & (2 * length - 1)] = this.#databases[place & (length - 1)];
    }
    this.#hashes = hashes;
    this.#databases = databases;
  }

  /** Evicts one key; false where there is none. */
  evictOne(unlinks: boolean): boolean {
    this.#count();
    if (this.#keys === 0) return false;
    this.#ghosts.resize(this.#keys);
    while (this.#isOver(SMALL_SHARE)) {
      if (this.#evictFromSmall(unlinks)) return true;
    }
    return this.#evictFromMain(unlinks) || this.#evictAny(unlinks);
  }

  /** Decides about the oldest key of the small queue; false where it stays, or was gone. */
  #evictFromSmall(unlinks: boolean): boolean {
    if (this.#head >= this.#warmed) this.#readAhead();
    const at = this.#head & (this.#hashes.length - 1);
    const database = this.#keyspace.databases[this.#databases[at]];
    const hash = this.#hashes[at];
    const entry = database.findByHash(hash, this.#isOldest);
    this.#head++;
    if (entry === 0) return false;
    const { entries } = this.#keyspace;
    if ((entries.access(entry) & S3_MOST_USES) >= USES_TO_STAY) {
      entries.setAccess(entry, S3_MAIN);
      return false;
    }
    this.#ghosts.add(hash);
    database.evict(entry, unlinks, hash);
    return true;
  }

  /** Whether an entry is the one at the head of the small queue, if its key's hash is that one's. */
  readonly #isOldest = (entry: number): boolean => {
    const bits = this.#keyspace.entries.access(entry);
    return (bits & S3_MAIN) === 0 && bits >>> STAMP_SHIFT === (this.#head & STAMP_MASK);
  };

  /** Reads the next keys' entries all together, so that the waits for main memory overlap. */
  #readAhead(): void {
    const { databases, entries } = this.#keyspace;
    const end = Math.min(this.#head + READ_AHEAD, this.#tail);
    let warmed = 0;
    for (let place = this.#head; place < end; place++) {
      const at = place & (this.#hashes.length - 1);
      const entry = databases[this.#databases[at]].likely(this.#hashes[at]);
      if (entry !== 0) warmed += entries.access(entry);
    }
    this.sink = warmed;
    this.#warmed = end;
  }

  /** Moves the hand until it has found a key; false where it has not come by any. */
  #evictFromMain(unlinks: boolean): boolean {
    const { databases } = this.#keyspace;
    this.#least = 0;
    this.#leastUses = S3_MOST_USES + 1;
    for (let places = 0;;) {
      while (this.#victims.length > 0) {
        const entry = this.#victims.pop()!;
        const hash = this.#victimHashes.pop()!;
        if (
          this.#usesInMain(entry) === 0 && databases[this.#database].evictFound(entry, hash, false, unlinks)
        ) {
          return true;
        }
      }
      if (places >= MOST_PLACES) break;
      places += STRETCH;
      this.#sweep(databases);
    }
    return this.#least !== 0 &&
      databases[this.#database].evictFound(this.#least, this.#leastHash, false, unlinks);
  }

  /** Moves the hand over the next stretch of places. */
  #sweep(databases: readonly Database[]): void {
    if (this.#cursor === 0) {
      // Around all databases, the first with keys after this one.
      for (let i = 0; i < databases.length; i++) {
        this.#database = (this.#database + 1) % databases.length;
        if (databases[this.#database].size > 0) break;
      }
      this.#least = 0;
      this.#leastUses = S3_MOST_USES + 1;
    }
    this.#cursor = databases[this.#database].scan(this.#cursor, STRETCH, this.#pass);
  }

  readonly #pass = (entry: number, hash: number) => {
    const uses = this.#usesInMain(entry);
    if (uses < 0) return;
    if (uses === 0) {
      this.#victims.push(entry);
      this.#victimHashes.push(hash);
      return;
    }
    this.#keyspace.entries.setAccess(entry, S3_MAIN | (uses - 1));
    if (uses >= this.#leastUses) return;
    this.#least = entry;
    this.#leastHash = hash;
    this.#leastUses = uses;
  };

  /** Uses of a key in the main part since the hand was there, -1 where it is in the small queue. */
  #usesInMain(entry: number): number {
    const bits = this.#keyspace.entries.access(entry);
    const age = ((bits >>> STAMP_SHIFT) - this.#head) & STAMP_MASK;
    if ((bits & S3_MAIN) === 0 && age < this.#tail - this.#head) return -1;
    return bits & S3_MOST_USES;
  }

  /** Evicts a key whatever it is: few are left, or the hand has met none that are in the main part. */
  #evictAny(unlinks: boolean): boolean {
    while (this.#tail > this.#head) {
      if (this.#evictFromSmall(unlinks)) return true;
    }
    const database = this.#keyspace.databases.find(({ size }) => size > 0);
    if (database === undefined) return false;
    database.evict(database.random(), unlinks);
    return true;
  }
}
