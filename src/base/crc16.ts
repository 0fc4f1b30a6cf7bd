/**
 * CRC16 as Redis Cluster uses it (XMODEM: polynomial 0x1021, initial value 0, nothing reflected), and the hash slot
 * of a key.
 *
 * @module
 */

/** How many hash slots a cluster has. */
export const SLOT_COUNT = 16384;

const OPENING_BRACE = 123;
const CLOSING_BRACE = 125;

const table = createTable();

function createTable(): Uint16Array {
  const entries = new Uint16Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let remainder = byte << 8;
    for (let bit = 0; bit < 8; bit++) {
      remainder = (remainder << 1) ^ (remainder & 0x8000 ? 0x1021 : 0);
    }
    entries[byte] = remainder;
  }
  return entries;
}

/** The CRC16 of `bytes[start, end)`, 0 to 65535. Hot; allocates nothing. */
export function crc16(bytes: Uint8Array, start: number, end: number): number {
  let crc = 0;
  for (let at = start; at < end; at++) {
    crc = ((crc << 8) & 0xffff) ^ table[(crc >>> 8) ^ bytes[at]];
  }
  return crc;
}

/**
 * The hash slot of the key `bytes[start, end)`, 0 to 16383. Hot; allocates nothing.
 *
 * Where there is something between the key's first `{` and the first `}` after it, only that is hashed, so that
 * clients can put keys that belong together into one slot.
 */
export function keySlot(bytes: Uint8Array, start: number, end: number): number {
  for (let open = start; open < end; open++) {
    if (bytes[open] !== OPENING_BRACE) continue;
    for (let close = open + 1; close < end; close++) {
      if (bytes[close] !== CLOSING_BRACE) continue;
      if (close === open + 1) break;
      return crc16(bytes, open + 1, close) & (SLOT_COUNT - 1);
    }
    break;
  }
  return crc16(bytes, start, end) & (SLOT_COUNT - 1);
}
