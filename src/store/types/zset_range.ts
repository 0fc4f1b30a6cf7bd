/**
 * Ranges of sorted sets: between two scores, or between two strings among members with equal scores.
 *
 * @module
 */

/** What lies between two scores. */
export class ScoreRange {
  min = 0;
  max = 0;
  /** Whether `min` itself does not belong to the range. */
  minExclusive = false;
  maxExclusive = false;

  /** Whether no score can lie in it. */
  get isEmpty(): boolean {
    return this.min > this.max || (this.min === this.max && (this.minExclusive || this.maxExclusive));
  }

  /** Whether a score is not below the range. */
  reaches(score: number): boolean {
    return this.minExclusive ? score > this.min : score >= this.min;
  }

  /** Whether a score is not above the range. */
  keeps(score: number): boolean {
    return this.maxExclusive ? score < this.max : score <= this.max;
  }
}

/** What a bound of a lexicographical range is: below everything (`-`), `[`, `(`, or above everything (`+`). */
export const LEX_LOWEST = 0, LEX_INCLUSIVE = 1, LEX_EXCLUSIVE = 2, LEX_HIGHEST = 3;

/** What lies between two strings, which are ranges of `bytes`, valid while the request runs. */
export class LexRange {
  bytes: Uint8Array = new Uint8Array(0);
  /** One of LEX_LOWEST, LEX_INCLUSIVE, LEX_EXCLUSIVE, LEX_HIGHEST. */
  minKind = LEX_LOWEST;
  minStart = 0;
  minEnd = 0;
  maxKind = LEX_HIGHEST;
  maxStart = 0;
  maxEnd = 0;

  /** Whether no string can lie in it. */
  get isEmpty(): boolean {
    const { bytes, minKind, maxKind } = this;
    if (minKind === LEX_HIGHEST || maxKind === LEX_LOWEST) return true;
    if (minKind === LEX_LOWEST || maxKind === LEX_HIGHEST) return false;
    const order = compareRanges(
      bytes,
      this.minStart,
      this.minEnd - this.minStart,
      bytes,
      this.maxStart,
      this.maxEnd - this.maxStart,
    );
    return order > 0 || (order === 0 && (minKind === LEX_EXCLUSIVE || maxKind === LEX_EXCLUSIVE));
  }

  /** Whether a string is not below the range. */
  reaches(page: Uint8Array, at: number, length: number): boolean {
    if (this.minKind === LEX_LOWEST) return true;
    if (this.minKind === LEX_HIGHEST) return false;
    const order = compareRanges(page, at, length, this.bytes, this.minStart, this.minEnd - this.minStart);
    return this.minKind === LEX_EXCLUSIVE ? order > 0 : order >= 0;
  }

  /** Whether a string is not above the range. */
  keeps(page: Uint8Array, at: number, length: number): boolean {
    if (this.maxKind === LEX_HIGHEST) return true;
    if (this.maxKind === LEX_LOWEST) return false;
    const order = compareRanges(page, at, length, this.bytes, this.maxStart, this.maxEnd - this.maxStart);
    return this.maxKind === LEX_EXCLUSIVE ? order < 0 : order <= 0;
  }
}

/** Order of `length` bytes at `at` and of others, as memcmp and then by length: negative, zero or positive. */
export function compareRanges(
  page: Uint8Array,
  at: number,
  length: number,
  other: Uint8Array,
  otherAt: number,
  otherLength: number,
): number {
  const shared = length < otherLength ? length : otherLength;
  for (let i = 0; i < shared; i++) {
    const difference = page[at + i] - other[otherAt + i];
    if (difference !== 0) return difference;
  }
  return length - otherLength;
}
