/**
 * Where connections come from that are to become TLS ones: `node:net` instead of Deno's listener, as only its sockets
 * can be given to `node:tls`.
 *
 * @module
 */

import { createServer, type Server, type Socket } from "node:net";
import type { TcpAddress } from "./listeners.ts";
import type { TransportListener } from "./transport.ts";

/** Connections that wait to be taken. */
const MAX_READY = 1024;

/** Listens on an address, from the next turn of the event loop on. Throws what `Deno.listen` throws. */
export function listenForTls(address: TcpAddress): TransportListener<Socket> {
  const { hostname, port, tcpBacklog, covered } = address;
  if (covered) throw new Deno.errors.AddrInUse(`Covered by all of IPv6: ${hostname}:${port}`);
  // `node:net` tells only later whether an address can be had.
  const probe = Deno.listen({ hostname, port, tcpBacklog });
  const addr = probe.addr;
  probe.close();
  return new TlsListener(addr, tcpBacklog);
}

/** A listener of `node:net` with the interface of a {@linkcode Deno.Listener}. */
class TlsListener implements TransportListener<Socket> {
  readonly addr: Deno.NetAddr;
  readonly #server: Server;
  readonly #listenOptions: { host: string; port: number; backlog: number };
  readonly #ready: Socket[] = [];
  #failure: Error | null = null;
  #accepting: PromiseWithResolvers<Socket> | null = null;

  constructor(addr: Deno.NetAddr, backlog: number) {
    this.addr = addr;
    this.#listenOptions = { host: addr.hostname, port: addr.port, backlog };
    this.#server = createServer({ noDelay: true }, (socket) => this.#connected(socket));
    this.#server.on("error", (error) => this.#failed(error));
    this.#server.listen(this.#listenOptions);
  }

  #connected(socket: Socket): void {
    // Whatever happens before the handshake begins, the client is simply gone.
    socket.on("error", () => {});
    if (this.#accepting !== null) {
      this.#accepting.resolve(socket);
      this.#accepting = null;
    } else if (this.#ready.length < MAX_READY) {
      this.#ready.push(socket);
    } else {
      socket.destroy();
    }
  }

  #failed(error: Error): void {
    this.#failure = error;
    this.#accepting?.reject(error);
    this.#accepting = null;
  }

  accept(): Promise<Socket> {
    const socket = this.#ready.shift();
    if (socket !== undefined) return Promise.resolve(socket);
    if (this.#failure !== null) {
      // Somebody has been quicker than us: we try again, as whoever asks does from time to time.
      this.#failure = null;
      this.#server.listen(this.#listenOptions);
    }
    this.#accepting = Promise.withResolvers();
    return this.#accepting.promise;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#ready.splice(0)) socket.destroy();
    this.#failed(new Deno.errors.BadResource("The listener is closed"));
  }
}
