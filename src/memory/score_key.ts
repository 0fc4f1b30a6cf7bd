/**
 * Scores of sorted sets as keys of an ordered tree: two 32-bit words in the order of the doubles.
 *
 * ```text
 *  double    [ sign 1 ][ exponent 11 ][ mantissa 52 ]
 *  positive  sign bit set, the rest as it is        0x80000000 00000000 is 0
 *  negative  all bits inverted                      0x000fffff ffffffff is -inf
 * ```
 *
 * @module
 */

const score = new Float64Array(1);
const words = new Uint32Array(score.buffer);
const [LOW, HIGH] = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? [0, 1] : [1, 0];

/** The more significant word of a score's key, unsigned; -0 counts as 0, and NaN is not allowed. */
export function scoreHigh(value: number): number {
  score[0] = value + 0;
  const high = words[HIGH];
  return high >>> 31 === 0 ? (high | 0x80000000) >>> 0 : ~high >>> 0;
}

/** The less significant word of a score's key, unsigned; -0 counts as 0, and NaN is not allowed. */
export function scoreLow(value: number): number {
  score[0] = value + 0;
  return words[HIGH] >>> 31 === 0 ? words[LOW] : ~words[LOW] >>> 0;
}

/** The score that has this key. */
export function scoreOf(high: number, low: number): number {
  const positive = high >>> 31 === 1;
  words[HIGH] = positive ? high & 0x7fffffff : ~high;
  words[LOW] = positive ? low : ~low;
  return score[0];
}
