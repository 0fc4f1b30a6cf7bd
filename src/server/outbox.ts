/**
 * What is sent to clients without their having asked: messages from channels.
 *
 * A message to another client is added to its output, which is sent soon after the batch: one write for each client,
 * however many messages there are, and whoever they are from. One to the client whose command is running goes before
 * its reply, as in Redis; where a part of the reply has been written, after it, as a message in its midst would tear it
 * apart.
 *
 * @module
 */

import type { SharedBuffer } from "../resp/reply_writer.ts";
import type { Connection } from "./connection.ts";

/** Output beyond this is sent before the end of the batch, so that limits on it hold. */
const EARLY_BYTES = 64 * 1024;
/**
 * Clients that are written to in one turn of the event loop. The runtime grants 128 operations in a turn (the budget of
 * tokio's tasks); further writes, though the socket has room, stay pending and are all tried again in each of the next
 * turns. Measured with 8,000 clients: 18 µs a message where 500 are written to in a turn, 8 with a hundred.
 */
const CLIENTS_IN_A_TURN = 100;
/** Turns of the event loop that their writes have before the next clients are written to: some may never read. */
const TURNS_FOR_WRITES = 3;
/**
 * So many clients are written to as soon as the batches are done that run already. With more, a turn of the event loop
 * is little in comparison, and messages of publishers that come meanwhile go with the same writes.
 */
const FEW_CLIENTS = 8;

/** Messages on their way. */
export class Outbox {
  /** The client whose command is running. */
  current: Connection | null = null;
  /** Where the reply to the running command begins in its client's output. */
  mark = 0;
  /** Messages to that client which have to wait for its reply. */
  readonly #later: Uint8Array[] = [];
  /** Clients to whose output something has been added that is not on its way yet; they are `isTold`. */
  readonly #told: Connection[] = [];
  #flushing = false;

  /** Whether messages wait for the reply to the running command. */
  get hasLater(): boolean {
    return this.#later.length > 0;
  }

  /** Sends a client a message, `bytes[0, length)`. */
  send(to: Connection, bytes: Uint8Array, length: number): void {
    if (to.closing) return;
    const { reply } = to;
    if (to === this.current && reply.size > this.mark) {
      this.#later.push(bytes.slice(0, length));
      return;
    }
    reply.rawBytes(bytes, 0, length);
    if (to === this.current) this.mark = reply.size;
    this.#flushSoon(to);
  }

  /** Sends a client a message that others get too. */
  sendShared(to: Connection, message: SharedBuffer): void {
    if (to === this.current) return this.send(to, message.bytes, message.length);
    if (to.closing) return;
    to.reply.shared(message);
    this.#flushSoon(to);
  }

  #flushSoon(to: Connection): void {
    if (to !== this.current && to.reply.size > EARLY_BYTES) return to.flush();
    if (to.isTold) return;
    to.isTold = true;
    this.#told.push(to);
    if (this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(this.#flushFew);
  }

  /** To be called when the running command has replied: adds what waited for that. */
  sendLater(): void {
    const { current } = this;
    for (const message of this.#later) current!.reply.rawBytes(message, 0, message.length);
    this.#later.length = 0;
  }

  // Batches of requests that arrived together run in microtasks one after the other, so this one comes behind them.
  readonly #flushFew = () => {
    if (this.#told.length > FEW_CLIENTS) setImmediate(this.#flush);
    else this.#flush();
  };

  /** Sends everything on its way, a turn's worth now and the rest bit by bit. */
  readonly #flush = () => {
    const clients = this.#told.splice(0, CLIENTS_IN_A_TURN);
    for (const client of clients) {
      client.isTold = false;
      client.flush();
    }
    this.#flushing = this.#told.length > 0;
    if (this.#flushing) this.#flushAfter(clients, TURNS_FOR_WRITES);
  };

  /** Goes on when these clients have been written to, or after so many turns. */
  #flushAfter(clients: readonly Connection[], turns: number): void {
    setImmediate(() => {
      if (turns > 1 && clients.some((client) => client.isWriting)) this.#flushAfter(clients, turns - 1);
      else this.#flush();
    });
  }
}
