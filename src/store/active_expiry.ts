/**
 * Active expiry: removes keys, and fields of hashes, whose time has come though nobody asks for them.
 *
 * As in Redis, keys that expire are sampled, and where more of them have expired than a tenth, it goes on; so the keys
 * that are stale stay below that share. Redis decides after each sample of 20 keys, and looks again after every event
 * while it estimates that too many are stale. Here fifty samples decide, of which a twentieth may have expired: chance
 * ended slices after single ones early, and at 17,000 expirations a second 28 % of the keys were stale.
 *
 * Redis works for up to a quarter of a tick at a stretch; here the same quarter is cut into slices of a millisecond,
 * between which clients are served.
 *
 * @module
 */

import type { Database } from "./database.ts";
import { ActiveFieldExpiry } from "./field_expiry.ts";
import type { Keyspace } from "./keyspace.ts";

const SAMPLE = 20;
/** Empty places of the dictionary that one sample may step over. */
const PLACES = 400;
/** Samples after which it is decided whether to go on with a database. */
const ROUND_SAMPLES = 50;
/** Samples of one slice at the most, for a clock that stands still. */
const MAX_SAMPLES = 1000;

/** Walks the databases' expiring keys, a slice at a time. */
export class ActiveExpiry {
  readonly #keyspace: Keyspace;
  readonly #fields: ActiveFieldExpiry;
  readonly #due: number[] = [];
  #database = 0;
  #sampled = 0;
  #now = 0;
  #ttlSum = 0;
  /** What the samples of this round have found. */
  readonly #round = { samples: 0, sampled: 0, stale: 0 };
  /** Share of keys that expire but have not been removed, estimated: INFO's `expired_stale_perc`. */
  staleShare = 0;
  /** Time spent, in microseconds: INFO's `expire_cycle_cpu_milliseconds`. */
  microseconds = 0;
  /** Slices that ended because their time was up: INFO's `expired_time_cap_reached_count`. */
  timeCapReached = 0;

  constructor(keyspace: Keyspace) {
    this.#keyspace = keyspace;
    this.#fields = new ActiveFieldExpiry(keyspace);
  }

  /**
   * Works for about `microseconds` on keys and then, where fields expire, on those; returns whether there is more to do
   * now.
   *
   * @param effort `active-expire-effort`, 1 to 10: more looks at more keys and leaves fewer stale ones
   */
  step(microseconds: number, effort: number): boolean {
    const { clock } = this.#keyspace;
    const start = clock.microseconds();
    const more = this.#work(start + microseconds, effort);
    const moreFields = this.#fields.work(clock.microseconds() + microseconds);
    this.microseconds += clock.microseconds() - start;
    return more || moreFields;
  }

  /** Works until `end`, monotonic microseconds. */
  #work(end: number, effort: number): boolean {
    const { clock, databases } = this.#keyspace;
    const sample = SAMPLE + (SAMPLE / 4) * (effort - 1);
    // Half of what may be stale, so that there is room for what expires until the next tick.
    const acceptable = (10 - (effort - 1)) / 100 / 2;
    const round = this.#round;
    let sampled = 0;
    let stale = 0;
    let samples = 0;
    for (let visited = 0; visited < databases.length;) {
      const database = databases[this.#database % databases.length];
      const found = this.#sample(database, sample);
      sampled += this.#sampled;
      stale += found;
      samples++;
      round.samples++;
      round.sampled += this.#sampled;
      round.stale += found;
      const isTimeUp = clock.microseconds() >= end || samples >= MAX_SAMPLES;
      const more = round.stale > round.sampled * acceptable;
      if (isTimeUp || round.samples === ROUND_SAMPLES || database.expiryCursor === 0) {
        round.samples = round.sampled = round.stale = 0;
        if (!more) {
          this.#database++;
          visited++;
        }
      }
      if (isTimeUp) {
        this.#estimate(sampled, stale);
        if (more) this.timeCapReached++;
        return more;
      }
    }
    this.#estimate(sampled, stale);
    return false;
  }

  #estimate(sampled: number, stale: number): void {
    const share = sampled === 0 ? 0 : stale / sampled;
    this.staleShare = share * 0.05 + this.staleShare * 0.95;
  }

  readonly #visit = (entry: number) => {
    this.#sampled++;
    const expiry = this.#keyspace.entries.expiry(entry);
    if (this.#now > expiry) this.#due.push(entry);
    else this.#ttlSum += expiry - this.#now;
  };

  /** Looks at about `count` keys of a database and removes those whose time has come; returns how many. */
  #sample(database: Database, count: number): number {
    this.#sampled = 0;
    this.#ttlSum = 0;
    this.#now = this.#keyspace.now;
    this.#due.length = 0;
    if (database.volatileSize === 0) {
      database.expiryCursor = 0;
      database.averageTtl = 0;
      return 0;
    }
    for (let places = 0; this.#sampled < count && places < PLACES; places += SAMPLE) {
      database.expiryCursor = database.scanVolatile(database.expiryCursor, SAMPLE, this.#visit);
      if (database.expiryCursor === 0) break;
    }
    const expired = this.#due.length;
    const { snapshot } = database;
    for (const entry of this.#due) {
      // Nobody waits for it: it can go when the snapshot has written it.
      if (snapshot === null || !snapshot.holds(database, entry)) database.expire(entry);
    }
    const alive = this.#sampled - expired;
    if (alive > 0) {
      const mean = this.#ttlSum / alive;
      database.averageTtl = database.averageTtl === 0 ? mean : database.averageTtl * 0.98 + mean * 0.02;
    }
    return expired;
  }
}
