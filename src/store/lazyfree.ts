/**
 * Freeing of what is large, a little at a time.
 *
 * @module
 */

import type { Dictionary } from "../memory/dictionary.ts";
import type { Entries } from "./entry.ts";

/** Entries that one step frees: about 100 µs. */
const STEP = 1024;

/** Keeps what is to be freed and frees it in bounded steps. */
export class Lazyfree {
  readonly #keys: Dictionary;
  readonly #volatile: Dictionary;
  readonly #release: (entry: number) => void;
  readonly #keyQueue: number[] = [];
  readonly #volatileQueue: number[] = [];
  /** Called when there is something to free and there was nothing before. */
  onPending: () => void = () => {};
  /** Keys that have been freed this way since the start. */
  freed = 0;
  #pendingKeys = 0;

  constructor(keys: Dictionary, volatile: Dictionary, entries: Entries) {
    this.#keys = keys;
    this.#volatile = volatile;
    this.#release = (entry) => {
      this.freed++;
      this.#pendingKeys--;
      entries.free(entry);
    };
  }

  /** Keys that wait to be freed. */
  get pending(): number {
    return this.#pendingKeys;
  }

  /** Takes over a dictionary of entries and the one that names those of them that expire. */
  release(keys: number, volatile: number): void {
    const wasIdle = this.#keyQueue.length === 0 && this.#volatileQueue.length === 0;
    this.#pendingKeys += this.#keys.count(keys);
    this.#keys.startDrain(keys);
    this.#volatile.startDrain(volatile);
    this.#keyQueue.push(keys);
    this.#volatileQueue.push(volatile);
    if (wasIdle) this.onPending();
  }

  /** Frees some; false when nothing is left. */
  step(): boolean {
    if (this.#volatileQueue.length > 0) {
      if (this.#volatile.drain(this.#volatileQueue[0], STEP * 8, ignore)) this.#volatileQueue.shift();
    } else if (this.#keyQueue.length > 0) {
      if (this.#keys.drain(this.#keyQueue[0], STEP, this.#release)) this.#keyQueue.shift();
    }
    return this.#keyQueue.length > 0 || this.#volatileQueue.length > 0;
  }
}

function ignore(): void {}
