/** Intsets against sorted arrays, and against bytes that are none. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { bytesOf, byteString } from "../../src/base/bytes.ts";
import { ArenaExhausted, PAGE_SHIFT, UNIT_MASK } from "../../src/memory/arena.ts";
import { Int64 } from "../../src/memory/int64.ts";
import { Intset } from "../../src/memory/intset.ts";
import { runs } from "../support/property.ts";
import { WatchedArena } from "./modelled_dictionary.ts";

const MIN_INT64 = -(2n ** 63n), MAX_INT64 = 2n ** 63n - 1n;

const EDGES = [0, 15, 16, 31, 32, 33, 53, 63]
  .flatMap((bits) => [2n ** BigInt(bits), -(2n ** BigInt(bits))])
  .flatMap((value) => [value - 1n, value, value + 1n])
  .filter((value) => value >= MIN_INT64 && value <= MAX_INT64);

const anyInteger = fc.oneof(
  { weight: 5, arbitrary: fc.bigInt({ min: -300n, max: 300n }) },
  { weight: 1, arbitrary: fc.bigInt({ min: -100_000n, max: 100_000n }) },
  { weight: 1, arbitrary: fc.bigInt({ min: MIN_INT64, max: MAX_INT64 }) },
  { weight: 1, arbitrary: fc.constantFrom(...EDGES) },
);

/** One intset, and what it should hold. */
class ModelledIntset {
  readonly arena = new WatchedArena();
  readonly intset = new Intset(this.arena);
  reference = this.intset.create();
  readonly values = new Set<bigint>();
  /** Bytes an integer has: they never become fewer. */
  width = 2;

  withText<T>(value: bigint, run: (bytes: Uint8Array, start: number, end: number) => T): T {
    const text = String(value);
    return run(bytesOf(`12${text}34`), 2, 2 + text.length);
  }

  add(value: bigint): void {
    this.reference = this.withText(value, (...range) => this.intset.add(this.reference, ...range));
    assert.equal(this.intset.added, !this.values.has(value), `${value}`);
    this.values.add(value);
    const needed = [2, 4, 8].find((bytes) => BigInt.asIntN(bytes * 8, value) === value)!;
    this.width = Math.max(this.width, needed);
  }

  remove(value: bigint): void {
    this.reference = this.withText(value, (...range) => this.intset.remove(this.reference, ...range));
    assert.equal(this.intset.removed, this.values.delete(value), `${value}`);
  }

  /** A copy of the set's bytes. */
  bytes(): Uint8Array<ArrayBuffer> {
    const at = (this.reference & UNIT_MASK) << 3;
    return this.arena.u8[this.reference >>> PAGE_SHIFT].slice(at, at + this.intset.bytes(this.reference));
  }

  /** The bytes the format says it should have. */
  expectedBytes(): Uint8Array {
    const sorted = [...this.values].sort((a, b) => a < b ? -1 : 1);
    const view = new DataView(new ArrayBuffer(8 + sorted.length * this.width));
    view.setUint32(0, this.width, true);
    view.setUint32(4, sorted.length, true);
    sorted.forEach((value, i) => {
      const at = 8 + i * this.width;
      if (this.width === 2) view.setInt16(at, Number(value), true);
      else if (this.width === 4) view.setInt32(at, Number(value), true);
      else view.setBigInt64(at, value, true);
    });
    return new Uint8Array(view.buffer);
  }

  check(): void {
    const { intset, reference } = this;
    intset.check(reference);
    assert.equal(this.arena.used, this.arena.capacity(reference), "Bytes that nobody owns");
    assert.deepEqual(this.bytes(), this.expectedBytes());
    const sorted = [...this.values].sort((a, b) => a < b ? -1 : 1);
    assert.equal(intset.count(reference), sorted.length);
    const exact = new Int64();
    sorted.forEach((value, i) => {
      intset.get(reference, i);
      assert.equal(byteString(intset.page, intset.at, intset.at + intset.length), String(value));
      const expected = Number.isSafeInteger(Number(value)) ? Number(value) : Number(value) * Infinity;
      assert.equal(intset.getInteger(reference, i), expected);
      assert.equal(intset.exact.toBigInt(), value);
      exact.setBigInt(value);
      assert.ok(intset.hasInt64(reference, exact));
      for (const near of [value - 1n, value, value + 1n]) {
        const has = this.withText(near, (...range) => intset.has(reference, ...range));
        assert.equal(has, this.values.has(near), `${near}`);
      }
    });
    if (sorted.length > 0) {
      assert.equal(intset.min(reference), intset.getInteger(reference, 0));
      assert.equal(intset.max(reference), intset.getInteger(reference, sorted.length - 1));
      assert.ok(intset.validate(this.bytes(), 0, this.bytes().length));
    }
  }
}

const steps = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ add: fc.array(anyInteger, { maxLength: 12, size: "max" }) }) },
    { weight: 2, arbitrary: fc.record({ remove: anyInteger, near: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ removeAt: fc.nat() }) },
  ),
  { maxLength: 25, size: "max" },
);

Deno.test("An intset holds what a sorted array holds, in Redis's bytes", () => {
  fc.assert(
    fc.property(steps, (steps) => {
      const model = new ModelledIntset();
      for (const step of steps) {
        const sorted = [...model.values].sort((a, b) => a < b ? -1 : 1);
        if ("add" in step) {
          for (const value of step.add) model.add(value);
        } else if ("remove" in step) {
          model.remove(step.near && sorted.length > 0 ? sorted[sorted.length >> 1] : step.remove);
        } else if (sorted.length > 0) {
          const index = step.removeAt % sorted.length;
          model.reference = model.intset.removeAt(model.reference, index);
          model.values.delete(sorted[index]);
        }
        model.check();
      }
      const copy = model.intset.duplicate(model.reference);
      const used = model.arena.used;
      assert.equal(used, model.arena.capacity(model.reference) + model.arena.capacity(copy));
      model.intset.free(model.reference);
      model.reference = copy;
      model.check();
      model.intset.free(copy);
      assert.equal(model.arena.used, 0);
      model.arena.check();
    }),
    runs(60),
  );
});

Deno.test("An intset of 3,000 rising and falling integers stays sorted, and gives its memory back", () => {
  const model = new ModelledIntset();
  for (let i = 0n; i < 1500n; i++) {
    model.add(i);
    model.add(-i * 40n);
  }
  model.check();
  for (let i = 0n; i < 1490n; i++) {
    model.remove(i);
    model.remove(-i * 40n);
  }
  model.check();
  // 8 bytes of header, 20 integers of 4 bytes, and at most a third more.
  assert.ok(model.arena.used <= (8 + 80) * 4 / 3, `${model.arena.used} bytes`);
});

Deno.test("What is no integer is not in an intset, and cannot be added", () => {
  const model = new ModelledIntset();
  model.add(1n);
  for (const text of ["", "01", "1 ", "+1", "-0", "9223372036854775808", "1.0", "a"]) {
    const bytes = bytesOf(text);
    assert.equal(model.intset.has(model.reference, bytes, 0, bytes.length), false);
    assert.equal(model.intset.remove(model.reference, bytes, 0, bytes.length), model.reference);
    assert.equal(model.intset.removed, false);
    assert.throws(() => model.intset.add(model.reference, bytes, 0, bytes.length), RangeError);
  }
  model.check();
});

Deno.test("An intset is untouched where memory is refused", () => {
  for (
    const values of [[1n, 2n, 3n, 4n], [1n, 2n, 3n, 70_000n], [1n, 2n, 3n, 2n ** 40n], [
      5n,
      6n,
      7n,
      MIN_INT64,
    ]]
  ) {
    const model = new ModelledIntset();
    for (const value of values.slice(0, 3)) model.add(value);
    const fillers = [...values.slice(0, 3)];
    // Up to the brim of its block.
    while (model.intset.bytes(model.reference) + 2 <= model.arena.capacity(model.reference)) {
      fillers.push(BigInt(fillers.length + 100));
      model.add(fillers.at(-1)!);
    }
    model.arena.left = 0;
    assert.throws(
      () => model.withText(values[3], (...range) => model.intset.add(model.reference, ...range)),
      ArenaExhausted,
    );
    assert.throws(() => model.intset.duplicate(model.reference), ArenaExhausted);
    model.check();
    for (const value of fillers) model.remove(value);
    model.check();
  }
});

Deno.test("Redis's intsets are accepted, and nothing that is none", () => {
  const intset = new Intset(new WatchedArena());
  const valid = (...bytes: number[]) =>
    intset.validate(Uint8Array.from([9, ...bytes, 9]), 1, bytes.length + 1);
  assert.ok(valid(2, 0, 0, 0, 2, 0, 0, 0, 0xff, 0xff, 1, 0));
  assert.ok(valid(4, 0, 0, 0, 1, 0, 0, 0, 1, 2, 3, 4));
  assert.ok(!valid(), "nothing");
  assert.ok(!valid(2, 0, 0, 0, 0, 0, 0, 0), "empty");
  assert.ok(!valid(3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0), "width 3");
  assert.ok(!valid(2, 0, 0, 0, 2, 0, 0, 0, 1, 0, 1, 0), "the same twice");
  assert.ok(!valid(2, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0xff, 0xff), "falling");
  assert.ok(!valid(2, 0, 0, 0, 2, 0, 0, 0, 1, 0), "too short");
  assert.ok(!valid(2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 2, 0), "too long");
  assert.ok(!valid(8, 0, 0, 0, 0, 0, 0, 0x20), "a length of which the product overflows 32 bits");
});

Deno.test("Bytes of an intset that were changed anywhere are refused, or load as the set that they spell", () => {
  const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 });
  fc.assert(
    fc.property(
      fc.uniqueArray(anyInteger, { minLength: 1 }),
      changes,
      fc.integer({ min: -9, max: 9 }),
      (values, changes, cut) => {
        const model = new ModelledIntset();
        for (const value of values) model.add(value);
        const original = model.bytes();
        const bytes = new Uint8Array(Math.max(0, original.length + cut));
        bytes.set(original.subarray(0, bytes.length));
        for (const [at, byte] of changes) {
          if (bytes.length > 0) bytes[at % bytes.length] = byte;
        }
        if (!model.intset.validate(bytes, 0, bytes.length)) return;
        const loaded = model.intset.load(bytes, 0, bytes.length);
        model.intset.check(loaded);
        let last: bigint | undefined;
        for (let i = 0; i < model.intset.count(loaded); i++) {
          model.intset.get(loaded, i);
          const value = model.intset.exact.toBigInt();
          assert.ok(last === undefined || last < value);
          assert.ok(model.intset.hasInt64(loaded, model.intset.exact));
          last = value;
        }
      },
    ),
    runs(300),
  );
});
