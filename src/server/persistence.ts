/**
 * The data on disk: saving at once and in the background, save points, loading at the start, and what INFO says of it.
 *
 * @module
 */

import {
  AOF_REWRITE_ACTIVE,
  LOADAOF_FAILED,
  MISCONF_RDB,
  RELOAD_FAILED,
  SAVE_FAILED,
  SAVE_IN_PROGRESS,
  WireError,
} from "../base/errors.ts";
import type { PersistenceControl, ReloadOptions } from "../commands/context.ts";
import { RdbCorrupt } from "../persistence/rdb_format.ts";
import { annotationAt } from "../persistence/aof_manifest.ts";
import { AofFormat } from "../persistence/aof_snapshot.ts";
import { RdbFormat } from "../persistence/rdb_snapshot.ts";
import { Snapshot } from "../persistence/snapshot.ts";
import type { FunctionLibraries } from "../scripting/function_libraries.ts";
import type { Keyspace } from "../store/keyspace.ts";
import { Aof, type AofParts } from "./aof.ts";
import { AtomicFile, FileError } from "./atomic_file.ts";
import type { Configuration } from "./configuration.ts";
import { DataDirectory } from "./data_directory.ts";
import type { ServerLog } from "./log.ts";
import { LoadingFailed, RdbLoading } from "./rdb_loading.ts";
import type { Restrictions } from "./restrictions.ts";
import { SnapshotCancelled, type SnapshotPace, SnapshotStream } from "./snapshot_stream.ts";
import { systemErrorText } from "./system_error.ts";

/** Seconds between two attempts at saving after one has failed. */
const RETRY_SECONDS = 5;
/** Bytes that are loaded at a stretch where nobody is served meanwhile. */
const AT_ONCE_BYTES = 16 * 1024 * 1024;
/** Bytes that are gathered before they are written to a file, where nobody is served meanwhile. */
const GATHERED_BYTES = 1024 * 1024;

/** Numbers the files of this process that are being written. */
let files = 0;

/** What persistence works with. */
export interface PersistenceParts extends Pick<AofParts, "disk" | "gate" | "onLatency" | "replayer"> {
  readonly keyspace: Keyspace;
  readonly configuration: Configuration;
  readonly log: ServerLog;
  readonly pace: SnapshotPace;
  readonly restrictions: Restrictions;
  /** Called when the restrictions have changed, or a snapshot begins or ends. */
  readonly onChange: () => void;
  /** Version of Redis that files are said to be of. */
  readonly redisVersion: string;
  /** Bytes in use, for the file's `used-mem`. */
  readonly memoryUsed: () => number;
  /** Libraries of functions. */
  readonly functions: FunctionLibraries;
}

/** Files that are being loaded; see {@linkcode RdbLoading} for the first, {@linkcode AofLoading} for the others. */
export interface Loading {
  readonly size: number;
  readonly startedAt: number;
  readonly usedMemory: number;
  readonly offset: number;
  readonly keys: { readonly loaded: number; readonly expired: number };
  step(bytes: number): boolean;
  close(): void;
}

/** A snapshot that is being written to a file. */
interface BackgroundSave {
  readonly snapshot: Snapshot;
  readonly stream: SnapshotStream;
  /** When it began, seconds since the epoch. */
  readonly startedAt: number;
  /** Changes that it has. */
  readonly dirty: number;
  /** Resolves when its file is there, or has been removed. */
  done: Promise<void>;
}

/** How the last saves and loads went; seconds since the epoch, and seconds. */
export interface PersistenceFigures {
  lastSave: number;
  lastTry: number;
  lastStatus: "ok" | "err";
  lastDuration: number;
  saves: number;
  /** Bytes that the last background save took besides the data, at most; and the present one. */
  lastMemory: number;
  peakMemory: number;
  keysLoaded: number;
  keysExpired: number;
}

/** The persistence of one server. */
export class Persistence implements PersistenceControl {
  readonly figures: PersistenceFigures;
  /** The background save that is under way. */
  saving: BackgroundSave | null = null;
  /** What is being loaded. */
  loading: Loading | null = null;
  readonly aof: Aof;
  readonly #parts: PersistenceParts;
  readonly #directory = new DataDirectory();
  /** Whether a background save is to begin as soon as it may (BGSAVE SCHEDULE). */
  #scheduled = false;
  /** Whether data is kept on disk without being asked: save points, loading at the start. */
  #automatic = false;
  #stopped = false;

  constructor(parts: PersistenceParts) {
    this.#parts = parts;
    this.figures = {
      lastSave: this.#seconds(),
      lastTry: 0,
      lastStatus: "ok",
      lastDuration: -1,
      saves: 0,
      lastMemory: 0,
      peakMemory: 0,
      keysLoaded: 0,
      keysExpired: 0,
    };
    const { configuration } = parts;
    this.aof = new Aof({
      ...parts,
      snapshot: (atOnce) => this.#base(atOnce),
      isSaving: () => this.saving !== null,
      onChange: () => this.#restrict(),
      onFunction: (code) => this.#loadFunctions(code, false),
    });
    configuration.onChange("appendonly", (isOn) => {
      if (!isOn) this.aof.stop();
      if (!this.#claim()) return TAKEN;
      return !isOn || this.aof.start() ? undefined : "Unable to turn on AOF. Check server logs.";
    });
    configuration.onChange("stop-writes-on-bgsave-error", () => this.#restrict());
    configuration.onChange("save", () => {
      this.#restrict();
      return this.#claim() ? undefined : TAKEN;
    });
    configuration.onChange("dir", () => this.#claim() ? undefined : TAKEN);
  }

  #seconds(): number {
    return Math.floor(this.#parts.keyspace.clock.now() / 1000);
  }

  get lastSave(): number {
    return this.figures.lastSave;
  }

  get aofBuffer(): number {
    return this.aof.appendLog.held;
  }

  get isLoading(): boolean {
    return this.loading !== null;
  }

  get #path(): string {
    const { configuration } = this.#parts;
    return configuration.resolve(configuration.get("dbfilename"));
  }

  /**
   * Keeps the data on disk from now on: save points count, and the directory is this server's alone.
   *
   * @throws {Error} where another server has it
   */
  begin(): void {
    this.#automatic = true;
    if (this.#claim()) return;
    const { configuration } = this.#parts;
    throw new Error(`The directory ${configuration.text("dir")} is used by another server, exiting.`);
  }

  /** Claims the directory where files are written to it without being asked; false where it is another server's. */
  #claim(): boolean {
    const { configuration } = this.#parts;
    if (!this.#automatic || (configuration.get("save").length === 0 && !configuration.get("appendonly"))) {
      this.#directory.release();
      return true;
    }
    return this.#directory.claim(configuration.resolve("."));
  }

  // Saving.

  /** What clients wait for whose requests a snapshot holds back. */
  get snapshotStream(): SnapshotStream | null {
    return (this.saving ?? this.aof.rewriting)?.stream ?? null;
  }

  /** Begins a snapshot for the AOF. */
  #base(atOnce: boolean): Snapshot {
    const { configuration, functions, keyspace } = this.#parts;
    if (configuration.get("aof-use-rdb-preamble")) return this.#snapshot(atOnce, true);
    const format = new AofFormat(keyspace, {
      annotation: configuration.get("aof-timestamp-enabled") ? annotationAt(this.#seconds()) : "",
      functions: Array.from(functions.list(), ({ code }) => code),
    });
    return new Snapshot(keyspace, format);
  }

  #snapshot(atOnce: boolean, isBase = false): Snapshot {
    const { configuration, functions, keyspace, memoryUsed, redisVersion } = this.#parts;
    const format = new RdbFormat(keyspace, {
      compresses: configuration.get("rdbcompression"),
      checksum: configuration.get("rdbchecksum"),
      uses: usesOf(configuration.get("maxmemory-policy")),
      auxiliary: [
        ["redis-ver", redisVersion],
        ["redis-bits", "64"],
        ["ctime", String(this.#seconds())],
        ["used-mem", String(memoryUsed())],
        ["aof-base", isBase ? "1" : "0"],
      ],
      functions: Array.from(functions.list(), ({ code }) => code),
      atOnce,
    });
    return new Snapshot(keyspace, format);
  }

  #file(): AtomicFile {
    return new AtomicFile(this.#path, {
      temporary: `temp-${Deno.pid}-${++files}.rdb`,
      incrementalSync: this.#parts.configuration.get("rdb-save-incremental-fsync"),
    });
  }

  save(): void {
    if (this.saving !== null) throw SAVE_IN_PROGRESS;
    this.figures.saves++;
    if (!this.#saveNow()) throw SAVE_FAILED;
  }

  /** Writes the file while nobody is served; false, and the log says why, where that fails. */
  #saveNow(): boolean {
    const { keyspace, log } = this.#parts;
    let file: AtomicFile | undefined;
    let snapshot: Snapshot | undefined;
    // There is only one snapshot at a time.
    this.aof.postpone();
    try {
      file = this.#file();
      snapshot = this.#snapshot(true);
      for (let more = true; more;) {
        more = snapshot.step();
        if (more && snapshot.size < GATHERED_BYTES) continue;
        while (snapshot.size > 0) file.writeSync(snapshot.take());
      }
      file.finishSync();
    } catch (error) {
      file?.abandon();
      log.warning(messageOf(error));
      return false;
    } finally {
      snapshot?.end();
    }
    log.notice("DB saved on disk");
    keyspace.dirty = 0;
    this.figures.lastSave = this.#seconds();
    this.figures.lastStatus = "ok";
    this.#restrict();
    return true;
  }

  saveInBackground(schedule: boolean): "started" | "scheduled" {
    if (this.saving !== null) {
      if (!schedule) throw SAVE_IN_PROGRESS;
      this.#scheduled = true;
      return "scheduled";
    }
    if (this.aof.rewriting !== null) {
      if (!schedule) throw AOF_REWRITE_ACTIVE;
      this.#scheduled = true;
      return "scheduled";
    }
    this.#begin();
    return "started";
  }

  /** Begins a background save. */
  #begin(): void {
    const { figures } = this;
    const { keyspace, log, pace } = this.#parts;
    this.#scheduled = false;
    figures.saves++;
    figures.lastTry = this.#seconds();
    log.notice(`Background saving started by pid ${Deno.pid}`);
    let file: AtomicFile;
    try {
      file = this.#file();
    } catch (error) {
      log.warning(messageOf(error));
      return this.#failed(figures.lastTry);
    }
    const snapshot = this.#snapshot(false);
    const stream = new SnapshotStream(snapshot, pace);
    const saving: BackgroundSave = {
      snapshot,
      stream,
      startedAt: figures.lastTry,
      dirty: keyspace.dirty,
      done: Promise.resolve(),
    };
    figures.peakMemory = 0;
    this.saving = saving;
    saving.done = this.#run(saving, file);
    this.#parts.onChange();
  }

  /** Writes a snapshot to its file. Never throws. */
  async #run(saving: BackgroundSave, file: AtomicFile): Promise<void> {
    const { figures } = this;
    const { keyspace, log } = this.#parts;
    try {
      await saving.stream.run({
        write: (bytes) => {
          figures.peakMemory = Math.max(figures.peakMemory, saving.snapshot.memory);
          return file.write(bytes);
        },
      });
      if (!await file.finish(() => this.saving === saving)) throw new SnapshotCancelled();
    } catch (error) {
      file.abandon();
      if (this.saving !== saving) return;
      log.warning(messageOf(error));
      this.#end(saving);
      this.#failed(saving.startedAt);
      return;
    }
    this.#end(saving);
    log.notice("DB saved on disk");
    log.notice("Background saving terminated with success");
    keyspace.dirty -= saving.dirty;
    figures.lastSave = this.#seconds();
    figures.lastStatus = "ok";
    figures.lastDuration = figures.lastSave - saving.startedAt;
    this.#restrict();
  }

  #end(saving: BackgroundSave): void {
    if (this.saving !== saving) return;
    this.saving = null;
    this.figures.lastMemory = this.figures.peakMemory;
    this.#parts.onChange();
  }

  #failed(startedAt: number): void {
    this.#parts.log.warning("Background saving error");
    this.figures.lastStatus = "err";
    this.figures.lastDuration = this.#seconds() - startedAt;
    this.#restrict();
  }

  /** Ends the background save that is under way; its file is removed. */
  #cancel(): void {
    const { saving } = this;
    if (saving === null) return;
    this.#end(saving);
    saving.stream.cancel();
    this.figures.lastDuration = this.#seconds() - saving.startedAt;
  }

  /** Refuses writes while there are save points and the last save has failed, if the configuration says so. */
  #restrict(): void {
    const { configuration, onChange, restrictions } = this.#parts;
    const denies = this.figures.lastStatus === "err" && configuration.get("stop-writes-on-bgsave-error") &&
      configuration.get("save").length > 0;
    restrictions.writesDenied = denies ? MISCONF_RDB : this.aof.refusal;
    onChange();
  }

  /** Begins a background save if it is time for one. Called a few times a second. */
  tick(): void {
    if (this.loading === null && !this.#stopped) this.aof.tick();
    if (this.aof.rewriting !== null) return;
    if (this.saving !== null || this.loading !== null || this.#stopped) return;
    const { configuration, keyspace, log } = this.#parts;
    const { figures } = this;
    const now = this.#seconds();
    if (figures.lastStatus === "err" && now - figures.lastTry <= RETRY_SECONDS) return;
    if (this.#scheduled) return this.#begin();
    if (!this.#automatic || keyspace.dirty === 0) return;
    for (const { changes, seconds } of configuration.get("save")) {
      if (keyspace.dirty < changes || now - figures.lastSave <= seconds) continue;
      log.notice(`${changes} changes in ${seconds} seconds. Saving...`);
      return this.#begin();
    }
  }

  flushedAll(): void {
    if (this.saving !== null) {
      this.#cancel();
      // Redis's child process is told by this signal.
      this.#parts.log.warning("Background saving terminated by signal 10");
    }
    if (this.#automatic && this.#parts.configuration.get("save").length > 0) this.#saveNow();
  }

  /**
   * Saves for the last time, as SHUTDOWN asks; null: where there are save points. False, and the server has to go on,
   * where that fails.
   */
  finish(save: boolean | null, force: boolean): boolean {
    const { configuration, log } = this.#parts;
    if (this.saving !== null) {
      log.warning("There is a child saving an .rdb. Killing it!");
      this.#cancel();
    }
    if (this.loading !== null) return true;
    if (!this.#finishAof(force)) return false;
    const isDue = this.#automatic && configuration.get("save").length > 0;
    if (save !== true && (save === false || !isDue)) return true;
    log.notice("Saving the final RDB snapshot before exiting.");
    if (this.#saveNow()) return true;
    if (force) {
      log.warning("Error trying to save the DB, but asked to shut down by force.");
      return true;
    }
    log.warning("Error trying to save the DB, can't exit.");
    return false;
  }

  /** Brings the AOF to the disk before the end; false where there is none yet that could be loaded. */
  #finishAof(force: boolean): boolean {
    const { aof } = this;
    const { log } = this.#parts;
    if (aof.state === "off") return true;
    if (aof.rewriting !== null) {
      if (aof.state === "waiting") {
        log.warning(`Writing initial AOF${force ? ". Exiting anyway." : ", can't exit."}`);
        if (!force) return false;
      }
      log.warning("There is a child rewriting the AOF. Killing it!");
      aof.postpone();
    }
    log.notice("Calling fsync() on the AOF file.");
    if (!aof.finish()) log.warning(`Fail to fsync the AOF file: ${aof.appendLog.error}`);
    return true;
  }

  /** Ends saving and loading. The AOF goes on until `release`: requests that are under way belong to it. */
  async stop(): Promise<void> {
    this.#stopped = true;
    const { saving } = this;
    this.#cancel();
    await saving?.done;
  }

  /** Closes the AOF, when nobody is served any more, and gives the directory free. */
  async release(): Promise<void> {
    await this.aof.close();
    this.#directory.release();
  }

  // Loading.

  /** Loads what there is, while clients are told to wait. Throws where it cannot be loaded. */
  async load(): Promise<void> {
    const loading = this.#openStored();
    if (loading !== null) {
      const { configuration, pace } = this.#parts;
      this.#setLoading(loading);
      try {
        while (loading.step(configuration.get("loading-process-events-interval-bytes"))) {
          await pace.turn();
          if (this.#stopped) return loading.close();
        }
      } finally {
        this.#setLoading(null);
      }
    }
    this.#loaded(loading);
  }

  /** As `load`, while nobody is served. */
  loadNow(): void {
    const loading = this.#openStored();
    while (loading?.step(AT_ONCE_BYTES));
    this.#loaded(loading);
  }

  /** Opens the AOF where there is to be one, whatever the RDB file has, and that otherwise. */
  #openStored(): Loading | null {
    if (!this.#parts.configuration.get("appendonly")) return this.#open({ replaces: false });
    return this.aof.beginLoading();
  }

  loadAof(): void {
    const { functions, keyspace, log } = this.#parts;
    if (this.aof.state === "on") this.aof.flush();
    functions.flush();
    keyspace.events.flushed(0, keyspace.databases.length - 1);
    keyspace.flush(keyspace.databases);
    keyspace.effects.mute(true);
    try {
      const loading = this.aof.beginLoading();
      while (loading?.step(AT_ONCE_BYTES));
    } catch (error) {
      log.warning(messageOf(error));
      throw LOADAOF_FAILED;
    } finally {
      keyspace.effects.mute(false);
    }
    keyspace.dirty = 0;
    log.warning("Append Only File loaded by DEBUG LOADAOF");
  }

  rewriteAof(later: boolean): "started" | "scheduled" {
    return this.aof.rewrite(later);
  }

  reload({ saves, flushes, merges }: ReloadOptions): void {
    const { functions, keyspace, log } = this.#parts;
    if (saves) {
      this.#cancel();
      if (!this.#saveNow()) throw SAVE_FAILED;
    }
    if (flushes) {
      keyspace.events.flushed(0, keyspace.databases.length - 1);
      keyspace.flush(keyspace.databases);
      functions.flush();
    }
    try {
      const loading = this.#open({ replaces: merges });
      if (loading === null) throw new LoadingFailed(`There is no file ${this.#path}`);
      while (loading.step(AT_ONCE_BYTES));
      this.#count(loading);
    } catch (error) {
      log.warning(messageOf(error));
      throw RELOAD_FAILED;
    }
    log.warning("DB reloaded by DEBUG RELOAD");
  }

  /** Opens the file for loading; null where there is none. */
  #open({ replaces }: { replaces: boolean }): RdbLoading | null {
    const { configuration, keyspace, log } = this.#parts;
    try {
      return new RdbLoading(keyspace, this.#path, {
        keepsExpired: false,
        replaces,
        verifiesChecksum: configuration.get("rdbchecksum"),
        onFunction: (code) => this.#loadFunctions(code, replaces),
        log,
      });
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return null;
      throw new LoadingFailed(`Fatal error loading the DB: ${systemErrorText(error)}. Exiting.`);
    }
  }

  /** Loads a library; as it was loaded before, it comes to an end. @throws {RdbCorrupt} that says why not */
  #loadFunctions(code: Uint8Array, replaces: boolean): void {
    try {
      this.#parts.functions.load(code, { replaces, timeout: 0 });
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      throw new RdbCorrupt(`Failed loading a library of functions: ${error.message}`);
    }
  }

  #setLoading(loading: Loading | null): void {
    this.loading = loading;
    this.#parts.restrictions.loading = loading !== null;
    this.#parts.onChange();
  }

  /** All has been loaded that there is. */
  #loaded(loading: Loading | null): void {
    const { configuration, keyspace, log } = this.#parts;
    const isAof = configuration.get("appendonly");
    if (loading !== null) {
      const seconds = (keyspace.clock.now() - loading.startedAt) / 1000;
      log.notice(`DB loaded from ${isAof ? "append only file" : "disk"}: ${seconds.toFixed(3)} seconds`);
      this.#count(loading);
    }
    if (!isAof) return;
    keyspace.dirty = 0;
    try {
      this.aof.open();
    } catch (error) {
      throw new LoadingFailed(`Can't open the append-only file: ${messageOf(error)}`);
    }
  }

  #count(loading: Loading): void {
    this.figures.keysLoaded = loading.keys.loaded;
    this.figures.keysExpired = loading.keys.expired;
  }
}

const TAKEN = "The directory is used by another server";

function messageOf(error: unknown): string {
  if (error instanceof FileError || error instanceof LoadingFailed) return error.message;
  return error instanceof Error ? error.stack ?? error.message : String(error);
}

/** What an eviction policy goes by, which is saved with each key. */
function usesOf(policy: string): "idle" | "frequency" | "none" {
  if (policy.endsWith("-lru")) return "idle";
  return policy.endsWith("-lfu") ? "frequency" : "none";
}
