/**
 * Dispatch: from a request to the command that runs it. Synchronous, so that a batch of requests is one turn of the
 * event loop in which the time stands still.
 *
 * @module
 */

import {
  CountedError,
  execRefused,
  NO_AUTH,
  NOT_INSIDE_MULTI,
  notWhileSubscribed,
  OUT_OF_MEMORY,
  REPLICA_DENIED,
  UNBLOCKED,
  unknownCommand,
  unknownSubcommand,
  WireError,
  wrongArity,
} from "../base/errors.ts";
import { ArenaExhausted } from "../memory/arena.ts";
import { type ClientSession, CommandContext, SCRIPT_END, type ServerServices } from "../commands/context.ts";
import type { Command, CommandTable } from "../commands/table.ts";
import { Args } from "../resp/args.ts";
import type { ReplyWriter } from "../resp/reply_writer.ts";
import type { RequestBatch } from "../resp/request_batch.ts";
import type { ScriptRun } from "../scripting/script_run.ts";
import type { Keyspace } from "../store/keyspace.ts";
import type { ServerAccessControl } from "./access_control.ts";
import { type BlockedClient, Blocking } from "./blocking.ts";
import { CommandTimer } from "./command_timer.ts";
import { type Connection, SOFT_OUTPUT_BYTES } from "./connection.ts";
import type { Monitors } from "./monitors.ts";
import type { HeldWrites } from "./held_writes.ts";
import type { Outbox } from "./outbox.ts";
import { needsMemory, type Restrictions } from "./restrictions.ts";
import { RunningScript, scriptDenied, scriptRefusal } from "./running_script.ts";
import { isAllocationFailure } from "./system_error.ts";
import type { Tracking } from "./tracking.ts";
import type { Transaction } from "./transactions.ts";

/** Commands that run at once though the client is in a transaction. */
const NEVER_QUEUED: ReadonlySet<string> = new Set(["discard", "exec", "multi", "quit", "reset", "watch"]);

/** Commands that a RESP2 client may call while it is subscribed: other replies it could not tell from messages. */
const WHILE_SUBSCRIBED: ReadonlySet<string> = new Set([
  "ping",
  "psubscribe",
  "punsubscribe",
  "quit",
  "reset",
  "ssubscribe",
  "subscribe",
  "sunsubscribe",
  "unsubscribe",
]);

/** Counters of requests. */
export interface DispatchStatistics {
  /** Error replies sent. */
  errors: number;
  /** Error replies by their first word. */
  errorsByCode: Map<string, number>;
}

/** The letter v. */
const SMALL_V = 118;

/** What dispatch works with besides the keyspace. */
export interface DispatcherParts {
  readonly table: CommandTable;
  readonly tracking: Tracking;
  readonly outbox: Outbox;
  /** Hears of commands that took long, while `args` still has the request. */
  readonly onSlow: (command: Command, microseconds: number, request: Args, client: ClientSession) => void;
  readonly monitors: Monitors;
  readonly access: ServerAccessControl;
}

/** Runs requests against the command table. */
export class Dispatcher {
  readonly statistics: DispatchStatistics = { errors: 0, errorsByCode: new Map() };
  readonly #server: ServerServices;
  readonly #keyspace: Keyspace;
  readonly #table: CommandTable;
  readonly #tracking: Tracking;
  readonly #outbox: Outbox;
  readonly #monitors: Monitors;
  readonly #access: ServerAccessControl;
  readonly #args = new Args();
  readonly #context: CommandContext;
  /** How long commands take, and how many have run. */
  readonly timer: CommandTimer;
  /** The clients that wait in a blocked command. */
  readonly blocking: Blocking;
  /** Which commands have to wait: `run` stops before them. */
  paused: "no" | "writes" | "all" = "no";
  /** What commands are refused for the time being; null: none. */
  restrictions: Restrictions | null = null;
  /** Finds commands that have to wait for a snapshot; null while none is taken. */
  held: HeldWrites | null = null;

  /** What others are told while a script runs for long, null: none does. */
  busy: WireError | null = null;
  readonly #script = new RunningScript();

  /** Whether the running command's reply is the transaction's, of which nothing is taken back any more. */
  #ranTransaction = false;

  constructor(
    server: ServerServices,
    keyspace: Keyspace,
    { table, tracking, outbox, monitors, access, onSlow }: DispatcherParts,
  ) {
    this.#server = server;
    this.#keyspace = keyspace;
    this.#table = table;
    this.#tracking = tracking;
    this.#outbox = outbox;
    this.#monitors = monitors;
    this.#access = access;
    this.#context = new CommandContext(server, keyspace, this.#args);
    this.timer = new CommandTimer(
      keyspace.clock,
      (command, microseconds) => onSlow(command, microseconds, this.#args, this.#context.session),
    );
    this.blocking = new Blocking(keyspace, (client, key) => this.#resume(client, key));
  }

  /** Sets all counters to zero. */
  resetStatistics(): void {
    this.timer.commands = this.statistics.errors = 0;
    this.statistics.errorsByCode.clear();
    for (const command of this.#table.all()) {
      command.calls =
        command.microseconds =
        command.failedCalls =
        command.rejectedCalls =
          0;
      command.latencies = null;
    }
  }

  /** Forgets how long each call took. */
  forgetLatencies(): void {
    for (const command of this.#table.all()) command.latencies = null;
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
    if (keyspace.eviction.limit > 0) connection.countMemory();
    this.#attend(connection);
    this.timer.begin(reply.size);
    let at = from;
    let last = from;
    // A single request has nothing to overlap with.
    let readAhead = from + 1 + 2 * table[from] < length ? from : length;
    while (at < length) {
      if (at >= readAhead && readAhead < length) readAhead = this.#readAhead(batch, at);
      const count = table[at];
      last = at;
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
        this.timer.begin(reply.size);
      }
      if (connection.blocked) break;
      // A few kilobytes of requests may ask for gigabytes of replies.
      if (reply.size > SOFT_OUTPUT_BYTES) break;
    }
    if (this.timer.isOpen) {
      this.#args.attach(bytes, table, last + 1, table[last]);
      this.timer.end(connection.lastCommand);
      this.#args.count = 0;
    }
    keyspace.prefetch.end();
    this.#finish();
    return at;
  }

  /** Makes all that commands see and do that client's. */
  #attend(connection: Connection): void {
    const context = this.#context;
    this.#tracking.current = this.#outbox.current = connection;
    context.session = connection;
    context.reply = connection.reply;
    context.database = this.#keyspace.databases[connection.database];
    this.#keyspace.touches = !connection.noTouch;
  }

  /** Hands on what the requests have done. */
  #finish(): void {
    // What a script has written goes on its way as a whole.
    if (this.busy === null) this.#keyspace.effects.flush();
    this.#tracking.current = this.#outbox.current = null;
    if (this.#tracking.active) this.#tracking.finish();
  }

  /** Serves who waits for what a timer's work has done to keys, and hands that on. */
  settle(): void {
    this.blocking.serve();
    this.#finish();
  }

  /** Ends a client's wait as CLIENT UNBLOCK asks; false where it does not wait. */
  unblock(connection: Connection, withError: boolean): boolean {
    const client = this.blocking.unblock(connection, withError);
    if (client === undefined) return false;
    if (withError) {
      this.countError(UNBLOCKED.code);
      client.command.failedCalls++;
    }
    return true;
  }

  /** Runs a blocked client's request anew for the key in argument `key`; false where it has to wait on. */
  #resume({ connection, command, request }: BlockedClient, key: number): boolean {
    const context = this.#context;
    const args = this.#args;
    this.#attend(connection);
    this.#outbox.mark = connection.reply.size;
    args.attach(request.bytes, request.table, 1, request.table[0]);
    context.readyKey = key;
    this.timer.begin(connection.reply.size);
    try {
      // Its permissions may have changed while it waited.
      if (connection.account.restricted) this.#access.authorize(connection, command, args);
      if (this.#keyspace.effects.active) this.#keyspace.effects.beginRequest();
      this.#call(command);
    } catch (error) {
      connection.reply.rollback(this.#outbox.mark);
      this.#fail(error, command);
      command.failedCalls++;
    }
    context.readyKey = 0;
    const waits = context.waitsFor !== null;
    context.waitsFor = null;
    if (this.#keyspace.effects.active && this.#keyspace.effects.endRequest()) connection.acknowledge();
    // What it reads was remembered when it began to wait.
    if (!waits) this.#conclude(connection, command, false);
    return !waits;
  }

  /**
   * Reads ahead for the next requests from the table's word `from` on, taking each one's first argument for a key,
   * which it mostly is; returns the word of the first request that was left out.
   */
  #readAhead({ bytes, table, length }: RequestBatch, from: number): number {
    const { prefetch } = this.#keyspace;
    prefetch.begin(bytes, table);
    let at = from;
    for (; at < length && prefetch.hasRoom; at += 1 + 2 * table[at]) {
      // Of all commands only EVAL and its kin, whose first argument is a script, have this second letter.
      const isScript = (bytes[table[at + 1] + 1] | 32) === SMALL_V;
      if (table[at] > 1 && !isScript) prefetch.add(at);
    }
    this.#context.database.prefetch();
    return at;
  }

  /** Runs the request in `args`; false where it has to wait. */
  #execute(connection: Connection): boolean {
    const args = this.#args;
    const reply = connection.reply;
    const outbox = this.#outbox;
    outbox.mark = reply.size;
    let command: Command | null = null;
    let ran = false;
    try {
      command = this.#find();
      connection.lastCommand = command;
      const refusal = this.#admit(command, connection);
      if (refusal !== null) return this.#refuse(refusal, command, connection);
      if (this.paused !== "no" && this.#isPaused(command, connection)) return false;
      if (this.held !== null && this.#isHeld(this.held, command, connection)) return false;
      if (connection.transaction !== null && !NEVER_QUEUED.has(command.fullName)) {
        this.#queue(command, connection, connection.transaction);
      } else {
        ran = true;
        if (this.#keyspace.effects.active) this.#keyspace.effects.beginRequest();
        this.#call(command);
        const { waitsFor } = this.#context;
        if (waitsFor !== null) {
          this.#context.waitsFor = null;
          if (waitsFor === SCRIPT_END) {
            this.#script.command = command;
            connection.block();
            return true;
          }
          if (this.#tracking.active) this.#tracking.remember(connection, args, command);
          if (this.#monitors.active) this.#monitors.feed(connection, command, args);
          if (this.#keyspace.effects.active) this.#keyspace.effects.endRequest();
          this.blocking.begin(connection, command, args, waitsFor);
          return true;
        }
      }
    } catch (error) {
      if (!ran) return this.#refuse(error, command, connection);
      reply.rollback(outbox.mark);
      this.#fail(error, command);
      command!.failedCalls++;
    }
    if (this.#monitors.active) this.#tellMonitors(connection, command, ran);
    this.#conclude(connection, command, ran);
    return true;
  }

  /**
   * Runs the request in `bytes` and `table` as it stands in a log of effects: without checks. Its reply is forgotten, an
   * error like any other.
   *
   * @throws {WireError} where there is no such command
   */
  replay(connection: Connection, bytes: Uint8Array<ArrayBuffer>, table: Int32Array<ArrayBuffer>): void {
    const { transaction } = connection;
    const context = this.#context;
    const { session } = context;
    const running = this.#args.position();
    this.#attend(connection);
    this.#args.attach(bytes, table, 1, table[0]);
    const command = this.#find();
    if (transaction !== null && command.fullName === "exec") {
      transaction.forEach(this.#args, 0, (queued) => {
        this.#replayOne(connection, queued);
        return true;
      });
      connection.transaction = null;
    } else if (transaction !== null && !NEVER_QUEUED.has(command.fullName)) {
      transaction.add(command, this.#args);
    } else {
      this.#replayOne(connection, command);
    }
    // DEBUG LOADAOF is a request that is running.
    this.#args.attach(...running);
    if (session !== undefined) this.#attend(session as Connection);
  }

  #replayOne(connection: Connection, command: Command): void {
    const context = this.#context;
    context.mayBlock = false;
    try {
      command.run?.(context);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
    }
    context.mayBlock = true;
    connection.reply.rollback(0);
    this.#followSelect(connection);
  }

  /** Tells monitors of a request when it has been answered; those of scripts tell themselves, before what they call. */
  #tellMonitors(connection: Connection, command: Command | null, ran: boolean): void {
    if (command === null || command.has("skip_monitor")) return;
    // That a transaction was not run for any reason is told too.
    if (ran || command.fullName === "exec") this.#monitors.feed(connection, command, this.#args);
  }

  /** Whether a command has to wait for the end of the pause. */
  #isPaused(command: Command, connection: Connection): boolean {
    if (connection.monitors) return false;
    return this.paused === "all" || this.#mayReplicate(command) ||
      (command.fullName === "exec" && connection.transaction?.mayReplicate === true);
  }

  /** Whether the request in `args` may have effects, as far as its command and what it says of its script tell. */
  #mayReplicate(command: Command): boolean {
    return command.mayReplicate && !this.#server.scripting.saysNoWrites(command.fullName, this.#args);
  }

  /** Whether a command has to wait until a snapshot has written a collection that it may change. */
  #isHeld(held: HeldWrites, command: Command, { transaction }: Connection): boolean {
    return held.holds(command, this.#args, transaction, this.#context.database);
  }

  /** Replies that the request may not run; true: it is done with. A transaction is spoilt by that. */
  #refuse(error: unknown, command: Command | null, connection: Connection): true {
    connection.reply.rollback(this.#outbox.mark);
    this.timer.interrupt();
    if (error === CROSS_PROTOCOL) {
      this.#cutOff(connection);
      return true;
    }
    if (command?.fullName === "exec" && error instanceof WireError) {
      this.#server.transactions.discard(connection);
      this.#fail(execRefused(error), command);
    } else {
      if (connection.transaction !== null) connection.transaction.aborted = true;
      this.#fail(error, command);
    }
    if (command !== null) command.rejectedCalls++;
    if (this.#monitors.active) this.#tellMonitors(connection, command, false);
    this.#conclude(connection, command, false);
    return true;
  }

  /** Queues the request in `args`, unless the transaction will not run anyway. */
  #queue(command: Command, connection: Connection, transaction: Transaction): void {
    if (!transaction.aborted && connection.watching?.changed !== true) {
      transaction.add(command, this.#args);
      if (this.#mayReplicate(command)) transaction.mayReplicate = true;
      if (command.deniesOutOfMemory) transaction.deniesOutOfMemory = true;
    }
    connection.reply.raw("+QUEUED\r\n");
    connection.limitTransaction();
  }

  /** Runs the requests that a client has queued, and replies to each (EXEC). */
  runTransaction(connection: Connection, transaction: Transaction): void {
    const { effects } = this.#keyspace;
    connection.reply.array(transaction.size);
    if (isSilent(connection)) connection.reply.rollback(this.#outbox.mark);
    effects.beginGroup();
    this.#continueTransaction(connection, transaction, 0);
  }

  /** Runs a transaction's requests from number `from` on, until one is a script that goes on later. */
  #continueTransaction(connection: Connection, transaction: Transaction, from: number): void {
    const context = this.#context;
    const script = this.#script;
    context.mayBlock = false;
    const exec = this.#args.position();
    const next = transaction.forEach(this.#args, from, (command) => this.#runQueued(connection, command));
    this.#args.attach(...exec);
    context.mayBlock = true;
    context.ownEffect = true;
    if (context.waitsFor === SCRIPT_END) {
      script.transaction = transaction;
      script.next = next;
      return;
    }
    this.#keyspace.effects.endGroup();
    this.#ranTransaction = true;
  }

  /** Runs the request in `args`, one of a transaction; false where that is a script that goes on later. */
  #runQueued(connection: Connection, command: Command): boolean {
    const { reply } = connection;
    const mark = reply.size;
    const isLeaving = connection.closing;
    try {
      if (connection.account.restricted) this.#access.authorizeQueued(connection, command, this.#args);
      this.#call(command);
    } catch (error) {
      reply.rollback(Math.max(mark, this.#outbox.mark));
      this.#fail(error, command);
      command.failedCalls++;
    }
    if (this.#context.waitsFor === SCRIPT_END) {
      this.#script.queued = command;
      return false;
    }
    this.#concludeQueued(connection, command, mark, isLeaving);
    return true;
  }

  #concludeQueued(connection: Connection, command: Command, mark: number, isLeaving: boolean): void {
    if (isLeaving || isSilent(connection)) connection.reply.rollback(Math.max(mark, this.#outbox.mark));
    if (this.#tracking.active) this.#tracking.remember(connection, this.#args, command);
    if (this.#monitors.active) this.#tellMonitors(connection, command, true);
    this.#followSelect(connection);
  }

  /** Prepares for the requests of the script that the running request of the client runs; `isBrief`: it cannot run for long. */
  enterScript(isBrief: boolean): void {
    this.#script.isTimedApart = !isBrief || this.timer.precise;
    if (this.#script.isTimedApart) this.timer.timeScript();
    const context = this.#context;
    const { effects } = this.#keyspace;
    const script = this.#script;
    script.enter(context, this.#args);
    const connection = context.session as Connection;
    const command = connection.transaction === null ? connection.lastCommand : null;
    if (this.#monitors.active && command !== null) this.#monitors.feed(connection, command, this.#args);
    script.ownsGroup = !effects.isGrouped;
    if (script.ownsGroup) effects.beginGroup();
  }

  /** The request that runs the script, while one runs. */
  get scriptRequest(): Args {
    return this.#script.request;
  }

  /** Makes everything the client's again, whose request has run a script. */
  leaveScript(): void {
    const context = this.#context;
    this.#script.leave(context, this.#args);
    this.#context.database = this.#keyspace.databases[context.session.database];
    if (this.#script.ownsGroup) this.#keyspace.effects.endGroup();
    context.ownEffect = true;
  }

  /** Where a script's request is put; the client's own comes back when the script is done. */
  get args(): Args {
    return this.#args;
  }

  /** Runs the script's request in `args`. Returns why it may not run, or null: then `reply` has its reply. */
  callForScript(run: ScriptRun, reply: ReplyWriter): string | null {
    const args = this.#args;
    const script = this.#script;
    const connection = script.session as Connection;
    const command = this.#lookUp(args);
    const refusal = scriptRefusal(command, args, run) ?? this.#refusalForScript(command!, args, run);
    if (refusal !== null || command === null) {
      this.countError("ERR");
      if (command !== null) command.rejectedCalls++;
      return refusal;
    }
    const { effects } = this.#keyspace;
    // Others may have run since the last request, if the script runs for long.
    if (this.busy !== null) {
      this.#attend(connection);
      this.#keyspace.now = script.now;
    }
    // A script cannot wait in its middle: it waits before its first request for the keys that it has declared.
    const database = this.#keyspace.databases[script.database];
    if (this.held?.holds(command, args, null, database) === true) {
      return "A key that the script has not declared is being saved, try again";
    }
    const own = connection.database;
    connection.database = script.database;
    script.lend(this.#context, reply);
    this.#context.database = database;
    if (command.isWrite) run.written = true;
    if (run.replication === 0) effects.mute(true);
    if (this.#monitors.active) this.#monitors.feed(connection, command, args, true);
    this.timer.apart = script.isTimedApart;
    try {
      this.#call(command);
    } catch (error) {
      reply.rollback(0);
      this.#fail(error, command);
      command.failedCalls++;
    }
    this.timer.apart = false;
    if (run.replication === 0) effects.mute(false);
    if (this.#tracking.active) this.#tracking.remember(connection, args, command);
    script.database = connection.database;
    connection.database = own;
    return null;
  }

  /** Why a script's request may not run as things stand, or whoever has sent the script may not make it; or null. */
  #refusalForScript(command: Command, args: Args, run: ScriptRun): string | null {
    const connection = this.#script.session as Connection;
    if (connection.account.restricted) {
      const refusal = this.#access.refusal(connection.account, command, args);
      if (refusal !== null) {
        this.#access.report(connection, refusal, command, args, "lua");
        return scriptDenied(refusal);
      }
    }
    if (command.isWrite && this.restrictions?.writesDenied) {
      return `-${this.restrictions.writesDenied.message}`;
    }
    const { eviction } = this.#keyspace;
    // What has begun to write is not stopped in its middle.
    const isShort = (eviction.limit > 0 && eviction.refuses) || this.restrictions?.lacksMemory === true;
    const mustFit = isShort && command.deniesOutOfMemory && !run.allowOom && !run.written;
    return mustFit ? `-${OUT_OF_MEMORY.message}` : null;
  }

  /** Goes on with the request whose script has been suspended and is now done: `finish` replies what that returned. */
  concludeScript(finish: () => void): void {
    const script = this.#script;
    const connection = script.session as Connection;
    const { reply } = connection;
    this.#attend(connection);
    this.#keyspace.now = script.now;
    const mark = this.#outbox.mark = reply.size;
    const command = script.queued ?? script.command!;
    try {
      finish();
    } catch (error) {
      reply.rollback(mark);
      this.#fail(error, command);
      command.failedCalls++;
    }
    this.timer.concluded(command);
    const { transaction, queued } = script;
    if (transaction !== null && queued !== null) {
      script.transaction = script.queued = null;
      this.#concludeQueued(connection, queued, mark, false);
      this.#continueTransaction(connection, transaction, script.next);
      if (this.#context.waitsFor === SCRIPT_END) {
        this.#context.waitsFor = null;
        return;
      }
      this.timer.concluded(script.command!);
    }
    this.#conclude(connection, script.command, true);
    if (this.blocking.hasReady) this.blocking.serve();
    this.#finish();
    connection.unblock();
    if (!connection.open) reply.discard();
  }

  /** Makes commands work on the database that the client has selected. */
  #followSelect(connection: Connection): void {
    if (connection.database === this.#context.database.index) return;
    this.#context.database = this.#keyspace.databases[connection.database];
  }

  /** Runs the command with the request in `args`, and records its effect. */
  #call(command: Command): void {
    const keyspace = this.#keyspace;
    const context = this.#context;
    const { timer } = this;
    const dirty = keyspace.dirty;
    const isBrief = timer.isBrief(command, this.#args.count) && !timer.looks();
    const start = isBrief || command.runsScript ? 0 : timer.start();
    if (command.runsScript) timer.startScript(context.reply.size);
    context.ownEffect = false;
    try {
      command.run!(context);
    } finally {
      if (isBrief) timer.ranBrief(command, context.reply.size);
      else if (context.waitsFor === SCRIPT_END) {
        timer.suspend(command, command.runsScript ? undefined : start);
      } else if (command.runsScript) timer.ranScript(command, context.reply.size);
      else if (context.readyKey === 0) timer.stop(command, start, context.waitsFor !== null);
      else timer.resumed(command, start, context.waitsFor !== null);
      if (keyspace.effects.active && keyspace.dirty > dirty && !context.ownEffect) this.#recordRequest();
    }
  }

  /** What follows when a request has been answered. */
  #conclude(connection: Connection, command: Command | null, ran: boolean): void {
    if (connection.replyMode !== "on") this.#suppress(connection);
    this.#ranTransaction = false;
    if (this.#tracking.active) this.#tracking.afterRequest(connection, this.#args, command, ran);
    if (this.#outbox.hasLater) this.#outbox.sendLater();
    this.#followSelect(connection);
    if (this.#keyspace.effects.active && ran && this.#keyspace.effects.endRequest()) connection.acknowledge();
    this.#args.count = 0;
  }

  /** Whether whoever has sent the running script may make the request in `args`; null where there is no such command. */
  mayCallForScript(): boolean | null {
    const args = this.#args;
    const command = this.#lookUp(args);
    if (command === null) return null;
    const { account } = this.#script.session as Connection;
    return !account.restricted || this.#access.refusal(account, command, args) === null;
  }

  /** The command that a script's request names, or null. */
  #lookUp(args: Args): Command | null {
    const command = this.#table.find(args.bytes, args.start(0), args.end(0));
    if (command === null || command.subcommands === null || args.count < 2) return command;
    return command.subcommands.find(args.bytes, args.start(1), args.end(1));
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
    if (subcommand === null) throw unknownSubcommand(args.text(1), args.text(0));
    return subcommand;
  }

  /**
   * Why the request may not run as it is, for this client, or as things stand; or null. The most frequent refusals are
   * returned, as throwing them would take several microseconds; others may be thrown.
   */
  #admit(command: Command, connection: Connection): WireError | null {
    const count = this.#args.count;
    if (command.run === null || (command.arity < 0 ? count < -command.arity : count !== command.arity)) {
      return wrongArity(command.fullName);
    }
    if (!connection.authenticated && !command.noAuth && this.#access.logInRequired) return NO_AUTH;
    const { transaction } = connection;
    if (transaction !== null && command.has("no_multi")) return NOT_INSIDE_MULTI;
    if (connection.account.restricted) this.#access.authorize(connection, command, this.#args);
    if (this.#keyspace.eviction.limit > 0 && !this.#makeRoom(command, connection)) return OUT_OF_MEMORY;
    const { restrictions } = this;
    if (restrictions !== null) {
      const refusal = restrictions.memoryRefusal(command, transaction) ??
        restrictions.writeRefusal(command, transaction);
      if (refusal !== null) return refusal;
    }
    if (
      connection.subscriptions !== null && connection.reply.protocol === 2 &&
      !WHILE_SUBSCRIBED.has(command.fullName)
    ) {
      return notWhileSubscribed(command.fullName);
    }
    const loadingRefusal = restrictions?.loadingRefusal(command, transaction) ?? null;
    if (loadingRefusal !== null) return loadingRefusal;
    if (connection.monitors && (command.mayReplicate || command.has("readonly"))) return REPLICA_DENIED;
    return this.busy !== null && !command.has("allow_busy") ? this.busy : null;
  }

  /** Keeps the memory within `maxmemory`; false where that cannot be done, and the command needs more. */
  #makeRoom(command: Command, connection: Connection): boolean {
    const { eviction } = this.#keyspace;
    eviction.suspended = this.paused !== "no" || this.restrictions?.loading === true;
    eviction.makeRoom();
    if (this.#tracking.active) {
      // What was evicted comes before the reply, and stays where that is an error.
      this.#tracking.sendDeferred();
      this.#outbox.mark = connection.reply.size;
    }
    return !eviction.refuses || !needsMemory(command, connection.transaction);
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
    const from = args.encodedFrom();
    if (from >= 0) return effects.encoded(args.bytes, from, args.end(args.count - 1) + 2);
    for (let i = 0; i < args.count; i++) effects.bytes(args.bytes, args.start(i), args.end(i));
  }

  #fail(error: unknown, command: Command | null): void {
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
    if (!(wire instanceof CountedError)) this.countError(wire.code);
    this.#context.reply.error(wire.message);
  }

  /** Counts an error reply for INFO's errorstats; `code` is its first word. */
  countError(code: string): void {
    this.statistics.errors++;
    const counts = this.statistics.errorsByCode;
    counts.set(code, (counts.get(code) ?? 0) + 1);
  }

  /** Takes replies back that CLIENT REPLY OFF or SKIP does not want. */
  #suppress(connection: Connection): void {
    if (!this.#ranTransaction) connection.reply.rollback(this.#outbox.mark);
    if (connection.replyMode === "skip-next") connection.replyMode = "skip";
    else if (connection.replyMode === "skip") connection.replyMode = "on";
  }
}

/** Thrown for words that only HTTP has. */
const CROSS_PROTOCOL = new WireError("");

/** Whether the client does not want the reply that is being written. */
function isSilent(connection: Connection): boolean {
  return connection.replyMode === "off" || connection.replyMode === "skip";
}
