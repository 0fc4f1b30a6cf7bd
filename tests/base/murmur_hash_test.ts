import assert from "node:assert/strict";
import fc from "fast-check";
import { MurmurHash64A } from "../../src/base/murmur_hash.ts";
import { runs } from "../support/property.ts";

const M = 0xc6a4a7935bd1e995n;
const MASK = 2n ** 64n - 1n;

/** MurmurHash64A as Austin Appleby's code has it, in 64-bit arithmetic. */
function reference(bytes: Uint8Array, seed: bigint): bigint {
  let hash = seed ^ ((BigInt(bytes.length) * M) & MASK);
  const whole = bytes.length - (bytes.length % 8);
  for (let at = 0; at < whole; at += 8) {
    let k = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(at, true);
    k = (k * M) & MASK;
    k ^= k >> 47n;
    k = (k * M) & MASK;
    hash = ((hash ^ k) * M) & MASK;
  }
  if (whole < bytes.length) {
    for (let i = whole; i < bytes.length; i++) hash ^= BigInt(bytes[i]) << BigInt(8 * (i - whole));
    hash = (hash * M) & MASK;
  }
  hash ^= hash >> 47n;
  hash = (hash * M) & MASK;
  return hash ^ (hash >> 47n);
}

Deno.test("MurmurHash64A is that of 64-bit arithmetic", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(7), fc.nat(2 ** 32 - 1), (data, at, seed) => {
      const held = new Uint8Array(data.length + at + 9).fill(0xaa);
      held.set(data, at);
      const hash = new MurmurHash64A(seed);
      hash.hash(held, at, at + data.length);
      const got = (BigInt(hash.high >>> 0) << 32n) | BigInt(hash.low >>> 0);
      assert.equal(got, reference(data, BigInt(seed)));
    }),
    runs(2000),
  );
});
