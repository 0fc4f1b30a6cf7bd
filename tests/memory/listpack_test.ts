/** Listpacks against arrays, against Redis's bytes, and against bytes that are none. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { bytesOf } from "../../src/base/bytes.ts";
import { ArenaExhausted } from "../../src/memory/arena.ts";
import { Int64 } from "../../src/memory/int64.ts";
import { backlengthBytes, readBacklength, writeBacklength } from "../../src/memory/listpack_entry.ts";
import { runs } from "../support/property.ts";
import { anyElement, isInt64, listpackBytes, ModelledListpack } from "./modelled_listpack.ts";

type Step =
  | { add: "append" | "prepend"; element: string; count: number }
  | { put: "insertBefore" | "insertAfter" | "replace"; element: string; where: number }
  | { remove: number; count: number }
  | { find: number; from: number; skip: number }
  | { number: number; where: number };

const where = fc.nat(1_000_000);
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({
      add: fc.constantFrom("append", "prepend"),
      element: anyElement,
      count: fc.integer({ min: 1, max: 9 }),
    }),
    fc.record({ put: fc.constantFrom("insertBefore", "insertAfter", "replace"), element: anyElement, where }),
    fc.record({ remove: where, count: fc.oneof(fc.constant(1), fc.nat(12)) }),
    fc.record({ find: where, from: where, skip: fc.nat(2) }),
    fc.record({ number: fc.maxSafeInteger(), where }),
  ) as fc.Arbitrary<Step>,
  { maxLength: 30, size: "max" },
);

function apply(model: ModelledListpack, step: Step): void {
  const { listpack, elements } = model;
  if ("add" in step) {
    for (let i = 0; i < step.count; i++) {
      model.reference = model.withBytes(
        step.element,
        (...range) => listpack[step.add](model.reference, ...range),
      );
      if (step.add === "append") elements.push(step.element);
      else elements.unshift(step.element);
      assert.equal(model.read(listpack.position), step.element);
    }
  } else if ("put" in step) {
    if (elements.length === 0) return;
    const index = step.where % elements.length;
    const position = model.position(index);
    model.reference = model.withBytes(
      step.element,
      (...range) => listpack[step.put](model.reference, position, ...range),
    );
    const after = step.put === "insertAfter" ? 1 : 0;
    elements.splice(index + after, step.put === "replace" ? 1 : 0, step.element);
    assert.equal(listpack.position, model.position(index + after));
  } else if ("remove" in step) {
    if (elements.length === 0) return;
    const index = step.remove % elements.length;
    model.reference = listpack.remove(model.reference, model.position(index), step.count);
    const removed = elements.splice(index, step.count);
    assert.equal(listpack.removed, removed.length);
    assert.equal(listpack.position, index < elements.length ? model.position(index) : 0);
  } else if ("find" in step) {
    if (elements.length === 0) return;
    const from = step.from % elements.length;
    const element = elements[step.find % elements.length];
    let expected = -1;
    for (let i = from; i < elements.length && expected < 0; i += step.skip + 1) {
      if (elements[i] === element) expected = i;
    }
    const found = model.withBytes(
      element,
      (...range) => listpack.find(model.reference, model.position(from), ...range, step.skip),
    );
    assert.equal(found, expected < 0 ? 0 : model.position(expected));
  } else {
    const text = String(step.number);
    if (elements.length === 0 || step.where % 2 === 0) {
      model.reference = listpack.appendInteger(model.reference, step.number);
      elements.push(text);
    } else {
      const index = step.where % elements.length;
      const position = model.position(index);
      if (step.where % 3 === 0) {
        model.reference = listpack.replaceInteger(model.reference, position, step.number);
        elements[index] = text;
      } else if (step.where % 3 === 1) {
        model.reference = listpack.insertIntegerBefore(model.reference, position, step.number);
        elements.splice(index, 0, text);
      } else {
        model.reference = listpack.insertIntegerAfter(model.reference, position, step.number);
        elements.splice(index + 1, 0, text);
      }
    }
    assert.equal(model.read(listpack.position), text);
  }
}

Deno.test("A listpack holds what an array holds", () => {
  fc.assert(
    fc.property(steps, (steps) => {
      const model = new ModelledListpack();
      for (const step of steps) {
        apply(model, step);
        model.check();
      }
      model.listpack.free(model.reference);
      assert.equal(model.arena.used, 0);
    }),
    runs(100),
  );
});

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function listpackOf(elements: string[]): ModelledListpack {
  const model = new ModelledListpack();
  for (const element of elements) {
    model.reference = model.withBytes(
      element,
      (...range) => model.listpack.append(model.reference, ...range),
    );
  }
  model.elements = [...elements];
  return model;
}

function bytesIn(model: ModelledListpack): Uint8Array<ArrayBuffer> {
  return listpackBytes(model.arena, model.listpack, model.reference);
}

/** Elements, and the listpack that Redis 7.0.15 has of them in a DUMP payload. */
const FROM_REDIS: { elements: string[]; bytes: string }[] = [
  {
    elements: [
      ...["0", "127", "128", "-1", "4095", "4096", "-4096", "-4097", "32767", "32768", "-32768", "-32769"],
      ...["8388607", "8388608", "-8388608", "-8388609", "2147483647", "2147483648", "-2147483648"],
      ...["-2147483649", "9223372036854775807", "-9223372036854775808", "9223372036854775808"],
    ],
    bytes: "900000001700" + "0001" + "7f01" + "c08002" + "dfff02" + "cfff02" + "f1001003" + "d00002" +
      "f1ffef03" +
      "f1ff7f03" + "f200800004" + "f1008003" + "f2ff7fff04" + "f2ffff7f04" + "f30000800005" + "f200008004" +
      "f3ffff7fff05" + "f3ffffff7f05" + "f4000000800000000009" + "f30000008005" + "f4ffffff7fffffffff09" +
      "f4ffffffffffffff7f09" + "f4000000000000008009" + "933932323333373230333638353437373538303814" + "ff",
  },
  {
    elements: ["", "-0", "01", "a", "x".repeat(63), "y".repeat(64), "z".repeat(126)],
    bytes: "1a0100000700" + "8001" + "822d3003" + "82303103" + "816102" + "bf" + "78".repeat(63) + "40" +
      "e040" +
      "79".repeat(64) + "42" + "e07e" + "7a".repeat(126) + "0180" + "ff",
  },
];

Deno.test("A listpack has the bytes that Redis's has", () => {
  for (const { elements, bytes } of FROM_REDIS) {
    const model = listpackOf(elements);
    assert.equal(hex(bytesIn(model)), bytes);
    model.check();
  }
});

Deno.test("Elements whose lengths are about the encodings' limits have Redis's bytes", async () => {
  const lengths = [125, 126, 127, 128, 4093, 4094, 4095, 4096, 16376, 16377];
  const model = listpackOf(lengths.map((length) => "s".repeat(length)));
  const bytes = bytesIn(model);
  assert.equal(bytes.length, 49692);
  // Of the same list's node in a payload of Redis 7.0.15.
  const expected = "8f65d904ddf1b2841952a748c70c45642049dd111cebe6afc2c1bfd0349f56e8";
  assert.equal(hex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))), expected);
  model.check();
});

Deno.test("A length is repeated in 7 bits a byte, in as many bytes as Redis takes", () => {
  // Each step of lpEncodeBacklen: the last length of so many bytes, and the first of one more.
  const lengths: { length: number; bytes: string }[] = [
    { length: 127, bytes: "7f" },
    { length: 128, bytes: "0180" },
    { length: 16382, bytes: "7ffe" },
    { length: 16383, bytes: "00ffff" },
    { length: 2097150, bytes: "7ffffe" },
    { length: 2097151, bytes: "00ffffff" },
    { length: 268435454, bytes: "7ffffffe" },
    { length: 268435455, bytes: "00ffffffff" },
    { length: 2 ** 30, bytes: "0480808080" },
  ];
  for (const { length, bytes } of lengths) {
    const target = new Uint8Array(8);
    const end = writeBacklength(target, 2, length);
    assert.equal(hex(target.subarray(2, end)), bytes);
    assert.equal(backlengthBytes(length), end - 2);
    assert.equal(readBacklength(target, end - 1), length);
  }
});

Deno.test("An element of 2 MiB is passed in both directions", () => {
  const model = listpackOf(["x".repeat(2 ** 21), "7"]);
  model.check();
  const last = model.listpack.last(model.reference);
  assert.equal(last - model.listpack.previous(model.reference, last), 5 + 2 ** 21 + 4);
  model.reference = model.listpack.remove(model.reference, model.position(0));
  model.elements.shift();
  model.check();
  assert.ok(model.arena.used < 64, `${model.arena.used} bytes`);
});

Deno.test("More than 65,534 elements are counted by walking, as in Redis", () => {
  const model = new ModelledListpack();
  const { listpack } = model;
  for (let i = 0; i < 65_534; i++) model.reference = listpack.appendInteger(model.reference, i % 100);
  assert.equal(hex(bytesIn(model).subarray(4, 6)), "feff");
  for (let i = 65_534; i < 65_540; i++) model.reference = listpack.appendInteger(model.reference, i % 100);
  assert.equal(hex(bytesIn(model).subarray(4, 6)), "ffff");
  assert.equal(listpack.count(model.reference), 65_540);
  assert.equal(model.read(listpack.seek(model.reference, 65_537)), "37");
  assert.equal(model.read(listpack.seek(model.reference, -65_540)), "0");
  assert.equal(listpack.seek(model.reference, 65_540), 0);
  assert.equal(listpack.seek(model.reference, -65_541), 0);
  listpack.check(model.reference);

  // A split, and a merger, of what has no count.
  model.reference = listpack.split(model.reference, listpack.seek(model.reference, 10));
  assert.equal(listpack.count(model.reference), 10);
  assert.equal(listpack.count(listpack.second), 65_530);
  listpack.check(listpack.second);
  model.reference = listpack.merge(model.reference, listpack.second);
  assert.equal(listpack.count(model.reference), 65_540);
  model.reference = listpack.remove(model.reference, 6, 65_000);
  assert.equal(listpack.removed, 65_000);
  assert.equal(listpack.count(model.reference), 540);
  // Counting has put the number into the header.
  assert.equal(hex(bytesIn(model).subarray(4, 6)), "1c02");
  listpack.check(model.reference);
});

const elements = fc.array(anyElement, { maxLength: 40, size: "max" });

Deno.test("A listpack that is split and merged again has the same bytes", () => {
  fc.assert(
    fc.property(elements, where, (elements, where) => {
      if (elements.length === 0) return;
      const model = listpackOf(elements);
      const { listpack } = model;
      const before = bytesIn(model);
      const index = where % elements.length;
      model.reference = listpack.split(model.reference, model.position(index));
      const second = listpack.second;
      assert.equal(listpack.count(model.reference), index);
      assert.equal(listpack.count(second), elements.length - index);
      listpack.check(second);
      model.reference = listpack.merge(model.reference, second);
      assert.deepEqual(bytesIn(model), before);
      model.check();
    }),
    runs(60),
  );
});

Deno.test("A copy of a listpack is equal and on its own", () => {
  fc.assert(
    fc.property(elements, (elements) => {
      const model = listpackOf(elements);
      const copy = model.listpack.duplicate(model.reference);
      model.listpack.free(model.reference);
      model.reference = copy;
      model.check();
    }),
    runs(30),
  );
});

Deno.test("Integers of 64 bits are appended and replaced exactly", () => {
  const model = new ModelledListpack();
  const { listpack } = model;
  const value = new Int64();
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.boolean(), (integer, replace) => {
      value.setBigInt(integer);
      assert.equal(value.toBigInt(), integer);
      if (replace && model.elements.length > 0) {
        model.reference = listpack.replaceInt64(model.reference, model.position(0), value);
        model.elements[0] = String(integer);
      } else {
        model.reference = listpack.appendInt64(model.reference, value);
        model.elements.push(String(integer));
      }
    }),
    runs(200),
  );
  model.check();
});

Deno.test("A safe integer takes as many bytes as its text would", () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), fc.nat(53), (integer, bits) => {
      const value = Math.trunc(integer / 2 ** bits);
      const text = bytesOf(String(value));
      const { listpack } = new ModelledListpack();
      assert.equal(listpack.encodedIntegerSize(value), listpack.encodedSize(text, 0, text.length));
    }),
    runs(100),
  );
});

Deno.test("A listpack is untouched where memory is refused, and removing needs none", () => {
  fc.assert(
    fc.property(elements, anyElement, where, (elements, element, where) => {
      const model = listpackOf(elements);
      const { listpack, arena } = model;
      const before = bytesIn(model);
      const position = elements.length === 0 ? 0 : model.position(where % elements.length);
      arena.left = 0;
      assert.throws(() => listpack.duplicate(model.reference), ArenaExhausted);
      if (position !== 0) assert.throws(() => listpack.split(model.reference, position), ArenaExhausted);
      // Larger than what any block of so few bytes has to spare, even where all of them are replaced.
      const large = element + "n".repeat(10_000 + 2 * before.length);
      for (const operation of ["append", "prepend", "insertBefore", "insertAfter", "replace"] as const) {
        const act = (bytes: Uint8Array, start: number, end: number) => {
          if (operation === "append" || operation === "prepend") {
            listpack[operation](model.reference, bytes, start, end);
          } else {
            listpack[operation](model.reference, position, bytes, start, end);
          }
        };
        if (position === 0 && operation !== "append" && operation !== "prepend") continue;
        assert.throws(() => model.withBytes(large, act), ArenaExhausted);
      }
      assert.deepEqual(bytesIn(model), before);
      model.check();
      if (position === 0) return;
      model.reference = listpack.remove(model.reference, position, 100);
      model.elements.splice(where % elements.length, 100);
      model.check();
    }),
    runs(60),
  );
});

Deno.test("A listpack that grew and shrank is in a block of about its size", () => {
  const model = listpackOf(Array.from({ length: 9000 }, (_, i) => `element ${i}`));
  // Over 32 KiB: up to an eighth to spare, and chunks of 8 KiB.
  const bytes = model.listpack.bytes(model.reference);
  assert.ok(model.arena.used <= bytes * 1.125 + 8192, `${model.arena.used} for ${bytes} bytes`);
  model.reference = model.listpack.shrinkToFit(model.reference);
  assert.ok(model.arena.used <= bytes + 8192, `${model.arena.used} for ${bytes} bytes`);
  model.elements.splice(10);
  for (let left = 9000; left > 10; left -= 10) {
    model.reference = model.listpack.remove(model.reference, model.position(left - 10), 10);
    const bytes = model.listpack.bytes(model.reference);
    assert.ok(
      model.arena.used * 0.75 <= bytes + 8192 && (bytes > 32768 || model.arena.used <= bytes * 1.5 + 16),
    );
  }
  model.check();
});

Deno.test("A listpack of over 1 GiB is refused", () => {
  const model = listpackOf(["a"]);
  const large = new Uint8Array(2 ** 30);
  assert.throws(() => model.listpack.append(model.reference, large, 0, large.length), /at most 1073741824/);
  model.check();
});

Deno.test("Listpacks of no use are refused", () => {
  const { listpack } = new ModelledListpack();
  const isValid = (text: string) => {
    const bytes = Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
    const padded = new Uint8Array(bytes.length + 4).fill(0xff);
    padded.set(bytes, 2);
    return listpack.validate(guarded(padded, 2, 2 + bytes.length), 2, 2 + bytes.length);
  };
  assert.ok(isValid("07000000" + "0000" + "ff"), "no elements");
  assert.ok(isValid("0a000000" + "0100" + "8161" + "02" + "ff"), "one string");
  assert.ok(isValid("0a000000" + "ffff" + "8161" + "02" + "ff"), "a string and an unknown count");
  assert.ok(!isValid(""), "nothing");
  assert.ok(!isValid("06000000" + "0000"), "no end");
  assert.ok(!isValid("08000000" + "0000" + "ff"), "too short");
  assert.ok(!isValid("07000000" + "0000" + "ffff"), "too long");
  assert.ok(!isValid("0a000000" + "0000" + "8161" + "02" + "ff"), "a count too low");
  assert.ok(!isValid("0a000000" + "0200" + "8161" + "02" + "ff"), "a count too high");
  assert.ok(!isValid("0a000000" + "0100" + "8161" + "03" + "ff"), "a wrong repeated length");
  assert.ok(!isValid("0a000000" + "0100" + "8261" + "02" + "ff"), "a string over the end");
  assert.ok(!isValid("0a000000" + "0100" + "f561" + "02" + "ff"), "an unknown encoding");
  assert.ok(!isValid("09000000" + "0100" + "f0ff" + "ff"), "a length over the end");
  assert.ok(!isValid("0f000000" + "0100" + "f0ffffffff" + "616161" + "ff"), "a string of 4 GiB");
  assert.ok(!isValid("0b000000" + "0100" + "0001" + "ff" + "01" + "ff"), "an end before the end");
});

Deno.test("Validation lets the caller refuse an element, and shows it each one", () => {
  const model = listpackOf(["a", "12", "b"]);
  const bytes = bytesIn(model);
  const heads: number[] = [];
  assert.ok(model.listpack.validate(bytes, 0, bytes.length, (bytes, at) => heads.push(bytes[at]) > 0));
  assert.deepEqual(heads, [0x81, 12, 0x81]);
  assert.ok(!model.listpack.validate(bytes, 0, bytes.length, (bytes, at) => bytes[at] !== 12));
});

/** Bytes that throw where they are read outside of a range, and give up when they are read far too often. */
function guarded(bytes: Uint8Array, start: number, end: number): Uint8Array {
  let reads = 0;
  return new Proxy(bytes, {
    get(target, key) {
      if (key === "length") return target.length;
      const index = Number(key);
      if (!(index >= start && index < end)) {
        throw new Error(`Read at ${String(key)}, ${start} to ${end} allowed`);
      }
      if (++reads > 40 * (end - start) + 100) throw new Error("There is no end to it");
      return target[index];
    },
  });
}

Deno.test("Whatever bytes are validated, nothing outside of them is read, and what passes can be used", () => {
  const change = fc.tuple(
    fc.nat(),
    fc.oneof(fc.nat(255), fc.constantFrom(0, 6, 7, 0x7f, 0x80, 0xe0, 0xf0, 0xf4, 0xff)),
  );
  const short = fc.array(anyElement.filter((element) => element.length < 300), { maxLength: 8 });
  let passed = 0;
  fc.assert(
    fc.property(
      short,
      fc.array(change, { maxLength: 4 }),
      fc.integer({ min: -9, max: 9 }),
      (elements, changes, cut) => {
        const original = bytesIn(listpackOf(elements));
        const bytes = new Uint8Array(original.length + cut + 20).fill(0xff);
        const start = 10;
        const end = Math.max(start, start + original.length + (changes.length > 2 ? cut : 0));
        bytes.set(original.subarray(0, end - start), start);
        for (const [at, byte] of changes) if (end > start) bytes[start + at % (end - start)] = byte;
        const model = new ModelledListpack();
        const { listpack } = model;
        if (!listpack.validate(guarded(bytes, start, end), start, end)) return;
        passed++;
        listpack.free(model.reference);
        const reference = model.reference = listpack.load(bytes, start, end);
        assert.deepEqual(bytesIn(model), bytes.slice(start, end));
        const forwards: number[] = [];
        for (let p = listpack.first(reference); p !== 0; p = listpack.next(reference, p)) forwards.push(p);
        const backwards: number[] = [];
        for (let p = listpack.last(reference); p !== 0; p = listpack.previous(reference, p)) {
          backwards.push(
            p,
          );
        }
        assert.deepEqual(backwards.reverse(), forwards);
        assert.equal(listpack.count(reference), forwards.length);
        for (const position of forwards) {
          const text = model.read(position);
          assert.ok(model.withBytes(text, (...range) => listpack.equals(reference, position, ...range)));
          if (listpack.isInteger) assert.ok(isInt64(text));
        }
      },
    ),
    runs(600),
  );
  assert.ok(passed > 20, `Only ${passed} listpacks passed`);
});
