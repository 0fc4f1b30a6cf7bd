/**
 * The traces that hit ratios are measured with: keys in the order in which they are asked for.
 *
 * @module
 */
import { SeededRandom } from "../src/base/random.ts";

/** A trace: what it is called, and its keys by number. */
export interface Trace {
  readonly name: string;
  readonly keys: Uint32Array;
}

/** How large traces are. */
export interface TraceSize {
  /** Keys that are asked for again and again. */
  readonly keys: number;
  readonly requests: number;
}

/** Key numbers with Zipf's distribution of the given exponent, mixed so that neighbours are not equally popular. */
function zipf(exponent: number, { keys, requests }: TraceSize, random: SeededRandom): Uint32Array {
  const cumulated = new Float64Array(keys);
  let sum = 0;
  for (let rank = 0; rank < keys; rank++) cumulated[rank] = sum += (rank + 1) ** -exponent;
  return Uint32Array.from({ length: requests }, () => {
    const wanted = (random.uint32() / 2 ** 32) * sum;
    let [low, high] = [0, keys - 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (cumulated[middle] <= wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  });
}

/** Every other stretch of `length` requests asks for keys that are never asked for again. */
function polluted(keys: Uint32Array, first: number, length: number): Uint32Array {
  const mixed = new Uint32Array(keys.length);
  let [scanned, taken] = [first, 0];
  for (let i = 0; i < mixed.length; i++) {
    mixed[i] = Math.floor(i / length) % 2 === 1 ? scanned++ : keys[taken++];
  }
  return mixed;
}

/** The five traces that the issue names. */
export function traces(size: TraceSize): Trace[] {
  const random = new SeededRandom(1);
  const loop = Math.floor(size.keys * 0.75);
  return [
    { name: "Zipf 0.7", keys: zipf(0.7, size, random) },
    { name: "Zipf 0.9", keys: zipf(0.9, size, random) },
    { name: "Zipf 1.1", keys: zipf(1.1, size, random) },
    {
      name: "Zipf 0.9, scans",
      keys: polluted(zipf(0.9, size, random), size.keys, Math.floor(size.keys / 10)),
    },
    { name: "loop", keys: Uint32Array.from({ length: size.requests }, (_, i) => i % loop) },
  ];
}
