/** The decoder in a stream: batches in order, and a protocol error as the last of them. */

import assert from "node:assert/strict";
import { bytesOf } from "../../src/base/bytes.ts";
import { RespDecoder } from "../../src/resp/decoder.ts";
import { RespDecoderStream } from "../../src/resp/decoder_stream.ts";
import { encodeRequest } from "../support/replies.ts";
import { chunksOf, type Decoded, limits, requestsOf } from "./feeding.ts";

/** Reads batches as a connection does: each is done with before the next is asked for. */
async function batchesOf(chunks: Iterable<Uint8Array<ArrayBuffer>>): Promise<Decoded[]> {
  const decoder = new RespDecoder(limits());
  const source = ReadableStream.from(chunks) as ReadableStream<Uint8Array<ArrayBuffer>>;
  const decoded: Decoded[] = [];
  for await (const batch of source.pipeThrough(new RespDecoderStream(decoder))) {
    decoded.push({ requests: requestsOf(batch), error: batch.error });
    decoder.release();
  }
  return decoded;
}

Deno.test("Each chunk with whole requests makes one batch, and one without makes none", async () => {
  const texts = [
    "ping\r\n*1\r\n$4\r\nPI",
    "NG\r\n",
    "*2\r\n",
    "$4\r\necho\r\n$1\r\n",
    "x\r\nget k\r\nge",
    "t l\r\n",
    "rest",
  ];
  assert.deepEqual(await batchesOf(texts.map(bytesOf)), [
    { requests: [["ping"]], error: "" },
    { requests: [["PING"]], error: "" },
    { requests: [["echo", "x"], ["get", "k"]], error: "" },
    { requests: [["get", "l"]], error: "" },
  ]);
});

Deno.test("A protocol error comes with the requests before it, or alone, and breaks nothing", async () => {
  assert.deepEqual(await batchesOf([bytesOf("ping\r\nget k\r\n*x\r\nping\r\n")]), [
    { requests: [["ping"], ["get", "k"]], error: "ERR Protocol error: invalid multibulk length" },
  ]);
  assert.deepEqual(await batchesOf([bytesOf("ping\r\n"), bytesOf('"\r\n')]), [
    { requests: [["ping"]], error: "" },
    { requests: [], error: "ERR Protocol error: unbalanced quotes in request" },
  ]);
});

/** Chunks in two buffers that are filled in turn, as a connection's read buffers are. */
function* alternating(chunks: Iterable<Uint8Array>, size: number): Generator<Uint8Array<ArrayBuffer>> {
  const buffers = [new Uint8Array(size), new Uint8Array(size)];
  let turn = 0;
  for (const chunk of chunks) {
    turn ^= 1;
    buffers[turn].fill(0xee);
    buffers[turn].set(chunk);
    yield buffers[turn].subarray(0, chunk.length);
  }
}

Deno.test("Two read buffers, used in turn, are enough for a reader that is slow", async () => {
  const requests = Array.from({ length: 500 }, (_, i) => ["set", `key:${i}`, `${i}`.repeat(i % 40)]);
  const bytes = bytesOf(requests.map((request) => encodeRequest(request)).join(""));
  for (const size of [64, 100, 333]) {
    const decoder = new RespDecoder(limits());
    // It reads nothing before it is asked, as the stream of a connection.
    const source = ReadableStream.from(alternating(chunksOf(bytes, size), size)) as ReadableStream<
      Uint8Array<ArrayBuffer>
    >;
    const decoded: string[][] = [];
    for await (const batch of source.pipeThrough(new RespDecoderStream(decoder))) {
      // While the requests run, the stream reads ahead.
      for (let i = 0; i < 20; i++) await Promise.resolve();
      decoded.push(...requestsOf(batch));
      decoder.release();
    }
    assert.deepEqual(decoded, requests);
  }
});
