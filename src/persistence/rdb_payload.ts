/**
 * What makes a value a DUMP payload.
 *
 * ```text
 *  [ type ] value [ version: 2 ][ CRC64 of all before it: 8 ]        lower bytes first
 * ```
 *
 * @module
 */

import { crc64 } from "../base/crc64.ts";
import { LAST_RDB_VERSION } from "./rdb_format.ts";
import type { RdbWriter } from "./rdb_writer.ts";

/** Bytes behind the value. */
export const PAYLOAD_FOOTER_BYTES = 10;
const CRC_BYTES = 8;

/** Writes what stands behind the value, which is all that has been written. */
export function sealPayload(writer: RdbWriter, version: number): void {
  writer.uint16(version);
  const { high, low } = crc64(writer.bytes, 0, writer.length);
  writer.uint32(low);
  writer.uint32(high);
}

/** Whether `bytes[start, end)` are a payload of a version that is read, whose CRC is right. */
export function isPayload(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < PAYLOAD_FOOTER_BYTES) return false;
  const footer = end - PAYLOAD_FOOTER_BYTES;
  if ((bytes[footer] | (bytes[footer + 1] << 8)) > LAST_RDB_VERSION) return false;
  const { high, low } = crc64(bytes, start, end - CRC_BYTES);
  return readLow(bytes, end - CRC_BYTES) === low && readLow(bytes, end - 4) === high;
}

function readLow(bytes: Uint8Array, at: number): number {
  return (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0;
}
