/**
 * `maxmemory-clients`: how much memory the buffers of all clients take, and who has to go when it is too much.
 *
 * Clients lie in buckets by the power of two that their memory reaches. Those in the topmost bucket go first, in the
 * order in which they came into it: which of two clients is a little larger is not worth keeping them sorted.
 *
 * Nothing is counted while there is no limit.
 *
 * @module
 */

import type { MemoryOrPercent } from "../base/directive.ts";
import type { Connection } from "./connection.ts";

/** Clients up to 2^15 bytes share the lowest bucket, those from 2^32 on the topmost. */
const LOWEST_LOG = 15;
const TOPMOST_LOG = 33;
/** A lower limit would let nobody in who could raise it. */
const LEAST_LIMIT = 128 * 1024;

/** What the eviction of clients needs of the server. */
export interface ClientEvictionHost {
  /** All connected clients. */
  connections(): Iterable<Connection>;
  /** Is told of a client that is about to be disconnected. */
  evicting(connection: Connection): void;
  /** Is told that the limit is exceeded though there is nobody left to disconnect. */
  stuck(): void;
}

/** What one client is counted with. */
interface Count {
  bytes: number;
  bucket: number;
}

/** Keeps the memory of all clients within a limit. */
export class ClientEviction {
  readonly #host: ClientEvictionHost;
  readonly #counts = new Map<Connection, Count>();
  readonly #buckets = Array.from({ length: TOPMOST_LOG - LOWEST_LOG + 1 }, () => new Set<Connection>());
  #limit = 0;
  #total = 0;
  #due = false;

  constructor(host: ClientEvictionHost) {
    this.#host = host;
  }

  /** Whether there is a limit: to be asked before `count` and `forget`. */
  get active(): boolean {
    return this.#limit > 0;
  }

  /** Sets the limit to `maxmemory-clients`, of which a percentage is one of `maxmemory`, in bytes, and none without it. */
  setLimit(limit: MemoryOrPercent, maxMemory: number): void {
    const bytes = "bytes" in limit ? limit.bytes : Math.floor(maxMemory * limit.percent / 100);
    const was = this.active;
    this.#limit = bytes > 0 ? Math.max(bytes, LEAST_LIMIT) : 0;
    if (!this.active) {
      this.#counts.clear();
      for (const bucket of this.#buckets) bucket.clear();
      this.#total = 0;
    } else if (!was) {
      for (const connection of this.#host.connections()) this.count(connection);
    } else {
      this.#check();
    }
  }

  /** Counts what a client's buffers take now. */
  count(connection: Connection): void {
    if (!connection.isOpen) return;
    const bytes = connection.bufferBytes;
    const bucket = bucketOf(bytes);
    const count = this.#counts.get(connection);
    if (count === undefined) {
      this.#counts.set(connection, { bytes, bucket });
      this.#buckets[bucket].add(connection);
      this.#total += bytes;
    } else {
      this.#total += bytes - count.bytes;
      count.bytes = bytes;
      if (count.bucket !== bucket) {
        this.#buckets[count.bucket].delete(connection);
        this.#buckets[bucket].add(connection);
        count.bucket = bucket;
      }
    }
    this.#check();
  }

  /** Counts a client that is gone no more. */
  forget(connection: Connection): void {
    const count = this.#counts.get(connection);
    if (count === undefined) return;
    this.#counts.delete(connection);
    this.#buckets[count.bucket].delete(connection);
    this.#total -= count.bytes;
  }

  /** Evicts clients soon where they take too much: when the batch has run and what could be sent has been sent. */
  #check(): void {
    if (this.#total < this.#limit || this.#due) return;
    this.#due = true;
    setImmediate(() => {
      this.#due = false;
      this.#evict();
    });
  }

  #evict(): void {
    if (!this.active) return;
    for (const bucket of this.#buckets.toReversed()) {
      for (const connection of bucket) {
        if (this.#total < this.#limit) return;
        if (connection.noEvict) continue;
        this.#host.evicting(connection);
        connection.disconnect();
      }
    }
    if (this.#total >= this.#limit) this.#host.stuck();
  }
}

/** The index of the bucket for so many bytes. */
function bucketOf(bytes: number): number {
  const log = bytes > 0 ? Math.floor(Math.log2(bytes)) + 1 : 0;
  return Math.min(Math.max(log, LOWEST_LOG), TOPMOST_LOG) - LOWEST_LOG;
}
