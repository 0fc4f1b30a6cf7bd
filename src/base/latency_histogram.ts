/**
 * A histogram of durations with a bounded relative error, after HdrHistogram with two significant digits.
 *
 * ```text
 *  bucket 0    256 cells    1 ns each      0 .. 255
 *  bucket 1    128 cells    2 ns each    256 .. 511
 *  bucket 2    128 cells    4 ns each    512 .. 1023
 *  ...
 * ```
 *
 * Redis keeps the same cells, so percentiles and bounds come out as the same numbers.
 *
 * @module
 */

const CELLS = 256;
const HALF = CELLS / 2;
const HALF_BITS = 7;
/** Cells for up to 65 microseconds, which is what most commands need. */
const FIRST_CELLS = CELLS + 8 * HALF;
/** The longest duration that is told from longer ones, in nanoseconds: a second. */
const LONGEST = 1_000_000_000;
/** First bound of the cumulative distribution, in nanoseconds; each further one is twice as long. */
const FIRST_BOUND = 1024;

/** The cell that durations of so many whole nanoseconds are counted in. */
export function latencyCell(nanoseconds: number): number {
  const bounded = nanoseconds < 1 ? 1 : nanoseconds > LONGEST ? LONGEST : nanoseconds | 0;
  const bucket = 24 - Math.clz32(bounded | (CELLS - 1));
  return (bucket << HALF_BITS) + (bounded >> bucket);
}

/** The longest duration that a cell counts, in nanoseconds. */
function longestIn(cell: number): number {
  const bucket = cell < CELLS ? 0 : (cell >> HALF_BITS) - 1;
  return (cell - (bucket << HALF_BITS) + 1) * 2 ** bucket - 1;
}

/** Counts of durations. */
export class LatencyHistogram {
  #counts = new Float64Array(FIRST_CELLS);
  /** Durations counted. */
  total = 0;

  /** Counts `count` durations that belong in `cell`. */
  add(cell: number, count = 1): void {
    if (cell >= this.#counts.length) {
      const grown = new Float64Array(Math.max(cell + 1, this.#counts.length + 4 * HALF));
      grown.set(this.#counts);
      this.#counts = grown;
    }
    this.#counts[cell] += count;
    this.total += count;
  }

  /** The duration in nanoseconds that `percent` percent of all do not exceed, 0 where there are none. */
  percentile(percent: number): number {
    const rank = Math.max(1, Math.floor((Math.min(percent, 100) / 100) * this.total + 0.5));
    let seen = 0;
    for (let cell = 0; cell < this.#counts.length; cell++) {
      seen += this.#counts[cell];
      if (seen >= rank) return longestIn(cell);
    }
    return 0;
  }

  /** Pairs of a bound in whole microseconds and how many durations do not exceed it, where that number rises. */
  cumulative(): [microseconds: number, count: number][] {
    const steps: [number, number][] = [];
    let seen = 0;
    let told = 0;
    let cell = 0;
    for (let bound = FIRST_BOUND; told < this.total; bound *= 2) {
      const last = latencyCell(bound);
      for (; cell <= last && cell < this.#counts.length; cell++) seen += this.#counts[cell];
      if (seen > told) steps.push([Math.floor(longestIn(last) / 1000), seen]);
      told = seen;
      if (last >= this.#counts.length) break;
    }
    return steps;
  }
}
