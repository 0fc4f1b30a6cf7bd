/**
 * Snapshots as requests that make the data: the base of an AOF where `aof-use-rdb-preamble` is off.
 *
 * The requests are those of Redis: collections come in pieces of 64 elements, and what expires gets its time when it is
 * complete.
 *
 * @module
 */

import { DOUBLE_TEXT_MAX, writeDouble } from "../base/double_bytes.ts";
import { Listpack } from "../memory/listpack.ts";
import { Quicklist } from "../memory/quicklist.ts";
import {
  ENCODING_LISTPACK,
  TYPE_HASH,
  TYPE_LIST,
  TYPE_SET,
  TYPE_STREAM,
  TYPE_STRING,
  TYPE_ZSET,
} from "../store/entry.ts";
import type { Keyspace } from "../store/keyspace.ts";
import { AofStreams } from "./aof_streams.ts";
import { CommandWriter } from "./command_writer.ts";
import { STEP_BYTES, STEP_ELEMENTS, type ValueSteps } from "./rdb_value.ts";
import { RdbWriter } from "./rdb_writer.ts";
import type { SnapshotFormat } from "./snapshot.ts";

/** Elements of a collection that one request adds at most. */
const PIECE = 64;

/** What a base is made with. */
export interface AofOptions {
  /** Libraries of functions. */
  readonly functions: readonly Uint8Array[];
  /** A line that says when it was made, or an empty one (`aof-timestamp-enabled`). */
  readonly annotation: string;
}

const score = new Uint8Array(DOUBLE_TEXT_MAX);

/** The format of an AOF of requests. */
export class AofFormat implements SnapshotFormat {
  readonly hasChecksum = false;
  readonly #keyspace: Keyspace;
  readonly #options: AofOptions;
  readonly #streams: AofStreams;

  constructor(keyspace: Keyspace, options: AofOptions) {
    this.#keyspace = keyspace;
    this.#options = options;
    this.#streams = new AofStreams(keyspace);
  }

  writer(): RdbWriter {
    return new RdbWriter(false);
  }

  begin(writer: RdbWriter): void {
    const { annotation, functions } = this.#options;
    const bytes = new TextEncoder().encode(annotation);
    writer.raw(bytes, 0, bytes.length);
    for (const library of functions) {
      const commands = new CommandWriter(writer);
      commands.begin(3, "FUNCTION", "LOAD");
      commands.bytes(library, 0, library.length);
    }
  }

  select(writer: RdbWriter, database: number): void {
    new CommandWriter(writer).begin(2, "SELECT", String(database));
  }

  sizes(): void {
    // Whoever runs requests need not know.
  }

  key(writer: RdbWriter, entry: number): ValueSteps | null {
    const commands = new CommandWriter(writer);
    const { entries } = this.#keyspace;
    if (entries.type(entry) !== TYPE_STRING) return this.#collection(commands, writer, entry);
    this.#begin(commands, "SET", entry, 1);
    entries.locateValue(entry);
    commands.located(entries);
    this.#expiry(commands, entry);
    return null;
  }

  end(): void {
    // The last request is the end.
  }

  /** Begins a request whose first argument is the key, with so many more. */
  #begin(commands: CommandWriter, name: string, entry: number, more: number): void {
    const { entries } = this.#keyspace;
    commands.begin(2 + more, name);
    entries.locateKey(entry);
    commands.located(entries);
  }

  #expiry(commands: CommandWriter, entry: number): void {
    const { entries } = this.#keyspace;
    if (!entries.hasExpiry(entry)) return;
    this.#begin(commands, "PEXPIREAT", entry, 1);
    commands.number(entries.expiry(entry));
  }

  *#collection(commands: CommandWriter, writer: RdbWriter, entry: number): ValueSteps {
    switch (this.#keyspace.entries.type(entry)) {
      case TYPE_LIST:
        yield* this.#list(commands, writer, entry);
        break;
      case TYPE_SET:
        yield* this.#set(commands, entry);
        break;
      case TYPE_ZSET:
        yield* this.#sortedSet(commands, entry);
        break;
      case TYPE_HASH:
        yield* this.#hash(commands, entry);
        break;
      case TYPE_STREAM:
        yield* this.#streams.write(commands, entry);
        break;
    }
    this.#expiry(commands, entry);
  }

  /** Begins a request for the next elements of `count`, each of so many arguments, if it is time for one. */
  #piece(
    commands: CommandWriter,
    name: string,
    entry: number,
    { written, count, words }: { written: number; count: number; words: number },
  ): void {
    if (written % PIECE === 0) this.#begin(commands, name, entry, Math.min(PIECE, count - written) * words);
  }

  *#list(commands: CommandWriter, writer: RdbWriter, entry: number): ValueSteps {
    const { arena, entries, lists } = this.#keyspace;
    const count = lists.count(entry);
    let written = 0;
    if (entries.encoding(entry) === ENCODING_LISTPACK) {
      for (let more = lists.seek(entry, 0); more; more = lists.next()) {
        this.#piece(commands, "RPUSH", entry, { written: written++, count, words: 1 });
        lists.get();
        commands.located(lists);
      }
      return;
    }
    // Its own, because it stays where it is between two steps.
    const quicklists = new Quicklist(arena, new Listpack(arena));
    let began = writer.length;
    for (let more = quicklists.seek(entries.root(entry), 0); more; more = quicklists.next()) {
      if (written > 0 && (written % STEP_ELEMENTS === 0 || writer.length - began > STEP_BYTES)) {
        yield;
        began = writer.length;
      }
      this.#piece(commands, "RPUSH", entry, { written: written++, count, words: 1 });
      quicklists.get();
      commands.located(quicklists);
    }
  }

  *#set(commands: CommandWriter, entry: number): ValueSteps {
    const { sets } = this.#keyspace;
    const cursor = sets.cursor();
    const count = sets.count(entry);
    let written = 0;
    for (let more = sets.first(entry, cursor); more; more = cursor.next()) {
      if (written % STEP_ELEMENTS === STEP_ELEMENTS - 1) yield;
      this.#piece(commands, "SADD", entry, { written: written++, count, words: 1 });
      commands.located(cursor);
    }
  }

  *#sortedSet(commands: CommandWriter, entry: number): ValueSteps {
    const { sortedSets } = this.#keyspace;
    const cursor = sortedSets.cursor();
    const count = sortedSets.count(entry);
    let written = 0;
    for (let more = sortedSets.seek(entry, cursor, 0); more; more = cursor.next()) {
      if (written % STEP_ELEMENTS === STEP_ELEMENTS - 1) yield;
      this.#piece(commands, "ZADD", entry, { written: written++, count, words: 2 });
      commands.bytes(score, 0, writeDouble(score, 0, cursor.score()));
      commands.located(cursor);
    }
  }

  *#hash(commands: CommandWriter, entry: number): ValueSteps {
    const { hashes } = this.#keyspace;
    const count = hashes.count(entry);
    let written = 0;
    yield* this.#eachField(entry, () => {
      this.#piece(commands, "HMSET", entry, { written: written++, count, words: 2 });
      hashes.locateName(entry);
      commands.located(hashes);
      hashes.locateValue(entry);
      commands.located(hashes);
    });
    if (hashes.firstExpiry(entry) < 0) return;
    yield* this.#eachField(entry, () => {
      const { expiry } = hashes;
      if (expiry < 0) return;
      this.#begin(commands, "HPEXPIREAT", entry, 4);
      commands.number(expiry);
      commands.text("FIELDS");
      commands.text("1");
      hashes.locateName(entry);
      commands.located(hashes);
    });
  }

  *#eachField(entry: number, visit: () => void): ValueSteps {
    const { hashes } = this.#keyspace;
    for (let cursor = hashes.scan(entry, 0, STEP_ELEMENTS, visit); cursor !== 0;) {
      yield;
      cursor = hashes.scan(entry, cursor, STEP_ELEMENTS, visit);
    }
  }
}
