/**
 * HyperLogLog as Redis keeps it in a string: header, dense registers, and the estimate.
 *
 * ```text
 *  0   "HYLL"
 *  4   encoding: 0 dense, 1 sparse
 *  5   three bytes that nobody uses
 *  8   cardinality when it was last computed, 64 bits, low byte first; highest bit set: no longer true
 * 16   registers: dense, or sparse (see hyperloglog_sparse.ts)
 * ```
 *
 * There are 16,384 registers of 6 bits. The dense ones lie one after the other from each byte's low bits on, so four of
 * them fill three bytes:
 *
 * ```text
 *  byte 0     byte 1     byte 2          bits of the registers 0 1 2 3
 *  11000000   22221111   33333322
 * ```
 *
 * The functions take the string as `bytes` and the position `at` where it begins.
 *
 * From Philippe Flajolet et al., "HyperLogLog: the analysis of a near-optimal cardinality estimation algorithm"; Stefan
 * Heule et al., "HyperLogLog in practice"; and for the estimate Otmar Ertl, "New cardinality estimation algorithms for
 * HyperLogLog sketches", arXiv:1702.01284. Redis's hyperloglog.c decides the details.
 *
 * @module
 */

import { MurmurHash64A } from "./murmur_hash.ts";

/** Bytes before the registers. */
export const HEADER_BYTES = 16;
/** Number of registers. */
export const REGISTERS = 16384;
/** Length of a HyperLogLog with dense registers, in bytes. */
export const DENSE_BYTES = HEADER_BYTES + REGISTERS * 6 / 8;
/** Encodings of the registers. */
export const DENSE = 0, SPARSE = 1;

const MAGIC = [72, 89, 76, 76];
const ENCODING_AT = 4, CARDINALITY_AT = 8, STALE_AT = 15;
const STALE_BIT = 0x80;
/** Bits of the hash that choose the register, and bits that are left. */
const INDEX_BITS = 14, RANK_BITS = 50;
/** As many different values as a register can have. */
export const REGISTER_VALUES = 64;
/** 0.5 / ln 2. */
const ALPHA = 0.721347520444481703680;
/** What the C compiler's conversion makes of a number that is no int64. */
const NOT_AN_INT64 = -(2 ** 63);

const hash = new MurmurHash64A(0xadc83b19);

/** The register that an element belongs to, and the value that the element gives to it. */
export interface Rank {
  /** 0 to 16383. */
  register: number;
  /** 1 to 51. */
  value: number;
}

const rank: Rank = { register: 0, value: 0 };

/** The rank of the element `bytes[start, end)`. The result is valid until the next call. Hot; allocates nothing. */
export function rankOf(bytes: Uint8Array, start: number, end: number): Rank {
  hash.hash(bytes, start, end);
  const { low, high } = hash;
  rank.register = low & (REGISTERS - 1);
  const restLow = (low >>> INDEX_BITS) | (high << (32 - INDEX_BITS));
  // The bit behind the last one ends the run of zeros.
  const restHigh = (high >>> INDEX_BITS) | (1 << (RANK_BITS - 32));
  rank.value = restLow !== 0 ? 32 - Math.clz32(restLow & -restLow) : 64 - Math.clz32(restHigh & -restHigh);
  return rank;
}

/** Whether the `length` bytes at `bytes[at]` look like a HyperLogLog; sparse registers may still be broken. */
export function isHyperLogLog(bytes: Uint8Array, at: number, length: number): boolean {
  if (length < HEADER_BYTES) return false;
  for (let i = 0; i < MAGIC.length; i++) {
    if (bytes[at + i] !== MAGIC[i]) return false;
  }
  const encoding = bytes[at + ENCODING_AT];
  return encoding === SPARSE || (encoding === DENSE && length === DENSE_BYTES);
}

/** Writes the header of an empty HyperLogLog. */
export function writeHeader(bytes: Uint8Array, at: number, encoding: number): void {
  bytes.fill(0, at, at + HEADER_BYTES);
  for (let i = 0; i < MAGIC.length; i++) bytes[at + i] = MAGIC[i];
  bytes[at + ENCODING_AT] = encoding;
}

/** DENSE or SPARSE. */
export function encodingOf(bytes: Uint8Array, at: number): number {
  return bytes[at + ENCODING_AT];
}

/** Whether the cardinality in the header is still true. */
export function hasCardinality(bytes: Uint8Array, at: number): boolean {
  return (bytes[at + STALE_AT] & STALE_BIT) === 0;
}

/** Says that the cardinality in the header is no longer true. */
export function invalidateCardinality(bytes: Uint8Array, at: number): void {
  bytes[at + STALE_AT] |= STALE_BIT;
}

/** The cardinality in the header: a bigint where it is beyond 2^53, which no elements lead to. */
export function readCardinality(bytes: Uint8Array, at: number): number | bigint {
  const low = wordAt(bytes, at + CARDINALITY_AT) >>> 0;
  const high = wordAt(bytes, at + CARDINALITY_AT + 4);
  if (high >= 0 && high < 2 ** 21) return high * 2 ** 32 + low;
  return (BigInt(high) << 32n) | BigInt(low);
}

/** Puts a cardinality into the header. */
export function writeCardinality(bytes: Uint8Array, at: number, cardinality: number): void {
  let rest = cardinality;
  for (let i = 0; i < 8; i++) {
    const higher = Math.floor(rest / 256);
    bytes[at + CARDINALITY_AT + i] = rest - higher * 256;
    rest = higher;
  }
}

function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
}

/** The value of a dense register. */
export function denseRegister(bytes: Uint8Array, at: number, register: number): number {
  const bit = register * 6;
  const byte = at + HEADER_BYTES + (bit >>> 3);
  const shift = bit & 7;
  if (shift <= 2) return (bytes[byte] >>> shift) & 63;
  return ((bytes[byte] >>> shift) | (bytes[byte + 1] << (8 - shift))) & 63;
}

/** Sets a dense register. */
export function setDenseRegister(bytes: Uint8Array, at: number, register: number, value: number): void {
  const bit = register * 6;
  const byte = at + HEADER_BYTES + (bit >>> 3);
  const shift = bit & 7;
  bytes[byte] = (bytes[byte] & ~(63 << shift)) | (value << shift);
  if (shift > 2) bytes[byte + 1] = (bytes[byte + 1] & ~(63 >>> (8 - shift))) | (value >>> (8 - shift));
}

/** Makes the string dense, which must have the length for it, with registers of a byte each. */
export function writeDense(bytes: Uint8Array, at: number, registers: Uint8Array): void {
  bytes[at + ENCODING_AT] = DENSE;
  let byte = at + HEADER_BYTES;
  for (let i = 0; i < REGISTERS; i += 4) {
    const four = registers[i] | (registers[i + 1] << 6) | (registers[i + 2] << 12) | (registers[i + 3] << 18);
    bytes[byte] = four;
    bytes[byte + 1] = four >>> 8;
    bytes[byte + 2] = four >>> 16;
    byte += 3;
  }
}

/** Raises those `registers`, a byte each, that the string's dense ones exceed. */
export function mergeDense(bytes: Uint8Array, at: number, registers: Uint8Array): void {
  let byte = at + HEADER_BYTES;
  for (let i = 0; i < REGISTERS; i += 4) {
    const four = bytes[byte] | (bytes[byte + 1] << 8) | (bytes[byte + 2] << 16);
    byte += 3;
    // Most are zero while there are few elements.
    if (four === 0) continue;
    for (let j = 0; j < 4; j++) {
      const value = (four >>> (6 * j)) & 63;
      if (value > registers[i + j]) registers[i + j] = value;
    }
  }
}

/** Adds to `histogram` how many dense registers have each value. */
export function countDense(bytes: Uint8Array, at: number, histogram: Int32Array): void {
  const end = at + DENSE_BYTES;
  for (let byte = at + HEADER_BYTES; byte < end; byte += 3) {
    const four = bytes[byte] | (bytes[byte + 1] << 8) | (bytes[byte + 2] << 16);
    histogram[four & 63]++;
    histogram[(four >>> 6) & 63]++;
    histogram[(four >>> 12) & 63]++;
    histogram[four >>> 18]++;
  }
}

/** Adds to `histogram` how many of the `registers`, a byte each, have each value. */
export function countRegisters(registers: Uint8Array, histogram: Int32Array): void {
  for (let i = 0; i < REGISTERS; i++) histogram[registers[i]]++;
}

/** The number of elements that registers with these values stand for: an integer, and one that a double holds. */
export function estimate(histogram: Int32Array): number {
  let z = REGISTERS * tau((REGISTERS - histogram[RANK_BITS + 1]) / REGISTERS);
  for (let value = RANK_BITS; value >= 1; value--) {
    z += histogram[value];
    z *= 0.5;
  }
  z += REGISTERS * sigma(histogram[0] / REGISTERS);
  const rounded = Math.round(ALPHA * REGISTERS * REGISTERS / z);
  // Registers that no elements have could have led to.
  return rounded < 2 ** 63 ? rounded : NOT_AN_INT64;
}

/** Ertl's function for the registers that have the highest value. */
function tau(x: number): number {
  if (x === 0 || x === 1) return 0;
  let y = 1;
  let z = 1 - x;
  for (let previous = NaN; previous !== z;) {
    x = Math.sqrt(x);
    previous = z;
    y *= 0.5;
    z -= (1 - x) * (1 - x) * y;
  }
  return z / 3;
}

/** Ertl's function for the registers that are zero. */
function sigma(x: number): number {
  if (x === 1) return Infinity;
  let y = 1;
  let z = x;
  for (let previous = NaN; previous !== z;) {
    x *= x;
    previous = z;
    z += x * y;
    y += y;
  }
  return z;
}
