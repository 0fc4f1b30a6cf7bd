/**
 * All data of a server: the arena, the databases in it, and what they share.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import { type Random, SystemRandom } from "../base/random.ts";
import { KeyHash } from "../base/siphash.ts";
import { Arena } from "../memory/arena.ts";
import { Dictionary } from "../memory/dictionary.ts";
import { Access } from "./access.ts";
import { Database } from "./database.ts";
import { Eviction } from "./eviction.ts";
import { Effects } from "./effects.ts";
import { Entries, ENTRY_LAYOUT, TYPE_HASH, TYPE_LIST, TYPE_SET, TYPE_STREAM, TYPE_ZSET } from "./entry.ts";
import { KeyEvents } from "./events.ts";
import { Prefetch } from "./prefetch.ts";
import { Lazyfree } from "./lazyfree.ts";
import { Hashes } from "./types/hash_value.ts";
import { defaultLimits, type EncodingLimits } from "./types/limits.ts";
import { Lists } from "./types/list_value.ts";
import { Sets } from "./types/set_value.ts";
import { Streams } from "./types/stream_value.ts";
import { SortedSets } from "./types/zset_value.ts";

/** Counters that INFO reports and CONFIG RESETSTAT resets. */
export interface KeyspaceStatistics {
  /** Lookups by reading commands that found the key. */
  hits: number;
  /** Lookups by reading commands that did not. */
  misses: number;
  /** Keys removed because their time had come. */
  expired: number;
  /** Keys removed to make room. */
  evicted: number;
  /** Serialized values that were checked because a client had sent them (RESTORE). */
  sanitizations: number;
}

/** The name of an effect that removes a key. Both do the same; UNLINK tells redis-server to free in the background. */
export type RemovalEffect = "DEL" | "UNLINK";

/** As what removals that no client wrote as DEL or UNLINK are recorded (`lazyfree-lazy-expire`, `-user-del`). */
export interface RemovalEffects {
  /** Keys whose time has come, or that a client has given a time that has passed. */
  expired: RemovalEffect;
  /** Keys that a client has removed by GETDEL. */
  user: RemovalEffect;
}

/** What a keyspace is made with. */
export interface KeyspaceOptions {
  /** Number of databases. */
  databases: number;
  /** Where the time comes from. */
  clock: Clock;
  /** Source of random numbers; the machine's own by default. */
  random?: Random;
  /** Seeds the hash of keys; random by default. */
  hash?: KeyHash;
}

/** The data of one server. */
export class Keyspace {
  readonly arena = new Arena();
  readonly entries = new Entries(this.arena);
  readonly hash: KeyHash;
  readonly keyDictionary = new Dictionary(this.arena, ENTRY_LAYOUT);
  // A dictionary remembers where its last find ended, so the two kinds do not share one.
  readonly indexDictionary = new Dictionary(this.arena, ENTRY_LAYOUT);
  readonly effects = new Effects();
  readonly events = new KeyEvents();
  readonly lazyfree = new Lazyfree(this.keyDictionary, this.indexDictionary, this.entries);
  readonly prefetch: Prefetch;
  readonly databases: Database[] = [];
  readonly statistics: KeyspaceStatistics = { hits: 0, misses: 0, expired: 0, evicted: 0, sanitizations: 0 };
  readonly removals: RemovalEffects = { expired: "DEL", user: "DEL" };
  /** Up to which sizes collections are packed. */
  readonly limits: EncodingLimits = defaultLimits();
  readonly hashes: Hashes;
  readonly lists: Lists;
  readonly sets: Sets;
  readonly sortedSets: SortedSets;
  readonly streams: Streams;
  /** Changes since the last save. */
  dirty = 0;
  readonly clock: Clock;
  /** The time that commands see, milliseconds since the epoch: it stands still while a batch runs. */
  now: number;
  /** Whether the running command's lookups count as use of the keys (CLIENT NO-TOUCH). */
  touches = true;
  /** Whether keys whose time has come are removed; a replica leaves that to its primary. */
  expiresKeys = true;
  /** Random unsigned 32-bit numbers. */
  readonly random: () => number;
  /** When and how often keys are used. */
  readonly access: Access;
  readonly eviction: Eviction;

  constructor(options: KeyspaceOptions) {
    this.clock = options.clock;
    this.now = 0;
    this.hash = options.hash ?? KeyHash.random();
    this.prefetch = new Prefetch(this.entries, this.keyDictionary, this.hash);
    this.sets = new Sets(this.arena, this.entries, this.hash, this.limits);
    this.entries.types[TYPE_SET] = this.sets;
    this.sortedSets = new SortedSets(this.arena, this.entries, this.hash, this.limits);
    this.entries.types[TYPE_ZSET] = this.sortedSets;
    this.hashes = new Hashes(this.arena, this.entries, this.hash, this.limits);
    this.entries.types[TYPE_HASH] = this.hashes;
    this.lists = new Lists(this.arena, this.entries, this.limits);
    this.entries.types[TYPE_LIST] = this.lists;
    this.streams = new Streams(this.arena, this.limits, this.hash);
    this.entries.types[TYPE_STREAM] = this.streams;
    const random = options.random ?? new SystemRandom();
    this.random = () => random.uint32();
    this.access = new Access(this.random);
    this.eviction = new Eviction(this);
    this.updateTime();
    for (let index = 0; index < options.databases; index++) this.databases.push(new Database(this, index));
  }

  /** Reads the clock. Called once a batch: all its commands see the same time. */
  updateTime(): void {
    const now = this.clock.now();
    this.now = now;
    this.access.advance(now);
  }

  /** Chooses how the access bits are read, one of the ACCESS_ numbers. */
  setAccessMode(mode: number): void {
    this.access.mode = mode;
    this.access.advance(this.now);
  }

  /** Number of keys in all databases. */
  get size(): number {
    let size = 0;
    for (const database of this.databases) size += database.size;
    return size;
  }

  /**
   * Removes all keys of databases, and returns how many there were. The memory is freed by and by.
   *
   * @throws {ArenaExhausted} then nothing has been removed
   */
  flush(databases: readonly Database[]): number {
    const full = databases.filter(({ size }) => size > 0);
    const made: number[][] = [];
    try {
      for (const database of full) made.push(database.makeDictionaries());
    } catch (error) {
      made.forEach((dictionaries, i) => full[i].freeDictionaries(dictionaries));
      throw error;
    }
    const keys = full.reduce((sum, { size }) => sum + size, 0);
    full.forEach((database, i) => database.flush(made[i]));
    return keys;
  }

  /** Sets the counters back to zero. */
  resetStatistics(): void {
    this.statistics.hits = this.statistics.misses = 0;
    this.eviction.resetStatistics();
    this.statistics.expired = this.statistics.evicted = this.statistics.sanitizations = 0;
  }

  /**
   * Checks the invariants of everything.
   *
   * @throws {Error} that names the first one broken
   */
  check(): void {
    this.arena.check();
    for (const database of this.databases) database.check();
  }
}
