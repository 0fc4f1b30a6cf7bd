/**
 * The encodings of a listpack's elements.
 *
 * ```text
 *  0xxxxxxx                        integer 0 to 127
 *  10llllll  bytes                 string of up to 63 bytes
 *  110xxxxx xxxxxxxx               integer of 13 bits, signed, upper bits first
 *  1110llll llllllll  bytes        string of up to 4,095 bytes, upper bits of the length first
 *  11110000 l l l l   bytes        string of up to 2^32 - 1 bytes, lower bytes of the length first
 *  11110001 x x                    integer of 16 bits, lower byte first
 *  11110010 x x x                  integer of 24 bits
 *  11110011 x x x x                integer of 32 bits
 *  11110100 x x x x x x x x        integer of 64 bits
 *  11111111                        the end of the listpack
 * ```
 *
 * Behind each element stands its length (what is drawn above) in 1 to 5 bytes, for walking backwards: 7 bits a byte,
 * upper bits first, and the top bit set in all bytes but the first.
 *
 * @module
 */

import type { Int64 } from "./int64.ts";

/** What ends a listpack. */
export const LISTPACK_END = 0xff;

const STRING_6 = 0x80, INTEGER_13 = 0xc0, STRING_12 = 0xe0, STRING_32 = 0xf0;
const INTEGER_16 = 0xf1, INTEGER_24 = 0xf2, INTEGER_32 = 0xf3, INTEGER_64 = 0xf4;

/** Whether an element with this first byte is an integer. */
export function isIntegerEntry(head: number): boolean {
  return head < STRING_6 || (head & 0xe0) === INTEGER_13 || head > STRING_32;
}

/** Bytes before a string's own bytes, by its first byte; 0 where that is no string's. */
export function stringHeaderBytes(head: number): number {
  if ((head & 0xc0) === STRING_6) return 1;
  if ((head & 0xf0) === STRING_12) return 2;
  return head === STRING_32 ? 5 : 0;
}

/** Length of the string at `at`. */
export function stringLength(bytes: Uint8Array, at: number): number {
  const head = bytes[at];
  if (head < INTEGER_13) return head & 0x3f;
  if (head < STRING_32) return ((head & 15) << 8) | bytes[at + 1];
  return (bytes[at + 1] | (bytes[at + 2] << 8) | (bytes[at + 3] << 16) | (bytes[at + 4] << 24)) >>> 0;
}

/** Bytes of the element at `at` without those that repeat its length; 0 where no element begins with that byte. */
export function entryBytes(bytes: Uint8Array, at: number): number {
  const head = bytes[at];
  if (head < STRING_6) return 1;
  if (head < INTEGER_13) return 1 + (head & 0x3f);
  if (head < STRING_12) return 2;
  if (head < STRING_32) return 2 + (((head & 15) << 8) | bytes[at + 1]);
  switch (head) {
    case STRING_32:
      return 5 + stringLength(bytes, at);
    case INTEGER_16:
      return 3;
    case INTEGER_24:
      return 4;
    case INTEGER_32:
      return 5;
    case INTEGER_64:
      return 9;
    default:
      return 0;
  }
}

/** Bytes that repeating a length of `length` takes. Redis's limits, which leave out one value at each step. */
export function backlengthBytes(length: number): number {
  if (length <= 127) return 1;
  if (length < 16383) return 2;
  if (length < 2097151) return 3;
  return length < 268435455 ? 4 : 5;
}

/** Repeats the length of an element behind it; returns the position after that. */
export function writeBacklength(bytes: Uint8Array, at: number, length: number): number {
  const end = at + backlengthBytes(length);
  let rest = length;
  for (let i = end - 1; i > at; i--) {
    bytes[i] = 0x80 | (rest & 127);
    rest = Math.floor(rest / 128);
  }
  bytes[at] = rest;
  return end;
}

/** Whether the bytes from `at` on are just those that repeat a length; other bytes may read as the same number. */
export function isBacklength(bytes: Uint8Array, at: number, length: number): boolean {
  let rest = length;
  for (let i = at + backlengthBytes(length) - 1; i > at; i--) {
    if (bytes[i] !== (0x80 | (rest & 127))) return false;
    rest = Math.floor(rest / 128);
  }
  return bytes[at] === rest;
}

/** The length that is repeated in the bytes up to and with `at`; Infinity where more than 5 bytes say that they go on. */
export function readBacklength(bytes: Uint8Array, at: number): number {
  let length = bytes[at] & 127;
  let scale = 1;
  for (let i = 1; (bytes[at] & 0x80) !== 0; i++) {
    if (i === 5) return Infinity;
    at--;
    scale *= 128;
    length += (bytes[at] & 127) * scale;
  }
  return length;
}

/** Bytes of a string of `length` bytes as an element, without those that repeat the length. */
export function stringEntryBytes(length: number): number {
  return length + (length < 64 ? 1 : length < 4096 ? 2 : 5);
}

/** Bytes of an integer as an element, without those that repeat the length. */
export function integerEntryBytes(integer: Int64): number {
  const value = integer.low;
  if (integer.high !== value >> 31) return 9;
  if (value >= 0 && value <= 127) return 1;
  if (value >= -4096 && value <= 4095) return 2;
  if (value >= -32768 && value <= 32767) return 3;
  return value >= -8388608 && value <= 8388607 ? 4 : 5;
}

/** Writes what stands before a string's bytes; returns the position after it. */
export function writeStringHeader(bytes: Uint8Array, at: number, length: number): number {
  if (length < 64) {
    bytes[at] = STRING_6 | length;
    return at + 1;
  }
  if (length < 4096) {
    bytes[at] = STRING_12 | (length >> 8);
    bytes[at + 1] = length;
    return at + 2;
  }
  bytes[at] = STRING_32;
  writeLittleEndian(bytes, at + 1, length, 4);
  return at + 5;
}

/** Writes an integer in the `size` bytes that integerEntryBytes says. */
export function writeIntegerEntry(bytes: Uint8Array, at: number, integer: Int64, size: number): void {
  const low = integer.low;
  if (size === 1) {
    bytes[at] = low;
  } else if (size === 2) {
    bytes[at] = INTEGER_13 | ((low >> 8) & 31);
    bytes[at + 1] = low;
  } else if (size === 9) {
    bytes[at] = INTEGER_64;
    writeLittleEndian(bytes, at + 1, low, 4);
    writeLittleEndian(bytes, at + 5, integer.high, 4);
  } else {
    bytes[at] = INTEGER_16 + (size - 3);
    writeLittleEndian(bytes, at + 1, low, size - 1);
  }
}

/** Reads the integer element at `at` into `integer`. */
export function readIntegerEntry(bytes: Uint8Array, at: number, integer: Int64): void {
  const head = bytes[at];
  let value: number;
  if (head < STRING_6) value = head;
  else if (head < STRING_12) value = (((head << 8) | bytes[at + 1]) << 19) >> 19;
  else if (head === INTEGER_16) value = ((bytes[at + 1] | (bytes[at + 2] << 8)) << 16) >> 16;
  else if (head === INTEGER_24) {
    value = ((bytes[at + 1] | (bytes[at + 2] << 8) | (bytes[at + 3] << 16)) << 8) >> 8;
  } else {
    value = readWord(bytes, at + 1);
    if (head === INTEGER_64) {
      integer.low = value;
      integer.high = readWord(bytes, at + 5);
      return;
    }
  }
  integer.low = value;
  integer.high = value >> 31;
}

/** The signed 32-bit integer at `at`, lower byte first. */
export function readWord(bytes: Uint8Array, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
}

function writeLittleEndian(bytes: Uint8Array, at: number, value: number, size: number): void {
  for (let i = 0; i < size; i++) {
    bytes[at + i] = value;
    value >>= 8;
  }
}
