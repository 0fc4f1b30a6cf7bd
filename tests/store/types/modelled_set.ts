/**
 * A set in a keyspace beside a JavaScript one that says what it should hold.
 *
 * @module
 */

import assert from "node:assert/strict";
import { bytesOf, byteString } from "../../../src/base/bytes.ts";
import { ManualClock } from "../../../src/base/clock.ts";
import { SeededRandom } from "../../../src/base/random.ts";
import {
  ENCODING_HASHTABLE,
  ENCODING_INTSET,
  ENCODING_LISTPACK,
  ENCODING_NAMES,
  TYPE_SET,
} from "../../../src/store/entry.ts";
import { Keyspace } from "../../../src/store/keyspace.ts";
import { ownedBytes } from "../modelled_keyspace.ts";

const KEY = bytesOf("set"), COPY = bytesOf("copy");

/** Whether a member is what Redis takes for an integer of 64 bits. */
export function isInteger(member: string): boolean {
  return /^(0|-?[1-9]\d*)$/.test(member) && BigInt.asIntN(64, BigInt(member)) === BigInt(member);
}

/** A set under the key `set`, which is made with its first member and goes with its last one. */
export class ModelledSet {
  readonly keyspace = new Keyspace({
    databases: 1,
    clock: new ManualClock(1_700_000_000_000),
    random: new SeededRandom(1),
  });
  readonly members = new Set<string>();
  /** What Redis 7.2 would call the encoding. */
  encoding: number = ENCODING_INTSET;

  get database() {
    return this.keyspace.databases[0];
  }

  get sets() {
    return this.keyspace.sets;
  }

  /** The entry, 0: there is none. */
  get entry(): number {
    return this.database.lookup(KEY, 0, KEY.length);
  }

  /** Calls with a range in the middle of other bytes. */
  #in<T>(member: string, run: (bytes: Uint8Array, start: number, end: number) => T): T {
    return run(bytesOf(`12${member}34`), 2, 2 + member.length);
  }

  /** Adds members as SADD does. */
  add(...members: string[]): void {
    const { sets } = this;
    let entry = this.entry;
    const isNew = entry === 0;
    const kind = this.#in(members[0], (...range) => sets.encodingFor(...range, members.length));
    if (isNew) {
      const { database } = this;
      entry = database.prepare(KEY, 0, KEY.length, TYPE_SET, kind, sets.create(kind));
    }
    try {
      if (!isNew) sets.expect(entry, members.length);
      for (const member of members) {
        const added = this.#in(member, (...range) => sets.add(entry, ...range));
        assert.equal(added, !this.members.has(member), `Adding ${member}`);
        this.#follow(members, member, this.members.size === 0);
        this.members.add(member);
      }
    } catch (error) {
      if (isNew) this.keyspace.entries.free(entry);
      throw error;
    }
    if (isNew) this.database.place(entry);
  }

  /** Redis 7.2's conversions: setTypeCreate, setTypeMaybeConvert, setTypeAdd. */
  #follow(members: readonly string[], member: string, isFirst: boolean): void {
    const { setMaxIntsetEntries, setMaxListpackEntries, setMaxListpackValue } = this.keyspace.limits;
    if (isFirst) {
      if (isInteger(member) && members.length <= setMaxIntsetEntries) this.encoding = ENCODING_INTSET;
      else if (members.length <= setMaxListpackEntries) this.encoding = ENCODING_LISTPACK;
      else this.encoding = ENCODING_HASHTABLE;
    } else if (
      this.encoding === ENCODING_LISTPACK && members.length > setMaxListpackEntries ||
      this.encoding === ENCODING_INTSET && members.length > setMaxIntsetEntries
    ) {
      this.encoding = ENCODING_HASHTABLE;
    }
    if (this.members.has(member)) return;
    const count = this.members.size;
    if (this.encoding === ENCODING_INTSET && isInteger(member)) {
      if (count + 1 > setMaxIntsetEntries) this.encoding = ENCODING_HASHTABLE;
    } else if (this.encoding !== ENCODING_HASHTABLE) {
      const integers = this.encoding === ENCODING_INTSET ? [...this.members] : [];
      const longest = Math.max(0, ...integers.map((integer) => integer.length));
      const fits = count < setMaxListpackEntries && member.length <= setMaxListpackValue &&
        longest <= setMaxListpackValue;
      this.encoding = fits ? ENCODING_LISTPACK : ENCODING_HASHTABLE;
      // A listpack begins with the integers in the order that they had.
      if (fits) {
        integers.sort((a, b) => BigInt(a) < BigInt(b) ? -1 : 1).forEach((integer) => this.#moveLast(integer));
      }
    }
  }

  #moveLast(member: string): void {
    this.members.delete(member);
    this.members.add(member);
  }

  remove(member: string): void {
    const { entry } = this;
    if (entry === 0) return;
    const removed = this.#in(member, (...range) => this.sets.remove(entry, ...range));
    assert.equal(removed, this.members.delete(member), `Removing ${member}`);
    this.#removeEmptied(entry);
  }

  /** Removes one at random. */
  pop(): void {
    const { entry, sets } = this;
    if (entry === 0) return;
    sets.pick(entry, this.keyspace.random);
    const { page, at, length } = sets.shared;
    const member = byteString(page, at, at + length);
    assert.ok(this.members.delete(member), `${member} was picked`);
    sets.removePicked(entry);
    this.#removeEmptied(entry);
  }

  makeIntset(): void {
    const { entry } = this;
    if (entry === 0 || ![...this.members].every(isInteger)) return;
    this.sets.makeIntset(entry);
    if (this.members.size <= this.keyspace.limits.setMaxIntsetEntries) this.encoding = ENCODING_INTSET;
  }

  /** Makes a copy under another key. */
  copy(): void {
    this.database.copy(this.entry, this.database, COPY, 0, COPY.length);
  }

  /** Goes on with a copy. */
  exchange(): void {
    if (this.entry === 0) return;
    const { database } = this;
    this.copy();
    database.delete(KEY, 0, KEY.length);
    database.move(database.lookup(COPY, 0, COPY.length), database, KEY, 0, KEY.length);
  }

  clear(): void {
    this.database.delete(KEY, 0, KEY.length);
    this.members.clear();
    this.finishLazyfree();
  }

  finishLazyfree(): void {
    while (this.keyspace.lazyfree.step());
  }

  #removeEmptied(entry: number): void {
    if (this.sets.count(entry) === 0) this.database.remove(entry);
  }

  /** What the set holds, in the order of a cursor. */
  held(): string[] {
    const { entry, sets } = this;
    const held: string[] = [];
    if (entry !== 0) sets.forEach(entry, (page, at, length) => held.push(byteString(page, at, at + length)));
    return held;
  }

  /** Compares everything with the model, and looks for leaks. */
  check(): void {
    const { entry, keyspace, members, sets } = this;
    const { entries } = keyspace;
    assert.equal(entry !== 0, members.size > 0, "An empty set is no set");
    if (entry !== 0) {
      entries.check(entry);
      assert.equal(ENCODING_NAMES[entries.encoding(entry)], ENCODING_NAMES[this.encoding]);
      assert.equal(sets.count(entry), members.size);
      const held = this.held();
      assert.equal(held.length, members.size, "A member is passed twice, or not at all");
      assert.deepEqual(new Set(held), members);
      if (this.encoding === ENCODING_LISTPACK) assert.deepEqual(held, [...members]);
      for (const member of members) {
        assert.ok(this.#in(member, (...range) => sets.has(entry, ...range)), member);
        const other = `${member}0`;
        assert.equal(this.#in(other, (...range) => sets.has(entry, ...range)), members.has(other));
      }
    }
    assert.equal(keyspace.arena.used, ownedBytes(keyspace), "Bytes that nobody owns");
    keyspace.check();
  }
}
