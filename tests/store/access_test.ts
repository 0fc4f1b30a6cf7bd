/** The access bits: LRU's clock, LFU's counter. Expectations are Redis's documentation and evict.c's description. */

import assert from "node:assert/strict";
import { Access, ACCESS_LFU, ACCESS_LRM, ACCESS_LRU } from "../../src/store/access.ts";

const MINUTE = 60_000;
/** A time at which the 16-bit minutes are zero. */
const ZERO_MINUTES = 65536 * MINUTE * 400;

function lfu({ random = 0, now = ZERO_MINUTES }: { random?: number; now?: number } = {}): Access {
  const access = new Access(() => random);
  access.mode = ACCESS_LFU;
  access.advance(now);
  return access;
}

Deno.test("LRU marks a use with the second, and LRM does not", () => {
  const access = new Access(() => 0);
  access.mode = ACCESS_LRU;
  access.advance(1_700_000_000_999);
  assert.equal(access.fresh, 1_700_000_000 % 2 ** 24);
  assert.equal(access.used(5), access.fresh);
  const then = access.fresh;
  access.advance(1_700_000_010_000);
  assert.equal(access.idleSeconds(then), 10);
  access.mode = ACCESS_LRM;
  assert.equal(access.used(5), 5);
});

Deno.test("idle times go once around the clock", () => {
  const access = new Access(() => 0);
  access.advance(2 ** 24 * 1000);
  assert.equal(access.seconds, 0);
  assert.equal(access.idleFor(10n), 2 ** 24 - 10);
  assert.equal(access.idleSeconds(access.idleFor(10n)), 10);
});

Deno.test("a new key's counter is 5", () => {
  const access = lfu();
  assert.equal(access.frequency(access.fresh), 5);
});

Deno.test("a counter loses one each lfu-decay-time minutes, down to zero, and none where that is 0", () => {
  const access = lfu();
  const bits = access.counted(7);
  const after = (minutes: number, decay: number) => {
    access.decayMinutes = decay;
    access.advance(ZERO_MINUTES + minutes * MINUTE);
    return access.frequency(bits);
  };
  assert.deepEqual([0, 1, 2, 7, 8, 1000].map((minutes) => after(minutes, 1)), [7, 6, 5, 0, 0, 0]);
  assert.deepEqual([0, 9, 10, 29, 30].map((minutes) => after(minutes, 10)), [7, 7, 6, 5, 4]);
  assert.deepEqual([0, 60000].map((minutes) => after(minutes, 0)), [7, 7]);
});

Deno.test("minutes go once around 16 bits, which takes one minute less in Redis", () => {
  const access = lfu({ now: ZERO_MINUTES - 2 * MINUTE });
  const bits = access.counted(10);
  access.advance(ZERO_MINUTES + 3 * MINUTE);
  assert.equal(access.frequency(bits), 10 - 4);
});

Deno.test("a use counts with probability 1 / (above * factor + 1)", () => {
  // Chance that is just below and just at the threshold for a counter of 10: 1 / 51.
  const threshold = Math.ceil(2 ** 32 / 51);
  for (const [random, expected] of [[threshold - 1, 11], [threshold, 10]]) {
    const access = lfu({ random });
    assert.equal(access.frequency(access.used(access.counted(10))), expected);
  }
  const access = lfu({ random: 2 ** 32 - 1 });
  assert.equal(access.frequency(access.used(access.counted(4))), 5, "below 5 each use counts");
  access.logFactor = 0;
  assert.equal(access.frequency(access.used(access.counted(200))), 201);
  assert.equal(access.frequency(access.used(access.counted(255))), 255);
});

Deno.test("what comes to a key's place inherits its counter, and under LRU nothing", () => {
  const access = lfu();
  assert.equal(access.inherited(access.counted(99)), access.counted(99));
  access.mode = ACCESS_LRU;
  access.advance(1_700_000_000_000);
  assert.equal(access.inherited(1), access.seconds);
});
