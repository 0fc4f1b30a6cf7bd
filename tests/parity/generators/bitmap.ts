/**
 * Random commands of the groups "bitmap" and "hyperloglog".
 *
 * @module
 */

import fc from "fast-check";
import {
  command,
  type GeneratedCommand,
  hyperloglogKey,
  integer,
  key,
  keyword,
  maybe,
  offset,
  several,
} from "./arguments.ts";

/** A bit's place, small: one far out makes values that cost time and show nothing. */
const bitOffset = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 700 }).map(String) },
  {
    weight: 1,
    arbitrary: fc.constantFrom("-1", "4294967296", "9223372036854775807", "9223372036854775808", "abc", ""),
  },
);

const bit = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom("0", "1") },
  { weight: 1, arbitrary: fc.constantFrom("2", "-1", "abc", "") },
);

const unit = fc.oneof(...["BYTE", "BIT", "BIT", "JUNK"].map(keyword));

const range: fc.Arbitrary<readonly string[]> = fc.oneof(
  fc.constant([]),
  fc.tuple(offset),
  fc.tuple(offset, offset),
  fc.tuple(offset, offset, unit),
  fc.tuple(offset, offset, unit, unit),
);

const operation = fc.oneof(...["AND", "OR", "XOR", "NOT"].map(keyword), fc.constant("JUNK"));

const fieldType = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 63 }).map((bits) => `u${bits}`) },
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 64 }).map((bits) => `i${bits}`) },
  { weight: 1, arbitrary: fc.constantFrom("u64", "i65", "u0", "i", "U8", "8", "") },
);

const fieldOffset = fc.oneof(
  { weight: 5, arbitrary: bitOffset },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 20 }).map((index) => `#${index}`) },
  { weight: 1, arbitrary: fc.constantFrom("#-1", "#", "#9223372036854775807", "#288230376151711744") },
);

const fieldOperation: fc.Arbitrary<readonly string[]> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(keyword("GET"), fieldType, fieldOffset) },
  { weight: 4, arbitrary: fc.tuple(keyword("SET"), fieldType, fieldOffset, integer) },
  { weight: 4, arbitrary: fc.tuple(keyword("INCRBY"), fieldType, fieldOffset, integer) },
  { weight: 4, arbitrary: fc.tuple(keyword("OVERFLOW"), fc.oneof(...["WRAP", "SAT", "FAIL"].map(keyword))) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom("OVERFLOW", "GET", "JUNK"), fc.constantFrom("JUNK", "u8")),
  },
);

const fieldOperations = fc.array(fieldOperation, { maxLength: 4 }).map((list) => list.flat());
const fieldReads = fc.array(fc.tuple(keyword("GET"), fieldType, fieldOffset), { maxLength: 3 }).map((list) =>
  list.flat()
);

/** One arbitrary a command of the group "bitmap". */
export const bitmapCommands: readonly fc.Arbitrary<GeneratedCommand>[] = [
  command("SETBIT", [key, bitOffset, bit]),
  command("GETBIT", [key, bitOffset]),
  command("BITCOUNT", [key, range]),
  command("BITPOS", [key, bit, range]),
  command("BITOP", [operation, key, several(key)]),
  command("BITOP", [keyword("NOT"), key, key]),
  command("BITFIELD", [key, fieldOperations]),
  command("BITFIELD_RO", [key, fieldReads]),
  command("BITFIELD_RO", [key, fieldOperations]),
];

const element = fc.oneof(
  fc.integer({ min: 0, max: 30 }).map(String),
  fc.integer({ min: 0, max: 1_000_000 }).map(String),
  fc.string({ unit: "binary-ascii", maxLength: 30 }),
);

/** Enough elements at a time that sparse registers become dense in the course of a run. */
const elements = fc.oneof(
  { weight: 4, arbitrary: fc.array(element, { maxLength: 6 }) },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 0, max: 100_000 }).map((first) =>
      Array.from({ length: 400 }, (_, i) => String(first + i))
    ),
  },
);

/** One arbitrary a command of the group "hyperloglog". */
export const hyperloglogCommands: readonly fc.Arbitrary<GeneratedCommand>[] = [
  command("PFADD", [hyperloglogKey, elements]),
  command("PFADD", [hyperloglogKey, elements]),
  command("PFCOUNT", [hyperloglogKey]),
  command("PFCOUNT", [several(fc.oneof(hyperloglogKey, key))]),
  command("PFMERGE", [hyperloglogKey, maybe(hyperloglogKey, hyperloglogKey)]),
  command("PFMERGE", [hyperloglogKey, maybe(key, hyperloglogKey)]),
  // One that takes the place of a key of another type, one with another encoding, one whose cardinality is unknown.
  command("COPY", [hyperloglogKey, hyperloglogKey, fc.constant("REPLACE")]),
  command("SETRANGE", [hyperloglogKey, fc.constantFrom("4", "15"), fc.constantFrom("\x00", "\x01", "\x80")]),
];
