/**
 * Values as Redis serializes them, for DUMP payloads and for RDB files: each type is written and read by its codec.
 *
 * What is written depends on the version of Redis that is to read it. What is read gets the encoding that it has here
 * under the present limits, and is checked as Redis checks with `sanitize-dump-payload yes`, whatever that is set to:
 * a value is sound, or it is refused.
 *
 * @module
 */

import { TYPE_HASH, TYPE_LIST, TYPE_SET, TYPE_STREAM, TYPE_STRING, TYPE_ZSET } from "../store/entry.ts";
import type { Keyspace } from "../store/keyspace.ts";
import {
  RDB_HASH,
  RDB_HASH_LISTPACK,
  RDB_HASH_LISTPACK_EX,
  RDB_HASH_LISTPACK_EX_PRE_GA,
  RDB_HASH_METADATA,
  RDB_HASH_METADATA_PRE_GA,
  RDB_HASH_ZIPLIST,
  RDB_HASH_ZIPMAP,
  RDB_LIST,
  RDB_LIST_QUICKLIST,
  RDB_LIST_QUICKLIST_2,
  RDB_LIST_ZIPLIST,
  RDB_SET,
  RDB_SET_INTSET,
  RDB_SET_LISTPACK,
  RDB_STREAM_LISTPACKS,
  RDB_STREAM_LISTPACKS_2,
  RDB_STREAM_LISTPACKS_3,
  RDB_STRING,
  RDB_VERSION_7_4,
  RDB_ZSET,
  RDB_ZSET_2,
  RDB_ZSET_LISTPACK,
  RDB_ZSET_ZIPLIST,
  RdbCorrupt,
} from "./rdb_format.ts";
import { HashCodec } from "./rdb_hashes.ts";
import { ListCodec } from "./rdb_lists.ts";
import { type RdbReader, RdbString } from "./rdb_reader.ts";
import { SetCodec } from "./rdb_sets.ts";
import { SortedSetCodec } from "./rdb_sorted_sets.ts";
import { StreamCodec } from "./rdb_streams.ts";
import { StringCodec } from "./rdb_strings.ts";
import type { RdbKey, ValueCodec, ValueSteps } from "./rdb_value.ts";
import type { RdbWriter } from "./rdb_writer.ts";

/** Which type of ours a value is that was written as an RDB_ type. */
const TYPES = new Map<number, number>([
  [RDB_STRING, TYPE_STRING],
  [RDB_LIST, TYPE_LIST],
  [RDB_LIST_ZIPLIST, TYPE_LIST],
  [RDB_LIST_QUICKLIST, TYPE_LIST],
  [RDB_LIST_QUICKLIST_2, TYPE_LIST],
  [RDB_SET, TYPE_SET],
  [RDB_SET_INTSET, TYPE_SET],
  [RDB_SET_LISTPACK, TYPE_SET],
  [RDB_ZSET, TYPE_ZSET],
  [RDB_ZSET_2, TYPE_ZSET],
  [RDB_ZSET_ZIPLIST, TYPE_ZSET],
  [RDB_ZSET_LISTPACK, TYPE_ZSET],
  [RDB_HASH, TYPE_HASH],
  [RDB_HASH_ZIPMAP, TYPE_HASH],
  [RDB_HASH_ZIPLIST, TYPE_HASH],
  [RDB_HASH_LISTPACK, TYPE_HASH],
  [RDB_HASH_METADATA, TYPE_HASH],
  [RDB_HASH_METADATA_PRE_GA, TYPE_HASH],
  [RDB_HASH_LISTPACK_EX, TYPE_HASH],
  [RDB_HASH_LISTPACK_EX_PRE_GA, TYPE_HASH],
  [RDB_STREAM_LISTPACKS, TYPE_STREAM],
  [RDB_STREAM_LISTPACKS_2, TYPE_STREAM],
  [RDB_STREAM_LISTPACKS_3, TYPE_STREAM],
]);

/** Writes and reads the values of a keyspace. */
export class RdbValues {
  static readonly #instances = new WeakMap<Keyspace, RdbValues>();

  readonly #keyspace: Keyspace;
  /** By our type. */
  readonly #codecs: ValueCodec[] = [];
  /** What strings are read into. */
  readonly #strings: readonly [RdbString, RdbString] = [new RdbString(), new RdbString()];

  constructor(keyspace: Keyspace) {
    this.#keyspace = keyspace;
    const [first, second] = this.#strings;
    this.#codecs[TYPE_STRING] = new StringCodec(keyspace, first);
    this.#codecs[TYPE_LIST] = new ListCodec(keyspace, first);
    this.#codecs[TYPE_SET] = new SetCodec(keyspace, first);
    this.#codecs[TYPE_ZSET] = new SortedSetCodec(keyspace, first);
    this.#codecs[TYPE_HASH] = new HashCodec(keyspace, first, second);
    this.#codecs[TYPE_STREAM] = new StreamCodec(keyspace, first);
  }

  /** The one that commands on a keyspace use, one after the other. */
  static of(keyspace: Keyspace): RdbValues {
    let values = RdbValues.#instances.get(keyspace);
    if (values === undefined) RdbValues.#instances.set(keyspace, values = new RdbValues(keyspace));
    return values;
  }

  /** The byte that says how an entry's value is written for readers of a version: see `write`. */
  type(entry: number, version: number): number {
    return this.#codecs[this.#keyspace.entries.type(entry)].type(entry, version);
  }

  /** Writes the value of an entry as what `type` has returned for it; that byte is for the caller to write. */
  write(writer: RdbWriter, entry: number, type: number): void {
    const steps = this.begin(writer, entry, type);
    if (steps !== null) { while (!steps.next().done); }
  }

  /** As `write`, but where the value may be large returns what writes it, in steps; until the last it must not change. */
  begin(writer: RdbWriter, entry: number, type: number): ValueSteps | null {
    return this.#codecs[this.#keyspace.entries.type(entry)].write(writer, entry, type);
  }

  /** The first version that has a type: `version`, unless the type is newer than that. */
  static versionFor(type: number, version: number): number {
    return type >= RDB_HASH_METADATA_PRE_GA ? Math.max(version, RDB_VERSION_7_4) : version;
  }

  /**
   * An entry with a value that was written as `type`, for `Database.place`; 0 where the value has no elements (or only
   * fields that have expired).
   *
   * @throws {RdbCorrupt} where the bytes are no sound value of that type
   * @throws {ArenaExhausted} In both cases nothing is left behind.
   */
  read(reader: RdbReader, type: number, key: RdbKey): number {
    const ours = TYPES.get(type);
    if (ours === undefined) throw new RdbCorrupt(`Unknown type ${type}`);
    try {
      return this.#codecs[ours].read(reader, type, key);
    } finally {
      // What was read may be large, and this object is kept.
      for (const string of this.#strings) string.release();
    }
  }
}
