/**
 * The blocks of a stream in the arena, and how their words are read and written.
 *
 * ```text
 *  stream     [ nodes: tree ][ groups: dictionary, 0: none ][ length ][ last ID: 4 ][ first ID: 4 ]
 *             [ largest deleted ID: 4 ][ entries added: 2 ][ nodes' bytes / 8 ]                     72 bytes
 *  group      [ length of name ][ pending: tree ][ consumers: dictionary ][ last delivered ID: 4 ]
 *             [ entries read: 2, -1: unknown ] name
 *  consumer   [ length of name ][ pending: tree ][ last seen: 2 ][ last active: 2, -1: never ] name
 *  pending    [ consumer ][ last delivered: 2 ][ deliveries: 2 ]                                    24 bytes
 *
 *  nodes      ordered tree by master ID   → listpack (see stream_node.ts)
 *  pending    ordered tree by ID          → block of the pending entry, the same one from a group and from a consumer
 * ```
 *
 * IDs are four words (see stream_id.ts), integers two, the more significant word first; times are milliseconds since
 * the epoch. Groups, consumers and pending entries only move when
 * pages are vacated.
 *
 * @module
 */

import { type Arena, PAGE_SHIFT, UNIT_MASK } from "../../memory/arena.ts";
import type { StreamId } from "./stream_id.ts";

/** Words of a stream. */
export const NODES = 0,
  GROUPS = 1,
  LENGTH = 2,
  LAST_ID = 3,
  FIRST_ID = 7,
  MAX_DELETED_ID = 11,
  ENTRIES_ADDED = 15,
  NODE_UNITS = 17;
/** Bytes of a stream. */
export const STREAM_BYTES = 72;

/** Words of a group and of a consumer. */
export const NAME_LENGTH = 0, PENDING = 1;
/** Further words of a group. */
export const CONSUMERS = 2, DELIVERED_ID = 3, ENTRIES_READ = 7;
/** Where a group's name begins, in bytes. */
export const GROUP_NAME = 36;
/** Further words of a consumer. */
export const SEEN = 2, ACTIVE = 4;
/** Where a consumer's name begins, in bytes. */
export const CONSUMER_NAME = 24;

/** Words of a pending entry. */
export const OWNER = 0, DELIVERED_AT = 1, DELIVERIES = 3;
/** Bytes of a pending entry. */
export const PENDING_BYTES = 20;

const TWO_TO_32 = 4294967296;

/** A word of a block. */
export function readWord(arena: Arena, block: number, word: number): number {
  return arena.u32[block >>> PAGE_SHIFT][((block & UNIT_MASK) << 1) + word];
}

/** Changes a word of a block. */
export function writeWord(arena: Arena, block: number, word: number, value: number): void {
  arena.u32[block >>> PAGE_SHIFT][((block & UNIT_MASK) << 1) + word] = value;
}

/** Reads an ID into `id`. */
export function readId(arena: Arena, block: number, word: number, id: StreamId): void {
  const words = arena.u32[block >>> PAGE_SHIFT];
  const at = ((block & UNIT_MASK) << 1) + word;
  id.msHigh = words[at];
  id.msLow = words[at + 1];
  id.seqHigh = words[at + 2];
  id.seqLow = words[at + 3];
}

/** Writes an ID. */
export function writeId(arena: Arena, block: number, word: number, id: StreamId): void {
  const words = arena.u32[block >>> PAGE_SHIFT];
  const at = ((block & UNIT_MASK) << 1) + word;
  words[at] = id.msHigh;
  words[at + 1] = id.msLow;
  words[at + 2] = id.seqHigh;
  words[at + 3] = id.seqLow;
}

/** A signed integer of 64 bits, exactly. */
export function readInt64(arena: Arena, block: number, word: number): bigint {
  return (BigInt(readWord(arena, block, word) | 0) << 32n) | BigInt(readWord(arena, block, word + 1));
}

/** Writes a signed integer of 64 bits. */
export function writeInt64(arena: Arena, block: number, word: number, value: bigint): void {
  writeWord(arena, block, word, Number(BigInt.asUintN(32, value >> 32n)));
  writeWord(arena, block, word + 1, Number(BigInt.asUintN(32, value)));
}

/** Adds 1 to an integer. */
export function increment(arena: Arena, block: number, word: number): void {
  const words = arena.u32[block >>> PAGE_SHIFT];
  const at = ((block & UNIT_MASK) << 1) + word;
  words[at + 1]++;
  if (words[at + 1] === 0) words[at]++;
}

/** A safe integer, -2^53 to 2^53. */
export function readInteger(arena: Arena, block: number, word: number): number {
  return (readWord(arena, block, word) | 0) * TWO_TO_32 + readWord(arena, block, word + 1);
}

/** Writes a safe integer. */
export function writeInteger(arena: Arena, block: number, word: number, value: number): void {
  const high = Math.floor(value / TWO_TO_32);
  writeWord(arena, block, word, high);
  writeWord(arena, block, word + 1, value - high * TWO_TO_32);
}
