/**
 * Random numbers for sampling, eviction and SPOP-like commands: fast, of good quality, and not secret. What has to be
 * unpredictable (hash keys, run ids, ACL GENPASS) comes from `crypto.getRandomValues`.
 *
 * The generator is xoshiro128** 1.1 by David Blackman and Sebastiano Vigna.
 *
 * @module
 */

/** Where the server takes random numbers from; everything takes one of these, so that tests can repeat a run. */
export interface Random {
  /** An integer from 0 to 2^32 - 1, each equally likely. */
  uint32(): number;
  /** An integer from 0 to `n` - 1, each equally likely; `n` is an integer from 1 to 2^32. */
  below(n: number): number;
}

const TWO_TO_32 = 4294967296;

/** xoshiro128** with a given state. */
export class Xoshiro128 implements Random {
  // A typed array: fields would become heap numbers wherever small integers have 31 bits.
  readonly #state: Int32Array;

  /** Four words of 32 bits. Throws a RangeError where all are zero, which the generator would never leave. */
  constructor(state: Int32Array) {
    if (state.length !== 4 || (state[0] | state[1] | state[2] | state[3]) === 0) {
      throw new RangeError(`State of xoshiro128 is [${state}], expected 4 words that are not all zero`);
    }
    this.#state = state.slice();
  }

  uint32(): number {
    const state = this.#state;
    const s0 = state[0];
    const s1 = state[1];
    const s2 = state[2] ^ s0;
    const s3 = state[3] ^ s1;
    const product = Math.imul(s1, 5);
    state[0] = s0 ^ s3;
    state[1] = s1 ^ s2;
    state[2] = s2 ^ (s1 << 9);
    state[3] = (s3 << 11) | (s3 >>> 21);
    return Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
  }

  below(n: number): number {
    if (!(n >= 1 && n <= TWO_TO_32)) throw new RangeError(`Bound is ${n}, expected 1 to 2^32`);
    if (n === TWO_TO_32) return this.uint32();
    // Daniel Lemire, "Fast Random Integer Generation in an Interval": the high half of random * n is the result, and
    // the low half tells the few randoms that would make some results likelier than others.
    let random = this.uint32();
    let low = Math.imul(random, n) >>> 0;
    if (low < n) {
      const refused = TWO_TO_32 % n;
      while (low < refused) {
        random = this.uint32();
        low = Math.imul(random, n) >>> 0;
      }
    }
    // The product may have 64 bits, of which a double keeps 53: what is left without its low half is a multiple of
    // 2^32 give or take 2^10, which Math.round takes away.
    return Math.round((random * n - low) / TWO_TO_32);
  }
}

/** Random numbers seeded from the operating system. */
export class SystemRandom extends Xoshiro128 {
  constructor() {
    const state = new Int32Array(4);
    do {
      crypto.getRandomValues(state);
    } while ((state[0] | state[1] | state[2] | state[3]) === 0);
    super(state);
  }
}

/** Random numbers that are the same in each run with the same seed, for tests. */
export class SeededRandom extends Xoshiro128 {
  /** `seed` is an integer; its low 32 bits count. */
  constructor(seed: number) {
    super(expandSeed(seed));
  }
}

/** Four well-mixed words from one, as Vigna advises for his generators (here with MurmurHash3's 32-bit finalizer). */
function expandSeed(seed: number): Int32Array {
  const state = new Int32Array(4);
  let counter = seed | 0;
  for (let i = 0; i < 4; i++) {
    counter = (counter + 0x9e3779b9) | 0;
    let mixed = counter;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    state[i] = mixed ^ (mixed >>> 16);
  }
  return state;
}
