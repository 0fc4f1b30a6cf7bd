/**
 * A message to subscribers, encoded once for all of them.
 *
 * It is an array of bulk strings in RESP2 and a push of the same bulk strings in RESP3, so that only its first byte
 * depends on who gets it.
 *
 * @module
 */

import { writeInteger } from "../base/numbers.ts";
import { roomFor } from "../memory/headroom.ts";

const FIRST_BYTES = 1024;
/** A buffer that a long message has left behind is given up from this size on. */
const KEPT_BYTES = 1024 * 1024;

const CR = 13, LF = 10;

/** Encodes one message after the other into the same buffer. */
export class MessageEncoder {
  /** The message, `bytes[0, length)`. */
  bytes = new Uint8Array(FIRST_BYTES);
  length = 0;

  /** Begins a message of so many elements. */
  begin(elements: number): void {
    if (this.bytes.length > KEPT_BYTES) this.bytes = new Uint8Array(FIRST_BYTES);
    this.length = 0;
    this.#header(42, elements);
  }

  /** Makes the message one for a client that speaks this version of the protocol. */
  address(protocol: number): void {
    this.bytes[0] = protocol === 3 ? 62 : 42;
  }

  /** Adds a bulk string. */
  bulk(source: Uint8Array, start: number, end: number): void {
    this.#header(36, end - start);
    this.#room(end - start + 2);
    this.bytes.set(source.subarray(start, end), this.length);
    this.length += end - start;
    this.#endOfLine();
  }

  /** Adds a bulk string given as a byte string. */
  text(text: string): void {
    this.#header(36, text.length);
    this.raw(text);
    this.#room(2);
    this.#endOfLine();
  }

  /** Adds an integer. */
  integer(value: number): void {
    this.#header(58, value);
  }

  /** Adds a byte string as it is. */
  raw(text: string): void {
    this.#room(text.length);
    for (let i = 0; i < text.length; i++) this.bytes[this.length++] = text.charCodeAt(i);
  }

  #header(type: number, value: number): void {
    this.#room(24);
    this.bytes[this.length++] = type;
    this.length = writeInteger(this.bytes, this.length, value);
    this.#endOfLine();
  }

  #endOfLine(): void {
    this.bytes[this.length++] = CR;
    this.bytes[this.length++] = LF;
  }

  #room(bytes: number): void {
    if (this.length + bytes <= this.bytes.length) return;
    const grown = new Uint8Array(roomFor(Math.max(this.bytes.length * 2, this.length + bytes)));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }
}
