/**
 * What goes to a client: takes what the reply writer holds and sends it, one write at a time, within the limits of
 * `client-output-buffer-limit`.
 *
 * @module
 */

import { type OutputBuffer, ReplyWriter } from "../resp/reply_writer.ts";
import type { GatedOutput, OutputGate } from "./output_gate.ts";
import type { Transport } from "./transport.ts";

/** Output that Redis does not count towards its limits, because a client always has that much room. */
const UNLIMITED_BYTES = 16 * 1024;

/** A limit of `client-output-buffer-limit`. */
export interface OutputLimit {
  /** Bytes at which the client is disconnected at once; 0: no limit. */
  hard: number;
  /** Bytes at which it is disconnected when it stays above them for `softSeconds`. */
  soft: number;
  softSeconds: number;
}

/** What the output side needs to know and to tell. */
export interface OutputHost {
  /** The limit that applies to the client now. */
  readonly outputLimit: OutputLimit;
  /** Whether the connection has not been closed. */
  readonly isOpen: boolean;
  /** Keeps replies back while the disk has not got what they acknowledge. */
  readonly gate: OutputGate;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Is told of each write that has been done. */
  wrote(length: number): void;
  /** Is told that the client has let too much output pile up. */
  overLimit(): void;
  /** Is told that a write has failed: the client is gone. */
  writeFailed(): void;
}

/** The output side of a connection. */
export class ConnectionOutput implements GatedOutput {
  acknowledges = false;
  readonly reply = new ReplyWriter();
  readonly #host: OutputHost;
  readonly #conn: Transport;
  readonly #outgoing: OutputBuffer[] = [];
  /** How much of the first of them has been sent. */
  #sent = 0;
  /** Bytes in `#outgoing` that have not been sent. */
  #outgoingBytes = 0;
  #writing = false;
  /** Whether it waits at the gate. */
  #waits = false;
  #drained: (() => void) | null = null;
  #overSoftSince = 0;

  constructor(host: OutputHost, conn: Transport) {
    this.#host = host;
    this.#conn = conn;
  }

  /** Bytes that wait for the client. */
  get bytes(): number {
    return this.#outgoingBytes + this.reply.size;
  }

  /** Bytes of memory that the output takes. */
  get held(): number {
    return this.#outgoingBytes + this.reply.held;
  }

  /** Buffers that are being sent, and their bytes. */
  get queue(): { readonly buffers: number; readonly bytes: number } {
    return { buffers: this.#outgoing.length, bytes: this.#outgoingBytes };
  }

  /** Whether something is being sent. */
  get isWriting(): boolean {
    return this.#writing;
  }

  /** Sends what has been written, unless a write is under way: then that goes on with it. */
  flush(): void {
    if (this.reply.size === 0) return;
    this.checkLimit();
    if (this.#writing || !this.#host.isOpen) return;
    if (this.#host.gate.closed && this.#isHeld()) return;
    this.#writing = true;
    this.#takeReplies();
    this.#writeNext();
  }

  #isHeld(): boolean {
    this.#waits = this.#host.gate.holds(this);
    return this.#waits;
  }

  pass(): void {
    this.#waits = false;
    this.flush();
    if (!this.#writing && !this.#waits) this.#signalDrained();
  }

  #takeReplies(): void {
    this.#outgoingBytes += this.reply.size;
    this.reply.take(this.#outgoing);
  }

  #writeNext(): void {
    this.#conn.write(this.#outgoing[0].view(this.#sent)).then(this.#written, this.#failed);
  }

  readonly #written = (length: number) => {
    const chunk = this.#outgoing[0];
    this.#outgoingBytes -= length;
    this.#host.wrote(length);
    this.#sent += length;
    if (this.#sent === chunk.length) {
      chunk.release();
      this.#outgoing.shift();
      this.#sent = 0;
    }
    if (this.#outgoing.length === 0) {
      if (this.reply.size === 0) {
        this.#writing = false;
        this.#overSoftSince = 0;
        this.#signalDrained();
        return;
      }
      if (this.#host.gate.closed && this.#isHeld()) {
        this.#writing = false;
        return;
      }
      this.#takeReplies();
    }
    this.#writeNext();
  };

  readonly #failed = (_error: unknown) => {
    // Whatever went wrong, the client cannot be answered any more.
    this.#writing = false;
    for (const chunk of this.#outgoing) chunk.release();
    this.#outgoing.length = 0;
    this.#sent = this.#outgoingBytes = 0;
    this.reply.discard();
    this.#host.writeFailed();
    this.#signalDrained();
  };

  #signalDrained(): void {
    const drained = this.#drained;
    this.#drained = null;
    if (drained !== null) drained();
  }

  /** Resolves when all output is sent or the connection is gone, but after `milliseconds` at the latest. */
  untilDrained(milliseconds: number): Promise<void> {
    if (!this.#writing && !this.#waits) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#drained = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Tells the host of a client that lets more output pile up than it may. */
  checkLimit(): void {
    const { hard, soft, softSeconds } = this.#host.outputLimit;
    if ((hard === 0 && soft === 0) || !this.#host.isOpen) return;
    const bytes = this.bytes - UNLIMITED_BYTES;
    if (hard > 0 && bytes >= hard) return this.#host.overLimit();
    if (soft === 0 || bytes < soft) {
      this.#overSoftSince = 0;
    } else if (this.#overSoftSince === 0) {
      this.#overSoftSince = this.#host.now();
    } else if (this.#host.now() - this.#overSoftSince > softSeconds * 1000) {
      this.#host.overLimit();
    }
  }

  /** Gives up what will not be sent any more. */
  discard(): void {
    this.#host.gate.forget(this);
    if (!this.#writing) this.reply.discard();
  }
}
