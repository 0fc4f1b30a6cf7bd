/**
 * Where the server listens: TCP addresses and a Unix socket.
 *
 * @module
 */

import { systemErrorText } from "./system_error.ts";

/** Accepts connections and hands them on. */
export class Listeners {
  readonly #accept: (conn: Deno.Conn) => void;
  readonly #warn: (text: string) => void;
  readonly #listeners: Deno.Listener[] = [];
  #unixPath = "";

  /** `accept` gets each new connection, `warn` what the log should tell. */
  constructor(accept: (conn: Deno.Conn) => void, warn: (text: string) => void) {
    this.#accept = accept;
    this.#warn = warn;
  }

  /** Number of addresses, the Unix socket included. */
  get size(): number {
    return this.#listeners.length;
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
   * An IPv6 socket for all addresses takes IPv4 connections too where the system lets it; Deno has no way to forbid
   * that. So it is opened first, and then no IPv4 address needs a socket of its own that does not get one.
   *
   * @throws {Error} whose message says which address and why
   */
  listenTcp(addresses: readonly string[], port: number, backlog: number): void {
    const opened: Deno.Listener[] = [];
    let chosen = port;
    const wanted = addresses.map(parseAddress);
    const isEverything = ({ hostname }: BindAddress) => hostname === "::";
    const ordered = [...wanted.filter(isEverything), ...wanted.filter((address) => !isEverything(address))];
    for (const { name, hostname, optional } of ordered) {
      try {
        const listener = Deno.listen({ hostname, port: chosen, tcpBacklog: backlog });
        if (chosen === 0) chosen = (listener.addr as Deno.NetAddr).port;
        opened.push(listener);
      } catch (error) {
        const reason = `Could not create server TCP listening socket ${name}:${port}: bind: ${
          systemErrorText(error)
        }`;
        if (optional && isMissingAddress(error)) {
          this.#warn(`Warning: ${reason}`);
          continue;
        }
        const covered = !hostname.includes(":") && error instanceof Deno.errors.AddrInUse &&
          opened.some(({ addr }) => addr.transport === "tcp" && addr.hostname === "::");
        if (covered) continue;
        for (const listener of opened) listener.close();
        throw new Error(reason);
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
    let failing = false;
    while (this.#listeners.includes(listener)) {
      try {
        this.#accept(await listener.accept());
        failing = false;
      } catch (error) {
        // Out of file descriptors, or the client is gone again, or the listener was closed: the next turn tells.
        if (!failing && this.#listeners.includes(listener)) {
          this.#warn(`Accepting client connection: accept: ${systemErrorText(error)}`);
        }
        failing = true;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
  }
}

/** An address that `bind` gives. */
interface BindAddress {
  /** As in the configuration, without the dash. */
  readonly name: string;
  readonly hostname: string;
  /** Whether the address may be missing on this machine. */
  readonly optional: boolean;
}

function parseAddress(address: string): BindAddress {
  const optional = address.startsWith("-");
  const name = optional ? address.slice(1) : address;
  return { name, optional, hostname: name === "*" ? "0.0.0.0" : name === "::*" ? "::" : name };
}

function isMissingAddress(error: unknown): boolean {
  if (error instanceof Deno.errors.AddrNotAvailable) return true;
  return error instanceof Error && /not supported|EAFNOSUPPORT|os error 97/.test(error.message);
}
