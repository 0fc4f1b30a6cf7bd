/**
 * A keyspace beside Maps that say what it should hold, keys that have expired and that nobody has met yet included.
 *
 * @module
 */

import assert from "node:assert/strict";
import { bytesOf, byteString } from "../../src/base/bytes.ts";
import { ManualClock } from "../../src/base/clock.ts";
import { SeededRandom } from "../../src/base/random.ts";
import { KeyHash } from "../../src/base/siphash.ts";
import { ArenaExhausted } from "../../src/memory/arena.ts";
import type { Database } from "../../src/store/database.ts";
import { ENCODING_RAW, stringEncoding } from "../../src/store/entry.ts";
import { Keyspace } from "../../src/store/keyspace.ts";
import { printable } from "../support/replies.ts";

/** When the clock starts, milliseconds since the epoch. */
export const START = 1_700_000_000_000;

/** What a key holds: its value, a byte string, and when it expires, milliseconds since the epoch or -1. */
export interface Held {
  value: string;
  expiry: number;
}

/** All keys of a database, by name. */
export type Contents = Map<string, Held>;

/** A hash that makes all keys collide. */
export class EqualHash extends KeyHash {
  override hash(): number {
    return -5;
  }
}

/** A hash that gives every key one of 64 values. */
export class CoarseHash extends KeyHash {
  override hash(bytes: Uint8Array, start: number, end: number): number {
    return super.hash(bytes, start, end) & 0xfc000000;
  }
}

/** Bytes of `length` that are easy to tell from others; `stamp` makes them differ. */
export function patternText(length: number, stamp: number): string {
  const unit = `${stamp}:abcdefghijklmnopqrstuvwxyz\x00\xff\r\n`;
  return unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
}

/** Makes allocations fail after `left` more of them; returns what ends that. */
export function refuseAllocations(keyspace: Keyspace, left: number): () => void {
  const { arena } = keyspace;
  const allocate = arena.allocate;
  let remaining = left;
  arena.allocate = (bytes) => {
    if (remaining-- <= 0) throw new ArenaExhausted("Refused by the test");
    return allocate.call(arena, bytes);
  };
  return () => {
    arena.allocate = allocate;
  };
}

/** Everything that a database holds, without looking any key up. */
export function contentsOf(keyspace: Keyspace, database: Database): Contents {
  const contents: Contents = new Map();
  let cursor = 0;
  do {
    cursor = database.scan(cursor, 1024, (entry) => {
      const [key, held] = heldBy(keyspace, entry);
      assert.ok(!contents.has(key), `Key ${key} is there twice`);
      contents.set(key, held);
    });
  } while (cursor !== 0);
  return contents;
}

/** A copy that later changes leave alone. */
export function copyOf(contents: Contents): Contents {
  return new Map([...contents].map(([key, held]): [string, Held] => [key, { ...held }]));
}

/** Compares two databases' contents, and says where they first differ without printing them whole. */
export function assertSameContents(actual: Contents, expected: Contents, message: string): void {
  const describe = (held: Held | undefined) =>
    held === undefined ? "nothing" : `${printable(held.value, 120)} until ${held.expiry}`;
  for (const key of new Set([...expected.keys(), ...actual.keys()])) {
    const [was, should] = [actual.get(key), expected.get(key)];
    if (was?.value === should?.value && was?.expiry === should?.expiry) continue;
    assert.fail(`${message}: key ${printable(key, 120)} holds ${describe(was)}, not ${describe(should)}`);
  }
}

/** The key and what it holds, of an entry. */
export function heldBy({ entries }: Keyspace, entry: number): [key: string, held: Held] {
  entries.locateKey(entry);
  const key = byteString(entries.page, entries.at, entries.at + entries.length);
  entries.locateValue(entry);
  const value = byteString(entries.page, entries.at, entries.at + entries.length);
  return [key, { value, expiry: entries.expiry(entry) }];
}

/** Bytes that the databases own: what is used beyond that is a leak. */
export function ownedBytes(keyspace: Keyspace): number {
  let bytes = 0;
  for (const database of keyspace.databases) {
    const overhead = database.overhead();
    bytes += overhead.keys + overhead.volatile + overhead.fields;
    database.scan(0, Infinity, (entry) => {
      bytes += keyspace.entries.size(entry);
    });
  }
  return bytes;
}

/** A keyspace of a few databases with its model. Each operation is done on both, and its results are compared. */
export class ModelledKeyspace {
  readonly clock = new ManualClock(START);
  readonly keyspace: Keyspace;
  readonly model: Contents[];
  /** Keys that have expired and were removed, as `database:key`, in order. */
  readonly expired: string[] = [];

  constructor(databases: number, hash: KeyHash = new KeyHash(3, 4)) {
    this.keyspace = new Keyspace({ databases, clock: this.clock, hash, random: new SeededRandom(1) });
    this.model = Array.from({ length: databases }, () => new Map());
  }

  /** The database number `index`. */
  database(index: number): Database {
    return this.keyspace.databases[index];
  }

  advance(milliseconds: number): void {
    this.clock.advance(milliseconds);
    this.keyspace.updateTime();
  }

  /** What the model holds under a key now; a key whose time has come is removed by being asked for. */
  held(index: number, key: string): Held | undefined {
    const held = this.model[index].get(key);
    // Redis: a key expires when its time lies in the past, not in the very millisecond.
    if (held === undefined || held.expiry < 0 || this.clock.now() <= held.expiry) return held;
    this.model[index].delete(key);
    this.expired.push(`${index}:${key}`);
    return undefined;
  }

  /** The entry of a key, 0 for none; compared with the model. */
  lookup(index: number, key: string): number {
    const bytes = bytesOf(`<${key}>`);
    const entry = this.database(index).lookup(bytes, 1, 1 + key.length);
    const held = this.held(index, key);
    if (held === undefined) {
      assert.equal(entry, 0, `Key ${key} should not be there`);
    } else {
      assert.notEqual(entry, 0, `Key ${key} should be there`);
      const [name, found] = heldBy(this.keyspace, entry);
      assertSameContents(new Map([[name, found]]), new Map([[key, held]]), `Looked up in database ${index}`);
    }
    return entry;
  }

  /** As SET; `expiry` may be -1 for none and -2 for the one there is. */
  set(index: number, key: string, value: string, expiry: number): void {
    const old = this.held(index, key);
    const [name, bytes] = [bytesOf(`<${key}>`), bytesOf(`<${value}>`)];
    const encoding = stringEncoding(bytes, 1, 1 + value.length);
    this.database(index).setString(
      name,
      1,
      1 + key.length,
      bytes,
      1,
      1 + value.length,
      encoding,
      expiry,
    );
    this.model[index].set(key, { value, expiry: expiry !== -2 ? expiry : old?.expiry ?? -1 });
    this.lookup(index, key);
  }

  /** As APPEND, or a cut: gives a string another length and writes into what is new. */
  resize(index: number, key: string, length: number, stamp: number): void {
    const entry = this.lookup(index, key);
    if (entry === 0) return;
    const { entries } = this.keyspace;
    const held = this.held(index, key)!;
    const old = held.value;
    const resized = this.database(index).resizeString(entry, length);
    assert.equal(entries.encoding(resized), ENCODING_RAW);
    held.value = old.slice(0, length).padEnd(length, "\0");
    this.lookup(index, key);
    if (length <= old.length) return;
    const added = patternText(length - old.length, stamp);
    entries.locateValue(resized);
    entries.page.set(bytesOf(added), entries.at + old.length);
    held.value = old + added;
    this.lookup(index, key);
  }

  /** As SETRANGE on a key that does not exist. */
  create(index: number, key: string, value: string): void {
    if (this.lookup(index, key) !== 0) return;
    const { entries } = this.keyspace;
    const entry = this.database(index).createString(bytesOf(key), 0, key.length, value.length);
    entries.locateValue(entry);
    entries.page.set(bytesOf(value), entries.at);
    this.model[index].set(key, { value, expiry: -1 });
    this.lookup(index, key);
  }

  /** As PEXPIREAT, or PERSIST with -1. */
  setExpiry(index: number, key: string, expiry: number): void {
    const entry = this.lookup(index, key);
    if (entry === 0) return;
    this.database(index).setExpiry(entry, expiry);
    this.held(index, key)!.expiry = expiry;
    this.lookup(index, key);
  }

  /** As DEL, by the key's name or by its entry. */
  delete(index: number, key: string, byEntry: boolean): void {
    if (byEntry) {
      const entry = this.lookup(index, key);
      if (entry !== 0) this.database(index).remove(entry);
    } else {
      const held = this.held(index, key);
      assert.equal(this.database(index).delete(bytesOf(key), 0, key.length), held !== undefined);
    }
    this.model[index].delete(key);
  }

  /** As RENAME or MOVE, or COPY, in place of what the new key holds; nothing happens to a key on its own place. */
  transfer(from: number, key: string, to: number, newKey: string, copy: boolean): void {
    if (from === to && key === newKey) return;
    const entry = this.lookup(from, key);
    if (entry === 0) return;
    const [source, target] = [this.database(from), this.database(to)];
    // The old key under the new name may have expired, which shows in the effects.
    this.held(to, newKey);
    if (copy) source.copy(entry, target, bytesOf(newKey), 0, newKey.length);
    else source.move(entry, target, bytesOf(newKey), 0, newKey.length);
    const held = this.model[from].get(key)!;
    if (!copy) this.model[from].delete(key);
    this.model[to].set(newKey, { ...held });
    this.lookup(from, key);
    this.lookup(to, newKey);
  }

  flush(index: number): void {
    this.database(index).flush();
    this.model[index].clear();
  }

  swap(a: number, b: number): void {
    this.database(a).swap(this.database(b));
    [this.model[a], this.model[b]] = [this.model[b], this.model[a]];
  }

  /** Frees everything that waits to be freed. */
  finishLazyfree(): void {
    while (this.keyspace.lazyfree.step());
  }

  /** Compares everything with the model and lets the keyspace check itself. */
  check(): void {
    this.keyspace.check();
    this.model.forEach((contents, index) => {
      const database = this.database(index);
      assertSameContents(contentsOf(this.keyspace, database), contents, `Database ${index}`);
      assert.equal(database.size, contents.size);
      assert.equal(database.volatileSize, [...contents.values()].filter(({ expiry }) => expiry >= 0).length);
    });
    assert.equal(this.keyspace.statistics.expired, this.expired.length);
    if (this.keyspace.lazyfree.pending === 0) {
      this.finishLazyfree();
      assert.equal(this.keyspace.arena.used, ownedBytes(this.keyspace), "Bytes that nobody owns");
    }
  }
}
