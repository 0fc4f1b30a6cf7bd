/**
 * Streams the bytes of a snapshot of the keyspace to wherever they are wanted (a file, a replica), in steps between
 * which clients are served.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import type { Snapshot } from "../persistence/snapshot.ts";

/** How long one slice of work takes, unless a single step takes longer. */
const SLICE_MICROSECONDS = 1000;
/** While clients are served, a slice is followed by a pause of so many times its length; less where some wait for it. */
const PAUSES = 7, AWAITED_PAUSES = 1;
/** Bytes that are handed on at a time, about. */
const CHUNK_BYTES = 256 * 1024;

/** Where the bytes go; the next ones come when the promise has resolved. They are valid until then. */
export interface SnapshotSink {
  write(bytes: Uint8Array): Promise<void>;
}

/** What the stream asks of the server, so that it takes its share of the processor and no more. */
export interface SnapshotPace {
  readonly clock: Clock;
  /** How many requests have been served. */
  requests(): number;
  /** Resolves when all clients had their turn. */
  turn(): Promise<void>;
}

/** Thrown by {@linkcode SnapshotStream.run} after {@linkcode SnapshotStream.cancel}. */
export class SnapshotCancelled extends Error {}

/** Streams one snapshot, which begins when it is made. */
export class SnapshotStream {
  readonly #snapshot: Snapshot;
  readonly #pace: SnapshotPace;
  #cancelled = false;
  #stepped = Promise.withResolvers<void>();

  constructor(snapshot: Snapshot, pace: SnapshotPace) {
    this.#snapshot = snapshot;
    this.#pace = pace;
  }

  /** Writes the whole snapshot to a sink; throws what that throws, or {@linkcode SnapshotCancelled}. */
  async run(sink: SnapshotSink): Promise<void> {
    const snapshot = this.#snapshot;
    const { clock } = this.#pace;
    let served = this.#pace.requests();
    try {
      for (let more = true; more;) {
        const isBusy = this.#pace.requests() !== served;
        const began = clock.microseconds();
        do {
          more = snapshot.step();
        } while (more && snapshot.size < CHUNK_BYTES && clock.microseconds() - began < SLICE_MICROSECONDS);
        let spent = clock.microseconds() - began;
        served = this.#pace.requests();
        while (snapshot.size >= CHUNK_BYTES || (!more && snapshot.size > 0)) {
          // To take bytes sums them up, which is work too; the wait for the sink is a pause.
          const taking = clock.microseconds();
          const bytes = snapshot.take();
          spent += clock.microseconds() - taking;
          await sink.write(bytes);
          if (this.#cancelled) throw new SnapshotCancelled();
        }
        this.#wake();
        if (more) {
          const pauses = !isBusy ? 0 : snapshot.isAwaited ? AWAITED_PAUSES : PAUSES;
          await this.#rest(began + spent * (1 + pauses) - clock.microseconds());
        }
        if (this.#cancelled) throw new SnapshotCancelled();
      }
    } finally {
      snapshot.end();
      this.#wake();
    }
  }

  /** Ends it as soon as possible; nothing more is kept for it from now on. */
  cancel(): void {
    this.#cancelled = true;
    this.#snapshot.end();
    this.#wake();
  }

  /** Resolves after the next slice, or at the end. */
  untilNextSlice(): Promise<void> {
    return this.#stepped.promise;
  }

  /** Lets others work for so many microseconds, or for a turn. */
  #rest(microseconds: number): Promise<void> {
    if (microseconds < 500) return this.#pace.turn();
    return new Promise((resolve) => setTimeout(resolve, microseconds / 1000));
  }

  #wake(): void {
    this.#stepped.resolve();
    this.#stepped = Promise.withResolvers();
  }
}
