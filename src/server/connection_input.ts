/**
 * What comes from a client: a stream of chunks, read into buffers of the connection's own.
 *
 * `conn.readable` would allocate 64 KiB for each read, so this stream reads into two buffers in turn: it reads ahead by
 * one chunk while the last one's requests run. They are small at first, so that an idle connection is cheap, and grow
 * while reads fill them.
 *
 * @module
 */

import { firstBytes, viewedBytes } from "../memory/copy_bytes.ts";
import type { RespDecoder } from "../resp/decoder.ts";
import type { Transport } from "./transport.ts";

const FIRST_READ_BYTES = 1024;
const MAX_READ_BYTES = 64 * 1024;
/** While a large request arrives. */
const MAX_BULK_READ_BYTES = 1024 * 1024;
/** Bytes at a time that are read of a client that waits, and how many in all before it is left to itself. */
const WATCH_BYTES = 4096;
const MAX_WATCHED_BYTES = 1024 * 1024;

const NOTHING = new Uint8Array(0);

/** The input side of a connection. */
export class ConnectionInput {
  /** Whether the client has said its last. */
  ended = false;
  /** Called when it has. */
  onEnd: () => void = () => {};
  readonly #conn: Transport;
  readonly #decoder: RespDecoder;
  readonly #onBytes: (length: number) => void;
  readonly #buffers = [NOTHING, NOTHING];
  /** The last chunk that was read into each, as chunks are often as long as the one before. */
  readonly #chunks = [NOTHING, NOTHING];
  #turn = 0;
  #readBytes = FIRST_READ_BYTES;
  /** Whether the stream is reading. */
  #reading = false;
  /** Whether the client is watched, and what has been read meanwhile. */
  #watching = false;
  readonly #watched: Uint8Array<ArrayBuffer>[] = [];
  /** Called when that becomes more, or the watch has ended. */
  #wake: () => void = () => {};

  // Made once, as a read is started for each batch of requests.
  #onRead: (length: number | null) => void = () => {};
  readonly #onFailure = (error: unknown): never => {
    this.#end();
    throw error;
  };

  /** `onBytes` is told of each read. */
  constructor(conn: Transport, decoder: RespDecoder, onBytes: (length: number) => void) {
    this.#conn = conn;
    this.#decoder = decoder;
    this.#onBytes = onBytes;
  }

  /** Bytes of memory that the buffers take. */
  get held(): number {
    let bytes = this.#buffers[0].length + this.#buffers[1].length;
    for (const chunk of this.#watched) bytes += chunk.length;
    return bytes;
  }

  /** The stream of chunks; one chunk stays untouched until the next but one is asked for. */
  readable(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return new ReadableStream({
      start: (controller) => {
        this.#onRead = (length) => this.#received(length, controller);
      },
      pull: (controller) => {
        if (this.#watched.length > 0 || this.#watching) return this.#pullWatched(controller);
        return this.#read();
      },
    }, { highWaterMark: 0 });
  }

  #read(): Promise<void> {
    this.#reading = true;
    return this.#conn.read(this.#nextBuffer()).then(this.#onRead, this.#onFailure);
  }

  #received(
    length: number | null,
    controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>,
  ): void {
    this.#reading = false;
    if (length === null) {
      controller.close();
      this.#end();
      return;
    }
    this.#onBytes(length);
    const buffer = this.#buffers[this.#turn];
    const max = this.#decoder.pending < MAX_BULK_READ_BYTES ? MAX_READ_BYTES : MAX_BULK_READ_BYTES;
    if (length === buffer.length && length < max) this.#readBytes = length * 2;
    else if (this.#readBytes > max) this.#readBytes = max;
    let chunk = this.#chunks[this.#turn];
    if (chunk.length !== length || chunk.buffer !== buffer.buffer) {
      chunk = this.#chunks[this.#turn] = firstBytes(buffer, length);
    }
    controller.enqueue(chunk);
  }

  #nextBuffer(): Uint8Array<ArrayBuffer> {
    this.#turn ^= 1;
    const buffer = this.#buffers[this.#turn];
    if (buffer.length === this.#readBytes) return buffer;
    return this.#buffers[this.#turn] = viewedBytes(this.#readBytes);
  }

  /** Gives up a read buffer that a burst of requests has left behind. */
  shrink(): void {
    if (this.#readBytes === FIRST_READ_BYTES) return;
    this.#readBytes = FIRST_READ_BYTES;
    // The other one is in the hands of a read that may never end.
    this.#buffers[this.#turn ^ 1] = this.#chunks[this.#turn ^ 1] = NOTHING;
  }

  #end(): void {
    this.ended = true;
    this.onEnd();
  }

  /**
   * Begins to read from a client whose requests wait, as long as `waits` says so, to learn of its end: the stream does
   * not, once it holds a chunk of further requests. Does nothing while the stream reads.
   */
  watch(waits: () => boolean): void {
    if (!this.#reading && !this.ended && !this.#watching) this.#readWhile(waits);
  }

  async #readWhile(waits: () => boolean): Promise<void> {
    this.#watching = true;
    try {
      for (let bytes = this.held; waits() && bytes < MAX_WATCHED_BYTES;) {
        const buffer = new Uint8Array(WATCH_BYTES);
        const length = await this.#conn.read(buffer);
        if (length === null) {
          this.#end();
          break;
        }
        bytes += length;
        this.#onBytes(length);
        this.#watched.push(buffer.subarray(0, length));
        this.#wake();
      }
    } catch {
      this.#end();
    } finally {
      this.#watching = false;
      this.#wake();
    }
  }

  /**
   * Hands on what was read while the client was watched. A read of the watch may still be under way, and be the one
   * that gets what the client sends next.
   */
  async #pullWatched(controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>): Promise<void> {
    while (this.#watched.length === 0 && this.#watching) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    if (this.#watched.length > 0) {
      for (const chunk of this.#watched) controller.enqueue(chunk);
      this.#watched.length = 0;
    } else if (this.ended) {
      controller.close();
    } else {
      await this.#read();
    }
  }
}
