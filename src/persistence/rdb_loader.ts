/**
 * Loads an RDB file into a keyspace, in bounded steps.
 *
 * Nothing in a file is trusted: values are checked whatever `sanitize-dump-payload` says, and where the file ends with a
 * checksum, loading fails if it is wrong. What has been loaded until then is in the keyspace.
 *
 * @module
 */

import { byteString } from "../base/bytes.ts";
import { ArenaExhausted } from "../memory/arena.ts";
import { copyBytes, viewedBytes } from "../memory/copy_bytes.ts";
import type { Database } from "../store/database.ts";
import { ACCESS_LFU, ACCESS_LRM, ACCESS_LRU } from "../store/access.ts";
import { LAST_EXPIRY } from "../store/entry.ts";
import type { Keyspace } from "../store/keyspace.ts";
import {
  CHECKSUM_BYTES,
  CHECKSUM_SINCE,
  MAGIC,
  moduleName,
  OPCODE_AUX,
  OPCODE_END,
  OPCODE_EXPIRY,
  OPCODE_EXPIRY_SECONDS,
  OPCODE_FREQUENCY,
  OPCODE_FUNCTION,
  OPCODE_FUNCTION_PRE_GA,
  OPCODE_IDLE,
  OPCODE_MODULE_AUX,
  OPCODE_RESIZE,
  OPCODE_SELECT,
  OPCODE_SLOT_INFO,
  RDB_MODULE,
  RDB_MODULE_2,
  VERSION_DIGITS,
} from "./rdb_file.ts";
import { LAST_RDB_VERSION, RdbCorrupt } from "./rdb_format.ts";
import { RdbString } from "./rdb_reader.ts";
import { type ByteSource, RdbSourceReader } from "./rdb_source.ts";
import type { RdbKey } from "./rdb_value.ts";
import { RdbValues } from "./rdb_values.ts";

/** Bytes of a key for the message of an error. */
const SHOWN_KEY_MAX = 128;

/** Why a file could not be loaded. */
export class RdbLoadError extends Error {
  /** How many bytes had been read. */
  readonly offset: number;

  constructor(reason: string, offset: number) {
    super(reason);
    this.offset = offset;
  }
}

/** What a file is loaded with. */
export interface LoadOptions {
  /** Whether keys whose time has come are loaded too: a replica's primary, or the AOF, says when they go. */
  readonly keepsExpired: boolean;
  /** Whether a checksum in the file must be right (`rdbchecksum`). */
  readonly verifiesChecksum: boolean;
  /** Whether a key takes the place of one that is there already; otherwise that is an error. */
  readonly replaces: boolean;
  /** Takes an auxiliary field, byte strings. */
  readonly onAuxiliary?: (name: string, value: string) => void;
  /** Takes the code of a library of functions, which is kept. @throws {RdbCorrupt} where it cannot be loaded */
  readonly onFunction?: (library: Uint8Array) => void;
}

/** Loads one file: `step` until it returns false. */
export class RdbLoader {
  /** Keys that were loaded, and that were left out: expired ones, and collections without elements. */
  loaded = 0;
  expired = 0;
  empty = 0;
  /** What became of the checksum at the file's end. */
  checksum: "unread" | "missing" | "right" | "ignored" = "unread";
  readonly #keyspace: Keyspace;
  readonly #values: RdbValues;
  readonly #options: LoadOptions;
  readonly #reader: RdbSourceReader;
  readonly #string = new RdbString();
  readonly #key: { -readonly [K in keyof RdbKey]: RdbKey[K] };
  #keyBytes = viewedBytes(1024);
  #database: Database;
  /** When loading began, milliseconds since the epoch. */
  readonly #now: number;
  #version = 0;
  #complete = false;

  constructor(keyspace: Keyspace, source: ByteSource, options: LoadOptions) {
    this.#keyspace = keyspace;
    this.#values = new RdbValues(keyspace);
    this.#options = options;
    this.#reader = new RdbSourceReader(source);
    this.#database = keyspace.databases[0];
    this.#now = keyspace.now;
    this.#key = { bytes: this.#keyBytes, start: 0, end: 0, expiry: -1, access: keyspace.access.fresh };
  }

  /** How many bytes have been read. */
  get offset(): number {
    return this.#reader.offset;
  }

  /**
   * Loads about `bytes` bytes; false when all has been loaded.
   *
   * @throws {RdbLoadError}
   */
  step(bytes: number): boolean {
    const reader = this.#reader;
    const end = reader.offset + bytes;
    try {
      if (this.#version === 0) this.#readHeader();
      while (!this.#complete && reader.offset < end) this.#readPart();
    } catch (error) {
      if (error instanceof RdbCorrupt) throw new RdbLoadError(error.message, reader.offset);
      if (error instanceof ArenaExhausted) throw new RdbLoadError("Out of memory", reader.offset);
      throw error;
    }
    return !this.#complete;
  }

  #readHeader(): void {
    const reader = this.#reader;
    let header = "";
    while (header.length < MAGIC.length + VERSION_DIGITS) header += String.fromCharCode(reader.byte());
    if (!header.startsWith(MAGIC)) throw new RdbCorrupt("Wrong signature trying to load DB from file");
    const digits = header.slice(MAGIC.length);
    const version = Number(digits);
    // What is no number is not taken for one, as C's atoi would: files of the first versions have no checksum.
    if (!/^\d+$/.test(digits)) throw new RdbCorrupt("RDB format version is not a number");
    if (version < 1 || version > LAST_RDB_VERSION) {
      throw new RdbCorrupt(`Can't handle RDB format version ${version}`);
    }
    this.#version = version;
  }

  /** Reads what is not a key, or a key with all that belongs to it. */
  #readPart(): void {
    const reader = this.#reader;
    const key = this.#key;
    const { access } = this.#keyspace;
    key.expiry = -1;
    key.access = access.fresh;
    for (;;) {
      const code = reader.byte();
      switch (code) {
        case OPCODE_EXPIRY:
          key.expiry = Math.min(Math.max(0, reader.roundedInt64()), LAST_EXPIRY);
          break;
        case OPCODE_EXPIRY_SECONDS:
          key.expiry = Math.max(0, (reader.uint32() | 0) * 1000);
          break;
        case OPCODE_IDLE:
          this.#setIdle(reader.count());
          break;
        case OPCODE_FREQUENCY:
          this.#setFrequency(reader.byte());
          break;
        default:
          if (code < OPCODE_SLOT_INFO) return this.#readKey(code);
          return this.#readOther(code);
      }
    }
  }

  /** How long the next key has not been used; of use only where the policy goes by that. */
  #setIdle(seconds: number): void {
    const { access } = this.#keyspace;
    const isUsed = access.mode === ACCESS_LRU || access.mode === ACCESS_LRM;
    if (isUsed) this.#key.access = access.idleFor(BigInt(seconds));
  }

  /** How often the next key has been used; of use only where the policy goes by that. */
  #setFrequency(counter: number): void {
    const { access } = this.#keyspace;
    if (access.mode === ACCESS_LFU) this.#key.access = access.counted(counter);
  }

  #readOther(code: number): void {
    const reader = this.#reader;
    switch (code) {
      case OPCODE_SELECT:
        return this.#select(reader.count());
      case OPCODE_RESIZE:
        reader.words();
        return reader.words();
      case OPCODE_SLOT_INFO:
        for (let i = 0; i < 3; i++) reader.words();
        return;
      case OPCODE_AUX:
        return this.#readAuxiliary();
      case OPCODE_FUNCTION:
        reader.string(this.#string);
        this.#options.onFunction?.(this.#string.bytes.slice(this.#string.start, this.#string.end));
        return;
      case OPCODE_FUNCTION_PRE_GA:
        throw new RdbCorrupt("Pre-release function format not supported.");
      case OPCODE_MODULE_AUX:
        reader.words();
        throw new RdbCorrupt(
          `The RDB file contains AUX module data I can't load: no matching module '${
            moduleName(reader.high, reader.low)
          }'`,
        );
      case OPCODE_END:
        this.#readEnd();
    }
  }

  #select(index: number): void {
    const { databases } = this.#keyspace;
    if (index >= databases.length) {
      throw new RdbCorrupt(
        `Data file was created with a Redis server configured to handle more than ${databases.length} databases`,
      );
    }
    this.#database = databases[index];
  }

  #readAuxiliary(): void {
    const texts = [0, 1].map(() => {
      this.#reader.string(this.#string);
      return byteString(this.#string.bytes, this.#string.start, this.#string.end);
    });
    this.#options.onAuxiliary?.(texts[0], texts[1]);
  }

  #readKey(type: number): void {
    const reader = this.#reader;
    const key = this.#key;
    this.#readKeyName();
    if (type === RDB_MODULE || type === RDB_MODULE_2) {
      reader.words();
      const name = moduleName(reader.high, reader.low);
      throw new RdbCorrupt(
        `The RDB file contains module data I can't load: no matching module type '${name}' ` +
          `(key ${this.#shownKey()} in database ${this.#database.index})`,
      );
    }
    let entry: number;
    try {
      entry = this.#values.read(reader, type, key);
    } catch (error) {
      if (error instanceof RdbCorrupt) {
        error.message += ` (key ${this.#shownKey()} in database ${this.#database.index})`;
      }
      throw error;
    }
    if (entry === 0) {
      this.empty++;
      return;
    }
    this.#place(entry);
  }

  /** Reads a key's name into a place of its own: a value may take more than one buffer. */
  #readKeyName(): void {
    const string = this.#string;
    this.#reader.string(string);
    const { length } = string;
    if (length > this.#keyBytes.length) this.#keyBytes = viewedBytes(2 * length);
    copyBytes(string.bytes, string.start, this.#keyBytes, 0, length);
    this.#key.bytes = this.#keyBytes;
    this.#key.end = length;
  }

  /** Puts an entry into the database, or frees it where it has expired. */
  #place(entry: number): void {
    const { entries } = this.#keyspace;
    if (!this.#options.keepsExpired && this.#key.expiry >= 0 && this.#key.expiry < this.#now) {
      entries.free(entry);
      this.expired++;
      return;
    }
    let isPlaced = false;
    try {
      isPlaced = this.#database.adopt(entry, this.#options.replaces);
    } finally {
      if (!isPlaced) entries.free(entry);
    }
    if (!isPlaced) {
      throw new RdbCorrupt(`RDB has duplicated key ${this.#shownKey()} in DB ${this.#database.index}`);
    }
    this.loaded++;
  }

  /** The key for a message, in quotes. */
  #shownKey(): string {
    const { bytes, end } = this.#key;
    const text = byteString(bytes, 0, Math.min(end, SHOWN_KEY_MAX));
    return JSON.stringify(end > SHOWN_KEY_MAX ? `${text}...` : text);
  }

  #readEnd(): void {
    const reader = this.#reader;
    this.#complete = true;
    if (this.#version < CHECKSUM_SINCE) return;
    const { high, low } = reader.checksum();
    if (reader.left < CHECKSUM_BYTES) {
      throw new RdbCorrupt("The file ends too early: its checksum is missing");
    }
    const [writtenLow, writtenHigh] = [reader.uint32(), reader.uint32()];
    if (!this.#options.verifiesChecksum) {
      this.checksum = "ignored";
    } else if (writtenLow === 0 && writtenHigh === 0) {
      this.checksum = "missing";
    } else if (writtenLow === low && writtenHigh === high) {
      this.checksum = "right";
    } else {
      throw new RdbCorrupt(
        `Wrong RDB checksum expected: (${hexadecimal(high, low)}) but got ` +
          `(${hexadecimal(writtenHigh, writtenLow)}). Aborting now.`,
      );
    }
  }
}

/** A number of 64 bits as C's `%llx` writes it. */
function hexadecimal(high: number, low: number): string {
  return ((BigInt(high) << 32n) | BigInt(low)).toString(16);
}
