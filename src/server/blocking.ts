/**
 * Clients that wait in a blocked command, by the keys that they wait for.
 *
 * A blocked client's request is kept. When one of its keys is ready it runs anew, for that key alone: so there is one
 * way in which a command pops or reads, and whoever waits gets what Redis would give: keys in the order in which they
 * became ready, and for each key the client first that has waited longest.
 *
 * @module
 */

import { byteString } from "../base/bytes.ts";
import { UNBLOCKED } from "../base/errors.ts";
import type { Wait } from "../commands/context.ts";
import type { Command } from "../commands/table.ts";
import { viewedBytes } from "../memory/copy_bytes.ts";
import type { Args } from "../resp/args.ts";
import { RequestBatch } from "../resp/request_batch.ts";
import type { KeyWaiters } from "../store/events.ts";
import type { Keyspace } from "../store/keyspace.ts";
import type { Connection } from "./connection.ts";

/** The longest delay of a timer, milliseconds. */
const MAX_DELAY = 2 ** 31 - 1;

/** A client that waits, and the request that it waits with. */
export interface BlockedClient {
  readonly connection: Connection;
  readonly command: Command;
  /** The request, all by itself. */
  readonly request: RequestBatch;
  /** Index of the database that was selected. */
  readonly database: number;
  readonly wait: Wait;
}

/** Runs a blocked client's request anew for the key in argument `key`; false where it has to wait on. */
export type Resume = (client: BlockedClient, key: number) => boolean;

/** The clients that wait. */
export class Blocking implements KeyWaiters {
  readonly #keyspace: Keyspace;
  readonly #resume: Resume;
  readonly #clients = new Map<Connection, BlockedClient>();
  readonly #timers = new Map<BlockedClient, ReturnType<typeof setTimeout>>();
  /** Who waits for a key, and in which argument they name it; who has waited longest comes first. */
  readonly #waiters = new Map<string, Map<BlockedClient, number>>();
  /** Keys that have become ready, in that order. */
  #ready = new Set<string>();
  #serving = false;
  /** How many wait that also want to know when a key goes. */
  #waitingForEnd = 0;

  constructor(keyspace: Keyspace, resume: Resume) {
    this.#keyspace = keyspace;
    this.#resume = resume;
  }

  /** Number of clients that wait. */
  get size(): number {
    return this.#clients.size;
  }

  /** Whether keys have become ready since they were last looked at. */
  get hasReady(): boolean {
    return this.#ready.size > 0;
  }

  /** Makes a client wait with the request in `args`. */
  begin(connection: Connection, command: Command, args: Args, wait: Wait): void {
    const client = {
      connection,
      command,
      request: copyRequest(args, wait.replaced),
      database: connection.database,
      wait,
    };
    this.#clients.set(connection, client);
    for (let key = wait.firstKey; key <= wait.lastKey; key++) {
      const name = nameOf(client.database, args.bytes, args.start(key), args.end(key));
      let waiters = this.#waiters.get(name);
      if (waiters === undefined) this.#waiters.set(name, waiters = new Map());
      // A key that is named twice is waited for once.
      if (!waiters.has(client)) waiters.set(client, key);
    }
    if (wait.evenIfGone) this.#waitingForEnd++;
    if (wait.until > 0) this.#startTimer(client);
    this.#keyspace.events.waiters = this;
    connection.block();
  }

  #startTimer(client: BlockedClient): void {
    const left = client.wait.until - this.#keyspace.clock.now();
    this.#timers.set(
      client,
      setTimeout(() => this.#timedOut(client), Math.min(MAX_DELAY, Math.max(0, left))),
    );
  }

  #timedOut(client: BlockedClient): void {
    const { connection, wait } = client;
    if (this.#keyspace.clock.now() < wait.until) return this.#startTimer(client);
    this.#replyEnd(client, false);
    this.#end(client);
    connection.unblock();
  }

  /** Replies that time is up, or an error. */
  #replyEnd({ connection, wait }: BlockedClient, withError: boolean): void {
    if (connection.replyMode === "skip") connection.replyMode = "on";
    else if (connection.replyMode === "off") return;
    else if (withError) connection.reply.error(UNBLOCKED.message);
    else connection.reply[wait.onTimeout]();
  }

  /** Ends a client's wait as though its time were up, or with an error; undefined where it does not wait. */
  unblock(connection: Connection, withError: boolean): BlockedClient | undefined {
    const client = this.#clients.get(connection);
    if (client === undefined) return undefined;
    this.#replyEnd(client, withError);
    this.#end(client);
    connection.unblock();
    return client;
  }

  /** Forgets a client that is gone. */
  forget(connection: Connection): void {
    const client = this.#clients.get(connection);
    if (client !== undefined) this.#end(client);
  }

  #end(client: BlockedClient): void {
    const { request, wait } = client;
    clearTimeout(this.#timers.get(client));
    this.#timers.delete(client);
    this.#clients.delete(client.connection);
    if (wait.evenIfGone) this.#waitingForEnd--;
    for (let key = wait.firstKey; key <= wait.lastKey; key++) {
      const [start, end] = [request.table[1 + 2 * key], request.table[2 + 2 * key]];
      const name = nameOf(client.database, request.bytes, start, end);
      const waiters = this.#waiters.get(name);
      waiters?.delete(client);
      if (waiters?.size === 0) this.#waiters.delete(name);
    }
    if (this.#clients.size > 0) return;
    this.#keyspace.events.waiters = null;
    this.#ready.clear();
  }

  ready(database: number, bytes: Uint8Array, start: number, end: number): void {
    const name = nameOf(database, bytes, start, end);
    if (this.#waiters.has(name)) this.#ready.add(name);
  }

  flushed(first: number, last: number): void {
    if (this.#waitingForEnd > 0) this.#allReady((database) => database >= first && database <= last);
  }

  swapped(first: number, second: number): void {
    this.#allReady((database) => database === first || database === second);
  }

  #allReady(isIn: (database: number) => boolean): void {
    for (const [name, waiters] of this.#waiters) {
      const [client] = waiters.keys();
      if (isIn(client.database)) this.#ready.add(name);
    }
  }

  /** Serves who waits for the keys that have become ready. Called after each command and each timer's work. */
  serve(): void {
    if (this.#serving) return;
    this.#serving = true;
    try {
      while (this.#ready.size > 0) {
        const ready = this.#ready;
        this.#ready = new Set();
        for (const name of ready) this.#serveKey(name);
      }
    } finally {
      this.#serving = false;
    }
  }

  #serveKey(name: string): void {
    const waiters = this.#waiters.get(name);
    if (waiters === undefined) return;
    for (const [client, key] of waiters) {
      const type = this.#typeOf(client, key);
      // The list is empty, so it was for those that came before; and nobody waits for its end.
      if (type === -1 && this.#waitingForEnd === 0) return;
      if (type !== client.wait.type && !client.wait.evenIfGone) continue;
      if (!this.#resume(client, key)) continue;
      this.#end(client);
      client.connection.unblock();
    }
  }

  /** The type of a client's key, -1: it does not exist. */
  #typeOf({ database, request }: BlockedClient, key: number): number {
    const { databases, entries } = this.#keyspace;
    const entry = databases[database].lookup(
      request.bytes,
      request.table[1 + 2 * key],
      request.table[2 + 2 * key],
    );
    return entry === 0 ? -1 : entries.type(entry);
  }
}

function nameOf(database: number, bytes: Uint8Array, start: number, end: number): string {
  return `${database}:${byteString(bytes, start, end)}`;
}

/** The request in `args` in bytes of its own, with some of its arguments replaced. */
function copyRequest(args: Args, replaced: Wait["replaced"]): RequestBatch {
  const texts = [...args.texts(0)];
  for (const [argument, text] of replaced) texts[argument] = text;
  const request = new RequestBatch();
  request.bytes = viewedBytes(texts.reduce((sum, text) => sum + text.length, 0));
  request.reserve(1 + 2 * texts.length);
  const { bytes, table } = request;
  table[0] = texts.length;
  let at = 0;
  texts.forEach((text, i) => {
    table[1 + 2 * i] = at;
    for (let j = 0; j < text.length; j++) bytes[at++] = text.charCodeAt(j);
    table[2 + 2 * i] = at;
  });
  request.length = request.filled = 1 + 2 * texts.length;
  return request;
}
