import assert from "node:assert/strict";
import { type Random, SeededRandom, SystemRandom, Xoshiro128 } from "../../src/base/random.ts";

Deno.test("Xoshiro128 gives what the authors' xoshiro128starstar.c (version 1.1) gives", () => {
  const random = new Xoshiro128(Int32Array.of(1, 2, 3, 4));
  const first = Array.from({ length: 10 }, () => random.uint32());
  assert.deepEqual(first, [
    ...[11520, 0, 5927040, 70819200, 2031721883],
    ...[1637235492, 1287239034, 3734860849, 3729100597, 4258142804],
  ]);
});

Deno.test("Xoshiro128 refuses the state that it would never leave", () => {
  assert.throws(() => new Xoshiro128(Int32Array.of(0, 0, 0, 0)), RangeError);
  assert.throws(() => new Xoshiro128(Int32Array.of(1, 2, 3)), RangeError);
});

/** The high half of random * n in exact arithmetic, refusing the randoms that would make some results likelier. */
function exactBelow(random: Random, n: bigint): number {
  for (;;) {
    const product = BigInt(random.uint32()) * n;
    if ((product & 0xffffffffn) >= 2n ** 32n % n) return Number(product >> 32n);
  }
}

Deno.test("below is exact for every size of bound", () => {
  const bounds = [
    1,
    2,
    3,
    7,
    1000,
    65537,
    2 ** 21 + 1,
    2 ** 31 - 1,
    2 ** 31,
    2 ** 31 + 1,
    3e9,
    2 ** 32 - 1,
    2 ** 32,
  ];
  for (const bound of bounds) {
    const random = new SeededRandom(bound);
    const model = new SeededRandom(bound);
    for (let i = 0; i < 3000; i++) {
      assert.equal(random.below(bound), exactBelow(model, BigInt(bound)), `below(${bound})`);
    }
  }
});

Deno.test("below is exact where the product of 64 bits is rounded across a power of two", () => {
  // 3037012585 * 3036988416 is 2^63 + 3036439552, of which a double loses 2^10.
  const target = 3037012585;
  // The state whose first number this is: the second word, taken back through * 5, rotation by 7, * 9.
  const rotated = Math.imul(target, 0x38e38e39);
  const word = Math.imul((rotated >>> 7) | (rotated << 25), 0xcccccccd);
  assert.equal(new Xoshiro128(Int32Array.of(1, word, 1, 1)).uint32(), target);
  assert.equal(new Xoshiro128(Int32Array.of(1, word, 1, 1)).below(3036988416), 2 ** 31);
});

Deno.test("below gives every result about equally often", () => {
  const random = new SeededRandom(7);
  const counts = new Array(10).fill(0);
  for (let i = 0; i < 100_000; i++) counts[random.below(10)]++;
  const chiSquare = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
  // 9 degrees of freedom: 99.9 percent of all samples are under 27.9. The seed is fixed, so the outcome is too.
  assert.equal(chiSquare < 27.9, true, `chi-square ${chiSquare} of ${counts}`);
});

Deno.test("below refuses what is no bound", () => {
  const random = new SeededRandom(1);
  for (const bound of [0, -1, 0.5, 2 ** 32 + 1, NaN, Infinity]) {
    assert.throws(() => random.below(bound), RangeError, String(bound));
  }
});

Deno.test("SeededRandom repeats itself with the same seed only", () => {
  const sequence = (seed: number) => {
    const random = new SeededRandom(seed);
    return Array.from({ length: 20 }, () => random.uint32()).join();
  };
  assert.equal(sequence(42), sequence(42));
  const all = new Set([0, 1, 2, -1, 42, 2 ** 31].map(sequence));
  assert.equal(all.size, 6);
});

Deno.test("SystemRandom differs each time and covers 32 bits", () => {
  const sequence = () => {
    const random = new SystemRandom();
    return Array.from({ length: 64 }, () => random.uint32());
  };
  const first = sequence();
  assert.notDeepEqual(first, sequence());
  // That a bit is the same in all of 64 numbers has a chance of 2^-63 each.
  assert.equal(first.reduce((bits, value) => bits | value, 0) >>> 0, 0xffffffff);
  assert.equal(first.reduce((bits, value) => bits & value, -1), 0);
});
