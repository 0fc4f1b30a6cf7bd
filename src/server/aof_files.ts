/**
 * The directory of an AOF: its manifest, its files' names, and what is done to them.
 *
 * @module
 */

import { bytesOf, byteString, textOfByteString } from "../base/bytes.ts";
import {
  type AofFile,
  type AofManifest,
  AofManifestError,
  EMPTY_MANIFEST,
  formatManifest,
  parseManifest,
} from "../persistence/aof_manifest.ts";
import { AtomicFile } from "./atomic_file.ts";
import type { Configuration } from "./configuration.ts";
import type { ServerLog } from "./log.ts";
import { LoadingFailed } from "./rdb_loading.ts";
import { systemErrorText } from "./system_error.ts";

/** The files of one server's AOF. */
export class AofFiles {
  manifest: AofManifest = EMPTY_MANIFEST;
  /** Whether `manifest` is the one on the disk. */
  isRead = false;
  /** The highest numbers that files have had. */
  #baseSequence = 0;
  #incrementSequence = 0;
  readonly #configuration: Configuration;
  readonly #log: ServerLog;

  constructor(configuration: Configuration, log: ServerLog) {
    this.#configuration = configuration;
    this.#log = log;
  }

  get #name(): string {
    return this.#configuration.get("appendfilename");
  }

  get #directory(): string {
    return this.#configuration.resolve(this.#configuration.get("appenddirname"));
  }

  get #manifestName(): string {
    return `${this.#name}.manifest`;
  }

  /** The path of a file in the directory, whose name is a byte string. */
  path(name: string): string {
    return `${this.#directory}/${textOfByteString(name)}`;
  }

  /** Bytes of a file; 0 where there is none. */
  size({ name }: AofFile): number {
    try {
      return Deno.statSync(this.path(name)).size;
    } catch {
      return 0;
    }
  }

  /** Bytes of all files that are in use. */
  totalSize(): number {
    const { base, increments } = this.manifest;
    return increments.reduce((sum, file) => sum + this.size(file), base === null ? 0 : this.size(base));
  }

  /**
   * Reads the manifest, and takes over a file of Redis 6 and older, which has none, if `upgrades`.
   *
   * @throws {LoadingFailed}
   */
  read(upgrades: boolean): void {
    let text: string;
    try {
      text = byteString(Deno.readFileSync(this.path(this.#manifestName)));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) {
        throw new LoadingFailed(
          `Fatal error: can't open the AOF manifest file ${this.#manifestName} for reading: ${
            systemErrorText(error)
          }`,
        );
      }
      this.manifest = EMPTY_MANIFEST;
      if (upgrades) this.#upgrade();
      this.isRead = true;
      return;
    }
    try {
      this.manifest = parseManifest(text);
    } catch (error) {
      if (!(error instanceof AofManifestError)) throw error;
      throw new LoadingFailed(
        `\n*** FATAL AOF MANIFEST FILE ERROR ***\nReading the manifest file ${
          this.path(this.#manifestName)
        }, at line ${error.line}\n>>> '${error.text}'\n${error.message}`,
      );
    }
    this.isRead = true;
    const { base, history, increments } = this.manifest;
    const highest = (files: readonly AofFile[]) => Math.max(0, ...files.map(({ sequence }) => sequence));
    this.#baseSequence = highest([...(base === null ? [] : [base]), ...history]);
    this.#incrementSequence = highest([...increments, ...history]);
    if (upgrades && base?.name === this.#name && !exists(this.path(base.name))) this.#upgrade();
  }

  /** Moves the one file of an AOF as it was before Redis 7 into the directory. */
  #upgrade(): void {
    const name = this.#name;
    const old = this.#configuration.resolve(name);
    try {
      if (!Deno.statSync(old).isFile) return;
    } catch {
      return;
    }
    const base = { name, sequence: 1 };
    try {
      this.makeDirectory();
      // The manifest comes first: after a crash it names a file that is still outside, and this is done again.
      if (this.manifest.base === null) this.persist({ ...EMPTY_MANIFEST, base });
      Deno.renameSync(old, this.path(name));
    } catch (error) {
      throw new LoadingFailed(
        `Error trying to move the old AOF file ${name} into dir ${
          this.#configuration.get("appenddirname")
        }: ` +
          systemErrorText(error),
      );
    }
    this.#baseSequence = 1;
    this.#log.notice(
      `Successfully migrated an old-style AOF configuration (${name}) into the AOF directory (${
        this.#configuration.get("appenddirname")
      }).`,
    );
  }

  /** Makes an empty file: before a manifest names it, and in the place of what a crash may have left there. */
  create(name: string): void {
    Deno.openSync(this.path(name), { write: true, create: true, truncate: true, mode: 0o644 }).close();
  }

  /** Makes the directory, if it is not there. */
  makeDirectory(): void {
    Deno.mkdirSync(this.#directory, { recursive: true, mode: 0o755 });
  }

  /** Removes what rewrites that were killed have left; nobody else uses the directory. Never throws. */
  removeLeftovers(): void {
    try {
      for (const { name } of [...Deno.readDirSync(this.#directory)]) {
        if (name.startsWith("temp-rewriteaof-")) Deno.removeSync(`${this.#directory}/${name}`);
      }
    } catch (error) {
      this.#log.warning(`Could not remove what a rewrite has left: ${systemErrorText(error)}`);
    }
  }

  /** The name of the next base. */
  nextBase(isRdb: boolean): AofFile {
    const sequence = ++this.#baseSequence;
    return { name: `${this.#name}.${sequence}.base.${isRdb ? "rdb" : "aof"}`, sequence };
  }

  /** The name of the next increment. */
  nextIncrement(): AofFile {
    const sequence = ++this.#incrementSequence;
    return { name: `${this.#name}.${sequence}.incr.aof`, sequence };
  }

  /** The name of an increment that is only of use when the base before it is there. */
  get temporaryIncrement(): string {
    return `temp-${this.#name}.incr`;
  }

  /** Writes a manifest in the place of the one that is there. Throws what goes wrong; then that is left. */
  persist(manifest: AofManifest): void {
    const file = new AtomicFile(this.path(this.#manifestName), {
      temporary: `temp-${textOfByteString(this.#manifestName)}`,
      incrementalSync: false,
    });
    try {
      file.writeSync(bytesOf(formatManifest(manifest)));
      file.finishSync();
    } catch (error) {
      file.abandon();
      throw error;
    }
    this.manifest = manifest;
  }

  /** Removes files that are not needed any more. Never throws: what is left over is removed next time. */
  removeHistory(): void {
    const { history } = this.manifest;
    if (history.length === 0 || this.#configuration.get("aof-disable-auto-gc")) return;
    for (const { name } of history) {
      this.#log.notice(`Removing the history file ${name} in the background`);
      Deno.remove(this.path(name)).catch(() => {});
    }
    try {
      this.persist({ ...this.manifest, history: [] });
    } catch (error) {
      this.#log.warning(`The AOF's manifest could not be written: ${systemErrorText(error)}`);
    }
  }
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
