/**
 * What the rest of the machine did while something was measured: whether a figure is to be trusted, and whether it is
 * worth measuring again.
 *
 * @module
 */
import { clockTicksPerSecond, isOwnProcess } from "./processes.ts";
import { decimal, median } from "./report.ts";

/** Share of the machine's CPU time, 0 to 1, over which a run counts as disturbed. */
const TOLERATED = 0.05;

/** Makes runs, repeats those that other processes disturbed, and keeps account of it. */
export class QuietRuns {
  readonly #attempts: number;
  readonly #shares: number[] = [];
  #repeated = 0;

  /** `attempts`: how often a run is made at most, disturbed as it may be. */
  constructor(attempts: number) {
    this.#attempts = attempts;
  }

  /** Measures, again where others had over 5% of the CPU time, and returns the least disturbed attempt. */
  async run<T>(measure: () => Promise<T>): Promise<T> {
    let best: { value: T; share: number } | undefined;
    for (let attempt = 0; attempt < this.#attempts; attempt++) {
      const meter = await InterferenceMeter.start();
      const value = await measure();
      const share = meter.othersShare();
      if (attempt > 0) this.#repeated++;
      if (best === undefined || share < best.share) best = { value, share };
      // Where the machine stays busy repeating does not help: spend no more than half as many runs again on it.
      if (share <= TOLERATED || this.#repeated > this.#shares.length / 2 + 2) break;
    }
    if (best === undefined) throw new Error(`Cannot measure in ${this.#attempts} attempts`);
    this.#shares.push(best.share);
    return best.value;
  }

  /** A sentence for the report. */
  summary(): string {
    const percent = (share: number) => `${decimal(share * 100, 1)}%`;
    return `Other processes had ${
      percent(median(this.#shares))
    } of the machine's CPU time during the median run and ` +
      `${percent(Math.max(...this.#shares))} during the worst; ${this.#repeated} of ` +
      `${this.#shares.length + this.#repeated} runs were repetitions of disturbed ones.`;
  }
}

/** Counts from its start what processes other than the bench and its children use. */
class InterferenceMeter {
  readonly #started = performance.now();
  readonly #ticks: number;
  readonly #ticksPerSecond: number;

  private constructor(ticksPerSecond: number) {
    this.#ticksPerSecond = ticksPerSecond;
    this.#ticks = ticksOfOthers();
  }

  static async start(): Promise<InterferenceMeter> {
    return new InterferenceMeter(await clockTicksPerSecond());
  }

  /** Share from 0 to 1 of the machine's CPU time since the start. */
  othersShare(): number {
    const seconds = (performance.now() - this.#started) / 1000;
    const used = (ticksOfOthers() - this.#ticks) / this.#ticksPerSecond;
    return Math.max(0, used) / (seconds * navigator.hardwareConcurrency);
  }
}

/**
 * CPU ticks of all processes that are not the bench's own. A process that ends in between is not lost: its parent's
 * count of its children's time grows by all of it.
 */
function ticksOfOthers(): number {
  let sum = 0;
  for (const { name } of Deno.readDirSync("/proc")) {
    const pid = Number(name);
    if (!(pid > 0) || isOwnProcess(pid)) continue;
    let stat: string;
    try {
      stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    } catch {
      // It ended since the directory was read.
      continue;
    }
    // utime, stime, cutime and cstime are fields 14 to 17; the second field, in parentheses, may hold blanks.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    for (let field = 11; field < 15; field++) sum += Number(fields[field]);
  }
  return sum;
}
