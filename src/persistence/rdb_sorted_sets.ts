/**
 * Sorted sets in DUMP payloads and RDB files.
 *
 * ```text
 *  ZSET, ZSET_2              [ count ] ([ member: string ][ score: as text, or 8 bytes ])*      highest score first
 *  ZSET_LISTPACK, _ZIPLIST   a string: members and scores in turns, lowest score first
 * ```
 *
 * @module
 */

import { Listpack } from "../memory/listpack.ts";
import { ENCODING_LISTPACK, ENCODING_SKIPLIST, TYPE_ZSET } from "../store/entry.ts";
import type { Keyspace } from "../store/keyspace.ts";
import type { SortedSetCursor } from "../store/types/zset_cursor.ts";
import { packedScore } from "../store/types/zset_packed.ts";
import { compareRanges } from "../store/types/zset_range.ts";
import { ADD_ADDED } from "../store/types/zset_value.ts";
import { DuplicateFinder } from "./rdb_duplicates.ts";
import { RDB_ZSET, RDB_ZSET_2, RDB_ZSET_LISTPACK, RDB_ZSET_ZIPLIST, RdbCorrupt } from "./rdb_format.ts";
import type { RdbReader, RdbString } from "./rdb_reader.ts";
import {
  buildListpack,
  createEntry,
  filled,
  loadListpack,
  type RdbKey,
  STEP_ELEMENTS,
  type ValueCodec,
  type ValueSteps,
  writeBlock,
} from "./rdb_value.ts";
import type { RdbWriter } from "./rdb_writer.ts";
import { forEachInZiplist } from "./rdb_ziplist.ts";

/** The codec of sorted sets. */
export class SortedSetCodec implements ValueCodec {
  readonly #keyspace: Keyspace;
  readonly #listpacks: Listpack;
  /** Keeps the digits of one element while `#listpacks` spells another. */
  readonly #previous: Listpack;
  readonly #duplicates: DuplicateFinder;
  readonly #cursor: SortedSetCursor;
  readonly #string: RdbString;

  /** @param string what is read into */
  constructor(keyspace: Keyspace, string: RdbString) {
    this.#keyspace = keyspace;
    this.#string = string;
    this.#listpacks = new Listpack(keyspace.arena);
    this.#previous = new Listpack(keyspace.arena);
    this.#duplicates = new DuplicateFinder(keyspace.arena, keyspace.hash);
    this.#cursor = keyspace.sortedSets.cursor();
  }

  type(entry: number): number {
    return this.#keyspace.entries.encoding(entry) === ENCODING_LISTPACK ? RDB_ZSET_LISTPACK : RDB_ZSET_2;
  }

  write(writer: RdbWriter, entry: number, type: number): ValueSteps | null {
    if (type !== RDB_ZSET_LISTPACK) return this.#writeElements(writer, entry);
    const root = this.#keyspace.entries.root(entry);
    return writeBlock(writer, this.#keyspace, root, this.#listpacks.bytes(root));
  }

  *#writeElements(writer: RdbWriter, entry: number): ValueSteps {
    const { sortedSets } = this.#keyspace;
    const count = sortedSets.count(entry);
    const cursor = sortedSets.cursor();
    writer.count(count);
    let written = 0;
    for (let more = sortedSets.seek(entry, cursor, count - 1); more; more = cursor.previous()) {
      if (written++ % STEP_ELEMENTS === STEP_ELEMENTS - 1) yield;
      writer.string(cursor.page, cursor.at, cursor.at + cursor.length);
      writer.double(cursor.score());
    }
  }

  read(reader: RdbReader, type: number, key: RdbKey): number {
    if (type === RDB_ZSET || type === RDB_ZSET_2) return this.#readElements(reader, type, key);
    const string = this.#string;
    reader.string(string);
    const listpacks = this.#listpacks;
    const root = type === RDB_ZSET_ZIPLIST
      ? buildListpack(listpacks, (visit) => forEachInZiplist(string, visit))
      : loadListpack(listpacks, string);
    try {
      this.#checkPacked(root);
    } catch (error) {
      listpacks.free(root);
      throw error;
    }
    if (listpacks.count(root) === 0) {
      listpacks.free(root);
      return 0;
    }
    const packed = createEntry(this.#keyspace, key, TYPE_ZSET, ENCODING_LISTPACK, root);
    const { entries, limits, sortedSets } = this.#keyspace;
    if (sortedSets.count(packed) <= limits.zsetMaxListpackEntries) return packed;
    try {
      return this.#unpacked(packed, key);
    } finally {
      entries.free(packed);
    }
  }

  /** A copy of a packed sorted set that is not packed. */
  #unpacked(packed: number, key: RdbKey): number {
    const { sortedSets } = this.#keyspace;
    const cursor = this.#cursor;
    const made = this.#createUnpacked(key);
    return filled(this.#keyspace, made, () => {
      for (let more = sortedSets.seek(packed, cursor, 0); more; more = cursor.next()) {
        sortedSets.add(made, cursor.page, cursor.at, cursor.at + cursor.length, cursor.score(), 0);
      }
    });
  }

  #createUnpacked(key: RdbKey): number {
    const root = this.#keyspace.sortedSets.create(ENCODING_SKIPLIST);
    return createEntry(this.#keyspace, key, TYPE_ZSET, ENCODING_SKIPLIST, root);
  }

  #readElements(reader: RdbReader, type: number, key: RdbKey): number {
    const { sortedSets } = this.#keyspace;
    const member = this.#string;
    const count = reader.elements();
    if (count === 0) return 0;
    const made = this.#createUnpacked(key);
    return filled(this.#keyspace, made, () => {
      let longest = 0;
      for (let i = 0; i < count; i++) {
        reader.string(member);
        const score = type === RDB_ZSET_2 ? reader.double() : reader.textDouble();
        if (score !== score) throw new RdbCorrupt("Score is not a number");
        const { bytes, start, end } = member;
        if (sortedSets.add(made, bytes, start, end, score, 0) !== ADD_ADDED) {
          throw new RdbCorrupt("Member is twice in a sorted set");
        }
        longest = Math.max(longest, end - start);
      }
      sortedSets.packIfSmall(made, longest);
    });
  }

  /** Checks that members and scores take turns, that they are in order, and that no member is there twice. */
  #checkPacked(root: number): void {
    const listpacks = this.#listpacks;
    const previous = this.#previous;
    if (listpacks.count(root) % 2 !== 0) throw new RdbCorrupt("Member without score");
    let lastScore = NaN;
    for (let position = listpacks.first(root); position !== 0;) {
      const scoreAt = listpacks.next(root, position);
      const score = packedScore(listpacks, root, scoreAt);
      if (score !== score) throw new RdbCorrupt("Score is not a number");
      listpacks.get(root, position);
      const { page, at, length } = listpacks;
      const rises = lastScore !== lastScore || score > lastScore || (score === lastScore &&
        compareRanges(page, at, length, previous.page, previous.at, previous.length) > 0);
      if (!rises) throw new RdbCorrupt("Sorted set is not in order");
      previous.get(root, position);
      lastScore = score;
      position = listpacks.next(root, scoreAt);
    }
    if (this.#duplicates.find(root, 2)) throw new RdbCorrupt("Member is twice in a sorted set");
  }
}
