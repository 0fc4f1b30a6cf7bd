/** The dictionary against a Map, with hashes good and bad, and what its order, its steps and its end promise. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { SeededRandom } from "../../src/base/random.ts";
import { ArenaExhausted } from "../../src/memory/arena.ts";
import { runs, withSeed } from "../support/property.ts";
import { HASHINGS, ModelledDictionary } from "./modelled_dictionary.ts";

/** Bytes of a segment that is named in a directory, and of a new dictionary. */
const SEGMENT_BYTES = 8192, EMPTY_BYTES = 16 + 64;

type Step =
  | { insert: number; count: number }
  | { remove: number; count: number; byReference: boolean }
  | { replace: number; found: boolean };

function stepsOver(keys: number) {
  const from = fc.nat(keys - 1);
  const count = fc.oneof(fc.constant(1), fc.integer({ min: 2, max: 20 }), fc.integer({ min: 21, max: keys }));
  return fc.array(
    fc.oneof(
      { weight: 4, arbitrary: fc.record({ insert: from, count }) },
      { weight: 3, arbitrary: fc.record({ remove: from, count, byReference: fc.boolean() }) },
      { weight: 1, arbitrary: fc.record({ replace: from, found: fc.boolean() }) },
    ),
    { maxLength: 16, size: "max" },
  );
}

function apply(model: ModelledDictionary, keys: number, step: Step): void {
  if ("insert" in step) {
    for (let i = 0; i < step.count; i++) model.insert((step.insert + i) % keys);
  } else if ("remove" in step) {
    for (let i = 0; i < step.count; i++) model.remove((step.remove + i) % keys, step.byReference);
  } else {
    model.replace(step.replace, step.found);
  }
}

for (const { name, keys, hash } of HASHINGS) {
  Deno.test(`A dictionary holds what a Map holds, with ${name}`, () => {
    fc.assert(
      fc.property(stepsOver(keys), (steps) => {
        const model = new ModelledDictionary(hash);
        for (const step of steps) {
          apply(model, keys, step);
          model.check([0, 1, keys - 1, keys]);
        }
        for (const i of [...model.entries.keys()]) model.remove(i, false);
        model.check();
      }),
      runs(15),
    );
  });
}

Deno.test("Rising hashes, which share nearly all their bits, lead to a deep directory and back", () => {
  const model = new ModelledDictionary((i) => i);
  for (let i = 0; i < 1000; i++) model.insert(i);
  model.check([1000]);
  for (let i = 0; i < 990; i++) model.remove(i, false);
  model.check([0, 989]);
  // The 10 that are left share the first 22 bits.
  for (let i = 990; i < 1000; i++) model.remove(i, true);
  model.check([999]);
  assert.equal(model.dictionary.overhead(model.reference), EMPTY_BYTES);
});

/** The numbers 0 to `count` - 1 in a random order. */
function shuffled(random: SeededRandom, count: number): number[] {
  const numbers = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [numbers[i], numbers[j]] = [numbers[j], numbers[i]];
  }
  return numbers;
}

Deno.test("A dictionary grows to 50,000 entries in bounded steps, shrinks again, and leaves next to nothing", () => {
  withSeed((random) => {
    const model = new ModelledDictionary(HASHINGS[0].hash);
    const { arena, dictionary, reference } = model;
    for (let i = 0; i < 50_000; i++) {
      const block = model.makeBlock(i);
      arena.allocations = [];
      const hash = model.hash(i);
      dictionary.insert(reference, hash, block);
      model.entries.set(i, { reference: block, hash });
      // Entries move only into segments that are made or split in the same step: one of each, or the step is not
      // bounded; and a directory has 4 bytes for each of at most 2^8 places here.
      assert.ok(arena.allocations.length <= 2, `${arena.allocations} bytes allocated for entry ${i}`);
      assert.ok(arena.allocations.every((bytes) => bytes <= SEGMENT_BYTES));
      if (i % 10_000 === 0) model.check([i + 1]);
    }
    model.check([50_000]);
    const full = dictionary.overhead(reference);
    // 8 bytes for an entry, in segments that are between 13/32 and 13/16 full.
    assert.ok(full < 50_000 * 8 * 32 / 13 + 64 * 1024, `${full} bytes`);
    const order = shuffled(random, 50_000);
    order.forEach((i, n) => {
      arena.allocations = [];
      model.remove(i, n % 2 === 0);
      assert.ok(arena.allocations.length <= 1, `${arena.allocations} bytes allocated for a removal`);
      if (n % 10_000 === 0) model.check([i]);
    });
    model.check([0]);
    assert.ok(
      dictionary.overhead(reference) <= full / 20,
      `${dictionary.overhead(reference)} of ${full} bytes left`,
    );
  });
});

interface ScanRun {
  hashing: number;
  stable: number;
  count: number;
  changes: { grow: boolean; from: number; count: number }[];
}

const scanRuns = fc.record({
  hashing: fc.nat(HASHINGS.length - 1),
  stable: fc.integer({ min: 0, max: 700 }),
  count: fc.constantFrom(1, 3, 10, 100, 1000, 5000),
  changes: fc.array(fc.record({ grow: fc.boolean(), from: fc.nat(3000), count: fc.nat(900) }), {
    maxLength: 40,
    size: "max",
  }),
});

/** Scans while keys come and go; the first `stable` keys stay. Returns how often each key was passed. */
function scanWhileChanging(run: ScanRun): Map<number, number> {
  const { keys, hash } = HASHINGS[run.hashing];
  const stable = Math.min(run.stable, keys);
  const model = new ModelledDictionary(hash);
  const { dictionary, reference } = model;
  for (let i = 0; i < stable; i++) model.insert(i);
  const numbers = new Map<number, number>();
  const passed = new Map<number, number>();
  let cursor = 0;
  for (let step = 0;; step++) {
    const change = run.changes[step];
    for (let n = 0; change !== undefined && n < change.count && stable < keys; n++) {
      const i = stable + (change.from + n) % (keys - stable);
      if (change.grow) model.insert(i);
      else model.remove(i, false);
    }
    if (step === 0 || change !== undefined) {
      numbers.clear();
      for (const [i, entry] of model.entries) numbers.set(entry.reference, i);
    }
    const visits: { reference: number; hash: number }[] = [];
    const next = dictionary.scan(reference, cursor, run.count, (reference, hash) => {
      visits.push({ reference, hash });
    });
    for (const { reference, hash } of visits) {
      const i = numbers.get(reference);
      assert.ok(i !== undefined, "An entry was passed that is not in the dictionary");
      assert.equal(hash, model.hash(i) >>> 0);
      assert.ok(
        hash >= cursor && (next === 0 || hash < next),
        `Hash ${hash} was passed from ${cursor} to ${next}`,
      );
      passed.set(i, (passed.get(i) ?? 0) + 1);
    }
    if (next === 0) break;
    assert.ok(Number.isInteger(next) && next > cursor && next < 2 ** 32, `Cursor ${next} after ${cursor}`);
    cursor = next;
  }
  model.check();
  return passed;
}

Deno.test("A scan passes each entry that is there throughout exactly once, whatever comes and goes", () => {
  fc.assert(
    fc.property(scanRuns, (run) => {
      const passed = scanWhileChanging(run);
      const stable = Math.min(run.stable, HASHINGS[run.hashing].keys);
      for (let i = 0; i < stable; i++) {
        assert.equal(passed.get(i), 1, `Key ${i} was passed ${passed.get(i)} times`);
      }
      // Those that come and go are passed at most once each time they are there; here they are never there twice
      // with the cursor before them, because the cursor does not go back.
      for (const [i, times] of passed) assert.ok(times === 1, `Key ${i} was passed ${times} times`);
    }),
    runs(60),
  );
});

Deno.test("A scan looks at about as many places as it is asked to", () => {
  const model = new ModelledDictionary(HASHINGS[0].hash);
  for (let i = 0; i < 4000; i++) model.insert(i);
  const slots = model.dictionary.slots(model.reference);
  for (const count of [1, 10, 333, 5000]) {
    let steps = 0;
    let cursor = 0;
    do {
      let visited = 0;
      cursor = model.dictionary.scan(model.reference, cursor, count, () => visited++);
      // Entries of the last home slot may come on top.
      assert.ok(visited <= count + 16, `${visited} entries passed for ${count} places`);
      steps++;
    } while (cursor !== 0);
    assert.ok(
      steps >= slots / count - 1 && steps <= slots / count + slots / 1023 + 1,
      `${steps} steps of ${count}`,
    );
  }
});

Deno.test("Any number may be sent as a cursor", () => {
  const model = new ModelledDictionary(HASHINGS[0].hash);
  for (let i = 0; i < 2000; i++) model.insert(i);
  for (const cursor of [1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 0x12345678]) {
    const passed = new Set<number>();
    for (let at = cursor;;) {
      at = model.dictionary.scan(model.reference, at, 50, (reference) => passed.add(reference));
      if (at === 0) break;
    }
    const expected = [...model.entries.values()].filter(({ hash }) => hash >>> 0 >= cursor);
    assert.deepEqual(passed, new Set(expected.map(({ reference }) => reference)));
  }
});

/** Sum of (observed - expected)² / expected over entries drawn `draws` times. */
function chiSquare(model: ModelledDictionary, draws: number): number {
  const random = new SeededRandom(20_240_229);
  const counts = new Map<number, number>();
  for (let i = 0; i < draws; i++) {
    const reference = model.dictionary.random(model.reference, () => random.uint32());
    counts.set(reference, (counts.get(reference) ?? 0) + 1);
  }
  const expected = draws / model.entries.size;
  let sum = 0;
  for (const { reference } of model.entries.values()) {
    sum += ((counts.get(reference) ?? 0) - expected) ** 2 / expected;
    counts.delete(reference);
  }
  assert.equal(counts.size, 0, "A drawn entry is not in the dictionary");
  return sum;
}

Deno.test("Random entries are drawn equally often, from segments of any depth", () => {
  const sip = HASHINGS[0].hash;
  const skewed = new ModelledDictionary((i) => i % 10 === 0 ? sip(i) >>> 1 : sip(i) >>> 4 | 0x80000000);
  for (let i = 0; i < 3000; i++) skewed.insert(i);
  const small = new ModelledDictionary(sip);
  for (let i = 0; i < 40; i++) small.insert(i);
  for (const model of [skewed, small]) {
    const { size } = model.entries;
    const sum = chiSquare(model, size * 40);
    // Mean size - 1, standard deviation the root of twice that; 6 of these happen once in some 10^9 times.
    assert.ok(sum < size - 1 + 6 * Math.sqrt(2 * size), `Chi-square ${sum} for ${size} entries`);
  }
});

Deno.test("An empty dictionary has no random entry, and one entry is always found", () => {
  const model = new ModelledDictionary(HASHINGS[0].hash);
  const random = new SeededRandom(1);
  const draw = () => model.dictionary.random(model.reference, () => random.uint32());
  assert.equal(draw(), 0);
  for (let i = 0; i < 3000; i++) model.insert(i);
  for (let i = 0; i < 2999; i++) model.remove(i, false);
  assert.equal(draw(), model.entries.get(2999)!.reference);
});

for (const { name, keys, hash } of HASHINGS) {
  Deno.test(`Draining hands over each entry once and frees everything, with ${name}`, () => {
    for (const size of [0, 1, 5, 6, 100, keys]) {
      for (const count of [1, 1000]) {
        const model = new ModelledDictionary(hash);
        const { arena, dictionary, reference } = model;
        for (let i = 0; i < size; i++) model.insert(i);
        dictionary.startDrain(reference);
        const released = new Set<number>();
        for (let done = false; !done;) {
          const before = released.size;
          done = dictionary.drain(reference, count, (reference) => {
            assert.ok(!released.has(reference), "Released twice");
            released.add(reference);
            arena.free(reference);
          });
          assert.ok(
            released.size - before < count + 1023,
            `${released.size - before} released in a step of ${count}`,
          );
        }
        assert.deepEqual(released, new Set([...model.entries.values()].map(({ reference }) => reference)));
        arena.check();
        assert.equal(arena.used, 0);
      }
    }
  });
}

Deno.test("An insertion that gets no memory leaves the dictionary as it was", () => {
  for (const { hash, keys } of HASHINGS) {
    const model = new ModelledDictionary(hash);
    const { arena, dictionary, reference } = model;
    let refused = 0;
    for (let i = 0; i < Math.min(keys, 1700); i++) {
      const block = model.makeBlock(i);
      for (let left = 0;; left++) {
        const used = arena.used;
        arena.left = left;
        try {
          dictionary.insert(reference, model.hash(i), block);
          break;
        } catch (error) {
          assert.ok(error instanceof ArenaExhausted);
          refused++;
        } finally {
          arena.left = Infinity;
        }
        dictionary.check(reference);
        assert.equal(dictionary.count(reference), model.entries.size);
        // A doubled directory or a segment that was made in vain would be a leak.
        if (left === 0) assert.equal(arena.used, used);
      }
      model.entries.set(i, { reference: block, hash: model.hash(i) });
    }
    assert.ok(refused >= 7, `${refused} refusals`);
    model.check();
  }
});

Deno.test("A removal needs no memory, and what cannot shrink for want of it shrinks later", () => {
  for (const { hash, keys } of HASHINGS) {
    const model = new ModelledDictionary(hash);
    const { arena, dictionary, reference } = model;
    // How many entries are left when there is memory again.
    for (const spared of [0, 1, 100, 120, 400, keys >>> 1]) {
      for (let i = 0; i < keys; i++) model.insert(i);
      arena.left = 0;
      for (let i = 0; i < keys; i++) {
        if (i === keys - spared) arena.left = Infinity;
        model.remove(i, i % 3 === 0);
        if (i % 500 === 0 || i > keys - 5) dictionary.check(reference);
      }
      arena.left = Infinity;
      model.check([0]);
      for (let i = 0; i < 2000; i++) model.insert(i % keys);
      model.check();
    }
  }
});

Deno.test("Samples and searches by hash find what is there, and samples reach every entry", () => {
  withSeed((random) => {
    for (const count of [0, 1, 5, 100, 5000]) {
      const model = new ModelledDictionary(HASHINGS[0].hash);
      const { dictionary, reference } = model;
      for (let i = 0; i < count; i++) model.insert(i);
      const hashes = new Map(
        [...model.entries.values()].map(({ reference, hash }) => [reference, hash >>> 0]),
      );
      const sampled = new Uint32Array(20), sampledHashes = new Uint32Array(20);
      const met = new Set<number>();
      for (let position = 0; position < 0x100000000; position += 0x100000) {
        const before = sampled[0];
        const filled = dictionary.sample(reference, position, sampled, sampledHashes, 1);
        assert.equal(sampled[0], before);
        const found = [...sampled.subarray(1, filled)];
        assert.equal(new Set(found).size, found.length, "an entry twice");
        found.forEach((block, i) => assert.equal(hashes.get(block), sampledHashes[i + 1]));
        if (count <= 5) assert.equal(found.length, count);
        for (const block of found) met.add(block);
      }
      assert.equal(met.size, count);
      for (const [block, hash] of hashes) {
        assert.equal(dictionary.findByHash(reference, hash, (candidate) => candidate === block), block);
        assert.equal(dictionary.findByHash(reference, hash, () => false), 0);
      }
      assert.equal(dictionary.findByHash(reference, random.uint32(), (block) => !hashes.has(block)), 0);
    }
  });
});
