/**
 * Eviction: keeps the memory within `maxmemory` by removing keys, as `maxmemory-policy` chooses them.
 *
 * Before a command runs, keys go until the memory in use is below the limit, for at most so long as
 * `maxmemory-eviction-tenacity` allows; what is left is done between commands. Memory that waits to be freed is freed
 * before further keys go. While the memory is over the limit the data may only shrink: where eviction has freed less
 * than the last commands have taken, those that need memory are refused until it has caught up. So one command's need is
 * the most that data is ever over the limit, whatever clients send; where the limit was lowered, or clients' buffers have
 * grown, it goes down from what it was then.
 *
 * @module
 */

import { ACCESS_LFU, ACCESS_LRM, ACCESS_LRU, ACCESS_S3_FIFO } from "./access.ts";
import type { Database } from "./database.ts";
import type { KeyChangeListener } from "./events.ts";
import { EvictionPool } from "./eviction_pool.ts";
import type { Keyspace } from "./keyspace.ts";
import { S3Fifo } from "./s3_fifo.ts";

/** Names of the policies, as `maxmemory-policy` has them. */
export type EvictionPolicy =
  | "noeviction"
  | "allkeys-lru"
  | "allkeys-lfu"
  | "allkeys-lrm"
  | "allkeys-random"
  | "allkeys-s3-fifo"
  | "volatile-lru"
  | "volatile-lfu"
  | "volatile-lrm"
  | "volatile-random"
  | "volatile-ttl";

/** Keys between two looks at the clock. */
const KEYS_A_LOOK = 16;
/** More would keep everybody waiting for each key, and find no better one. */
const MOST_SAMPLES = 4096;
/** Samples are neighbours in the dictionary; where it is sparse, so many stretches are looked at. */
const MOST_STRETCHES = 10;
/** Samples that are taken at once, for as many keys to go: the more are read together, the less each waits for memory. */
const SAMPLES_AT_ONCE = 4;
/** Keys chosen at random that are read at once. */
const RANDOM_AT_ONCE = 16;
/** Up to this tenacity the time for one round rises evenly, from there exponentially. */
const EVEN_TENACITY = 10;
const MICROSECONDS_A_STEP = 50;
const GROWTH = 1.15;
const NO_TIME_LIMIT = 100;

/** Rounds before a command is refused where keys that may go remain: 10 ms with the default tenacity. */
const MOST_ROUNDS = 20;

/** How far a round of eviction has come. */
type Outcome = "done" | "running" | "failed";

/** Removes keys where memory runs out. */
export class Eviction {
  /** `maxmemory` in bytes, 0: no limit. */
  limit = 0;
  /** Whether the effect of an eviction is UNLINK and not DEL (`lazyfree-lazy-eviction`). */
  unlinks = false;
  /** Whether nothing is evicted or refused: while clients are paused, or a primary decides. */
  suspended = false;
  /** Where what was only read goes, so that reading it is not optimized away. */
  sink = 0;
  /** Called when a round has ended before the memory was within the limit. */
  onUnfinished: () => void = () => {};
  /** Whether the running command found no room: what needs memory is refused, in a script before its first write. */
  refuses = false;
  /** Tells how many bytes count against the limit; only the data unless the server says more. */
  used: () => number;
  readonly #keyspace: Keyspace;
  readonly #pool = new EvictionPool();
  readonly #markChanged: KeyChangeListener;
  /** Keeps its queues while the policy is S3-FIFO, and hears of new keys. */
  queues: S3Fifo | null = null;
  #policy: EvictionPolicy = "noeviction";
  #volatile = false;
  #microseconds = EVEN_TENACITY * MICROSECONDS_A_STEP;
  /** Bytes of data when a command was last let through: while over the limit, none is that finds more. */
  #ceiling = 0;
  /** Keys that may go before the next sample is taken. */
  #paid = 0;
  // The sample that is being taken.
  #sampledEntries = new Uint32Array(0);
  #sampledHashes = new Uint32Array(0);
  // Keys chosen at random that are next to go: how many are left, and in which database.
  readonly #chosen = new Uint32Array(RANDOM_AT_ONCE);
  readonly #chosenHashes = new Uint32Array(RANDOM_AT_ONCE);
  #chosenLeft = 0;
  #chosenDatabase = 0;
  /** When the memory came to be over the limit, monotonic microseconds; -1: it is not. */
  #overSince = -1;
  #overMicroseconds = 0;

  constructor(keyspace: Keyspace) {
    this.#keyspace = keyspace;
    this.samples = 5;
    this.used = () => keyspace.arena.used;
    this.#markChanged = {
      changed(database, bytes, start, end) {
        keyspace.databases[database].markChanged(bytes, start, end);
      },
      flushed() {},
      swapped() {},
    };
  }

  /** Sets `maxmemory-samples`: keys that a sample looks at. */
  set samples(samples: number) {
    const most = Math.min(samples * SAMPLES_AT_ONCE, MOST_SAMPLES);
    this.#sampledEntries = new Uint32Array(most);
    this.#sampledHashes = new Uint32Array(most);
  }

  /** `maxmemory-policy`. */
  get policy(): EvictionPolicy {
    return this.#policy;
  }

  set policy(policy: EvictionPolicy) {
    const { events } = this.#keyspace;
    if (policy === this.#policy) return;
    events.unlisten(this.#markChanged);
    this.#policy = policy;
    this.#volatile = policy.startsWith("volatile-");
    this.#pool.clear();
    this.#paid = this.#chosenLeft = 0;
    const mode = modeOf(policy);
    this.#keyspace.setAccessMode(mode);
    if (mode === ACCESS_LRM) events.listen(this.#markChanged);
    this.queues = mode === ACCESS_S3_FIFO ? new S3Fifo(this.#keyspace) : null;
  }

  /** Sets `maxmemory-eviction-tenacity`, 0 to 100. */
  set tenacity(tenacity: number) {
    const even = Math.min(tenacity, EVEN_TENACITY) * MICROSECONDS_A_STEP;
    this.#microseconds = tenacity >= NO_TIME_LIMIT
      ? Infinity
      : tenacity <= EVEN_TENACITY
      ? even
      : even * GROWTH ** (tenacity - EVEN_TENACITY);
  }

  /** Sets `maxmemory`, in bytes; what is over it goes from now on. */
  setLimit(limit: number): void {
    this.limit = limit;
    this.#ceiling = this.#keyspace.arena.used;
    this.refuses = false;
    if (limit > 0 && this.used() > limit) this.onUnfinished();
  }

  /** Milliseconds for which the memory has been over the limit, in all and this time. */
  exceededTime(): { total: number; current: number } {
    const current = this.#overSince < 0 ? 0 : this.#keyspace.clock.microseconds() - this.#overSince;
    return {
      total: Math.floor((this.#overMicroseconds + current) / 1000),
      current: Math.floor(current / 1000),
    };
  }

  /** Sets the counters back. */
  resetStatistics(): void {
    this.#overMicroseconds = 0;
    if (this.#overSince >= 0) this.#overSince = this.#keyspace.clock.microseconds();
  }

  /** Evicts what has to go before a command runs, and notes whether one that needs memory must be refused. */
  makeRoom(): void {
    if (this.used() <= this.limit) {
      if (this.#overSince >= 0) this.#within();
      this.#ceiling = this.#keyspace.arena.used;
      this.refuses = false;
    } else {
      this.refuses = !this.suspended && !this.#madeRoom();
    }
  }

  #madeRoom(): boolean {
    const { arena } = this.#keyspace;
    let outcome = this.#round();
    for (let i = 1; i < MOST_ROUNDS && outcome === "running" && arena.used > this.#ceiling; i++) {
      outcome = this.#round();
    }
    if (outcome === "running") this.onUnfinished();
    if (outcome === "failed" || (outcome === "running" && arena.used > this.#ceiling)) return false;
    this.#ceiling = arena.used;
    return true;
  }

  /** Goes on where a round has ended early; whether there is more to do. */
  step(): boolean {
    if (this.limit === 0 || this.suspended || this.used() <= this.limit) return false;
    return this.#round() === "running";
  }

  #round(): Outcome {
    const { clock, lazyfree } = this.#keyspace;
    // Read late: most often one key is enough.
    let start = -1;
    for (let keys = 0;;) {
      const frees = lazyfree.busy;
      if (frees) lazyfree.free();
      else if (!this.#evictOne()) return this.#over("failed");
      else keys++;
      if (this.used() <= this.limit) break;
      if (start < 0) start = clock.microseconds();
      if (!frees && keys % KEYS_A_LOOK !== 0) continue;
      if (clock.microseconds() - start > this.#microseconds) return this.#over("running");
    }
    if (this.#overSince >= 0) this.#within();
    return "done";
  }

  /** Notes that the memory stays over the limit for now. */
  #over(outcome: Outcome): Outcome {
    if (this.#overSince < 0) this.#overSince = this.#keyspace.clock.microseconds();
    return outcome;
  }

  #within(): void {
    this.#overMicroseconds += this.#keyspace.clock.microseconds() - this.#overSince;
    this.#overSince = -1;
  }

  /** Evicts one key; false where there is none that may go. */
  #evictOne(): boolean {
    switch (this.#policy) {
      case "noeviction":
        return false;
      case "allkeys-random":
      case "volatile-random":
        return this.#evictRandom();
      case "allkeys-s3-fifo":
        return this.queues!.evictOne(this.unlinks);
      default:
        return this.#evictSampled();
    }
  }

  #evictRandom(): boolean {
    const { databases } = this.#keyspace;
    do {
      const database = databases[this.#chosenDatabase];
      while (this.#chosenLeft > 0) {
        const at = --this.#chosenLeft;
        const hash = this.#chosenHashes[at];
        if (database.evictFound(this.#chosen[at], hash, this.#volatile, this.unlinks)) return true;
      }
    } while (this.#choose());
    return false;
  }

  /** Chooses keys at random: some neighbours, of each database in turn; false where there are none. */
  #choose(): boolean {
    const { databases, random } = this.#keyspace;
    for (let tried = 0; tried < databases.length; tried++) {
      this.#chosenDatabase = (this.#chosenDatabase + 1) % databases.length;
      const database = databases[this.#chosenDatabase];
      if ((this.#volatile ? database.volatileSize : database.size) === 0) continue;
      while (this.#chosenLeft === 0) {
        this.#chosenLeft = database.sample(random(), this.#volatile, this.#chosen, this.#chosenHashes, 0);
      }
      this.#readAll(this.#chosen, this.#chosenLeft);
      return true;
    }
    return false;
  }

  #evictSampled(): boolean {
    const { databases } = this.#keyspace;
    for (;;) {
      if (this.#paid > 0) {
        this.#paid--;
      } else {
        let keys = 0;
        for (const database of databases) {
          const size = this.#volatile ? database.volatileSize : database.size;
          if (size > 0) this.#sample(database, size);
          keys += size;
        }
        if (keys === 0) return false;
        this.#paid = SAMPLES_AT_ONCE - 1;
      }
      while (this.#pool.take()) {
        const database = databases[this.#pool.database];
        const { entry, hash } = this.#pool;
        if (database.evictFound(entry, hash, this.#volatile, this.unlinks)) return true;
      }
      this.#paid = 0;
    }
  }

  /** Reads entries before any is looked at, so that the waits for main memory overlap. */
  #readAll(references: Uint32Array, count: number): void {
    const { entries } = this.#keyspace;
    let sum = 0;
    for (let i = 0; i < count; i++) sum += entries.access(references[i]);
    this.sink = sum;
  }

  /** Offers a sample of a database's `size` keys to the pool. */
  #sample(database: Database, size: number): void {
    const sampled = this.#sampledEntries;
    const hashes = this.#sampledHashes;
    let count = 0;
    const wanted = Math.min(sampled.length, size);
    for (let stretch = 0; count < wanted && stretch < MOST_STRETCHES; stretch++) {
      count = database.sample(this.#keyspace.random(), this.#volatile, sampled, hashes, count);
    }
    this.#readAll(sampled, count);
    for (let i = 0; i < count; i++) {
      const entry = sampled[i];
      this.#pool.offer(this.#score(entry), database.index, hashes[i], entry);
    }
  }

  /** How much a key deserves to go. */
  #score(entry: number): number {
    const { access, entries } = this.#keyspace;
    if (this.#policy === "volatile-ttl") return -entries.expiry(entry);
    const bits = entries.access(entry);
    return access.mode === ACCESS_LFU ? -access.frequency(bits) : access.idleSeconds(bits);
  }
}

/** How the access bits are read under a policy. */
function modeOf(policy: EvictionPolicy): number {
  if (policy.endsWith("-lfu")) return ACCESS_LFU;
  if (policy.endsWith("-s3-fifo")) return ACCESS_S3_FIFO;
  return policy.endsWith("-lrm") ? ACCESS_LRM : ACCESS_LRU;
}
