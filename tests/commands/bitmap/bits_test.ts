/** The word-wide and field-wide functions against their definitions, bit by bit. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { readField, readWideField, writeField, writeWideField } from "../../../src/commands/bitmap/field.ts";
import { countBits, findBit } from "../../../src/commands/bitmap/words.ts";
import { Executor } from "../../support/executor.ts";
import { runs } from "../../support/property.ts";

function bitAt(bytes: Uint8Array, bit: number): number {
  return (bytes[bit >> 3] >> (7 - (bit & 7))) & 1;
}

/** Random bytes, or long runs of the same with a few others in between. */
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 400 }),
  fc.tuple(
    fc.constantFrom(0, 255),
    fc.integer({ min: 0, max: 400 }),
    fc.array(fc.tuple(fc.nat(399), fc.nat(255)), { maxLength: 3 }),
  ).map(([fill, length, others]) => {
    const made = new Uint8Array(length).fill(fill);
    for (const [at, byte] of others) if (at < length) made[at] = byte;
    return made;
  }),
);

Deno.test("countBits counts each bit of any range", () => {
  fc.assert(
    fc.property(bytes, fc.nat(400), fc.nat(400), (data, a, b) => {
      const start = Math.min(a, b, data.length);
      const end = Math.min(Math.max(a, b), data.length);
      let expected = 0;
      for (let bit = start * 8; bit < end * 8; bit++) expected += bitAt(data, bit);
      assert.equal(countBits(data, start, end), expected);
    }),
    runs(1000),
  );
});

Deno.test("countBits adds up several sums of words", () => {
  // A sum is of 2^20 words: three of these, and what is left over.
  const data = new Uint8Array(9 * 2 ** 20 + 3).fill(255);
  assert.equal(countBits(data, 1, data.length), (data.length - 1) * 8);
});

Deno.test("findBit finds the first bit of any range", () => {
  fc.assert(
    fc.property(
      bytes,
      fc.nat(7),
      fc.nat(3200),
      fc.nat(3200),
      fc.constantFrom<0 | 1>(0, 1),
      (data, at, a, b, bit) => {
        const held = new Uint8Array(data.length + at);
        held.set(data, at);
        const last = Math.min(Math.max(a, b), data.length * 8 - 1);
        const first = Math.min(a, b);
        let expected = -1;
        for (let i = first; i <= last && expected < 0; i++) {
          if (bitAt(data, i) === bit) expected = i;
        }
        assert.equal(findBit(held, at, first, last, bit), expected);
      },
    ),
    runs(1000),
  );
});

Deno.test("fields are read and written bit by bit, and nothing beside them", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 40, maxLength: 40 }),
      fc.nat(250),
      fc.integer({ min: 1, max: 64 }),
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      (data, offset, bits, value) => {
        let expected = 0n;
        for (let i = 0; i < bits; i++) expected = (expected << 1n) | BigInt(bitAt(data, offset + i));
        assert.equal(readWideField(data, 0, 40, offset, bits), expected);
        if (bits <= 53) assert.equal(readField(data, 0, 40, offset, bits), Number(expected));

        const unsigned = BigInt.asUintN(bits, value);
        const written = data.slice();
        if (bits <= 53 && value % 2n === 0n) writeField(written, 0, offset, bits, Number(unsigned));
        else writeWideField(written, 0, offset, bits, unsigned);
        for (let i = 0; i < 320; i++) {
          const inside = i >= offset && i < offset + bits;
          const bit = inside ? Number((unsigned >> BigInt(offset + bits - 1 - i)) & 1n) : bitAt(data, i);
          assert.equal(bitAt(written, i), bit, `bit ${i}`);
        }
      },
    ),
    runs(1000),
  );
});

Deno.test("what lies behind a string is read as zeros", () => {
  const data = new Uint8Array(10).fill(255);
  assert.equal(readField(data, 0, 2, 12, 8), 0xf0);
  assert.equal(readWideField(data, 0, 2, 0, 64), 0xffff000000000000n);
});

/** What BITOP makes of the bits that the strings have in one place. */
const definitions: Readonly<Record<string, (bits: readonly number[]) => boolean>> = {
  AND: (bits) => bits.every((bit) => bit === 1),
  OR: (bits) => bits.some((bit) => bit === 1),
  XOR: (bits) => bits.filter((bit) => bit === 1).length % 2 === 1,
  DIFF: ([first, ...others]) => first === 1 && others.every((bit) => bit === 0),
  DIFF1: ([first, ...others]) => first === 0 && others.some((bit) => bit === 1),
  ANDOR: ([first, ...others]) => first === 1 && others.some((bit) => bit === 1),
  ONE: (bits) => bits.filter((bit) => bit === 1).length === 1,
};

for (const [operation, definition] of Object.entries(definitions)) {
  Deno.test(`BITOP ${operation} of strings of any lengths, into any of them`, () => {
    const executor = new Executor();
    fc.assert(
      fc.property(
        fc.array(bytes, { minLength: 2, maxLength: 4 }),
        fc.nat(4),
        fc.constantFrom(1, 30),
        (strings, destination, repeat) => {
          executor.run("FLUSHALL");
          const sources = strings.map((part) => {
            const whole = new Uint8Array(part.length * repeat);
            for (let i = 0; i < repeat; i++) whole.set(part, i * part.length);
            return whole;
          });
          sources.forEach((source, i) => executor.run("SET", String(i), String.fromCharCode(...source)));
          const length = Math.max(...sources.map((source) => source.length));
          let expected = "";
          for (let byte = 0; byte < length; byte++) {
            let value = 0;
            for (let bit = byte * 8; bit < byte * 8 + 8; bit++) {
              const bits = sources.map((source) => bit < source.length * 8 ? bitAt(source, bit) : 0);
              value = value * 2 + (definition(bits) ? 1 : 0);
            }
            expected += String.fromCharCode(value);
          }
          const reply = executor.run(
            "BITOP",
            operation,
            String(destination),
            ...sources.map((_, i) => String(i)),
          );
          assert.equal(reply, `:${length}\r\n`);
          const got = executor.run("GET", String(destination));
          assert.equal(got, length === 0 ? "$-1\r\n" : `$${length}\r\n${expected}\r\n`);
        },
      ),
      runs(30),
    );
  });
}
