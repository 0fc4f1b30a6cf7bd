/**
 * The only source of time: everything below takes a {@linkcode Clock}, so that tests and embedders can freeze it.
 *
 * @module
 */

/** Where the server reads the time from. */
export interface Clock {
  /** Wall-clock time, integer milliseconds since the Unix epoch. */
  now(): number;
  /** Monotonic time in microseconds with an arbitrary origin, for durations. */
  microseconds(): number;
}

/** The machine's own clock. */
export class SystemClock implements Clock {
  now(): number {
    return Date.now();
  }

  microseconds(): number {
    return performance.now() * 1000;
  }
}

/** A clock that stands still until it is told to move. */
export class ManualClock implements Clock {
  #now: number;

  /** Starts at `now`, milliseconds since the Unix epoch. */
  constructor(now = 0) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  microseconds(): number {
    return this.#now * 1000;
  }

  /** Moves the clock forward by `milliseconds`. */
  advance(milliseconds: number): void {
    this.#now += milliseconds;
  }

  /** Sets the clock to `now`, milliseconds since the Unix epoch. */
  set(now: number): void {
    this.#now = now;
  }
}
