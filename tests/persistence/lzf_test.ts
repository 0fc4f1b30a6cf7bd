import assert from "node:assert/strict";
import fc from "fast-check";
import { bytesOf, byteString } from "../../src/base/bytes.ts";
import { crc64 } from "../../src/base/crc64.ts";
import { lzfCompress, lzfDecompress } from "../../src/persistence/lzf.ts";
import { runs } from "../support/property.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { parseReplies } from "../support/replies.ts";
import { startOracle } from "../support/servers.ts";

/** What `bytes` are compressed to, with at most `limit` bytes; undefined where they do not fit. */
function compress(bytes: Uint8Array, limit = bytes.length * 2 + 8): Uint8Array | undefined {
  // In the middle of other bytes, which must stay as they are.
  const input = new Uint8Array(bytes.length + 9).fill(97);
  input.set(bytes, 4);
  const output = new Uint8Array(limit + 6).fill(0xee);
  const length = lzfCompress(input, 4, 4 + bytes.length, output, 3, 3 + limit);
  assert.ok(length <= limit);
  assert.deepEqual([...output.subarray(0, 3), ...output.subarray(3 + limit)], Array(6).fill(0xee));
  return length === 0 ? undefined : output.slice(3, 3 + length);
}

/** What `bytes` are decompressed to, or undefined where they are not the compressed form of `length` bytes. */
function decompress(bytes: Uint8Array, length: number): Uint8Array | undefined {
  const input = new Uint8Array(bytes.length + 9).fill(0x20);
  input.set(bytes, 5);
  const output = new Uint8Array(length + 6).fill(0xee);
  const good = lzfDecompress(input, 5, 5 + bytes.length, output, 3, 3 + length);
  assert.deepEqual([...output.subarray(0, 3), ...output.subarray(3 + length)], Array(6).fill(0xee));
  return good ? output.slice(3, 3 + length) : undefined;
}

/** Bytes with repetitions near and far, short and long. */
const repetitive = fc.array(
  fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.record({ byte: fc.nat(3), times: fc.nat(400) }).map(({ byte, times }) =>
      new Uint8Array(times).fill(byte)
    ),
    fc.record({ seed: fc.nat(2), length: fc.nat(9000) }).map(({ seed, length }) =>
      Uint8Array.from({ length }, (_, i) => Math.imul(i + seed * 77, 0x9e3779b1) >>> 24)
    ),
  ),
  { maxLength: 8 },
).map((parts) => Uint8Array.from(parts.flatMap((part) => [...part])));

Deno.test("What is compressed is decompressed to the same", () => {
  fc.assert(
    fc.property(repetitive, (bytes) => {
      const compressed = compress(bytes);
      if (bytes.length === 0) return assert.equal(compressed, undefined);
      assert.deepEqual(decompress(compressed!, bytes.length), bytes);
      assert.deepEqual(compress(bytes), compressed, "Not the same as the last time");
      // One byte less than is needed is not enough; one byte more always is.
      assert.equal(compress(bytes, compressed!.length - 1), undefined);
      assert.ok(compress(bytes, compressed!.length + 1) !== undefined);
    }),
    runs(150),
  );
});

Deno.test("Repetitions are found", () => {
  const compressed = compress(new Uint8Array(10_000).fill(120))!;
  // A literal, and 3 bytes for every 264.
  assert.ok(compressed.length <= 2 + 3 * Math.ceil(10_000 / 264), `${compressed.length} bytes`);
  const text = bytesOf("the same words, again and again; ".repeat(100));
  assert.ok(compress(text)!.length < 100);
});

const vectors: { name: string; bytes: number[]; length: number; text: string | undefined }[] = [
  { name: "a literal", bytes: [2, 97, 98, 99], length: 3, text: "abc" },
  { name: "a repetition that overlaps itself", bytes: [0, 97, 0x60, 0], length: 6, text: "aaaaaa" },
  { name: "a long repetition", bytes: [1, 97, 98, 0xe0, 1, 1], length: 12, text: "ab".repeat(6) },
  { name: "a distance over 256", bytes: [0, 97, 0x21, 0], length: 4, text: undefined },
  { name: "nothing", bytes: [], length: 0, text: "" },
  { name: "nothing instead of something", bytes: [], length: 1, text: undefined },
  { name: "less than expected", bytes: [2, 97, 98, 99], length: 4, text: undefined },
  { name: "more than expected", bytes: [2, 97, 98, 99], length: 2, text: undefined },
  { name: "a repetition of more than expected", bytes: [0, 97, 0x60, 0], length: 5, text: undefined },
  { name: "a literal cut short", bytes: [3, 97, 98, 99], length: 4, text: undefined },
  { name: "a repetition without its distance", bytes: [0, 97, 0x20], length: 4, text: undefined },
  { name: "a long repetition without its length", bytes: [0, 97, 0xe0], length: 10, text: undefined },
  { name: "a long repetition without its distance", bytes: [0, 97, 0xe0, 0], length: 10, text: undefined },
  { name: "a repetition of what is before the output", bytes: [0, 97, 0x20, 1], length: 4, text: undefined },
];

for (const { name, bytes, length, text } of vectors) {
  Deno.test(`Decompressing ${name}`, () => {
    const result = decompress(Uint8Array.from(bytes), length);
    assert.equal(result === undefined ? undefined : byteString(result), text);
  });
}

Deno.test("Anything may be decompressed without touching what is around the output", () => {
  let failures = 0;
  const damage = fc.array(fc.record({ at: fc.nat(100_000), byte: fc.nat(255) }), {
    minLength: 1,
    maxLength: 4,
  });
  fc.assert(
    fc.property(repetitive, damage, fc.nat(3), (bytes, damage, cut) => {
      const compressed = compress(bytes) ?? new Uint8Array(3);
      for (const { at, byte } of damage) compressed[at % compressed.length] = byte;
      const length = Math.max(0, compressed.length - cut);
      if (decompress(compressed.subarray(0, length), bytes.length) === undefined) failures++;
    }),
    runs(1000),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(300), (bytes, length) => {
      if (decompress(bytes, length) === undefined) failures++;
    }),
    runs(2000),
  );
  assert.ok(failures > 1000, `${failures} failures`);
});

/** A number as RDB stores a length below 2^32, read from `bytes` at `at`. */
function rdbLength(bytes: Uint8Array, at: number): { value: number; end: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  if (bytes[at] < 0x40) return { value: bytes[at], end: at + 1 };
  if (bytes[at] < 0x80) return { value: view.getUint16(at) & 0x3fff, end: at + 2 };
  return { value: view.getUint32(at + 1), end: at + 5 };
}

const texts = [
  "x".repeat(500),
  "abcdefghij".repeat(1000),
  Array.from({ length: 3000 }, (_, i) => `line ${i * i}\n`).join(""),
  Array.from({ length: 20_000 }, (_, i) => String.fromCharCode((i % 251) ^ (i >>> 9))).join(""),
];

Deno.test("redis-server's compressed strings are decompressed, and it restores ours", async () => {
  const oracle = await startOracle();
  const connection = await RawConnection.connect({ port: oracle.port });
  try {
    for (const text of texts) {
      await connection.command("SET", "key", text);
      const dump = bytesOf(parseReplies(await connection.command("DUMP", "key"))[0].text!);
      // Type 0, then 0xc3 for LZF, both lengths, and the bytes.
      assert.deepEqual([dump[0], dump[1]], [0, 0xc3]);
      const compressedLength = rdbLength(dump, 2);
      const length = rdbLength(dump, compressedLength.end);
      assert.equal(length.value, text.length);
      const end = length.end + compressedLength.value;
      assert.equal(end, dump.length - 10);
      assert.equal(byteString(decompress(dump.subarray(length.end, end), text.length)!), text);

      const ours = compress(bytesOf(text))!;
      const payload = new Uint8Array(2 + 5 + 5 + ours.length + 10);
      const view = new DataView(payload.buffer);
      payload.set([0, 0xc3, 0x80]);
      view.setUint32(3, ours.length);
      payload[7] = 0x80;
      view.setUint32(8, text.length);
      payload.set(ours, 12);
      payload.set(dump.subarray(dump.length - 10, dump.length - 8), 12 + ours.length);
      const { high, low } = crc64(payload, 0, payload.length - 8);
      view.setUint32(payload.length - 8, low, true);
      view.setUint32(payload.length - 4, high, true);
      assert.equal(
        await connection.command("RESTORE", "restored", "0", byteString(payload), "REPLACE"),
        "+OK\r\n",
      );
      const got = parseReplies(await connection.command("GET", "restored"))[0].text;
      assert.equal(got, text);
      // Not much worse than its own.
      assert.ok(ours.length < compressedLength.value * 1.1, `${ours.length} of ${compressedLength.value}`);
    }
  } finally {
    connection.close();
    await oracle.stop();
  }
});
