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
  readonly #index: Dictionary;
  readonly #entries: Entries;
  readonly #release: (entry: number) => void;
  readonly #keyQueue: number[] = [];
  readonly #indexQueue: number[] = [];
  /** Collections: type, encoding and root of each. */
  readonly #valueQueue: number[] = [];
  /** Called when there is something to free and there was nothing before. */
  onPending: () => void = () => {};
  /** Keys and large collections that have been freed this way since the start. */
  freed = 0;
  #pendingKeys = 0;

  /** `keys` is what dictionaries of entries are made with, `index` those that name some of the same entries again. */
  constructor(keys: Dictionary, index: Dictionary, entries: Entries) {
    this.#keys = keys;
    this.#index = index;
    this.#entries = entries;
    this.#release = (entry) => {
      this.freed++;
      this.#pendingKeys--;
      // A thousand collections are a step of their own each, unless they are single blocks.
      entries.free(entry, 0);
    };
    entries.onLarge = (type, encoding, root) => this.#releaseValue(type, encoding, root);
  }

  /** Keys and collections that wait to be freed. */
  get pending(): number {
    return this.#pendingKeys + this.#valueQueue.length / 3;
  }

  /** Whether anything waits to be freed. */
  get busy(): boolean {
    return this.#keyQueue.length > 0 || this.#indexQueue.length > 0 || this.#valueQueue.length > 0;
  }

  /** Takes over a dictionary of entries and those that name some of them again. */
  release(keys: number, ...indexes: number[]): void {
    const wasBusy = this.busy;
    this.#pendingKeys += this.#keys.count(keys);
    this.#keys.startDrain(keys);
    this.#keyQueue.push(keys);
    this.#queueIndexes(indexes);
    if (!wasBusy) this.onPending();
  }

  /** Takes over dictionaries that name entries of another one, which is released later. */
  releaseIndexes(...indexes: number[]): void {
    const wasBusy = this.busy;
    this.#queueIndexes(indexes);
    if (!wasBusy) this.onPending();
  }

  #queueIndexes(indexes: readonly number[]): void {
    for (const index of indexes) {
      this.#index.startDrain(index);
      this.#indexQueue.push(index);
    }
  }

  #releaseValue(type: number, encoding: number, root: number): void {
    const wasBusy = this.busy;
    this.#valueQueue.push(type, encoding, root);
    if (!wasBusy) this.onPending();
  }

  /** Frees some; false when nothing is left. */
  step(): boolean {
    if (this.#entries.arena.releasePage()) return true;
    this.free();
    return this.busy || this.#entries.arena.hasSurplusPages;
  }

  /** As `step`, but without giving pages back to the system, which takes longer. */
  free(): void {
    if (this.#valueQueue.length > 0) {
      this.#drainValue();
    } else if (this.#indexQueue.length > 0) {
      if (this.#index.drain(this.#indexQueue[0], STEP * 8, ignore)) this.#indexQueue.shift();
    } else if (this.#keyQueue.length > 0) {
      if (this.#keys.drain(this.#keyQueue[0], STEP, this.#release)) this.#keyQueue.shift();
    }
  }

  /** Works on the collection that came last, so that a million of them never move up in the queue. */
  #drainValue(): void {
    const queue = this.#valueQueue;
    const at = queue.length - 3;
    const [type, encoding, root] = [queue[at], queue[at + 1], queue[at + 2]];
    if (!this.#entries.types[type].drain(root, encoding, STEP)) return;
    queue.length = at;
    this.freed++;
  }
}

function ignore(): void {}
