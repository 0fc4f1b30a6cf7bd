/**
 * RDB files with something wrong in them.
 *
 * @module
 */

import { crc64 } from "../../src/base/crc64.ts";
import type { SeededRandom } from "../../src/base/random.ts";
import { concatBytes } from "../support/bytes.ts";

/** Bytes of the checksum at a file's end, and of what a file begins with. */
export const CHECKSUM_BYTES = 8, HEADER_BYTES = 9;

/** The bytes with one thing changed somewhere behind the header. */
export function mutated(random: SeededRandom, bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const below = (limit: number) => random.uint32() % limit;
  const at = HEADER_BYTES + below(bytes.length - HEADER_BYTES);
  const length = 1 + below(64);
  const changed = bytes.slice();
  switch (below(6)) {
    case 0:
      changed[at] += 1 + below(255);
      return changed;
    case 1:
      changed[at] ^= 1 << below(8);
      return changed;
    case 2:
      for (let n = 0; n < 8 && at + n < bytes.length; n++) changed[at + n] ^= 1 + below(255);
      return changed;
    case 3:
      return changed.slice(0, at);
    case 4:
      return concatBytes([bytes.subarray(0, at), bytes.subarray(at + length)]);
    default: {
      // Not at the very end: what stands behind the checksum is not read.
      const from = Math.min(at, bytes.length - length - 1);
      return concatBytes([bytes.subarray(0, from + length), bytes.subarray(from)]);
    }
  }
}

/** The bytes with the checksum that is right for them, in the place of whatever they end with. */
export function sealed(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const end = bytes.length - CHECKSUM_BYTES;
  const { high, low } = crc64(bytes, 0, end);
  const view = new DataView(bytes.buffer);
  view.setUint32(end, low, true);
  view.setUint32(end + 4, high, true);
  return bytes;
}
