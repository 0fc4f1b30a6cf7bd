/**
 * Redis's glob patterns, to the letter: `*`, `?`, `[abc]`, `[^a-z]`, `\` for a literal byte.
 *
 * The algorithm keeps only the place of the last `*` to come back to. Any earlier `*` need not be tried again: what
 * follows the last one has just failed everywhere behind it. So a match costs at most pattern length times text
 * length, where trying every `*` again would be exponential.
 *
 * @module
 */

import { bytesOf } from "./bytes.ts";

const STAR = 0x2a;
const QUESTION = 0x3f;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const CARET = 0x5e;
const DASH = 0x2d;
const BACKSLASH = 0x5c;

/**
 * Whether `pattern` matches the whole of `bytes[start, end)`. Allocates nothing.
 *
 * An empty range is matched by an empty pattern only, not even by `*`: so it is in Redis.
 */
export function matchGlobBytes(
  pattern: Uint8Array,
  bytes: Uint8Array,
  start: number,
  end: number,
  ignoreCase = false,
): boolean {
  const length = pattern.length;
  let p = 0;
  let at = start;
  let starPattern = -1;
  let starAt = 0;
  while (p < length && at < end) {
    const code = pattern[p];
    if (code === STAR) {
      while (p + 1 < length && pattern[p + 1] === STAR) p++;
      if (p + 1 === length) return true;
      starPattern = ++p;
      starAt = at;
      continue;
    }
    let next = -1;
    if (code === OPEN) {
      next = matchClass(pattern, p, bytes[at], ignoreCase);
    } else if (code === QUESTION) {
      next = p + 1;
    } else {
      const literal = code === BACKSLASH && p + 1 < length ? p + 1 : p;
      if (sameByte(pattern[literal], bytes[at], ignoreCase)) next = literal + 1;
    }
    if (next !== -1) {
      p = next;
      at++;
      if (at < end) {
        if (p < length) continue;
      } else {
        while (p < length && pattern[p] === STAR) p++;
        if (p === length) return true;
      }
    }
    // A mismatch, or one of the two ended before the other: the last star takes one byte more.
    if (starPattern === -1) return false;
    p = starPattern;
    at = ++starAt;
  }
  return p === length && at === end;
}

/** Whether `pattern` matches the whole of `text`, both byte strings; {@linkcode matchGlobBytes} for cold paths. */
export function matchGlob(pattern: string, text: string, ignoreCase = false): boolean {
  return matchGlobBytes(bytesOf(pattern), bytesOf(text), 0, text.length, ignoreCase);
}

/**
 * Matches `byte` against the class that opens at `pattern[open]`; the place after the class, or -1 without a match.
 * A class without its `]` ends with the pattern.
 */
function matchClass(pattern: Uint8Array, open: number, byte: number, ignoreCase: boolean): number {
  const length = pattern.length;
  let p = open + 1;
  const negated = p < length && pattern[p] === CARET;
  if (negated) p++;
  let matched = false;
  while (p < length) {
    const code = pattern[p];
    if (code === BACKSLASH && p + 1 < length) {
      p++;
      // The case of an escaped byte counts, even where that of the others is ignored: so it is in Redis.
      if (pattern[p] === byte) matched = true;
    } else if (code === CLOSE) {
      break;
    } else if (p + 2 < length && pattern[p + 1] === DASH) {
      if (inRange(code, pattern[p + 2], byte, ignoreCase)) matched = true;
      p += 2;
    } else if (sameByte(code, byte, ignoreCase)) {
      matched = true;
    }
    p++;
  }
  if (matched === negated) return -1;
  return p < length ? p + 1 : p;
}

/** Bytes are compared as signed numbers, as Redis compares them where `char` is signed (x86). */
function inRange(from: number, to: number, byte: number, ignoreCase: boolean): boolean {
  let low = (from << 24) >> 24;
  let high = (to << 24) >> 24;
  let value = (byte << 24) >> 24;
  if (low > high) {
    const swapped = low;
    low = high;
    high = swapped;
  }
  if (ignoreCase) {
    low = lowerCase(low);
    high = lowerCase(high);
    value = lowerCase(value);
  }
  return value >= low && value <= high;
}

function sameByte(a: number, b: number, ignoreCase: boolean): boolean {
  return a === b || (ignoreCase && lowerCase(a) === lowerCase(b));
}

function lowerCase(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte;
}
