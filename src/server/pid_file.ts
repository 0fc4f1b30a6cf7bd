/**
 * The file that says which process the server is.
 *
 * @module
 */

import type { ServerLog } from "./log.ts";
import { systemErrorText } from "./system_error.ts";

/** A file with the process id, there while the server runs. */
export class PidFile {
  readonly #path: string | undefined;
  readonly #log: ServerLog;

  /** Writes the file; a failure is logged and the server runs without it, as Redis does. */
  constructor(path: string | undefined, log: ServerLog) {
    this.#path = path;
    this.#log = log;
    if (path === undefined) return;
    try {
      Deno.writeTextFileSync(path, `${Deno.pid}\n`);
    } catch (error) {
      log.warning(`Failed to write PID file: ${systemErrorText(error)}`);
      this.#path = undefined;
    }
  }

  /** Removes the file. */
  remove(): void {
    if (this.#path === undefined) return;
    this.#log.notice("Removing the pid file.");
    try {
      Deno.removeSync(this.#path);
    } catch {
      // Somebody has removed it already.
    }
  }
}
