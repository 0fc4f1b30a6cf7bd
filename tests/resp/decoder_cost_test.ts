/** What decoding costs, counted in bytes copied and looked at: in proportion to what arrives, however it is cut. */

import assert from "node:assert/strict";
import { bytesOf } from "../../src/base/bytes.ts";
import { RespDecoder } from "../../src/resp/decoder.ts";
import { encodeRequest } from "../support/replies.ts";
import { chunksOf, limits, requestsOf } from "./feeding.ts";

const MIB = 1024 * 1024;
const CHUNK = 16 * 1024;

interface Cost {
  /** Bytes that were copied from one array to another. */
  copied: number;
  /** Bytes that were searched for one. */
  searched: number;
}

/** Counts what all typed arrays copy and search while `work` runs. */
function costOf(work: () => void): Cost {
  const prototype = Object.getPrototypeOf(Uint8Array.prototype);
  const { set, indexOf } = prototype;
  const cost: Cost = { copied: 0, searched: 0 };
  prototype.set = function (source: Uint8Array | Int32Array, at?: number) {
    cost.copied += source.byteLength;
    return set.call(this, source, at);
  };
  prototype.indexOf = function (value: number, from = 0) {
    const found = indexOf.call(this, value, from);
    cost.searched += (found < 0 ? this.length : found + 1) - from;
    return found;
  };
  try {
    work();
  } finally {
    prototype.set = set;
    prototype.indexOf = indexOf;
  }
  return cost;
}

Deno.test("A bulk string of 64 MiB in chunks of 16 KiB is copied three times at the most", () => {
  const length = 64 * MIB;
  const chunk = new Uint8Array(CHUNK).fill(120);
  const decoder = new RespDecoder(limits());
  const cost = costOf(() => {
    assert.equal(decoder.decode(bytesOf(`*2\r\n$4\r\necho\r\n$${length}\r\n`)).length, 0);
    for (let at = 0; at < length; at += CHUNK) assert.equal(decoder.decode(chunk).length, 0);
    // Never more than twice what has arrived.
    assert.ok(decoder.held <= 2 * decoder.pending, `${decoder.held} bytes held for ${decoder.pending}`);
    const batch = decoder.decode(bytesOf("\r\n"));
    assert.equal(batch.table[0], 2);
    assert.equal(batch.table[4] - batch.table[3], length);
    assert.ok(batch.bytes.subarray(batch.table[3], batch.table[4]).every((byte) => byte === 120));
  });
  assert.ok(cost.copied <= 3 * length, `${cost.copied} bytes copied`);
  assert.ok(cost.searched <= length / 100, `${cost.searched} bytes searched`);
});

Deno.test("A length that is announced takes no memory before the bytes come", () => {
  const decoder = new RespDecoder(limits());
  const batch = decoder.decode(bytesOf("*1000000000\r\n$500000000\r\nabc"));
  assert.ok(decoder.held <= 4096, `${decoder.held} bytes held`);
  assert.ok(batch.table.byteLength <= 16 * 1024, `A table of ${batch.table.byteLength} bytes`);
});

Deno.test("A request of 200,000 arguments in chunks of 16 KiB is copied four times at the most", () => {
  const args = Array.from({ length: 200_000 }, (_, i) => `a${i}`);
  const bytes = bytesOf("ping\r\n" + encodeRequest(args) + "ping\r\n");
  const decoder = new RespDecoder(limits());
  const requests: string[][] = [];
  const cost = costOf(() => {
    for (const chunk of chunksOf(bytes, CHUNK)) requests.push(...requestsOf(decoder.decode(chunk.slice())));
  });
  assert.deepEqual(requests.map((request) => request.length), [1, 200_000, 1]);
  assert.deepEqual(requests[1], args);
  // The table of offsets, with its 8 bytes for an argument, is copied as it grows.
  const table = 200_000 * 8;
  assert.ok(cost.copied <= 3 * bytes.length + 3 * table, `${cost.copied} bytes copied of ${bytes.length}`);
  assert.ok(cost.searched <= bytes.length, `${cost.searched} bytes searched of ${bytes.length}`);
});

Deno.test("A chunk of short requests is copied not at all and searched no more than once or twice", () => {
  const kinds = { inline: "PING\r\n", array: encodeRequest(["PING"]), telnet: "GET k\n" };
  for (const [kind, request] of Object.entries(kinds)) {
    const bytes = bytesOf(request.repeat(Math.floor(64 * 1024 / request.length)));
    const decoder = new RespDecoder(limits());
    const cost = costOf(() => {
      assert.equal(requestsOf(decoder.decode(bytes)).length, bytes.length / request.length);
    });
    // The table of offsets grows from its first size.
    assert.ok(
      cost.copied <= 4 * decoder.decode(bytesOf("")).table.byteLength + 8 * bytes.length,
      `${cost.copied}`,
    );
    assert.ok(
      cost.searched <= 3 * bytes.length,
      `${cost.searched} of ${bytes.length} bytes searched, ${kind}`,
    );
  }
});

Deno.test("A request byte by byte is copied three times at the most", () => {
  const bytes = bytesOf(encodeRequest(["set", "key", "v".repeat(5000)]).repeat(3));
  const decoder = new RespDecoder(limits());
  let count = 0;
  const cost = costOf(() => {
    for (const chunk of chunksOf(bytes, 1)) count += requestsOf(decoder.decode(chunk.slice())).length;
  });
  assert.equal(count, 3);
  // Tables of a few words come on top.
  assert.ok(cost.copied <= 3 * bytes.length + 1000, `${cost.copied} bytes copied of ${bytes.length}`);
});

Deno.test("Nothing of a large request is kept once it has run", () => {
  const value = "v".repeat(MIB);
  for (const size of [64 * 1024, 4 * MIB]) {
    const decoder = new RespDecoder(limits());
    let last;
    for (const chunk of chunksOf(bytesOf(encodeRequest(["set", "k", value])), size)) {
      last = decoder.decode(chunk.slice());
    }
    assert.deepEqual(requestsOf(last!), [["set", "k", value]]);
    decoder.release();
    assert.ok(decoder.held <= 128 * 1024, `${decoder.held} bytes held`);
    // The batch is the decoder's own: what it points into stays in memory as long as the client is connected.
    assert.ok(last!.bytes.byteLength <= 128 * 1024, `The batch holds ${last!.bytes.byteLength} bytes`);
    assert.deepEqual(requestsOf(decoder.decode(bytesOf("ping\r\n"))), [["ping"]]);
  }
});

Deno.test("Giving up memory leaves an unfinished request alone", () => {
  const decoder = new RespDecoder(limits());
  const bytes = bytesOf(
    encodeRequest(["set", "a", "1".repeat(200_000)]) + encodeRequest(["set", "b", "2".repeat(200_000)]),
  );
  const requests: string[][] = [];
  for (const chunk of chunksOf(bytes, 30_000)) {
    requests.push(...requestsOf(decoder.decode(chunk.slice())));
    decoder.release();
  }
  assert.deepEqual(requests.map((request) => request[1] + request[2].length), ["a200000", "b200000"]);
  assert.ok(requests[1][2] === "2".repeat(200_000));
});
