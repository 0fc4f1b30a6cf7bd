/**
 * Writes requests, for an AOF that is rewritten as the commands that make its data.
 *
 * @module
 */

import { bytesOf } from "../base/bytes.ts";
import { writeInteger } from "../base/numbers.ts";
import type { StreamId } from "../store/types/stream_id.ts";
import type { RdbWriter } from "./rdb_writer.ts";

const STAR = 42, DOLLAR = 36, CR = 13, LF = 10;
const END_OF_LINE = bytesOf("\r\n");
const line = new Uint8Array(32);

/** Something that has located bytes. */
export interface Located {
  readonly page: Uint8Array;
  readonly at: number;
  readonly length: number;
}

/** Writes requests to a writer: `begin` says of how many arguments, then comes each of them. */
export class CommandWriter {
  readonly #writer: RdbWriter;

  constructor(writer: RdbWriter) {
    this.#writer = writer;
  }

  /** Begins a request of `count` arguments, of which `words` are the first. */
  begin(count: number, ...words: readonly string[]): void {
    this.#line(STAR, count);
    for (const word of words) this.text(word);
  }

  /** An argument. */
  bytes(source: Uint8Array, start: number, end: number): void {
    this.#line(DOLLAR, end - start);
    this.#writer.raw(source, start, end);
    this.#writer.raw(END_OF_LINE, 0, 2);
  }

  /** An argument that has been located. */
  located({ page, at, length }: Located): void {
    this.bytes(page, at, at + length);
  }

  /** An argument, a byte string. */
  text(text: string): void {
    this.bytes(bytesOf(text), 0, text.length);
  }

  /** An argument: a number in decimal. */
  number(value: number | bigint): void {
    this.text(String(value));
  }

  /** An argument: the ID of an entry of a stream. */
  id(id: StreamId): void {
    this.text(id.toString());
  }

  #line(type: number, value: number): void {
    line[0] = type;
    const end = writeInteger(line, 1, value);
    line[end] = CR;
    line[end + 1] = LF;
    this.#writer.raw(line, 0, end + 2);
  }
}
