/** Active expiry with a clock that stands still or ticks at each look. */

import assert from "node:assert/strict";
import { bytesOf, byteString } from "../../src/base/bytes.ts";
import { type Clock, ManualClock } from "../../src/base/clock.ts";
import { SeededRandom } from "../../src/base/random.ts";
import { KeyHash } from "../../src/base/siphash.ts";
import { ActiveExpiry } from "../../src/store/active_expiry.ts";
import { Keyspace } from "../../src/store/keyspace.ts";
import { START } from "./modelled_keyspace.ts";

const SLICE = 1000;

function keyspaceAt(clock: Clock, databases: number): Keyspace {
  return new Keyspace({ databases, clock, hash: new KeyHash(1, 2), random: new SeededRandom(1) });
}

function set(keyspace: Keyspace, index: number, key: string, expiry: number): void {
  const bytes = bytesOf(key);
  keyspace.databases[index].setString(bytes, 0, bytes.length, bytes, 0, bytes.length, 2, expiry);
}

/** Keys of a database whose time has come. */
function staleKeys(keyspace: Keyspace, index: number): number {
  const database = keyspace.databases[index];
  let stale = 0;
  database.scanVolatile(0, Infinity, (entry) => {
    if (database.isExpired(entry)) stale++;
  });
  return stale;
}

/** Three databases of keys, of which `share` in a hundred expire after 100 ms, the others in an hour or never. */
function mixedKeyspace(clock: ManualClock, count: number, share: number): Keyspace {
  const keyspace = keyspaceAt(clock, 4);
  for (const index of [0, 1, 3]) {
    for (let i = 0; i < count; i++) {
      const soon = i % 100 < share;
      set(keyspace, index, `${index}:${i}`, soon ? START + 100 : i % 2 === 0 ? -1 : START + 3_600_000);
    }
  }
  clock.advance(101);
  keyspace.updateTime();
  return keyspace;
}

Deno.test("Nothing is removed before its time, nor in the very millisecond", () => {
  const clock = new ManualClock(START);
  const keyspace = keyspaceAt(clock, 1);
  for (let i = 0; i < 100; i++) set(keyspace, 0, `key:${i}`, START + 100);
  const expiry = new ActiveExpiry(keyspace);
  clock.advance(100);
  keyspace.updateTime();
  for (let i = 0; i < 20; i++) assert.equal(expiry.step(SLICE, 1), false);
  assert.equal(keyspace.databases[0].size, 100);
  clock.advance(1);
  keyspace.updateTime();
  for (let i = 0; i < 20; i++) expiry.step(SLICE, 1);
  assert.equal(keyspace.databases[0].size, 0);
  assert.equal(keyspace.statistics.expired, 100);
});

for (const share of [12, 25, 60]) {
  Deno.test(`Stale keys fall to a tenth, then to none, where ${share} in a hundred have expired`, () => {
    const clock = new ManualClock(START);
    const keyspace = mixedKeyspace(clock, 5000, share);
    const expiry = new ActiveExpiry(keyspace);
    const left: number[] = [];
    for (const index of [0, 1, 3]) left[index] = staleKeys(keyspace, index);
    let steps = 0;
    while (expiry.step(SLICE, 1)) assert.ok(++steps < 10, "Slices do not end");
    for (const index of [0, 1, 3]) {
      assert.ok(staleKeys(keyspace, index) < left[index], `No key of database ${index} was removed`);
    }
    // Ten rounds a second in a server: this is what 20 seconds come to.
    for (let round = 0; round < 200; round++) expiry.step(SLICE, 1);
    for (const index of [0, 1, 3]) {
      const { volatileSize } = keyspace.databases[index];
      const stale = staleKeys(keyspace, index);
      assert.ok(stale / volatileSize <= 0.1, `${stale} of ${volatileSize} in database ${index} are stale`);
    }
    for (let round = 0; round < 1000; round++) expiry.step(SLICE, 1);
    for (const index of [0, 1, 3]) {
      assert.equal(staleKeys(keyspace, index), 0);
      assert.equal(keyspace.databases[index].size, 50 * (100 - share));
    }
    assert.equal(keyspace.databases[2].size, 0);
    assert.equal(keyspace.statistics.expired, 3 * 50 * share);
    keyspace.check();
  });
}

Deno.test("More effort leaves fewer stale keys", () => {
  const left = [1, 10].map((effort) => {
    const clock = new ManualClock(START);
    const keyspace = mixedKeyspace(clock, 5000, 2);
    const expiry = new ActiveExpiry(keyspace);
    while (expiry.step(SLICE, effort));
    return [0, 1, 3].reduce((sum, index) => sum + staleKeys(keyspace, index), 0);
  });
  assert.ok(left[1] < left[0], `${left[1]} stale keys with effort 10, ${left[0]} with effort 1`);
});

Deno.test("A slice is bounded even where the clock stands still", () => {
  const clock = new ManualClock(START);
  const keyspace = keyspaceAt(clock, 1);
  for (let i = 0; i < 60_000; i++) set(keyspace, 0, `key:${i}`, START + 1);
  clock.advance(2);
  keyspace.updateTime();
  const expiry = new ActiveExpiry(keyspace);
  assert.equal(expiry.step(SLICE, 1), true);
  assert.ok(keyspace.databases[0].size > 20_000, `${keyspace.databases[0].size} keys left after one slice`);
  let steps = 1;
  while (expiry.step(SLICE, 1)) steps++;
  assert.ok(steps <= 10, `${steps} slices`);
  assert.equal(keyspace.databases[0].size, 0);
});

/** A clock on which each look at the microseconds takes 100 of them. */
class TickingClock extends ManualClock {
  #microseconds = 0;

  override microseconds(): number {
    return this.#microseconds += 100;
  }
}

Deno.test("A slice ends when its time is up, says that there is more, and counts that", () => {
  const clock = new TickingClock(START);
  const keyspace = keyspaceAt(clock, 2);
  for (let i = 0; i < 2000; i++) set(keyspace, 1, `key:${i}`, START + 1);
  clock.advance(2);
  keyspace.updateTime();
  const expiry = new ActiveExpiry(keyspace);
  assert.equal(expiry.step(1000, 1), true);
  // 10 looks at the clock are 10 samples, the first of which found database 0 empty.
  const { size } = keyspace.databases[1];
  assert.ok(size < 2000 && size >= 2000 - 10 * 40, `${size} keys left`);
  assert.equal(expiry.timeCapReached, 1);
  let slices = 1;
  while (expiry.step(1000, 1)) slices++;
  assert.equal(keyspace.databases[1].size, 0);
  assert.equal(expiry.timeCapReached, slices);
});

Deno.test("A slice goes on with the database where the last one ended", () => {
  const clock = new TickingClock(START);
  const keyspace = keyspaceAt(clock, 3);
  for (const index of [0, 1, 2]) {
    for (let i = 0; i < 1000; i++) set(keyspace, index, `key:${i}`, START + 1);
  }
  clock.advance(2);
  keyspace.updateTime();
  const expiry = new ActiveExpiry(keyspace);
  for (let slice = 0; slice < 400; slice++) expiry.step(200, 1);
  for (const database of keyspace.databases) assert.equal(database.size, 0, `Keys left in ${database.index}`);
});

Deno.test("Each removed key is an effect, in its database", () => {
  const clock = new ManualClock(START);
  const keyspace = keyspaceAt(clock, 2);
  set(keyspace, 0, "a", START + 1);
  set(keyspace, 1, "b", START + 1);
  set(keyspace, 1, "later", START + 100);
  clock.advance(2);
  keyspace.updateTime();
  let text = "";
  keyspace.effects.attach({ effects: (bytes, length) => text += byteString(bytes, 0, length) });
  const expiry = new ActiveExpiry(keyspace);
  for (let round = 0; round < 5; round++) expiry.step(SLICE, 1);
  keyspace.effects.flush();
  assert.equal(
    text,
    "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n*2\r\n$3\r\nDEL\r\n$1\r\na\r\n" +
      "*2\r\n$6\r\nSELECT\r\n$1\r\n1\r\n*2\r\n$3\r\nDEL\r\n$1\r\nb\r\n",
  );
});

Deno.test("The average time to live is that of the keys that are left, and moves slowly", () => {
  const clock = new ManualClock(START);
  const keyspace = keyspaceAt(clock, 1);
  const [database] = keyspace.databases;
  const expiry = new ActiveExpiry(keyspace);
  assert.equal(database.averageTtl, 0);
  set(keyspace, 0, "a", START + 1000);
  set(keyspace, 0, "b", START + 3000);
  set(keyspace, 0, "lasting", -1);
  expiry.step(SLICE, 1);
  assert.equal(database.averageTtl, 2000);
  clock.advance(1000);
  keyspace.updateTime();
  // Redis: 49 parts of the old average and one of the new, which is now (0 + 2000) / 2.
  expiry.step(SLICE, 1);
  assert.ok(Math.abs(database.averageTtl - (2000 * 49 + 1000) / 50) < 1e-6, `${database.averageTtl}`);
});

Deno.test("A database in which no key expires any more has no average time to live", () => {
  const clock = new ManualClock(START);
  const keyspace = keyspaceAt(clock, 1);
  const [database] = keyspace.databases;
  const expiry = new ActiveExpiry(keyspace);
  set(keyspace, 0, "a", START + 1000);
  expiry.step(SLICE, 1);
  assert.equal(database.averageTtl, 1000);
  set(keyspace, 0, "a", -1);
  expiry.step(SLICE, 1);
  assert.equal(database.averageTtl, 0);
});

Deno.test("The share of stale keys is estimated from the keys that were looked at, once each", () => {
  const clock = new ManualClock(START);
  const keyspace = keyspaceAt(clock, 16);
  // All of them fit into one sample, of which a quarter is stale: one more sample finds none.
  for (let i = 0; i < 16; i++) set(keyspace, 2, `key:${i}`, i < 4 ? START + 1 : START + 5000);
  clock.advance(2);
  keyspace.updateTime();
  const expiry = new ActiveExpiry(keyspace);
  expiry.step(SLICE, 1);
  assert.equal(staleKeys(keyspace, 2), 0);
  // Redis: 5 parts in a hundred of what was found now (4 of the 16, then 0 of the 12 that are left).
  assert.ok(Math.abs(expiry.staleShare - 0.05 * 4 / 28) < 1e-9, `${expiry.staleShare}`);
});

Deno.test("Where only one database has keys that expire, the others do not count in the estimate", () => {
  const clock = new ManualClock(START);
  const keyspace = keyspaceAt(clock, 16);
  for (let i = 0; i < 20; i++) set(keyspace, 0, `key:${i}`, START + 1);
  clock.advance(2);
  keyspace.updateTime();
  const expiry = new ActiveExpiry(keyspace);
  for (let round = 0; round < 3; round++) expiry.step(SLICE, 1);
  assert.equal(keyspace.databases[0].size, 0);
  // All that were looked at in the first step were stale; in the others there was nothing to look at.
  assert.ok(Math.abs(expiry.staleShare - 0.05 * 0.95 * 0.95) < 1e-9, `${expiry.staleShare}`);
});

Deno.test("At a million expirations a minute fewer than a tenth of the keys are stale at any time", () => {
  /** A look at the clock takes what a sample does: that many samples fit into a slice. */
  class WorkingClock extends ManualClock {
    looks = 0;

    override microseconds(): number {
      return this.looks++ * 25;
    }
  }
  const clock = new WorkingClock(START);
  const keyspace = keyspaceAt(clock, 1);
  const [database] = keyspace.databases;
  const expiry = new ActiveExpiry(keyspace);
  const random = new SeededRandom(7);
  const PER_MILLISECOND = 17;
  const [SHORTEST, LONGEST] = [1000, 5000];
  let worst = 0;
  let due = 0;
  for (let millisecond = 0; millisecond < 15_000; millisecond++) {
    for (let i = 0; i < PER_MILLISECOND; i++) {
      const lives = SHORTEST + random.uint32() % (LONGEST - SHORTEST);
      set(keyspace, 0, `${millisecond}:${i}`, START + millisecond + lives);
    }
    clock.advance(1);
    keyspace.updateTime();
    // Ten times a second, and as long as there is more to do in every second millisecond, as the server does it.
    const isTick = millisecond % 100 === 0;
    if (isTick && millisecond > LONGEST) {
      worst = Math.max(worst, staleKeys(keyspace, 0) / database.volatileSize);
    }
    if (isTick || due === millisecond) due = expiry.step(SLICE, 1) ? millisecond + 2 : 0;
  }
  assert.ok(worst > 0 && worst < 0.1, `${worst * 100} % of the keys were stale`);
  // As many go as come, so what is there is what lives and the stale ones.
  const alive = PER_MILLISECOND * (SHORTEST + LONGEST) / 2;
  assert.ok(database.size < alive * 1.1, `${database.size} keys, of which ${alive} live`);
});
