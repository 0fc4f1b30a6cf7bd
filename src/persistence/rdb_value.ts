/**
 * What the codecs of the types of values have in common.
 *
 * @module
 */

import { PAGE_SHIFT, UNIT_MASK } from "../memory/arena.ts";
import type { Listpack } from "../memory/listpack.ts";
import type { Keyspace } from "../store/keyspace.ts";
import { RdbCorrupt } from "./rdb_format.ts";
import type { RdbReader, RdbString } from "./rdb_reader.ts";
import type { RdbWriter } from "./rdb_writer.ts";

/** The key that a value is read for, and what its entry gets besides. */
export interface RdbKey {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** When it expires, milliseconds since the epoch; -1: never. */
  readonly expiry: number;
  /** The 24 bits that say when it was last used. */
  readonly access: number;
}

/** Writes a value, at every `next` some of it: about `STEP_BYTES` bytes or `STEP_ELEMENTS` elements. */
export type ValueSteps = Generator<void, void>;

/** What one step of writing a value may write before it lets others go on. */
export const STEP_ELEMENTS = 512, STEP_BYTES = 65536;

/** Writes and reads the values of one type. */
export interface ValueCodec {
  /** The RDB_ number as which a value is written for readers of a version. */
  type(entry: number, version: number): number;
  /**
   * Writes a value as that type: at once where it is one block, and returns null; otherwise what writes it in bounded
   * steps. Until the last step the value must not change.
   */
  write(writer: RdbWriter, entry: number, type: number): ValueSteps | null;
  /**
   * An entry with a value that was written as `type`, not in a database yet; 0 where the value has no elements.
   *
   * @throws {RdbCorrupt} and {ArenaExhausted}, and nothing is left of it
   */
  read(reader: RdbReader, type: number, key: RdbKey): number;
}

/**
 * An entry with a collection, which is not in a database yet.
 *
 * @throws {ArenaExhausted} and `root` is freed
 */
export function createEntry(
  keyspace: Keyspace,
  key: RdbKey,
  type: number,
  encoding: number,
  root: number,
): number {
  const { entries } = keyspace;
  const { bytes, start, end, expiry, access } = key;
  try {
    return entries.createCollection(bytes, start, end, type, encoding, access, expiry, root);
  } catch (error) {
    entries.freeCollection(type, encoding, root);
    throw error;
  }
}

/** Fills an entry; where that fails, frees it. */
export function filled(keyspace: Keyspace, entry: number, fill: () => void): number {
  try {
    fill();
  } catch (error) {
    keyspace.entries.free(entry);
    throw error;
  }
  return entry;
}

/** Writes `length` bytes of a block of the arena as a string. */
export function writeBlock(writer: RdbWriter, keyspace: Keyspace, block: number, length: number): null {
  const at = (block & UNIT_MASK) << 3;
  writer.string(keyspace.arena.u8[block >>> PAGE_SHIFT], at, at + length);
  return null;
}

/**
 * A new listpack of the bytes of a string.
 *
 * @throws {RdbCorrupt} where they are none
 * @throws {ArenaExhausted}
 */
export function loadListpack(listpacks: Listpack, string: RdbString): number {
  const { bytes, start, end } = string;
  if (!listpacks.validate(bytes, start, end)) throw new RdbCorrupt("Listpack is broken");
  return listpacks.load(bytes, start, end);
}

/**
 * A new listpack of the elements that `pass` passes to the function that it is given.
 *
 * @throws {ArenaExhausted} and whatever `pass` throws
 */
export function buildListpack(
  listpacks: Listpack,
  pass: (visit: (bytes: Uint8Array, start: number, end: number) => void) => void,
): number {
  let listpack = listpacks.create();
  try {
    pass((bytes, start, end) => {
      listpack = listpacks.append(listpack, bytes, start, end);
    });
  } catch (error) {
    listpacks.free(listpack);
    throw error;
  }
  return listpack;
}
