/**
 * The eviction pool: the best candidates for eviction that samples have found so far.
 *
 * A sample of five finds an old key, the pool remembers the old ones of many samples: so few looks come close to true
 * LRU. Redis has done so since 3.0, with a pool of the same size. A candidate is noted by its hash and reference and
 * not by its key: who takes it has to see whether it is still there.
 *
 * @module
 */

const SIZE = 16;

/** Candidates, the best one last. */
export class EvictionPool {
  readonly #scores = new Float64Array(SIZE);
  readonly #entries = new Uint32Array(SIZE);
  readonly #hashes = new Uint32Array(SIZE);
  readonly #databases = new Int32Array(SIZE);
  #count = 0;

  /** The candidate that was taken last: its entry, the hash of its key, and the index of its database. */
  entry = 0;
  hash = 0;
  database = 0;

  /** Offers a candidate; the higher its score, the sooner it is to go. */
  offer(score: number, database: number, hash: number, entry: number): void {
    const scores = this.#scores;
    let at = 0;
    while (at < this.#count && scores[at] < score) at++;
    if (this.#count < SIZE) {
      this.#shift(at, this.#count, at + 1);
      this.#count++;
    } else if (at === 0) {
      return;
    } else {
      at--;
      this.#shift(1, at + 1, 0);
    }
    scores[at] = score;
    this.#entries[at] = entry;
    this.#hashes[at] = hash;
    this.#databases[at] = database;
  }

  #shift(from: number, to: number, target: number): void {
    this.#scores.copyWithin(target, from, to);
    this.#entries.copyWithin(target, from, to);
    this.#hashes.copyWithin(target, from, to);
    this.#databases.copyWithin(target, from, to);
  }

  /** Takes the best candidate out and shows it in `entry`, `hash` and `database`; false where there is none. */
  take(): boolean {
    if (this.#count === 0) return false;
    const at = --this.#count;
    this.entry = this.#entries[at];
    this.hash = this.#hashes[at];
    this.database = this.#databases[at];
    return true;
  }

  /** Forgets all candidates: their scores were of another policy. */
  clear(): void {
    this.#count = 0;
  }
}
