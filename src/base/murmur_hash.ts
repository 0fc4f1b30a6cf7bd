/**
 * MurmurHash64A, the hash of HyperLogLogs: not for keys, because clients can provoke collisions.
 *
 * After Austin Appleby's MurmurHash2, in its 64-bit version for little-endian words; a 64-bit integer is two halves here,
 * because JavaScript multiplies 32 bits at a time.
 *
 * @module
 */

/** The multiplier, 0xc6a4a7935bd1e995. */
const M_HIGH = 0xc6a4a793 | 0, M_LOW = 0x5bd1e995;
const M_LOW_HIGH = M_LOW >>> 16, M_LOW_LOW = M_LOW & 0xffff;

/** Hashes byte ranges. */
export class MurmurHash64A {
  /** The low half of the last hash, a signed 32-bit integer. */
  low = 0;
  /** The high half. */
  high = 0;
  readonly #seed: number;

  /** @param seed 32 bits */
  constructor(seed: number) {
    this.#seed = seed | 0;
  }

  /** Sets `low` and `high` to the hash of `bytes[start, end)`. Hot; allocates nothing. */
  hash(bytes: Uint8Array, start: number, end: number): void {
    const length = (end - start) | 0;
    const wordsEnd = end - (length & 7);
    let low = Math.imul(length, M_LOW) ^ this.#seed;
    let high = (highOfProduct(length) + Math.imul(length, M_HIGH)) | 0;

    for (let at = start; at < wordsEnd; at += 8) {
      let k = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
      let kHigh = bytes[at + 4] | (bytes[at + 5] << 8) | (bytes[at + 6] << 16) | (bytes[at + 7] << 24);
      kHigh = (highOfProduct(k) + Math.imul(k, M_HIGH) + Math.imul(kHigh, M_LOW)) | 0;
      k = Math.imul(k, M_LOW);
      k ^= kHigh >>> 15;
      kHigh = (highOfProduct(k) + Math.imul(k, M_HIGH) + Math.imul(kHigh, M_LOW)) | 0;
      k = Math.imul(k, M_LOW);
      low ^= k;
      high ^= kHigh;
      high = (highOfProduct(low) + Math.imul(low, M_HIGH) + Math.imul(high, M_LOW)) | 0;
      low = Math.imul(low, M_LOW);
    }

    if ((length & 7) !== 0) {
      for (let i = wordsEnd; i < end; i++) {
        const shift = (i - wordsEnd) * 8;
        if (shift < 32) low ^= bytes[i] << shift;
        else high ^= bytes[i] << (shift - 32);
      }
      high = (highOfProduct(low) + Math.imul(low, M_HIGH) + Math.imul(high, M_LOW)) | 0;
      low = Math.imul(low, M_LOW);
    }
    low ^= high >>> 15;
    high = (highOfProduct(low) + Math.imul(low, M_HIGH) + Math.imul(high, M_LOW)) | 0;
    low = Math.imul(low, M_LOW);
    this.low = low ^ (high >>> 15);
    this.high = high;
  }
}

/** The high half of the product of `word` and the multiplier's low half, both unsigned: put together from 16-bit parts. */
function highOfProduct(word: number): number {
  const low = word & 0xffff;
  const high = word >>> 16;
  const lowest = Math.imul(low, M_LOW_LOW) >>> 16;
  const middle = (Math.imul(high, M_LOW_LOW) + lowest) >>> 0;
  const other = (Math.imul(low, M_LOW_HIGH) + (middle & 0xffff)) >>> 0;
  return (Math.imul(high, M_LOW_HIGH) + (middle >>> 16) + (other >>> 16)) | 0;
}
