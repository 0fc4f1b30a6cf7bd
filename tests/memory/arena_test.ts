/** The arena against a model: which blocks are live, and that nobody else writes into them. */

import assert from "node:assert/strict";
import fc from "fast-check";
import type { Random } from "../../src/base/random.ts";
import { Arena, ArenaExhausted, PAGE_SHIFT, UNIT_MASK } from "../../src/memory/arena.ts";
import { runs, withSeed } from "../support/property.ts";

const KIB = 1024, MIB = 1024 * KIB;
/** Bytes at each end of a block that are written and looked at; the middle of a large one stays untouched. */
const EDGE = 4 * KIB;

interface Block {
  reference: number;
  bytes: number;
  capacity: number;
  stamp: number;
}

/** An arena whose live blocks are known, each filled with a pattern of its own. */
class ModelledArena {
  readonly arena = new Arena();
  readonly live: Block[] = [];
  #stamp = 0;

  allocate(bytes: number): Block {
    const { arena } = this;
    const before = arena.used;
    const reference = arena.allocate(bytes);
    const capacity = arena.capacity(reference);
    assert.notEqual(reference, 0, `Reference 0 for ${bytes} bytes`);
    assert.ok(capacity >= bytes, `${capacity} bytes where ${bytes} were asked for`);
    assert.equal(capacity, Arena.capacityFor(bytes), `Capacity for ${bytes} bytes`);
    assert.equal(arena.used - before, capacity, `Used bytes after ${bytes} more`);
    const block = { reference, bytes, capacity, stamp: ++this.#stamp };
    this.#eachEdge(block, (edge, at) => edge.forEach((_, i) => edge[i] = pattern(block, at + i)));
    this.live.push(block);
    return block;
  }

  /** Frees the live block number `index`, which must still hold what was written into it. */
  free(index: number): void {
    const block = this.live[index];
    this.verify(block);
    const before = this.arena.used;
    this.arena.free(block.reference);
    assert.equal(before - this.arena.used, block.capacity);
    this.live[index] = this.live[this.live.length - 1];
    this.live.pop();
  }

  verify(block: Block): void {
    this.#eachEdge(block, (edge, at) => {
      const wrong = edge.findIndex((byte, i) => byte !== pattern(block, at + i));
      if (wrong >= 0) assert.fail(`Byte ${at + wrong} of the block of ${block.bytes} bytes was overwritten`);
    });
  }

  /** Compares everything that can be seen with the model. */
  check(): void {
    this.arena.check();
    this.live.forEach((block) => this.verify(block));
    const used = this.live.reduce((sum, { capacity }) => sum + capacity, 0);
    const usage = this.arena.usage();
    assert.equal(this.arena.used, used);
    assert.equal(usage.used, used);
    assert.ok(usage.spans >= used && usage.allocated >= usage.spans, JSON.stringify(usage));
    this.#checkOverlap();
  }

  #checkOverlap(): void {
    const places = this.live.map(({ reference, capacity }) => {
      const at = (reference & UNIT_MASK) * 8;
      return { page: reference >>> PAGE_SHIFT, at, end: at + capacity };
    }).sort((a, b) => a.page - b.page || a.at - b.at);
    for (let i = 1; i < places.length; i++) {
      const [a, b] = [places[i - 1], places[i]];
      if (a.page === b.page && a.end > b.at) assert.fail(`Blocks overlap: ${JSON.stringify([a, b])}`);
    }
    for (const { page, end } of places) {
      assert.ok(end <= this.arena.u8[page].length, "A block ends with its page");
    }
  }

  freeAll(): void {
    while (this.live.length > 0) this.free(this.live.length - 1);
    this.check();
    assert.equal(this.arena.used, 0);
    while (this.arena.trim());
    this.arena.check();
    assert.deepEqual(this.arena.usage(), { used: 0, spans: 0, touched: 0, allocated: 0 });
  }

  #eachEdge(block: Block, visit: (edge: Uint8Array, at: number) => void): void {
    const view = this.arena.view(block.reference);
    assert.equal(view.length, block.capacity);
    const head = Math.min(EDGE, view.length);
    visit(view.subarray(0, head), 0);
    const tail = Math.max(head, view.length - EDGE);
    visit(view.subarray(tail), tail);
  }
}

function pattern(block: Block, at: number): number {
  return (block.stamp * 31 + at * 7 + (at >>> 8)) & 0xff;
}

const near = (bytes: number) => fc.integer({ min: -9, max: 9 }).map((delta) => Math.max(0, bytes + delta));

const sizes = fc.oneof(
  { weight: 8, arbitrary: fc.nat(256) },
  { weight: 6, arbitrary: fc.integer({ min: 257, max: 32768 }) },
  { weight: 4, arbitrary: fc.nat(7).chain((power) => near(256 << power)) },
  { weight: 4, arbitrary: fc.integer({ min: 32769, max: MIB }) },
  { weight: 1, arbitrary: fc.integer({ min: MIB, max: 16 * MIB }) },
  { weight: 1, arbitrary: near(16 * MIB) },
);

const hugeSizes = fc.oneof(
  fc.integer({ min: 16 * MIB + 1, max: 40 * MIB }),
  near(32 * MIB),
  fc.constant(32 * MIB),
);

type Step =
  | { allocate: number; count: number }
  | { free: number; count: number }
  | { trim: true };

const steps = fc.array(
  fc.oneof(
    { weight: 10, arbitrary: fc.record({ allocate: sizes, count: fc.constant(1) }) },
    { weight: 2, arbitrary: fc.record({ allocate: fc.nat(4096), count: fc.integer({ min: 2, max: 300 }) }) },
    { weight: 1, arbitrary: fc.record({ allocate: hugeSizes, count: fc.constant(1) }) },
    { weight: 8, arbitrary: fc.record({ free: fc.nat(10_000), count: fc.constant(1) }) },
    { weight: 2, arbitrary: fc.record({ free: fc.nat(10_000), count: fc.integer({ min: 2, max: 400 }) }) },
    { weight: 1, arbitrary: fc.constant({ trim: true } as const) },
  ),
  { maxLength: 60, size: "max" },
);

function apply(model: ModelledArena, step: Step): void {
  if ("trim" in step) {
    model.arena.trim();
  } else if ("allocate" in step) {
    for (let i = 0; i < step.count; i++) model.allocate(step.allocate);
  } else {
    for (let i = 0; i < step.count && model.live.length > 0; i++) model.free(step.free % model.live.length);
  }
}

Deno.test("Blocks of all sizes keep to themselves, whatever is allocated and freed", () => {
  fc.assert(
    fc.property(steps, (steps: Step[]) => {
      const model = new ModelledArena();
      steps.forEach((step, i) => {
        apply(model, step);
        if (i % 5 === 4) model.check();
      });
      model.check();
      model.freeAll();
    }),
    runs(60),
  );
});

/** Bytes that a string, an entry or a dictionary's segment may want: most of them small. */
function everydaySize(random: Random): number {
  return random.below(8) > 0 ? random.below(200) : random.below(20_000);
}

Deno.test("Long runs of small blocks, growing and shrinking in turns, take pages and give them back", () => {
  withSeed((random) => {
    const model = new ModelledArena();
    for (let wave = 0; wave < 3; wave++) {
      const high = 3_000 + random.below(3_000);
      while (model.live.length < high) {
        if (random.below(3) > 0) model.allocate(everydaySize(random));
        else if (model.live.length > 0) model.free(random.below(model.live.length));
      }
      model.check();
      const low = random.below(500);
      while (model.live.length > low) {
        if (random.below(3) > 0) model.free(random.below(model.live.length));
        else model.allocate(everydaySize(random));
      }
      if (wave % 2 === 0) model.arena.trim();
      model.check();
    }
    model.freeAll();
  });
});

Deno.test("Every size up to 40,000 bytes gets at most an eighth more than it asked for", () => {
  const arena = new Arena();
  for (let bytes = 0; bytes <= 40_000; bytes++) {
    const reference = arena.allocate(bytes);
    const capacity = arena.capacity(reference);
    assert.notEqual(reference, 0);
    assert.equal(capacity, Arena.capacityFor(bytes));
    assert.ok(capacity >= bytes);
    // Steps of 8 bytes for what is small, whole chunks of 8 KiB for what is large.
    const most = bytes <= 32768 ? Math.max(16, bytes * 1.125 + 8) : bytes + 8191;
    assert.ok(capacity <= most, `${capacity} for ${bytes}`);
    arena.free(reference);
  }
  arena.check();
  assert.equal(arena.used, 0);
});

Deno.test("Reference 0 is not handed out, not even to a block of exactly one page", () => {
  for (const bytes of [32 * MIB, 32 * MIB - 1, 32 * MIB + 8, 16 * MIB, 1]) {
    const arena = new Arena();
    const first = arena.allocate(bytes);
    assert.notEqual(first, 0, `First block of ${bytes} bytes`);
    arena.free(first);
    arena.trim();
    assert.equal(arena.usage().allocated, 0);
    const again = arena.allocate(bytes);
    assert.notEqual(again, 0, `Block of ${bytes} bytes after everything was given back`);
    const small = arena.allocate(16);
    assert.notEqual(small, 0);
    arena.view(small).fill(1);
    arena.view(again).fill(2, 0, 100);
    assert.deepEqual([...arena.view(small)], new Array(16).fill(1));
    arena.check();
  }
});

Deno.test("Blocks of 32 KiB go on in a second page, and an empty page is kept until trim", () => {
  const arena = new Arena();
  const references: number[] = [];
  while (arena.usage().allocated < 64 * MIB) references.push(arena.allocate(32 * KIB));
  // The first chunk of the first page is not used, and the last ones need not make a whole span.
  assert.ok(references.length > 1000, `The second page was begun after ${references.length} blocks`);
  assert.equal(new Set(references).size, references.length);
  for (const reference of references) arena.free(reference);
  arena.check();
  assert.equal(arena.used, 0);
  while (arena.trim());
  arena.check();
  assert.deepEqual(arena.usage(), { used: 0, spans: 0, touched: 0, allocated: 0 });
});

Deno.test("A page that was full to the last chunk is used again, before another one is taken", () => {
  const arena = new Arena();
  // A page has 4,096 chunks of 8 KiB, of which the first page keeps one.
  const pages = [[2047, 2048], [2048, 2048], [2048, 2048]];
  const references = pages.flat().map((chunks) => arena.allocate(chunks * 8 * KIB));
  assert.equal(arena.usage().allocated, 96 * MIB);
  for (const index of [1, 0, 4, 2]) {
    arena.free(references[index]);
    arena.check();
    const block = arena.allocate(2047 * 8 * KIB);
    assert.equal(block, references[index]);
    assert.equal(arena.usage().allocated, 96 * MIB);
    arena.check();
  }
});

Deno.test("Empty pages go back one at a time, but for one", () => {
  const arena = new Arena();
  const references = Array.from({ length: 8 }, () => arena.allocate(15 * MIB));
  assert.equal(arena.usage().allocated, 128 * MIB);
  assert.equal(arena.hasSurplusPages, false);
  for (const reference of references) arena.free(reference);
  for (const left of [96, 64, 32]) {
    assert.equal(arena.hasSurplusPages, true);
    assert.equal(arena.releasePage(), true);
    arena.check();
    assert.equal(arena.usage().allocated, left * MIB);
  }
  assert.equal(arena.hasSurplusPages, false);
  assert.equal(arena.releasePage(), false);
  arena.allocate(15 * MIB);
  assert.equal(arena.usage().allocated, 32 * MIB);
  arena.check();
});

Deno.test("Freed memory is used again before more is taken", () => {
  const arena = new Arena();
  const references = Array.from({ length: 50_000 }, () => arena.allocate(100));
  const { spans } = arena.usage();
  for (let round = 0; round < 3; round++) {
    // Every other block, so that no span becomes empty.
    for (let i = 0; i < references.length; i += 2) arena.free(references[i]);
    for (let i = 0; i < references.length; i += 2) references[i] = arena.allocate(97);
    assert.equal(arena.usage().spans, spans);
  }
  arena.check();
});

Deno.test("A block that the system refuses changes nothing", () => {
  const arena = new Arena();
  const small = arena.allocate(100);
  const before = arena.usage();
  assert.throws(() => arena.allocate(2 ** 45), ArenaExhausted);
  assert.deepEqual(arena.usage(), before);
  arena.check();
  arena.free(small);
  assert.throws(() => new Arena().allocate(2 ** 45), ArenaExhausted);
});

Deno.test("A huge block leaves nothing behind", () => {
  const arena = new Arena();
  arena.allocate(1);
  const before = arena.usage();
  for (let round = 0; round < 3; round++) {
    const references = [17 * MIB, 20 * MIB + 3, 32 * MIB, 40 * MIB].map((bytes) => arena.allocate(bytes));
    assert.equal(new Set(references.map((reference) => reference >>> PAGE_SHIFT)).size, 4);
    arena.check();
    for (const reference of references) arena.free(reference);
    arena.check();
    assert.deepEqual(arena.usage(), before);
  }
});
