/** Streams and their groups against a model, and where there is no memory. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { StreamId } from "../../../src/store/types/stream_id.ts";
import { RadixNodes } from "../../../src/store/types/stream_radix.ts";
import { runs } from "../../support/property.ts";
import { bitsOf, idOf, ModelledStream } from "./modelled_stream.ts";

const MAX = 2n ** 128n - 1n;

type Step =
  | { append: readonly string[]; gap: bigint }
  | { delete: number }
  | { trim: "length" | "id"; where: number; approximate: boolean; limit: number }
  | { range: readonly [number, number]; limit: number }
  | { duplicate: true }
  | { group: string; delivered: number; read: bigint }
  | { destroy: string }
  | { consumer: string; of: string; remove: boolean }
  | { deliver: number; to: string; of: string }
  | { acknowledge: number; of: string };

const word = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom("f", "g", "1", "-300") },
  { weight: 2, arbitrary: fc.string({ unit: "binary-ascii", maxLength: 80 }) },
  { weight: 1, arbitrary: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String) },
  { weight: 1, arbitrary: fc.nat(5000).map((length) => "x".repeat(length)) },
);
const gap = fc.oneof(
  { weight: 6, arbitrary: fc.constant(1n) },
  { weight: 2, arbitrary: fc.bigInt({ min: 1n, max: 300n }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(2n ** 32n, 2n ** 63n, 2n ** 64n, 2n ** 64n - 1n, 2n ** 97n, 2n ** 127n),
  },
);
const pairs = fc.oneof(
  { weight: 4, arbitrary: word.map((value) => ["f", value]) },
  {
    weight: 2,
    arbitrary: fc.array(fc.tuple(word, word), { minLength: 1, maxLength: 4 }).map((list) => list.flat()),
  },
);
const group = fc.constantFrom("g", "h", "");
const consumer = fc.constantFrom("alice", "bob", "");
const where = fc.nat(1_000_000);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ append: pairs, gap }) },
  { weight: 3, arbitrary: fc.record({ delete: where }) },
  {
    weight: 2,
    arbitrary: fc.record({
      trim: fc.constantFrom<"length" | "id">("length", "id"),
      where: fc.oneof(fc.constant(0), where),
      approximate: fc.boolean(),
      limit: fc.constantFrom(0, 0, 3, 8),
    }),
  },
  { weight: 2, arbitrary: fc.record({ range: fc.tuple(where, where), limit: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ duplicate: fc.constant(true as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({ group, delivered: where, read: fc.constantFrom(-1n, 0n, 2n ** 63n - 1n) }),
  },
  { weight: 1, arbitrary: fc.record({ destroy: group }) },
  { weight: 2, arbitrary: fc.record({ consumer, of: group, remove: fc.boolean() }) },
  { weight: 8, arbitrary: fc.record({ deliver: where, to: consumer, of: group }) },
  { weight: 3, arbitrary: fc.record({ acknowledge: where, of: group }) },
);

/** The ID of some entry of the model, or one beside it. */
function someId(model: ModelledStream, choice: number): bigint {
  const ids = model.nodes.flat().map((entry) => entry.id);
  if (ids.length === 0) return BigInt(choice % 3);
  const id = ids[choice % ids.length] + BigInt(Math.floor(choice / ids.length) % 3 - 1);
  return id < 0n ? 0n : id > MAX ? MAX : id;
}

function apply(model: ModelledStream, one: Step): void {
  if ("append" in one) {
    if (model.last + one.gap <= MAX) model.append(model.last + one.gap, one.append);
  } else if ("delete" in one) {
    model.delete(someId(model, one.delete));
  } else if ("trim" in one) {
    const { trim: by, approximate, limit } = one;
    model.trim({
      by,
      approximate,
      limit: approximate ? limit : 0,
      length: one.where % (model.entries.length + 2),
      id: someId(model, one.where),
    });
  } else if ("range" in one) {
    model.checkRange(someId(model, one.range[0]), someId(model, one.range[1]), one.limit);
  } else if ("duplicate" in one) {
    model.duplicate();
  } else if ("group" in one) {
    model.createGroup(one.group, someId(model, one.delivered), one.read);
  } else if ("destroy" in one) {
    model.destroyGroup(one.destroy);
  } else if ("consumer" in one) {
    if (one.remove) model.deleteConsumer(one.of, one.consumer);
    else model.createConsumer(one.of, one.consumer);
  } else if ("deliver" in one) {
    model.deliver(one.of, one.to, someId(model, one.deliver), one.deliver);
  } else {
    model.acknowledge(one.of, someId(model, one.acknowledge));
  }
}

const steps = fc.array(step, { maxLength: 60, size: "max" });

Deno.test("streams and groups behave like their model, and leave nothing behind", () => {
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 40 }), (list, drainStep) => {
      const model = new ModelledStream();
      for (const one of list) {
        apply(model, one);
        model.check();
      }
      model.end(drainStep);
    }),
    runs(200),
  );
});

Deno.test("without memory nothing changes", () => {
  fc.assert(
    fc.property(steps, step, (list, last) => {
      const model = new ModelledStream();
      for (const one of list) apply(model, one);
      // Removing entries may stop halfway, and a consumer is made before it is given anything.
      if ("delete" in last || "trim" in last || "deliver" in last) return model.end(100);
      for (let left = 0; model.refusing(left, () => apply(model, last)); left++) model.check();
      model.check();
      model.end(100);
    }),
    runs(200),
  );
});

Deno.test("a refused deletion leaves the entry", () => {
  let refused = 0;
  for (let entries = 128; entries < 260; entries++) {
    const model = new ModelledStream();
    model.limits.streamNodeMaxEntries = 1000;
    for (let i = 1; i <= entries; i++) model.append(BigInt(i), ["f", "v"]);
    model.nodes = [model.nodes.flat()];
    // The counter of the deleted ones grows by a byte at 128, and now and then a copy has no room for that.
    for (let i = 1n; i < 128n; i++) model.delete(i);
    model.duplicate();
    for (let left = 0; model.refusing(left, () => model.delete(128n)); left++) {
      refused++;
      model.check();
    }
    model.check();
    model.end(1);
  }
  assert.ok(refused > 0);
});

Deno.test("a refused delivery leaves nothing half done", () => {
  for (const owned of [false, true]) {
    const model = new ModelledStream();
    model.createGroup("g", 0n, 0n);
    for (const name of ["alice", "bob"]) model.createConsumer("g", name);
    for (let i = 1n; i <= 200n; i++) {
      if (owned) model.deliver("g", "alice", i, 1);
      for (let left = 0; model.refusing(left, () => model.deliver("g", "bob", i, 2)); left++) model.check();
    }
    model.check();
    model.end(7);
  }
});

Deno.test("a full node is as small as it can be", () => {
  const model = new ModelledStream();
  model.limits.streamNodeMaxEntries = 100;
  const { arena, streams } = model;
  for (let i = 1n; i <= 1001n; i++) model.append(i, ["field", `value ${i}`]);
  let wasted = 0;
  let bytes = 0;
  streams.forEachNode(model.stream, (node, master) => {
    if (bitsOf(master) === 1001n) return;
    const used = new DataView(arena.view(node).buffer, arena.view(node).byteOffset).getUint32(0, true);
    bytes += used;
    wasted += arena.capacity(node) - used;
  });
  assert.ok(wasted < bytes * 0.125, `${wasted} of ${bytes} bytes`);
});

Deno.test("IDs are read and written exactly", () => {
  const text = new Uint8Array(64);
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: MAX }), fc.nat(127), (bits, shift) => {
      const id = idOf(bits >> BigInt(shift));
      const written = `${(bits >> BigInt(shift)) >> 64n}-${(bits >> BigInt(shift)) & (2n ** 64n - 1n)}`;
      const end = id.write(text, 0);
      assert.equal(new TextDecoder().decode(text.subarray(0, end)), written);
      assert.equal(id.toString(), written);
      const parsed = new StreamId();
      assert.ok(parsed.parse(text, 0, end));
      assert.equal(parsed.compare(id), 0);
      const next = id.clone();
      assert.equal(next.increment(), bitsOf(id) !== MAX);
      assert.equal(bitsOf(next), (bitsOf(id) + 1n) & MAX);
      assert.equal(next.decrement(), bitsOf(id) !== MAX);
      assert.equal(next.compare(id), 0);
    }),
    runs(2000),
  );
});

/** The nodes of a radix tree with these keys of 16 bytes, counted by building it. */
function countNodes(keys: readonly bigint[], depth = 0): number {
  if (keys.length === 0) return 1;
  if (depth === 16) return 1;
  const byte = (key: bigint) => (key >> BigInt(8 * (15 - depth))) & 0xffn;
  const children = Map.groupBy(keys, byte);
  if (children.size > 1) {
    return 1 + [...children.values()].reduce((sum, below) => sum + countNodes(below, depth + 1), 0);
  }
  let end = depth + 1;
  while (end < 16 && new Set(keys.map((key) => key >> BigInt(8 * (15 - end)))).size === 1) end++;
  return 1 + countNodes(keys, end);
}

Deno.test("the nodes of Redis's radix tree are counted without one", () => {
  const key = fc.tuple(fc.bigInt({ min: 0n, max: MAX }), fc.nat(127)).map(([bits, shift]) =>
    bits >> BigInt(shift)
  );
  fc.assert(
    fc.property(fc.uniqueArray(key, { maxLength: 30 }), (keys) => {
      keys.sort((a, b) => a < b ? -1 : 1);
      const radix = new RadixNodes();
      for (const { msHigh, msLow, seqHigh, seqLow } of keys.map(idOf)) {
        radix.add(msHigh, msLow, seqHigh, seqLow);
      }
      assert.equal(radix.finish(), countNodes(keys));
    }),
    runs(1000),
  );
});
