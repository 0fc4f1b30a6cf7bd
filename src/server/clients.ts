/**
 * All connected clients.
 *
 * @module
 */

import type { ClientRegistry, ClientSession } from "../commands/context.ts";
import type { Connection } from "./connection.ts";

/** The clients of a server, by id. */
export class Clients implements ClientRegistry {
  readonly #connections = new Map<number, Connection>();
  #nextId = 1;
  readonly #pause: (until: number, writesOnly: boolean) => void;
  readonly #unblock: (connection: Connection, withError: boolean) => boolean;

  /** `pause` holds back requests until a time, milliseconds since the epoch; 0 ends it. */
  constructor(
    pause: (until: number, writesOnly: boolean) => void,
    unblock: (connection: Connection, withError: boolean) => boolean,
  ) {
    this.#pause = pause;
    this.#unblock = unblock;
  }

  /** Number of connected clients. */
  get size(): number {
    return this.#connections.size;
  }

  /** An id for the next client. */
  nextId(): number {
    return this.#nextId++;
  }

  add(connection: Connection): void {
    this.#connections.set(connection.id, connection);
  }

  delete(connection: Connection): void {
    this.#connections.delete(connection.id);
  }

  /** All connections, oldest first. */
  connections(): Iterable<Connection> {
    return this.#connections.values();
  }

  list(): Iterable<ClientSession> {
    return this.#connections.values();
  }

  get(id: number): ClientSession | undefined {
    return this.#connections.get(id);
  }

  /** The client with this id, unless it has been disconnected: then it is still here for a moment. */
  reachable(id: number): Connection | undefined {
    const connection = this.#connections.get(id);
    return connection?.isOpen ? connection : undefined;
  }

  kill(client: ClientSession, asker: ClientSession): void {
    if (client === asker) client.closeAfterReply();
    else this.#connections.get(client.id)?.disconnect();
  }

  pause(until: number, writesOnly: boolean): void {
    this.#pause(until, writesOnly);
  }

  unpause(): void {
    this.#pause(0, false);
  }

  unblock(client: ClientSession, withError: boolean): boolean {
    const connection = this.#connections.get(client.id);
    return connection !== undefined && this.#unblock(connection, withError);
  }
}
