/**
 * Where the server listens: TCP addresses and a Unix socket.
 *
 * @module
 */

import { systemErrorText } from "./system_error.ts";
import type { TransportListener } from "./transport.ts";

/** Milliseconds between two attempts to open an address that another one of ours has covered. */
const RETRY = 10;
const ATTEMPTS = 100;

/** A TCP address to open. */
export interface TcpAddress {
  readonly hostname: string;
  readonly port: number;
  readonly tcpBacklog: number;
  /** Whether a socket for all of IPv6, which takes IPv4 connections too, is or will be open. */
  readonly covered: boolean;
}

/** Opens a TCP address; throws what `Deno.listen` throws. */
export type OpenTcp<T> = (address: TcpAddress) => TransportListener<T>;

/** Accepts connections and hands them on. */
export class Listeners<T> {
  readonly #accept: (conn: T) => void;
  readonly #warn: (text: string) => void;
  readonly #openTcp: OpenTcp<T>;
  readonly #open = new Set<TransportListener<T>>();
  /** Those for TCP, by address and port. */
  #tcp = new Map<string, TransportListener<T>>();
  /** Rises whenever other addresses are asked for. */
  #request = 0;
  #unixPath = "";

  /** `accept` gets each new connection, `warn` what the log should tell. */
  constructor(openTcp: OpenTcp<T>, accept: (conn: T) => void, warn: (text: string) => void) {
    this.#openTcp = openTcp;
    this.#accept = accept;
    this.#warn = warn;
  }

  /** Number of addresses, the Unix socket included. */
  get size(): number {
    return this.#open.size;
  }

  /** The TCP port that is listened on, 0: none. */
  get port(): number {
    for (const { addr } of this.#tcp.values()) {
      if (addr.transport === "tcp") return addr.port;
    }
    return 0;
  }

  /**
   * Listens on these addresses instead of those before, as `bind` gives them: `*` for all, a `-` in front where the
   * address may be missing. With port 0, the first address chooses the port for all.
   *
   * What is listened on already stays open. A socket that is closed blocks its address until the event loop turns, so
   * where one is replaced by another that overlaps (127.0.0.1 by all addresses) that follows a moment later.
   *
   * @throws {Error} whose message says which address and why; then everything is as before
   */
  listenTcp(addresses: readonly string[], port: number, backlog: number): void {
    const request = ++this.#request;
    if (!this.#replaceTcp(addresses, port, backlog)) this.#completeTcp(addresses, port, backlog, request);
  }

  async #completeTcp(
    addresses: readonly string[],
    port: number,
    backlog: number,
    request: number,
  ): Promise<void> {
    let failure: unknown;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      await delay(RETRY);
      if (request !== this.#request) return;
      try {
        if (this.#replaceTcp(addresses, port, backlog)) return;
      } catch (error) {
        failure = error;
      }
    }
    this.#warn(`Warning: ${failure instanceof Error ? failure.message : failure}`);
  }

  /**
   * Returns whether all addresses are open now: false where one has to wait for another that it replaces.
   *
   * An IPv6 socket for all addresses takes IPv4 connections too where the system lets it; Deno has no way to forbid
   * that. So it is opened first, and then no IPv4 address needs a socket of its own that does not get one.
   */
  #replaceTcp(addresses: readonly string[], port: number, backlog: number): boolean {
    const wanted = addresses.map(parseAddress).sort((a, b) => Number(isIpv6All(b)) - Number(isIpv6All(a)));
    const widens = wanted.some(isIpv6All) && !this.#tcp.has(nameOf("::", port));
    const dropped = [...this.#tcp.keys()].filter((name) =>
      !wanted.some(({ hostname }) => name === nameOf(hostname, port)) || (widens && !name.includes(":"))
    );
    const next = new Map<string, TransportListener<T>>();
    const opened: TransportListener<T>[] = [];
    let chosen = port;
    let complete = true;
    try {
      for (const address of wanted) {
        const name = nameOf(address.hostname, chosen);
        const kept = dropped.includes(name) ? undefined : this.#tcp.get(name);
        const listener = kept ?? this.#listenOn(address, { port: chosen, backlog, next, dropped });
        if (listener === "later") complete = false;
        if (typeof listener === "string") continue;
        if (kept === undefined) opened.push(listener);
        if (chosen === 0) chosen = (listener.addr as Deno.NetAddr).port;
        next.set(nameOf(address.hostname, chosen), listener);
      }
    } catch (error) {
      for (const listener of opened) listener.close();
      throw error;
    }
    for (const name of dropped) this.#stop(this.#tcp.get(name)!);
    this.#tcp = next;
    for (const listener of opened) this.#start(listener);
    return complete;
  }

  /** Opens an address, unless it is missing and may be, or covered by another one, or has to wait for one. */
  #listenOn(address: BindAddress, among: OtherAddresses): TransportListener<T> | "none" | "later" {
    const { name, hostname, optional } = address;
    const { port, backlog, next, dropped } = among;
    const covered = !hostname.includes(":") && next.has(nameOf("::", port));
    try {
      return this.#openTcp({ hostname, port, tcpBacklog: backlog, covered });
    } catch (error) {
      const reason = `Could not create server TCP listening socket ${name}:${port}: bind: ${
        systemErrorText(error)
      }`;
      if (optional && isMissingAddress(error)) {
        this.#warn(`Warning: ${reason}`);
        return "none";
      }
      if (error instanceof Deno.errors.AddrInUse) {
        if (covered) return "none";
        if (dropped.some((name) => name.endsWith(` ${port}`))) return "later";
      }
      throw new Error(reason);
    }
  }

  /** Listens on a Unix socket; a socket that a dead server left behind is removed. */
  listenUnix(this: Listeners<Deno.Conn>, path: string, mode: number): void {
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

  /** Stops listening; returns whether there was a Unix socket's file to remove. */
  close(): boolean {
    this.#request++;
    for (const listener of this.#open) this.#stop(listener);
    this.#tcp.clear();
    if (this.#unixPath === "") return false;
    try {
      Deno.removeSync(this.#unixPath);
    } catch {
      // Somebody has removed it already.
    }
    return true;
  }

  #stop(listener: TransportListener<T>): void {
    this.#open.delete(listener);
    listener.close();
  }

  async #start(listener: TransportListener<T>): Promise<void> {
    this.#open.add(listener);
    let failing = false;
    while (this.#open.has(listener)) {
      try {
        this.#accept(await listener.accept());
        failing = false;
      } catch (error) {
        if (!this.#open.has(listener)) return;
        // Out of file descriptors, or the client is gone again.
        if (!failing) this.#warn(`Accepting client connection: accept: ${systemErrorText(error)}`);
        failing = true;
        await delay(RETRY);
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

/** What there is besides an address that is being opened. */
interface OtherAddresses {
  readonly port: number;
  readonly backlog: number;
  /** Those that are open and stay, by name. */
  readonly next: ReadonlyMap<string, unknown>;
  /** Names of those that are open and will be closed. */
  readonly dropped: readonly string[];
}

function isIpv6All({ hostname }: BindAddress): boolean {
  return hostname === "::";
}

function parseAddress(address: string): BindAddress {
  const optional = address.startsWith("-");
  const name = optional ? address.slice(1) : address;
  return { name, optional, hostname: name === "*" ? "0.0.0.0" : name === "::*" ? "::" : name };
}

function nameOf(hostname: string, port: number): string {
  return `${hostname} ${port}`;
}

function isMissingAddress(error: unknown): boolean {
  if (error instanceof Deno.errors.AddrNotAvailable) return true;
  return error instanceof Error && /not supported|EAFNOSUPPORT|os error 97/.test(error.message);
}

function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
