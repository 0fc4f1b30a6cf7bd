/**
 * Loads the files of an AOF, one after the other, and tells how far it is.
 *
 * @module
 */

import { WireError } from "../base/errors.ts";
import { AofFormatError, AofReader, AofTruncated } from "../persistence/aof_reader.ts";
import { RdbLoader, RdbLoadError } from "../persistence/rdb_loader.ts";
import type { Keyspace } from "../store/keyspace.ts";
import type { ServerLog } from "./log.ts";
import { LoadingFailed } from "./rdb_loading.ts";
import { systemErrorText } from "./system_error.ts";

/** Runs what an AOF contains. */
export interface Replayer {
  /** Runs a request; throws a {@linkcode WireError} where there is no such command. */
  run(bytes: Uint8Array<ArrayBuffer>, table: Int32Array<ArrayBuffer>): void;
  /** Whether a transaction has begun and not ended. */
  readonly inTransaction: boolean;
  /** Forgets that, and the database that was selected. */
  reset(): void;
}

/** A file to load. */
export interface AofPart {
  readonly kind: "base" | "incr";
  readonly name: string;
  readonly path: string;
}

/** What the files are loaded with. */
export interface AofLoadingOptions {
  readonly replayer: Replayer;
  readonly log: ServerLog;
  /** Whether the last file may end within a request (`aof-load-truncated`). */
  readonly loadsTruncated: boolean;
  readonly verifiesChecksum: boolean;
  readonly onFunction: (library: Uint8Array) => void;
}

const PREAMBLE = "REDIS";
/** Requests that are run before the offset is looked at again. */
const STRETCH = 64;

/** Loads the files: `step` until it returns false. */
export class AofLoading {
  /** Bytes of all files. */
  readonly size: number;
  /** When it began, milliseconds since the epoch. */
  readonly startedAt: number;
  usedMemory = 0;
  readonly keys = { loaded: 0, expired: 0 };
  readonly #keyspace: Keyspace;
  readonly #parts: readonly AofPart[];
  readonly #options: AofLoadingOptions;
  #next = 0;
  /** Bytes of the files that have been loaded. */
  #passed = 0;
  #file: Deno.FsFile | null = null;
  #fileSize = 0;
  #fileStartedAt = 0;
  #preamble: RdbLoader | null = null;
  #reader: AofReader | null = null;
  /** The end of the last request that is no part of an unfinished transaction. */
  #soundUpTo = 0;

  /** @throws {LoadingFailed} where a file is missing */
  constructor(keyspace: Keyspace, parts: readonly AofPart[], options: AofLoadingOptions) {
    this.#keyspace = keyspace;
    this.#parts = parts;
    this.#options = options;
    this.startedAt = keyspace.clock.now();
    let size = 0;
    for (const { name, path } of parts) {
      try {
        size += Deno.statSync(path).size;
      } catch (error) {
        throw new LoadingFailed(
          error instanceof Deno.errors.NotFound
            ? `The AOF file ${name} doesn't exist`
            : `Fatal error: can't open the append log file ${name} for reading: ${systemErrorText(error)}`,
        );
      }
    }
    this.size = size;
  }

  get offset(): number {
    return this.#passed + (this.#reader?.offset ?? this.#preamble?.offset ?? 0);
  }

  /**
   * Loads about `bytes` bytes; false when all is loaded.
   *
   * @throws {LoadingFailed}
   */
  step(bytes: number): boolean {
    const end = this.offset + bytes;
    const keyspace = this.#keyspace;
    try {
      while (this.offset < end) {
        if (this.#file === null) {
          if (this.#next === this.#parts.length) return false;
          this.#open(this.#parts[this.#next]);
        }
        // What has expired goes when the log says so, and not before: to the requests it is not the time that it is now.
        keyspace.now = 0;
        if (this.#preamble !== null) this.#loadPreamble(this.#preamble, bytes);
        else this.#replay(this.#reader!, end);
      }
    } catch (error) {
      this.close();
      throw error;
    } finally {
      keyspace.updateTime();
    }
    return true;
  }

  #open(part: AofPart): void {
    const file = Deno.openSync(part.path);
    this.#file = file;
    this.#fileSize = file.statSync().size;
    this.#fileStartedAt = this.#keyspace.clock.now();
    this.#options.replayer.reset();
    const start = new Uint8Array(PREAMBLE.length);
    const isRdb = file.readSync(start) === start.length && String.fromCharCode(...start) === PREAMBLE;
    file.seekSync(0, Deno.SeekMode.Start);
    if (isRdb) this.#beginPreamble(part);
    else this.#beginReplay(0);
  }

  #source() {
    return { size: this.#fileSize, read: (buffer: Uint8Array) => this.#file!.readSync(buffer) ?? 0 };
  }

  #beginPreamble(part: AofPart): void {
    const { log, onFunction, verifiesChecksum } = this.#options;
    if (part.kind === "incr") log.notice("Reading RDB preamble from AOF file...");
    this.#preamble = new RdbLoader(this.#keyspace, this.#source(), {
      keepsExpired: true,
      verifiesChecksum,
      replaces: false,
      onFunction,
      onAuxiliary: (name, value) => {
        if (name === "used-mem") this.usedMemory = Number(value);
        if (name === "aof-base" && value === "1") log.notice("RDB is base AOF");
      },
    });
  }

  #beginReplay(offset: number): void {
    this.#file!.seekSync(offset, Deno.SeekMode.Start);
    this.#soundUpTo = offset;
    this.#reader = new AofReader(this.#source(), offset);
  }

  #loadPreamble(preamble: RdbLoader, bytes: number): void {
    try {
      if (preamble.step(bytes)) return;
    } catch (error) {
      if (!(error instanceof RdbLoadError)) throw error;
      const { path, name } = this.#parts[this.#next];
      throw new LoadingFailed(
        `Error reading the RDB preamble of the AOF file ${name}, AOF loading aborted: ` +
          `${path} at offset ${error.offset}: ${error.message}`,
      );
    }
    this.keys.loaded += preamble.loaded;
    this.keys.expired += preamble.expired;
    const { offset } = preamble;
    this.#preamble = null;
    this.#beginReplay(offset);
  }

  #replay(reader: AofReader, end: number): void {
    const { replayer } = this.#options;
    let start = reader.offset;
    try {
      do {
        for (let i = 0; i < STRETCH; i++) {
          start = reader.offset;
          if (!reader.next()) return this.#ended();
          replayer.run(reader.bytes, reader.table);
          if (!replayer.inTransaction) this.#soundUpTo = reader.offset;
        }
      } while (this.offset < end);
    } catch (error) {
      if (error instanceof AofTruncated) return this.#endsTooEarly(error.message);
      const { name, path } = this.#parts[this.#next];
      if (error instanceof WireError) {
        throw new LoadingFailed(
          `${error.message}, reading the append only file ${name} (${path} at offset ${start})`,
        );
      }
      if (!(error instanceof AofFormatError)) throw error;
      throw new LoadingFailed(
        `Bad file format reading the append only file ${name}: make a backup of your AOF file, then use ` +
          `./redis-check-aof --fix <filename.manifest> (${path}: ${error.message})`,
      );
    }
  }

  /** The file has ended behind a request. */
  #ended(): void {
    if (!this.#options.replayer.inTransaction) return this.#leave();
    const { name } = this.#parts[this.#next];
    this.#options.log.warning(`Revert incomplete MULTI/EXEC transaction from AOF file ${name}`);
    this.#endsTooEarly("The file ends within a transaction");
  }

  /** Cuts off what is incomplete at the end of the last file, if that is allowed. */
  #endsTooEarly(reason: string): void {
    const { log, loadsTruncated } = this.#options;
    const { name, path } = this.#parts[this.#next];
    if (!loadsTruncated) {
      throw new LoadingFailed(
        `Unexpected end of file reading the append only file ${name}. You can: 1) Make a backup of your AOF file, then ` +
          "use ./redis-check-aof --fix <filename.manifest>. 2) Alternatively you can set the 'aof-load-truncated' " +
          `configuration option to yes and restart the server. (${path} at offset ${this.#soundUpTo}: ${reason})`,
      );
    }
    if (this.#next < this.#parts.length - 1) {
      throw new LoadingFailed(
        `Fatal error: the truncated file is not the last file (${path} at offset ${this.#soundUpTo}: ${reason})`,
      );
    }
    log.warning(`!!! Warning: short read while loading the AOF file ${name}!!!`);
    log.warning(`AOF ${name} loaded anyway because aof-load-truncated is enabled`);
    log.warning(`Truncating the AOF ${name} at offset ${this.#soundUpTo}`);
    try {
      Deno.truncateSync(path, this.#soundUpTo);
    } catch (error) {
      throw new LoadingFailed(`Error truncating the AOF file ${name}: ${systemErrorText(error)}`);
    }
    this.#options.replayer.reset();
    this.#leave();
  }

  #leave(): void {
    const { kind, name } = this.#parts[this.#next];
    const seconds = (this.#keyspace.clock.now() - this.#fileStartedAt) / 1000;
    if (this.#fileSize > 0) {
      this.#options.log.notice(`DB loaded from ${kind} file ${name}: ${seconds.toFixed(3)} seconds`);
    }
    this.#passed += this.#fileSize;
    this.close();
    this.#next++;
  }

  /** Closes the file that is being read. */
  close(): void {
    this.#file?.close();
    this.#file = this.#preamble = this.#reader = null;
  }
}
