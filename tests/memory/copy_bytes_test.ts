import assert from "node:assert/strict";
import fc from "fast-check";
import { copyBytes, firstBytes, sameBytes, viewedBytes } from "../../src/memory/copy_bytes.ts";
import { runs } from "../support/property.ts";

/** An array of distinguishable bytes, with a view of itself or without one. */
function bytesOf(length: number, viewed: boolean, seed: number): Uint8Array<ArrayBuffer> {
  const bytes = viewed ? viewedBytes(length) : new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = i * 31 + seed;
  return bytes;
}

const range = { at: fc.nat(600), toAt: fc.nat(600), length: fc.oneof(fc.nat(40), fc.nat(600)) };

Deno.test("bytes are copied between arrays, and nothing around them changes", () => {
  const arrays = fc.record({ ...range, viewedFrom: fc.boolean(), viewedTo: fc.boolean() });
  fc.assert(
    fc.property(arrays, ({ at, toAt, length, viewedFrom, viewedTo }) => {
      const from = bytesOf(1200, viewedFrom, 1);
      const to = bytesOf(1200, viewedTo, 100);
      const expected = [...to];
      for (let i = 0; i < length; i++) expected[toAt + i] = from[at + i];
      copyBytes(from, at, to, toAt, length);
      assert.deepEqual([...to], expected);
    }),
    runs(500),
  );
});

Deno.test("bytes are moved within an array, whichever way the ranges overlap", () => {
  fc.assert(
    fc.property(fc.record({ ...range, viewed: fc.boolean() }), ({ at, toAt, length, viewed }) => {
      const bytes = bytesOf(1200, viewed, 7);
      const expected = [...bytes];
      expected.splice(toAt, length, ...expected.slice(at, at + length));
      copyBytes(bytes, at, bytes, toAt, length);
      assert.deepEqual([...bytes], expected);
    }),
    runs(500),
  );
});

Deno.test("ranges are equal where every byte is", () => {
  const arrays = fc.record({ ...range, wrong: fc.nat(600), viewed: fc.boolean() });
  fc.assert(
    fc.property(arrays, ({ at, toAt, length, wrong, viewed }) => {
      const a = bytesOf(1200, true, 3);
      const b = viewed ? viewedBytes(1200) : new Uint8Array(1200);
      b.set(a.subarray(at, at + length), toAt);
      assert.equal(sameBytes(a, at, b, toAt, length), true);
      if (length === 0) return;
      b[toAt + wrong % length] ^= 0x80;
      assert.equal(sameBytes(a, at, b, toAt, length), false);
    }),
    runs(500),
  );
});

Deno.test("the first bytes are the same memory, and no more of it", () => {
  const bytes = bytesOf(64, true, 0);
  const first = firstBytes(bytes, 10);
  const target = viewedBytes(64);
  bytes[9] = 200;
  copyBytes(first, 0, target, 3, 10);
  assert.equal(first.length, 10);
  assert.deepEqual([...target.subarray(3, 13)], [...bytes.subarray(0, 10)]);
});
