/**
 * What is sent to clients without their having asked: messages from channels.
 *
 * A message to another client is added to its output and sent at the end of the batch: one write for each client,
 * however many messages there are. One to the client whose command is running goes before its reply, as in Redis; where
 * a part of the reply has been written, after it, as a message in its midst would tear it apart.
 *
 * @module
 */

import type { SharedBuffer } from "../resp/reply_writer.ts";
import type { Connection } from "./connection.ts";

/** Output beyond this is sent before the end of the batch, so that limits on it hold. */
const EARLY_BYTES = 64 * 1024;
/**
 * Clients that are written to at a stretch. With ten thousand writes under way at once each costs the runtime three
 * times as much as with some hundred (measured: 31 and 10 µs).
 */
const CLIENTS_AT_A_STRETCH = 500;
/** Turns of the event loop that their writes have before the next clients are written to: some may never read. */
const TURNS_FOR_A_STRETCH = 3;

/** Messages on their way. */
export class Outbox {
  /** The client whose command is running. */
  current: Connection | null = null;
  /** Where the reply to the running command begins in its client's output. */
  mark = 0;
  /** Messages to that client which have to wait for its reply. */
  readonly #later: Uint8Array[] = [];
  /** Clients to whose output something has been added that is not on its way yet. */
  readonly #told = new Set<Connection>();
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
    this.#told.add(to);
    // Where no batch is running (a key's time has come), there is none whose end could be waited for.
    if (this.current !== null || this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(() => this.flush());
  }

  /** To be called when the running command has replied: adds what waited for that. */
  sendLater(): void {
    const { current } = this;
    for (const message of this.#later) current!.reply.rawBytes(message, 0, message.length);
    this.#later.length = 0;
  }

  /** To be called at the end of a batch: sends everything on its way, where that is much bit by bit. */
  flush(): void {
    this.#flushing = false;
    const flushed: Connection[] = [];
    for (const client of this.#told) {
      this.#told.delete(client);
      client.flush();
      if (flushed.push(client) === CLIENTS_AT_A_STRETCH) break;
    }
    if (this.#told.size === 0) return;
    this.#flushing = true;
    this.#flushAfter(flushed, TURNS_FOR_A_STRETCH);
  }

  /** Goes on when these clients have been written to, or after so many turns. */
  #flushAfter(clients: readonly Connection[], turns: number): void {
    setImmediate(() => {
      if (turns > 1 && clients.some((client) => client.isWriting)) this.#flushAfter(clients, turns - 1);
      else this.flush();
    });
  }
}
