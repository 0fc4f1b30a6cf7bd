/**
 * Snapshots as RDB files.
 *
 * @module
 */

import { bytesOf } from "../base/bytes.ts";
import type { Keyspace } from "../store/keyspace.ts";
import {
  MAGIC,
  OPCODE_AUX,
  OPCODE_END,
  OPCODE_EXPIRY,
  OPCODE_FREQUENCY,
  OPCODE_FUNCTION,
  OPCODE_IDLE,
  OPCODE_RESIZE,
  OPCODE_SELECT,
  VERSION_DIGITS,
} from "./rdb_file.ts";
import { RDB_VERSION_7_0, RDB_VERSION_7_4 } from "./rdb_format.ts";
import type { ValueSteps } from "./rdb_value.ts";
import { RdbValues } from "./rdb_values.ts";
import { RdbWriter } from "./rdb_writer.ts";
import type { SnapshotFormat } from "./snapshot.ts";

/** Strings up to this length are compressed while clients wait; a longer one would keep them waiting for too long. */
const COMPRESSED_MAX = 256 * 1024;

/** What an RDB file is made with. */
export interface RdbOptions {
  /** Whether long strings are compressed (`rdbcompression`). */
  readonly compresses: boolean;
  /** Whether the file ends with its checksum (`rdbchecksum`). */
  readonly checksum: boolean;
  /** What it says of the use of each key: for how long it has not been used, or how often it has. */
  readonly uses: "idle" | "frequency" | "none";
  /** Auxiliary fields, names and values being byte strings. */
  readonly auxiliary: readonly (readonly [name: string, value: string])[];
  /** Libraries of functions. */
  readonly functions: readonly Uint8Array[];
  /** Whether nobody is served until it is complete, so that no single value takes too long. */
  readonly atOnce: boolean;
}

/** The format of RDB files, for one snapshot that begins now. */
export class RdbFormat implements SnapshotFormat {
  readonly hasChecksum: boolean;
  readonly #keyspace: Keyspace;
  readonly #values: RdbValues;
  readonly #version: number;
  readonly #options: RdbOptions;

  constructor(keyspace: Keyspace, options: RdbOptions) {
    this.hasChecksum = options.checksum;
    this.#keyspace = keyspace;
    this.#options = options;
    this.#values = new RdbValues(keyspace);
    const hasVolatileFields = keyspace.databases.some(({ volatileFieldsSize }) => volatileFieldsSize > 0);
    this.#version = hasVolatileFields ? RDB_VERSION_7_4 : RDB_VERSION_7_0;
  }

  writer(): RdbWriter {
    const writer = new RdbWriter(this.#options.compresses);
    if (!this.#options.atOnce) writer.compressedMax = COMPRESSED_MAX;
    return writer;
  }

  begin(writer: RdbWriter): void {
    const header = bytesOf(MAGIC + String(this.#version).padStart(VERSION_DIGITS, "0"));
    writer.raw(header, 0, header.length);
    for (const pair of this.#options.auxiliary) {
      writer.byte(OPCODE_AUX);
      for (const text of pair) writer.string(bytesOf(text), 0, text.length);
    }
    for (const library of this.#options.functions) {
      writer.byte(OPCODE_FUNCTION);
      writer.string(library, 0, library.length);
    }
  }

  select(writer: RdbWriter, database: number): void {
    writer.byte(OPCODE_SELECT);
    writer.count(database);
  }

  sizes(writer: RdbWriter, keys: number, volatileKeys: number): void {
    writer.byte(OPCODE_RESIZE);
    writer.count(keys);
    writer.count(volatileKeys);
  }

  key(writer: RdbWriter, entry: number): ValueSteps | null {
    const { access, entries } = this.#keyspace;
    if (entries.hasExpiry(entry)) {
      writer.byte(OPCODE_EXPIRY);
      writer.int64(entries.expiry(entry));
    }
    const { uses } = this.#options;
    if (uses === "idle") {
      writer.byte(OPCODE_IDLE);
      writer.count(access.idleSeconds(entries.access(entry)));
    } else if (uses === "frequency") {
      writer.byte(OPCODE_FREQUENCY);
      writer.byte(access.frequency(entries.access(entry)));
    }
    const type = this.#values.type(entry, this.#version);
    writer.byte(type);
    entries.locateKey(entry);
    writer.string(entries.page, entries.at, entries.at + entries.length);
    return this.#values.begin(writer, entry, type);
  }

  end(writer: RdbWriter): void {
    writer.byte(OPCODE_END);
    if (!this.hasChecksum) writer.int64(0);
  }
}
