/** Quicklists against arrays, at all kinds of limits; their nodes, their memory, and their end. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { bytesOf, byteString } from "../../src/base/bytes.ts";
import { ArenaExhausted } from "../../src/memory/arena.ts";
import { runs, withSeed } from "../support/property.ts";
import { type ListStep, ModelledQuicklist } from "./modelled_quicklist.ts";

const where = fc.nat(1_000_000);

/** A few elements that come again and again, and others of all lengths about the limits. */
const element = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom("a", "1", "-70000", "", "12345678901234567", "x".repeat(300)) },
  { weight: 3, arbitrary: fc.integer({ min: 500, max: 3000 }).map((length) => "y".repeat(length)) },
  { weight: 1, arbitrary: fc.integer({ min: 4080, max: 4100 }).map((length) => "z".repeat(length)) },
  { weight: 1, arbitrary: fc.integer({ min: 8170, max: 8200 }).map((length) => "z".repeat(length)) },
);

const step: fc.Arbitrary<ListStep> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      push: fc.constantFrom("pushHead", "pushTail"),
      elements: fc.array(element, { maxLength: 60, size: "max" }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      insert: fc.constantFrom("insertBefore", "insertAfter", "replace"),
      element,
      where,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      cut: fc.constantFrom("removeHead", "removeTail", "removeRange"),
      where,
      count: fc.oneof(fc.constant(1), fc.nat(15)),
    }),
  },
  { weight: 1, arbitrary: fc.record({ removeAll: element, backwards: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ find: element, where }) },
);

const fills = [-2, -1, 0, 1, 3, 100, -5, 100_000].map((fill) => ({ fill, threshold: Infinity }));
const thresholds = [1, 4, 100].map((threshold) => ({ fill: -2, threshold }));
for (const { fill, threshold } of [...fills, ...thresholds]) {
  Deno.test(`A quicklist holds what an array holds, filled to ${fill}, packing below ${threshold} bytes`, () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30, size: "max" }), (steps) => {
        const model = new ModelledQuicklist(fill);
        model.quicklist.packedThreshold = threshold;
        for (const step of steps) {
          model.apply(step);
          model.check();
        }
        while (!model.quicklist.drain(model.reference, 3));
        assert.equal(model.arena.used, 0);
        model.arena.check();
      }),
      runs(15),
    );
  });
}

Deno.test("A quicklist goes on with the nodes it has when the fill changes", () => {
  const refill = fc.record({ fill: fc.constantFrom(-5, -2, -1, 0, 1, 2, 50) });
  fc.assert(
    fc.property(fc.array(fc.oneof(step, step, refill), { maxLength: 30, size: "max" }), (steps) => {
      const model = new ModelledQuicklist(-2);
      for (const step of steps) {
        model.apply(step);
        model.check();
      }
    }),
    runs(20),
  );
});

Deno.test("A quicklist of a thousand nodes finds, splits and merges in all of its chunks", () => {
  withSeed((random) => {
    const model = new ModelledQuicklist(2);
    for (let i = 0; i < 2000; i++) {
      model.apply({ push: i % 3 === 0 ? "pushHead" : "pushTail", elements: [`${i}`] });
    }
    model.check();
    for (let i = 0; i < 1500; i++) {
      const insert = (["insertBefore", "insertAfter", "replace"] as const)[random.below(3)];
      model.apply({ insert, element: `i${i}`, where: random.below(model.elements.length) });
      if (i % 100 === 0) model.check();
    }
    model.check();
    while (model.elements.length > 20) {
      const count = random.below(4);
      model.apply({ cut: "removeRange", where: random.below(model.elements.length), count });
      if (random.below(50) === 0) model.check();
    }
    model.check();
    // What is left is in about as little memory as if it had never been more.
    const bytes = model.quicklist.size(model.reference);
    assert.ok(bytes <= 20 * 24 + 400, `${bytes} bytes`);
  });
});

Deno.test("A node is put anywhere into a full chunk", () => {
  for (const fill of [1, 2]) {
    for (let where = 0; where < 126 * fill; where += where > 55 * fill && where < 70 * fill ? 1 : 9) {
      for (const insert of ["insertBefore", "insertAfter"] as const) {
        const model = new ModelledQuicklist(fill);
        model.apply({ push: "pushTail", elements: Array.from({ length: 126 * fill }, (_, i) => `${i}`) });
        model.apply({ insert, element: "new", where });
        model.check();
      }
    }
  }
});

Deno.test("What is pushed lies densely in nodes", () => {
  for (const push of ["pushTail", "pushHead"] as const) {
    const model = new ModelledQuicklist(-2);
    model.apply({ push, elements: Array.from({ length: 20_000 }, (_, i) => `value:${i}`) });
    model.check();
    // 11 bytes each with 2 around them; 8 bytes a node; and less than 3 % of each node unused.
    const content = model.elements.reduce((sum, element) => sum + element.length + 2, 0);
    const bytes = model.quicklist.size(model.reference);
    assert.ok(bytes < content * 1.03 + 8192, `${bytes} bytes for ${content}`);
  }
});

Deno.test("A list that is thinned out gives its memory back", () => {
  for (const fill of [-2, -1, 128]) {
    const model = new ModelledQuicklist(fill);
    const elements = Array.from({ length: 10_000 }, (_, i) => i % 10 === 0 ? `kept:${i}` : "dropped");
    model.apply({ push: "pushTail", elements });
    model.apply({ removeAll: "dropped", backwards: fill === -1 });
    model.check();
    const content = model.elements.reduce((sum, element) => sum + element.length + 2, 0);
    const bytes = model.quicklist.size(model.reference);
    assert.ok(bytes < content * 1.9 + 1024, `${bytes} bytes for ${content}`);
    // Two neighbours have more than one node may: all nodes together are at least half full.
    const nodes = model.quicklist.nodeCount(model.reference);
    const full = fill === 128 ? model.elements.length / 128 : content / (fill === -2 ? 8192 : 4096);
    assert.ok(nodes <= 2 * full + 1, `${nodes} nodes where ${full} would do`);
  }
});

Deno.test("A queue that is filled at one end and emptied at the other stays small", () => {
  const model = new ModelledQuicklist(-2);
  for (let i = 0; i < 50_000; i++) {
    model.withBytes(`job:${i}`, (...range) => model.quicklist.pushTail(model.reference, ...range));
    if (i < 500) continue;
    assert.ok(model.quicklist.seek(model.reference, 0));
    if (i % 1000 === 0) assert.equal(model.read(), `job:${i - 500}`);
    model.quicklist.removeHead(model.reference);
  }
  model.quicklist.check(model.reference);
  assert.equal(model.quicklist.count(model.reference), 500);
  assert.ok(model.arena.used < 500 * 12 + 2 * 8192, `${model.arena.used} bytes`);
});

Deno.test("An operation that is refused memory changes no element and loses none", () => {
  const setups: { fill: number; elements: string[] }[] = [
    { fill: -2, elements: [] },
    { fill: 2, elements: Array.from({ length: 8 }, (_, i) => `${i}`) },
    { fill: 1, elements: Array.from({ length: 126 }, (_, i) => `${i}`) },
    { fill: 2, elements: Array.from({ length: 252 }, (_, i) => `${i}`) },
    { fill: -1, elements: ["a".repeat(2000), "b".repeat(2030), "c".repeat(5000), "d"] },
    { fill: -1, elements: ["a".repeat(1300), "b".repeat(1300), "c".repeat(1300)] },
  ];
  for (const { fill, elements } of setups) {
    for (const element of ["new", "n".repeat(1000), "n".repeat(9000)]) {
      const operations: ListStep[] = [
        { push: "pushHead", elements: [element] },
        { push: "pushTail", elements: [element] },
      ];
      for (const index of [0, 1, 2, (elements.length >> 1) + 1, elements.length - 1]) {
        for (const insert of ["insertBefore", "insertAfter", "replace"] as const) {
          operations.push({ insert, element, where: Math.max(0, index) });
        }
      }
      for (const operation of operations) {
        const model = new ModelledQuicklist(fill);
        model.apply({ push: "pushTail", elements });
        model.refuse(() => model.apply(operation));
        model.check();
        assert.ok(model.quicklist.drain(model.reference, Infinity));
        assert.equal(model.arena.used, 0);
      }
    }
  }
});

Deno.test("A copy that is refused memory leaves nothing behind", () => {
  const model = new ModelledQuicklist(1);
  model.apply({ push: "pushTail", elements: Array.from({ length: 130 }, (_, i) => `${i}`) });
  model.apply({ push: "pushTail", elements: ["n".repeat(9000)] });
  model.refuse(() => {
    const copy = model.quicklist.duplicate(model.reference);
    model.quicklist.drain(copy, Infinity);
  });
  model.check();
});

Deno.test("Removing needs no memory", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 10, size: "max" }), where, fc.nat(60), (steps, where, count) => {
      const model = new ModelledQuicklist(-1);
      for (const step of steps) model.apply(step);
      model.arena.left = 0;
      model.apply({ cut: "removeRange", where, count });
      model.apply({ removeAll: "a", backwards: where % 2 === 0 });
      model.apply({ cut: "removeHead", where, count });
      model.apply({ cut: "removeTail", where, count });
      model.check();
      assert.ok(model.quicklist.drain(model.reference, Infinity));
      assert.equal(model.arena.used, 0);
    }),
    runs(30),
  );
});

Deno.test("A copy has the same nodes and is on its own", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12, size: "max" }), (steps) => {
      const model = new ModelledQuicklist(-1);
      for (const step of steps) model.apply(step);
      const original = model.reference;
      const before = model.quicklist.size(original);
      const copy = model.quicklist.duplicate(original);
      assert.equal(model.quicklist.nodeCount(copy), model.quicklist.nodeCount(original));
      assert.ok(model.quicklist.drain(original, Infinity));
      model.reference = copy;
      model.check();
      assert.ok(model.quicklist.size(copy) <= before);
    }),
    runs(30),
  );
});

Deno.test("A listpack becomes a quicklist and comes back in the same block", () => {
  const { quicklist, listpack, arena } = new ModelledQuicklist(-2);
  let block = listpack.create();
  for (const text of ["a", "12", "b".repeat(200)]) {
    block = listpack.append(block, bytesOf(text), 0, text.length);
  }
  const used = arena.used;
  const list = quicklist.fromListpack(block);
  assert.equal(quicklist.count(list), 3);
  assert.ok(quicklist.seek(list, 1));
  quicklist.get();
  assert.equal(byteString(quicklist.page, quicklist.at, quicklist.at + quicklist.length), "12");
  assert.equal(quicklist.toListpack(list), block);
  assert.equal(arena.used, used);

  arena.left = 0;
  assert.throws(() => quicklist.fromListpack(block), ArenaExhausted);
  arena.left = 1;
  assert.throws(() => quicklist.fromListpack(block), ArenaExhausted);
  arena.left = Infinity;
  assert.equal(arena.used, used);
  assert.equal(listpack.count(block), 3);
});

Deno.test("Only a list of at most one packed node becomes a listpack", () => {
  const model = new ModelledQuicklist(1);
  const { quicklist, listpack } = model;
  model.apply({ push: "pushTail", elements: ["a", "b"] });
  assert.equal(quicklist.toListpack(model.reference), 0);
  model.check();

  const large = new ModelledQuicklist(-1);
  large.apply({ push: "pushTail", elements: ["a".repeat(5000)] });
  assert.equal(large.quicklist.toListpack(large.reference), 0);
  large.check();

  const empty = quicklist.create();
  const block = quicklist.toListpack(empty);
  assert.equal(listpack.count(block), 0);
});

Deno.test("Nodes that were read one by one make the same list again", () => {
  const model = new ModelledQuicklist(-1);
  model.apply({ push: "pushTail", elements: Array.from({ length: 2000 }, (_, i) => `value:${i}`) });
  model.apply({ insert: "insertAfter", element: "p".repeat(6000), where: 700 });
  const loaded = new ModelledQuicklist(-1);
  loaded.elements = model.elements;
  for (let more = model.quicklist.firstNode(model.reference); more; more = model.quicklist.nextNode()) {
    model.quicklist.getNode();
    const { page, at, length } = model.quicklist;
    if (model.quicklist.nodeIsPlain()) {
      loaded.quicklist.appendPlain(loaded.reference, page, at, at + length);
    } else {
      const listpack = loaded.listpack.load(page, at, at + length);
      loaded.quicklist.appendListpack(loaded.reference, listpack);
    }
  }
  loaded.check();
  assert.equal(loaded.quicklist.nodeCount(loaded.reference), model.quicklist.nodeCount(model.reference));
  loaded.quicklist.appendListpack(loaded.reference, loaded.listpack.create());
  loaded.check();
});

Deno.test("Draining frees so many nodes a step", () => {
  const model = new ModelledQuicklist(1);
  model.apply({ push: "pushTail", elements: Array.from({ length: 300 }, (_, i) => `${i}`) });
  let steps = 1;
  for (; !model.quicklist.drain(model.reference, 7); steps++) {
    assert.equal(model.quicklist.nodeCount(model.reference), 300 - 7 * steps);
  }
  assert.equal(steps, Math.ceil(300 / 7));
  assert.equal(model.arena.used, 0);
});
