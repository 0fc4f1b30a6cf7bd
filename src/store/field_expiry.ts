/**
 * Expiry of single fields of hashes: what happens when one's time has come, and the search for those that nobody asks
 * for.
 *
 * @module
 */

import type { Database } from "./database.ts";
import { EVENT_GENERIC, EVENT_HASH } from "./events.ts";
import type { Keyspace } from "./keyspace.ts";

/** Fields of one hash that are removed at a stretch. */
const FIELDS_AT_ONCE = 64;
/** Places of the dictionary of hashes with fields that expire that are looked at between two looks at the clock. */
const PLACES = 32;
/** Looks of one slice at the most, for a clock that stands still. */
const MAX_LOOKS = 1000;

/**
 * Removes fields of a hash whose time has come, at most `limit`, with their effects and events, and the key when its
 * last field goes. Returns whether the key is still there.
 */
export function expireFields(keyspace: Keyspace, database: Database, entry: number, limit: number): boolean {
  const { hashes, now } = keyspace;
  if (!hashes.findDue(entry, now)) return true;
  database.willChange(entry);
  for (let removed = 0; removed < limit && hashes.findDue(entry, now); removed++) {
    removeField(keyspace, database, entry);
  }
  return settle(keyspace, database, entry);
}

/**
 * Removes the field of a hash that was found, because its time has come, with its effect and events, and the key when
 * it was the last field. Returns whether the key is still there.
 */
export function expireField(keyspace: Keyspace, database: Database, entry: number): boolean {
  const { hashes } = keyspace;
  if (database.snapshot !== null) {
    // A snapshot may look at fields of this hash first.
    hashes.locateName(entry);
    const name = hashes.page.slice(hashes.at, hashes.at + hashes.length);
    database.willChange(entry);
    hashes.find(entry, name, 0, name.length);
  }
  removeField(keyspace, database, entry);
  return settle(keyspace, database, entry);
}

/** Removes the field that was found, with its effect. */
function removeField(keyspace: Keyspace, database: Database, entry: number): void {
  const { effects, entries, hashes } = keyspace;
  if (effects.active) {
    effects.begin(database.index, 3);
    effects.text("HDEL");
    entries.locateKey(entry);
    effects.bytes(entries.page, entries.at, entries.at + entries.length);
    hashes.locateName(entry);
    effects.bytes(hashes.page, hashes.at, hashes.at + hashes.length);
  }
  hashes.removeFound(entry);
}

/** Tells that fields of a hash have expired, and removes the key where they were the last. */
function settle(keyspace: Keyspace, database: Database, entry: number): boolean {
  const { entries, events, hashes } = keyspace;
  const listened = events.changes !== null || (events.mask & (EVENT_HASH | EVENT_GENERIC)) !== 0;
  let key: Uint8Array | null = null;
  if (listened) {
    entries.locateKey(entry);
    key = entries.page.slice(entries.at, entries.at + entries.length);
  }
  const remains = hashes.count(entry) > 0;
  if (!remains) database.remove(entry);
  else if (hashes.firstExpiry(entry) < 0) database.setVolatileFields(entry, false);
  if (key !== null) {
    const { index } = database;
    events.notify(EVENT_HASH, "hexpired", index, key, 0, key.length);
    if (!remains) events.notify(EVENT_GENERIC, "del", index, key, 0, key.length);
    events.changed(index, key, 0, key.length, false);
  }
  return remains;
}

/** Walks the databases' hashes of which fields expire, a slice at a time. */
export class ActiveFieldExpiry {
  readonly #keyspace: Keyspace;
  readonly #due: number[] = [];
  #database = 0;
  #looked = 0;
  readonly #visit = (entry: number): void => {
    this.#looked++;
    const { hashes, now } = this.#keyspace;
    const expiry = hashes.firstExpiry(entry);
    if (expiry >= 0 && expiry < now) this.#due.push(entry);
  };

  constructor(keyspace: Keyspace) {
    this.#keyspace = keyspace;
  }

  /**
   * Works until `end`, monotonic microseconds, or until each hash has been looked at and has no more fields to lose;
   * returns whether there is more to do now: such fields, or many such hashes among those that were looked at.
   */
  work(end: number): boolean {
    const { clock, databases } = this.#keyspace;
    let more = false;
    let looked = 0;
    let due = 0;
    let looks = 0;
    for (let passed = 0; passed < databases.length;) {
      const database = databases[this.#database % databases.length];
      if (this.#look(database)) more = true;
      looked += this.#looked;
      due += this.#due.length;
      if (database.fieldsCursor === 0) {
        this.#database++;
        passed++;
      }
      // Nothing to see in a database without such hashes costs no look at the clock.
      if (this.#looked > 0 && (clock.microseconds() >= end || ++looks >= MAX_LOOKS)) {
        return more || due * 10 > looked;
      }
      if (more && passed === databases.length) {
        passed = 0;
        more = false;
      }
    }
    return false;
  }

  /** Looks at some hashes of a database; returns whether one of them has more fields to lose. */
  #look(database: Database): boolean {
    this.#looked = 0;
    this.#due.length = 0;
    if (database.volatileFieldsSize === 0) {
      database.fieldsCursor = 0;
      return false;
    }
    database.fieldsCursor = database.scanVolatileFields(database.fieldsCursor, PLACES, this.#visit);
    let more = false;
    const { hashes, now } = this.#keyspace;
    for (const entry of this.#due) {
      // Nobody waits for it: it can be done when the snapshot has written the hash.
      if (database.snapshot?.holds(database, entry)) continue;
      if (!expireFields(this.#keyspace, database, entry, FIELDS_AT_ONCE)) continue;
      const expiry = hashes.firstExpiry(entry);
      if (expiry >= 0 && expiry < now) more = true;
    }
    return more;
  }
}
