/**
 * A TLS connection after its handshake, read and written as a plain one is.
 *
 * @module
 */

import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { TcpTransport } from "./transport.ts";

/** Bytes that are taken from the socket before somebody reads them; one record more may come. */
const READ_AHEAD_BYTES = 16 * 1024;
/** Bytes that are encrypted at a time: what is not taken at once is copied. */
const WRITE_BYTES = 64 * 1024;
/** Milliseconds that the other side may take to read the last word. */
const CLOSE_LIMIT = 1000;

/** What reads a TCP socket, in Node's own terms. */
interface ReadHandle {
  readStart(): void;
  readStop(): void;
}

/** A read that waits for bytes. */
interface PendingRead {
  readonly into: Uint8Array;
  readonly resolve: (length: number | null) => void;
  readonly reject: (error: unknown) => void;
}

/** A socket of `node:tls` with the interface of a {@linkcode Deno.TcpConn}. One read and one write at a time. */
export class TlsTransport implements TcpTransport {
  readonly localAddr: Deno.NetAddr;
  readonly remoteAddr: Deno.NetAddr;
  readonly #socket: TLSSocket;
  readonly #raw: Socket;
  readonly #chunks: Uint8Array[] = [];
  /** Bytes in `#chunks`. */
  #buffered = 0;
  #paused = false;
  #ended = false;
  #failure: Error | null = null;
  #reading: PendingRead | null = null;
  #writing = false;

  /** The socket's handshake, over `raw`, is done, and nobody has listened for its data yet. */
  constructor(socket: TLSSocket, raw: Socket) {
    this.#socket = socket;
    this.#raw = raw;
    this.localAddr = addressOf(socket.localAddress, socket.localPort);
    this.remoteAddr = addressOf(socket.remoteAddress, socket.remotePort);
    // What a client has asked for before it ended is still answered.
    socket.allowHalfOpen = true;
    socket.on("data", (chunk: Uint8Array) => this.#received(chunk));
    socket.on("end", () => this.#end());
    socket.on("error", (error) => this.#fail(new Deno.errors.ConnectionReset(error.message)));
    socket.on("close", () => this.#fail(new Deno.errors.ConnectionReset("The connection is closed")));
  }

  #received(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
    if (this.#reading !== null) {
      const { into, resolve } = this.#reading;
      this.#reading = null;
      resolve(this.#take(into));
    }
    if (this.#buffered > READ_AHEAD_BYTES && !this.#paused) {
      this.#pause();
    }
  }

  #end(): void {
    this.#ended = true;
    this.#reading?.resolve(null);
    this.#reading = null;
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#reading?.reject(error);
    this.#reading = null;
  }

  /** Moves as much of what has come as there is room for. */
  #take(into: Uint8Array): number {
    let length = 0;
    while (this.#chunks.length > 0 && length < into.length) {
      const chunk = this.#chunks[0];
      const part = chunk.length <= into.length - length ? chunk : chunk.subarray(0, into.length - length);
      into.set(part, length);
      length += part.length;
      if (part === chunk) this.#chunks.shift();
      else this.#chunks[0] = chunk.subarray(part.length);
    }
    this.#buffered -= length;
    if (this.#paused && this.#buffered === 0) {
      this.#resume();
    }
    return length;
  }

  /**
   * Takes nothing more from the system. Deno 2.9 lets a paused `TLSSocket` go on reading and keeps what comes, 1 GB in
   * two seconds, so its TCP socket is stopped too, below what `Socket.pause` reaches.
   */
  #pause(): void {
    this.#paused = true;
    this.#socket.pause();
    this.#readHandle?.readStop();
  }

  #resume(): void {
    this.#paused = false;
    this.#readHandle?.readStart();
    this.#socket.resume();
  }

  get #readHandle(): ReadHandle | null {
    return (this.#raw as unknown as { readonly _handle: ReadHandle | null })._handle;
  }

  read(into: Uint8Array): Promise<number | null> {
    if (this.#buffered > 0) return Promise.resolve(this.#take(into));
    if (this.#ended) return Promise.resolve(null);
    if (this.#failure !== null) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => this.#reading = { into, resolve, reject });
  }

  write(bytes: Uint8Array): Promise<number> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    const part = bytes.length <= WRITE_BYTES ? bytes : bytes.subarray(0, WRITE_BYTES);
    this.#writing = true;
    return new Promise((resolve, reject) => {
      this.#socket.write(part, (error) => {
        this.#writing = false;
        if (error === undefined || error === null) resolve(part.length);
        else reject(error);
      });
    });
  }

  setNoDelay(noDelay: boolean): void {
    this.#socket.setNoDelay(noDelay);
  }

  setKeepAlive(keepAlive: boolean): void {
    this.#socket.setKeepAlive(keepAlive);
  }

  close(): void {
    const socket = this.#socket;
    this.#fail(new Deno.errors.Interrupted("The connection has been closed"));
    if (this.#writing || socket.destroyed) {
      socket.destroy();
      return;
    }
    // The other side is told that this is the end and no accident; what it still sends is nobody's business.
    const timer = setTimeout(() => socket.destroy(), CLOSE_LIMIT);
    socket.once("close", () => clearTimeout(timer));
    socket.removeAllListeners("data");
    this.#resume();
    socket.destroySoon();
  }
}

function addressOf(hostname = "", port = 0): Deno.NetAddr {
  return { transport: "tcp", hostname, port };
}
