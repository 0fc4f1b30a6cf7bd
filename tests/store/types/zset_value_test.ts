/** Sorted sets against a model, in both encodings and across the conversions; memory that is refused; copies. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { bytesOf, byteString } from "../../../src/base/bytes.ts";
import { ArenaExhausted } from "../../../src/memory/arena.ts";
import { ENCODING_LISTPACK, ENCODING_SKIPLIST } from "../../../src/store/entry.ts";
import {
  ADD_EXISTING_ONLY,
  ADD_IF_GREATER,
  ADD_IF_LESS,
  ADD_INCREMENT,
  ADD_NEW_ONLY,
} from "../../../src/store/types/zset_value.ts";
import { runs } from "../../support/property.ts";
import { refuseAllocations } from "../modelled_keyspace.ts";
import { ModelledSortedSet } from "./modelled_zset.ts";

type Step = (set: ModelledSortedSet) => void;

const member = fc.oneof(
  { weight: 3, arbitrary: fc.nat(40).map((n) => `m${n}`) },
  { weight: 2, arbitrary: fc.integer({ min: -20, max: 20 }).map(String) },
  { weight: 1, arbitrary: fc.constantFrom("", "\x00", "\xff", "long member ".repeat(3)) },
);
const score = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -3, max: 3 }) },
  { weight: 2, arbitrary: fc.double({ noNaN: true }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(Infinity, -Infinity, 2 ** 62, 2 ** 62 + 1024, -(2 ** 53) - 2, 0.1),
  },
).map((value) => value + 0);
const options = fc.constantFrom(
  0,
  0,
  0,
  ADD_NEW_ONLY,
  ADD_EXISTING_ONLY,
  ADD_IF_GREATER,
  ADD_IF_LESS,
  ADD_INCREMENT,
  ADD_INCREMENT | ADD_IF_GREATER,
);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.tuple(member, score, options).map((args): Step => (set) => set.add(...args)),
  },
  { weight: 3, arbitrary: member.map((name): Step => (set) => set.remove(name)) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.double({ min: 0, max: 0.99, noNaN: true }), fc.nat(6)).map((args): Step => (set) =>
      set.removeRange(...args)
    ),
  },
  { weight: 2, arbitrary: member.map((name): Step => (set) => set.rank(name)) },
  {
    weight: 2,
    arbitrary: fc.tuple(score, score, fc.boolean(), fc.boolean()).map((args): Step => (set) =>
      set.locateScores(...args)
    ),
  },
);

for (
  const [name, limits] of Object.entries({
    packed: { entries: 1000, value: 100 },
    "packed at first": { entries: 12, value: 20 },
    "never packed": { entries: 0, value: 0 },
  })
) {
  Deno.test(`a sorted set, ${name}, does what its model does`, () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150, size: "max" }), (steps) => {
        const set = new ModelledSortedSet(limits);
        for (const run of steps) run(set);
        set.check();
        set.free();
      }),
      runs(60),
    );
  });

  Deno.test(`members with equal scores, ${name}, are found by ranges of strings`, () => {
    const bound = fc.tuple(fc.nat(3), member);
    fc.assert(
      fc.property(
        fc.uniqueArray(member, { maxLength: 40, size: "max" }),
        fc.array(fc.tuple(bound, bound, fc.boolean()), { maxLength: 20 }),
        (members, ranges) => {
          const set = new ModelledSortedSet(limits);
          for (const one of members) set.add(one, 7, 0);
          for (const range of ranges) set.locateLex(...range);
          set.check();
          set.free();
        },
      ),
      runs(60),
    );
  });

  Deno.test(`where memory is refused, a sorted set, ${name}, stays as it was and nothing leaks`, () => {
    const ambitious: Step[] = [
      (set) => set.add("new", 3, 0),
      (set) => set.add("a fraction", 3.25, 0),
      (set) => set.add("m5", 100.125, 0),
      (set) => set.add("m5", 5.125, 0),
      (set) => set.add("longer than packed members may be", 3, 0),
    ];
    for (const count of [7, 11, 12, 57, 58]) {
      for (const run of ambitious) {
        for (let left = 0, refused = true; refused; left++) {
          const set = new ModelledSortedSet(limits);
          for (let i = 0; i < count; i++) set.add(`m${i}`, i, 0);
          const before = set.contents();
          const allow = refuseAllocations(set.keyspace, left);
          try {
            run(set);
            refused = false;
          } catch (error) {
            if (!(error instanceof ArenaExhausted)) throw error;
            assert.deepEqual(set.contents(), before);
          } finally {
            allow();
          }
          set.check();
          set.free();
        }
      }
    }
  });
}

Deno.test("a copy has the same elements and encoding, and a life of its own", () => {
  for (const count of [3, 300]) {
    const set = new ModelledSortedSet({ entries: 128, value: 64 });
    for (let i = 0; i < count; i++) set.add(`m${i}`, i % 10 / 2, 0);
    const { entries } = set.keyspace;
    const copy = entries.duplicate(set.entry, bytesOf("copy"), 0, 4, 0);
    set.remove("m1");
    assert.equal(set.contents(copy).length, count);
    assert.equal(entries.encoding(copy), entries.encoding(set.entry));
    entries.check(copy);
    entries.free(copy);
    while (set.keyspace.lazyfree.step());
    set.check();
    set.free();
  }
});

Deno.test("where memory is refused, a copy is not made and nothing leaks", () => {
  for (const count of [3, 300]) {
    for (let left = 0, refused = true; refused; left += 40) {
      const set = new ModelledSortedSet({ entries: 128, value: 64 });
      for (let i = 0; i < count; i++) set.add(`m${i}`, i, 0);
      const allow = refuseAllocations(set.keyspace, left);
      try {
        set.keyspace.entries.free(set.keyspace.entries.duplicate(set.entry, bytesOf("copy"), 0, 4, 0));
        refused = false;
      } catch (error) {
        if (!(error instanceof ArenaExhausted)) throw error;
      } finally {
        allow();
      }
      while (set.keyspace.lazyfree.step());
      set.check();
      set.free();
    }
  }
});

Deno.test("a result is packed where Redis packs it: up to the limits, not beyond", () => {
  for (
    const [count, longest, packed] of [[5, 20, true], [6, 20, false], [5, 21, false], [1, 1, true]] as const
  ) {
    const set = new ModelledSortedSet({ entries: 0, value: 0 });
    for (let i = 0; i < count; i++) set.add(`m${i}`, i / 4, 0);
    const before = set.contents();
    const { entries, limits, sortedSets } = set.keyspace;
    Object.assign(limits, { zsetMaxListpackEntries: 5, zsetMaxListpackValue: 20 });
    sortedSets.packIfSmall(set.entry, longest);
    assert.equal(entries.encoding(set.entry), packed ? ENCODING_LISTPACK : ENCODING_SKIPLIST);
    assert.deepEqual(set.contents(), before);
    entries.check(set.entry);
    set.free();
  }
});

Deno.test("scanning passes what is there throughout, while members come and go", () => {
  const set = new ModelledSortedSet({ entries: 10, value: 64 });
  for (let i = 0; i < 2000; i++) set.add(`stays${i}`, i, 0);
  const passed = new Set<string>();
  let cursor = 0;
  let round = 0;
  do {
    cursor = set.keyspace.sortedSets.scan(set.entry, cursor, 50, (page, at, length, score) => {
      const name = byteString(page, at, at + length);
      if (name.startsWith("stays")) assert.equal(score, Number(name.slice(5)));
      passed.add(name);
    });
    // Now the dictionary grows, now it shrinks.
    for (let i = 0; i < 200; i++) {
      const bytes = bytesOf(`goes${i + (round >> 1) * 200}`);
      if (round % 2 === 0) set.keyspace.sortedSets.add(set.entry, bytes, 0, bytes.length, 1, 0);
      else set.keyspace.sortedSets.remove(set.entry, bytes, 0, bytes.length);
    }
    round++;
  } while (cursor !== 0);
  for (let i = 0; i < 2000; i++) assert.ok(passed.has(`stays${i}`), `stays${i} was not passed`);
});

Deno.test("a large sorted set is freed in bounded steps", () => {
  const set = new ModelledSortedSet({ entries: 10, value: 64 });
  for (let i = 0; i < 20000; i++) {
    const bytes = bytesOf(`m${i}`);
    set.keyspace.sortedSets.add(set.entry, bytes, 0, bytes.length, i % 100, 0);
  }
  const { arena, entries, lazyfree } = set.keyspace;
  entries.free(set.entry);
  let most = 0;
  let steps = 0;
  for (let before = arena.used; lazyfree.step(); before = arena.used, steps++) {
    most = Math.max(most, before - arena.used);
  }
  assert.ok(steps > 10, `All was freed in ${steps} steps`);
  assert.ok(most < 200_000, `A step freed ${most} bytes`);
  assert.equal(arena.used, set.usedBefore);
});
