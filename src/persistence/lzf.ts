/**
 * LZF, the compression of long strings in DUMP payloads and RDB files.
 *
 * ```text
 *  000lllll                      then l + 1 bytes as they are                       1 to 32
 *  lllooooo oooooooo             l + 2 bytes from o + 1 bytes back, l from 1 to 6   3 to 8
 *  111ooooo llllllll oooooooo    l + 9 bytes from o + 1 bytes back                  9 to 264
 * ```
 *
 * The bytes that are repeated may be among those that the repetition writes itself. The format is liblzf's, by Marc
 * Lehmann.
 *
 * @module
 */

const MAX_LITERALS = 32;
const MAX_DISTANCE = 8192;
const MAX_REPEAT = 264;
const HASH_BITS = 14;

/** Where three bytes with this hash were seen last, plus the `base` of the call that saw them. */
const seen = new Int32Array(1 << HASH_BITS);
/** Larger than what any call before has left in `seen`, so that it need not be emptied for each call. */
let nextBase = 1;

function hashAt(bytes: Uint8Array, at: number): number {
  const three = (bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2];
  return Math.imul(three, 0x9e3779b1) >>> (32 - HASH_BITS);
}

/**
 * Compresses `input[start, end)` into `output[outputStart, outputEnd)`, another buffer.
 *
 * @returns how many bytes were written, 0 where they would not fit (or there is nothing to compress). The same bytes
 * always give the same result.
 */
export function lzfCompress(
  input: Uint8Array,
  start: number,
  end: number,
  output: Uint8Array,
  outputStart: number,
  outputEnd: number,
): number {
  if (nextBase + (end - start) > 0x7fffffff) {
    seen.fill(0);
    nextBase = 1;
  }
  // What to add to a position to get its value in `seen`.
  const base = nextBase - start;
  nextBase += end - start;
  let out = outputStart;
  let literals = start;
  let at = start;
  while (at + 2 < end) {
    const hash = hashAt(input, at);
    const candidate = seen[hash] - base;
    seen[hash] = at + base;
    if (
      candidate < start || at - candidate > MAX_DISTANCE || input[candidate] !== input[at] ||
      input[candidate + 1] !== input[at + 1] || input[candidate + 2] !== input[at + 2]
    ) {
      at++;
      continue;
    }
    const limit = Math.min(end, at + MAX_REPEAT);
    let repeatEnd = at + 3;
    while (repeatEnd < limit && input[candidate + repeatEnd - at] === input[repeatEnd]) repeatEnd++;
    out = writeLiterals(input, literals, at, output, out, outputEnd);
    if (out < 0 || out + 3 > outputEnd) return 0;
    const length = repeatEnd - at - 2;
    const distance = at - candidate - 1;
    output[out++] = (Math.min(length, 7) << 5) | (distance >>> 8);
    if (length >= 7) output[out++] = length - 7;
    output[out++] = distance & 0xff;
    literals = at = repeatEnd;
    for (let behind = at - 2; behind < at && behind + 2 < end; behind++) {
      seen[hashAt(input, behind)] = behind + base;
    }
  }
  out = writeLiterals(input, literals, end, output, out, outputEnd);
  return out < 0 ? 0 : out - outputStart;
}

/** Writes `input[start, end)` as it is; the place after it, or -1 where it does not fit. */
function writeLiterals(
  input: Uint8Array,
  start: number,
  end: number,
  output: Uint8Array,
  outputStart: number,
  outputEnd: number,
): number {
  const length = end - start;
  if (outputStart + length + Math.ceil(length / MAX_LITERALS) > outputEnd) return -1;
  let out = outputStart;
  for (let at = start; at < end;) {
    const run = Math.min(end - at, MAX_LITERALS);
    output[out++] = run - 1;
    for (let i = 0; i < run; i++) output[out++] = input[at++];
  }
  return out;
}

/**
 * Decompresses `input[start, end)`, which may be anything, into `output[outputStart, outputEnd)`, another buffer.
 *
 * @returns whether the input is well-formed and fills the output exactly; nothing outside of the output is touched.
 */
export function lzfDecompress(
  input: Uint8Array,
  start: number,
  end: number,
  output: Uint8Array,
  outputStart: number,
  outputEnd: number,
): boolean {
  let at = start;
  let out = outputStart;
  while (at < end) {
    const control = input[at++];
    if (control < MAX_LITERALS) {
      const run = control + 1;
      if (at + run > end || out + run > outputEnd) return false;
      for (let i = 0; i < run; i++) output[out++] = input[at++];
      continue;
    }
    let length = (control >>> 5) + 2;
    if (at + (length === 9 ? 2 : 1) > end) return false;
    if (length === 9) length += input[at++];
    let from = out - ((control & 0x1f) << 8) - input[at++] - 1;
    if (from < outputStart || out + length > outputEnd) return false;
    for (let i = 0; i < length; i++) output[out++] = output[from++];
  }
  return out === outputEnd;
}
