/**
 * Keeps replies back until what they acknowledge is on the disk (`appendfsync always`).
 *
 * ```text
 *  open     everything goes out
 *  closed   nothing does: something has been written by this pass of the event loop and not been synced
 *  failing  the disk does not take it: what acknowledges a write stays here, all else goes out
 * ```
 *
 * @module
 */

/** Output that may be kept back. */
export interface GatedOutput {
  /** Whether it acknowledges writes that are not on the disk. */
  acknowledges: boolean;
  /** Sends what has been kept back. */
  pass(): void;
}

/** The gate that all clients' output goes through. */
export class OutputGate {
  /** Whether the gate has to be asked. */
  closed = false;
  /** Whether it closes at all (`appendfsync always`). */
  active = false;
  #failing = false;
  readonly #waiting = new Set<GatedOutput>();
  readonly #acknowledging = new Set<GatedOutput>();

  /** Closes it. */
  close(): void {
    this.closed = true;
  }

  /** Says that an output's replies acknowledge what is not on the disk. */
  acknowledges(output: GatedOutput): void {
    output.acknowledges = true;
    this.#acknowledging.add(output);
  }

  /** Whether an output has to wait; then `pass` of it is called later. */
  holds(output: GatedOutput): boolean {
    if (this.#failing && !output.acknowledges) return false;
    this.#waiting.add(output);
    return true;
  }

  /** Opens it: everything is on the disk. */
  open(): void {
    this.closed = this.#failing = false;
    for (const output of this.#acknowledging) output.acknowledges = false;
    this.#acknowledging.clear();
    this.#pass();
  }

  /** Lets only those through that acknowledge nothing, until it is opened. */
  fail(): void {
    this.closed = this.#failing = true;
    this.#pass();
  }

  #pass(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const output of waiting) output.pass();
  }

  /** Forgets an output whose client is gone. */
  forget(output: GatedOutput): void {
    this.#waiting.delete(output);
    this.#acknowledging.delete(output);
  }
}
