/**
 * Streams in DUMP payloads and RDB files.
 *
 * ```text
 *  STREAM_LISTPACKS    [ nodes ] ([ master ID: string of 16 bytes ][ listpack: string ])*
 *                      [ entries ][ last ID: 2 counts ]
 *                      from _2 on: [ first ID: 2 counts ][ largest deleted ID: 2 counts ][ entries added ]
 *                      [ groups ] group*
 *  group               [ name: string ][ last delivered ID: 2 counts ]
 *                      from _2 on: [ entries read, 2^64 - 1: unknown ]
 *                      [ pending ] ([ ID: 16 bytes ][ delivered: time ][ deliveries ])*
 *                      [ consumers ] consumer*
 *  consumer            [ name: string ][ seen: time ], from _3 on [ active: time ]
 *                      [ pending ] [ ID: 16 bytes ]*
 * ```
 *
 * All numbers but the times are counts. IDs in bytes have the upper bytes first.
 *
 * @module
 */

import { Listpack } from "../memory/listpack.ts";
import { ENCODING_STREAM, TYPE_STREAM } from "../store/entry.ts";
import type { Keyspace } from "../store/keyspace.ts";
import { StreamId } from "../store/types/stream_id.ts";
import { FIRST_ID, LAST_ID, MAX_DELETED_ID } from "../store/types/stream_layout.ts";
import {
  RDB_STREAM_LISTPACKS,
  RDB_STREAM_LISTPACKS_2,
  RDB_STREAM_LISTPACKS_3,
  RDB_VERSION_7_2,
  RdbCorrupt,
} from "./rdb_format.ts";
import { RdbReader, type RdbString } from "./rdb_reader.ts";
import { RdbGroups } from "./rdb_stream_groups.ts";
import { StreamNodeCheck } from "./rdb_stream_nodes.ts";
import {
  createEntry,
  filled,
  loadListpack,
  type RdbKey,
  STEP_BYTES,
  type ValueCodec,
  type ValueSteps,
  writeBlock,
} from "./rdb_value.ts";
import type { RdbWriter } from "./rdb_writer.ts";

const ID_BYTES = 16;
/** Bytes that a node takes at least: an ID with its length, and a listpack. */
const NODE_MIN_BYTES = 1 + ID_BYTES + 2;

/** The codec of streams. */
export class StreamCodec implements ValueCodec {
  readonly #keyspace: Keyspace;
  readonly #listpacks: Listpack;
  readonly #groups: RdbGroups;
  readonly #string: RdbString;
  readonly #id = new StreamId();

  /** @param string what is read into */
  constructor(keyspace: Keyspace, string: RdbString) {
    this.#keyspace = keyspace;
    this.#string = string;
    this.#listpacks = new Listpack(keyspace.arena);
    this.#groups = new RdbGroups(keyspace.streams, string);
  }

  type(_entry: number, version: number): number {
    return version >= RDB_VERSION_7_2 ? RDB_STREAM_LISTPACKS_3 : RDB_STREAM_LISTPACKS_2;
  }

  *write(writer: RdbWriter, entry: number, type: number): ValueSteps {
    const { entries, streams } = this.#keyspace;
    const stream = entries.root(entry);
    writer.count(streams.nodeCount(stream));
    const master = new StreamId();
    let written = 0;
    for (const node of streams.eachNode(stream, master)) {
      writer.count(ID_BYTES);
      writer.rawId(master);
      const length = this.#listpacks.bytes(node);
      writeBlock(writer, this.#keyspace, node, length);
      written += length;
      if (written < STEP_BYTES) continue;
      yield;
      written = 0;
    }
    writer.count(streams.length(stream));
    const id = this.#id;
    for (const which of [LAST_ID, FIRST_ID, MAX_DELETED_ID]) {
      streams.readId(stream, which, id);
      writer.id(id);
    }
    writer.countBigInt(streams.entriesAdded(stream));
    yield* this.#groups.write(writer, stream, type);
  }

  read(reader: RdbReader, type: number, key: RdbKey): number {
    const { streams } = this.#keyspace;
    const made = createEntry(this.#keyspace, key, TYPE_STREAM, ENCODING_STREAM, streams.create());
    return filled(this.#keyspace, made, () => this.#fill(reader, type, this.#keyspace.entries.root(made)));
  }

  #fill(reader: RdbReader, type: number, stream: number): void {
    const { streams } = this.#keyspace;
    const last = this.#readNodes(reader, stream);
    const length = reader.count();
    if (length !== streams.length(stream)) {
      throw new RdbCorrupt(`Stream of ${streams.length(stream)} entries says ${length}`);
    }
    const id = this.#id;
    reader.id(id);
    if (last !== null && id.compare(last) < 0) throw new RdbCorrupt(`Last ID ${id} is before ${last}`);
    streams.setId(stream, LAST_ID, id);
    let added = BigInt(length);
    if (type !== RDB_STREAM_LISTPACKS) {
      // The first ID: which it is, the nodes say.
      reader.id(id);
      reader.id(id);
      streams.setId(stream, MAX_DELETED_ID, id);
      added = reader.bigint();
    }
    streams.refreshFirst(stream);
    streams.setEntriesAdded(stream, added);
    this.#groups.read(reader, stream, type);
  }

  /** Reads the nodes; returns the ID of the last entry, deleted ones included, or null. */
  #readNodes(reader: RdbReader, stream: number): StreamId | null {
    const { arena, streams } = this.#keyspace;
    const listpacks = this.#listpacks;
    const string = this.#string;
    const check = new StreamNodeCheck(arena);
    const master = new StreamId();
    const nodes = reader.elements(NODE_MIN_BYTES);
    for (let i = 0; i < nodes; i++) {
      reader.string(string);
      if (string.length !== ID_BYTES) throw new RdbCorrupt(`Master ID of ${string.length} bytes`);
      new RdbReader(string.bytes, string.start, string.end).rawId(master);
      reader.string(string);
      const node = loadListpack(listpacks, string);
      try {
        // Redis's XTRIM may leave nodes of which all entries are deleted; ours are gone then.
        if (check.check(node, master)) streams.adoptNode(stream, master, node);
        else listpacks.free(node);
      } catch (error) {
        listpacks.free(node);
        throw error;
      }
    }
    return check.last;
  }
}
