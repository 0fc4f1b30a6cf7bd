/** What DUMP payloads and RDB files consist of: counts, strings, numbers; written and read, and refused. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { bytesOf, byteString } from "../../src/base/bytes.ts";
import { RdbCorrupt } from "../../src/persistence/rdb_format.ts";
import { RdbReader, RdbString } from "../../src/persistence/rdb_reader.ts";
import { RdbWriter } from "../../src/persistence/rdb_writer.ts";
import { StreamId } from "../../src/store/types/stream_id.ts";
import { runs } from "../support/property.ts";
import { anyElement } from "../memory/modelled_listpack.ts";

function written(write: (writer: RdbWriter) => void, compresses = false): string {
  const writer = new RdbWriter(compresses);
  write(writer);
  return byteString(writer.bytes, 0, writer.length);
}

/** Reads from the middle of other bytes; all must be read. */
function read<T>(text: string, take: (reader: RdbReader) => T): T {
  const reader = new RdbReader(bytesOf(`\0\0${text}\0\0\0\0\0\0\0\0`), 2, 2 + text.length);
  const taken = take(reader);
  assert.equal(reader.left, 0);
  return taken;
}

function readString(text: string): string {
  return read(text, (reader) => {
    const string = new RdbString();
    reader.string(string);
    assert.equal(string.length, string.end - string.start);
    return byteString(string.bytes, string.start, string.end);
  });
}

function refuses(text: string, take: (reader: RdbReader) => void): void {
  assert.throws(() => read(text, take), RdbCorrupt);
}

/** Counts as the comment on RDB_6BITLEN in Redis's rdb.h has them. */
const COUNTS: [number, string][] = [
  [0, "\x00"],
  [63, "\x3f"],
  [64, "\x40\x40"],
  [16383, "\x7f\xff"],
  [16384, "\x80\x00\x00\x40\x00"],
  [4294967295, "\x80\xff\xff\xff\xff"],
  [4294967296, "\x81\x00\x00\x00\x01\x00\x00\x00\x00"],
  [Number.MAX_SAFE_INTEGER, "\x81\x00\x1f\xff\xff\xff\xff\xff\xff"],
];

Deno.test("counts take as many bytes as they need", () => {
  for (const [value, bytes] of COUNTS) {
    assert.equal(written((writer) => writer.count(value)), bytes);
    assert.equal(written((writer) => writer.countBigInt(BigInt(value))), bytes);
    assert.equal(read(bytes, (reader) => reader.count()), value);
    assert.equal(read(bytes, (reader) => reader.bigint()), BigInt(value));
    for (let length = 0; length < bytes.length; length++) {
      refuses(bytes.slice(0, length), (reader) => reader.count());
    }
  }
});

Deno.test("counts of 64 bits are exact, and -1 is the largest", () => {
  const bytes = "\x81\xff\xff\xff\xff\xff\xff\xff\xff";
  assert.equal(written((writer) => writer.countBigInt(-1n)), bytes);
  assert.equal(read(bytes, (reader) => reader.bigint()), -1n);
  refuses(bytes, (reader) => reader.count());
  refuses("\x81\x00\x20\x00\x00\x00\x00\x00\x00", (reader) => reader.count());
});

Deno.test("a count that is none is refused", () => {
  for (const bytes of ["\x82\0\0\0\0", "\xbf", "\xc0\x01", "\xff"]) {
    refuses(bytes, (reader) => reader.count());
  }
});

Deno.test("a count of elements for which there are no bytes is refused", () => {
  assert.equal(read("\x02", (reader) => (new RdbReader(bytesOf("\x02abcd")).elements(2), reader.byte())), 2);
  refuses("\x03", (reader) => (new RdbReader(bytesOf("\x03abcde")).elements(2), reader.byte()));
  refuses("\x81\x00\x00\x01\x00\x00\x00\x00\x00", (reader) => reader.elements());
});

/** Strings as Redis 7.0.15's DUMP has them. */
const STRINGS: [string, string][] = [
  ["", "\x00"],
  ["abc", "\x03abc"],
  ["0", "\xc0\x00"],
  ["-1", "\xc0\xff"],
  ["127", "\xc0\x7f"],
  ["-128", "\xc0\x80"],
  ["128", "\xc1\x80\x00"],
  ["-129", "\xc1\x7f\xff"],
  ["32767", "\xc1\xff\x7f"],
  ["32768", "\xc2\x00\x80\x00\x00"],
  ["-2147483648", "\xc2\x00\x00\x00\x80"],
  ["2147483648", "\x0a2147483648"],
  ["007", "\x03007"],
  ["-0", "\x02-0"],
  ["+5", "\x02+5"],
  ["a".repeat(64), "\x40\x40" + "a".repeat(64)],
];

Deno.test("strings that are integers of up to 32 bits are written as such", () => {
  for (const [text, bytes] of STRINGS) {
    assert.equal(written((writer) => writer.string(bytesOf(`<${text}>`), 1, 1 + text.length)), bytes);
    assert.equal(readString(bytes), text);
    for (let length = 0; length < bytes.length; length++) refuses(bytes.slice(0, length), readAny);
  }
});

function readAny(reader: RdbReader): void {
  reader.string(new RdbString());
}

Deno.test("long strings are compressed where that saves 4 bytes or more", () => {
  const compress = (text: string) => written((writer) => writer.string(bytesOf(text), 0, text.length), true);
  const repeated = "ab".repeat(500);
  const compressed = compress(repeated);
  assert.equal(compressed[0], "\xc3");
  assert.ok(compressed.length < 40, `${compressed.length} bytes`);
  assert.equal(readString(compressed), repeated);
  // As liblzf has it, 20 equal bytes are not compressed and 21 are.
  assert.equal(compress("x".repeat(20)), "\x14" + "x".repeat(20));
  assert.equal(compress("x".repeat(21))[0], "\xc3");
  const mixed = Array.from({ length: 60 }, (_, i) => byteString(Uint8Array.of(i * 4 + 1))).join("");
  assert.equal(compress(mixed), "\x3c" + mixed);
  assert.equal(written((writer) => writer.string(bytesOf(repeated), 0, 1000)), "\x43\xe8" + repeated);
});

Deno.test("a compressed string that claims to be longer than it can be takes no memory", () => {
  const claimed = "\xc3\x03\x80\x3f\xff\xff\xff\x00a\x00";
  const before = Deno.memoryUsage().external;
  refuses(claimed, readAny);
  assert.ok(Deno.memoryUsage().external - before < 2 ** 24);
  refuses("\xc3\x03\x03\x01ab", readAny); // shorter than it says
  refuses("\xc3\x03\x01\x01ab", readAny); // longer
  refuses("\xc3\x09\x02\x01ab", readAny); // not all there
});

Deno.test("strings of kinds that do not exist are refused", () => {
  for (const head of [0x82, 0xbf, 0xc4, 0xd0, 0xff]) {
    refuses(String.fromCharCode(head) + "abcdefghij", readAny);
  }
  refuses("\x80\x7f\xff\xff\xff", readAny);
  refuses("\x81\x00\x00\x01\x00\x00\x00\x00\x00abc", readAny);
});

Deno.test("any strings, one after the other, are read as they were written", () => {
  const long = fc.tuple(fc.string({ maxLength: 9 }), fc.nat(3000)).map(([text, times]) => text.repeat(times))
    .map((text) => byteString(new TextEncoder().encode(text)));
  fc.assert(
    fc.property(fc.array(fc.oneof(anyElement, long)), fc.boolean(), (texts, compresses) => {
      const bytes = written((writer) => {
        for (const text of texts) writer.string(bytesOf(text), 0, text.length);
      }, compresses);
      const reader = new RdbReader(bytesOf(bytes));
      const [one, other] = [new RdbString(), new RdbString()];
      let previous = "";
      for (const [i, text] of texts.entries()) {
        reader.string(i % 2 === 0 ? one : other);
        const { bytes, start, end } = i % 2 === 0 ? one : other;
        assert.equal(byteString(bytes, start, end), text);
        // What the other one has read is still there.
        const before = i % 2 === 0 ? other : one;
        if (i > 0) assert.equal(byteString(before.bytes, before.start, before.end), previous);
        previous = text;
      }
      assert.equal(reader.left, 0);
    }),
    runs(300),
  );
});

Deno.test("doubles are written in binary, and read from text too", () => {
  for (const value of [0, -0, 1.5, -Infinity, Infinity, NaN, 5e-324, Number.MAX_VALUE]) {
    const bytes = written((writer) => writer.double(value));
    const expected = new Uint8Array(new Float64Array([value]).buffer);
    assert.equal(bytes, byteString(expected));
    assert.ok(Object.is(read(bytes, (reader) => reader.double()), value));
    refuses(bytes.slice(1), (reader) => reader.double());
  }
  // The lengths 253 to 255 stand for NaN and the infinities.
  const texts: [string, number][] = [
    ["\x031.5", 1.5],
    ["\x02-7", -7],
    ["\x051e300", 1e300],
    ["\xff", -Infinity],
    [
      "\xfe",
      Infinity,
    ],
    ["\xfd", NaN],
    ["\x00", NaN],
    ["\x02x1", NaN],
  ];
  for (const [bytes, value] of texts) {
    assert.ok(Object.is(read(bytes, (reader) => reader.textDouble()), value), bytes);
  }
  refuses("\x041.5", (reader) => reader.textDouble());
});

Deno.test("times are integers of 64 bits, and must be safe", () => {
  for (const value of [0, 1, -1, 1_700_000_000_000, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]) {
    const bytes = written((writer) => writer.int64(value));
    assert.equal(bytes, byteString(new Uint8Array(new BigInt64Array([BigInt(value)]).buffer)));
    assert.equal(read(bytes, (reader) => reader.int64()), value);
  }
  refuses(byteString(new Uint8Array(new BigInt64Array([2n ** 53n]).buffer)), (reader) => reader.int64());
  refuses("\0\0\0\0\0\0\0", (reader) => reader.int64());
});

Deno.test("IDs are written in 16 bytes or as two counts", () => {
  const id = new StreamId();
  id.set(0x01020304, 0x05060708, 0, 9);
  const raw = "\x01\x02\x03\x04\x05\x06\x07\x08\0\0\0\0\0\0\0\x09";
  const counts = "\x81\x01\x02\x03\x04\x05\x06\x07\x08\x09";
  assert.equal(written((writer) => writer.rawId(id)), raw);
  assert.equal(written((writer) => writer.id(id)), counts);
  const found = new StreamId();
  read(raw, (reader) => reader.rawId(found));
  assert.equal(found.compare(id), 0);
  found.setMax();
  read(counts, (reader) => reader.id(found));
  assert.equal(found.compare(id), 0);
  refuses(raw.slice(1), (reader) => reader.rawId(found));
});

Deno.test("a writer that is cleared starts anew, and gives a large buffer up", () => {
  const writer = new RdbWriter(false);
  writer.string(new Uint8Array(1_000_000), 0, 1_000_000);
  assert.equal(writer.length, 1_000_005);
  writer.clear();
  assert.equal(writer.length, 0);
  assert.ok(writer.bytes.length <= 65536);
});
