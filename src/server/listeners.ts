/**
 * Where the server listens: TCP addresses and a Unix socket.
 *
 * @module
 */

import { systemErrorText } from "./system_error.ts";

/** Accepts connections and hands them on. */
export class Listeners {
  readonly #accept: (conn: Deno.Conn) => void;
  readonly #listeners: Deno.Listener[] = [];
  #unixPath = "";

  /** `accept` gets each new connection. */
  constructor(accept: (conn: Deno.Conn) => void) {
    this.#accept = accept;
  }

  /** The TCP port that is listened on, 0: none. */
  get port(): number {
    for (const { addr } of this.#listeners) {
      if (addr.transport === "tcp") return addr.port;
    }
    return 0;
  }

  /**
   * Listens on addresses as `bind` gives them: `*` for all, a `-` in front where the address may be missing.
   * With port 0, the first address chooses the port for all.
   *
   * @throws {Error} whose message says which address and why
   */
  listenTcp(addresses: readonly string[], port: number, backlog: number): void {
    const opened: Deno.Listener[] = [];
    let chosen = port;
    for (const address of addresses) {
      const optional = address.startsWith("-");
      const name = optional ? address.slice(1) : address;
      const hostname = name === "*" ? "0.0.0.0" : name === "::*" ? "::" : name;
      try {
        const listener = Deno.listen({ hostname, port: chosen, tcpBacklog: backlog });
        if (chosen === 0) chosen = (listener.addr as Deno.NetAddr).port;
        opened.push(listener);
      } catch (error) {
        if (optional && isMissingAddress(error)) continue;
        for (const listener of opened) listener.close();
        throw new Error(
          `Could not create server TCP listening socket ${name}:${port}: bind: ${systemErrorText(error)}`,
        );
      }
    }
    for (const listener of opened) this.#start(listener);
  }

  /** Listens on a Unix socket; a socket that a dead server left behind is removed. */
  listenUnix(path: string, mode: number): void {
    try {
      Deno.removeSync(path);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) {
        throw new Error(`Opening Unix socket: ${systemErrorText(error)}`);
      }
    }
    let listener: Deno.Listener;
    try {
      listener = Deno.listen({ transport: "unix", path });
      if (mode !== 0) Deno.chmodSync(path, mode);
    } catch (error) {
      throw new Error(`Opening Unix socket: bind: ${systemErrorText(error)}`);
    }
    this.#unixPath = path;
    this.#start(listener);
  }

  /** Closes the TCP listeners only, to open others. */
  closeTcp(): void {
    for (let i = this.#listeners.length - 1; i >= 0; i--) {
      if (this.#listeners[i].addr.transport !== "tcp") continue;
      this.#listeners[i].close();
      this.#listeners.splice(i, 1);
    }
  }

  /** Stops listening. */
  close(): void {
    for (const listener of this.#listeners) listener.close();
    this.#listeners.length = 0;
    if (this.#unixPath === "") return;
    try {
      Deno.removeSync(this.#unixPath);
    } catch {
      // Somebody has removed it already.
    }
  }

  async #start(listener: Deno.Listener): Promise<void> {
    this.#listeners.push(listener);
    while (this.#listeners.includes(listener)) {
      try {
        this.#accept(await listener.accept());
      } catch {
        // Out of file descriptors, or the client is gone again, or the listener was closed: the next turn tells.
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
  }
}

function isMissingAddress(error: unknown): boolean {
  if (error instanceof Deno.errors.AddrNotAvailable) return true;
  return error instanceof Error && /not supported|EAFNOSUPPORT|os error 97/.test(error.message);
}
