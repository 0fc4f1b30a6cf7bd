/**
 * What is done where the process can get no more memory: commands that need some are refused, as with `maxmemory`,
 * until enough has been freed.
 *
 * There are two limits. The system refuses the arena a page: then a page that was set aside lets the running command
 * end, and no further one begins (see {@linkcode Arena.hasRoom}). And V8 ends the process where its heap reaches its
 * limit, or the system has no more for it, without a word before: so commands after which something stays on the heap
 * are refused well before that.
 *
 * @module
 */

import type { Arena } from "../memory/arena.ts";
import type { Restrictions } from "./restrictions.ts";

/** Share of the heap's limit from which on garbage is collected to see what is left, and which may not be left then. */
const HEAP_HIGH = 0.65;
const HEAP_SHORT = 0.5;
/** Asking the system in vain makes V8 collect all garbage, so it is not done more often. */
const RETRY_MILLISECONDS = 1000;
/** A collection of a large heap takes a second. So many times as long as one took the next is not asked for. */
const REST = 20;

/** What the watch works with. */
export interface MemoryShortageParts {
  readonly arena: Arena;
  readonly restrictions: Restrictions;
  /** Bytes of the JavaScript heap in use, garbage included, and how many there may be. */
  readonly heapUsed: () => number;
  readonly heapLimit: number;
  /** Whether the system has enough left for the heap to grow. */
  readonly hasHeadroom: (heapUsed: number) => boolean;
  /** Collects all garbage of the heap, which takes some tenths of a second where much is in use. */
  readonly collect: () => void;
  /** Called each time that too much of the heap is in use after a collection: to give up what can be done without. */
  readonly relieve: () => void;
  /** Called when the restrictions have changed. */
  readonly onChange: () => void;
  readonly warn: (text: string) => void;
}

/** Watches the memory that the process can get. */
export class MemoryShortage {
  readonly #parts: MemoryShortageParts;
  #retryAt = 0;
  #collectAt = 0;

  constructor(parts: MemoryShortageParts) {
    this.#parts = parts;
    const { arena, restrictions, onChange, warn } = parts;
    arena.onReserveUsed = () => {
      restrictions.shortArena = arena;
      onChange();
      warn(
        "The system gives no more memory. Commands that need some are refused until keys have been removed.",
      );
    };
  }

  /** Sets memory aside for commands that are running when there is no more. */
  start(): void {
    this.#parts.arena.keepReserve();
  }

  /** Looks at both limits. Called a few times a second. */
  tick(now: number): void {
    this.#watchArena(now);
    this.#watchHeap(now);
  }

  #watchArena(now: number): void {
    const { arena, restrictions, onChange, warn } = this.#parts;
    if (restrictions.shortArena === null || now < this.#retryAt) return;
    this.#retryAt = now + RETRY_MILLISECONDS;
    if (!arena.keepReserve()) return;
    restrictions.shortArena = null;
    onChange();
    warn("The system gives memory again.");
  }

  #watchHeap(now: number): void {
    const { collect, hasHeadroom, heapLimit, heapUsed, relieve, restrictions, onChange, warn } = this.#parts;
    if (restrictions.heapShort) {
      if (now < this.#collectAt) return;
    } else {
      const used = heapUsed();
      if (used < heapLimit * HEAP_HIGH && hasHeadroom(used)) return;
    }
    const begun = performance.now();
    collect();
    this.#collectAt = now + Math.max(RETRY_MILLISECONDS, REST * (performance.now() - begun));
    const left = heapUsed();
    const isShort = left > heapLimit * HEAP_SHORT || !hasHeadroom(left);
    if (isShort) relieve();
    if (isShort === restrictions.heapShort) return;
    restrictions.heapShort = isShort;
    onChange();
    warn(
      isShort
        ? `The JavaScript heap can hardly grow: ${left} of ${heapLimit} bytes are in use, or the system gives no ` +
          "more. Commands that make it grow are refused until clients have given up what they hold: subscriptions, " +
          "watched and tracked keys, scripts."
        : "There is room on the JavaScript heap again.",
    );
  }
}
