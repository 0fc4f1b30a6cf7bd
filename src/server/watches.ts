/**
 * WATCH: which keys clients watch, and which clients have had one of theirs changed.
 *
 * That a key is gone because its time has come is a change; but not where its time had come before it was watched.
 *
 * @module
 */

import { byteString } from "../base/bytes.ts";
import type { KeyChangeListener } from "../store/events.ts";
import type { Database } from "../store/database.ts";
import type { Keyspace } from "../store/keyspace.ts";

/** What Redis takes for a watched key besides its name. */
const BYTES_PER_KEY = 80;

/** Somebody who watches keys. */
export interface Watcher {
  /** What it watches; null: nothing. Only {@linkcode Watches} sets it. */
  watching: Watching | null;
}

/** What a client watches. */
export class Watching {
  /** Whether one of the keys has changed; then none are watched any more. */
  changed = false;
  /** The keys, by database and name. */
  readonly keys = new Map<string, WatchedKey>();

  /** Bytes of memory that it takes, about. */
  get bytes(): number {
    return this.keys.size * BYTES_PER_KEY;
  }
}

/** A key that a client watches. */
interface WatchedKey {
  readonly watcher: Watcher;
  /** Index of the database. */
  readonly database: number;
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Whether it is still there but its time has come, and had when it was watched. */
  expired: boolean;
}

/** The watched keys of all clients. Listens to changes of keys only while there are any. */
export class Watches implements KeyChangeListener {
  readonly #keyspace: Keyspace;
  /** For each database, who watches a key, by its name. */
  readonly #databases: readonly Map<string, Set<WatchedKey>>[];
  #size = 0;

  constructor(keyspace: Keyspace) {
    this.#keyspace = keyspace;
    this.#databases = keyspace.databases.map(() => new Map());
  }

  /** Begins to watch a key; nothing happens where a watched one has changed already. Keeps `bytes`. */
  watch(watcher: Watcher, database: number, bytes: Uint8Array): void {
    const watching = watcher.watching ??= new Watching();
    if (watching.changed) return;
    const name = byteString(bytes);
    if (watching.keys.has(`${database}:${name}`)) return;
    const key = { watcher, database, name, bytes, expired: this.#isExpired(database, bytes) };
    watching.keys.set(`${database}:${name}`, key);
    const watched = this.#databases[database].get(name);
    if (watched === undefined) this.#databases[database].set(name, new Set([key]));
    else watched.add(key);
    if (this.#size++ === 0) this.#keyspace.events.listen(this);
  }

  /** Whether none of a client's watched keys has changed, nor has the time of one come. */
  unchanged({ watching }: Watcher): boolean {
    if (watching === null) return true;
    for (const { database, bytes, expired } of watching.keys.values()) {
      if (!expired && this.#isExpired(database, bytes)) return false;
    }
    return !watching.changed;
  }

  /** Forgets what a client watches, and whether that has changed. */
  unwatch(watcher: Watcher): void {
    if (watcher.watching === null) return;
    this.#remove(watcher.watching);
    watcher.watching = null;
  }

  #remove(watching: Watching): void {
    for (const key of watching.keys.values()) {
      const watched = this.#databases[key.database];
      const watchers = watched.get(key.name)!;
      watchers.delete(key);
      if (watchers.size === 0) watched.delete(key.name);
      if (--this.#size === 0) this.#keyspace.events.unlisten(this);
    }
    watching.keys.clear();
  }

  #markChanged({ watching }: Watcher): void {
    watching!.changed = true;
    this.#remove(watching!);
  }

  #isExpired(database: number, bytes: Uint8Array): boolean {
    return stateOf(this.#keyspace.databases[database], bytes) === "expired";
  }

  changed(database: number, bytes: Uint8Array, start: number, end: number): void {
    const watched = this.#databases[database];
    if (watched.size === 0) return;
    const keys = watched.get(byteString(bytes, start, end));
    if (keys === undefined) return;
    const state = stateOf(this.#keyspace.databases[database], bytes.subarray(start, end));
    for (const key of [...keys]) {
      if (!key.expired || state === "present") this.#markChanged(key.watcher);
      else if (state === "missing") key.expired = false;
    }
  }

  flushed(first: number, last: number): void {
    for (let database = first; database <= last; database++) {
      this.#emptied(this.#keyspace.databases[database], null);
    }
  }

  swapped(first: number, second: number): void {
    const { databases } = this.#keyspace;
    this.#emptied(databases[first], databases[second]);
    this.#emptied(databases[second], databases[first]);
  }

  /** The keys of a database are about to go, and those of `next` to come in their place. */
  #emptied(database: Database, next: Database | null): void {
    for (const keys of [...this.#databases[database.index].values()]) {
      for (const key of [...keys]) {
        const before = stateOf(database, key.bytes);
        const after = next === null ? "missing" : stateOf(next, key.bytes);
        if (before === "missing" && after === "missing") continue;
        const isNoChange = after !== "present" && (key.expired || before === "missing");
        if (isNoChange) key.expired = after === "expired";
        else this.#markChanged(key.watcher);
      }
    }
  }
}

/** Whether a database has a key, and whether its time has come. */
function stateOf(database: Database, key: Uint8Array): "missing" | "expired" | "present" {
  const entry = database.peek(key, 0, key.length);
  return entry === 0 ? "missing" : database.isExpired(entry) ? "expired" : "present";
}
