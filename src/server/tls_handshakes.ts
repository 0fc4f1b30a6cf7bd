/**
 * Connections that are becoming TLS ones: their handshakes, and who is let in.
 *
 * Client certificates need `node:tls`, as Deno's own TLS listener cannot ask for them.
 *
 * @module
 */

import type { Socket } from "node:net";
import { createServer, type Server, type TLSSocket } from "node:tls";
import type { ClientCertificates, TlsSettings } from "./tls_settings.ts";
import { TlsTransport } from "./tls_transport.ts";

/** Milliseconds that a handshake may take. */
const HANDSHAKE_LIMIT = 60_000;
/** Certificates that are remembered for clients who resume a session. */
const REMEMBERED = 20_480;

/** What handshakes need of the server. */
export interface HandshakeHost {
  /** Handshakes that are begun in one go. */
  readonly handshakesPerCycle: number;
  /** Gets a connection whose handshake is done. */
  secured(transport: TlsTransport): void;
  /** Is told why a connection did not become one. */
  handshakeFailed(reason: string): void;
}

/** Makes TLS connections of TCP connections. */
export class TlsHandshakes {
  readonly #host: HandshakeHost;
  readonly #verified = new VerifiedCertificates();
  #server: Server | null = null;
  #authorities = "";
  /** TCP connections whose handshake is to begin. */
  readonly #waiting: Socket[] = [];
  /** All whose handshake is not done, by the address of the client. */
  readonly #unfinished = new Map<string, Socket>();

  constructor(host: HandshakeHost) {
    this.#host = host;
  }

  /** Connections whose handshake is not done. */
  get size(): number {
    return this.#unfinished.size;
  }

  /** What applies to connections that begin from now on. */
  configure(settings: TlsSettings): void {
    const { clientCertificates } = settings;
    const server = createServer({
      cert: settings.cert,
      key: settings.key,
      ca: [...settings.ca],
      minVersion: settings.minVersion,
      maxVersion: settings.maxVersion,
      requestCert: clientCertificates !== "no",
      rejectUnauthorized: clientCertificates === "yes",
      handshakeTimeout: HANDSHAKE_LIMIT,
    });
    server.on("secureConnection", (socket) => this.#secured(socket, clientCertificates));
    server.on("tlsClientError", (error: Error, socket) => {
      this.#host.handshakeFailed(
        socket.authorizationError ? verificationFailure(socket) : error.message,
      );
      socket.destroySoon();
    });
    this.#server = server;
    const authorities = settings.ca.join();
    if (authorities !== this.#authorities) this.#verified.clear();
    this.#authorities = authorities;
  }

  /** Begins the handshake of a TCP connection when its turn comes. */
  begin(raw: Socket): void {
    const name = nameOf(raw);
    this.#unfinished.set(name, raw);
    raw.on("close", () => {
      if (this.#unfinished.get(name) === raw) this.#unfinished.delete(name);
    });
    this.#waiting.push(raw);
    if (this.#waiting.length === 1) setImmediate(() => this.#beginSome());
  }

  #beginSome(): void {
    for (const raw of this.#waiting.splice(0, this.#host.handshakesPerCycle)) {
      if (!raw.destroyed) this.#server?.emit("connection", raw);
    }
    if (this.#waiting.length > 0) setImmediate(() => this.#beginSome());
  }

  #secured(socket: TLSSocket, clientCertificates: ClientCertificates): void {
    const name = nameOf(socket);
    const raw = this.#unfinished.get(name);
    this.#unfinished.delete(name);
    const reason = this.#reasonToRefuse(socket, clientCertificates);
    if (reason === null && raw !== undefined) return this.#host.secured(new TlsTransport(socket, raw));
    socket.on("error", () => {});
    socket.destroy();
    if (reason !== null) this.#host.handshakeFailed(reason);
  }

  /**
   * What is wrong with a client's certificate, or null.
   *
   * A client that resumes a session shows none, and Deno believes whatever certificate the session began with, also one
   * that it had refused, and sessions of other servers in this process: its keys for sessions are the process's. So
   * only certificates that have been verified here get in that way.
   */
  #reasonToRefuse(socket: TLSSocket, clientCertificates: ClientCertificates): string | null {
    if (clientCertificates === "no") return null;
    const certificate = socket.getPeerX509Certificate();
    if (certificate === undefined) {
      return clientCertificates === "optional" ? null : "peer did not return a certificate";
    }
    if (!socket.authorized) return verificationFailure(socket);
    if (!socket.isSessionReused()) {
      this.#verified.add(certificate.fingerprint256, Date.parse(certificate.validTo));
      return null;
    }
    return this.#verified.has(certificate.fingerprint256)
      ? null
      : "resumes a session whose certificate is not verified";
  }

  /** Gives up all handshakes. */
  close(): void {
    for (const raw of [...this.#unfinished.values()]) raw.destroy();
    this.#waiting.length = 0;
  }
}

/** The certificates that have been verified lately. */
class VerifiedCertificates {
  /** When each ends, milliseconds since the epoch, by fingerprint; the latest is the last. */
  readonly #ends = new Map<string, number>();

  add(fingerprint: string, end: number): void {
    this.#ends.delete(fingerprint);
    this.#ends.set(fingerprint, end);
    if (this.#ends.size <= REMEMBERED) return;
    for (const oldest of this.#ends.keys()) {
      this.#ends.delete(oldest);
      return;
    }
  }

  has(fingerprint: string): boolean {
    const end = this.#ends.get(fingerprint);
    return end !== undefined && Date.now() <= end;
  }

  clear(): void {
    this.#ends.clear();
  }
}

function verificationFailure(socket: TLSSocket): string {
  return `certificate verify failed: ${socket.authorizationError}`;
}

function nameOf(socket: Socket | TLSSocket): string {
  return `${socket.remoteAddress} ${socket.remotePort}`;
}
