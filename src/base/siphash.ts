/**
 * The keyed hash of the dictionary: HalfSipHash-1-3 with a 64-bit key and 32 bits of output.
 *
 * Clients choose the keys of a database, so a hash without a secret lets them choose the collisions too. SipHash's
 * half-width form needs only 32-bit additions, rotations and exclusive ors, which is what V8 keeps in registers; one
 * round a word and three at the end is what the Linux kernel takes for its hash tables.
 *
 * From Jean-Philippe Aumasson and Daniel J. Bernstein, "SipHash: a fast short-input PRF", and the authors' reference
 * code (halfsiphash.c).
 *
 * @module
 */

/** Hashes byte ranges with a secret key, so that nobody who does not know it can provoke collisions. */
export class KeyHash {
  readonly #k0: number;
  readonly #k1: number;

  /** The two halves of the key, 32 bits each, as little-endian words. */
  constructor(k0: number, k1: number) {
    this.#k0 = k0 | 0;
    this.#k1 = k1 | 0;
  }

  /** A hash with a key from the operating system's random source. */
  static random(): KeyHash {
    const key = crypto.getRandomValues(new Int32Array(2));
    return new KeyHash(key[0], key[1]);
  }

  /**
   * The hash of `bytes[start, end)`. Hot; allocates nothing.
   *
   * The result is a **signed** 32-bit integer (V8 keeps it as a small integer, where an unsigned one over 2^31 would
   * be a heap number at each call that is not inlined): take bits with `hash >>> n` or `hash & mask`.
   */
  hash(bytes: Uint8Array, start: number, end: number): number {
    const length = (end - start) | 0;
    const wordsEnd = end - (length & 3);
    let v0 = this.#k0;
    let v1 = this.#k1;
    let v2 = v0 ^ 0x6c796765;
    let v3 = v1 ^ 0x74656462;

    // The rounds are written out five times: a call or a loop around them costs a fifth more for short keys.
    for (let at = start; at < wordsEnd; at += 4) {
      const word = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
      v3 ^= word;
      v0 = (v0 + v1) | 0;
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
      v0 = (v0 << 16) | (v0 >>> 16);
      v2 = (v2 + v3) | 0;
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
      v2 = (v2 << 16) | (v2 >>> 16);
      v0 ^= word;
    }

    // The last word: what is left over, and the length (modulo 256) in its highest byte.
    const rest = length & 3;
    let last = length << 24;
    if (rest > 0) {
      last |= bytes[wordsEnd];
      if (rest > 1) last |= bytes[wordsEnd + 1] << 8;
      if (rest > 2) last |= bytes[wordsEnd + 2] << 16;
    }
    v3 ^= last;
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    v0 ^= last;

    v2 ^= 0xff;
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);

    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);

    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    return v1 ^ v3;
  }
}
