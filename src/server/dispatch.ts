/**
 * Dispatch: from a request to the command that runs it. Synchronous, so that a batch of requests is one turn of the
 * event loop in which the time stands still.
 *
 * @module
 */

import {
  NO_AUTH,
  OUT_OF_MEMORY,
  unknownCommand,
  unknownSubcommand,
  WireError,
  wrongArity,
} from "../base/errors.ts";
import { ArenaExhausted } from "../memory/arena.ts";
import { CommandContext, type ServerServices } from "../commands/context.ts";
import type { Command, CommandTable } from "../commands/table.ts";
import { Args } from "../resp/args.ts";
import type { RequestBatch } from "../resp/request_batch.ts";
import type { Keyspace } from "../store/keyspace.ts";
import { type BlockedClient, Blocking } from "./blocking.ts";
import { type Connection, SOFT_OUTPUT_BYTES } from "./connection.ts";
import type { Tracking } from "./tracking.ts";

/** Counters of requests. */
export interface DispatchStatistics {
  /** Commands that ran, or were refused after they had been found. */
  commands: number;
  /** Error replies sent. */
  errors: number;
  /** Error replies by their first word. */
  errorsByCode: Map<string, number>;
}

/** Runs requests against the command table. */
export class Dispatcher {
  readonly statistics: DispatchStatistics = { commands: 0, errors: 0, errorsByCode: new Map() };
  readonly #server: ServerServices;
  readonly #keyspace: Keyspace;
  readonly #table: CommandTable;
  readonly #tracking: Tracking;
  readonly #args = new Args();
  readonly #context: CommandContext;
  /** The clients that wait in a blocked command. */
  readonly blocking: Blocking;
  /** Which commands have to wait: `run` stops before them. */
  paused: "no" | "writes" | "all" = "no";

  constructor(server: ServerServices, keyspace: Keyspace, table: CommandTable, tracking: Tracking) {
    this.#server = server;
    this.#keyspace = keyspace;
    this.#table = table;
    this.#tracking = tracking;
    this.#context = new CommandContext(server, keyspace, this.#args);
    this.blocking = new Blocking(keyspace, (client, key) => this.#resume(client, key));
  }

  /** Sets all counters to zero. */
  resetStatistics(): void {
    this.statistics.commands = this.statistics.errors = 0;
    this.statistics.errorsByCode.clear();
    const reset = (table: CommandTable) => {
      for (const command of table.list()) {
        command.calls = command.failedCalls = command.rejectedCalls = 0;
        if (command.subcommands !== null) reset(command.subcommands);
      }
    };
    reset(this.#table);
  }

  /**
   * Runs a batch's requests from the table's word `from` on. Returns the word to go on from: the batch's length when
   * all have run; less where a request has to wait: for the end of a pause, for the client to read its replies, or for
   * a blocked command before it.
   */
  run(connection: Connection, batch: RequestBatch, from: number): number {
    const keyspace = this.#keyspace;
    const { blocking } = this;
    const { reply } = connection;
    const { bytes, table, length } = batch;
    keyspace.updateTime();
    this.#attend(connection);
    let at = from;
    // A single request has nothing to overlap with.
    let readAhead = from + 1 + 2 * table[from] < length ? from : length;
    while (at < length) {
      if (at >= readAhead && readAhead < length) readAhead = this.#readAhead(batch, at);
      const count = table[at];
      this.#args.attach(bytes, table, at + 1, count);
      if (!this.#execute(connection)) break;
      at += 1 + 2 * count;
      if (connection.closing) {
        at = length;
        break;
      }
      if (blocking.hasReady) {
        blocking.serve();
        this.#attend(connection);
      }
      if (connection.blocked) break;
      // A few kilobytes of requests may ask for gigabytes of replies.
      if (reply.size > SOFT_OUTPUT_BYTES) break;
    }
    keyspace.prefetch.end();
    this.#finish();
    return at;
  }

  /** Makes all that commands see and do that client's. */
  #attend(connection: Connection): void {
    const context = this.#context;
    this.#tracking.current = connection;
    context.session = connection;
    context.reply = connection.reply;
    context.database = this.#keyspace.databases[connection.database];
    this.#keyspace.touches = !connection.noTouch;
  }

  /** Hands on what the requests have done. */
  #finish(): void {
    this.#keyspace.effects.flush();
    this.#tracking.current = null;
    if (this.#tracking.active) this.#tracking.finish();
  }

  /** Serves who waits for what a timer's work has done to keys, and hands that on. */
  settle(): void {
    this.blocking.serve();
    this.#finish();
  }

  /** Runs a blocked client's request anew for the key in argument `key`; false where it has to wait on. */
  #resume({ connection, command, request }: BlockedClient, key: number): boolean {
    const context = this.#context;
    const args = this.#args;
    this.#attend(connection);
    const mark = connection.reply.size;
    args.attach(request.bytes, request.table, 1, request.table[0]);
    context.readyKey = key;
    try {
      this.#call(command);
    } catch (error) {
      connection.reply.rollback(mark);
      this.#fail(error, command, connection);
      command.failedCalls++;
    }
    context.readyKey = 0;
    const waits = context.waitsFor !== null;
    context.waitsFor = null;
    if (!waits) this.#conclude(connection, command, mark, true);
    return !waits;
  }

  /**
   * Reads ahead for the next requests from the table's word `from` on, taking each one's first argument for a key,
   * which it mostly is; returns the word of the first request that was left out.
   */
  #readAhead(batch: RequestBatch, from: number): number {
    const { prefetch } = this.#keyspace;
    const { table, length } = batch;
    prefetch.begin(batch.bytes);
    let at = from;
    for (; at < length && prefetch.hasRoom; at += 1 + 2 * table[at]) {
      if (table[at] > 1) prefetch.add(table[at + 3], table[at + 4]);
    }
    this.#context.database.prefetch();
    return at;
  }

  /** Runs the request in `args`; false where it has to wait. */
  #execute(connection: Connection): boolean {
    const args = this.#args;
    const reply = connection.reply;
    const mark = reply.size;
    let command: Command | null = null;
    let ran = false;
    try {
      command = this.#find();
      connection.lastCommand = command;
      this.#admit(command, connection);
      if (this.paused !== "no" && (this.paused === "all" || command.isWrite)) return false;
      this.statistics.commands++;
      command.calls++;
      ran = true;
      this.#call(command);
      const { waitsFor } = this.#context;
      if (waitsFor !== null) {
        this.#context.waitsFor = null;
        this.blocking.begin(connection, command, args, waitsFor);
        return true;
      }
    } catch (error) {
      reply.rollback(mark);
      if (error === CROSS_PROTOCOL) {
        this.#cutOff(connection);
        return true;
      }
      this.#fail(error, command, connection);
      if (command !== null && ran) command.failedCalls++;
      else if (command !== null) command.rejectedCalls++;
    }
    this.#conclude(connection, command, mark, ran);
    return true;
  }

  /** Runs the command with the request in `args`, and records its effect. */
  #call(command: Command): void {
    const keyspace = this.#keyspace;
    const context = this.#context;
    const dirty = keyspace.dirty;
    context.ownEffect = false;
    try {
      command.run!(context);
    } finally {
      if (keyspace.effects.active && keyspace.dirty !== dirty && !context.ownEffect) this.#recordRequest();
    }
  }

  /** What follows when a request has been answered with what was written since `mark`. */
  #conclude(connection: Connection, command: Command | null, mark: number, ran: boolean): void {
    if (connection.replyMode !== "on") this.#suppress(connection, mark);
    if (this.#tracking.active) this.#tracking.afterRequest(connection, this.#args, command, ran);
    if (connection.database !== this.#context.database.index) {
      this.#context.database = this.#keyspace.databases[connection.database];
    }
    this.#args.count = 0;
  }

  /** The command that the request names. */
  #find(): Command {
    const args = this.#args;
    const command = this.#table.find(args.bytes, args.start(0), args.end(0));
    if (command === null) {
      if (args.is(0, "POST") || args.is(0, "HOST:")) throw CROSS_PROTOCOL;
      throw unknownCommand(args.text(0), args.texts(1));
    }
    if (command.subcommands === null || args.count < 2) return command;
    const subcommand = command.subcommands.find(args.bytes, args.start(1), args.end(1));
    if (subcommand === null) throw unknownSubcommand(args.text(1), command.fullName);
    return subcommand;
  }

  /** Checks what must be true of the request and the client before the command may run. */
  #admit(command: Command, connection: Connection): void {
    const count = this.#args.count;
    if (command.arity < 0 ? count < -command.arity : count !== command.arity) {
      throw wrongArity(command.fullName);
    }
    if (command.run === null) throw wrongArity(command.fullName);
    if (!connection.authenticated && !command.noAuth) throw NO_AUTH;
  }

  /**
   * Cuts off a client that speaks HTTP: a web page may be making a browser on this machine send requests whose lines
   * are commands.
   */
  #cutOff(connection: Connection): void {
    const address = connection.address;
    this.#server.log(
      "Possible SECURITY ATTACK detected. It looks like somebody is sending POST or Host: commands to Redis. " +
        "This is likely due to an attacker attempting to use Cross Protocol Scripting to compromise your Redis " +
        `instance. Connection from ${address} aborted.`,
    );
    connection.disconnect();
  }

  /** Records the request as it came as its effect. */
  #recordRequest(): void {
    const { effects } = this.#keyspace;
    const args = this.#args;
    effects.begin(this.#context.database.index, args.count);
    for (let i = 0; i < args.count; i++) effects.bytes(args.bytes, args.start(i), args.end(i));
  }

  #fail(error: unknown, command: Command | null, connection: Connection): void {
    let wire: WireError;
    if (error instanceof WireError) {
      wire = error;
    } else if (error instanceof ArenaExhausted || isAllocationFailure(error)) {
      wire = OUT_OF_MEMORY;
    } else {
      // A fault of ours: the client learns that its command failed, and the log why.
      this.#server.log(
        `Internal error in '${command?.fullName}': ${error instanceof Error ? error.stack : error}`,
      );
      wire = new WireError("ERR internal error, see the server's log");
    }
    this.countError(wire.message);
    connection.reply.error(wire.message);
  }

  /** Counts an error reply for INFO's errorstats. */
  countError(message: string): void {
    this.statistics.errors++;
    const space = message.indexOf(" ");
    const code = space < 0 ? message : message.slice(0, space);
    const counts = this.statistics.errorsByCode;
    counts.set(code, (counts.get(code) ?? 0) + 1);
  }

  /** Takes replies back that CLIENT REPLY OFF or SKIP does not want. */
  #suppress(connection: Connection, mark: number): void {
    if (connection.replyMode === "off") {
      connection.reply.rollback(mark);
    } else if (connection.replyMode === "skip-next") {
      connection.reply.rollback(mark);
      connection.replyMode = "skip";
    } else {
      connection.reply.rollback(mark);
      connection.replyMode = "on";
    }
  }
}

/** Thrown for words that only HTTP has. */
const CROSS_PROTOCOL = new WireError("");

function isAllocationFailure(error: unknown): boolean {
  return error instanceof RangeError &&
    /allocation failed|Invalid (typed )?array.*length/i.test(error.message);
}
