/**
 * Sets in DUMP payloads and RDB files.
 *
 * ```text
 *  SET             [ count ] [ member: string ]*
 *  SET_INTSET      a string: an intset
 *  SET_LISTPACK    a string: a listpack; from Redis 7.2 on
 * ```
 *
 * @module
 */

import { Intset } from "../memory/intset.ts";
import { Listpack } from "../memory/listpack.ts";
import { ENCODING_INTSET, ENCODING_LISTPACK, TYPE_SET } from "../store/entry.ts";
import type { Keyspace } from "../store/keyspace.ts";
import { DuplicateFinder } from "./rdb_duplicates.ts";
import { RDB_SET, RDB_SET_INTSET, RDB_SET_LISTPACK, RDB_VERSION_7_2, RdbCorrupt } from "./rdb_format.ts";
import type { RdbReader, RdbString } from "./rdb_reader.ts";
import {
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

/** The codec of sets. */
export class SetCodec implements ValueCodec {
  readonly #keyspace: Keyspace;
  readonly #listpacks: Listpack;
  readonly #intsets: Intset;
  readonly #duplicates: DuplicateFinder;
  readonly #string: RdbString;

  /** @param string what is read into */
  constructor(keyspace: Keyspace, string: RdbString) {
    this.#keyspace = keyspace;
    this.#string = string;
    this.#listpacks = new Listpack(keyspace.arena);
    this.#intsets = new Intset(keyspace.arena);
    this.#duplicates = new DuplicateFinder(keyspace.arena, keyspace.hash);
  }

  type(entry: number, version: number): number {
    const encoding = this.#keyspace.entries.encoding(entry);
    if (encoding === ENCODING_INTSET) return RDB_SET_INTSET;
    return encoding === ENCODING_LISTPACK && version >= RDB_VERSION_7_2 ? RDB_SET_LISTPACK : RDB_SET;
  }

  write(writer: RdbWriter, entry: number, type: number): ValueSteps | null {
    if (type === RDB_SET) return this.#writeMembers(writer, entry);
    const root = this.#keyspace.entries.root(entry);
    const length = type === RDB_SET_INTSET ? this.#intsets.bytes(root) : this.#listpacks.bytes(root);
    return writeBlock(writer, this.#keyspace, root, length);
  }

  *#writeMembers(writer: RdbWriter, entry: number): ValueSteps {
    const { sets } = this.#keyspace;
    const cursor = sets.cursor();
    writer.count(sets.count(entry));
    let written = 0;
    for (let more = sets.first(entry, cursor); more; more = cursor.next()) {
      if (written++ % STEP_ELEMENTS === STEP_ELEMENTS - 1) yield;
      writer.string(cursor.page, cursor.at, cursor.at + cursor.length);
    }
  }

  read(reader: RdbReader, type: number, key: RdbKey): number {
    if (type === RDB_SET) return this.#readMembers(reader, key);
    reader.string(this.#string);
    const isIntset = type === RDB_SET_INTSET;
    const root = isIntset ? this.#loadIntset() : this.#loadListpack();
    if (root === 0) return 0;
    const encoding = isIntset ? ENCODING_INTSET : ENCODING_LISTPACK;
    const { sets } = this.#keyspace;
    const made = createEntry(this.#keyspace, key, TYPE_SET, encoding, root);
    return filled(this.#keyspace, made, () => sets.expect(made, sets.count(made)));
  }

  #loadIntset(): number {
    const { bytes, start, end } = this.#string;
    if (!this.#intsets.validate(bytes, start, end)) throw new RdbCorrupt("Intset is broken");
    return this.#intsets.load(bytes, start, end);
  }

  /** A listpack of members, 0 where there are none. */
  #loadListpack(): number {
    const listpacks = this.#listpacks;
    const root = loadListpack(listpacks, this.#string);
    const isEmpty = listpacks.count(root) === 0;
    const isBroken = !isEmpty && this.#duplicates.find(root, 1);
    if (isEmpty || isBroken) listpacks.free(root);
    if (isBroken) throw new RdbCorrupt("Member is twice in a set");
    return isEmpty ? 0 : root;
  }

  #readMembers(reader: RdbReader, key: RdbKey): number {
    const { sets } = this.#keyspace;
    const member = this.#string;
    const count = reader.elements();
    if (count === 0) return 0;
    reader.string(member);
    const encoding = sets.encodingFor(member.bytes, member.start, member.end, count);
    const made = createEntry(this.#keyspace, key, TYPE_SET, encoding, sets.create(encoding));
    return filled(this.#keyspace, made, () => {
      sets.add(made, member.bytes, member.start, member.end);
      for (let i = 1; i < count; i++) {
        reader.string(member);
        if (!sets.add(made, member.bytes, member.start, member.end)) {
          throw new RdbCorrupt("Member is twice in a set");
        }
      }
    });
  }
}
