/**
 * A hash in a keyspace beside an array that says what it should hold, and in which order while it is packed.
 *
 * @module
 */

import assert from "node:assert/strict";
import { bytesOf, byteString } from "../../../src/base/bytes.ts";
import { ManualClock } from "../../../src/base/clock.ts";
import { SeededRandom } from "../../../src/base/random.ts";
import { ENCODING_HASHTABLE, ENCODING_LISTPACK, TYPE_HASH } from "../../../src/store/entry.ts";
import { Keyspace } from "../../../src/store/keyspace.ts";
import { ownedBytes } from "../modelled_keyspace.ts";

/** A field as the model knows it. */
export interface ModelledField {
  readonly name: string;
  value: string;
  /** Milliseconds since the epoch, -1: none. */
  expiry: number;
}

const KEY = bytesOf("hash");

/** A hash under the key `hash`, which is made with its first field and goes with its last one. */
export class ModelledHash {
  readonly keyspace = new Keyspace({
    databases: 1,
    clock: new ManualClock(1_700_000_000_000),
    random: new SeededRandom(1),
  });
  /** In the order that Redis keeps in a listpack. */
  fields: ModelledField[] = [];
  readonly #before = this.keyspace.arena.used - ownedBytes(this.keyspace);

  get database() {
    return this.keyspace.databases[0];
  }

  get hashes() {
    return this.keyspace.hashes;
  }

  /** The entry, 0: there is none. */
  get entry(): number {
    return this.database.lookup(KEY, 0, KEY.length);
  }

  get encoding(): number {
    return this.keyspace.entries.encoding(this.entry);
  }

  find(name: string): boolean {
    const bytes = bytesOf(name);
    const found = this.hashes.find(this.entry, bytes, 0, bytes.length);
    const expected = this.fields.find((field) => field.name === name);
    assert.equal(found, expected !== undefined, `Field ${name}`);
    if (expected !== undefined) {
      assert.equal(this.hashes.expiry, expected.expiry);
      assert.equal(this.#value(this.entry), expected.value);
    }
    return found;
  }

  /** Sets a field; `keepExpiry` is what HINCRBY does. */
  set(name: string, value: string, keepExpiry = false): void {
    const bytes = bytesOf(name);
    const text = bytesOf(value);
    const { hashes } = this;
    if (this.entry === 0) {
      const made = this.database.prepare(KEY, 0, KEY.length, TYPE_HASH, ENCODING_LISTPACK, hashes.create());
      try {
        hashes.set(made, bytes, 0, bytes.length, text, 0, text.length);
      } catch (error) {
        this.keyspace.entries.free(made);
        throw error;
      }
      this.database.place(made);
    } else {
      this.find(name);
      hashes.put(this.entry, bytes, 0, bytes.length, text, 0, text.length, keepExpiry);
      this.#assertFound(name, value);
      const before = this.fields.find((field) => field.name === name);
      assert.equal(hashes.expiry, keepExpiry ? before?.expiry ?? -1 : -1);
    }
    const old = this.fields.find((field) => field.name === name);
    if (old === undefined) {
      this.fields.push({ name, value, expiry: -1 });
    } else {
      old.value = value;
      if (!keepExpiry && old.expiry >= 0) {
        this.fields.splice(this.fields.indexOf(old), 1);
        this.fields.push({ name, value, expiry: -1 });
      }
    }
    this.#updateVolatile();
  }

  /** Sets when a field that is there expires; -1: never. */
  setExpiry(name: string, expiry: number): void {
    const { database, hashes } = this;
    hashes.makeExpirable(this.entry);
    if (expiry >= 0) database.setVolatileFields(this.entry, true);
    try {
      this.find(name);
      hashes.setExpiry(this.entry, expiry);
      this.#assertFound(name, this.fields.find((field) => field.name === name)!.value);
      assert.equal(hashes.expiry, expiry);
    } finally {
      this.#updateVolatile();
    }
    const old = this.fields.find((field) => field.name === name)!;
    if (expiry < 0 && old.expiry < 0 && this.encoding === ENCODING_HASHTABLE) return;
    this.fields.splice(this.fields.indexOf(old), 1);
    const field = { ...old, expiry };
    const place = this.fields.findIndex((other) => other.expiry < 0 || other.expiry >= expiry);
    if (expiry < 0 || place < 0) this.fields.push(field);
    else this.fields.splice(place, 0, field);
  }

  remove(name: string): void {
    if (!this.find(name)) return;
    this.hashes.removeFound(this.entry);
    this.fields = this.fields.filter((field) => field.name !== name);
    if (this.fields.length === 0) this.database.remove(this.entry);
    else this.#updateVolatile();
  }

  convert(): void {
    if (this.encoding !== ENCODING_HASHTABLE) this.hashes.convert(this.entry);
  }

  #updateVolatile(): void {
    const { entry } = this;
    if (entry !== 0 && this.hashes.firstExpiry(entry) < 0) this.database.setVolatileFields(entry, false);
  }

  /** What was changed is what is found then. */
  #assertFound(name: string, value: string): void {
    const { entry, hashes } = this;
    hashes.locateName(entry);
    assert.equal(byteString(hashes.page, hashes.at, hashes.at + hashes.length), name);
    assert.equal(this.#value(entry), value);
  }

  #value(entry: number): string {
    const { hashes } = this;
    hashes.locateValue(entry);
    return byteString(hashes.page, hashes.at, hashes.at + hashes.length);
  }

  /** What a hash really holds, in its order. */
  contents(entry = this.entry): ModelledField[] {
    const { hashes } = this;
    const found: ModelledField[] = [];
    hashes.each(entry, () => {
      hashes.locateName(entry);
      const name = byteString(hashes.page, hashes.at, hashes.at + hashes.length);
      found.push({ name, value: this.#value(entry), expiry: hashes.expiry });
    });
    return found;
  }

  /** Compares everything. */
  check(): void {
    const { entry, fields, hashes, keyspace } = this;
    keyspace.check();
    const owned = ownedBytes(keyspace);
    assert.equal(keyspace.arena.used - owned, this.#before, "Bytes that nobody owns");
    assert.equal(entry !== 0, fields.length > 0);
    if (entry === 0) return;
    assert.equal(hashes.count(entry), fields.length);
    this.assertHolds(entry);
    const times = fields.map(({ expiry }) => expiry).filter((expiry) => expiry >= 0).sort((a, b) => a - b);
    assert.equal(hashes.firstExpiry(entry), times[0] ?? -1);
    assert.equal(keyspace.entries.hasVolatileFields(entry), times.length > 0);
    for (const time of new Set(times)) {
      assert.equal(hashes.countBefore(entry, time), times.filter((other) => other < time).length);
      assert.equal(hashes.countBefore(entry, time + 1), times.filter((other) => other <= time).length);
    }
    if (times.length > 0) {
      assert.equal(hashes.findDue(entry, times[0]), false);
      assert.equal(hashes.findDue(entry, times[0] + 1), true);
      assert.equal(hashes.expiry, times[0]);
    }
  }

  /** Whether an entry holds what the model says: in the same order where it is packed. */
  assertHolds(entry: number): void {
    const isTable = this.keyspace.entries.encoding(entry) === ENCODING_HASHTABLE;
    const inOrder = (fields: ModelledField[]) =>
      isTable ? [...fields].sort((a, b) => a.name < b.name ? -1 : 1) : fields;
    assert.deepEqual(inOrder(this.contents(entry)), inOrder(this.fields));
  }
}
