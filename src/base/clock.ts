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

/** Microseconds between each clock's two origins, as far as its readings have told. */
const offsets = new WeakMap<Clock, number>();

/**
 * Microseconds since the epoch. The clock's wall time has only milliseconds, its monotonic time has more but begins
 * anywhere: each pair of readings bounds the distance between the two to one millisecond.
 */
export function wallMicroseconds(clock: Clock): number {
  const monotonic = clock.microseconds();
  const least = clock.now() * 1000 - monotonic;
  const known = offsets.get(clock) ?? least;
  const offset = Math.min(Math.max(known, least), least + 999);
  offsets.set(clock, offset);
  return Math.floor(monotonic + offset);
}
