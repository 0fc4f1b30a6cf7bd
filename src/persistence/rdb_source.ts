/**
 * Reads RDB bytes from a source that has more of them than fit into memory.
 *
 * @module
 */

import { type Crc64, crc64 } from "../base/crc64.ts";
import { viewedBytes } from "../memory/copy_bytes.ts";
import { RdbCorrupt } from "./rdb_format.ts";
import { RdbReader } from "./rdb_reader.ts";

/** Bytes that are read at a time. */
const BUFFER_BYTES = 1024 * 1024;
/** How many buffers there are: a string in one, what is read next in the others. */
const BUFFERS = 3;

/** Where bytes come from. */
export interface ByteSource {
  /** How many bytes there are; Infinity where nobody knows. */
  readonly size: number;
  /** Reads some bytes into `buffer`, and returns how many; 0 at the end. */
  read(buffer: Uint8Array): number;
}

/** Thrown where bytes end before what they begin does. */
export class RdbTruncated extends RdbCorrupt {}

/** A reader that gets its bytes from a source as it needs them, and sums up what it has read. */
export class RdbSourceReader extends RdbReader {
  readonly #source: ByteSource;
  /** Buffers that are used in turn. */
  readonly #buffers: Uint8Array<ArrayBuffer>[] = [];
  #turn = 0;
  /** Bytes that came from the source. */
  #received = 0;
  /** The checksum of all bytes before place `#summedTo` of the buffer. */
  #sum: Crc64 = { high: 0, low: 0 };
  #summedTo = 0;

  constructor(source: ByteSource) {
    super(new Uint8Array(0));
    this.#source = source;
  }

  /** How many bytes have been read. */
  get offset(): number {
    return this.#received - (this.end - this.at);
  }

  /** Bytes that have not been read, as far as the source knows. */
  override get left(): number {
    return this.#source.size - this.offset;
  }

  /** The checksum of all bytes that have been read. */
  checksum(): Crc64 {
    this.#sumUp();
    return this.#sum;
  }

  #sumUp(): void {
    this.#sum = crc64(this.bytes, this.#summedTo, this.at, this.#sum);
    this.#summedTo = this.at;
  }

  protected override refill(bytes: number): void {
    const rest = this.end - this.at;
    // Nothing is allocated for a length of which the bytes cannot be there.
    if (bytes > this.left) throw this.#truncated(bytes);
    this.#sumUp();
    const buffer = this.#nextBuffer(bytes);
    buffer.set(this.bytes.subarray(this.at, this.end));
    let length = rest;
    while (length < buffer.length) {
      const read = this.#source.read(buffer.subarray(length));
      if (read === 0) break;
      length += read;
    }
    this.#received += length - rest;
    this.bytes = buffer;
    this.at = this.#summedTo = 0;
    this.end = length;
    if (length < bytes) throw this.#truncated(bytes);
  }

  #truncated(bytes: number): RdbTruncated {
    return new RdbTruncated(`The file ends too early: ${bytes} bytes are needed, ${this.left} are left`);
  }

  /** A buffer for at least so many bytes; one for more than usual is not kept. */
  #nextBuffer(bytes: number): Uint8Array<ArrayBuffer> {
    if (bytes > BUFFER_BYTES) return new Uint8Array(bytes);
    this.#turn = (this.#turn + 1) % BUFFERS;
    return this.#buffers[this.#turn] ??= viewedBytes(BUFFER_BYTES);
  }
}
