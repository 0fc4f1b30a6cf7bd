/**
 * CRC64 as Redis's DUMP payloads and RDB files use it ("Jones": polynomial 0xad93d23594c935a9, input and output
 * reflected, initial value 0), in two 32-bit halves and eight bytes at a time.
 *
 * Slicing after Kounavis and Berry, "A Systematic Approach to Building High Performance Software-based CRC Generators"
 * (2005).
 *
 * @module
 */

/** A CRC64. DUMP and RDB store the low half first, each in little-endian order. */
export interface Crc64 {
  /** The more significant 32 bits, unsigned. */
  readonly high: number;
  /** The less significant 32 bits, unsigned. */
  readonly low: number;
}

/** The polynomial with its bits in reverse order. */
const POLYNOMIAL_HIGH = 0x95ac9329, POLYNOMIAL_LOW = 0xac4bc9b5;

/** How many bytes are taken at a time. */
const SLICES = 8;

const ZERO: Crc64 = { high: 0, low: 0 };

/** What byte b does to the CRC when s more bytes follow it, at s * 256 + b: high halves and low halves. */
const highTable = new Int32Array(SLICES * 256);
const lowTable = new Int32Array(SLICES * 256);

for (let byte = 0; byte < 256; byte++) {
  let high = 0;
  let low = byte;
  for (let bit = 0; bit < 8; bit++) {
    const carry = low & 1;
    low = (low >>> 1) | (high << 31);
    high = high >>> 1;
    if (carry === 1) {
      high ^= POLYNOMIAL_HIGH;
      low ^= POLYNOMIAL_LOW;
    }
  }
  highTable[byte] = high;
  lowTable[byte] = low;
}
for (let at = 256; at < SLICES * 256; at++) {
  const high = highTable[at - 256];
  const low = lowTable[at - 256];
  highTable[at] = (high >>> 8) ^ highTable[low & 0xff];
  lowTable[at] = ((low >>> 8) | (high << 24)) ^ lowTable[low & 0xff];
}

/** The CRC64 of `bytes[start, end)`, continuing from that of the bytes before them. */
export function crc64(bytes: Uint8Array, start: number, end: number, initial: Crc64 = ZERO): Crc64 {
  let high = initial.high | 0;
  let low = initial.low | 0;
  let at = start;
  for (; at + SLICES <= end; at += SLICES) {
    low ^= bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
    high ^= bytes[at + 4] | (bytes[at + 5] << 8) | (bytes[at + 6] << 16) | (bytes[at + 7] << 24);
    const i0 = 0x700 | (low & 0xff), i1 = 0x600 | ((low >>> 8) & 0xff);
    const i2 = 0x500 | ((low >>> 16) & 0xff), i3 = 0x400 | (low >>> 24);
    const i4 = 0x300 | (high & 0xff), i5 = 0x200 | ((high >>> 8) & 0xff);
    const i6 = 0x100 | ((high >>> 16) & 0xff), i7 = high >>> 24;
    high = highTable[i0] ^ highTable[i1] ^ highTable[i2] ^ highTable[i3] ^
      highTable[i4] ^ highTable[i5] ^ highTable[i6] ^ highTable[i7];
    low = lowTable[i0] ^ lowTable[i1] ^ lowTable[i2] ^ lowTable[i3] ^
      lowTable[i4] ^ lowTable[i5] ^ lowTable[i6] ^ lowTable[i7];
  }
  for (; at < end; at++) {
    const index = (low ^ bytes[at]) & 0xff;
    low = ((low >>> 8) | (high << 24)) ^ lowTable[index];
    high = (high >>> 8) ^ highTable[index];
  }
  return { high: high >>> 0, low: low >>> 0 };
}
