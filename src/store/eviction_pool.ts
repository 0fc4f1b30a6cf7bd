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

/** Candidates, in no order: there are so few that looking through them costs less than moving them. */
export class EvictionPool {
  readonly #scores = new Float64Array(SIZE);
  readonly #entries = new Uint32Array(SIZE);
  readonly #hashes = new Uint32Array(SIZE);
  readonly #databases = new Int32Array(SIZE);
  #count = 0;
  /** The worst candidate of a full pool, -1 while nobody has looked for it. */
  #worst = -1;

  /** The candidate that was taken last: its entry, the hash of its key, and the index of its database. */
  entry = 0;
  hash = 0;
  database = 0;

  /** Offers a candidate; the higher its score, the sooner it is to go. Where the pool is full the worst one goes. */
  offer(score: number, database: number, hash: number, entry: number): void {
    const scores = this.#scores;
    let at = this.#count;
    if (at < SIZE) {
      this.#count++;
    } else {
      if (this.#worst < 0) this.#worst = this.#findWorst();
      at = this.#worst;
      if (score <= scores[at]) return;
    }
    this.#worst = -1;
    scores[at] = score;
    this.#entries[at] = entry;
    this.#hashes[at] = hash;
    this.#databases[at] = database;
  }

  #findWorst(): number {
    const scores = this.#scores;
    let worst = 0;
    for (let i = 1; i < SIZE; i++) {
      if (scores[i] < scores[worst]) worst = i;
    }
    return worst;
  }

  /** Takes the best candidate out and shows it in `entry`, `hash` and `database`; false where there is none. */
  take(): boolean {
    if (this.#count === 0) return false;
    const scores = this.#scores;
    let best = 0;
    for (let i = 1; i < this.#count; i++) {
      if (scores[i] > scores[best]) best = i;
    }
    this.entry = this.#entries[best];
    this.hash = this.#hashes[best];
    this.database = this.#databases[best];
    this.#worst = -1;
    const last = --this.#count;
    scores[best] = scores[last];
    this.#entries[best] = this.#entries[last];
    this.#hashes[best] = this.#hashes[last];
    this.#databases[best] = this.#databases[last];
    return true;
  }

  /** Forgets all candidates: their scores were of another policy. */
  clear(): void {
    this.#count = 0;
  }
}
