/**
 * The file that effects are appended to: gathers them, writes once a pass of the event loop, and syncs as
 * `appendfsync` says.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import type { ServerLog } from "./log.ts";
import { systemErrorText } from "./system_error.ts";

/** When the file is synced: before replies, once a second, or when the system likes. */
export type SyncPolicy = "always" | "everysec" | "no";

/** A file as the log uses it; {@linkcode Deno.FsFile} is one. */
export interface LogFile {
  writeSync(bytes: Uint8Array): number;
  truncateSync(length: number): void;
  syncDataSync(): void;
  close(): void;
}

/** The disk, as the log uses it. */
export interface LogDisk {
  /** Opens a file to append to, which is made if it is not there. */
  open(path: string): LogFile;
  /** Brings a file to the disk, while others are served. */
  sync(path: string): Promise<void>;
}

/** What the log works with. */
export interface AppendLogParts {
  readonly disk: LogDisk;
  readonly clock: Clock;
  readonly log: ServerLog;
  /** Whether nothing is synced at present (`no-appendfsync-on-rewrite`). */
  readonly skipsSync: () => boolean;
  /** Is told when writing has begun to fail, or does so no more. */
  readonly onStatus: () => void;
  /** Hears how long something took, in microseconds. */
  readonly onLatency: (event: string, microseconds: number) => void;
}

/** Milliseconds for which writing waits for a sync that is under way. */
const POSTPONED_MAX = 2000;
/** Milliseconds between two lines of the log on the same failure. */
const REPORT_INTERVAL = 30_000;
const SYNC_INTERVAL = 1000;
const BUFFER_BYTES = 64 * 1024;
/** A buffer larger than this is given up when it is empty. */
const KEPT_MAX = 4 * 1024 * 1024;

/** The disk of this machine. */
export const SYSTEM_DISK: LogDisk = {
  open: (path) => Deno.openSync(path, { append: true, create: true, mode: 0o644 }),
  async sync(path) {
    // The file that is written to cannot be written to while it is synced; another handle of it can be synced.
    using file = await Deno.open(path, { write: true });
    await file.syncData();
  },
};

/** Appends to one file after the other. */
export class AppendLog {
  policy: SyncPolicy = "everysec";
  /** Bytes of the file. */
  size = 0;
  /** Syncs that were not waited for. */
  delayed = 0;
  /** Why the last write or sync failed; null: it did not. */
  error: string | null = null;
  readonly #parts: AppendLogParts;
  #file: LogFile | null = null;
  #path = "";
  #buffer = new Uint8Array(BUFFER_BYTES);
  #length = 0;
  /** Whether there is something in the file that may not be on the disk. */
  #unsynced = false;
  #syncing: Promise<void> | null = null;
  #syncedAt = 0;
  #postponedAt = 0;
  /** Whether a sync has failed that replies waited for: no later one says anything of what was written before it. */
  #lost = false;
  #reportedAt = -Infinity;

  constructor(parts: AppendLogParts) {
    this.#parts = parts;
  }

  /** Bytes that wait to be written. */
  get buffered(): number {
    return this.#length;
  }

  /** Bytes that the buffer takes. */
  get held(): number {
    return this.#file === null ? 0 : this.#buffer.length;
  }

  /** Whether a sync is under way. */
  get isSyncing(): boolean {
    return this.#syncing !== null;
  }

  /** Whether a file is open. */
  get isOpen(): boolean {
    return this.#file !== null;
  }

  /** Appends to a file of `size` bytes from now on; what is in the buffer goes there. Throws what the system says. */
  open(path: string, size: number): void {
    const file = this.#parts.disk.open(path);
    this.#closeFile();
    this.#file = file;
    this.#path = path;
    this.size = size;
  }

  /** Says that the file has been renamed. */
  renamed(path: string): void {
    this.#path = path;
  }

  /** Closes the file; what is in the buffer is forgotten. */
  close(): void {
    this.#closeFile();
    this.#length = 0;
    this.#lost = false;
    this.#setError(null);
  }

  #closeFile(): void {
    const file = this.#file;
    this.#file = null;
    this.#unsynced = false;
    file?.close();
  }

  /** Adds bytes to what is to be written. */
  append(bytes: Uint8Array, length: number): void {
    if (this.#length + length > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(this.#buffer.length * 2, this.#length + length));
      grown.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = grown;
    }
    this.#buffer.set(bytes.subarray(0, length), this.#length);
    this.#length += length;
  }

  /**
   * Writes what has been gathered, and syncs it if the policy says so; false where the disk does not take it. With
   * `everysec` writing may wait for a sync, unless forced.
   */
  flush(force = false): boolean {
    if (this.#file === null) return true;
    if (this.#lost && this.policy === "always") return false;
    const now = this.#parts.clock.now();
    if (this.#length > 0) {
      if (!force && this.#postpones(now)) return true;
      this.#postponedAt = 0;
      if (!this.#write(this.#file)) return false;
    }
    return this.#syncIfDue(this.#file, now);
  }

  /** Whether to let a sync end that is under way: writing to the file would wait for it and keep everybody waiting. */
  #postpones(now: number): boolean {
    if (this.policy !== "everysec" || this.#syncing === null) return false;
    if (this.#postponedAt === 0) this.#postponedAt = now;
    if (now - this.#postponedAt < POSTPONED_MAX) return true;
    this.delayed++;
    this.#parts.log.notice(
      "Asynchronous AOF fsync is taking too long (disk is busy?). Writing the AOF buffer without waiting for fsync " +
        "to complete, this may slow down Redis.",
    );
    return false;
  }

  #write(file: LogFile): boolean {
    const { clock, log, onLatency } = this.#parts;
    const start = clock.microseconds();
    let written = 0;
    try {
      while (written < this.#length) {
        const count = file.writeSync(this.#buffer.subarray(written, this.#length));
        if (count === 0) throw new Error("Nothing could be written");
        written += count;
      }
    } catch (error) {
      this.#takeBack(file, written, systemErrorText(error));
      return false;
    }
    const took = clock.microseconds() - start;
    onLatency("aof-write", took);
    onLatency(this.#syncing === null ? "aof-write-alone" : "aof-write-pending-fsync", took);
    this.size += this.#length;
    this.#length = 0;
    this.#unsynced = true;
    if (this.#buffer.length > KEPT_MAX) this.#buffer = new Uint8Array(BUFFER_BYTES);
    if (this.error !== null && this.policy !== "always") {
      log.warning("AOF write error looks solved, Redis can write again.");
      this.#setError(null);
    }
    return true;
  }

  /** Cuts off what a failed write has left, or counts it where that fails too. */
  #takeBack(file: LogFile, written: number, reason: string): void {
    const { log } = this.#parts;
    const isTold = this.#isReportDue();
    if (isTold && written === 0) log.warning(`Error writing to the AOF file: ${reason}`);
    if (written > 0) {
      if (isTold) {
        log.warning(
          `Short write while writing to the AOF file: (nwritten=${written}, expected=${this.#length})`,
        );
      }
      try {
        file.truncateSync(this.size);
      } catch (error) {
        log.warning(
          "Could not remove short write from the append-only file.  Redis may refuse to load the AOF the next time it " +
            `starts.  ftruncate: ${systemErrorText(error)}`,
        );
        this.size += written;
        this.#buffer.copyWithin(0, written, this.#length);
        this.#length -= written;
      }
    }
    this.#setError(reason);
  }

  #isReportDue(): boolean {
    const now = this.#parts.clock.now();
    if (now - this.#reportedAt < REPORT_INTERVAL) return false;
    this.#reportedAt = now;
    return true;
  }

  #syncIfDue(file: LogFile, now: number): boolean {
    if (!this.#unsynced || this.#parts.skipsSync()) return true;
    if (this.policy === "always") return this.#syncNow(file);
    if (this.policy === "everysec" && this.#syncing === null && now - this.#syncedAt >= SYNC_INTERVAL) {
      this.#syncing = this.#syncLater(now);
    }
    return true;
  }

  /** Brings everything to the disk before it returns. */
  sync(): boolean {
    return this.#file === null || this.#syncNow(this.#file);
  }

  #syncNow(file: LogFile): boolean {
    const { clock, log, onLatency } = this.#parts;
    const start = clock.microseconds();
    try {
      file.syncDataSync();
    } catch (error) {
      const reason = systemErrorText(error);
      if (this.#isReportDue()) log.warning(`Can't persist AOF for fsync error: ${reason}`);
      this.#lost = true;
      this.#setError(reason);
      return false;
    }
    onLatency("aof-fsync-always", clock.microseconds() - start);
    this.#unsynced = false;
    this.#syncedAt = clock.now();
    if (this.error !== null) {
      log.warning("AOF write error looks solved, Redis can write again.");
      this.#setError(null);
    }
    return true;
  }

  /** Syncs while others are served. Never throws. */
  async #syncLater(now: number): Promise<void> {
    const path = this.#path;
    const { clock, log, onLatency } = this.#parts;
    const start = clock.microseconds();
    this.#syncedAt = now;
    this.#unsynced = false;
    try {
      await this.#parts.disk.sync(path);
      onLatency("aof-fsync-everysec", clock.microseconds() - start);
      if (this.error !== null && this.#length === 0) this.#setError(null);
    } catch (error) {
      // A file that has been replaced meanwhile was synced then.
      if (path === this.#path && this.#file !== null) {
        const reason = systemErrorText(error);
        if (this.#isReportDue()) log.warning(`Fail to fsync the AOF file: ${reason}`);
        this.#unsynced = true;
        this.#setError(reason);
      }
    }
    this.#syncing = null;
  }

  #setError(error: string | null): void {
    if (this.error === error) return;
    this.error = error;
    if (error === null) this.#reportedAt = -Infinity;
    this.#parts.onStatus();
  }
}
