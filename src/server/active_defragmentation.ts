/**
 * Active defragmentation: decides when pages are vacated, and how much of the time goes into it.
 *
 * As in Redis: from `active-defrag-threshold-lower` percent and `active-defrag-ignore-bytes` of waste on, and the more
 * of the time the more waste there is, between `active-defrag-cycle-min` and `-max` percent. The waste is what is
 * resident for the data beyond the data. Redis takes its share of a tick at once; here it comes in slices of a
 * millisecond, between which clients are served.
 *
 * A pass can fail to give anything back: pages are of 32 MiB, and a few cannot all be full. The next one then waits,
 * at first ten seconds, and each time twice as long, up to ten minutes.
 *
 * @module
 */

import type { Keyspace } from "../store/keyspace.ts";
import { Defragmentation } from "../store/defragmentation.ts";

const SLICE_MICROSECONDS = 1000;
const FIRST_WAIT_MILLISECONDS = 10_000;
const LONGEST_WAIT_MILLISECONDS = 600_000;

/** The directives of the same names. */
export interface DefragmentationSettings {
  enabled: boolean;
  ignoreBytes: number;
  thresholdLower: number;
  thresholdUpper: number;
  cycleMin: number;
  cycleMax: number;
}

/** What INFO tells: blocks and keys, milliseconds. */
export interface DefragmentationFigures {
  running: number;
  hits: number;
  misses: number;
  keyHits: number;
  keyMisses: number;
  totalTime: number;
  currentTime: number;
}

/** Percent of the time to spend, 0: none. */
export function defragmentationEffort(
  settings: DefragmentationSettings,
  used: number,
  resident: number,
): number {
  const waste = resident - used;
  const percent = used === 0 ? 0 : (waste / used) * 100;
  const { ignoreBytes, thresholdLower, thresholdUpper, cycleMin, cycleMax } = settings;
  if (!settings.enabled || waste < ignoreBytes || percent < thresholdLower) return 0;
  if (percent >= thresholdUpper) return cycleMax;
  const share = (percent - thresholdLower) / (thresholdUpper - thresholdLower);
  return Math.trunc(Math.min(cycleMax, Math.max(cycleMin, cycleMin + share * (cycleMax - cycleMin))));
}

/** Runs passes of defragmentation, in slices. */
export class ActiveDefragmentation {
  readonly settings: DefragmentationSettings = {
    enabled: false,
    ignoreBytes: 0,
    thresholdLower: 0,
    thresholdUpper: 0,
    cycleMin: 1,
    cycleMax: 1,
  };
  /** Whether it has to wait: a script is in the middle of something, or data is being loaded. */
  readonly #isHeld: () => boolean;
  /** Hears how long a slice took, in microseconds. */
  readonly #onSlice: (microseconds: number) => void;
  readonly #keyspace: Keyspace;
  readonly #passes: Defragmentation;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #effort = 0;
  #waitUntil = 0;
  #wait = FIRST_WAIT_MILLISECONDS;
  /** What was resident when the pass began. */
  #before = 0;
  #runningSince = 0;
  /** Milliseconds during which passes were under way, but for the present time. */
  #time = 0;
  #base = { hits: 0, misses: 0, keyHits: 0, keyMisses: 0 };

  constructor(
    keyspace: Keyspace,
    options: { isHeld: () => boolean; onSlice: (microseconds: number) => void },
  ) {
    this.#keyspace = keyspace;
    this.#passes = new Defragmentation(keyspace);
    this.#isHeld = options.isHeld;
    this.#onSlice = options.onSlice;
  }

  set maxScanFields(count: number) {
    this.#passes.maxScanFields = count;
  }

  /** Begins to work if there is a reason to. Called a few times a second. */
  tick(): void {
    const { arena } = this.#keyspace;
    const now = this.#now();
    const { used, touched } = arena.usage();
    const effort = defragmentationEffort(this.settings, used, touched);
    if (this.#passes.isPassing) {
      if (!this.settings.enabled) this.#stop();
      else this.#effort = Math.max(this.#effort, effort);
      return;
    }
    if (effort === 0 || now < this.#waitUntil || this.#mustPause()) return;
    if (!this.#passes.begin()) return this.#putOff();
    this.#before = touched;
    this.#effort = effort;
    if (this.#runningSince === 0) this.#runningSince = now;
    this.#timer = setTimeout(() => this.#slice(), 0);
  }

  /** Stops for good. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#passes.abandon();
    this.settings.enabled = false;
  }

  /** What INFO tells. */
  figures(): DefragmentationFigures {
    const counted = this.#counted();
    const base = this.#base;
    const currentTime = this.#runningSince === 0 ? 0 : this.#now() - this.#runningSince;
    return {
      running: this.#effort,
      hits: counted.hits - base.hits,
      misses: counted.misses - base.misses,
      keyHits: counted.keyHits - base.keyHits,
      keyMisses: counted.keyMisses - base.keyMisses,
      totalTime: this.#time + currentTime,
      currentTime,
    };
  }

  /** Sets the counters back to zero. */
  resetStatistics(): void {
    this.#base = this.#counted();
    this.#time = 0;
    if (this.#runningSince !== 0) this.#runningSince = this.#now();
  }

  #counted(): { hits: number; misses: number; keyHits: number; keyMisses: number } {
    const { relocations } = this.#keyspace.arena;
    const { keys } = this.#passes;
    return { hits: relocations.moved, misses: relocations.left, keyHits: keys.moved, keyMisses: keys.left };
  }

  #now(): number {
    return this.#keyspace.clock.microseconds() / 1000;
  }

  #mustPause(): boolean {
    return this.#isHeld() || this.#keyspace.databases[0].snapshot !== null;
  }

  #slice(): void {
    const { clock } = this.#keyspace;
    const start = clock.microseconds();
    if (!this.#mustPause()) {
      do this.#passes.step(); while (
        this.#passes.isPassing && clock.microseconds() - start < SLICE_MICROSECONDS
      );
      this.#onSlice(clock.microseconds() - start);
    }
    if (!this.#passes.isPassing) return this.#end();
    const pause = (SLICE_MICROSECONDS / 1000) * (100 / this.#effort - 1);
    this.#timer = setTimeout(() => this.#slice(), pause);
  }

  /** Ends a pass that is through, and begins another one if there is a reason to. */
  #end(): void {
    const { arena } = this.#keyspace;
    const fell = this.#before - arena.usage().touched;
    if (fell > this.#before / 100) {
      this.#wait = FIRST_WAIT_MILLISECONDS;
    } else {
      this.#putOff();
    }
    this.#settle();
    this.tick();
  }

  #putOff(): void {
    this.#waitUntil = this.#now() + this.#wait;
    this.#wait = Math.min(2 * this.#wait, LONGEST_WAIT_MILLISECONDS);
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#passes.abandon();
    this.#settle();
  }

  #settle(): void {
    this.#effort = 0;
    this.#time += this.#now() - this.#runningSince;
    this.#runningSince = 0;
  }
}
