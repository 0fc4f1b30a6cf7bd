/**
 * Hashes in DUMP payloads and RDB files.
 *
 * ```text
 *  HASH                       [ count ] ([ name: string ][ value: string ])*
 *  HASH_LISTPACK, _ZIPLIST,   a string: names and values in turns
 *       _ZIPMAP
 *  HASH_METADATA              [ first expiry: time ][ count ] ([ expiry - first + 1, 0: none: count ][ name ][ value ])*
 *  HASH_METADATA_PRE_GA       [ count ] ([ expiry, 0: none: count ][ name ][ value ])*
 *  HASH_LISTPACK_EX           [ first expiry: time ] a string: names, values and expiries (0: none) in turns
 *  HASH_LISTPACK_EX_PRE_GA    the string
 * ```
 *
 * Expiries are milliseconds since the epoch. Only Redis 7.4 and later read a hash of which fields expire.
 *
 * @module
 */

import { Listpack } from "../memory/listpack.ts";
import { ENCODING_LISTPACK, ENCODING_LISTPACKEX, TYPE_HASH } from "../store/entry.ts";
import type { Keyspace } from "../store/keyspace.ts";
import { DuplicateFinder } from "./rdb_duplicates.ts";
import {
  RDB_HASH,
  RDB_HASH_LISTPACK,
  RDB_HASH_LISTPACK_EX,
  RDB_HASH_LISTPACK_EX_PRE_GA,
  RDB_HASH_METADATA,
  RDB_HASH_METADATA_PRE_GA,
  RDB_HASH_ZIPLIST,
  RDB_HASH_ZIPMAP,
  RdbCorrupt,
} from "./rdb_format.ts";
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
import { forEachInZiplist, forEachInZipmap } from "./rdb_ziplist.ts";

/** The latest time at which a field may expire, milliseconds since the epoch, as in Redis. */
const LAST_FIELD_EXPIRY = 2 ** 48 - 1;

/** The codec of hashes. */
export class HashCodec implements ValueCodec {
  readonly #keyspace: Keyspace;
  readonly #listpacks: Listpack;
  /** Keeps the digits of one element while `#listpacks` spells another. */
  readonly #names: Listpack;
  readonly #duplicates: DuplicateFinder;
  readonly #name: RdbString;
  readonly #value: RdbString;

  /** @param name what names are read into, and `value` the rest */
  constructor(keyspace: Keyspace, name: RdbString, value: RdbString) {
    this.#keyspace = keyspace;
    this.#name = name;
    this.#value = value;
    this.#listpacks = new Listpack(keyspace.arena);
    this.#names = new Listpack(keyspace.arena);
    this.#duplicates = new DuplicateFinder(keyspace.arena, keyspace.hash);
  }

  type(entry: number): number {
    const { entries, hashes } = this.#keyspace;
    const encoding = entries.encoding(entry);
    if (encoding === ENCODING_LISTPACK) return RDB_HASH_LISTPACK;
    if (hashes.firstExpiry(entry) < 0) return RDB_HASH;
    return encoding === ENCODING_LISTPACKEX ? RDB_HASH_LISTPACK_EX : RDB_HASH_METADATA;
  }

  write(writer: RdbWriter, entry: number, type: number): ValueSteps | null {
    const { entries, hashes } = this.#keyspace;
    const first = hashes.firstExpiry(entry);
    if (type === RDB_HASH_LISTPACK_EX || type === RDB_HASH_METADATA) writer.int64(first);
    if (type === RDB_HASH_LISTPACK || type === RDB_HASH_LISTPACK_EX) {
      const root = entries.root(entry);
      return writeBlock(writer, this.#keyspace, root, this.#listpacks.bytes(root));
    }
    return this.#writeFields(writer, entry, type === RDB_HASH_METADATA ? first : -1);
  }

  /** Writes the fields, with their expiries where `first`, the first of them, is not -1. */
  *#writeFields(writer: RdbWriter, entry: number, first: number): ValueSteps {
    const { hashes } = this.#keyspace;
    writer.count(hashes.count(entry));
    const visit = () => {
      if (first >= 0) writer.count(hashes.expiry < 0 ? 0 : hashes.expiry - first + 1);
      hashes.locateName(entry);
      writer.string(hashes.page, hashes.at, hashes.at + hashes.length);
      hashes.locateValue(entry);
      writer.string(hashes.page, hashes.at, hashes.at + hashes.length);
    };
    for (let cursor = hashes.scan(entry, 0, STEP_ELEMENTS, visit); cursor !== 0;) {
      yield;
      cursor = hashes.scan(entry, cursor, STEP_ELEMENTS, visit);
    }
  }

  read(reader: RdbReader, type: number, key: RdbKey): number {
    switch (type) {
      case RDB_HASH:
      case RDB_HASH_METADATA:
      case RDB_HASH_METADATA_PRE_GA:
        return this.#readFields(reader, type, key);
      case RDB_HASH_LISTPACK_EX:
      case RDB_HASH_LISTPACK_EX_PRE_GA:
        return this.#readExpiring(reader, type, key);
      default:
        return this.#readPacked(reader, type, key);
    }
  }

  #readFields(reader: RdbReader, type: number, key: RdbKey): number {
    const first = type === RDB_HASH_METADATA ? reader.int64() : 1;
    const count = reader.elements(2);
    if (count === 0) return 0;
    return this.#fill(key, (add) => {
      for (let i = 0; i < count; i++) {
        const expiry = type === RDB_HASH ? 0 : reader.count();
        reader.string(this.#name);
        reader.string(this.#value);
        add(this.#name, this.#value, expiry === 0 ? -1 : checkedExpiry(first + expiry - 1));
      }
    });
  }

  /** A hash of a listpack with expiries: what has expired is left out, and the others are put in order. */
  #readExpiring(reader: RdbReader, type: number, key: RdbKey): number {
    // The first expiry: it is among the others, too.
    if (type === RDB_HASH_LISTPACK_EX) reader.int64();
    const listpacks = this.#listpacks;
    const names = this.#names;
    reader.string(this.#value);
    const packed = loadListpack(listpacks, this.#value);
    try {
      if (listpacks.count(packed) % 3 !== 0) throw new RdbCorrupt("Field without value or expiry");
      if (this.#duplicates.find(packed, 3)) throw new RdbCorrupt("Field is twice in a hash");
      if (listpacks.count(packed) === 0) return 0;
      return this.#fill(key, (add) => {
        for (let position = listpacks.first(packed); position !== 0;) {
          names.get(packed, position);
          this.#name.set(names.page, names.at, names.at + names.length);
          position = listpacks.next(packed, position);
          const expiry = listpacks.getInteger(packed, listpacks.next(packed, position));
          listpacks.get(packed, position);
          this.#value.set(listpacks.page, listpacks.at, listpacks.at + listpacks.length);
          add(this.#name, this.#value, expiry === 0 ? -1 : checkedExpiry(expiry));
          position = listpacks.next(packed, listpacks.next(packed, position));
        }
      });
    } finally {
      listpacks.free(packed);
    }
  }

  /**
   * A hash of the fields that `pass` passes to the function that it is given, but for those that have expired. Where
   * any have an expiry it is one whose fields may.
   */
  #fill(
    key: RdbKey,
    pass: (add: (name: RdbString, value: RdbString, expiry: number) => void) => void,
  ): number {
    const { entries, expiresKeys, hashes, now } = this.#keyspace;
    const made = createEntry(this.#keyspace, key, TYPE_HASH, ENCODING_LISTPACK, hashes.create());
    filled(this.#keyspace, made, () =>
      pass((name, value, expiry) => {
        if (expiry !== -1 && expiry <= now && expiresKeys) return;
        const isNew = hashes.set(
          made,
          name.bytes,
          name.start,
          name.end,
          value.bytes,
          value.start,
          value.end,
        );
        if (!isNew) throw new RdbCorrupt("Field is twice in a hash");
        if (expiry === -1) return;
        hashes.makeExpirable(made);
        hashes.find(made, name.bytes, name.start, name.end);
        hashes.setExpiry(made, expiry);
      }));
    if (hashes.count(made) === 0) {
      entries.free(made);
      return 0;
    }
    if (hashes.firstExpiry(made) >= 0) entries.markVolatileFields(made, true);
    return made;
  }

  #readPacked(reader: RdbReader, type: number, key: RdbKey): number {
    const listpacks = this.#listpacks;
    const string = this.#value;
    let longest = 0;
    reader.string(string);
    let root: number;
    if (type === RDB_HASH_ZIPMAP) {
      root = buildListpack(listpacks, (visit) =>
        forEachInZipmap(string, (bytes, start, end) => {
          longest = Math.max(longest, end - start);
          visit(bytes, start, end);
        }));
    } else if (type === RDB_HASH_ZIPLIST) {
      root = buildListpack(listpacks, (visit) => forEachInZiplist(string, visit));
    } else {
      root = loadListpack(listpacks, string);
    }
    const elements = listpacks.count(root);
    const isBroken = elements % 2 !== 0 || this.#duplicates.find(root, 2);
    if (isBroken || elements === 0) {
      listpacks.free(root);
      if (isBroken) throw new RdbCorrupt("Field is twice in a hash, or without value");
      return 0;
    }
    const { hashes, limits } = this.#keyspace;
    const made = createEntry(this.#keyspace, key, TYPE_HASH, ENCODING_LISTPACK, root);
    return filled(this.#keyspace, made, () => {
      // As in Redis, it is only for zipmaps that the fields' lengths count.
      const isLarge = elements / 2 > limits.hashMaxListpackEntries || longest > limits.hashMaxListpackValue;
      if (isLarge) hashes.convert(made);
    });
  }
}

/** A time at which a field may expire. */
function checkedExpiry(expiry: number): number {
  if (!(expiry > 0 && expiry <= LAST_FIELD_EXPIRY)) throw new RdbCorrupt(`Field that expires at ${expiry}`);
  return expiry;
}
