/** The manifest of an AOF, and its requests. */

import assert from "node:assert/strict";
import { bytesOf, byteString } from "../../src/base/bytes.ts";
import { formatManifest, parseManifest } from "../../src/persistence/aof_manifest.ts";
import { AofFormatError, AofReader, AofTruncated } from "../../src/persistence/aof_reader.ts";

// As redis-server 7.0.15 wrote it.
const MANIFEST = "file appendonly.aof.2.base.rdb seq 2 type b\n" +
  "file appendonly.aof.1.incr.aof seq 1 type h\n" +
  "file appendonly.aof.2.incr.aof seq 2 type i\n";

Deno.test("A manifest is read and written as Redis does", () => {
  assert.equal(formatManifest(parseManifest(MANIFEST)), MANIFEST);
  assert.equal(parseManifest('file "with space" seq 1 type b\n').base?.name, "with space");
});

Deno.test("What is wrong with a manifest is told", () => {
  const cases: [text: string, reason: RegExp][] = [
    ["", /empty AOF manifest/],
    ["file a seq 1\n", /Invalid AOF manifest file format/],
    ["file a/b seq 1 type b\n", /can't be a path/],
    ["file a seq 1 type x\n", /Unknown AOF file type/],
    ["file a seq 1 type b\nfile b seq 2 type b\n", /duplicate base/],
    ["file a seq 2 type i\nfile b seq 1 type i\n", /non-monotonic/],
  ];
  for (const [text, reason] of cases) assert.throws(() => parseManifest(text), reason, text);
});

// As redis-server 7.0.15 takes them: tests/server/aof_manifest_damage_test.ts compares.
Deno.test("What is odd in a manifest is read or refused as Redis does", () => {
  const name = (text: string) => parseManifest(text).base?.name;
  assert.equal(name("file 'a b' seq 1 type b\n"), "a b");
  assert.equal(name('file ba"se" seq +1x type base\n'), "base");
  assert.equal(name('file "base\\x00more" seq -1 type b\n'), "base");
  assert.equal(name(`#${"x".repeat(1023)}file base seq 1 type b\n`), "base");
  assert.equal(name("# no line break"), undefined);
  const refused: [text: string, reason: RegExp][] = [
    ["file base seq 1 type b", /too long line/],
    ["file base seq 1 type b\0\n", /too long line/],
    [`#${"x".repeat(1024)}\n`, /Invalid AOF manifest file format/],
    ['file "base seq 1 type b\n', /Invalid AOF manifest file format/],
    ['file "ba"se seq 1 type b\n', /Invalid AOF manifest file format/],
    ["file base seq 0 type b\n", /Invalid AOF manifest file format/],
    ["file ./base file base seq 1 type b\n", /can't be a path/],
    ["file one seq -1 type i\n", /non-monotonic/],
  ];
  for (const [text, reason] of refused) assert.throws(() => parseManifest(text), reason, text);
});

Deno.test("A sequence number that cannot be counted on from is refused", () => {
  for (const number of ["9007199254740992", "-9007199254740992", "99999999999999999999"]) {
    assert.throws(() => parseManifest(`file base seq ${number} type b\n`), /sequence number is too large/);
  }
  assert.equal(parseManifest("file base seq 9007199254740991 type b\n").base?.sequence, 2 ** 53 - 1);
});

function reader(text: string): AofReader {
  const bytes = bytesOf(text);
  let at = 0;
  return new AofReader({
    size: bytes.length,
    read(buffer) {
      // A few bytes at a time.
      const count = Math.min(5, buffer.length, bytes.length - at);
      buffer.set(bytes.subarray(at, at + count));
      at += count;
      return count;
    },
  });
}

const REQUESTS = "#TS:1\r\n*1\r\n$5\r\nMULTI\r\n*2\r\n$3\r\nDEL\r\n$0\r\n\r\n";

Deno.test("Requests are read, annotations passed over", () => {
  const aof = reader(REQUESTS);
  const found: string[][] = [];
  while (aof.next()) {
    found.push(
      Array.from(
        { length: aof.table[0] },
        (_, i) => byteString(aof.bytes, aof.table[1 + 2 * i], aof.table[2 + 2 * i]),
      ),
    );
  }
  assert.deepEqual(found, [["MULTI"], ["DEL", ""]]);
  assert.equal(aof.offset, REQUESTS.length);
});

Deno.test("A file that is cut at any byte ends with a whole request, or says that it ends too early", () => {
  const ends = new Set([0, REQUESTS.indexOf("*"), REQUESTS.indexOf("*2"), REQUESTS.length]);
  for (let length = 0; length <= REQUESTS.length; length++) {
    const aof = reader(REQUESTS.slice(0, length));
    const read = () => {
      while (aof.next());
    };
    if (ends.has(length)) read();
    else assert.throws(read, AofTruncated, String(length));
  }
});

Deno.test("What is no request is told with its place", () => {
  assert.throws(
    () => reader("*1\r\n+5\r\n").next(),
    (error) => error instanceof AofFormatError && error.offset === 0,
  );
  assert.throws(() => reader("*0\r\n").next(), AofFormatError);
  assert.throws(() => reader("SET a b\r\n").next(), AofFormatError);
});
