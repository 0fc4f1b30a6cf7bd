/**
 * DUMP payloads made by hand, after Redis's own descriptions of the formats: also those that no Redis writes any more.
 *
 * All are byte strings.
 *
 * @module
 */

import { bytesOf } from "../../src/base/bytes.ts";
import { crc64 } from "../../src/base/crc64.ts";

/** A value of a type as a payload, with its version and CRC. */
export function payload(type: number, value: string, version = 10): string {
  return sealed(byte(type) + value + little(version, 2));
}

/** A payload without its CRC, which may be wrong, with the right one. */
export function sealed(text: string): string {
  const { high, low } = crc64(bytesOf(text), 0, text.length);
  return text + little(low, 4) + little(high, 4);
}

/** A payload with other bytes before its version. */
export function withValue(original: string, value: string): string {
  return sealed(value + original.slice(-10, -8));
}

export function byte(value: number): string {
  return String.fromCharCode(value & 0xff);
}

/** An integer in `bytes` bytes, the lowest first. */
export function little(value: number | bigint, bytes: number): string {
  let text = "";
  for (let i = 0; i < bytes; i++) text += byte(Number(BigInt.asUintN(8, BigInt(value) >> BigInt(8 * i))));
  return text;
}

/** An integer in `bytes` bytes, the highest first. */
export function big(value: number | bigint, bytes: number): string {
  return [...little(value, bytes)].reverse().join("");
}

/** A count. */
export function count(value: number | bigint): string {
  if (value < 64) return byte(Number(value));
  if (value < 16384) return big(0x4000 + Number(value), 2);
  return value < 2 ** 32 ? "\x80" + big(value, 4) : "\x81" + big(value, 8);
}

/** A string as it is. */
export function string(text: string): string {
  return count(text.length) + text;
}

export function double(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value, true);
  return String.fromCharCode(...new Uint8Array(view.buffer));
}

/** A stream's ID in 16 bytes. */
export function rawId(ms: number | bigint, seq: number | bigint): string {
  return big(ms, 8) + big(seq, 8);
}

/** A stream's ID as two counts. */
export function id(ms: number | bigint, seq: number | bigint): string {
  return count(ms) + count(seq);
}

/** A listpack: numbers become integers, strings strings of up to 4,095 bytes. */
export function listpack(elements: readonly (number | bigint | string)[]): string {
  const body = elements.map(listpackElement).join("");
  return little(body.length + 7, 4) + little(Math.min(elements.length, 65535), 2) + body + "\xff";
}

function listpackElement(element: number | bigint | string): string {
  const text = listpackEntry(element);
  const length = text.length;
  return text + (length < 128 ? byte(length) : byte(length >> 7) + byte(0x80 | (length & 127)));
}

function listpackEntry(element: number | bigint | string): string {
  if (typeof element === "string") {
    return (element.length < 64 ? byte(0x80 | element.length) : big(0xe000 | element.length, 2)) + element;
  }
  const fits = (bits: number) => element >= -(2 ** (bits - 1)) && element < 2 ** (bits - 1);
  if (element >= 0 && element < 128) return byte(Number(element));
  if (fits(13)) return big(0xc000 | (Number(element) & 0x1fff), 2);
  if (fits(16)) return "\xf1" + little(element, 2);
  if (fits(24)) return "\xf2" + little(element, 3);
  return fits(32) ? "\xf3" + little(element, 4) : "\xf4" + little(element, 8);
}

/** A ziplist: numbers become integers. */
export function ziplist(elements: readonly (number | bigint | string)[]): string {
  let body = "";
  let last = 0;
  for (const element of elements) {
    const before = body.length - last;
    last = body.length;
    body += (before < 254 ? byte(before) : "\xfe" + little(before, 4)) + ziplistEntry(element);
  }
  return little(body.length + 11, 4) + little(last + 10, 4) + little(elements.length, 2) + body + "\xff";
}

function ziplistEntry(element: number | bigint | string): string {
  if (typeof element === "string") {
    const { length } = element;
    if (length < 64) return byte(length) + element;
    return (length < 16384 ? big(0x4000 | length, 2) : "\x80" + big(length, 4)) + element;
  }
  const fits = (bits: number) => element >= -(2 ** (bits - 1)) && element < 2 ** (bits - 1);
  if (element >= 0 && element <= 12) return byte(0xf1 + Number(element));
  if (fits(8)) return "\xfe" + little(element, 1);
  if (fits(16)) return "\xc0" + little(element, 2);
  if (fits(24)) return "\xf0" + little(element, 3);
  return fits(32) ? "\xd0" + little(element, 4) : "\xe0" + little(element, 8);
}

/** A zipmap, whose values are followed by `unused` bytes. */
export function zipmap(pairs: readonly (readonly [field: string, value: string])[], unused = 0): string {
  const length = (text: string) => text.length < 254 ? byte(text.length) : "\xfe" + little(text.length, 4);
  const body = pairs.map(([field, value]) =>
    length(field) + field + length(value) + byte(unused) + value + "?".repeat(unused)
  );
  return byte(pairs.length) + body.join("") + "\xff";
}

/** An intset of integers in rising order. */
export function intset(width: 2 | 4 | 8, integers: readonly (number | bigint)[]): string {
  return little(width, 4) + little(integers.length, 4) + integers.map((it) => little(it, width)).join("");
}
