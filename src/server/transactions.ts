/**
 * Transactions: the requests that clients have queued since MULTI.
 *
 * @module
 */

import { EXEC_ABORTED } from "../base/errors.ts";
import type { ClientSession, TransactionControl } from "../commands/context.ts";
import type { Command } from "../commands/table.ts";
import { viewedBytes } from "../memory/copy_bytes.ts";
import type { Args } from "../resp/args.ts";
import { RequestBatch } from "../resp/request_batch.ts";
import type { Connection } from "./connection.ts";
import { Watches } from "./watches.ts";
import type { Keyspace } from "../store/keyspace.ts";

const FIRST_BYTES = 256;
const MOST_BYTES = 64 * 1024;
/** What a queued request takes besides: its place among the commands. */
const COMMAND_BYTES = 8;

/** What a client has queued. The requests are copied: the buffers that they came in are read into again. */
export class Transaction {
  /** Whether a request could not be queued, so that EXEC must refuse. */
  aborted = false;
  /** Whether EXEC has to wait where writes have to. */
  mayReplicate = false;
  /** Whether EXEC must not run where there is no memory left. */
  deniesOutOfMemory = false;
  /** Number of requests. */
  size = 0;
  /** Bytes of memory that the queue takes. */
  bytes = 0;
  /** The requests, one after the other; a segment that is full is followed by a larger one. */
  readonly #segments: RequestBatch[] = [];
  /** Each segment's commands: one list of all would need as much memory again whenever it grows. */
  readonly #commands: Command[][] = [];
  #used = 0;

  /** Adds the request in `args`. */
  add(command: Command, args: Args): void {
    let length = 0;
    for (let i = 0; i < args.count; i++) length += args.length(i);
    const words = 1 + 2 * args.count;
    const segment = this.#segmentFor(length, words);
    const { bytes, table } = segment;
    table[segment.length++] = args.count;
    for (let i = 0; i < args.count; i++) {
      table[segment.length++] = this.#used;
      bytes.set(args.view(i), this.#used);
      this.#used += args.length(i);
      table[segment.length++] = this.#used;
    }
    segment.filled = segment.length;
    this.#commands[this.#commands.length - 1].push(command);
    this.size++;
    this.bytes += 4 * words + COMMAND_BYTES;
  }

  /** A segment with room for a request; what is queued never moves. */
  #segmentFor(length: number, words: number): RequestBatch {
    const last = this.#segments.at(-1);
    if (last !== undefined && this.#used + length <= last.bytes.length) {
      last.reserve(words);
      return last;
    }
    const segment = new RequestBatch();
    const size = last === undefined ? FIRST_BYTES : Math.min(MOST_BYTES, last.bytes.length * 2);
    segment.bytes = viewedBytes(Math.max(length, size));
    segment.reserve(words);
    this.#segments.push(segment);
    this.#commands.push([]);
    this.#used = 0;
    this.bytes += segment.bytes.length;
    return segment;
  }

  /**
   * Points `args` at one request after the other from number `from` on, and calls `run` with its command, as long as that
   * returns true. Returns the number of the request after the last that ran, or after the one that has to be waited for.
   */
  forEach(args: Args, from: number, run: (command: Command) => boolean): number {
    let request = 0;
    for (const [i, { bytes, table, length }] of this.#segments.entries()) {
      let next = 0;
      for (let at = 0; at < length; at += 1 + 2 * table[at]) {
        const command = this.#commands[i][next++];
        if (request++ < from) continue;
        args.attach(bytes, table, at + 1, table[at]);
        if (!run(command)) return request;
      }
    }
    return request;
  }

  /** Whether `test` is true of any queued command. */
  some(test: (command: Command) => boolean): boolean {
    return this.#commands.some((commands) => commands.some(test));
  }
}

/** The transactions of all clients. */
export class Transactions implements TransactionControl {
  readonly #watches: Watches;
  readonly #run: (connection: Connection, transaction: Transaction) => void;

  /** `run` runs what a client has queued. */
  constructor(keyspace: Keyspace, run: (connection: Connection, transaction: Transaction) => void) {
    this.#watches = new Watches(keyspace);
    this.#run = run;
  }

  begin(client: ClientSession): void {
    (client as Connection).transaction = new Transaction();
  }

  discard(client: ClientSession): void {
    const connection = client as Connection;
    connection.transaction = null;
    this.#watches.unwatch(connection);
  }

  execute(client: ClientSession): void {
    const connection = client as Connection;
    const transaction = connection.transaction!;
    const untouched = this.#watches.unchanged(connection);
    this.#watches.unwatch(connection);
    try {
      if (transaction.aborted) throw EXEC_ABORTED;
      if (untouched) this.#run(connection, transaction);
      else connection.reply.nullArray();
    } finally {
      this.discard(connection);
    }
  }

  watch(client: ClientSession, database: number, key: Uint8Array): void {
    this.#watches.watch(client as Connection, database, key);
  }

  unwatch(client: ClientSession): void {
    this.#watches.unwatch(client as Connection);
  }
}
