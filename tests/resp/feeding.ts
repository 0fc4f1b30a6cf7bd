/**
 * Feeds bytes to a decoder as a connection does, chunk by chunk, and collects what it makes of them.
 *
 * @module
 */

import assert from "node:assert/strict";
import { bytesOf, byteString } from "../../src/base/bytes.ts";
import { type DecoderLimits, RespDecoder } from "../../src/resp/decoder.ts";
import type { RequestBatch } from "../../src/resp/request_batch.ts";

/** What came out of some bytes. */
export interface Decoded {
  /** The requests, each as its arguments, which are byte strings. */
  requests: string[][];
  /** The error after the last request, empty for none. */
  error: string;
}

/** When a batch is read: before the next chunk is decoded, or after one more, which is the latest that is allowed. */
export type Reading = "at once" | "late";

/** Redis's own limits. */
export function limits(changes: Partial<DecoderLimits> = {}): DecoderLimits {
  return { authenticated: true, maxBulkLength: 512 * 1024 * 1024, maxQueryBuffer: 1024 ** 3, ...changes };
}

/** The requests of a batch. */
export function requestsOf(batch: RequestBatch): string[][] {
  const { bytes, table, length } = batch;
  const requests: string[][] = [];
  for (let at = 0; at < length; at += 1 + 2 * table[at]) {
    const request: string[] = [];
    for (let i = 0; i < table[at]; i++) {
      request.push(byteString(bytes, table[at + 1 + 2 * i], table[at + 2 + 2 * i]));
    }
    requests.push(request);
  }
  return requests;
}

/**
 * Decodes chunks that lie in two buffers in turn, as a connection's do; each is overwritten once its batch is read, so
 * whatever still points into it shows. Decoding ends with an error.
 */
export function feed(
  decoder: RespDecoder,
  chunks: Iterable<Uint8Array>,
  reading: Reading = "at once",
): Decoded {
  const decoded: Decoded = { requests: [], error: "" };
  const waiting: { batch: RequestBatch; chunk: Uint8Array }[] = [];
  const readNext = () => {
    const { batch, chunk } = waiting.shift()!;
    decoded.requests.push(...requestsOf(batch));
    decoded.error = batch.error;
    chunk.fill(0xee);
  };
  for (const source of chunks) {
    const chunk = source.slice();
    const batch = decoder.decode(chunk);
    if (waiting.length > 0) readNext();
    // As in the stream: what holds nothing is not handed on.
    if (batch.length === 0 && batch.error === "") {
      chunk.fill(0xee);
      continue;
    }
    waiting.push({ batch, chunk });
    if (reading === "at once" || batch.error !== "") readNext();
    if (decoded.error !== "") break;
  }
  if (waiting.length > 0) readNext();
  return decoded;
}

/** `bytes` in chunks of `size` bytes. */
export function* chunksOf(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** `bytes` cut before each of the positions, which need not be in order. */
export function chunksCutAt(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort((
    a,
    b,
  ) => a - b);
  return places.slice(1).map((end, i) => bytes.subarray(places[i], end));
}

/** Decodes a byte string in one piece. */
export function decodeWhole(input: string, changes: Partial<DecoderLimits> = {}): Decoded {
  return feed(new RespDecoder(limits(changes)), [bytesOf(input)]);
}

/** Compares without printing megabytes. */
export function assertDecoded(actual: Decoded, expected: Decoded, how: string): void {
  assert.equal(actual.error, expected.error, how);
  assert.equal(actual.requests.length, expected.requests.length, `Number of requests, ${how}`);
  actual.requests.forEach((request, i) => {
    assert.equal(request.length, expected.requests[i].length, `Arguments of request ${i}, ${how}`);
    request.forEach((argument, j) => {
      if (argument === expected.requests[i][j]) return;
      assert.fail(
        `Argument ${j} of request ${i}, ${how}: ${JSON.stringify(argument.slice(0, 80))}, expected ${
          JSON.stringify(expected.requests[i][j].slice(0, 80))
        }`,
      );
    });
  });
}
