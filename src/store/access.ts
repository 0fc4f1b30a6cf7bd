/**
 * When, or how often, keys are used: the 24 bits of an entry's header that eviction goes by.
 *
 * ```text
 *  LRU, LRM       [ seconds since the epoch, modulo 2^24 ]                   of the last use, or the last change
 *  LFU            [ minutes, modulo 2^16 ][ counter ]                        16 and 8 bits
 *  S3-FIFO        [ stamp ][ main ][ uses, 0 to 3 ]                          21, 1 and 2 bits; see `s3_fifo.ts`
 * ```
 *
 * The LFU counter is a Morris counter that forgets: the more uses it stands for, the less likely is the next one to
 * count, and every `lfu-decay-time` minutes take one off. As in Redis, a change of policy leaves the bits as they are:
 * they mean something again once the keys have been used.
 *
 * @module
 */

/** How the bits are read. */
export const ACCESS_LRU = 0, ACCESS_LFU = 1, ACCESS_LRM = 2, ACCESS_S3_FIFO = 3;

/** What a new key's LFU counter starts at, so that it lives to be used again. */
export const LFU_INITIAL = 5;
/** The most that the LFU counter can be. */
export const LFU_MOST = 255;

/** The most uses that S3-FIFO counts. */
export const S3_MOST_USES = 3;
/** The bit of a key that is in S3-FIFO's main part. */
export const S3_MAIN = 4;

const CLOCK_MASK = 0xffffff;
const MINUTES_MASK = 0xffff;

/** Reads and makes access bits, by the clock that commands see. */
export class Access {
  /** One of the ACCESS_ numbers. */
  mode = ACCESS_LRU;
  /** The clock of LRU: seconds, 24 bits. */
  seconds = 0;
  /** The bits of a key that is made now. */
  fresh = 0;
  /** `lfu-log-factor`: the higher it is, the more uses a counter of 255 stands for. */
  logFactor = 10;
  /** `lfu-decay-time`: minutes after which a counter loses one, 0: never. */
  decayMinutes = 1;
  #minutes = 0;
  readonly #random: () => number;

  /** `random` gives unsigned 32-bit numbers. */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** Sets the clocks to `now`, milliseconds since the epoch. */
  advance(now: number): void {
    const seconds = Math.floor(now / 1000);
    this.seconds = seconds & CLOCK_MASK;
    if (this.mode === ACCESS_LRU) {
      this.fresh = this.seconds;
      return;
    }
    this.#minutes = Math.floor(seconds / 60) & MINUTES_MASK;
    if (this.mode === ACCESS_LFU) this.fresh = this.counted(LFU_INITIAL);
    else this.fresh = this.mode === ACCESS_LRM ? this.seconds : 0;
  }

  /** What the bits become when a key is looked up. */
  used(bits: number): number {
    switch (this.mode) {
      case ACCESS_LRU:
        return this.seconds;
      case ACCESS_LFU:
        return this.counted(this.#incremented(this.frequency(bits)));
      case ACCESS_S3_FIFO:
        return (bits & S3_MOST_USES) === S3_MOST_USES ? bits : bits + 1;
      default:
        return bits;
    }
  }

  /** The bits of a key that goes to the place of another one: how often the other was used stays. */
  inherited(old: number): number {
    return this.mode === ACCESS_LFU || this.mode === ACCESS_S3_FIFO ? old : this.fresh;
  }

  /** LFU bits with this counter, as of now. */
  counted(counter: number): number {
    return (this.#minutes << 8) | counter;
  }

  /** LRU bits of a key that was last used so many seconds ago. */
  idleFor(seconds: bigint): number {
    return Number(BigInt.asUintN(24, BigInt(this.seconds) - seconds));
  }

  /** Seconds since the last use that LRU bits tell of. */
  idleSeconds(bits: number): number {
    return (this.seconds - bits) & CLOCK_MASK;
  }

  /** The counter of LFU bits, less what time has taken off. */
  frequency(bits: number): number {
    const counter = bits & LFU_MOST;
    if (this.decayMinutes === 0) return counter;
    const then = bits >>> 8;
    // Once around the clock Redis counts one minute less.
    const elapsed = this.#minutes >= then ? this.#minutes - then : MINUTES_MASK - then + this.#minutes;
    return Math.max(0, counter - Math.floor(elapsed / this.decayMinutes));
  }

  /** An LFU counter after one more use. */
  #incremented(counter: number): number {
    if (counter === LFU_MOST) return counter;
    const above = Math.max(0, counter - LFU_INITIAL);
    return this.#random() < 0x100000000 / (above * this.logFactor + 1) ? counter + 1 : counter;
  }
}
