/** The ordered tree against a sorted array, with keys of both widths, and what its size, its ends and its steps promise. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { SeededRandom } from "../../src/base/random.ts";
import { ArenaExhausted } from "../../src/memory/arena.ts";
import { OrderedTree, scoreHigh, scoreLow, scoreOf } from "../../src/memory/ordered_tree.ts";
import { runs, withSeed } from "../support/property.ts";
import { WatchedArena } from "./modelled_dictionary.ts";
import { type Item, ModelledOrderedTree } from "./modelled_ordered_tree.ts";

/** Ways to make the words of key number `i` of a tree: with few or many ties, and words on both sides of 2^31. */
const KEYS: { name: string; words: (i: number) => number[] }[] = [
  { name: "different keys of 2 words", words: (i) => [i >>> 6, Math.imul(i, 0x9e3779b1) >>> 0] },
  { name: "keys of 2 words with ties", words: (i) => [0x80000000, i >>> 4] },
  { name: "equal keys of 2 words", words: () => [0xffffffff, 0] },
  { name: "different keys of 4 words", words: (i) => [0, 0x7ffffff0 + (i >>> 8), i & 0xff, 0xfffffff0] },
  { name: "keys of 4 words that differ in the last", words: (i) => [1, 0xffffffff, 0, Math.imul(i, 3)] },
  { name: "keys of 4 words with ties", words: (i) => [i & 1, 5, 0x80000000 + (i % 5), 7] },
];

/** How many different items the property tests work with. */
const ITEMS = 3000;

/** Item number `i`, with a reference that says nothing about the order of the keys. */
function itemOf(words: (i: number) => number[], i: number): Item {
  return { words: words(i), reference: (Math.imul(i, 0x61c88647) >>> 0) || 1 };
}

type Step =
  | { insert: number; count: number; by: number }
  | { remove: number; count: number; by: number }
  | { removeAt: number; count: number }
  | { range: number; count: number }
  | { pop: number; last: boolean }
  | { rekey: number; to: number }
  | { replace: number };

const steps = fc.array(
  (() => {
    const from = fc.nat(ITEMS - 1);
    const count = fc.oneof(
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 4, max: 100 }),
      fc.integer({ min: 101, max: 1500 }),
    );
    const by = fc.constantFrom(1, -1, 7, 1009);
    return fc.oneof(
      { weight: 6, arbitrary: fc.record({ insert: from, count, by }) },
      { weight: 3, arbitrary: fc.record({ remove: from, count, by }) },
      { weight: 1, arbitrary: fc.record({ removeAt: from, count: fc.nat(60) }) },
      { weight: 2, arbitrary: fc.record({ range: from, count }) },
      { weight: 2, arbitrary: fc.record({ pop: count, last: fc.boolean() }) },
      { weight: 1, arbitrary: fc.record({ rekey: from, to: from }) },
      { weight: 1, arbitrary: fc.record({ replace: from }) },
    );
  })(),
  { maxLength: 14, size: "max" },
);

function apply(model: ModelledOrderedTree, words: (i: number) => number[], step: Step): void {
  const numbered = (from: number, n: number, by: number) =>
    itemOf(words, ((from + n * by) % ITEMS + ITEMS) % ITEMS);
  const size = model.items.length;
  if ("insert" in step) {
    for (let n = 0; n < step.count; n++) model.insert(numbered(step.insert, n, step.by));
  } else if ("remove" in step) {
    for (let n = 0; n < step.count; n++) model.remove(numbered(step.remove, n, step.by));
  } else if ("removeAt" in step) {
    for (let n = 0; n < step.count && model.items.length > 0; n++) {
      model.removeAt(step.removeAt % model.items.length);
    }
  } else if ("range" in step) {
    model.removeRange(size === 0 ? 0 : step.range % size, step.count);
  } else if ("pop" in step) {
    for (let n = 0; n < step.pop; n++) model.pop(step.last);
  } else if (size > 0 && "rekey" in step) {
    model.rekey(step.rekey % size, words(step.to));
    const near = [...model.items[step.rekey % size].words];
    near[near.length - 1] ^= 1;
    model.rekey(step.rekey % size, near.map((word) => word >>> 0));
  } else if (size > 0 && "replace" in step) {
    model.replaceReference(step.replace % size, 0xf0000000 + step.replace);
  }
}

for (const { name, words } of KEYS) {
  Deno.test(`An ordered tree holds what a sorted array holds, with ${name}`, () => {
    fc.assert(
      fc.property(steps, fc.nat(ITEMS - 1), fc.integer({ min: 1, max: 500 }), (steps, probe, drained) => {
        const model = new ModelledOrderedTree(words(0).length as 2 | 4);
        for (const step of steps) {
          apply(model, words, step);
          model.check();
          for (const i of [0, probe, ITEMS - 1]) model.seek(itemOf(words, i));
        }
        model.drain(drained);
      }),
      runs(30),
    );
  });
}

Deno.test("A tree grows item by item to 3,000, in any order, and goes item by item", () => {
  withSeed((random) => {
    for (const { words } of KEYS) {
      const model = new ModelledOrderedTree(words(0).length as 2 | 4);
      const items = Array.from({ length: ITEMS }, (_, i) => itemOf(words, i));
      items.sort(() => random.below(3) - 1);
      items.forEach((item, n) => {
        model.insert(item);
        if (n < 150 || n % 500 === 0) model.check();
      });
      model.check();
      for (let i = 0; i < ITEMS; i += 17) model.seek(items[i]);
      items.sort(() => random.below(3) - 1);
      items.forEach((item, n) => {
        model.remove(item);
        if (n > ITEMS - 150 || n % 500 === 0) model.check();
      });
      assert.equal(model.trees.size(model.tree), 24 + (model.keyWords === 2 ? 64 : 96));
      model.drain(1);
    }
  });
});

/** Bytes per item of a tree with keys of 2 words. */
function bytesPerItem(insert: (trees: OrderedTree, tree: number) => void): number {
  const trees = new OrderedTree(new WatchedArena(), 2);
  const tree = trees.create();
  insert(trees, tree);
  trees.check(tree);
  return trees.size(tree) / trees.count(tree);
}

Deno.test("Items that come in order fill their leaves, others two thirds of them", () => {
  const count = 50_000;
  // 12 bytes an item, of which a leaf of 704 bytes holds 57, and 20 bytes for each leaf's entry.
  const full = 704 / 57 + 20 / 57;
  const rising = bytesPerItem((trees, tree) => {
    for (let i = 0; i < count; i++) trees.insert(tree, i + 1, 0, i);
  });
  const appended = bytesPerItem((trees, tree) => {
    for (let i = 0; i < count; i++) trees.append(tree, i + 1, 0, i);
  });
  const falling = bytesPerItem((trees, tree) => {
    for (let i = count; i > 0; i--) trees.insert(tree, i, 0, i);
  });
  for (const bytes of [rising, appended, falling]) assert.ok(bytes < full * 1.05, `${bytes} bytes an item`);
  const random = new SeededRandom(7);
  const shuffled = bytesPerItem((trees, tree) => {
    for (let i = 0; i < count; i++) trees.insert(tree, i + 1, random.uint32(), 0);
  });
  assert.ok(shuffled < full / 0.65, `${shuffled} bytes an item`);
});

Deno.test("A small tree is small", () => {
  const trees = new OrderedTree(new WatchedArena(), 2);
  const tree = trees.create();
  for (let i = 1; i <= 57; i++) {
    trees.insert(tree, i, 0, i);
    assert.ok(trees.size(tree) <= 24 + 64 + 30 * i, `${trees.size(tree)} bytes for ${i} items`);
  }
});

Deno.test("A queue takes items at one end and gives them at the other without growing", () => {
  const model = new ModelledOrderedTree(4);
  const item = (i: number): Item => ({ words: [0, i >>> 8, i & 0xff, 1], reference: i + 1 });
  for (let i = 0; i < 1000; i++) model.append(item(i));
  const size = model.trees.size(model.tree);
  for (let i = 1000; i < 6000; i++) {
    model.append(item(i));
    model.pop(false);
    if (i % 100 === 0) model.check();
    assert.ok(model.trees.size(model.tree) <= size + 3 * 704, `${model.trees.size(model.tree)} bytes`);
  }
  while (model.items.length > 0) model.pop(true);
  model.drain(10);
});

Deno.test("Ends of an empty tree", () => {
  const model = new ModelledOrderedTree(2);
  const { trees, tree, cursor } = model;
  model.check();
  assert.equal(trees.first(tree, cursor), false);
  assert.equal(cursor.next(), false);
  assert.equal(cursor.previous(), false);
  assert.equal(trees.last(tree, cursor), false);
  assert.equal(trees.at(tree, cursor, 0), false);
  model.pop(false);
  model.pop(true);
  model.removeRange(0, 5);
  model.seek({ words: [1, 2], reference: 3 });
  assert.throws(() => trees.removeAt(tree, cursor), /stands at no item/);
  model.drain(1);
});

Deno.test("A cursor walks from after the last item to before the first, and back", () => {
  const model = new ModelledOrderedTree(2);
  const { trees, tree, cursor } = model;
  for (let i = 0; i < 200; i++) model.append({ words: [i, 0], reference: i + 1 });
  trees.at(tree, cursor, 200);
  for (let i = 200; i > 0; i--) {
    assert.ok(cursor.previous());
    assert.equal(cursor.reference(), i);
  }
  assert.equal(cursor.previous(), false);
  assert.equal(trees.rankAt(tree, cursor), 0);
  for (let i = 1; i <= 200; i++) {
    assert.ok(cursor.next());
    assert.equal(cursor.reference(), i);
  }
  assert.equal(cursor.next(), false);
  assert.equal(trees.rankAt(tree, cursor), 200);
});

Deno.test("What is released may itself hold a tree of the same kind, which goes with it", () => {
  const arena = new WatchedArena();
  const nested = new OrderedTree(arena, 2);
  for (const drain of [true, false]) {
    const outer = nested.create();
    for (let i = 0; i < 300; i++) {
      const inner = nested.create();
      for (let n = 0; n < i; n++) nested.append(inner, n + 1, n, n);
      nested.append(outer, inner, i, 0);
    }
    const free = (inner: number) => nested.free(inner);
    if (drain) { while (!nested.drain(outer, 7, free)); }
    else {
      nested.removeRange(outer, 10, 280, free);
      nested.check(outer);
      nested.removeRange(outer, 0, Infinity, free);
      nested.free(outer);
    }
    assert.equal(arena.used, 0);
  }
});

Deno.test("An insertion that gets no memory leaves the tree as it was", () => {
  for (const { words } of KEYS) {
    const model = new ModelledOrderedTree(words(0).length as 2 | 4);
    const { arena, trees, tree } = model;
    let refused = 0;
    let most = 0;
    for (let n = 0; n < ITEMS; n++) {
      const item = itemOf(words, (n * 1009) % ITEMS);
      for (let left = 0;; left++) {
        const used = arena.used;
        arena.left = left;
        try {
          model.insert(item);
          break;
        } catch (error) {
          assert.ok(error instanceof ArenaExhausted);
          refused++;
          most = Math.max(most, left);
        } finally {
          arena.left = Infinity;
        }
        trees.check(tree);
        assert.equal(arena.used, used);
        assert.equal(trees.count(tree), model.items.length);
      }
    }
    // Splits of a leaf below a full root need three nodes: refused at the first, at the second and at the third.
    assert.ok(refused > 50 && most >= 2, `${refused} refusals, after ${most} allocations at most`);
    model.check();
    model.drain(1000);
  }
});

Deno.test("A tree that gets no memory is not made", () => {
  const arena = new WatchedArena();
  const trees = new OrderedTree(arena, 2);
  for (const left of [0, 1]) {
    arena.left = left;
    assert.throws(() => trees.create(), ArenaExhausted);
    assert.equal(arena.used, 0);
  }
});

Deno.test("A removal needs no memory", () => {
  for (const { words } of KEYS) {
    const model = new ModelledOrderedTree(words(0).length as 2 | 4);
    for (let i = 0; i < ITEMS; i++) model.insert(itemOf(words, i));
    model.arena.left = 0;
    model.removeRange(100, 1000);
    model.check();
    for (let i = 0; i < 100; i++) {
      model.pop(i % 2 === 0);
      model.removeAt((i * 31) % model.items.length);
    }
    for (let i = 0; i < ITEMS; i++) model.remove(itemOf(words, i));
    model.check();
    model.arena.left = Infinity;
    for (let i = 0; i < 200; i++) model.insert(itemOf(words, i));
    model.check();
    model.drain(1);
  }
});

const score = fc.oneof(
  fc.double({ noNaN: true }),
  fc.integer(),
  fc.constantFrom(0, -0, Infinity, -Infinity, Number.MIN_VALUE, -Number.MIN_VALUE, 1 / 3, -1 / 3, 2 ** 53),
);

Deno.test("Keys of scores have the order of the scores, and give them back", () => {
  fc.assert(
    fc.property(score, score, (a, b) => {
      const high = scoreHigh(a) - scoreHigh(b);
      const order = high === 0 ? scoreLow(a) - scoreLow(b) : high;
      assert.equal(Math.sign(order), a < b ? -1 : a > b ? 1 : 0);
      assert.equal(scoreOf(scoreHigh(a), scoreLow(a)), a === 0 ? 0 : a);
      assert.equal(scoreOf(scoreHigh(a) | 0, scoreLow(a) | 0), a === 0 ? 0 : a);
    }),
    runs(2000),
  );
});
