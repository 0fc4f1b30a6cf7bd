/**
 * A client that sends bytes, collects whatever comes back, and knows whether the server has hung up.
 *
 * @module
 */

import { Buffer } from "node:buffer";

/** A connection over TCP or a Unix socket that reads as long as the server says something. */
export class StreamingClient {
  readonly #conn: Deno.TcpConn | Deno.UnixConn;
  #received: Uint8Array[] = [];
  #text = "";
  #ended = false;
  readonly #end: Promise<void>;

  private constructor(conn: Deno.TcpConn | Deno.UnixConn, readBytes: number) {
    this.#conn = conn;
    this.#end = this.#collect(readBytes);
  }

  /** Connects to a port of 127.0.0.1 or to a Unix socket's path. `readBytes` is how much is read at a time. */
  static async connect(target: number | string, readBytes = 64 * 1024): Promise<StreamingClient> {
    if (typeof target === "string") {
      return new StreamingClient(await Deno.connect({ transport: "unix", path: target }), readBytes);
    }
    const conn = await Deno.connect({ hostname: "127.0.0.1", port: target });
    conn.setNoDelay(true);
    return new StreamingClient(conn, readBytes);
  }

  /** All that has come so far, a byte string. */
  get received(): string {
    if (this.#received.length > 0) {
      this.#text += Buffer.concat(this.#received).toString("latin1");
      this.#received = [];
    }
    return this.#text;
  }

  /** Whether the server has closed the connection. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Sends a byte string; false where the server does not listen any more. */
  async send(bytes: string): Promise<boolean> {
    const buffer = Buffer.from(bytes, "latin1");
    try {
      for (let at = 0; at < buffer.length;) at += await this.#conn.write(buffer.subarray(at));
      return true;
    } catch {
      return false;
    }
  }

  /** Says that nothing more will be sent, and goes on reading. */
  async closeWrite(): Promise<void> {
    try {
      await this.#conn.closeWrite();
    } catch {
      // The server has closed it.
    }
  }

  /** Resolves when the server has closed the connection; false after `milliseconds`. */
  untilEnded(milliseconds: number): Promise<boolean> {
    return within(milliseconds, this.#end);
  }

  /** Resolves as soon as `condition` holds of what was received; false after `milliseconds` or at the end. */
  async until(condition: (received: string) => boolean, milliseconds: number): Promise<boolean> {
    const limit = performance.now() + milliseconds;
    for (;;) {
      if (condition(this.received)) return true;
      if (this.#ended || performance.now() > limit) return condition(this.received);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  /** Closes the connection. */
  close(): void {
    try {
      this.#conn.close();
    } catch {
      // It is closed already.
    }
  }

  async #collect(readBytes: number): Promise<void> {
    const buffer = new Uint8Array(readBytes);
    try {
      for (;;) {
        const length = await this.#conn.read(buffer);
        if (length === null) break;
        this.#received.push(buffer.slice(0, length));
      }
    } catch {
      // A reset is an end too.
    }
    this.#ended = true;
  }
}

/** Whether `promise` resolves within `milliseconds`. */
export async function within(milliseconds: number, promise: Promise<unknown>): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), milliseconds);
  });
  const inTime = await Promise.race([promise.then(() => true), late]);
  clearTimeout(timer);
  return inTime;
}
