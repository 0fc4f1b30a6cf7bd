/**
 * The append-only file: every change goes to it as it is made, and now and then it is rewritten as a snapshot.
 *
 * ```text
 *  off ── appendonly yes ─→ waiting ── the first base is written ─→ on ── appendonly no ─→ off
 * ```
 *
 * While it is waiting the effects go to a temporary file already, which becomes the first increment.
 *
 * @module
 */

import { AOF_REWRITE_FAILED, AOF_REWRITE_IN_PROGRESS, misconfAof, type WireError } from "../base/errors.ts";
import { annotationAt, type AofFile, withBase, withIncrement } from "../persistence/aof_manifest.ts";
import type { Snapshot } from "../persistence/snapshot.ts";
import type { EffectConsumer } from "../store/effects.ts";
import type { Keyspace } from "../store/keyspace.ts";
import { AofFiles } from "./aof_files.ts";
import { AofLoading, type AofPart, type Replayer } from "./aof_loading.ts";
import { AppendLog, type LogDisk, SYSTEM_DISK } from "./append_log.ts";
import { AtomicFile } from "./atomic_file.ts";
import type { Configuration } from "./configuration.ts";
import type { ServerLog } from "./log.ts";
import type { OutputGate } from "./output_gate.ts";
import { SnapshotCancelled, type SnapshotPace, SnapshotStream } from "./snapshot_stream.ts";
import { systemErrorText } from "./system_error.ts";

/** Failures in a row after which an automatic rewrite waits, and for how many minutes at most. */
const LIMITED_AFTER = 3;
const DELAY_MAX_MINUTES = 60;
const RETRY_MILLISECONDS = 1000;
const GATHERED_BYTES = 1024 * 1024;

/** What the AOF works with. */
export interface AofParts {
  readonly keyspace: Keyspace;
  readonly configuration: Configuration;
  readonly log: ServerLog;
  readonly pace: SnapshotPace;
  readonly gate: OutputGate;
  readonly replayer: () => Replayer;
  /** Begins a snapshot in the form that bases have now; `atOnce`: while nobody is served. */
  readonly snapshot: (atOnce: boolean) => Snapshot;
  /** Whether another snapshot is being taken. */
  readonly isSaving: () => boolean;
  /** Called when writes are to be refused, or not any more, and when a rewrite begins or ends. */
  readonly onChange: () => void;
  readonly onLatency: (event: string, microseconds: number) => void;
  readonly onFunction: (library: Uint8Array) => void;
  /** The disk that effects are appended to; the machine's unless told. */
  readonly disk?: LogDisk;
}

/** A rewrite that is under way. */
interface Rewrite {
  readonly snapshot: Snapshot;
  readonly stream: SnapshotStream;
  /** Seconds since the epoch. */
  readonly startedAt: number;
  done: Promise<void>;
}

let rewrites = 0;

/** The append-only file of one server. */
export class Aof implements EffectConsumer {
  state: "off" | "waiting" | "on" = "off";
  readonly files: AofFiles;
  readonly appendLog: AppendLog;
  rewriting: Rewrite | null = null;
  /** Whether a rewrite is to begin as soon as it may. */
  scheduled = false;
  readonly figures = {
    lastStatus: "ok" as "ok" | "err",
    /** Seconds that the last rewrite took. */
    lastDuration: -1,
    rewrites: 0,
    failures: 0,
    lastMemory: 0,
    /** Bytes when it was last rewritten or loaded. */
    baseSize: 0,
  };
  readonly #parts: AofParts;
  #committing = false;
  #retriedAt = 0;
  /** Bytes of the files that are not written to any more. */
  #closedSize = 0;
  /** When automatic rewriting goes on after failures, milliseconds since the epoch. */
  #limitedUntil = 0;
  /** Second of the last annotation. */
  #annotatedAt = 0;

  constructor(parts: AofParts) {
    this.#parts = parts;
    const { configuration, keyspace, log } = parts;
    this.files = new AofFiles(configuration, log);
    this.appendLog = new AppendLog({
      disk: parts.disk ?? SYSTEM_DISK,
      clock: keyspace.clock,
      log,
      skipsSync: () =>
        configuration.get("no-appendfsync-on-rewrite") && (this.rewriting !== null || parts.isSaving()),
      onStatus: () => parts.onChange(),
      onLatency: parts.onLatency,
    });
    this.appendLog.policy = configuration.get("appendfsync");
    configuration.onChange("appendfsync", (policy) => {
      this.appendLog.policy = policy;
      this.#activateGate();
      // Nobody waits for the disk any more, or for all that has been written so far.
      if (this.state !== "off") this.#commit();
    });
  }

  /** Bytes of the files in use. */
  get size(): number {
    return this.#closedSize + this.appendLog.size;
  }

  /** Why writes are refused, or null. */
  get refusal(): WireError | null {
    const { error } = this.appendLog;
    return this.state === "off" || error === null ? null : misconfAof(error);
  }

  #seconds(): number {
    return Math.floor(this.#parts.keyspace.clock.now() / 1000);
  }

  // Appending.

  pending(): void {
    if (this.#parts.gate.active) this.#parts.gate.close();
  }

  /** Has replies wait for the disk, or not any more. */
  #activateGate(): void {
    this.#parts.gate.active = this.state !== "off" && this.appendLog.policy === "always";
  }

  /** Has the effects come from now on. */
  #attach(): void {
    this.#activateGate();
    this.#parts.keyspace.effects.attach(this);
  }

  effects(bytes: Uint8Array, length: number): void {
    // Of a script that ran for long: the gate has been opened meanwhile.
    this.pending();
    if (this.#parts.configuration.get("aof-timestamp-enabled")) this.#annotate();
    this.appendLog.append(bytes, length);
    if (this.#committing) return;
    this.#committing = true;
    // When all that has arrived in this pass of the event loop has run.
    setImmediate(() => {
      if (this.#committing) this.#commit();
    });
  }

  #annotate(): void {
    const now = this.#seconds();
    if (now <= this.#annotatedAt) return;
    this.#annotatedAt = now;
    const line = new TextEncoder().encode(annotationAt(now));
    this.appendLog.append(line, line.length);
  }

  /** Writes and syncs what has been gathered, and lets replies go. */
  #commit(force = false): boolean {
    this.#committing = false;
    const { gate } = this.#parts;
    const isDone = this.appendLog.flush(force);
    if (!gate.closed) return isDone;
    if (isDone) gate.open();
    else gate.fail();
    return isDone;
  }

  /** Hands over what the commands have done, and writes it. */
  flush(): boolean {
    if (this.state === "off") return true;
    this.#parts.keyspace.effects.flush();
    return this.#commit(true);
  }

  // Start and end.

  /** The files to load, after reading the manifest. Throws {@linkcode LoadingFailed}. */
  beginLoading(): AofLoading | null {
    this.files.read(true);
    const { base, increments } = this.files.manifest;
    const part = (kind: AofPart["kind"]) => ({ name }: AofFile): AofPart => ({
      kind,
      name,
      path: this.files.path(name),
    });
    const parts = [...(base === null ? [] : [part("base")(base)]), ...increments.map(part("incr"))];
    if (parts.length === 0) return null;
    const { configuration, keyspace, log, onFunction, replayer } = this.#parts;
    return new AofLoading(keyspace, parts, {
      replayer: replayer(),
      log,
      loadsTruncated: configuration.get("aof-load-truncated"),
      verifiesChecksum: configuration.get("rdbchecksum"),
      onFunction,
    });
  }

  /** Begins to append, when all has been loaded. Throws where the files cannot be written. */
  open(): void {
    const { log } = this.#parts;
    const { files } = this;
    files.makeDirectory();
    files.removeLeftovers();
    let { manifest } = files;
    if (manifest.base === null && manifest.increments.length === 0) {
      const base = files.nextBase(this.#parts.configuration.get("aof-use-rdb-preamble"));
      log.notice(`Creating AOF base file ${base.name} on server start`);
      this.#writeBase(base);
      manifest = { ...manifest, base };
    }
    let last = manifest.increments.at(-1);
    if (last === undefined) {
      last = files.nextIncrement();
      log.notice(`Creating AOF incr file ${last.name} on server start`);
      files.create(last.name);
      manifest = withIncrement(manifest, last);
    }
    this.appendLog.open(files.path(last.name), files.size(last));
    if (manifest !== files.manifest) files.persist(manifest);
    files.removeHistory();
    this.#closedSize = files.totalSize() - this.appendLog.size;
    this.figures.baseSize = this.size;
    this.state = "on";
    this.#attach();
  }

  /** Writes a base while nobody is served. */
  #writeBase({ name }: AofFile): void {
    const file = new AtomicFile(this.files.path(name), {
      temporary: `temp-rewriteaof-${Deno.pid}.aof`,
      incrementalSync: true,
    });
    const snapshot = this.#parts.snapshot(true);
    try {
      for (let more = true; more;) {
        more = snapshot.step();
        if (more && snapshot.size < GATHERED_BYTES) continue;
        while (snapshot.size > 0) file.writeSync(snapshot.take());
      }
      file.finishSync();
    } catch (error) {
      file.abandon();
      throw error;
    } finally {
      snapshot.end();
    }
  }

  /** Turns it on at run time: it counts when the first base is there. False, and the log says why, where that fails. */
  start(): boolean {
    if (this.state !== "off") return true;
    const { isSaving, keyspace, log } = this.#parts;
    this.state = "waiting";
    if (isSaving() || keyspace.effects.isGrouped) {
      this.scheduled = true;
      log.notice(
        "AOF was enabled but there is already another background operation. An AOF background was scheduled to start when possible.",
      );
      return true;
    }
    if (this.rewriting !== null) {
      log.notice(
        "AOF was enabled but there is already an AOF rewriting in background. Stopping background AOF and starting a rewrite now.",
      );
      this.#cancel();
    }
    if (this.#begin()) return true;
    this.state = "off";
    this.#end();
    log.warning(
      "Redis needs to enable the AOF but can't trigger a background AOF rewrite operation. Check the above logs for more " +
        "info about the error.",
    );
    return false;
  }

  /** Turns it off: what has been written is brought to the disk. */
  stop(): void {
    if (this.state === "off") return;
    this.finish();
    this.#cancel();
    this.scheduled = false;
    this.state = "off";
    this.#end();
  }

  /** Writes and syncs everything; false where the disk does not take it. */
  finish(): boolean {
    if (this.state === "off") return true;
    return this.flush() && this.appendLog.sync();
  }

  #end(): void {
    this.#parts.keyspace.effects.detach(this);
    this.#committing = false;
    this.appendLog.close();
    this.#closedSize = 0;
    this.#activateGate();
    this.#parts.gate.open();
    this.#parts.onChange();
  }

  /** Ends all work. */
  async close(): Promise<void> {
    const { rewriting } = this;
    this.stop();
    this.#cancel();
    await rewriting?.done;
  }

  // Rewriting.

  /**
   * Begins a rewrite, or lets it begin later; `later` says that it must not begin now.
   *
   * @throws {WireError}
   */
  rewrite(later: boolean): "started" | "scheduled" {
    if (this.rewriting !== null) throw AOF_REWRITE_IN_PROGRESS;
    if (later || this.#parts.isSaving() || this.#parts.keyspace.effects.isGrouped) {
      this.scheduled = true;
      return "scheduled";
    }
    if (!this.#begin()) throw AOF_REWRITE_FAILED;
    return "started";
  }

  /** Ends a rewrite that is under way, and has another one begin later. */
  postpone(): void {
    if (this.rewriting === null) return;
    this.#cancel();
    this.scheduled = true;
  }

  /** Begins a rewrite; false, and the log says why, where that fails. */
  #begin(): boolean {
    const { log, pace, snapshot } = this.#parts;
    this.scheduled = false;
    this.figures.rewrites++;
    let file: AtomicFile | undefined;
    let base: AofFile;
    let increment: AofFile | null;
    try {
      if (!this.files.isRead) this.files.read(false);
      base = this.files.nextBase(this.#parts.configuration.get("aof-use-rdb-preamble"));
      this.files.makeDirectory();
      file = new AtomicFile(this.files.path(base.name), {
        temporary: `temp-rewriteaof-bg-${Deno.pid}-${++rewrites}.aof`,
        incrementalSync: this.#parts.configuration.get("aof-rewrite-incremental-fsync"),
      });
      increment = this.#switch();
    } catch (error) {
      file?.abandon();
      log.warning(`Can't rewrite the append only file: ${messageOf(error)}`);
      this.#failed(this.#seconds());
      return false;
    }
    const taken = snapshot(false);
    const rewriting: Rewrite = {
      snapshot: taken,
      stream: new SnapshotStream(taken, pace),
      startedAt: this.#seconds(),
      done: Promise.resolve(),
    };
    this.rewriting = rewriting;
    // Anew: a file begins with SELECT.
    if (this.state !== "off") this.#attach();
    log.notice(`Background append only file rewriting started by pid ${Deno.pid}`);
    rewriting.done = this.#run(rewriting, file, base, increment);
    this.#parts.onChange();
    return true;
  }

  /** Has what follows go to a file of its own, which the manifest names if there is a base before it. */
  #switch(): AofFile | null {
    if (this.state === "off") return null;
    const { files, appendLog } = this;
    if (!this.flush()) throw new Error(appendLog.error ?? "The AOF cannot be written");
    if (this.state === "waiting") {
      files.create(files.temporaryIncrement);
      appendLog.open(files.path(files.temporaryIncrement), 0);
      return files.nextIncrement();
    }
    // What is in the old file is not synced by whoever syncs the new one.
    if (appendLog.policy !== "no" && !appendLog.sync()) throw new Error(appendLog.error ?? "");
    const increment = files.nextIncrement();
    const before = files.manifest;
    this.#parts.log.notice(`Creating AOF incr file ${increment.name} on background rewrite`);
    files.create(increment.name);
    files.persist(withIncrement(before, increment));
    const oldSize = appendLog.size;
    try {
      appendLog.open(files.path(increment.name), 0);
    } catch (error) {
      files.persist(before);
      throw error;
    }
    this.#closedSize += oldSize;
    return increment;
  }

  /** Writes the base, and puts it in the place of what was there. Never throws. */
  async #run(rewriting: Rewrite, file: AtomicFile, base: AofFile, increment: AofFile | null): Promise<void> {
    const { figures, files } = this;
    const { log } = this.#parts;
    try {
      await rewriting.stream.run({
        write: (bytes) => {
          figures.lastMemory = Math.max(figures.lastMemory, rewriting.snapshot.memory);
          return file.write(bytes);
        },
      });
      if (!await file.finish(() => this.rewriting === rewriting)) throw new SnapshotCancelled();
      if (this.rewriting !== rewriting) throw new SnapshotCancelled();
      log.notice("Background AOF rewrite terminated with success");
      this.#adopt(base, increment);
    } catch (error) {
      file.abandon();
      if (this.rewriting !== rewriting) return;
      this.rewriting = null;
      log.warning(messageOf(error));
      log.warning("Background AOF rewrite terminated with error");
      this.#failed(rewriting.startedAt);
      this.#parts.onChange();
      return;
    }
    this.rewriting = null;
    figures.lastStatus = "ok";
    figures.failures = 0;
    figures.lastDuration = this.#seconds() - rewriting.startedAt;
    files.removeHistory();
    log.notice("Background AOF rewrite finished successfully");
    this.#parts.onChange();
  }

  /** Has the manifest name the new base and what came after it, and nothing else. */
  #adopt(base: AofFile, increment: AofFile | null): void {
    const { appendLog, figures, files } = this;
    const { log } = this.#parts;
    if (increment === null) {
      files.persist({ ...withBase(files.manifest, base, { name: "", sequence: 0 }), increments: [] });
      return;
    }
    if (this.state === "waiting") {
      if (!this.finish()) throw new Error(appendLog.error ?? "The AOF cannot be written");
      Deno.renameSync(files.path(files.temporaryIncrement), files.path(increment.name));
      appendLog.renamed(files.path(increment.name));
    }
    files.persist(withBase(files.manifest, base, increment));
    this.#closedSize = files.totalSize() - files.size(increment);
    figures.baseSize = this.size;
    if (this.state === "waiting") {
      this.state = "on";
      log.notice("AOF state changed to on");
    }
  }

  #failed(startedAt: number): void {
    const { figures } = this;
    figures.lastStatus = "err";
    figures.lastDuration = this.#seconds() - startedAt;
    figures.failures++;
    if (figures.failures >= LIMITED_AFTER) {
      const minutes = Math.min(2 ** (figures.failures - LIMITED_AFTER), DELAY_MAX_MINUTES);
      this.#limitedUntil = this.#parts.keyspace.clock.now() + minutes * 60_000;
      this.#parts.log.warning(
        `Background AOF rewrite has repeatedly failed and triggered the limit, will retry in ${minutes} minutes`,
      );
    }
    if (this.state === "waiting") this.scheduled = true;
  }

  /** Ends a rewrite that is under way; its file is removed. */
  #cancel(): void {
    const { rewriting } = this;
    if (rewriting === null) return;
    this.rewriting = null;
    rewriting.stream.cancel();
    this.figures.lastDuration = this.#seconds() - rewriting.startedAt;
    this.#parts.onChange();
  }

  get #isLimited(): boolean {
    return this.figures.failures >= LIMITED_AFTER && this.#parts.keyspace.clock.now() < this.#limitedUntil;
  }

  /** Writes what had to wait, and begins a rewrite if it is time for one. Called a few times a second. */
  tick(): void {
    if (this.state !== "off") this.#retry();
    if (this.rewriting !== null || this.#parts.isSaving() || this.#parts.keyspace.effects.isGrouped) return;
    if (this.scheduled && !this.#isLimited) {
      this.#begin();
      return;
    }
    const { configuration, log } = this.#parts;
    const percentage = configuration.get("auto-aof-rewrite-percentage");
    if (this.state !== "on" || percentage === 0) return;
    if (this.size <= Number(configuration.get("auto-aof-rewrite-min-size")) || this.#isLimited) return;
    const growth = Math.floor((this.size * 100) / (this.figures.baseSize || 1)) - 100;
    if (growth < percentage) return;
    log.notice(`Starting automatic rewriting of AOF on ${growth}% growth`);
    this.#begin();
  }

  #retry(): void {
    const now = this.#parts.keyspace.clock.now();
    if (this.appendLog.error !== null) {
      if (now - this.#retriedAt < RETRY_MILLISECONDS) return;
      this.#retriedAt = now;
    }
    this.#commit();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error && !("code" in error) ? error.message : systemErrorText(error);
}
