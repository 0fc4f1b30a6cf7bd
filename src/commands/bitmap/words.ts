/**
 * Counting and finding bits, a word of 32 of them at a time.
 *
 * @module
 */

/** Ranges shorter than this are not worth a view of their words. */
const WORDWISE_FROM = 64;
/** Words that are counted before the sum, an int32, goes into a double. */
const WORDS_A_SUM = 1 << 20;

const bitsOfByte = new Uint8Array(256);
for (let byte = 1; byte < 256; byte++) bitsOfByte[byte] = bitsOfByte[byte >> 1] + (byte & 1);

/** How many bits of `bytes[start, end)` are set. */
export function countBits(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  let at = start;
  if (end - start >= WORDWISE_FROM) {
    for (; ((bytes.byteOffset + at) & 3) !== 0; at++) count += bitsOfByte[bytes[at]];
    const words = new Int32Array(bytes.buffer, bytes.byteOffset + at, (end - at) >>> 2);
    for (let word = 0; word < words.length; word += WORDS_A_SUM) {
      count += countWords(words, word, Math.min(words.length, word + WORDS_A_SUM));
    }
    at += words.length * 4;
  }
  for (; at < end; at++) count += bitsOfByte[bytes[at]];
  return count;
}

/** The number of set bits of a byte. */
export function countByte(byte: number): number {
  return bitsOfByte[byte];
}

/**
 * Counts the bits of `words[start, end)`.
 *
 * Sixteen words are added up in columns by carry-save adders, so that only one word in sixteen has to be counted by
 * itself. After Robert Harley and David Seal, in Henry S. Warren, "Hacker's Delight", chapter 5.
 */
function countWords(words: Int32Array, start: number, end: number): number {
  let sixteens = 0, ones = 0, twos = 0, fours = 0, eights = 0;
  let at = start;
  for (; at + 16 <= end; at += 16) {
    let a = words[at], b = words[at + 1];
    let u = ones ^ a;
    const twosA = (ones & a) | (u & b);
    ones = u ^ b;
    a = words[at + 2], b = words[at + 3], u = ones ^ a;
    const twosB = (ones & a) | (u & b);
    ones = u ^ b;
    u = twos ^ twosA;
    const foursA = (twos & twosA) | (u & twosB);
    twos = u ^ twosB;

    a = words[at + 4], b = words[at + 5], u = ones ^ a;
    const twosC = (ones & a) | (u & b);
    ones = u ^ b;
    a = words[at + 6], b = words[at + 7], u = ones ^ a;
    const twosD = (ones & a) | (u & b);
    ones = u ^ b;
    u = twos ^ twosC;
    const foursB = (twos & twosC) | (u & twosD);
    twos = u ^ twosD;
    u = fours ^ foursA;
    const eightsA = (fours & foursA) | (u & foursB);
    fours = u ^ foursB;

    a = words[at + 8], b = words[at + 9], u = ones ^ a;
    const twosE = (ones & a) | (u & b);
    ones = u ^ b;
    a = words[at + 10], b = words[at + 11], u = ones ^ a;
    const twosF = (ones & a) | (u & b);
    ones = u ^ b;
    u = twos ^ twosE;
    const foursC = (twos & twosE) | (u & twosF);
    twos = u ^ twosF;

    a = words[at + 12], b = words[at + 13], u = ones ^ a;
    const twosG = (ones & a) | (u & b);
    ones = u ^ b;
    a = words[at + 14], b = words[at + 15], u = ones ^ a;
    const twosH = (ones & a) | (u & b);
    ones = u ^ b;
    u = twos ^ twosG;
    const foursD = (twos & twosG) | (u & twosH);
    twos = u ^ twosH;
    u = fours ^ foursC;
    const eightsB = (fours & foursC) | (u & foursD);
    fours = u ^ foursD;

    u = eights ^ eightsA;
    sixteens = (sixteens + countWord((eights & eightsA) | (u & eightsB))) | 0;
    eights = u ^ eightsB;
  }
  let count = 16 * sixteens + 8 * countWord(eights) + 4 * countWord(fours) + 2 * countWord(twos) +
    countWord(ones);
  for (; at < end; at++) count += countWord(words[at]);
  return count;
}

/** The number of set bits of a word: sums of pairs, of fours, of bytes, and of the four bytes. */
function countWord(word: number): number {
  word = (word - ((word >>> 1) & 0x55555555)) | 0;
  word = ((word & 0x33333333) + ((word >>> 2) & 0x33333333)) | 0;
  return Math.imul((word + (word >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/**
 * The first bit with the value `bit` among those from `first` to `last` of the bitmap that begins at `bytes[at]`, or -1.
 */
export function findBit(bytes: Uint8Array, at: number, first: number, last: number, bit: 0 | 1): number {
  if (first > last) return -1;
  // What is looked for becomes a 1 in `byte ^ skipped`.
  const skipped = bit === 1 ? 0 : 0xff;
  const firstByte = Math.floor(first / 8);
  const lastByte = Math.floor(last / 8);
  let byte = firstByte;
  let found = (bytes[at + byte] ^ skipped) & (0xff >> (first % 8));
  if (found === 0 && byte < lastByte) {
    byte = skipBytes(bytes, at + byte + 1, at + lastByte, skipped) - at;
    found = bytes[at + byte] ^ skipped;
  }
  if (byte === lastByte) found &= 0xff << (7 - (last % 8));
  return found === 0 ? -1 : byte * 8 + Math.clz32(found) - 24;
}

/** The first byte of `bytes[start, end)` that is not `skipped` (0 or 255), or `end`. */
function skipBytes(bytes: Uint8Array, start: number, end: number, skipped: number): number {
  let at = start;
  if (end - start >= WORDWISE_FROM) {
    for (; ((bytes.byteOffset + at) & 3) !== 0; at++) {
      if (bytes[at] !== skipped) return at;
    }
    const words = new Int32Array(bytes.buffer, bytes.byteOffset + at, (end - at) >>> 2);
    at += 4 * skipWords(words, skipped === 0 ? 0 : -1);
  }
  while (at < end && bytes[at] === skipped) at++;
  return at;
}

/** An index up to which all words are `skipped`; the next one that is not follows within eight words. */
function skipWords(words: Int32Array, skipped: number): number {
  let at = 0;
  for (; at + 8 <= words.length; at += 8) {
    const low = (words[at] ^ skipped) | (words[at + 1] ^ skipped) | (words[at + 2] ^ skipped) |
      (words[at + 3] ^ skipped);
    const high = (words[at + 4] ^ skipped) | (words[at + 5] ^ skipped) | (words[at + 6] ^ skipped) |
      (words[at + 7] ^ skipped);
    if ((low | high) !== 0) break;
  }
  return at;
}
