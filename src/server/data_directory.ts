/**
 * The directory of the data files, which belongs to one server at a time: two would overwrite each other's files.
 *
 * The lock is the system's own on the directory (`flock`), so it needs no file and goes with the process, however that
 * ends. Windows does not open directories: there is no lock there.
 *
 * @module
 */

/** A claim on a directory. */
export class DataDirectory {
  #lock: Deno.FsFile | null = null;
  #path = "";

  /** Claims a directory in place of the one before; false, and the claim is as it was, where another server has it. */
  claim(path: string): boolean {
    if (this.#lock !== null && path === this.#path) return true;
    let lock: Deno.FsFile | null = null;
    try {
      lock = Deno.openSync(path);
      if (!lock.tryLockSync(true)) {
        lock.close();
        return false;
      }
    } catch {
      // It cannot be opened, or its file system knows no locks. If nothing can be written to it, saving will tell.
      lock?.close();
      lock = null;
    }
    this.release();
    this.#lock = lock;
    this.#path = path;
    return true;
  }

  /** Ends the claim. */
  release(): void {
    this.#lock?.close();
    this.#lock = null;
  }
}
