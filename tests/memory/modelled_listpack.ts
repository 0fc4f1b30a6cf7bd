/**
 * A listpack beside an array of byte strings that says what it should hold.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { bytesOf, byteString } from "../../src/base/bytes.ts";
import { PAGE_SHIFT, UNIT_MASK } from "../../src/memory/arena.ts";
import { Listpack } from "../../src/memory/listpack.ts";
import { WatchedArena } from "./modelled_dictionary.ts";

/** Integers at which an encoding begins or ends, as text. */
const INTEGERS = [0, 7, 12, 13, 15, 16, 23, 24, 31, 32, 53, 63]
  .flatMap((bits) => [2n ** BigInt(bits), -(2n ** BigInt(bits))])
  .flatMap((value) => [value - 1n, value, value + 1n]).map(String);

/** What looks like an integer and is a string. */
const NEARLY_INTEGERS = [
  "",
  "-",
  "-0",
  "00",
  "01",
  "+1",
  "1 ",
  " 1",
  "1.0",
  "9223372036854775808",
  "1a",
  "0x1",
];

/** Lengths at which an encoding of strings or of repeated lengths begins or ends. */
const LENGTHS = [1, 20, 21, 63, 64, 125, 126, 127, 128, 129, 4095, 4096, 16376, 16377, 16378, 16379, 16384];

/** Elements, integers and strings of all encodings; long ones are rarer. */
export const anyElement: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String) },
  { weight: 6, arbitrary: fc.integer({ min: -200, max: 200 }).map(String) },
  { weight: 4, arbitrary: fc.constantFrom(...INTEGERS) },
  { weight: 2, arbitrary: fc.constantFrom(...NEARLY_INTEGERS) },
  { weight: 6, arbitrary: fc.uint8Array({ maxLength: 70 }).map((bytes) => byteString(bytes)) },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.constantFrom(...LENGTHS), fc.nat(255)).map(([length, byte]) =>
      String.fromCharCode(byte).repeat(length)
    ),
  },
);

/** Integer or string, as Redis decides: the canonical decimal of an int64 is an integer. */
export function isInt64(text: string): boolean {
  return /^(0|-?[1-9]\d{0,18})$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text);
}

/** The bytes of a listpack, a copy. */
export function listpackBytes(
  arena: WatchedArena,
  listpack: Listpack,
  reference: number,
): Uint8Array<ArrayBuffer> {
  const at = (reference & UNIT_MASK) << 3;
  return arena.u8[reference >>> PAGE_SHIFT].slice(at, at + listpack.bytes(reference));
}

/** One listpack of byte strings, and what it should hold. */
export class ModelledListpack {
  readonly arena = new WatchedArena();
  readonly listpack = new Listpack(this.arena);
  reference: number;
  elements: string[] = [];

  constructor() {
    this.reference = this.listpack.create();
  }

  /** Position of the element with this index, found by walking from the nearer end. */
  position(index: number): number {
    return this.listpack.seek(this.reference, index);
  }

  /** The element at a position, as the listpack renders it. */
  read(position: number): string {
    this.listpack.get(this.reference, position);
    const { page, at, length } = this.listpack;
    return byteString(page, at, at + length);
  }

  /** Runs an operation that takes bytes, with `text` in the middle of other bytes. */
  withBytes<T>(text: string, run: (bytes: Uint8Array, start: number, end: number) => T): T {
    return run(bytesOf(`12${text}34`), 2, 2 + text.length);
  }

  /** Compares everything with the model, and lets the listpack check itself. */
  check(): void {
    const { listpack, reference, elements } = this;
    listpack.check(reference);
    this.arena.check();
    assert.equal(this.arena.used, this.arena.capacity(reference), "Bytes that nobody owns");
    assert.equal(listpack.count(reference), elements.length);
    let position = listpack.first(reference);
    let previous = 0;
    let bytes = 7;
    for (const [index, element] of elements.entries()) {
      assert.equal(this.read(position), element);
      assert.equal(listpack.isInteger, isInt64(element), element);
      if (listpack.isInteger) {
        assert.equal(listpack.exact.toBigInt(), BigInt(element));
        const value = Number(element);
        const expected = Number.isSafeInteger(value) ? value : value * Infinity;
        assert.equal(listpack.value, expected);
        assert.equal(listpack.getInteger(reference, position), expected);
      } else {
        assert.ok(Number.isNaN(listpack.value) && Number.isNaN(listpack.getInteger(reference, position)));
      }
      assert.ok(this.withBytes(element, (...range) => listpack.equals(reference, position, ...range)));
      bytes += this.withBytes(element, (...range) => listpack.encodedSize(...range));
      assert.equal(listpack.previous(reference, position), previous);
      if (index < 5 || index > elements.length - 5) {
        assert.equal(listpack.seek(reference, index), position);
        assert.equal(listpack.seek(reference, index - elements.length), position);
      }
      previous = position;
      position = listpack.next(reference, position);
    }
    assert.equal(position, 0);
    assert.equal(listpack.last(reference), previous);
    assert.equal(listpack.bytes(reference), bytes);
    assert.equal(listpack.seek(reference, elements.length), 0);
    assert.equal(listpack.seek(reference, -elements.length - 1), 0);
  }
}
