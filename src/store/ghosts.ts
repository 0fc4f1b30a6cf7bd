/**
 * Ghosts: keys that were evicted lately, remembered by 16 bits of their hash.
 *
 * ```text
 *  bucket    8 fingerprints, the newest first; 0: none         16 bytes, within one cache line
 * ```
 *
 * A key that was never there is taken for a ghost once in 8,000 times, which does no harm.
 *
 * @module
 */

const WAYS = 8;
const FEWEST_BUCKETS = 128;

/** A set of hashes that forgets the oldest ones. */
export class Ghosts {
  #fingerprints = new Uint16Array(FEWEST_BUCKETS * WAYS);
  #mask = FEWEST_BUCKETS - 1;

  /** Bytes of memory. */
  get bytes(): number {
    return this.#fingerprints.byteLength;
  }

  /** Makes room for about as many ghosts as there are keys. Forgets all where that takes another size. */
  resize(keys: number): void {
    const room = this.#fingerprints.length;
    if (keys <= room && (keys > room >>> 3 || room === FEWEST_BUCKETS * WAYS)) return;
    let buckets = FEWEST_BUCKETS;
    while (buckets * WAYS < keys) buckets *= 2;
    this.#fingerprints = new Uint16Array(buckets * WAYS);
    this.#mask = buckets - 1;
  }

  /** Remembers a hash. */
  add(hash: number): void {
    const first = this.#bucket(hash);
    this.#fingerprints.copyWithin(first + 1, first, first + WAYS - 1);
    this.#fingerprints[first] = fingerprint(hash);
  }

  /** Forgets a hash; false where it was not remembered. */
  take(hash: number): boolean {
    const first = this.#bucket(hash);
    const wanted = fingerprint(hash);
    for (let at = first; at < first + WAYS; at++) {
      if (this.#fingerprints[at] !== wanted) continue;
      this.#fingerprints[at] = 0;
      return true;
    }
    return false;
  }

  #bucket(hash: number): number {
    return (Math.imul(hash, 0x9e3779b1) >>> 8 & this.#mask) * WAYS;
  }
}

/** 16 bits of a hash, not all zero, that differ where the bucket is the same. */
function fingerprint(hash: number): number {
  return (hash ^ (hash >>> 16)) & 0xffff || 1;
}
