/**
 * One client's connection: bytes in through the decoder stream, requests to dispatch, replies out.
 *
 * ```text
 *  conn.read → ReadableStream → RespDecoderStream → reader loop → dispatch → ReplyWriter → conn.write
 * ```
 *
 * `conn.readable` would allocate 64 KiB for each read, so the ReadableStream reads into two buffers of the
 * connection's own, in turn: the stream reads ahead by one chunk while the last one's requests run. They are small at
 * first, so that an idle connection is cheap, and grow while reads fill them.
 *
 * @module
 */

import type { ClientSession, ReplyMode, TrackingState } from "../commands/context.ts";
import type { Command } from "../commands/table.ts";
import { type DecoderLimits, RespDecoder } from "../resp/decoder.ts";
import { RespDecoderStream } from "../resp/decoder_stream.ts";
import { type OutputBuffer, ReplyWriter } from "../resp/reply_writer.ts";
import type { RequestBatch } from "../resp/request_batch.ts";
import type { Turns } from "./turns.ts";

const FIRST_READ_BYTES = 1024;
const MAX_READ_BYTES = 64 * 1024;
/** While a large request arrives. */
const MAX_BULK_READ_BYTES = 1024 * 1024;
/** Output beyond this makes the connection wait for its client before it runs more of its requests. */
export const SOFT_OUTPUT_BYTES = 1024 * 1024;
/** But no longer than this at a time: a client that sends everything before it reads must not wait for ever. */
const SOFT_OUTPUT_WAIT = 20;
/** Output that Redis does not count towards its limits, because a client always has that much room. */
const UNLIMITED_OUTPUT_BYTES = 16 * 1024;

/** A limit of `client-output-buffer-limit`. */
export interface OutputLimit {
  /** Bytes at which the client is disconnected at once; 0: no limit. */
  hard: number;
  /** Bytes at which it is disconnected when it stays above them for `softSeconds`. */
  soft: number;
  softSeconds: number;
}

/** What a connection needs of the server. */
export interface ConnectionHost {
  readonly limits: Omit<DecoderLimits, "authenticated">;
  readonly outputLimit: OutputLimit;
  readonly startsAuthenticated: boolean;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Runs requests; see {@linkcode Dispatcher.run}. */
  run(connection: Connection, batch: RequestBatch, from: number): number;
  /** Resolves when requests that had to wait may be tried again. */
  untilResumed(connection: Connection): Promise<void>;
  /** Lets the event loop turn. */
  readonly turns: Turns;
  /** Ends the wait of a connection that is gone in a blocked command. */
  forgetWait(connection: Connection): void;
  /** Says that a connection is gone. */
  closed(connection: Connection): void;
  /** Counts an error reply that dispatch did not make. */
  countError(message: string): void;
  /** Counts bytes for INFO. */
  countTraffic(input: number, output: number): void;
  /** Counts a client that is disconnected because it does not read its replies. */
  countOutputLimit(): void;
  /** Writes to the log. */
  report(level: "verbose" | "warning", text: string): void;
}

/** A connected client. */
export class Connection implements ClientSession {
  readonly id: number;
  readonly address: string;
  readonly localAddress: string;
  readonly local: boolean;
  readonly connectedAt: number;
  readonly type = "normal";
  readonly reply = new ReplyWriter();
  name = "";
  libraryName = "";
  libraryVersion = "";
  user = "default";
  database = 0;
  noEvict = false;
  noTouch = false;
  replyMode: ReplyMode = "on";
  tracking: TrackingState | null = null;
  subscribed = false;
  /** Whether no further request is to run: the connection ends when its output is sent. */
  closing = false;
  /** The command that ran last. */
  lastCommand: Command | null = null;
  /** When it last sent something, milliseconds since the epoch. */
  lastActivity: number;
  readonly #host: ConnectionHost;
  readonly #conn: Deno.Conn;
  readonly #decoder: RespDecoder;
  readonly #limits: DecoderLimits;
  readonly #buffers = [new Uint8Array(0), new Uint8Array(0)];
  /** The last chunk that was read into each, as chunks are often as long as the one before. */
  readonly #chunks = [new Uint8Array(0), new Uint8Array(0)];
  #turn = 0;
  #open = true;
  readonly #outgoing: OutputBuffer[] = [];
  /** How much of the first of them has been sent. */
  #sent = 0;
  #outgoingBytes = 0;
  #writing = false;
  #drained: (() => void) | null = null;
  #inputEnded = false;
  #gone: (() => void) | null = null;
  /** While it waits in a blocked command. */
  #blocked: PromiseWithResolvers<void> | null = null;
  #overSoftSince = 0;

  constructor(host: ConnectionHost, conn: Deno.Conn, id: number) {
    this.#host = host;
    this.#conn = conn;
    this.id = id;
    this.address = addressOf(conn.remoteAddr, conn.localAddr);
    this.localAddress = addressOf(conn.localAddr, conn.localAddr);
    this.local = isLocal(conn.remoteAddr);
    this.connectedAt = this.lastActivity = host.now();
    // Getters, so that CONFIG SET and AUTH reach connections that are open.
    const limits = {
      authenticated: host.startsAuthenticated,
      get maxBulkLength() {
        return host.limits.maxBulkLength;
      },
      get maxQueryBuffer() {
        return host.limits.maxQueryBuffer;
      },
    };
    this.#limits = limits;
    this.#decoder = new RespDecoder(limits);
  }

  get authenticated(): boolean {
    return this.#limits.authenticated;
  }

  set authenticated(authenticated: boolean) {
    this.#limits.authenticated = authenticated;
  }

  /** Whether it has not been disconnected. */
  get isOpen(): boolean {
    return this.#open;
  }

  /** Bytes of output that wait for the client. */
  get outputBytes(): number {
    return this.#outgoingBytes + this.reply.size;
  }

  /** Bytes of input that wait for the rest of their request. */
  get inputBytes(): number {
    return this.#decoder.pending;
  }

  /** Bytes of memory that the connection's buffers take. */
  get bufferBytes(): number {
    let bytes = this.#decoder.held + this.reply.held + this.#outgoingBytes;
    for (const buffer of this.#buffers) bytes += buffer.length;
    return bytes;
  }

  /** Serves the client until it goes or is sent away. Never throws. */
  async serve(): Promise<void> {
    try {
      const batches = this.#readable().pipeThrough(new RespDecoderStream(this.#decoder)).getReader();
      while (!this.closing) {
        const { value: batch, done } = await batches.read();
        if (done) break;
        const wait = this.#serveBatch(batch);
        if (wait !== null) await wait;
      }
    } catch (error) {
      if (!isDisconnect(error)) this.#host.report("warning", `Error on connection ${this.address}: ${error}`);
    }
    await this.#finish();
  }

  /** Runs a batch; returns what has to be waited for before the next one is read, or null. */
  #serveBatch(batch: RequestBatch): Promise<void> | null {
    this.lastActivity = this.#host.now();
    const at = this.#host.run(this, batch, 0);
    this.flush();
    if (
      at < batch.length || this.#blocked !== null || batch.error !== "" ||
      this.outputBytes > SOFT_OUTPUT_BYTES
    ) {
      return this.#serveRest(batch, at);
    }
    this.#decoder.release();
    return this.#host.turns.after(this.lastActivity);
  }

  /** The uncommon rest of a batch: requests that wait, a client that does not read, a protocol error. */
  async #serveRest(first: RequestBatch, from: number): Promise<void> {
    let batch = first;
    let at = from;
    for (;;) {
      while ((at < batch.length || this.#blocked !== null) && !this.closing) {
        if (this.#blocked !== null) await this.#untilUnblocked(this.#blocked.promise);
        else if (this.outputBytes > SOFT_OUTPUT_BYTES) await this.#waitForClient();
        else await this.#untilResumed();
        if (this.closing) return;
        at = this.#host.run(this, batch, at);
        this.flush();
      }
      if (this.outputBytes > SOFT_OUTPUT_BYTES) await this.#waitForClient();
      if (!batch.held || !this.authenticated || this.closing) break;
      batch = this.#decoder.resume();
      at = this.#host.run(this, batch, 0);
      this.flush();
    }
    if (batch.error !== "" && !this.closing) this.#failProtocol(batch.error);
    this.#decoder.release();
  }

  /** Waits until a request that was held back may be tried again. */
  #untilResumed(): Promise<void> {
    return this.#whileHere(this.#host.untilResumed(this));
  }

  /** Waits until the command that is blocked has replied. */
  async #untilUnblocked(unblocked: Promise<void>): Promise<void> {
    await this.#whileHere(unblocked);
    if (this.closing) this.#host.forgetWait(this);
  }

  /** Waits for `promise`, unless the client goes meanwhile. */
  async #whileHere(promise: Promise<void>): Promise<void> {
    const gone = new Promise<void>((resolve) => this.#gone = resolve);
    if (!this.#inputEnded) await Promise.race([promise, gone]);
    this.#gone = null;
    if (this.#inputEnded) this.closing = true;
  }

  /** Whether it waits in a blocked command. */
  get blocked(): boolean {
    return this.#blocked !== null;
  }

  /** Lets no further request run until `unblock`. */
  block(): void {
    this.#blocked = Promise.withResolvers();
  }

  /** Goes on after a blocked command, whose reply has been written. */
  unblock(): void {
    this.#blocked?.resolve();
    this.#blocked = null;
    this.flush();
  }

  #failProtocol(message: string): void {
    if (message === "query buffer limit") {
      this.#host.report("warning", `Closing client that reached max query buffer length: ${this.describe()}`);
    } else {
      this.#host.countError(message);
      if (this.replyMode === "on") this.reply.error(message);
      this.#host.report("verbose", `Protocol error (${message}) from client: ${this.describe()}`);
    }
    this.closeAfterReply();
    this.flush();
  }

  #readable(): ReadableStream<Uint8Array<ArrayBuffer>> {
    let controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
    // Callbacks made once, and no async function: `pull` runs for each read.
    const received = (length: number | null) => this.#received(length, controller);
    const failed = (error: unknown) => {
      this.#endInput();
      throw error;
    };
    return new ReadableStream({
      start: (itsController) => void (controller = itsController),
      pull: () => this.#conn.read(this.#nextBuffer()).then(received, failed),
    }, { highWaterMark: 0 });
  }

  #received(
    length: number | null,
    controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>,
  ): void {
    if (length === null) {
      controller.close();
      this.#endInput();
      return;
    }
    this.lastActivity = this.#host.now();
    this.#host.countTraffic(length, 0);
    const buffer = this.#buffers[this.#turn];
    const max = this.#decoder.pending < MAX_BULK_READ_BYTES ? MAX_READ_BYTES : MAX_BULK_READ_BYTES;
    if (length === buffer.length && length < max) this.#readBytes = length * 2;
    else if (this.#readBytes > max) this.#readBytes = max;
    let chunk = this.#chunks[this.#turn];
    if (chunk.length !== length || chunk.buffer !== buffer.buffer) {
      chunk = this.#chunks[this.#turn] = buffer.subarray(0, length);
    }
    controller.enqueue(chunk);
  }

  #endInput(): void {
    this.#inputEnded = true;
    this.#gone?.();
  }

  #readBytes = FIRST_READ_BYTES;

  #nextBuffer(): Uint8Array<ArrayBuffer> {
    this.#turn ^= 1;
    const buffer = this.#buffers[this.#turn];
    if (buffer.length === this.#readBytes) return buffer;
    return this.#buffers[this.#turn] = new Uint8Array(this.#readBytes);
  }

  /** Gives up a read buffer that a burst of requests has left behind. */
  shrink(): void {
    if (this.#readBytes === FIRST_READ_BYTES) return;
    this.#readBytes = FIRST_READ_BYTES;
    // The other one is in the hands of a read that may never end.
    this.#buffers[this.#turn ^ 1] = this.#chunks[this.#turn ^ 1] = new Uint8Array(0);
  }

  /** Sends what has been written, unless a write is under way: then that goes on with it. */
  flush(): void {
    if (this.reply.size === 0) return;
    this.#checkOutputLimit();
    if (this.#writing || !this.#open) return;
    this.#writing = true;
    this.#takeReplies();
    this.#writeNext();
  }

  #takeReplies(): void {
    this.#outgoingBytes += this.reply.size;
    this.reply.take(this.#outgoing);
  }

  #writeNext(): void {
    this.#conn.write(this.#outgoing[0].view(this.#sent)).then(this.#written, this.#writeFailed);
  }

  readonly #written = (length: number) => {
    const chunk = this.#outgoing[0];
    this.lastActivity = this.#host.now();
    this.#outgoingBytes -= length;
    this.#host.countTraffic(0, length);
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
      this.#takeReplies();
    }
    this.#writeNext();
  };

  readonly #writeFailed = (_error: unknown) => {
    // Whatever went wrong, the client cannot be answered any more.
    this.#writing = false;
    for (const chunk of this.#outgoing) chunk.release();
    this.#outgoing.length = 0;
    this.#sent = this.#outgoingBytes = 0;
    this.reply.discard();
    this.disconnect();
    this.#signalDrained();
  };

  #signalDrained(): void {
    const drained = this.#drained;
    this.#drained = null;
    if (drained !== null) drained();
  }

  /** Resolves when all output is sent or the connection is gone, but after `milliseconds` at the latest. */
  #untilDrained(milliseconds: number): Promise<void> {
    if (!this.#writing) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#drained = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #waitForClient(): Promise<void> {
    await this.#untilDrained(SOFT_OUTPUT_WAIT);
    this.#checkOutputLimit();
  }

  /** Disconnects a client that lets more output pile up than it may. */
  #checkOutputLimit(): void {
    const { hard, soft, softSeconds } = this.#host.outputLimit;
    if ((hard === 0 && soft === 0) || !this.#open) return;
    const bytes = this.outputBytes - UNLIMITED_OUTPUT_BYTES;
    if (hard > 0 && bytes >= hard) return this.#overLimit();
    if (soft === 0 || bytes < soft) {
      this.#overSoftSince = 0;
    } else if (this.#overSoftSince === 0) {
      this.#overSoftSince = this.#host.now();
    } else if (this.#host.now() - this.#overSoftSince > softSeconds * 1000) {
      this.#overLimit();
    }
  }

  #overLimit(): void {
    this.#host.countOutputLimit();
    this.#host.report(
      "warning",
      `Client ${this.describe()} scheduled to be closed ASAP for overcoming of output buffer limits.`,
    );
    this.disconnect();
  }

  /** Looks after the connection once in a while: soft limit, buffers. */
  tend(): void {
    if (this.#writing) this.#checkOutputLimit();
    if (this.#host.now() - this.lastActivity > 2000) this.shrink();
  }

  closeAfterReply(): void {
    this.closing = true;
  }

  /** Ends the connection as soon as what has been written is sent, without waiting for a further request. */
  async closeGracefully(): Promise<void> {
    this.closing = true;
    this.flush();
    await this.#untilDrained(500);
    this.disconnect();
  }

  /** Ends the connection at once; what has not been sent is lost. */
  disconnect(): void {
    this.closing = true;
    if (!this.#open) return;
    this.#open = false;
    if (this.#blocked !== null) this.#host.forgetWait(this);
    this.#gone?.();
    try {
      this.#conn.close();
    } catch {
      // It was already closed by the other side.
    }
  }

  async #finish(): Promise<void> {
    if (this.#open) {
      this.flush();
      // A client that does not read its last replies is not waited for any longer than this.
      await this.#untilDrained(5000);
    }
    this.disconnect();
    if (!this.#writing) this.reply.discard();
    this.#decoder.discard();
    this.#host.closed(this);
  }

  describe(): string {
    const now = this.#host.now();
    const age = Math.floor((now - this.connectedAt) / 1000);
    const idle = Math.floor((now - this.lastActivity) / 1000);
    return `id=${this.id} addr=${this.address} laddr=${this.localAddress} fd=8 name=${this.name}` +
      ` age=${age} idle=${idle} flags=${this.#flags()} db=${this.database} sub=0 psub=0 ssub=0 multi=-1` +
      ` qbuf=${this.#decoder.pending} qbuf-free=${
        this.#buffers.reduce((sum, buffer) => sum + buffer.length, 0)
      }` +
      ` argv-mem=0 multi-mem=0 rbs=${this.reply.held} rbp=${this.reply.held} obl=${this.reply.size}` +
      ` oll=${this.#outgoing.length} omem=${this.#outgoingBytes} tot-mem=${this.bufferBytes}` +
      ` events=r cmd=${this.lastCommand?.fullName ?? "NULL"} user=${this.user} redir=${
        this.tracking?.redirect ?? -1
      } resp=${this.reply.protocol}` +
      ` lib-name=${this.libraryName} lib-ver=${this.libraryVersion}`;
  }

  /** The letters of CLIENT LIST. */
  #flags(): string {
    let flags = "";
    if (this.#blocked !== null) flags += "b";
    if (this.tracking !== null) flags += "t";
    if (this.tracking?.redirectBroken) flags += "R";
    if (this.tracking?.broadcast) flags += "B";
    if (this.#conn.localAddr.transport === "unix") flags += "U";
    if (this.noEvict) flags += "e";
    if (this.noTouch) flags += "T";
    return flags === "" ? "N" : flags;
  }
}

/** An address as CLIENT LIST prints it. */
function addressOf(address: Deno.Addr, local: Deno.Addr): string {
  if (address.transport === "tcp") {
    // An IPv4 client of an IPv6 socket has an IPv4 address to everyone else.
    const hostname = address.hostname.replace(/^::ffff:(?=\d+\.)/, "");
    return hostname.includes(":") ? `[${hostname}]:${address.port}` : `${hostname}:${address.port}`;
  }
  return "path" in local ? `${local.path}:0` : "unknown:0";
}

function isLocal(address: Deno.Addr): boolean {
  if (address.transport !== "tcp") return true;
  return address.hostname === "::1" || address.hostname.startsWith("127.") ||
    address.hostname.startsWith("::ffff:127.");
}

function isDisconnect(error: unknown): boolean {
  return error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.ConnectionAborted || error instanceof Deno.errors.BadResource ||
    error instanceof Deno.errors.Interrupted || error instanceof Deno.errors.UnexpectedEof ||
    error instanceof Deno.errors.NotConnected || error instanceof Deno.errors.TimedOut;
}
