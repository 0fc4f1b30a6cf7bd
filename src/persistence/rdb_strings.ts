/**
 * Strings in DUMP payloads and RDB files.
 *
 * @module
 */

import { copyBytes } from "../memory/copy_bytes.ts";
import { stringEncoding } from "../store/entry.ts";
import type { Keyspace } from "../store/keyspace.ts";
import { RDB_STRING } from "./rdb_format.ts";
import type { RdbReader, RdbString } from "./rdb_reader.ts";
import type { RdbKey, ValueCodec } from "./rdb_value.ts";
import type { RdbWriter } from "./rdb_writer.ts";

/** The codec of strings. */
export class StringCodec implements ValueCodec {
  readonly #keyspace: Keyspace;
  readonly #value: RdbString;

  /** @param string what is read into */
  constructor(keyspace: Keyspace, string: RdbString) {
    this.#keyspace = keyspace;
    this.#value = string;
  }

  type(): number {
    return RDB_STRING;
  }

  write(writer: RdbWriter, entry: number): null {
    const { entries } = this.#keyspace;
    entries.locateValue(entry);
    writer.string(entries.page, entries.at, entries.at + entries.length);
    return null;
  }

  read(reader: RdbReader, _type: number, key: RdbKey): number {
    const { entries } = this.#keyspace;
    const value = this.#value;
    reader.string(value);
    const { bytes, start, end, length } = value;
    const encoding = stringEncoding(bytes, start, end);
    const made = entries.create(
      key.bytes,
      key.start,
      key.end,
      encoding,
      key.access,
      key.expiry,
      length,
      length,
    );
    entries.locateValue(made);
    copyBytes(bytes, start, entries.page, entries.at, length);
    return made;
  }
}
