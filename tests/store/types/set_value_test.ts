/** Sets against a model: contents, conversions, walks, scans, chance, copies, freeing, and what happens without memory. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { byteString } from "../../../src/base/bytes.ts";
import { ArenaExhausted } from "../../../src/memory/arena.ts";
import { ENCODING_HASHTABLE, ENCODING_INTSET, ENCODING_LISTPACK } from "../../../src/store/entry.ts";
import { runs, withSeed } from "../../support/property.ts";
import { patternText, refuseAllocations } from "../modelled_keyspace.ts";
import { ModelledSet } from "./modelled_set.ts";

const anyMember = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -20, max: 20 }).map(String) },
  { weight: 2, arbitrary: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n }).map(String) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 30 }).map((n) => `member:${n}`) },
  { weight: 1, arbitrary: fc.string({ unit: "binary-ascii", maxLength: 20 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "",
      "01",
      "\x00\xff\r\n",
      ...[64, 65, 128, 5000].map((n) => patternText(n, 1)),
    ),
  },
);

const anyStep: fc.Arbitrary<(model: ModelledSet) => void> = fc.oneof(
  { weight: 8, arbitrary: anyMember.map((member) => (model: ModelledSet) => model.add(member)) },
  {
    weight: 3,
    arbitrary: fc.array(anyMember, { minLength: 1, maxLength: 15 }).map((members) => (model: ModelledSet) =>
      model.add(...members)
    ),
  },
  { weight: 4, arbitrary: anyMember.map((member) => (model: ModelledSet) => model.remove(member)) },
  { weight: 4, arbitrary: fc.constant((model: ModelledSet) => model.pop()) },
  { weight: 1, arbitrary: fc.constant((model: ModelledSet) => model.makeIntset()) },
  { weight: 1, arbitrary: fc.constant((model: ModelledSet) => model.exchange()) },
  { weight: 1, arbitrary: fc.constant((model: ModelledSet) => model.clear()) },
);

const anyLimits = fc.record({
  setMaxIntsetEntries: fc.integer({ min: 0, max: 12 }),
  setMaxListpackEntries: fc.integer({ min: 0, max: 12 }),
  setMaxListpackValue: fc.constantFrom(0, 1, 3, 64, 5000),
});

Deno.test("A set holds what a JavaScript set holds, in Redis's encodings", () => {
  fc.assert(
    fc.property(anyLimits, fc.array(anyStep, { maxLength: 50, size: "max" }), (limits, steps) => {
      const model = new ModelledSet();
      Object.assign(model.keyspace.limits, limits);
      for (const step of steps) {
        step(model);
        model.check();
      }
      model.clear();
      model.check();
    }),
    runs(150),
  );
});

/** A set of so many words. */
function sample(size: number): ModelledSet {
  const model = new ModelledSet();
  for (let i = 0; i < size; i++) model.add(`member:${i}`);
  return model;
}

Deno.test("Redis's default limits: 512 integers, 128 strings, 64 bytes", () => {
  const model = new ModelledSet();
  const encodings = (...members: string[]) => {
    model.add(...members);
    model.check();
    return model.keyspace.entries.encoding(model.entry);
  };
  for (let i = 0; i < 511; i++) model.add(String(i));
  assert.equal(encodings("511"), ENCODING_INTSET);
  assert.equal(encodings("5"), ENCODING_INTSET);
  assert.equal(encodings("-1"), ENCODING_HASHTABLE);
  model.clear();
  for (let i = 0; i < 127; i++) model.add(`m${i}`);
  assert.equal(encodings("127"), ENCODING_LISTPACK);
  assert.equal(encodings("m5"), ENCODING_LISTPACK);
  assert.equal(encodings("128"), ENCODING_HASHTABLE);
  model.clear();
  assert.equal(encodings("1", "2", "x".repeat(64)), ENCODING_LISTPACK);
  assert.equal(encodings("x".repeat(65)), ENCODING_HASHTABLE);
  model.clear();
  assert.equal(encodings("x".repeat(65)), ENCODING_HASHTABLE);
  model.clear();
  assert.equal(encodings(...Array.from({ length: 513 }, () => "1")), ENCODING_HASHTABLE);
});

Deno.test("A table of 30,000 members is walked over, picked from and emptied", () => {
  const model = sample(30_000);
  model.check();
  assert.equal(model.encoding, ENCODING_HASHTABLE);
  for (let i = 0; i < 29_990; i++) model.pop();
  model.check();
  while (model.entry !== 0) model.pop();
  model.check();
});

Deno.test("Members copied in the order of a walk do not crowd in the table that they come to", () => {
  const model = sample(50_000);
  const order = model.held();
  const { hash } = model.keyspace;
  const hashes = order.map((member) => {
    const bytes = Uint8Array.from(member, (character) => character.charCodeAt(0));
    return hash.hash(bytes, 0, bytes.length) >>> 0;
  });
  // Of any thousand that follow each other, some are in each sixteenth of the hashes.
  for (let from = 0; from + 1000 <= hashes.length; from += 1000) {
    const parts = new Set(hashes.slice(from, from + 1000).map((value) => value >>> 28));
    assert.ok(parts.size >= 12, `Members ${from} on are in ${parts.size} of 16 parts`);
  }
});

for (
  const { name, members } of [
    { name: "an intset", members: Array.from({ length: 20 }, (_, i) => String(i)) },
    { name: "a listpack", members: Array.from({ length: 20 }, (_, i) => `m${i}`) },
    { name: "a table", members: Array.from({ length: 150 }, (_, i) => `m${i}`) },
    { name: "a table of several segments", members: Array.from({ length: 3000 }, (_, i) => `m${i}`) },
  ]
) {
  Deno.test(`Each member of ${name} is as likely to be picked`, () => {
    withSeed((random) => {
      const model = new ModelledSet();
      for (const member of members) model.add(member);
      const counts = new Map<string, number>(members.map((member) => [member, 0]));
      const expected = 200;
      for (let i = 0; i < members.length * expected; i++) {
        model.sets.pick(model.entry, () => random.uint32());
        const { page, at, length } = model.sets.shared;
        const member = byteString(page, at, at + length);
        counts.set(member, counts.get(member)! + 1);
      }
      // The chi-square statistic has the mean n - 1 and the deviation sqrt(2n): six of those are hardly ever exceeded.
      let statistic = 0;
      for (const count of counts.values()) statistic += (count - expected) ** 2 / expected;
      const freedom = members.length - 1;
      assert.ok(statistic < freedom + 6 * Math.sqrt(2 * freedom) + 10, `Chi-square is ${statistic}`);
    });
  });
}

Deno.test("A scan returns what is there throughout, while the set grows, shrinks and converts", () => {
  withSeed((random) => {
    for (const size of [10, 100, 120, 1000, 20_000]) {
      const model = sample(size);
      const lasting = new Set([...model.members].filter((_, i) => i % 3 === 0));
      const passing = [...model.members].filter((member) => !lasting.has(member));
      const { sets } = model;
      const seen = new Set<string>();
      let cursor = 0;
      let next = size;
      do {
        const { entry } = model;
        cursor = sets.scan(entry, cursor, 10, (handle) => {
          sets.locate(entry, handle);
          const { page, at, length } = sets.shared;
          seen.add(byteString(page, at, at + length));
        });
        const grows = random.below(3) > 0 && next < size * 3;
        for (let i = 0; i < 20; i++) {
          if (grows) model.add(`member:${next++}`);
          else if (passing.length > 0) model.remove(passing.pop()!);
        }
      } while (cursor !== 0);
      for (const member of lasting) assert.ok(seen.has(member), `${member} of ${size} was not returned`);
    }
  });
});

Deno.test("A large set is freed a little at a time", () => {
  const model = sample(20_000);
  const { arena, lazyfree } = model.keyspace;
  model.database.delete(new TextEncoder().encode("set"), 0, 3);
  assert.equal(lazyfree.pending, 1);
  let steps = 0;
  for (let before = arena.used, more = true; more; before = arena.used, steps++) {
    more = lazyfree.step();
    // 1,024 members of 24 bytes and a segment of 8 KiB, and what is left of the segment that was begun.
    assert.ok(before - arena.used <= 2 * (1024 * 24 + 8192), `${before - arena.used} bytes in one step`);
  }
  assert.ok(steps > 10, `${steps} steps`);
  model.members.clear();
  model.check();
});

const ambitious: { name: string; before: string[]; run: (model: ModelledSet) => void }[] = [
  { name: "make an intset", before: [], run: (model) => model.add("1") },
  { name: "make a listpack", before: [], run: (model) => model.add("a") },
  { name: "make a table", before: [], run: (model) => model.add("x".repeat(100)) },
  { name: "add to an intset", before: ["1", "2", "3", "4"], run: (model) => model.add("5") },
  { name: "add a wider integer", before: ["1", "2", "3"], run: (model) => model.add("5000000000") },
  { name: "make an intset a listpack", before: ["1", "2", "3"], run: (model) => model.add("a") },
  { name: "make an intset a table", before: ["1", "2", "3"], run: (model) => model.add("x".repeat(100)) },
  {
    name: "make an intset that is full a table",
    before: ["1", "2", "3", "4", "5", "6", "7", "8"],
    run: (model) => model.add("9"),
  },
  { name: "add to a listpack", before: ["a", "b"], run: (model) => model.add("a longer member than those") },
  {
    name: "make a listpack a table",
    before: ["a", "1", "-99999"],
    run: (model) => model.add("x".repeat(100)),
  },
  {
    name: "prepare for many members",
    before: ["a", "b"],
    run: (model) => model.sets.expect(model.entry, 10),
  },
  {
    name: "add to a table",
    before: ["x".repeat(65), "a", "b", "c", "d"],
    run: (model) => model.add("one more, for which the dictionary has to grow"),
  },
  { name: "copy an intset", before: ["1", "2"], run: (model) => model.copy() },
  { name: "copy a listpack", before: ["1", "b"], run: (model) => model.copy() },
  { name: "copy a table", before: ["x".repeat(65), "a", "b", "c"], run: (model) => model.copy() },
];

for (const { name, before, run } of ambitious) {
  Deno.test(`Where there is no memory to ${name}, nothing changes and nothing leaks`, () => {
    for (let left = 0;; left++) {
      const model = new ModelledSet();
      model.keyspace.limits.setMaxIntsetEntries = model.keyspace.limits.setMaxListpackEntries = 8;
      for (const member of before) model.add(member);
      model.check();
      const { encoding } = model;
      const allow = refuseAllocations(model.keyspace, left);
      let refused = false;
      try {
        run(model);
      } catch (error) {
        if (!(error instanceof ArenaExhausted)) throw error;
        refused = true;
      } finally {
        allow();
      }
      if (!refused) {
        assert.ok(left > 0, "It asked for no memory");
        break;
      }
      model.members.clear();
      for (const member of before) model.members.add(member);
      model.encoding = encoding;
      model.check();
    }
  });
}
