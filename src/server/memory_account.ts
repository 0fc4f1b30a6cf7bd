/**
 * The account of the memory in use: everything that the server holds, part by part; the parts add up to `used_memory`.
 *
 * ```text
 *  data       blocks of the arena in use: entries, dictionaries, collections           exact at any time
 *  clients    buffers for input and output, queued transactions                        as each client last counted
 *  others     tables on the JavaScript heap: tracking, channels, waiting requests ...  estimated, sampled
 *  heap       what the heap has grown beyond those                                     sampled
 * ```
 *
 * The runtime itself (Deno and V8 with their code) and the heap's garbage are not counted, as little as Redis counts
 * its code and its C library: see docs/memory.md for what that is.
 *
 * @module
 */

import type { Arena } from "../memory/arena.ts";

/** A part of the memory that is asked for its size now and then. */
export interface MemorySource {
  /** What it is called, as MEMORY STATS names things: `tracking`, `aof.buffer`. */
  readonly name: string;
  /** Bytes that it takes. */
  readonly bytes: () => number;
  /** Whether it counts against `maxmemory`: what eviction itself would make grow must not. */
  readonly counted: boolean;
}

/** Bytes by what they are for. */
export interface MemoryParts {
  readonly data: number;
  readonly clients: number;
  /** By the name of the source. */
  readonly others: ReadonlyMap<string, number>;
  readonly heap: number;
}

/** Samples after which the lowest one is taken for what is not garbage. */
const HEAP_WINDOW = 32;
/** What the heap may grow without being counted: garbage and compiled code that the collector has left alone. */
const HEAP_TOLERANCE = 16 * 1024 * 1024;

/** Adds up what is in use. */
export class MemoryAccount {
  /** Bytes of clients' buffers; clients add their changes. */
  clients = 0;
  /** Whether clients count after each batch, because there is a limit; otherwise they do when they are asked. */
  limited = false;
  readonly #arena: Arena;
  readonly #sources: MemorySource[] = [];
  /** Bytes of each source, as last sampled. */
  readonly #sizes: number[] = [];
  readonly #heapUsed: () => number;
  readonly #heapAtStart: number;
  #heapLowest = Infinity;
  #heapSamples = 0;
  #heap = 0;
  #others = 0;
  #notCounted = 0;

  /** `heapUsed` tells the bytes of the JavaScript heap in use, garbage included. */
  constructor(arena: Arena, heapUsed: () => number) {
    this.#arena = arena;
    this.#heapUsed = heapUsed;
    this.#heapAtStart = heapUsed();
  }

  /** Adds a part. */
  add(source: MemorySource): void {
    this.#sources.push(source);
    this.#sizes.push(0);
  }

  /** Bytes in use, by what was last sampled. */
  get used(): number {
    return this.#arena.used + this.clients + this.#others + this.#heap;
  }

  /** Bytes in use that count against `maxmemory`. */
  get counted(): number {
    return this.used - this.#notCounted;
  }

  /** Bytes in use that do not count against `maxmemory`. */
  get notCounted(): number {
    return this.#notCounted;
  }

  /** The parts, which add up to `used`, by what was last sampled. */
  parts(): MemoryParts {
    return {
      data: this.#arena.used,
      clients: this.clients,
      others: new Map(this.#sources.map(({ name }, i) => [name, this.#sizes[i]])),
      heap: this.#heap,
    };
  }

  /** Asks all sources and the heap. Called a few times a second. */
  sample(): void {
    this.#others = this.#notCounted = 0;
    for (const [i, { bytes, counted }] of this.#sources.entries()) {
      const size = this.#sizes[i] = bytes();
      this.#others += size;
      if (!counted) this.#notCounted += size;
    }
    this.#heapLowest = Math.min(this.#heapLowest, this.#heapUsed());
    if (++this.#heapSamples < HEAP_WINDOW) return;
    this.#heap = Math.max(0, this.#heapLowest - this.#heapAtStart - HEAP_TOLERANCE - this.#others);
    this.#heapLowest = Infinity;
    this.#heapSamples = 0;
  }
}
