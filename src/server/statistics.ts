/**
 * Counters of a server that INFO reports.
 *
 * @module
 */

/** Samples that a rate is the mean of. */
const SAMPLES = 16;

/** A counter's rate: the mean of what the last samples say. */
export class Rate {
  readonly #samples = new Float64Array(SAMPLES);
  #index = 0;
  #lastValue = 0;
  #lastTime = 0;

  /** Takes a sample: the counter's `value` at `now`, milliseconds. */
  sample(value: number, now: number): void {
    const elapsed = now - this.#lastTime;
    if (this.#lastTime > 0 && elapsed > 0) {
      this.#samples[this.#index] = Math.max(0, (value - this.#lastValue) * 1000) / elapsed;
      this.#index = (this.#index + 1) % SAMPLES;
    }
    this.#lastValue = value;
    this.#lastTime = now;
  }

  /** Per second. */
  get perSecond(): number {
    return this.#samples.reduce((sum, sample) => sum + sample, 0) / SAMPLES;
  }
}

/** Counters since the start or CONFIG RESETSTAT. */
export class ServerStatistics {
  connections = 0;
  rejectedConnections = 0;
  /** Bytes read from and written to clients. */
  inputBytes = 0;
  outputBytes = 0;
  /** Reads from and writes to clients. */
  reads = 0;
  writes = 0;
  /** Largest memory in use seen, in bytes. */
  peakMemory = 0;
  /** Clients disconnected because they did not read their replies. */
  outputLimitDisconnections = 0;
  /** Clients disconnected because all of them took too much memory (`maxmemory-clients`). */
  evictedClients = 0;
  readonly commandRate = new Rate();
  readonly inputRate = new Rate();
  readonly outputRate = new Rate();

  /** Sets the counters to zero; rates and peaks of the present stay. */
  reset(): void {
    this.connections = this.rejectedConnections = 0;
    this.inputBytes = this.outputBytes = 0;
    this.reads = this.writes = 0;
    this.outputLimitDisconnections = this.evictedClients = 0;
  }
}
