/**
 * What the decoder hands on: all whole requests of a chunk, as offsets into its bytes.
 *
 * @module
 */

import { roomFor } from "../memory/headroom.ts";

/** Requests that arrived together. The object and its arrays are reused: it is valid until the next but one read. */
export class RequestBatch {
  /** The bytes that the offsets point into. */
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  /** For each request: the number of arguments, then start and end of each argument. */
  table: Int32Array<ArrayBuffer> = new Int32Array(16);
  /** Words of `table` that hold whole requests. */
  length = 0;
  /** Words of `table` in use; those after `length` belong to a request that has not arrived completely. */
  filled = 0;
  /** What was wrong with the bytes after the last request: the connection ends with this error. Empty: nothing. */
  error = "";
  /**
   * The next request is larger than a client may send before it has authenticated. If one of this batch's requests
   * authenticates it, decoding is resumed; else `error` applies.
   */
  held = false;

  /** Empties the batch for the next chunk. */
  reset(): void {
    this.length = 0;
    this.filled = 0;
    this.error = "";
    this.held = false;
  }

  /** Makes room for `words` more words in the table. */
  reserve(words: number): void {
    if (this.filled + words <= this.table.length) return;
    const length = Math.max(this.table.length * 2, this.filled + words);
    const grown = new Int32Array(roomFor(4 * length) / 4);
    grown.set(this.table.subarray(0, this.filled));
    this.table = grown;
  }
}
