/**
 * One numbered database: its keys, and which of them expire.
 *
 * Three dictionaries name the same entries: `keys` all of them, `volatile` those with an expiry time, `fields` the
 * hashes of which fields expire; so active expiry and eviction find these without asking the others.
 *
 * @module
 */

import { copyBytes } from "../memory/copy_bytes.ts";
import { ACCESS_LRU } from "./access.ts";
import { EVENT_EVICTED, EVENT_EXPIRED, EVENT_KEY_MISS, EVENT_NEW } from "./events.ts";
import { ENCODING_RAW, type Entries, MAX_LENGTH, TYPE_STREAM, TYPE_STRING } from "./entry.ts";
import type { Keyspace } from "./keyspace.ts";

/** A snapshot that is being taken: told of what changes, so that it can save what it has not passed yet. Never throws. */
export interface SnapshotObserver {
  /** `entry`, whose key has this hash (unsigned), is about to change, to move or to go. */
  beforeChange(database: Database, entry: number, hash: number): void;
  /** `entry` is new: in the place of another one, or with a key that was not there. */
  created(entry: number): void;
  /** All keys of a database go: returns whether the snapshot has taken over their dictionary, to free it in the end. */
  flushed(database: Database, keys: number): boolean;
  /** Two databases are about to change places. */
  swapped(first: Database, second: Database): void;
  /**
   * Whether `entry` is a large collection of which so much has to be written before it may change that whoever is about
   * to change it should rather wait; what is waited for is written first.
   */
  holds(database: Database, entry: number): boolean;
}

/**
 * A database. Methods that take a key take the range of bytes it lies in; those that take an entry want one that a
 * lookup has just returned. An entry's reference is valid until the entry changes.
 */
export class Database {
  /** What SELECT calls it. */
  readonly index: number;
  readonly #keyspace: Keyspace;
  readonly #entries: Entries;
  #keys: number;
  #volatile: number;
  #fields: number;
  /** Where active expiry goes on, among the keys and among the hashes with fields that expire. */
  expiryCursor = 0;
  fieldsCursor = 0;
  /** Mean time to live of the keys that expire, in milliseconds, as sampled by active expiry. */
  averageTtl = 0;
  /** The snapshot that is being taken of this database, if any. */
  snapshot: SnapshotObserver | null = null;
  /** Hash of the key that was last looked up. */
  #hash = 0;

  constructor(keyspace: Keyspace, index: number) {
    this.#keyspace = keyspace;
    this.#entries = keyspace.entries;
    this.index = index;
    this.#keys = keyspace.keyDictionary.create();
    this.#volatile = keyspace.indexDictionary.create();
    this.#fields = keyspace.indexDictionary.create();
  }

  /** The dictionary of all keys: another one after `flush` and `swap`. */
  get keys(): number {
    return this.#keys;
  }

  /** Number of keys, expired ones that nobody has met yet included. */
  get size(): number {
    return this.#keyspace.keyDictionary.count(this.#keys);
  }

  /** Number of keys that have an expiry time. */
  get volatileSize(): number {
    return this.#keyspace.indexDictionary.count(this.#volatile);
  }

  /** Number of hashes of which fields expire. */
  get volatileFieldsSize(): number {
    return this.#keyspace.indexDictionary.count(this.#fields);
  }

  /** Reads ahead for the keys that were added to the keyspace's `prefetch`. */
  prefetch(): void {
    this.#keyspace.prefetch.load(this.#keys);
  }

  /** Slots of the key dictionary and of the dictionary of expiring keys. */
  slots(): { keys: number; volatile: number } {
    return {
      keys: this.#keyspace.keyDictionary.slots(this.#keys),
      volatile: this.#keyspace.indexDictionary.slots(this.#volatile),
    };
  }

  /** Bytes that the dictionaries take, entries not included. */
  overhead(): { keys: number; volatile: number; fields: number } {
    const { indexDictionary, keyDictionary } = this.#keyspace;
    return {
      keys: keyDictionary.overhead(this.#keys),
      volatile: indexDictionary.overhead(this.#volatile),
      fields: indexDictionary.overhead(this.#fields),
    };
  }

  /**
   * The entry of a key, or 0 where there is none or it has expired. Neither counts as a use of the key nor in the
   * statistics.
   */
  lookup(bytes: Uint8Array, start: number, end: number): number {
    const keyspace = this.#keyspace;
    const hash = keyspace.prefetch.hashOf(bytes, start, end);
    this.#hash = hash;
    const entry = keyspace.keyDictionary.find(this.#keys, hash, bytes, start, end);
    if (entry !== 0 && this.#entries.hasExpiry(entry) && this.#isExpired(entry)) {
      if (keyspace.expiresKeys) this.#expireFound(entry, hash);
      return 0;
    }
    return entry;
  }

  /** The entry of a key even where it has expired, or 0. For listeners: nothing is removed, counted or told. */
  peek(bytes: Uint8Array, start: number, end: number): number {
    const { hash, keyDictionary } = this.#keyspace;
    return keyDictionary.find(this.#keys, hash.hash(bytes, start, end), bytes, start, end);
  }

  /** The entry of a key for a command that reads it: a use of the key, counted as hit or miss. */
  lookupRead(bytes: Uint8Array, start: number, end: number): number {
    const entry = this.lookup(bytes, start, end);
    const keyspace = this.#keyspace;
    if (entry === 0) {
      keyspace.statistics.misses++;
      keyspace.events.notify(EVENT_KEY_MISS, "keymiss", this.index, bytes, start, end);
      return 0;
    }
    keyspace.statistics.hits++;
    if (keyspace.touches) this.#use(entry);
    return entry;
  }

  /** The entry of a key for a command that changes it: a use of the key. */
  lookupWrite(bytes: Uint8Array, start: number, end: number): number {
    const entry = this.lookup(bytes, start, end);
    if (entry !== 0 && this.#keyspace.touches) this.#use(entry);
    return entry;
  }

  /** Notes that a key is used. Its access bits lie beside what the look-up has just read. */
  #use(entry: number): void {
    const { access } = this.#keyspace;
    this.#entries.setAccess(
      entry,
      access.mode === ACCESS_LRU ? access.seconds : access.used(this.#entries.access(entry)),
    );
  }

  /** Gives the value that comes to the place of another one the other's LFU counter, as Redis does. */
  #inheritAccess(old: number, made: number): void {
    this.#entries.setAccess(made, this.#keyspace.access.inherited(this.#entries.access(old)));
  }

  /**
   * Sets a key to a string, whatever it held before.
   *
   * @param expiry milliseconds since the epoch; -1: none; -2: the one it has
   * @param uses whether this is a use of the key, and not its caller's look-up
   * @throws {ArenaExhausted} and nothing has changed
   */
  setString(
    key: Uint8Array,
    start: number,
    end: number,
    value: Uint8Array,
    valueStart: number,
    valueEnd: number,
    encoding: number,
    expiry: number,
    uses = true,
  ): void {
    const old = uses ? this.lookupWrite(key, start, end) : this.lookup(key, start, end);
    const length = valueEnd - valueStart;
    const entries = this.#entries;
    if (old !== 0 && (expiry === -2 || (expiry >= 0) === entries.hasExpiry(old))) {
      // Most writes: the value goes where the old one was.
      if (entries.type(old) === TYPE_STRING && entries.fits(old, length)) {
        if (this.snapshot !== null) this.snapshot.beforeChange(this, old, this.#hash >>> 0);
        if (!this.#keyspace.touches) this.#inheritAccess(old, old);
        entries.setEncoding(old, encoding);
        entries.setValueLength(old, length);
        if (expiry >= 0) entries.setExpiry(old, expiry);
        entries.locateValue(old);
        copyBytes(value, valueStart, entries.page, entries.at, length);
        return;
      }
    }
    const when = expiry !== -2 ? expiry : old === 0 ? -1 : entries.expiry(old);
    const made = this.#make(key, start, end, encoding, when, length, length);
    entries.locateValue(made);
    copyBytes(value, valueStart, entries.page, entries.at, length);
    try {
      if (old === 0) {
        this.#insert(made, key, start, end);
      } else {
        this.#inheritAccess(old, made);
        this.#substitute(old, made, this.#hash, false);
      }
    } catch (error) {
      entries.free(made);
      throw error;
    }
  }

  /**
   * Gives a string value `length` bytes, keeping what it has and zero-filling what is new, and returns the entry, which
   * may have moved. `entries.locateValue` then tells where to write. The encoding becomes raw.
   *
   * @throws {ArenaExhausted} and nothing has changed
   */
  resizeString(entry: number, length: number): number {
    const entries = this.#entries;
    const old = entries.valueLength(entry);
    let resized = entry;
    if (length <= entries.valueCapacity(entry) && (length >= old || entries.fits(entry, length))) {
      this.#willChange(entry);
      entries.setValueLength(entry, length);
    } else {
      // Room for as much again, up to 1 MiB (or a quarter where it is larger): appending stays linear.
      const spare = length > old ? Math.min(length, Math.max(1024 * 1024, length >>> 2)) : 0;
      entries.locateKey(entry);
      const { page, at, length: keyLength } = entries;
      const capacity = Math.min(MAX_LENGTH, length + spare);
      resized = this.#make(page, at, at + keyLength, ENCODING_RAW, entries.expiry(entry), length, capacity);
      entries.locateValue(entry);
      const from = entries.page;
      const fromAt = entries.at;
      entries.locateValue(resized);
      copyBytes(from, fromAt, entries.page, entries.at, Math.min(old, length));
      this.#inheritAccess(entry, resized);
      try {
        this.#substitute(entry, resized, this.#hashOf(entry), false);
      } catch (error) {
        entries.free(resized);
        throw error;
      }
    }
    entries.setEncoding(resized, ENCODING_RAW);
    if (length > old) {
      entries.locateValue(resized);
      entries.page.fill(0, entries.at + old, entries.at + length);
    }
    return resized;
  }

  /** Adds a new string key; the value is yet to be written. For commands that create what they then fill. */
  createString(key: Uint8Array, start: number, end: number, length: number): number {
    const made = this.#make(key, start, end, ENCODING_RAW, -1, length, length);
    this.#hash = this.#keyspace.hash.hash(key, start, end);
    try {
      this.#insert(made, key, start, end);
    } catch (error) {
      this.#entries.free(made);
      throw error;
    }
    return made;
  }

  /**
   * A new entry with a collection, not in the database yet: it is filled, or computed from other keys, first. Then
   * either `place` takes it, or `entries.free` frees it.
   *
   * @throws {ArenaExhausted} and `root` is freed
   */
  prepare(
    key: Uint8Array,
    start: number,
    end: number,
    type: number,
    encoding: number,
    root: number,
  ): number {
    const { fresh } = this.#keyspace.access;
    try {
      return this.#entries.createCollection(key, start, end, type, encoding, fresh, -1, root);
    } catch (error) {
      this.#entries.freeCollection(type, encoding, root);
      throw error;
    }
  }

  /**
   * Puts an entry that was prepared in its place, over the value that its key may have.
   *
   * @param asNew whether it is to be told as a new key even where it replaces one
   * @throws {ArenaExhausted} and the entry is freed, nothing else has changed
   */
  place(made: number, asNew = false): void {
    const entries = this.#entries;
    entries.locateKey(made);
    const { page, at, length } = entries;
    try {
      const old = asNew ? this.lookup(page, at, at + length) : this.lookupWrite(page, at, at + length);
      if (old !== 0 && !asNew) this.#inheritAccess(old, made);
      if (old === 0) this.#insert(made, page, at, at + length);
      else this.#substitute(old, made, this.#hash, false);
      if (old !== 0 && asNew) this.#tellNew(page, at, at + length);
    } catch (error) {
      entries.free(made);
      throw error;
    }
  }

  /**
   * Puts an entry that was read from a file in the database, which nobody is told of. False where its key is there
   * already, and is not to be replaced: then the entry is still the caller's.
   *
   * @throws {ArenaExhausted} and the entry is still the caller's
   */
  adopt(made: number, replaces: boolean): boolean {
    const { keyDictionary } = this.#keyspace;
    const entries = this.#entries;
    entries.locateKey(made);
    const { page, at, length } = entries;
    const hash = this.#keyspace.hash.hash(page, at, at + length);
    const old = keyDictionary.find(this.#keys, hash, page, at, at + length);
    if (old !== 0) {
      if (!replaces) return false;
      this.#removeFound(old, hash);
    }
    keyDictionary.insert(this.#keys, hash, made);
    try {
      this.#addToIndexes(made, hash, true, true);
    } catch (error) {
      keyDictionary.removeReference(this.#keys, hash, made);
      throw error;
    }
    if (this.snapshot !== null) this.snapshot.created(made);
    return true;
  }

  /**
   * Says whether fields of a hash expire, so that active expiry looks after it.
   *
   * @throws {ArenaExhausted} and nothing has changed
   */
  setVolatileFields(entry: number, volatile: boolean): void {
    const entries = this.#entries;
    if (entries.hasVolatileFields(entry) === volatile) return;
    const { indexDictionary } = this.#keyspace;
    const hash = this.#hashOf(entry);
    if (volatile) indexDictionary.insert(this.#fields, hash, entry);
    else indexDictionary.removeReference(this.#fields, hash, entry);
    entries.markVolatileFields(entry, volatile);
  }

  /** Must be called before a value is changed in place. */
  willChange(entry: number): void {
    this.#willChange(entry);
  }

  /**
   * Sets when a key expires, or that it does not.
   *
   * @param expiry milliseconds since the epoch, -1: never
   * @throws {ArenaExhausted} and nothing has changed
   */
  setExpiry(entry: number, expiry: number): void {
    const entries = this.#entries;
    if (expiry >= 0 && entries.hasExpiry(entry)) {
      this.#willChange(entry);
      entries.setExpiry(entry, expiry);
      return;
    }
    if (expiry < 0 && !entries.hasExpiry(entry)) return;
    entries.locateKey(entry);
    const { page, at, length } = entries;
    const made = entries.reshape(entry, page, at, at + length, expiry);
    try {
      this.#substitute(entry, made, this.#hashOf(entry), true);
    } catch (error) {
      entries.freeShell(made);
      throw error;
    }
  }

  /** Removes a key; false where it does not exist. */
  delete(bytes: Uint8Array, start: number, end: number): boolean {
    const entry = this.lookup(bytes, start, end);
    if (entry === 0) return false;
    this.#removeFound(entry, this.#hash);
    return true;
  }

  /**
   * Removes a key to whose place an empty result comes; false where it does not exist. As in Redis nobody asks whether
   * its time has come.
   */
  displace(bytes: Uint8Array, start: number, end: number): boolean {
    const entry = this.peek(bytes, start, end);
    if (entry !== 0) this.remove(entry);
    return entry !== 0;
  }

  /** Removes an entry. */
  remove(entry: number): void {
    const hash = this.#hashOf(entry);
    this.#keyspace.keyDictionary.findReference(this.#keys, hash, entry);
    this.#removeFound(entry, hash);
  }

  /**
   * Gives an entry another key in `target`, in place of the one that has it; its expiry goes with it.
   *
   * @throws {ArenaExhausted} and nothing has changed
   */
  move(entry: number, target: Database, key: Uint8Array, start: number, end: number): void {
    const entries = this.#entries;
    this.#willChange(entry);
    const made = entries.reshape(entry, key, start, end, entries.expiry(entry));
    try {
      target.#put(made, key, start, end);
    } catch (error) {
      entries.freeShell(made);
      throw error;
    }
    this.#takeOut(entry, this.#hashOf(entry));
    entries.freeShell(entry);
  }

  /**
   * Copies an entry, expiry included, to a key in `target`, in place of the one that has it.
   *
   * @throws {ArenaExhausted} and nothing has changed
   */
  copy(entry: number, target: Database, key: Uint8Array, start: number, end: number): void {
    const made = this.#entries.duplicate(entry, key, start, end, this.#keyspace.access.fresh);
    try {
      target.#put(made, key, start, end);
    } catch (error) {
      this.#entries.free(made);
      throw error;
    }
  }

  /** Puts a new entry under its key, in place of what that holds; where it fails, `made` is still the caller's. */
  #put(made: number, key: Uint8Array, start: number, end: number): void {
    const old = this.lookup(key, start, end);
    if (old === 0) {
      this.#insert(made, key, start, end);
    } else {
      this.#substitute(old, made, this.#hash, false);
      // To Redis the old key goes and another one comes.
      this.#tellNew(key, start, end);
    }
  }

  /**
   * Makes the empty dictionaries that `flush` needs, which `freeDictionaries` would free.
   *
   * @throws {ArenaExhausted} then nothing has been made
   */
  makeDictionaries(): number[] {
    const { indexDictionary, keyDictionary } = this.#keyspace;
    const made: number[] = [];
    try {
      made.push(keyDictionary.create());
      made.push(indexDictionary.create());
      made.push(indexDictionary.create());
    } catch (error) {
      this.freeDictionaries(made);
      throw error;
    }
    return made;
  }

  /** Frees dictionaries that nothing has been put into. */
  freeDictionaries(dictionaries: readonly number[]): void {
    const { keyDictionary } = this.#keyspace;
    for (const dictionary of dictionaries) {
      keyDictionary.startDrain(dictionary);
      keyDictionary.drain(dictionary, 1, () => {});
    }
  }

  /** Removes all keys. The memory is freed by and by. `made` comes from `makeDictionaries`, unless it is to be called. */
  flush(made?: readonly number[]): void {
    if (this.size === 0) return;
    const keyspace = this.#keyspace;
    const old = [this.#volatile, this.#fields];
    const oldKeys = this.#keys;
    [this.#keys, this.#volatile, this.#fields] = made ?? this.makeDictionaries();
    this.expiryCursor = this.fieldsCursor = 0;
    this.averageTtl = 0;
    if (this.snapshot?.flushed(this, oldKeys)) keyspace.lazyfree.releaseIndexes(...old);
    else keyspace.lazyfree.release(oldKeys, ...old);
  }

  /** Exchanges the contents of two databases. */
  swap(other: Database): void {
    if (this.snapshot !== null) this.snapshot.swapped(this, other);
    [this.#keys, other.#keys] = [other.#keys, this.#keys];
    [this.#volatile, other.#volatile] = [other.#volatile, this.#volatile];
    [this.#fields, other.#fields] = [other.#fields, this.#fields];
    [this.expiryCursor, other.expiryCursor] = [other.expiryCursor, this.expiryCursor];
    [this.fieldsCursor, other.fieldsCursor] = [other.fieldsCursor, this.fieldsCursor];
    [this.averageTtl, other.averageTtl] = [other.averageTtl, this.averageTtl];
  }

  /**
   * Passes entries in order of hash, looking at about `count` places; returns the cursor to go on from, 0 at the end.
   * Expired keys are passed too. `visit` must not change the database.
   */
  scan(cursor: number, count: number, visit: (entry: number, hash: number) => void): number {
    return this.#keyspace.keyDictionary.scan(this.#keys, cursor, count, visit);
  }

  /** As `scan`, over the keys that have an expiry time. */
  scanVolatile(cursor: number, count: number, visit: (entry: number, hash: number) => void): number {
    return this.#keyspace.indexDictionary.scan(this.#volatile, cursor, count, visit);
  }

  /** As `scan`, over the hashes of which fields expire. */
  scanVolatileFields(cursor: number, count: number, visit: (entry: number, hash: number) => void): number {
    return this.#keyspace.indexDictionary.scan(this.#fields, cursor, count, visit);
  }

  /** Copies neighbouring entries from about `position` on, all or those that expire, as `Dictionary.sample` does. */
  sample(
    position: number,
    volatile: boolean,
    entries: Uint32Array,
    hashes: Uint32Array,
    filled: number,
  ): number {
    const { indexDictionary, keyDictionary } = this.#keyspace;
    return volatile
      ? indexDictionary.sample(this.#volatile, position, entries, hashes, filled)
      : keyDictionary.sample(this.#keys, position, entries, hashes, filled);
  }

  /** The entry whose key has this hash and for which `matches` returns true, or 0. It may have expired. */
  findByHash(hash: number, matches: (entry: number) => boolean): number {
    return this.#keyspace.keyDictionary.findByHash(this.#keys, hash, matches);
  }

  /** The entry that a key with this hash most likely has, or 0: to read ahead. */
  likely(hash: number): number {
    return this.#keyspace.keyDictionary.peek(this.#keys, hash);
  }

  /** An entry chosen at random, 0 where there is none. It may have expired. */
  random(): number {
    return this.#keyspace.keyDictionary.random(this.#keys, this.#keyspace.random);
  }

  /**
   * As `evict`, for an entry that was here once, and whose key had this hash: false where it has gone since (or does not
   * expire any more, if `volatile` asks for that).
   */
  evictFound(entry: number, hash: number, volatile: boolean, unlinks: boolean): boolean {
    const { indexDictionary, keyDictionary } = this.#keyspace;
    if (volatile && !indexDictionary.findReference(this.#volatile, hash, entry)) return false;
    if (!keyDictionary.findReference(this.#keys, hash, entry)) return false;
    // Its block may be another key's by now, which stands near by.
    if (this.#hashOf(entry) >>> 0 !== hash) return false;
    this.#evictFound(entry, hash, unlinks);
    return true;
  }

  /** Notes that a key has changed, where keys are marked with that. */
  markChanged(bytes: Uint8Array, start: number, end: number): void {
    const entry = this.peek(bytes, start, end);
    if (entry !== 0) this.#entries.setAccess(entry, this.#keyspace.access.fresh);
  }

  /** Removes an entry to make room, with its effect, which is UNLINK or DEL, and event; `hash` is its key's. */
  evict(entry: number, unlinks: boolean, hash = this.#hashOf(entry)): void {
    this.#keyspace.keyDictionary.findReference(this.#keys, hash, entry);
    this.#evictFound(entry, hash, unlinks);
  }

  #evictFound(entry: number, hash: number, unlinks: boolean): void {
    const { events, statistics } = this.#keyspace;
    statistics.evicted++;
    const key = this.#removeWithEffect(entry, hash, unlinks ? "UNLINK" : "DEL", EVENT_EVICTED);
    if (key === null) return;
    events.changed(this.index, key, 0, key.length, false);
    events.notify(EVENT_EVICTED, "evicted", this.index, key, 0, key.length);
  }

  /** Whether an entry's time has come. */
  isExpired(entry: number): boolean {
    return this.#entries.hasExpiry(entry) && this.#isExpired(entry);
  }

  /** Removes an entry whose time has come, with its effect and event. */
  expire(entry: number): void {
    const hash = this.#hashOf(entry);
    this.#keyspace.keyDictionary.findReference(this.#keys, hash, entry);
    this.#expireFound(entry, hash);
  }

  /** Moves the dictionaries' headers out of pages that are being vacated. There must be no snapshot. */
  relocateHeaders(): void {
    const { indexDictionary, keyDictionary } = this.#keyspace;
    this.#keys = keyDictionary.relocateHeader(this.#keys);
    this.#volatile = indexDictionary.relocateHeader(this.#volatile);
    this.#fields = indexDictionary.relocateHeader(this.#fields);
  }

  /** Moves the segments of the dictionaries that a hash belongs to. There must be no snapshot. */
  relocateSegments(hash: number): void {
    const { indexDictionary, keyDictionary } = this.#keyspace;
    keyDictionary.relocateSegment(this.#keys, hash);
    indexDictionary.relocateSegment(this.#volatile, hash);
    indexDictionary.relocateSegment(this.#fields, hash);
  }

  /** Moves an entry's own block, not its value. There must be no snapshot, which knows entries by their references. */
  relocate(entry: number, hash: number): void {
    const { indexDictionary, keyDictionary } = this.#keyspace;
    const entries = this.#entries;
    const moved = entries.arena.copyOut(entry);
    if (moved === 0) return;
    keyDictionary.replace(this.#keys, hash, entry, moved);
    if (entries.hasExpiry(entry)) indexDictionary.replace(this.#volatile, hash, entry, moved);
    if (entries.hasVolatileFields(entry)) indexDictionary.replace(this.#fields, hash, entry, moved);
    entries.freeShell(entry);
  }

  /**
   * Checks all invariants of the dictionaries and that they agree with the entries.
   *
   * @throws {Error} that names the first one broken
   */
  check(): void {
    const { indexDictionary, keyDictionary } = this.#keyspace;
    const entries = this.#entries;
    keyDictionary.check(this.#keys);
    indexDictionary.check(this.#volatile);
    indexDictionary.check(this.#fields);
    let expiring = 0;
    let withFields = 0;
    let cursor = 0;
    do {
      cursor = this.scan(cursor, 1024, (entry, hash) => {
        if (this.#hashOf(entry) >>> 0 !== hash) {
          throw new Error(`Entry ${entry} has another hash than its key`);
        }
        if (entries.hasExpiry(entry)) {
          expiring++;
          if (!indexDictionary.findReference(this.#volatile, hash, entry)) {
            throw new Error(`Entry ${entry} expires but is not among the volatile ones`);
          }
        }
        if (entries.hasVolatileFields(entry)) {
          withFields++;
          if (!indexDictionary.findReference(this.#fields, hash, entry)) {
            throw new Error(`Fields of entry ${entry} expire but it is not listed`);
          }
        }
        entries.check(entry);
      });
    } while (cursor !== 0);
    if (expiring !== this.volatileSize) {
      throw new Error(`${expiring} entries expire, ${this.volatileSize} are listed`);
    }
    if (withFields !== this.volatileFieldsSize) {
      throw new Error(`Fields of ${withFields} entries expire, ${this.volatileFieldsSize} are listed`);
    }
  }

  #isExpired(entry: number): boolean {
    return this.#keyspace.now > this.#entries.expiry(entry);
  }

  #hashOf(entry: number): number {
    const entries = this.#entries;
    entries.locateKey(entry);
    return this.#keyspace.hash.hash(entries.page, entries.at, entries.at + entries.length);
  }

  #willChange(entry: number): void {
    if (this.snapshot !== null) this.snapshot.beforeChange(this, entry, this.#hashOf(entry) >>> 0);
  }

  #make(
    key: Uint8Array,
    start: number,
    end: number,
    encoding: number,
    expiry: number,
    length: number,
    capacity: number,
  ): number {
    return this.#entries.create(
      key,
      start,
      end,
      encoding,
      this.#keyspace.access.fresh,
      expiry,
      length,
      capacity,
    );
  }

  /** Puts a new entry, whose key's hash is in `#hash`, into the dictionaries. */
  #insert(entry: number, key: Uint8Array, start: number, end: number): void {
    const keyspace = this.#keyspace;
    const hash = this.#hash;
    if (!keyspace.expiresKeys) {
      const hidden = keyspace.keyDictionary.find(this.#keys, hash, key, start, end);
      if (hidden !== 0) this.#removeFound(hidden, hash);
    }
    keyspace.keyDictionary.insert(this.#keys, hash, entry);
    try {
      this.#addToIndexes(entry, hash, true, true);
    } catch (error) {
      keyspace.keyDictionary.removeReference(this.#keys, hash, entry);
      throw error;
    }
    keyspace.eviction.queues?.arrived(this.index, entry, hash);
    if (this.snapshot !== null) this.snapshot.created(entry);
    this.#tellNew(key, start, end);
  }

  /** Tells that a key has come, of the type that it has now. */
  #tellNew(key: Uint8Array, start: number, end: number): void {
    const { events } = this.#keyspace;
    events.notify(EVENT_NEW, "new", this.index, key, start, end);
    if (events.waiters !== null) events.waiters.ready(this.index, key, start, end);
  }

  /** Puts an entry among those that expire, or whose fields do, if it is one and the flag says that it is new there. */
  #addToIndexes(entry: number, hash: number, volatile: boolean, fields: boolean): void {
    const entries = this.#entries;
    const { indexDictionary } = this.#keyspace;
    const isVolatile = volatile && entries.hasExpiry(entry);
    if (isVolatile) indexDictionary.insert(this.#volatile, hash, entry);
    if (!fields || !entries.hasVolatileFields(entry)) return;
    try {
      indexDictionary.insert(this.#fields, hash, entry);
    } catch (error) {
      if (isVolatile) indexDictionary.removeReference(this.#volatile, hash, entry);
      throw error;
    }
  }

  #removeFromIndexes(entry: number, hash: number): void {
    const entries = this.#entries;
    const { indexDictionary } = this.#keyspace;
    if (entries.hasExpiry(entry)) indexDictionary.removeReference(this.#volatile, hash, entry);
    if (entries.hasVolatileFields(entry)) indexDictionary.removeReference(this.#fields, hash, entry);
  }

  /** Puts `made` in the place of `old` and frees `old`, of which `shell` says whether its value has moved to `made`. */
  #substitute(old: number, made: number, hash: number, shell: boolean): void {
    const { events, indexDictionary, keyDictionary } = this.#keyspace;
    const entries = this.#entries;
    if (this.snapshot !== null) this.snapshot.beforeChange(this, old, hash >>> 0);
    const [wasVolatile, hadFields] = [entries.hasExpiry(old), entries.hasVolatileFields(old)];
    // What may fail comes first.
    this.#addToIndexes(made, hash, !wasVolatile, !hadFields);
    if (wasVolatile && entries.hasExpiry(made)) indexDictionary.replace(this.#volatile, hash, old, made);
    else if (wasVolatile) indexDictionary.removeReference(this.#volatile, hash, old);
    if (hadFields && entries.hasVolatileFields(made)) indexDictionary.replace(this.#fields, hash, old, made);
    else if (hadFields) indexDictionary.removeReference(this.#fields, hash, old);
    keyDictionary.replace(this.#keys, hash, old, made);
    if (this.snapshot !== null) this.snapshot.created(made);
    if (shell) return entries.freeShell(old);
    if (events.waiters !== null && entries.type(old) === TYPE_STREAM) this.#tellStreamGone(made);
    entries.free(old);
  }

  /** Tells who waits for a group of a stream that the stream is gone. */
  #tellStreamGone(entry: number): void {
    const entries = this.#entries;
    entries.locateKey(entry);
    const { page, at, length } = entries;
    this.#keyspace.events.waiters?.ready(this.index, page, at, at + length);
  }

  /** Takes an entry out of the dictionaries. */
  #takeOut(entry: number, hash: number): void {
    this.#keyspace.keyDictionary.removeReference(this.#keys, hash, entry);
    this.#removeFromIndexes(entry, hash);
    if (this.#keyspace.events.waiters !== null && this.#entries.type(entry) === TYPE_STREAM) {
      this.#tellStreamGone(entry);
    }
  }

  /** Removes the entry that the key dictionary's last find ended at. */
  #removeFound(entry: number, hash: number): void {
    if (this.snapshot !== null) this.snapshot.beforeChange(this, entry, hash >>> 0);
    this.#keyspace.keyDictionary.removeFound(this.#keys, hash);
    this.#removeFromIndexes(entry, hash);
    if (this.#keyspace.events.waiters !== null && this.#entries.type(entry) === TYPE_STREAM) {
      this.#tellStreamGone(entry);
    }
    this.#entries.free(entry);
  }

  #expireFound(entry: number, hash: number): void {
    const { events, removals, statistics } = this.#keyspace;
    statistics.expired++;
    const key = this.#removeWithEffect(entry, hash, removals.expired, EVENT_EXPIRED);
    if (key === null) return;
    events.notify(EVENT_EXPIRED, "expired", this.index, key, 0, key.length);
    events.changed(this.index, key, 0, key.length, false);
  }

  /**
   * Removes the entry that the key dictionary's last find ended at, and records `effect`; returns its key where somebody
   * listens to changes or events of that class, or null.
   */
  #removeWithEffect(entry: number, hash: number, effect: string, eventClass: number): Uint8Array | null {
    const { effects, events } = this.#keyspace;
    const entries = this.#entries;
    entries.locateKey(entry);
    const { page, at, length } = entries;
    // The key's bytes are read before the entry goes.
    if (effects.active) {
      effects.begin(this.index, 2);
      effects.text(effect);
      effects.bytes(page, at, at + length);
    }
    const listened = events.changes !== null || (events.mask & eventClass) !== 0;
    const key = listened ? page.slice(at, at + length) : null;
    this.#removeFound(entry, hash);
    return key;
  }
}
