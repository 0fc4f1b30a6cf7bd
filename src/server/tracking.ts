/**
 * Client-side caching (CLIENT TRACKING): remembers which keys clients have read, or want to hear of, and tells them
 * when those change, so that they can keep values on their side.
 *
 * ```text
 *  a key changes ──┬─ table: who has read it ───────────────────┬─→ message to that client, or to the one that
 *                  └─ broadcasts: whose prefix it has ─ batch ──┘   it redirects to
 *                                                       ends
 * ```
 *
 * A message to the client whose command is running waits until that command has replied. What is sent to others is
 * written at the end of the batch: one write for each client, however many messages there are.
 *
 * @module
 */

import { byteString } from "../base/bytes.ts";
import type { ClientTracking, TrackingOptions } from "../commands/context.ts";
import { RequestKeys } from "../commands/keys.ts";
import type { Command } from "../commands/table.ts";
import type { Args } from "../resp/args.ts";
import type { KeyChangeListener } from "../store/events.ts";
import type { Keyspace } from "../store/keyspace.ts";
import type { Connection } from "./connection.ts";
import { arrayOf, Broadcasts } from "./tracking_broadcasts.ts";
import { MOST_KEYS, TrackingTable } from "./tracking_table.ts";

/** How RESP2 clients hear of invalidations: as a message on this channel. */
const PUBSUB_MESSAGE = "*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n";
/** Keys that are forgotten at a stretch where there are too many; more with each time that this was not enough. */
const EFFORT = 100;

/** What INFO tells of tracking. */
export interface TrackingStatistics {
  /** Clients that have tracking on. */
  readonly clients: number;
  /** Keys that clients have read. */
  readonly keys: number;
  /** Pairs of such a key and a client. */
  readonly items: number;
  /** Prefixes that clients want to hear of. */
  readonly prefixes: number;
}

/** The tracking of all clients of a server. */
export class Tracking implements ClientTracking, KeyChangeListener {
  /** Whether there is anything to do at all: a client has, or had, tracking on. */
  active = false;
  /** The client whose batch is running. */
  current: Connection | null = null;
  /** `tracking-table-max-keys`; 0: no limit. */
  maxKeys = 0;
  /** Keys that there may be while the JavaScript heap is short of room. */
  #fewKeys = Infinity;
  readonly #keyspace: Keyspace;
  readonly #find: (id: number) => Connection | undefined;
  readonly #keys = new RequestKeys();
  readonly #table = new TrackingTable();
  readonly #broadcasts = new Broadcasts();
  /** Those that have turned tracking on at any time: as long as one is connected, the table may name it. */
  readonly #clients = new Set<Connection>();
  #enabled = 0;
  /** What waits until the running command has replied: to whom, and the keys as RESP. */
  readonly #deferred: [client: Connection, keys: string][] = [];
  /** Clients to whose output something has been added that is not on its way yet. */
  readonly #told = new Set<Connection>();
  #finishing = false;
  #overruns = 0;

  /** `find` returns the connected client of an id. */
  constructor(keyspace: Keyspace, find: (id: number) => Connection | undefined) {
    this.#keyspace = keyspace;
    this.#find = find;
  }

  /** What INFO tells. */
  get statistics(): TrackingStatistics {
    return {
      clients: this.#enabled,
      keys: this.#table.size,
      items: this.#table.items,
      prefixes: this.#broadcasts.size,
    };
  }

  enable(client: Connection, options: TrackingOptions): void {
    const old = client.tracking;
    if (old === null) this.#enabled++;
    const prefixes = [...new Set([...old?.prefixes ?? [], ...options.prefixes])].sort();
    for (const prefix of prefixes) this.#broadcasts.add(client, prefix);
    client.tracking = { ...options, prefixes, caching: old?.caching ?? false, redirectBroken: false };
    if (!this.active) this.#keyspace.events.listen(this);
    this.active = true;
    this.#clients.add(client);
  }

  disable(client: Connection): void {
    if (client.tracking === null) return;
    for (const prefix of client.tracking.prefixes) this.#broadcasts.remove(client, prefix);
    client.tracking = null;
    this.#enabled--;
  }

  /** Forgets a client that is gone. Keys that it has read stay in the table, which it would take long to search. */
  forget(client: Connection): void {
    this.disable(client);
    this.#told.delete(client);
    if (!this.#clients.delete(client) || this.#clients.size > 0) return;
    this.#table.clear();
    this.#keyspace.events.unlisten(this);
    this.active = false;
  }

  /**
   * To be called when a request has been answered: remembers the keys that it read, and sends what waited for its
   * reply.
   *
   * @param command null where there is no such command
   * @param ran whether the command ran, with or without an error
   */
  afterRequest(client: Connection, args: Args, command: Command | null, ran: boolean): void {
    const { tracking } = client;
    if (tracking !== null) {
      if (ran) this.remember(client, args, command!);
      // It holds for a transaction as for a request.
      if (!client.inTransaction && !command?.fullName.startsWith("client|")) tracking.caching = false;
    }
    if (this.maxKeys > 0 && this.#table.size > this.maxKeys) this.limit();
    this.sendDeferred();
  }

  /** Sends what waited for the running command's reply. */
  sendDeferred(): void {
    if (this.#deferred.length === 0) return;
    for (const [to, keys] of this.#deferred) this.#send(to, keys);
    this.#deferred.length = 0;
  }

  /** Remembers the keys that a request which has run has read, if its client wants that. */
  remember({ id, tracking }: Connection, args: Args, command: Command): void {
    if (tracking === null || tracking.broadcast || !command.has("readonly")) return;
    const { optIn, optOut, caching } = tracking;
    if (optIn ? !caching : optOut && caching) return;
    const count = this.#keys.find(command, args);
    for (let i = 0; i < count; i++) {
      const most = Math.min(MOST_KEYS, this.#fewKeys);
      // Two for one, so that they become fewer though they are read as fast as it goes.
      if (this.#table.size >= most) this.#forgetRandomKey();
      if (this.#table.size > most) this.#forgetRandomKey();
      this.#table.add(args.text(this.#keys.position(i)), id);
    }
  }

  /** Lets there be only half as many keys as there are now. */
  halve(): void {
    this.#fewKeys = this.#table.size / 2;
  }

  /** Lets there be as many as there may be, as long as memory is not short. */
  restore(): void {
    this.#fewKeys = Infinity;
  }

  /** Forgets random keys, and tells who had read them, while there are more than there may be. */
  limit(): void {
    if (this.#enabled === 0) return;
    const most = Math.min(this.maxKeys === 0 ? MOST_KEYS : this.maxKeys, this.#fewKeys);
    for (let effort = EFFORT * (this.#overruns + 1); this.#table.size > most; effort--) {
      if (effort === 0) {
        this.#overruns++;
        return;
      }
      this.#forgetRandomKey();
    }
    this.#overruns = 0;
  }

  #forgetRandomKey(): void {
    this.#invalidate(this.#table.key(this.#keyspace.random() % this.#table.size), null);
  }

  changed(_database: number, bytes: Uint8Array, start: number, end: number, byCommand: boolean): void {
    if (this.#table.size === 0 && this.#broadcasts.size === 0) return;
    const key = byteString(bytes, start, end);
    if (this.#broadcasts.change(key, byCommand ? this.current : null)) this.#finishSoon();
    this.#invalidate(key, this.current);
  }

  flushed(): void {
    for (const client of this.#clients) {
      if (client.tracking !== null) this.#tell(client, client.reply.protocol === 3 ? "_\r\n" : "$-1\r\n");
    }
    this.#table.clear();
  }

  /** As in Redis, nobody is told: who uses tracking is expected to use one database. */
  swapped(): void {}

  /** Forgets a key, and tells everybody who has read it; `by` only unless it has NOLOOP. */
  #invalidate(key: string, by: Connection | null): void {
    let message = "";
    for (const id of this.#table.take(key)) {
      const client = this.#find(id);
      if (client === undefined || client.tracking === null || client.tracking.broadcast) continue;
      if (client === by && client.tracking.noLoop) continue;
      message ||= arrayOf([key]);
      this.#tell(client, message);
    }
  }

  #tell(client: Connection, keys: string): void {
    if (this.current !== null && this.#receiver(client) === this.current) this.#deferred.push([client, keys]);
    else this.#send(client, keys);
  }

  /** Who gets the messages for a client: itself, if the one that it redirects to is gone. */
  #receiver(client: Connection): Connection {
    return this.#find(client.tracking!.redirect) ?? client;
  }

  /** Adds a message for a client to the receiver's output. */
  #send(client: Connection, keys: string): void {
    const { tracking } = client;
    if (tracking === null) return;
    const { redirect } = tracking;
    const broken = redirect !== 0 && this.#find(redirect) === undefined;
    if (broken) tracking.redirectBroken = true;
    const receiver = this.#receiver(client);
    const { reply } = receiver;
    if (receiver.closing) return;
    if (broken) {
      if (reply.protocol !== 3) return;
      reply.push(2);
      reply.bulkText("tracking-redir-broken");
      reply.integer(redirect);
    } else if (reply.protocol === 3) {
      reply.push(2);
      reply.bulkText("invalidate");
      reply.raw(keys);
    } else if (redirect !== 0 && receiver.subscriptions !== null) {
      reply.raw(PUBSUB_MESSAGE);
      reply.raw(keys);
    } else {
      return;
    }
    this.#told.add(receiver);
    this.#finishSoon();
  }

  /** Where no batch is running (a key's time has come), there is none whose end could be waited for. */
  #finishSoon(): void {
    if (this.current !== null || this.#finishing) return;
    this.#finishing = true;
    queueMicrotask(() => this.finish());
  }

  /** To be called at the end of a batch: broadcasts, and sends everything on its way. */
  finish(): void {
    this.#finishing = true;
    this.#broadcasts.tell((client, keys) => this.#send(client, keys));
    for (const client of this.#told) client.flush();
    this.#told.clear();
    this.#finishing = false;
  }
}
