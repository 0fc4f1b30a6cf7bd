/**
 * Ziplists and zipmaps, in which small collections were packed before Redis 7 and Redis 2.6: they are only read.
 *
 * ```text
 *  ziplist  [ total bytes: 4 ][ where the last element begins: 4 ][ elements: 2, 65535: unknown ] elements... [ 0xff ]
 *  element  [ bytes of the one before: 1, or 254 and 4 ] then
 *           00llllll  bytes                string of up to 63 bytes
 *           01llllll llllllll  bytes       of up to 16,383 bytes, upper bits of the length first
 *           10------ l l l l  bytes        of any length, upper bytes of the length first
 *           11000000 x x                   integer of 16 bits, lower byte first
 *           11010000 x x x x               of 32 bits
 *           11100000 x x x x x x x x       of 64 bits
 *           11110000 x x x                 of 24 bits
 *           11111110 x                     of 8 bits
 *           1111xxxx                       0 to 12, plus 1
 *
 *  zipmap   [ pairs: 1, 254 or 255: unknown ] pairs... [ 0xff ]
 *  pair     [ length ] field [ length ][ bytes unused: 1 ] value, unused bytes
 *  length   1 byte up to 253, or 254 and 4 bytes, lower bytes first
 * ```
 *
 * @module
 */

import { Int64, INT64_TEXT_MAX } from "../memory/int64.ts";
import { RdbCorrupt } from "./rdb_format.ts";
import type { RdbString } from "./rdb_reader.ts";

/** Takes an element: a range of bytes, valid during the call. */
export type ElementVisit = (bytes: Uint8Array, start: number, end: number) => void;

const ZIPLIST_HEADER_BYTES = 10;
const END = 0xff, LONG = 254;
const UNKNOWN_COUNT = 65535;
const INTEGER_16 = 0xc0, INTEGER_32 = 0xd0, INTEGER_64 = 0xe0, INTEGER_24 = 0xf0, INTEGER_8 = 0xfe;
const FIRST_IMMEDIATE = 0xf1, LAST_IMMEDIATE = 0xfd;

/**
 * Passes the elements of a ziplist, from anywhere.
 *
 * @throws {RdbCorrupt} where it is none; some elements may have been passed then
 */
export function forEachInZiplist(list: RdbString, visit: ElementVisit): void {
  const { bytes, start, end } = list;
  const last = end - 1;
  if (
    end - start < ZIPLIST_HEADER_BYTES + 1 || readWord(bytes, start) !== end - start || bytes[last] !== END
  ) {
    throw new RdbCorrupt("Ziplist without beginning or end");
  }
  const digits = new Uint8Array(INT64_TEXT_MAX);
  const integer = new Int64();
  let at = start + ZIPLIST_HEADER_BYTES;
  let previous = at;
  let count = 0;
  for (; bytes[at] !== END; count++) {
    const element = at;
    const isLong = bytes[at] === LONG;
    // The encoding, with a length in up to 4 bytes, begins behind this.
    at += isLong ? 5 : 1;
    if (at >= last) throw new RdbCorrupt("Ziplist ends within an element");
    const before = isLong ? readWord(bytes, element + 1) : bytes[element];
    if (before !== (count === 0 ? 0 : element - previous)) {
      throw new RdbCorrupt("Ziplist with a wrong length of an element");
    }
    const head = bytes[at];
    if (head < INTEGER_16) {
      const header = head < 0x40 ? 1 : head < 0x80 ? 2 : 5;
      if (at + header > last) throw new RdbCorrupt("Ziplist ends within a length");
      const length = stringLength(bytes, at);
      at += header + length;
      if (at > last) throw new RdbCorrupt("Ziplist ends within a string");
      visit(bytes, at - length, at);
    } else {
      const size = readInteger(bytes, at, integer);
      at += size;
      if (at > last) throw new RdbCorrupt("Ziplist ends within an integer");
      visit(digits, 0, integer.write(digits, 0));
    }
    previous = element;
  }
  const counted = bytes[start + 8] | (bytes[start + 9] << 8);
  if (at !== last || (counted !== UNKNOWN_COUNT && counted !== count)) {
    throw new RdbCorrupt(`Ziplist of ${count} elements says ${counted}`);
  }
  const tail = readWord(bytes, start + 4);
  if (tail !== previous - start) throw new RdbCorrupt(`Ziplist's last element is not at ${tail}`);
}

function stringLength(bytes: Uint8Array, at: number): number {
  const head = bytes[at];
  if (head < 0x40) return head;
  if (head < 0x80) return ((head & 0x3f) << 8) | bytes[at + 1];
  return ((bytes[at + 1] << 24) | (bytes[at + 2] << 16) | (bytes[at + 3] << 8) | bytes[at + 4]) >>> 0;
}

/** Reads the integer at `at`, what is behind the end being 0, into `integer`; returns how many bytes it takes. */
function readInteger(bytes: Uint8Array, at: number, integer: Int64): number {
  const head = bytes[at];
  if (head >= FIRST_IMMEDIATE && head <= LAST_IMMEDIATE) {
    integer.setNumber(head - FIRST_IMMEDIATE);
    return 1;
  }
  const word = readWord(bytes, at + 1) | 0;
  switch (head) {
    case INTEGER_8:
      integer.setNumber((word << 24) >> 24);
      return 2;
    case INTEGER_16:
      integer.setNumber((word << 16) >> 16);
      return 3;
    case INTEGER_24:
      integer.setNumber((word << 8) >> 8);
      return 4;
    case INTEGER_32:
      integer.setNumber(word);
      return 5;
    case INTEGER_64:
      integer.setWords(readWord(bytes, at + 5), word);
      return 9;
    default:
      throw new RdbCorrupt(`Ziplist with an element of an unknown kind, ${head}`);
  }
}

/**
 * Passes the fields and values of a zipmap, from anywhere, in turns.
 *
 * @throws {RdbCorrupt} where it is none; some of them may have been passed then
 */
export function forEachInZipmap(map: RdbString, visit: ElementVisit): void {
  const { bytes, start, end } = map;
  const last = end - 1;
  if (end - start < 2 || bytes[last] !== END) throw new RdbCorrupt("Zipmap without end");
  let at = start + 1;
  let count = 0;
  for (; bytes[at] !== END; count++) {
    for (let unusedBytes = 0; unusedBytes <= 1; unusedBytes++) {
      const isLong = bytes[at] === LONG;
      // The bytes that follow the length begin here; behind them there is at least the end.
      const from = at + (isLong ? 5 : 1) + unusedBytes;
      if (bytes[at] === END || from > last) throw new RdbCorrupt("Zipmap ends within a pair");
      const length = isLong ? readWord(bytes, at + 1) : bytes[at];
      at = from + length + (unusedBytes === 1 ? bytes[from - 1] : 0);
      if (at > last) throw new RdbCorrupt("Zipmap ends within a string");
      visit(bytes, from, from + length);
    }
  }
  if (at !== last || (bytes[start] < LONG && bytes[start] !== count)) {
    throw new RdbCorrupt(`Zipmap of ${count} pairs says ${bytes[start]}`);
  }
}

/** The unsigned 32-bit integer at `at`, lower byte first. */
function readWord(bytes: Uint8Array, at: number): number {
  return (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0;
}
