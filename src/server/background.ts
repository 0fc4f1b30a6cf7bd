/**
 * Work that is never urgent, in slices short enough that no client notices: eviction that is left over, active expiry
 * and lazyfree.
 *
 * @module
 */

import type { ActiveExpiry } from "../store/active_expiry.ts";
import type { Keyspace } from "../store/keyspace.ts";

const SLICE_MICROSECONDS = 1000;
/** Between two slices clients have this long (a timer takes about a millisecond more than it is told). */
const PAUSE_MILLISECONDS = 1;

/** Runs the slices, as long as there is something to do. */
export class Background {
  /** Whether expired keys are looked for (DEBUG SET-ACTIVE-EXPIRE). */
  expires = true;
  /** Whether expired keys have to wait: a script must not see some vanish. */
  held = false;
  /** `active-expire-effort`. */
  effort = 1;
  /** Hears how long a slice of active expiry took, in microseconds. */
  onExpired: (microseconds: number) => void = () => {};
  readonly #keyspace: Keyspace;
  readonly #expiry: ActiveExpiry;
  readonly #settle: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `settle` is called when keys have been removed: who waits for that is served, and effects go on their way. */
  constructor(keyspace: Keyspace, expiry: ActiveExpiry, settle: () => void) {
    this.#keyspace = keyspace;
    this.#expiry = expiry;
    this.#settle = settle;
    keyspace.lazyfree.onPending = keyspace.eviction.onUnfinished = () => this.wake();
  }

  /** Begins to work, if it does not already. */
  wake(): void {
    this.#timer ??= setTimeout(() => this.#slice(), 0);
  }

  /** Stops for good. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#keyspace.lazyfree.onPending = this.#keyspace.eviction.onUnfinished = () => {};
  }

  #slice(): void {
    this.#timer = undefined;
    const keyspace = this.#keyspace;
    if (!this.held) keyspace.updateTime();
    const start = keyspace.clock.microseconds();
    let more = !this.held && keyspace.eviction.step();
    if (this.expires && !this.held && keyspace.expiresKeys) {
      if (this.#expiry.step(SLICE_MICROSECONDS, this.effort)) more = true;
      this.onExpired(keyspace.clock.microseconds() - start);
    }
    this.#settle();
    do {
      if (!keyspace.lazyfree.step()) break;
      more = true;
    } while (keyspace.clock.microseconds() - start < SLICE_MICROSECONDS);
    if (more) this.#timer = setTimeout(() => this.#slice(), PAUSE_MILLISECONDS);
  }
}
