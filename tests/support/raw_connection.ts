/**
 * A client connection that interprets nothing: bytes out, the bytes of N replies back.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { encodeRequest, printable, replyEnd } from "./replies.ts";

/** How to reach the server, and how long a test waits for it. */
export interface RawConnectionOptions {
  /** TCP port on 127.0.0.1. */
  port: number;
  /** Milliseconds that a read may take before it fails; 10,000 unless told. */
  timeout?: number;
  /** Speak TLS, with these authorities and this certificate. */
  tls?: { caCerts: string[]; cert?: string; key?: string };
}

/** A read that did not get what the test asked for, with the bytes that did arrive. */
export class ReplyTimeout extends Error {
  /** What had arrived and was not returned yet, a byte string. */
  readonly received: string;

  constructor(message: string, received: string) {
    super(`${message}; bytes so far: ${printable(received)}`);
    this.received = received;
  }
}

/** A TCP connection to a server under test. Byte strings in and out. */
export class RawConnection {
  readonly #conn: Deno.TcpConn | Deno.TlsConn;
  readonly #timeout: number;
  #buffer = new Uint8Array(16 * 1024);
  #start = 0;
  #end = 0;
  #ended = false;
  #closed = false;

  private constructor(conn: Deno.TcpConn | Deno.TlsConn, timeout: number) {
    this.#conn = conn;
    this.#timeout = timeout;
    if ("setNoDelay" in conn) conn.setNoDelay(true);
  }

  /** Opens a connection to 127.0.0.1. */
  static async connect(options: RawConnectionOptions): Promise<RawConnection> {
    const address = { hostname: "127.0.0.1", port: options.port };
    const conn = options.tls === undefined
      ? await Deno.connect(address)
      // A key without a certificate is refused, and so are both where they are undefined.
      : await Deno.connectTls({ ...address, ...options.tls } as Deno.ConnectTlsOptions);
    return new RawConnection(conn, options.timeout ?? 10_000);
  }

  /** Our end of the connection as `CLIENT LIST` shows it: `ip:port`. */
  get localAddress(): string {
    const address = this.#conn.localAddr;
    return `${address.hostname}:${address.port}`;
  }

  /** Sends a byte string as it stands. */
  async write(bytes: string): Promise<void> {
    await this.writeBytes(Buffer.from(bytes, "latin1"));
  }

  /** Sends bytes as they stand. */
  async writeBytes(bytes: Uint8Array): Promise<void> {
    let at = 0;
    while (at < bytes.length) at += await this.#conn.write(bytes.subarray(at));
  }

  /** Sends one command and returns its reply. */
  async command(...args: string[]): Promise<string> {
    await this.write(encodeRequest(args));
    return await this.readReplies(1);
  }

  /**
   * The bytes of exactly `count` replies, whatever arrives in between being left for the next read. Throws
   * {@linkcode ReplyTimeout} where they do not arrive in time or the server closes the connection first.
   */
  async readReplies(count: number): Promise<string> {
    let found = 0;
    let length = 0; // From #start, which #fill may move.
    await this.#readUntil(`${count} replies`, () => {
      while (found < count) {
        const end = replyEnd(this.#buffer, this.#start + length, this.#end);
        if (end < 0) return false;
        length = end - this.#start;
        found++;
      }
      return true;
    });
    return this.#take(length);
  }

  /** Everything up to the end of the stream. Throws {@linkcode ReplyTimeout} where the server does not close it. */
  async readToEnd(): Promise<string> {
    await this.#readUntil("the end of the stream", () => this.#ended);
    return this.#take(this.#end - this.#start);
  }

  /** Closes the connection; closing twice is harmless. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#conn.close();
  }

  #take(length: number): string {
    const from = this.#start;
    this.#start += length;
    return Buffer.from(this.#buffer.buffer, from, length).toString("latin1");
  }

  async #readUntil(what: string, done: () => boolean): Promise<void> {
    if (done()) return;
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      this.close();
    }, this.#timeout);
    try {
      for (;;) {
        const wasOpen = await this.#fill();
        if (done()) return;
        if (timedOut) throw new ReplyTimeout(`No ${what} within ${this.#timeout} ms`, this.#rest());
        if (!wasOpen) throw new ReplyTimeout(`The server closed the connection before ${what}`, this.#rest());
      }
    } finally {
      clearTimeout(timer);
    }
  }

  #rest(): string {
    return this.#take(this.#end - this.#start);
  }

  /** Reads once; false at the end of the stream. */
  async #fill(): Promise<boolean> {
    if (this.#end === this.#buffer.length) {
      const unread = this.#end - this.#start;
      const size = unread > this.#buffer.length / 2 ? this.#buffer.length * 2 : this.#buffer.length;
      const buffer = new Uint8Array(size);
      buffer.set(this.#buffer.subarray(this.#start, this.#end));
      this.#buffer = buffer;
      this.#start = 0;
      this.#end = unread;
    }
    try {
      const read = await this.#conn.read(this.#buffer.subarray(this.#end));
      if (read !== null) {
        this.#end += read;
        return true;
      }
    } catch {
      // A reset, or our own close at the time-out: both are an end of the stream to the reader.
    }
    this.#ended = true;
    return false;
  }
}
