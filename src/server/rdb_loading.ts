/**
 * Loads an RDB file into a server's keyspace, and tells how far it is.
 *
 * @module
 */

import type { Keyspace } from "../store/keyspace.ts";
import { type LoadOptions, RdbLoader, RdbLoadError } from "../persistence/rdb_loader.ts";
import type { ServerLog } from "./log.ts";

/** The end of a loading that went wrong: the file, the place and the reason. */
export class LoadingFailed extends Error {}

/** What a file is loaded with. */
export interface RdbLoadingOptions extends Pick<LoadOptions, "keepsExpired" | "replaces" | "onFunction"> {
  /** Whether a checksum in the file must be right (`rdbchecksum`). */
  readonly verifiesChecksum: boolean;
  /** Where to log what the file says of itself. */
  readonly log: ServerLog;
}

/** Loads one file: `step` until it returns false. The file is closed then, or when `step` throws. */
export class RdbLoading {
  /** Bytes of the file. */
  readonly size: number;
  /** When it began, milliseconds since the epoch. */
  readonly startedAt: number;
  /** Bytes of memory that the server which wrote the file used. */
  usedMemory = 0;
  readonly #path: string;
  readonly #file: Deno.FsFile;
  readonly #loader: RdbLoader;
  readonly #log: ServerLog;

  /** Opens the file; throws what the system says where that fails. */
  constructor(keyspace: Keyspace, path: string, options: RdbLoadingOptions) {
    this.#path = path;
    this.#log = options.log;
    this.#file = Deno.openSync(path);
    this.size = this.#file.statSync().size;
    this.startedAt = keyspace.clock.now();
    keyspace.updateTime();
    const source = { size: this.size, read: (buffer: Uint8Array) => this.#file.readSync(buffer) ?? 0 };
    this.#loader = new RdbLoader(keyspace, source, {
      ...options,
      onAuxiliary: (name, value) => this.#tell(name, value),
    });
  }

  /** Bytes that have been loaded. */
  get offset(): number {
    return this.#loader.offset;
  }

  /** Keys that were loaded, and that had expired. */
  get keys(): { readonly loaded: number; readonly expired: number } {
    return this.#loader;
  }

  /**
   * Loads about `bytes` bytes; false when all is loaded.
   *
   * @throws {LoadingFailed}
   */
  step(bytes: number): boolean {
    try {
      if (this.#loader.step(bytes)) return true;
    } catch (error) {
      this.close();
      if (!(error instanceof RdbLoadError)) throw error;
      throw new LoadingFailed(`Error loading ${this.#path} at offset ${error.offset}: ${error.message}`);
    }
    this.close();
    this.#report();
    return false;
  }

  /** Closes the file; nothing more can be loaded then. */
  close(): void {
    try {
      this.#file.close();
    } catch {
      // It is closed already.
    }
  }

  /** Logs what the file says of itself. */
  #tell(name: string, value: string): void {
    if (name === "redis-ver") {
      this.#log.notice(`Loading RDB produced by version ${value}`);
    } else if (name === "ctime") {
      const age = Math.floor(this.startedAt / 1000) - Number(value);
      this.#log.notice(`RDB age ${Math.max(0, age)} seconds`);
    } else if (name === "used-mem") {
      this.usedMemory = Number(value);
      this.#log.notice(`RDB memory usage when created ${(this.usedMemory / 1024 / 1024).toFixed(2)} Mb`);
    }
  }

  #report(): void {
    const { loaded, expired, empty, checksum } = this.#loader;
    if (checksum === "missing") {
      this.#log.notice("RDB file was saved with checksum disabled: no check performed.");
    }
    const text = `Done loading RDB, keys loaded: ${loaded}, keys expired: ${expired}`;
    if (empty > 0) this.#log.warning(`${text}, empty keys skipped: ${empty}.`);
    else this.#log.notice(`${text}.`);
  }
}
