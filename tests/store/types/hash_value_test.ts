/** Hashes against a model: contents, order, times, conversions, copies, freeing, and what happens without memory. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { bytesOf } from "../../../src/base/bytes.ts";
import { ArenaExhausted } from "../../../src/memory/arena.ts";
import { ENCODING_HASHTABLE, ENCODING_LISTPACK, ENCODING_LISTPACKEX } from "../../../src/store/entry.ts";
import { runs } from "../../support/property.ts";
import { ownedBytes, patternText, refuseAllocations } from "../modelled_keyspace.ts";
import { ModelledHash } from "./modelled_hash.ts";

const LATER = 1_800_000_000_000;

/** Values around the lengths at which they are kept in another way: in a listpack, in the field's block, apart. */
const anyValue = fc.oneof(
  { weight: 5, arbitrary: fc.integer().map(String) },
  { weight: 5, arbitrary: fc.string({ unit: "binary-ascii", maxLength: 40 }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(0, 1, 63, 64, 65, 252, 253, 254, 255, 2047, 2048, 2049, 3000, 40000).map((
      length,
    ) => patternText(length, 3)),
  },
);
const anyName = fc.oneof(
  { weight: 10, arbitrary: fc.integer({ min: 0, max: 11 }).map(String) },
  { weight: 10, arbitrary: fc.integer({ min: 0, max: 30 }).map((n) => `field:${n}`) },
  { weight: 1, arbitrary: fc.constantFrom("", "\x00\xff\r\n", patternText(65, 1), patternText(5000, 2)) },
);
const anyTime = fc.oneof(
  fc.integer({ min: 1, max: 12 }).map((n) => LATER + n),
  fc.constantFrom(-1, 2 ** 32 - 1, 2 ** 32, 2 ** 46 - 1, 1),
);

const anyStep: fc.Arbitrary<(model: ModelledHash) => void> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.tuple(anyName, anyValue, fc.boolean()).map(([name, value, keep]) => (model: ModelledHash) =>
      model.set(name, value, keep)
    ),
  },
  {
    weight: 6,
    arbitrary: fc.tuple(fc.nat(), anyTime).map(([index, time]) => (model: ModelledHash) => {
      if (model.entry === 0) return;
      model.setExpiry(model.fields[index % model.fields.length].name, time);
    }),
  },
  {
    weight: 5,
    arbitrary: anyName.map((name) => (model: ModelledHash) => {
      if (model.entry !== 0) model.remove(name);
    }),
  },
  {
    weight: 1,
    arbitrary: fc.constant((model: ModelledHash) => {
      if (model.entry !== 0) model.convert();
    }),
  },
);

Deno.test("hashes do what the model does", () => {
  fc.assert(
    fc.property(
      fc.array(anyStep, { maxLength: 120, size: "max" }),
      fc.constantFrom(2, 8, 512),
      (steps, most) => {
        const model = new ModelledHash();
        model.keyspace.limits.hashMaxListpackEntries = most;
        for (const step of steps) {
          step(model);
          const { entry } = model;
          if (entry === 0) continue;
          for (const { name } of model.fields.slice(0, 3)) model.find(name);
          model.find("no such field");
        }
        model.check();
        for (const { name } of [...model.fields]) model.remove(name);
        model.check();
      },
    ),
    runs(150),
  );
});

Deno.test("a table of thousands of fields, half of which expire, is right throughout and goes in steps", () => {
  const model = new ModelledHash();
  for (let i = 0; i < 3000; i++) {
    model.set(`field:${i}`, patternText(i % 3000, i));
    if (i % 2 === 0) model.setExpiry(`field:${i}`, LATER + (i * 7) % 3000);
  }
  model.check();
  const { entries, arena } = model.keyspace;
  const used = arena.used;
  const copy = model.hashes.duplicate(entries.root(model.entry), model.encoding);
  model.hashes.check(copy, model.encoding);
  assert.equal(model.hashes.size(copy, model.encoding), arena.used - used);
  model.hashes.startDrain(copy, ENCODING_HASHTABLE);
  let steps = 0;
  let before = arena.used;
  while (!model.hashes.drain(copy, ENCODING_HASHTABLE, 100)) {
    steps++;
    assert.ok(arena.used <= before);
    before = arena.used;
  }
  assert.ok(steps >= 3, `${steps} steps`);
  for (let i = 0; i < 3000; i += 3) model.remove(`field:${i}`);
  model.check();
});

for (const expiring of [false, true]) {
  Deno.test(`a copy of a ${expiring ? "listpackex" : "listpack"} and of a table holds the same`, () => {
    const model = new ModelledHash();
    for (let i = 0; i < 20; i++) model.set(`field:${i}`, String(i));
    if (expiring) { for (let i = 0; i < 20; i += 3) model.setExpiry(`field:${i}`, LATER - i); }
    const key = bytesOf("copy");
    for (const table of [false, true]) {
      if (table) model.convert();
      model.database.copy(model.entry, model.database, key, 0, key.length);
      const copy = model.database.lookup(key, 0, key.length);
      assert.equal(model.keyspace.entries.hasVolatileFields(copy), expiring);
      model.assertHolds(copy);
      model.check();
    }
  });
}

Deno.test("hash-max-listpack-entries and -value say when a hash becomes a table", () => {
  const model = new ModelledHash();
  for (let i = 0; i < 512; i++) model.set(`f${i}`, "v");
  assert.equal(model.encoding, ENCODING_LISTPACK);
  model.set("f511", "another");
  assert.equal(model.encoding, ENCODING_LISTPACK);
  model.set("f512", "v");
  assert.equal(model.encoding, ENCODING_HASHTABLE);
  for (let i = 0; i < 512; i++) model.remove(`f${i}`);
  assert.equal(model.encoding, ENCODING_HASHTABLE);
  model.check();

  for (const [name, value] of [["x".repeat(65), "v"], ["x", "v".repeat(65)]]) {
    const other = new ModelledHash();
    other.set("x".repeat(64), "v".repeat(64));
    assert.equal(other.encoding, ENCODING_LISTPACK);
    other.set(name, value);
    assert.equal(other.encoding, ENCODING_HASHTABLE);
    other.check();
  }
});

Deno.test("a hash becomes a listpackex with its first time, keeps that, and takes the times along", () => {
  const model = new ModelledHash();
  for (const name of ["a", "b", "c", "d"]) model.set(name, name);
  model.setExpiry("c", LATER + 5);
  assert.equal(model.encoding, ENCODING_LISTPACKEX);
  model.setExpiry("d", LATER);
  model.setExpiry("a", LATER + 5);
  // By time, later ones of equal time first, those without at the end: as Redis 7.4 does.
  assert.deepEqual(model.contents().map(({ name }) => name), ["d", "a", "c", "b"]);
  model.set("d", "new");
  assert.deepEqual(model.contents().map(({ name }) => name), ["a", "c", "b", "d"]);
  model.setExpiry("a", -1);
  model.setExpiry("c", -1);
  assert.equal(model.encoding, ENCODING_LISTPACKEX);
  model.setExpiry("c", LATER);
  model.convert();
  model.check();
});

Deno.test("a field drawn at random is each about equally often", () => {
  for (const table of [false, true]) {
    const model = new ModelledHash();
    for (let i = 0; i < 20; i++) model.set(`field:${i}`, "v");
    if (table) model.convert();
    const counts = new Map<number, number>();
    for (let i = 0; i < 20000; i++) {
      model.hashes.findRandom(model.entry, model.keyspace.random);
      counts.set(model.hashes.field, (counts.get(model.hashes.field) ?? 0) + 1);
    }
    assert.equal(counts.size, 20);
    // 1,000 on average; six standard deviations are 185.
    for (const count of counts.values()) assert.ok(Math.abs(count - 1000) < 185, `${count} of 20,000`);
  }
});

Deno.test("a scan passes each field that stays, whatever else comes and goes", () => {
  const model = new ModelledHash();
  for (let i = 0; i < 2000; i++) model.set(`stays:${i}`, "v");
  const passed = new Set<string>();
  let cursor = 0;
  let round = 0;
  do {
    const { entry, hashes } = model;
    cursor = hashes.scan(entry, cursor, 50, () => {
      hashes.locateName(entry);
      passed.add(String.fromCharCode(...hashes.page.subarray(hashes.at, hashes.at + hashes.length)));
    });
    round++;
    for (let i = 0; i < 100; i++) {
      if (round % 30 < 15) model.set(`goes:${i + round * 100}`, "v");
      else model.remove(`goes:${i + (round - 15) * 100}`);
    }
  } while (cursor !== 0);
  for (let i = 0; i < 2000; i++) assert.ok(passed.has(`stays:${i}`), `Field ${i} was not passed`);
});

/** Steps that ask for memory, on a hash with the fields `f`, `e` (which expires) and `large`. */
const ambitious: { name: string; run: (model: ModelledHash) => void }[] = [
  { name: "add a field", run: (model) => model.set("new", patternText(60, 1)) },
  { name: "add a large field", run: (model) => model.set("new", patternText(5000, 1)) },
  { name: "set a longer value", run: (model) => model.set("f", patternText(60, 2)) },
  { name: "set a large value", run: (model) => model.set("f", patternText(5000, 2)) },
  { name: "set the field that expires", run: (model) => model.set("e", patternText(60, 2)) },
  {
    name: "set the field that expires and keep its time",
    run: (model) => model.set("e", patternText(60, 2), true),
  },
  { name: "set a shorter value in place of a large one", run: (model) => model.set("large", "x") },
  { name: "set another large value", run: (model) => model.set("large", patternText(9000, 2)) },
  { name: "make a field expire", run: (model) => model.setExpiry("f", LATER) },
  { name: "make the large field expire", run: (model) => model.setExpiry("large", LATER - 50) },
  { name: "change a time", run: (model) => model.setExpiry("e", LATER + 100) },
  { name: "make a field persist", run: (model) => model.setExpiry("e", -1) },
  {
    name: "copy",
    run: (model) => {
      const copy = model.hashes.duplicate(model.keyspace.entries.root(model.entry), model.encoding);
      model.hashes.startDrain(copy, model.encoding);
      assert.ok(model.hashes.drain(copy, model.encoding, Infinity));
    },
  },
];

function prepared(kind: "listpack" | "listpackex" | "table" | "new"): ModelledHash {
  const model = new ModelledHash();
  if (kind === "new") return model;
  model.set("f", "value");
  model.set("large", patternText(kind === "table" ? 5000 : 50, 1));
  model.set("e", "1");
  if (kind !== "listpack") model.setExpiry("e", LATER);
  if (kind === "table") {
    model.convert();
    // A table is about to grow beyond 5 fields.
    for (let i = 0; model.fields.length < 5; i++) model.set(`more:${i}`, "x");
  }
  return model;
}

for (const kind of ["listpack", "listpackex", "table", "new"] as const) {
  Deno.test(`where there is no memory, nothing changes: ${kind}`, () => {
    for (const { name, run } of kind === "new" ? ambitious.slice(0, 2) : ambitious) {
      for (let left = 0;; left++) {
        const model = prepared(kind);
        const before = model.fields.map((field) => ({ ...field }));
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
        if (refused) model.fields = before;
        try {
          model.check();
        } catch (error) {
          throw new Error(`To ${name}, allocation ${left + 1} failed`, { cause: error });
        }
        if (!refused) break;
      }
    }
  });
}

Deno.test("the size of a hash is what it takes in the arena", () => {
  const model = new ModelledHash();
  model.set("f", "v");
  const { arena, entries } = model.keyspace;
  for (let i = 0; i < 600; i++) {
    const [used, size] = [arena.used, entries.size(model.entry)];
    model.set(`field:${i}`, patternText((i * 37) % 4000, i));
    if (i === 100) model.setExpiry("field:7", LATER);
    assert.equal(arena.used - used, entries.size(model.entry) - size);
  }
  assert.equal(ownedBytes(model.keyspace), arena.used);
});
