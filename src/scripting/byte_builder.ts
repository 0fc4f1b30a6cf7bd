/**
 * Bytes that grow at their end.
 *
 * @module
 */

import { roomFor } from "../memory/headroom.ts";
import type { LuaMachine } from "./lua_machine.ts";

/** What is kept when it has been emptied. */
const KEPT = 64 * 1024;

/** Collects bytes for a string of Lua's. */
export class ByteBuilder {
  #bytes = new Uint8Array(256);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  /** Bytes so far. */
  get length(): number {
    return this.#length;
  }

  /** Forgets all bytes. */
  clear(): void {
    this.#length = 0;
    if (this.#bytes.length > KEPT) this.#use(new Uint8Array(256));
  }

  #use(bytes: Uint8Array<ArrayBuffer>): void {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }

  #room(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const grown = new Uint8Array(roomFor(Math.max(this.#bytes.length * 2, this.#length + count)));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#use(grown);
  }

  /** Adds a byte. */
  byte(value: number): void {
    this.#room(1);
    this.#bytes[this.#length++] = value;
  }

  /** Adds so many zeros. */
  zeros(count: number): void {
    this.#room(count);
    this.#bytes.fill(0, this.#length, this.#length += count);
  }

  /** Adds a byte string. */
  text(value: string): void {
    this.#room(value.length);
    for (let i = 0; i < value.length; i++) this.#bytes[this.#length++] = value.charCodeAt(i);
  }

  /** Adds `source[start, end)`. */
  bytes(source: Uint8Array, start: number, end: number): void {
    this.#room(end - start);
    this.#bytes.set(source.subarray(start, end), this.#length);
    this.#length += end - start;
  }

  /** Adds an unsigned integer of 1, 2 or 4 bytes, the highest first. */
  unsigned(value: number, size: 1 | 2 | 4): void {
    this.#room(size);
    if (size === 1) this.#view.setUint8(this.#length, value);
    else if (size === 2) this.#view.setUint16(this.#length, value);
    else this.#view.setUint32(this.#length, value);
    this.#length += size;
  }

  /** Adds the 64 lowest bits of an integer. */
  int64(value: bigint, littleEndian: boolean): void {
    this.#room(8);
    this.#view.setBigInt64(this.#length, BigInt.asIntN(64, value), littleEndian);
    this.#length += 8;
  }

  /** Adds a float of 4 bytes. */
  float(value: number, littleEndian: boolean): void {
    this.#room(4);
    this.#view.setFloat32(this.#length, value, littleEndian);
    this.#length += 4;
  }

  /** Adds a double of 8 bytes. */
  double(value: number, littleEndian: boolean): void {
    this.#room(8);
    this.#view.setFloat64(this.#length, value, littleEndian);
    this.#length += 8;
  }

  /** Pushes the bytes as a string, and forgets them. */
  push(machine: LuaMachine, L: number): void {
    machine.pushBytes(L, this.#bytes, 0, this.#length);
    this.clear();
  }
}
