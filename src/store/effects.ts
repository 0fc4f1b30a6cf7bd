/**
 * The one stream of effects: each write in its deterministic form, encoded once as a RESP request, for whoever keeps or
 * forwards changes (append-only file, replicas, slot migration). Nothing else records a change.
 *
 * Without a consumer nothing is encoded: `active` is false, and writers skip the call.
 *
 * @module
 */

import { bytesOf } from "../base/bytes.ts";
import { writeInteger } from "../base/numbers.ts";
import { copyBytes, viewedBytes } from "../memory/copy_bytes.ts";

/** Takes the encoded effects of everything that ran since the last time. */
export interface EffectConsumer {
  /** `bytes[0, length)` are whole RESP requests, SELECT included where the database changes; valid during the call. */
  effects(bytes: Uint8Array, length: number): void;
  /** Is told that there is something to hand over, before whoever has done it is answered. */
  pending?(): void;
}

const CR = 13, LF = 10;
const MULTI = bytesOf("*1\r\n$5\r\nMULTI\r\n");

/** Collects effects and hands them to the consumers, once a batch. */
export class Effects {
  /** Whether anybody listens: writers may skip all other calls if not. */
  active = false;
  /** Effects begun since the server started or the first consumer came. */
  count = 0;
  readonly #consumers = new Set<EffectConsumer>();
  #bytes = viewedBytes(4096);
  #length = 0;
  /** The database that the stream has selected, -1: none, so the next effect begins with SELECT. */
  #selected = -1;
  /** Where the first effect of the group begins, its SELECT not included; -1: there is none yet. */
  #groupAt = -1;
  /** `count` when the group began, -1: there is no group. */
  #groupCount = -1;
  /** The same two of the running request, whose effects take place together too. */
  #requestAt = -1;
  #requestCount = -1;

  /** Adds a consumer; it sees everything from now on, beginning with a SELECT. */
  attach(consumer: EffectConsumer): void {
    this.flush();
    this.#consumers.add(consumer);
    this.active = true;
    this.#selected = -1;
  }

  /** Removes a consumer. */
  detach(consumer: EffectConsumer): void {
    this.flush();
    this.#consumers.delete(consumer);
    this.active = this.#consumers.size > 0;
  }

  /** Begins an effect of `count` arguments, the command's name included, on database `database`. */
  begin(database: number, count: number): void {
    if (this.#length === 0) { for (const consumer of this.#consumers) consumer.pending?.(); }
    if (database !== this.#selected) {
      this.#selected = database;
      this.#head(42, 2);
      this.text("SELECT");
      this.text(String(database));
    }
    if (this.count === this.#groupCount) this.#groupAt = this.#length;
    if (this.count === this.#requestCount) this.#requestAt = this.#length;
    this.count++;
    this.#head(42, count);
  }

  /** Whether a group has begun. */
  get isGrouped(): boolean {
    return this.#groupCount >= 0;
  }

  /** While `muted` nothing is recorded, as though nobody listened. */
  mute(muted: boolean): void {
    this.active = !muted && this.#consumers.size > 0;
  }

  /** Begins a group: effects that must take place together or not at all. */
  beginGroup(): void {
    this.#groupCount = this.count;
  }

  /** Ends a group. Where it has two effects or more they come between MULTI and EXEC; one alone is whole anyway. */
  endGroup(): void {
    if (this.count > this.#groupCount + 1) {
      this.#wrap(this.#groupAt);
      this.#requestCount = -1;
    }
    this.#groupCount = -1;
  }

  /** Begins a request, whose effects are a group if there are several. */
  beginRequest(): void {
    if (!this.isGrouped) this.#requestCount = this.count;
  }

  /** Ends a request; a script that goes on later ends its own group. Returns whether it had effects. */
  endRequest(): boolean {
    if (this.isGrouped) return false;
    const effects = this.#requestCount < 0 ? 2 : this.count - this.#requestCount;
    if (this.#requestCount >= 0 && effects > 1) this.#wrap(this.#requestAt);
    this.#requestCount = -1;
    return effects > 0;
  }

  /** Puts what begins at `at` between MULTI and EXEC. */
  #wrap(at: number): void {
    this.#room(MULTI.length);
    this.#bytes.copyWithin(at + MULTI.length, at, this.#length);
    this.#bytes.set(MULTI, at);
    this.#length += MULTI.length;
    this.#head(42, 1);
    this.text("EXEC");
  }

  /** Adds an argument. */
  bytes(source: Uint8Array, start: number, end: number): void {
    const length = end - start;
    this.#head(36, length);
    this.#room(length + 2);
    copyBytes(source, start, this.#bytes, this.#length, length);
    this.#length += length;
    this.#endOfLine();
  }

  /**
   * Adds arguments that stand in `source` as the stream has them, `$` and length before each: `[start, end)`
   * begins with the first one's `$`.
   */
  encoded(source: Uint8Array, start: number, end: number): void {
    const length = end - start;
    this.#room(length);
    copyBytes(source, start, this.#bytes, this.#length, length);
    this.#length += length;
  }

  /** Adds an argument given as a byte string. */
  text(text: string): void {
    this.#head(36, text.length);
    this.#room(text.length + 2);
    for (let i = 0; i < text.length; i++) this.#bytes[this.#length++] = text.charCodeAt(i);
    this.#endOfLine();
  }

  /** Hands what was collected to the consumers. Called after each batch and each timer's work. */
  flush(): void {
    if (this.#length === 0) return;
    const bytes = this.#bytes;
    const length = this.#length;
    this.#length = 0;
    // A consumer that comes within a group: what follows is a group by itself.
    if (this.#groupCount >= 0) this.#groupCount = this.count;
    if (this.#requestCount >= 0) this.#requestCount = this.count;
    for (const consumer of this.#consumers) consumer.effects(bytes, length);
    if (this.#bytes.length > 1024 * 1024) this.#bytes = viewedBytes(4096);
  }

  #head(type: number, value: number): void {
    this.#room(24);
    this.#bytes[this.#length++] = type;
    this.#length = writeInteger(this.#bytes, this.#length, value);
    this.#endOfLine();
  }

  #endOfLine(): void {
    this.#bytes[this.#length++] = CR;
    this.#bytes[this.#length++] = LF;
  }

  #room(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    // Not asked for beforehand: what has been done must be recorded, with what was left over for that if need be.
    const grown = viewedBytes(new ArrayBuffer(Math.max(this.#bytes.length * 2, this.#length + bytes)));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}
