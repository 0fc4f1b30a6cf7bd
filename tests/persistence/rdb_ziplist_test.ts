/** Ziplists and zipmaps, which are only read. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { bytesOf, byteString } from "../../src/base/bytes.ts";
import { RdbCorrupt } from "../../src/persistence/rdb_format.ts";
import { RdbString } from "../../src/persistence/rdb_reader.ts";
import { forEachInZiplist, forEachInZipmap } from "../../src/persistence/rdb_ziplist.ts";
import { runs } from "../support/property.ts";
import { ziplist, zipmap } from "./rdb_payloads.ts";

type ForEach = typeof forEachInZiplist;

/** The elements, from the middle of other bytes that look like more of them. */
function elements(forEach: ForEach, text: string): string[] {
  const string = new RdbString();
  string.set(bytesOf(`\xfe\x01${text}\x01\x01\x01\x01\x01\x01\x01`), 2, 2 + text.length);
  const found: string[] = [];
  forEach(string, (bytes, start, end) => {
    assert.ok(bytes !== string.bytes || (start >= 2 && end <= 2 + text.length), "Outside of the range");
    found.push(byteString(bytes, start, end));
  });
  return found;
}

function refused(forEach: ForEach, text: string): boolean {
  try {
    elements(forEach, text);
    return false;
  } catch (error) {
    if (error instanceof RdbCorrupt) return true;
    throw error;
  }
}

Deno.test("the ziplists in Redis's description are read", () => {
  const two = "\x0f\0\0\0\x0c\0\0\0\x02\0\x00\xf3\x02\xf6\xff";
  assert.deepEqual(elements(forEachInZiplist, two), ["2", "5"]);
  const three = "\x1c\0\0\0\x0e\0\0\0\x03\0\x00\xf3\x02\xf6\x02\x0bHello World\xff";
  assert.deepEqual(elements(forEachInZiplist, three), ["2", "5", "Hello World"]);
  assert.deepEqual(elements(forEachInZiplist, "\x0b\0\0\0\x0a\0\0\0\0\0\xff"), []);
});

Deno.test("the zipmap in Redis's description is read", () => {
  assert.deepEqual(elements(forEachInZipmap, "\x02\x03foo\x03\0bar\x05hello\x05\0world\xff"), [
    "foo",
    "bar",
    "hello",
    "world",
  ]);
  assert.deepEqual(elements(forEachInZipmap, "\0\xff"), []);
});

const integer = fc.oneof(
  fc.integer({ min: -300, max: 300 }),
  fc.constantFrom(...[7, 8, 15, 16, 23, 24, 31, 32, 63].flatMap((bits) => {
    const power = 2n ** BigInt(bits);
    return [power - 1n, power, -power, -power - 1n];
  })).map((value) => BigInt.asIntN(64, value)),
);
const text = fc.oneof(
  fc.uint8Array({ maxLength: 80 }).map((bytes) => byteString(bytes)),
  fc.constantFrom(63, 64, 252, 253, 254, 255, 300, 16383, 16384).map((length) => "y".repeat(length)),
);

Deno.test("any elements of ziplists are read, of every kind and length", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(integer, text)), (list) => {
      assert.deepEqual(elements(forEachInZiplist, ziplist(list)), list.map(String));
    }),
    runs(500),
  );
});

Deno.test("any pairs of zipmaps are read, with unused bytes behind the values", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(text, text), { maxLength: 253 }), fc.nat(9), (pairs, unused) => {
      assert.deepEqual(elements(forEachInZipmap, zipmap(pairs, unused)), pairs.flat());
    }),
    runs(300),
  );
});

Deno.test("a ziplist or zipmap that ends anywhere but at its end is refused", () => {
  const list = ziplist(["abc", 1, -70000, 2n ** 40n, "x".repeat(100), "y".repeat(260), 300]);
  for (let length = 0; length < list.length; length++) {
    assert.ok(refused(forEachInZiplist, list.slice(0, length)), `${length} bytes`);
    const ended = list.slice(0, length) + "\xff";
    assert.ok(ended === list || refused(forEachInZiplist, ended), `${length} bytes and the end`);
  }
  const map = zipmap([["a", "b"], ["c".repeat(300), "d"], ["e", "f".repeat(300)]], 3);
  for (let length = 0; length < map.length; length++) {
    assert.ok(refused(forEachInZipmap, map.slice(0, length)), `${length} bytes`);
  }
});

Deno.test("headers and repeated lengths that contradict the elements are refused", () => {
  const list = ziplist(["abc", "def", "ghi"]);
  const changed = (at: number, byte: string) => list.slice(0, at) + byte + list.slice(at + 1);
  assert.ok(!refused(forEachInZiplist, list));
  assert.ok(!refused(forEachInZiplist, changed(8, "\xff").replace("\xff\x00", "\xff\xff")), "unknown count");
  assert.ok(refused(forEachInZiplist, changed(8, "\x02")), "count");
  assert.ok(refused(forEachInZiplist, changed(4, "\x0f")), "place of the last element");
  assert.ok(refused(forEachInZiplist, changed(15, "\x04")), "length of the element before");
  assert.ok(refused(forEachInZiplist, changed(10, "\x01")), "length before the first element");
  assert.ok(refused(forEachInZiplist, changed(11, "\xc1")), "encoding that there is not");
  assert.ok(refused(forEachInZipmap, "\x02\x03foo\x03\0bar\xff"), "number of pairs");
  assert.ok(refused(forEachInZipmap, "\x01\x03foo\xff"), "field without value");
});

Deno.test("damaged ziplists and zipmaps are read within their bytes, or refused", () => {
  const list = ziplist(["abc", 1, -70000, 2n ** 40n, "x".repeat(100), "y".repeat(260), 300, 5]);
  const map = zipmap([["abc", "b"], ["c".repeat(300), "d"], ["e", "f".repeat(70)]], 2);
  let refusals = 0;
  fc.assert(
    fc.property(
      fc.boolean(),
      fc.array(fc.record({ at: fc.nat(), byte: fc.nat(255) }), { minLength: 1, maxLength: 3 }),
      (isList, damage) => {
        const bytes = bytesOf(isList ? list : map);
        for (const { at, byte } of damage) bytes[at % bytes.length] = byte;
        if (refused(isList ? forEachInZiplist : forEachInZipmap, byteString(bytes))) refusals++;
      },
    ),
    runs(5000),
  );
  assert.ok(refusals > 100, `${refusals} refusals`);
});
