/** Active expiry of fields with a clock that stands still or ticks at each look. */

import assert from "node:assert/strict";
import { bytesOf } from "../../src/base/bytes.ts";
import { type Clock, ManualClock } from "../../src/base/clock.ts";
import { SeededRandom } from "../../src/base/random.ts";
import { ActiveExpiry } from "../../src/store/active_expiry.ts";
import { ENCODING_LISTPACK, TYPE_HASH } from "../../src/store/entry.ts";
import { Keyspace } from "../../src/store/keyspace.ts";
import { NO_SNAPSHOT } from "../support/no_snapshot.ts";
import { ownedBytes, START } from "./modelled_keyspace.ts";

const SLICE = 1000;

function keyspaceAt(clock: Clock): Keyspace {
  return new Keyspace({ databases: 3, clock, random: new SeededRandom(1) });
}

/** A hash of `count` fields, of which those with an index below `expiring` expire at `time`. */
function fill(
  keyspace: Keyspace,
  database: number,
  key: string,
  count: number,
  expiring: number,
  time: number,
): void {
  const { hashes } = keyspace;
  const bytes = bytesOf(key);
  const entry = keyspace.databases[database].prepare(
    bytes,
    0,
    bytes.length,
    TYPE_HASH,
    ENCODING_LISTPACK,
    hashes.create(),
  );
  const value = bytesOf("value");
  for (let i = 0; i < count; i++) {
    const name = bytesOf(`field:${i}`);
    hashes.set(entry, name, 0, name.length, value, 0, value.length);
  }
  keyspace.databases[database].place(entry);
  hashes.makeExpirable(entry);
  for (let i = 0; i < expiring; i++) {
    const name = bytesOf(`field:${i}`);
    keyspace.databases[database].setVolatileFields(entry, true);
    hashes.find(entry, name, 0, name.length);
    hashes.setExpiry(entry, time);
  }
}

/** Fields of all hashes of a database. */
function fieldsOf(keyspace: Keyspace, database: number): number {
  let count = 0;
  keyspace.databases[database].scan(0, Infinity, (entry) => {
    count += keyspace.hashes.count(entry);
  });
  return count;
}

Deno.test("no field goes before its time, nor in the very millisecond", () => {
  const clock = new ManualClock(START);
  const keyspace = keyspaceAt(clock);
  for (let i = 0; i < 50; i++) fill(keyspace, 0, `h${i}`, 10, 4, START + 100);
  const expiry = new ActiveExpiry(keyspace);
  clock.advance(100);
  keyspace.updateTime();
  for (let i = 0; i < 20; i++) assert.equal(expiry.step(SLICE, 1), false);
  assert.equal(fieldsOf(keyspace, 0), 500);
  clock.advance(1);
  keyspace.updateTime();
  while (expiry.step(SLICE, 1));
  assert.equal(fieldsOf(keyspace, 0), 300);
  assert.equal(keyspace.databases[0].volatileFieldsSize, 0);
  keyspace.check();
});

Deno.test("hashes of all databases lose their fields, and those that lose all go", () => {
  const clock = new ManualClock(START);
  const keyspace = keyspaceAt(clock);
  const nothing = keyspace.arena.used - ownedBytes(keyspace);
  for (let i = 0; i < 100; i++) {
    fill(keyspace, 0, `all:${i}`, 3, 3, START + 10);
    fill(keyspace, 2, `some:${i}`, 3, 1, START + 10);
    fill(keyspace, 2, `later:${i}`, 3, 3, START + 10_000);
  }
  fill(keyspace, 0, "large", 2000, 1500, START + 10);
  const expiry = new ActiveExpiry(keyspace);
  clock.advance(11);
  keyspace.updateTime();
  while (expiry.step(SLICE, 1));
  assert.equal(keyspace.databases[0].size, 1);
  assert.equal(fieldsOf(keyspace, 0), 500);
  assert.equal(fieldsOf(keyspace, 2), 500);
  assert.equal(keyspace.databases[2].volatileFieldsSize, 100);
  keyspace.check();
  while (keyspace.lazyfree.step());
  assert.equal(keyspace.arena.used - ownedBytes(keyspace), nothing);
});

Deno.test("a slice ends when its time is up, however many fields are due", () => {
  /** Each look at it takes 100 µs. */
  class TickingClock extends ManualClock {
    #looks = 0;
    override microseconds(): number {
      return super.microseconds() + 100 * this.#looks++;
    }
  }
  const clock = new TickingClock(START);
  const keyspace = keyspaceAt(clock);
  fill(keyspace, 1, "large", 20_000, 20_000, START + 10);
  const expiry = new ActiveExpiry(keyspace);
  clock.advance(11);
  keyspace.updateTime();
  assert.equal(expiry.step(SLICE, 1), true);
  const left = fieldsOf(keyspace, 1);
  assert.ok(left < 20_000 && left > 15_000, `${left} left`);
  let steps = 0;
  while (expiry.step(SLICE, 1)) steps++;
  assert.ok(steps > 5, `${steps} steps`);
  assert.equal(keyspace.databases[1].size, 0);
  keyspace.check();
});

Deno.test("one step goes on with a large hash among many that have nothing to lose", () => {
  const clock = new ManualClock(START);
  const keyspace = keyspaceAt(clock);
  for (let i = 0; i < 200; i++) fill(keyspace, 0, `later:${i}`, 2, 2, START + 10_000);
  fill(keyspace, 0, "large", 1000, 1000, START + 10);
  const expiry = new ActiveExpiry(keyspace);
  clock.advance(11);
  keyspace.updateTime();
  assert.equal(expiry.step(SLICE, 1), false);
  assert.equal(keyspace.databases[0].size, 200);
});

Deno.test("a snapshot is told before a field goes", () => {
  const clock = new ManualClock(START);
  const keyspace = keyspaceAt(clock);
  fill(keyspace, 0, "h", 5, 2, START + 10);
  clock.advance(11);
  keyspace.updateTime();
  const seen: number[] = [];
  keyspace.databases[0].snapshot = {
    ...NO_SNAPSHOT,
    beforeChange(_database, entry) {
      // What a snapshot does: it walks the hash, which must not disturb what is going on.
      keyspace.hashes.each(entry, () => {});
      seen.push(keyspace.hashes.count(entry));
    },
  };
  new ActiveExpiry(keyspace).step(SLICE, 1);
  assert.equal(fieldsOf(keyspace, 0), 3);
  assert.deepEqual(seen, [5]);
});
