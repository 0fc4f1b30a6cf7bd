/**
 * Files that are there whole or not at all, whatever happens meanwhile: written under another name, brought to the
 * disk, and then given their own.
 *
 * @module
 */

import { basename, dirname } from "node:path";
import { systemErrorText } from "./system_error.ts";

/** Bytes after which a file is brought to the disk while it is written, so that no more than that waits in the end. */
const SYNC_BYTES = 4 * 1024 * 1024;

/** How an {@linkcode AtomicFile} is written. */
export interface AtomicFileOptions {
  /** Its name until it is complete, in the same directory. */
  readonly temporary: string;
  /** Whether it is brought to the disk as it is written. */
  readonly incrementalSync: boolean;
}

/** Why a file could not be written, in the words of Redis's log. */
export class FileError extends Error {}

/** One file. Each method throws {@linkcode FileError}; then only `abandon` is to be called. */
export class AtomicFile {
  readonly #path: string;
  readonly #temporary: string;
  readonly #file: Deno.FsFile;
  readonly #incremental: boolean;
  #unsynced = 0;
  #closed = false;

  /** Creates the file under its temporary name; `path` is the one that it will have, absolute. */
  constructor(path: string, { temporary, incrementalSync }: AtomicFileOptions) {
    this.#path = path;
    this.#temporary = `${dirname(path)}/${temporary}`;
    this.#incremental = incrementalSync;
    try {
      this.#file = Deno.openSync(this.#temporary, { write: true, create: true, truncate: true, mode: 0o644 });
    } catch (error) {
      throw new FileError(
        `Failed opening the temp RDB file ${temporary} (in server root dir ${dirname(path)}) for saving: ` +
          systemErrorText(error),
      );
    }
  }

  /** Writes bytes, while others are served. */
  async write(bytes: Uint8Array): Promise<void> {
    try {
      for (let at = 0; at < bytes.length;) at += await this.#file.write(bytes.subarray(at));
      if (this.#isSyncDue(bytes.length)) await this.#file.syncData();
    } catch (error) {
      throw writeError("rdbSaveRio", error);
    }
  }

  /** Writes bytes at once. */
  writeSync(bytes: Uint8Array): void {
    try {
      for (let at = 0; at < bytes.length;) at += this.#file.writeSync(bytes.subarray(at));
      if (this.#isSyncDue(bytes.length)) this.#file.syncDataSync();
    } catch (error) {
      throw writeError("rdbSaveRio", error);
    }
  }

  #isSyncDue(written: number): boolean {
    this.#unsynced += written;
    if (!this.#incremental || this.#unsynced < SYNC_BYTES) return false;
    this.#unsynced = 0;
    return true;
  }

  /**
   * Brings the file to the disk, gives it its name, and brings that to the disk too. `isWanted` is asked before it
   * gets its name; returns false, and the file is still to be abandoned, where it is not wanted any more.
   */
  async finish(isWanted: () => boolean): Promise<boolean> {
    try {
      await this.#file.sync();
    } catch (error) {
      throw writeError("fsync", error);
    }
    if (!isWanted()) return false;
    this.#rename();
    try {
      using directory = openDirectory(this.#path);
      await directory?.sync();
    } catch (error) {
      throw directoryError(error);
    }
    return true;
  }

  /** As `finish`, at once. */
  finishSync(): void {
    try {
      this.#file.syncSync();
    } catch (error) {
      throw writeError("fsync", error);
    }
    this.#rename();
    try {
      using directory = openDirectory(this.#path);
      directory?.syncSync();
    } catch (error) {
      throw directoryError(error);
    }
  }

  #rename(): void {
    this.#close();
    try {
      Deno.renameSync(this.#temporary, this.#path);
    } catch (error) {
      throw new FileError(
        `Error moving temp DB file ${basename(this.#temporary)} on the final destination ` +
          `${basename(this.#path)} (in server root dir ${dirname(this.#path)}): ${systemErrorText(error)}`,
      );
    }
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#file.close();
  }

  /** Removes what was written. Never throws. */
  abandon(): void {
    try {
      this.#close();
      Deno.removeSync(this.#temporary);
    } catch {
      // It has been removed, or the directory is gone: nothing is left of it.
    }
  }
}

function writeError(operation: string, error: unknown): FileError {
  return new FileError(`Write error saving DB on disk(${operation}): ${systemErrorText(error)}`);
}

/** Opens the directory of a file, to bring a new name in it to the disk; undefined where that cannot be (Windows). */
export function openDirectory(path: string): Deno.FsFile | undefined {
  return Deno.build.os === "windows" ? undefined : Deno.openSync(dirname(path));
}

function directoryError(error: unknown): FileError {
  return new FileError(`Failed to fsync directory while saving DB: ${systemErrorText(error)}`);
}
