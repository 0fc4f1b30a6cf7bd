/**
 * One client's connection: bytes in through the decoder stream, requests to dispatch, replies out.
 *
 * ```text
 *  conn.read → ReadableStream → RespDecoderStream → reader loop → dispatch → ReplyWriter → conn.write
 * ```
 *
 * The two sides are in files of their own: {@linkcode ConnectionInput} and {@linkcode ConnectionOutput}.
 *
 * @module
 */

import { codeOf, OUT_OF_MEMORY } from "../base/errors.ts";
import type { User } from "../acl/user.ts";
import type { ClientSession, ReplyMode, TrackingState } from "../commands/context.ts";
import type { Command } from "../commands/table.ts";
import type { Subscriptions } from "../pubsub/pubsub.ts";
import { type DecoderLimits, RespDecoder } from "../resp/decoder.ts";
import { RespDecoderStream } from "../resp/decoder_stream.ts";
import type { ReplyWriter, SharedBuffer } from "../resp/reply_writer.ts";
import type { RequestBatch } from "../resp/request_batch.ts";
import type { ClientEviction } from "./client_eviction.ts";
import { ConnectionInput } from "./connection_input.ts";
import type { MemoryAccount } from "./memory_account.ts";
import type { OutputGate } from "./output_gate.ts";
import { ConnectionOutput, type OutputHost, type OutputLimit } from "./connection_output.ts";
import { isAllocationFailure } from "./system_error.ts";
import type { Transaction } from "./transactions.ts";
import type { Transport } from "./transport.ts";
import type { Turns } from "./turns.ts";
import type { Watching } from "./watches.ts";

/** Output beyond this makes the connection wait for its client before it runs more of its requests. */
export const SOFT_OUTPUT_BYTES = 1024 * 1024;
/** But no longer than this at a time: a client that sends everything before it reads must not wait for ever. */
const SOFT_OUTPUT_WAIT = 20;
/** The decoder's name for a request that grows too large; the client is not told. */
const QUERY_BUFFER_LIMIT = "query buffer limit";

/** What a connection needs of the server. */
export interface ConnectionHost {
  readonly limits: Omit<DecoderLimits, "authenticated">;
  /** By type of client. */
  readonly outputLimits: Readonly<Record<"normal" | "pubsub", OutputLimit>>;
  /** Whether a client has to log in before it may do anything. */
  readonly logInRequired: boolean;
  /** Makes a new connection the default user's. */
  welcome(connection: Connection): void;
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
  /** Sends a client a message that answers none of its requests. */
  sendMessage(connection: Connection, bytes: Uint8Array, length: number): void;
  /** As `sendMessage`, where many get the same message. */
  sendShared(connection: Connection, message: SharedBuffer): void;
  /** Says that a connection is gone. */
  closed(connection: Connection): void;
  /** Counts an error reply that dispatch did not make; `code` is its first word. */
  countError(code: string): void;
  /** Counts bytes for INFO. */
  countTraffic(input: number, output: number): void;
  /** Counts a client that is disconnected because it does not read its replies. */
  countOutputLimit(): void;
  /** Where the bytes of its buffers are counted. */
  readonly memory: MemoryAccount;
  /** Keeps replies back while the disk has not got what they acknowledge. */
  readonly gate: OutputGate;
  /** Counts what clients' buffers take while that is limited. */
  readonly clientEviction: ClientEviction;
  /** Writes to the log. */
  report(level: "verbose" | "warning", text: string): void;
}

/** A connected client. */
export class Connection implements ClientSession, OutputHost {
  readonly id: number;
  readonly address: string;
  readonly localAddress: string;
  readonly local: boolean;
  readonly connectedAt: number;
  readonly reply: ReplyWriter;
  name = "";
  libraryName = "";
  libraryVersion = "";
  account!: User;
  authenticated = false;
  database = 0;
  noEvict = false;
  noTouch = false;
  replyMode: ReplyMode = "on";
  /** Only {@linkcode Monitors} sets it. */
  monitors = false;
  /** Only {@linkcode Outbox} sets it: whether it is about to send what it was told. */
  isTold = false;
  tracking: TrackingState | null = null;
  subscriptions: Subscriptions | null = null;
  /** What it has queued since MULTI. */
  transaction: Transaction | null = null;
  watching: Watching | null = null;
  /** Whether no further request is to run: the connection ends when its output is sent. */
  closing = false;
  /** The command that ran last. */
  lastCommand: Command | null = null;
  /** When it last sent something, milliseconds since the epoch. */
  lastActivity: number;
  readonly #host: ConnectionHost;
  readonly #conn: Transport;
  readonly #decoder: RespDecoder;
  readonly #limits: DecoderLimits;
  readonly #input: ConnectionInput;
  readonly #output: ConnectionOutput;
  #open = true;
  /** Called when the client goes while it is waited for something else. */
  #gone: (() => void) | null = null;
  /** Bytes of its buffers that the account of memory knows of. */
  #countedBytes = 0;
  /** Whether its requests wait for the end of a pause. */
  #postponed = false;
  /** While it waits in a blocked command. */
  #blocked: PromiseWithResolvers<void> | null = null;

  constructor(host: ConnectionHost, conn: Transport, id: number) {
    this.#host = host;
    this.#conn = conn;
    this.id = id;
    this.address = addressOf(conn.remoteAddr, conn.localAddr);
    this.localAddress = addressOf(conn.localAddr, conn.localAddr);
    this.local = isLocal(conn.remoteAddr);
    this.connectedAt = this.lastActivity = host.now();
    // Getters, so that CONFIG SET and AUTH reach connections that are open.
    const isTrusted = () => this.authenticated || !host.logInRequired;
    const limits = {
      get authenticated() {
        return isTrusted();
      },
      get maxBulkLength() {
        return host.limits.maxBulkLength;
      },
      get maxQueryBuffer() {
        return host.limits.maxQueryBuffer;
      },
    };
    this.#limits = limits;
    this.#decoder = new RespDecoder(limits);
    this.#input = new ConnectionInput(conn, this.#decoder, (length) => {
      this.lastActivity = host.now();
      host.countTraffic(length, 0);
      this.#countMemory();
    });
    this.#input.onEnd = () => this.#gone?.();
    this.#output = new ConnectionOutput(this, conn);
    this.reply = this.#output.reply;
    host.welcome(this);
  }

  get user(): string {
    return this.account.name;
  }

  get type(): "normal" | "pubsub" {
    return this.subscriptions === null ? "normal" : "pubsub";
  }

  get inTransaction(): boolean {
    return this.transaction !== null;
  }

  /** Where its requests come from, as MONITOR tells it. */
  get origin(): string {
    const { localAddr } = this.#conn;
    return localAddr.transport === "unix" ? `unix:${localAddr.path}` : this.address;
  }

  /** Bytes of memory that its transaction takes. */
  get transactionBytes(): number {
    return (this.transaction?.bytes ?? 0) + (this.watching?.bytes ?? 0);
  }

  /** Whether it has not been disconnected. */
  get isOpen(): boolean {
    return this.#open;
  }

  /** Whether something is being sent to the client. */
  get isWriting(): boolean {
    return this.#output.isWriting;
  }

  /** Bytes of output that wait for the client. */
  get outputBytes(): number {
    return this.#output.bytes;
  }

  /** Bytes of input that wait for the rest of their request. */
  get inputBytes(): number {
    return this.#decoder.pending;
  }

  /** Bytes of memory that the connection's buffers take, requests that it has queued included. */
  get bufferBytes(): number {
    const { subscriptions, tracking } = this;
    let bytes = this.#decoder.held + this.#input.held + this.#output.held + this.transactionBytes;
    if (subscriptions !== null) bytes += subscriptions.bytes;
    if (tracking !== null) { for (const prefix of tracking.prefixes) bytes += prefix.length; }
    return bytes;
  }

  #countMemory(): void {
    if (this.#host.clientEviction.active) this.#host.clientEviction.count(this);
  }

  /** Tells the account of memory what the buffers take now. */
  countMemory(): void {
    const bytes = this.bufferBytes;
    this.#host.memory.clients += bytes - this.#countedBytes;
    this.#countedBytes = bytes;
  }

  /** Serves the client until it goes or is sent away. Never throws. */
  async serve(): Promise<void> {
    try {
      const batches = this.#input.readable().pipeThrough(new RespDecoderStream(this.#decoder)).getReader();
      while (!this.closing) {
        const { value: batch, done } = await batches.read();
        if (done) break;
        const wait = this.#serveBatch(batch);
        if (wait !== null) await wait;
      }
    } catch (error) {
      if (isAllocationFailure(error)) this.#refuseMemory();
      else if (!isDisconnect(error)) {
        this.#host.report("warning", `Error on connection ${this.address}: ${error}`);
      }
    }
    await this.#finish();
  }

  /** Runs a batch; returns what has to be waited for before the next one is read, or null. */
  #serveBatch(batch: RequestBatch): Promise<void> | null {
    this.lastActivity = this.#host.now();
    const at = this.#host.run(this, batch, 0);
    this.flush();
    if (this.#host.memory.limited) this.countMemory();
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
      if (!batch.held || !this.#limits.authenticated || this.closing) break;
      batch = this.#decoder.resume();
      at = this.#host.run(this, batch, 0);
      this.flush();
    }
    if (batch.error !== "" && !this.closing) this.#failProtocol(batch.error);
    this.#decoder.release();
  }

  /** Waits until a request that was held back may be tried again. */
  async #untilResumed(): Promise<void> {
    this.#postponed = true;
    await this.#whileHere(this.#host.untilResumed(this));
    this.#postponed = false;
  }

  /** Waits until the command that is blocked has replied. */
  async #untilUnblocked(unblocked: Promise<void>): Promise<void> {
    await this.#whileHere(unblocked);
    if (this.closing) this.#host.forgetWait(this);
  }

  /** Waits for `promise`, unless the client goes meanwhile. */
  async #whileHere(promise: Promise<void>): Promise<void> {
    const gone = new Promise<void>((resolve) => this.#gone = resolve);
    if (!this.#input.ended) await Promise.race([promise, gone]);
    this.#gone = null;
    if (this.#input.ended) this.closing = true;
  }

  /** Whether it waits in a blocked command. */
  get blocked(): boolean {
    return this.#blocked !== null;
  }

  /** Whether it has not been disconnected. */
  get open(): boolean {
    return this.#open;
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

  receive(bytes: Uint8Array, length: number): void {
    this.#host.sendMessage(this, bytes, length);
  }

  receiveShared(message: SharedBuffer): void {
    this.#host.sendShared(this, message);
  }

  confirm(bytes: Uint8Array, length: number): void {
    // To whom wants no replies it is a message like others.
    if (this.replyMode === "on") this.reply.rawBytes(bytes, 0, length);
    else this.receive(bytes, length);
  }

  /** Closes the connection if the requests in its transaction take more than the query buffer may. */
  limitTransaction(): void {
    if (this.transactionBytes > this.#limits.maxQueryBuffer) this.#failProtocol(QUERY_BUFFER_LIMIT);
  }

  /** Says that there is no memory for a request. The rest of it is still to come, so that no further one can be read. */
  #refuseMemory(): void {
    this.#host.report("warning", `No memory for a request of client: ${this.describe()}`);
    this.#host.countError(OUT_OF_MEMORY.code);
    if (this.replyMode === "on") this.reply.error(OUT_OF_MEMORY.message);
    this.closeAfterReply();
  }

  #failProtocol(message: string): void {
    if (message === QUERY_BUFFER_LIMIT) {
      this.#host.report("warning", `Closing client that reached max query buffer length: ${this.describe()}`);
    } else {
      this.#host.countError(codeOf(message));
      if (this.replyMode === "on") this.reply.error(message);
      this.#host.report("verbose", `Protocol error (${message}) from client: ${this.describe()}`);
    }
    this.closeAfterReply();
    this.flush();
  }

  /** Sends what has been written, unless a write is under way: then that goes on with it. */
  flush(): void {
    this.#output.flush();
    this.#countMemory();
  }

  async #waitForClient(): Promise<void> {
    await this.#output.untilDrained(SOFT_OUTPUT_WAIT);
    this.#output.checkLimit();
  }

  /** Says that its replies acknowledge what may not be on the disk yet. */
  acknowledge(): void {
    if (this.#host.gate.active) this.#host.gate.acknowledges(this.#output);
  }

  // What the output side asks and tells.

  get gate(): OutputGate {
    return this.#host.gate;
  }

  get outputLimit(): OutputLimit {
    return this.#host.outputLimits[this.type];
  }

  now(): number {
    return this.#host.now();
  }

  wrote(length: number): void {
    this.lastActivity = this.#host.now();
    this.#host.countTraffic(0, length);
    if (this.#host.memory.limited) this.countMemory();
    this.#countMemory();
  }

  overLimit(): void {
    this.#host.countOutputLimit();
    this.#host.report(
      "warning",
      `Client ${this.describe()} scheduled to be closed ASAP for overcoming of output buffer limits.`,
    );
    this.disconnect();
  }

  writeFailed(): void {
    this.disconnect();
  }

  /** Looks after the connection once in a while: soft limit, buffers. */
  tend(): void {
    if (this.#blocked !== null) this.#input.watch(() => this.#blocked !== null);
    if (this.#output.isWriting) this.#output.checkLimit();
    if (this.#host.now() - this.lastActivity > 2000) this.#input.shrink();
    this.#countMemory();
  }

  closeAfterReply(): void {
    this.closing = true;
  }

  /** Ends the connection as soon as what has been written is sent, without waiting for a further request. */
  async closeGracefully(): Promise<void> {
    this.closing = true;
    this.flush();
    await this.#output.untilDrained(500);
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
    // At once, and not when its last read has ended: requests after this one find it gone, as in Redis.
    this.#host.closed(this);
  }

  async #finish(): Promise<void> {
    if (this.#open) {
      this.flush();
      // A client that does not read its last replies is not waited for any longer than this.
      await this.#output.untilDrained(5000);
    }
    this.disconnect();
    this.#output.discard();
    this.#decoder.discard();
    this.#host.memory.clients -= this.#countedBytes;
  }

  describe(): string {
    const now = this.#host.now();
    const age = Math.floor((now - this.connectedAt) / 1000);
    const idle = Math.floor((now - this.lastActivity) / 1000);
    const { queue } = this.#output;
    const { subscriptions } = this;
    return `id=${this.id} addr=${this.address} laddr=${this.localAddress} fd=8 name=${this.name}` +
      ` age=${age} idle=${idle} flags=${this.#flags()} db=${this.database}` +
      ` sub=${subscriptions?.channel.size ?? 0} psub=${subscriptions?.pattern.size ?? 0}` +
      ` ssub=${subscriptions?.shard.size ?? 0} multi=${this.transaction?.size ?? -1}` +
      ` qbuf=${this.#decoder.pending} qbuf-free=${this.#input.held}` +
      ` argv-mem=0 multi-mem=${this.transactionBytes} rbs=${this.reply.held} rbp=${this.reply.held} obl=${this.reply.size}` +
      ` oll=${queue.buffers} omem=${queue.bytes} tot-mem=${this.bufferBytes}` +
      ` events=${this.#output.isWriting ? "rw" : "r"} cmd=${
        this.lastCommand?.fullName ?? "NULL"
      } user=${this.user} redir=${this.tracking?.redirect ?? -1} resp=${this.reply.protocol}` +
      ` lib-name=${this.libraryName} lib-ver=${this.libraryVersion}`;
  }

  /** The letters of CLIENT LIST. */
  #flags(): string {
    let flags = "";
    if (this.monitors) flags += "O";
    if (this.subscriptions !== null) flags += "P";
    if (this.transaction !== null) flags += "x";
    if (this.#blocked !== null || this.#postponed) flags += "b";
    if (this.tracking !== null) flags += "t";
    if (this.tracking?.redirectBroken) flags += "R";
    if (this.tracking?.broadcast) flags += "B";
    if (this.watching?.changed) flags += "d";
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
