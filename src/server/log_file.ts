/**
 * The file that the log goes to.
 *
 * @module
 */

/**
 * A file that is only added to, and that others may move away or delete, as logrotate does.
 *
 * Redis opens the file anew for every line. This keeps it open and looks, before each write, whether the path still
 * leads to it: the same behaviour for one system call instead of two.
 */
export class LogFile {
  readonly #path: string;
  #file: Deno.FsFile | undefined;
  #device: number | undefined;
  #inode: number | null | undefined;

  /** Opens nothing yet. */
  constructor(path: string) {
    this.#path = path;
  }

  /** Adds bytes to the file, making it if need be. What cannot be written is lost: a server does not stop for it. */
  write(bytes: Uint8Array): void {
    try {
      const file = this.#current();
      for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
    } catch {
      this.close();
    }
  }

  /** Closes the file; the next write opens it again. */
  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  #current(): Deno.FsFile {
    if (this.#file !== undefined && this.#isInPlace()) return this.#file;
    this.close();
    this.#file = Deno.openSync(this.#path, { append: true, create: true });
    const { dev, ino } = this.#file.statSync();
    this.#device = dev;
    this.#inode = ino;
    return this.#file;
  }

  #isInPlace(): boolean {
    // Where files have no number that tells them apart, the file is opened for each line, as Redis does.
    if (this.#inode === null) return false;
    try {
      const { dev, ino } = Deno.statSync(this.#path);
      return dev === this.#device && ino === this.#inode;
    } catch {
      return false;
    }
  }
}
