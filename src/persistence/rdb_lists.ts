/**
 * Lists in DUMP payloads and RDB files.
 *
 * ```text
 *  LIST               [ count ] [ element: string ]*
 *  LIST_ZIPLIST       a string: a ziplist
 *  LIST_QUICKLIST     [ nodes: count ] ( a string: a ziplist )*
 *  LIST_QUICKLIST_2   [ nodes: count ] ([ 1: one large element, 2: a listpack ] string)*
 * ```
 *
 * @module
 */

import { Listpack } from "../memory/listpack.ts";
import { Quicklist } from "../memory/quicklist.ts";
import { ENCODING_LISTPACK, ENCODING_QUICKLIST, TYPE_LIST } from "../store/entry.ts";
import type { Keyspace } from "../store/keyspace.ts";
import {
  NODE_PACKED,
  NODE_PLAIN,
  RDB_LIST,
  RDB_LIST_QUICKLIST_2,
  RDB_LIST_ZIPLIST,
  RdbCorrupt,
} from "./rdb_format.ts";
import type { RdbReader, RdbString } from "./rdb_reader.ts";
import {
  buildListpack,
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
import { forEachInZiplist } from "./rdb_ziplist.ts";

/** The codec of lists. */
export class ListCodec implements ValueCodec {
  readonly #keyspace: Keyspace;
  readonly #listpacks: Listpack;
  readonly #string: RdbString;

  /** @param string what is read into */
  constructor(keyspace: Keyspace, string: RdbString) {
    this.#keyspace = keyspace;
    this.#string = string;
    this.#listpacks = keyspace.lists.listpacks;
  }

  type(): number {
    return RDB_LIST_QUICKLIST_2;
  }

  write(writer: RdbWriter, entry: number): ValueSteps | null {
    const { entries } = this.#keyspace;
    const root = entries.root(entry);
    if (entries.encoding(entry) !== ENCODING_LISTPACK) return this.#writeNodes(writer, root);
    writer.count(1);
    writer.count(NODE_PACKED);
    return writeBlock(writer, this.#keyspace, root, this.#listpacks.bytes(root));
  }

  *#writeNodes(writer: RdbWriter, root: number): ValueSteps {
    // Its own, because it stays where it is between two steps.
    const quicklists = new Quicklist(this.#keyspace.arena, new Listpack(this.#keyspace.arena));
    writer.count(quicklists.nodeCount(root));
    let written = 0;
    for (let more = quicklists.firstNode(root); more; more = quicklists.nextNode()) {
      if (written > STEP_BYTES) {
        yield;
        written = 0;
      }
      quicklists.getNode();
      written += quicklists.length;
      writer.count(quicklists.nodeIsPlain() ? NODE_PLAIN : NODE_PACKED);
      writer.string(quicklists.page, quicklists.at, quicklists.at + quicklists.length);
    }
  }

  read(reader: RdbReader, type: number, key: RdbKey): number {
    const { entries, lists } = this.#keyspace;
    const { quicklists } = lists;
    const root = quicklists.create();
    const made = createEntry(this.#keyspace, key, TYPE_LIST, ENCODING_QUICKLIST, root);
    filled(this.#keyspace, made, () => {
      const count = type === RDB_LIST_ZIPLIST ? 1 : reader.elements();
      for (let i = 0; i < count; i++) this.#readNode(reader, type, quicklists, root);
    });
    if (quicklists.count(root) === 0) {
      entries.free(made);
      return 0;
    }
    return filled(this.#keyspace, made, () => lists.packIfSmall(made));
  }

  /** Reads a node, or for LIST an element, and puts it at the end of a list. */
  #readNode(reader: RdbReader, type: number, quicklists: Quicklist, root: number): void {
    const container = type === RDB_LIST_QUICKLIST_2 ? reader.count() : NODE_PACKED;
    const string = this.#string;
    reader.string(string);
    const { bytes, start, end } = string;
    if (type === RDB_LIST) return quicklists.pushTail(root, bytes, start, end);
    if (container === NODE_PLAIN) return quicklists.appendPlain(root, bytes, start, end);
    if (container !== NODE_PACKED) throw new RdbCorrupt(`Node of the unknown kind ${container}`);
    const node = type === RDB_LIST_QUICKLIST_2
      ? loadListpack(this.#listpacks, string)
      : buildListpack(this.#listpacks, (visit) => forEachInZiplist(string, visit));
    try {
      quicklists.appendListpack(root, node);
    } catch (error) {
      this.#listpacks.free(node);
      throw error;
    }
  }
}
