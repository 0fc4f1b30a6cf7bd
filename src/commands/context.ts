/**
 * What a command sees while it runs, and the interfaces through which it reaches the server around it.
 *
 * @module
 */

import type { AclContext, AclLog } from "../acl/acl_log.ts";
import type { User } from "../acl/user.ts";
import type { Users } from "../acl/users.ts";
import type { PubSub, Subscriber } from "../pubsub/pubsub.ts";
import type { Args } from "../resp/args.ts";
import type { ReplyWriter } from "../resp/reply_writer.ts";
import type { FunctionLibraries } from "../scripting/function_libraries.ts";
import type { Database } from "../store/database.ts";
import type { Entries } from "../store/entry.ts";
import { EVENT_GENERIC } from "../store/events.ts";
import type { Keyspace } from "../store/keyspace.ts";
import type { Refusal } from "./permissions.ts";
import type { Command, CommandTable } from "./table.ts";

/** Which replies a client wants (CLIENT REPLY). */
export type ReplyMode = "on" | "off" | "skip-next" | "skip";

/** A client's connection, as commands see it. */
export interface ClientSession extends Subscriber {
  /** Unique and rising. */
  readonly id: number;
  /** Remote address as CLIENT LIST prints it: `127.0.0.1:50000`, or `path:0` for a Unix socket. */
  readonly address: string;
  /** The server's own address on this connection. */
  readonly localAddress: string;
  /** Set by CLIENT SETNAME, as a byte string. */
  name: string;
  /** Set by CLIENT SETINFO. */
  libraryName: string;
  libraryVersion: string;
  /** Whom it has logged in as, the default user at first. */
  account: User;
  /** The user's name, a byte string. */
  readonly user: string;
  /** Whether it may run commands other than AUTH, HELLO, QUIT and RESET. */
  authenticated: boolean;
  /** Index of the selected database. */
  database: number;
  /** CLIENT NO-EVICT. */
  noEvict: boolean;
  /** CLIENT NO-TOUCH. */
  noTouch: boolean;
  replyMode: ReplyMode;
  /** What it has asked for with CLIENT TRACKING; null: nothing. */
  readonly tracking: TrackingState | null;
  /** Whether it is told of all requests (MONITOR). */
  readonly monitors: boolean;
  /** Whether it queues its requests (MULTI). */
  readonly inTransaction: boolean;
  readonly reply: ReplyWriter;
  /** Closes the connection once what has been written so far is sent. */
  closeAfterReply(): void;
  /** The line of CLIENT LIST that describes it, without the line break. */
  describe(): string;
  /** Whether it waits in a blocked command. */
  readonly blocked: boolean;
  /** Whether it is connected over a Unix socket or a loopback address. */
  readonly local: boolean;
  /** When it connected, milliseconds since the epoch. */
  readonly connectedAt: number;
  /** Kind of client for the TYPE filters. */
  readonly type: "normal" | "pubsub" | "replica" | "master";
}

/** How a client wants to be told of keys that change, so that it can keep their values (CLIENT TRACKING). */
export interface TrackingOptions {
  /** Id of the client that is told in its place; 0: none. */
  readonly redirect: number;
  /** BCAST: whether it is told of all keys with certain prefixes, and not of those that it has read. */
  readonly broadcast: boolean;
  /** The prefixes of BCAST, byte strings in order; none in other modes. */
  readonly prefixes: readonly string[];
  /** Whether keys are only remembered for the request after CLIENT CACHING YES. */
  readonly optIn: boolean;
  /** Whether keys are not remembered for the request after CLIENT CACHING NO. */
  readonly optOut: boolean;
  /** Whether it is not told of its own changes. */
  readonly noLoop: boolean;
}

/** A client's tracking while it is on. */
export interface TrackingState extends TrackingOptions {
  /** Whether CLIENT CACHING has been given for the next request. */
  caching: boolean;
  /** Whether the client to tell was found gone. */
  redirectBroken: boolean;
}

/** Client-side caching, as commands see it. */
export interface ClientTracking {
  /** Turns tracking on for a client, or changes how it is done; prefixes come in addition to those that it has. */
  enable(client: ClientSession, options: TrackingOptions): void;
  /** Turns tracking off for a client. */
  disable(client: ClientSession): void;
}

/** Transactions, as commands see them. */
export interface TransactionControl {
  /** From now on the client's requests are queued. */
  begin(client: ClientSession): void;
  /** Forgets what a client has queued and watches. */
  discard(client: ClientSession): void;
  /**
   * Runs what a client has queued and replies to it, or that a watched key has changed.
   *
   * @throws {WireError} where one of the requests could not be queued
   */
  execute(client: ClientSession): void;
  /** The client's next transaction is not to run if `key`, which is kept, changes in a database. */
  watch(client: ClientSession, database: number, key: Uint8Array): void;
  /** Forgets what a client watches. */
  unwatch(client: ClientSession): void;
}

/** MONITOR, as commands see it. */
export interface MonitorControl {
  /** From now on the client is told of all requests. */
  add(client: ClientSession): void;
  /** Ends that; nothing happens where it was not told. */
  remove(client: ClientSession): void;
}

/** How much memory scripts and functions take, in bytes. */
export interface ScriptMemory {
  /** The machine of EVAL. */
  readonly evalMachine: number;
  /** The texts of scripts. */
  readonly evalScripts: number;
  /** Number of scripts. */
  readonly scripts: number;
  /** The machine of functions. */
  readonly functionMachine: number;
  /** The texts of libraries. */
  readonly functions: number;
}

/** A function that runs. */
export interface RunningFunction {
  readonly name: string;
  /** The request that has called it. */
  readonly request: Args;
  /** For how long it has run. */
  readonly milliseconds: number;
}

/** Scripts, as commands see them. */
export interface Scripting {
  /**
   * Runs the script of EVAL or EVALSHA with the request's keys and arguments, and replies what it returns.
   *
   * @throws {WireError} where it cannot run
   */
  evaluate(context: CommandContext, options: { readonly bySha: boolean; readonly readOnly: boolean }): void;
  /**
   * Remembers a script, and returns its SHA-1.
   *
   * @throws {WireError} where it cannot be compiled
   */
  load(text: Uint8Array): string;
  /** Whether there is a script with this SHA-1. */
  has(sha: string): boolean;
  /** Forgets all scripts. */
  flush(): void;
  /** Libraries of functions. */
  readonly functions: FunctionLibraries;
  /**
   * Runs the function of FCALL with the request's keys and arguments, and replies what it returns.
   *
   * @throws {WireError} where it cannot run
   */
  callFunction(context: CommandContext, options: { readonly readOnly: boolean }): void;
  /** Whether the script or function that a request runs says of itself that it writes nothing (`no-writes`). */
  saysNoWrites(command: string, args: Args): boolean;
  /** The function that runs for long, null: none does. @throws {WireError} where a script does */
  runningFunction(): RunningFunction | null;
  /** How much memory scripts and functions take. */
  memory(): ScriptMemory;
  /**
   * Ends the running script.
   *
   * @throws {WireError} where there is none, or where it has changed data
   */
  kill(kind: "eval" | "function"): void;
}

/** The clients of a server. */
export interface ClientRegistry {
  /** All connected clients, oldest first. */
  list(): Iterable<ClientSession>;
  /** The client with this id. */
  get(id: number): ClientSession | undefined;
  /** Disconnects a client. If it is the one that asks, its reply is sent first. */
  kill(client: ClientSession, asker: ClientSession): void;
  /** Holds back all commands, or only writing ones, until `until` (milliseconds since the epoch). */
  pause(until: number, writesOnly: boolean): void;
  /** Ends a pause. */
  unpause(): void;
  /** Ends a client's wait in a blocked command as though its time were up, or with an error; false where it does not wait. */
  unblock(client: ClientSession, withError: boolean): boolean;
}

/** The configuration of a server. */
export interface ConfigurationAccess {
  /** Directives that match any of the glob patterns, with their values as CONFIG GET prints them. */
  matching(patterns: readonly string[]): [name: string, value: string][];
  /**
   * Sets directives, all or none; `local` says whether the client is on this machine, which protected ones may ask for,
   * and `loading` whether the dataset is being loaded, during which some cannot be set.
   *
   * @throws {WireError} which says what was wrong
   */
  set(
    pairs: readonly (readonly [name: string, value: string])[],
    options: { readonly local: boolean; readonly loading: boolean },
  ): void;
  /**
   * Writes the configuration back to the file that it came from.
   *
   * @throws {WireError} which says why not
   */
  rewrite(): void;
}

/** What DEBUG RELOAD was asked to do. */
export interface ReloadOptions {
  /** Whether the dataset is saved before. */
  readonly saves: boolean;
  /** Whether all keys are removed before. */
  readonly flushes: boolean;
  /** Whether keys of the file take the place of those that are there. */
  readonly merges: boolean;
}

/** The data on disk, as commands see it. */
export interface PersistenceControl {
  /** When the dataset was last saved, seconds since the epoch. */
  readonly lastSave: number;
  /** Whether the dataset is being loaded. */
  readonly isLoading: boolean;
  /**
   * Saves while everybody waits.
   *
   * @throws {WireError}
   */
  save(): void;
  /**
   * Saves while clients are served; `schedule` says whether to do it later where a save is under way.
   *
   * @throws {WireError}
   */
  saveInBackground(schedule: boolean): "started" | "scheduled";
  /**
   * Loads the file, after saving to it (DEBUG RELOAD).
   *
   * @throws {WireError}
   */
  reload(options: ReloadOptions): void;
  /**
   * Loads the AOF in the place of what there is (DEBUG LOADAOF).
   *
   * @throws {WireError}
   */
  loadAof(): void;
  /**
   * Rewrites the AOF while clients are served, later where something else is under way; `later`: not now in any case.
   *
   * @throws {WireError}
   */
  rewriteAof(later: boolean): "started" | "scheduled";
  /** The AOF's buffer, bytes. */
  readonly aofBuffer: number;
  /** All keys have gone by FLUSHALL: what is on disk goes too, if it is kept there without being asked. */
  flushedAll(): void;
}

/** A command that took long. */
export interface SlowLogEntry {
  /** Unique and rising. */
  readonly id: number;
  /** When it ended, seconds since the epoch. */
  readonly time: number;
  /** How long it took. */
  readonly microseconds: number;
  /** The request, as byte strings, cut to size and without secrets. */
  readonly arguments: readonly string[];
  /** The client's address, and its name as a byte string. */
  readonly address: string;
  readonly name: string;
}

/** The slow log, as commands see it. */
export interface SlowLogAccess {
  /** Number of entries. */
  readonly length: number;
  /** Up to `count` entries, the latest first. */
  latest(count: number): readonly SlowLogEntry[];
  /** Removes all entries. */
  clear(): void;
}

/** A latency spike: when, in seconds since the epoch, and how long. */
export interface LatencySample {
  readonly time: number;
  readonly milliseconds: number;
}

/** The latency monitor, as commands see it. */
export interface LatencyAccess {
  /** All events with their last spike, and the worst ever in milliseconds. */
  latest(): readonly { readonly event: string; readonly last: LatencySample; readonly worst: number }[];
  /** The spikes of an event, oldest first. */
  history(event: string): readonly LatencySample[];
  /** Forgets events, all without names; returns how many there were. */
  reset(events: readonly string[]): number;
  /** A graph of an event's spikes, null where there are none. */
  graph(event: string): string | null;
  /** What can be said of the spikes, for people. */
  report(): string;
}

/** Figures of memory, in bytes unless told; INFO and MEMORY STATS show them. */
export interface MemoryFigures {
  readonly used: number;
  readonly peak: number;
  readonly startup: number;
  /** What is not data: dictionaries, the JavaScript heap, clients' buffers. */
  readonly overhead: number;
  readonly dataset: number;
  /** Buffers of clients. */
  readonly clients: number;
  /** The arena: in use, in pages that are in use, and taken from the system. */
  readonly allocated: number;
  readonly active: number;
  readonly resident: number;
  /** Of the whole process. */
  readonly rss: number;
  readonly heapUsed: number;
  readonly heapTotal: number;
}

/** The users of a server, and what they may do. */
export interface AccessControl {
  readonly users: Users;
  readonly log: AclLog;
  /** Logs a client in; false, and an entry in the log, where the password is not the user's. `command` as it was sent. */
  authenticate(client: ClientSession, user: string, password: string, command: string): boolean;
  /** Makes a client the default user, logged in where that needs no password. */
  reset(client: ClientSession): void;
  /** Gives a user the permissions of a draft, and disconnects subscribers who must not listen any more. */
  change(draft: User, asker: ClientSession): void;
  /** Removes users and disconnects their clients; returns how many there were. */
  remove(names: readonly string[], asker: ClientSession): number;
  /** Replaces the users by those in the ACL file. @throws {WireError} that says why not */
  load(asker: ClientSession): void;
  /** Writes the users to the ACL file. @throws {WireError} that says that it failed; the log says why */
  save(): void;
  /** Why a user must not make the request in `args`, whose command is named by argument `first`; null: there is no reason. */
  refusal(user: User, command: Command, args: Args, first?: number): Refusal | null;
  /** Puts a refusal of the request in `args` into the log. */
  report(client: ClientSession, refusal: Refusal, command: Command, args: Args, context: AclContext): void;
}

/** What SHUTDOWN was asked to do. */
export interface ShutdownOptions {
  save: boolean | null;
  now: boolean;
  force: boolean;
}

/** The server, as commands see it. */
export interface ServerServices {
  readonly clients: ClientRegistry;
  readonly tracking: ClientTracking;
  readonly transactions: TransactionControl;
  readonly pubsub: PubSub;
  readonly monitors: MonitorControl;
  readonly access: AccessControl;
  readonly scripting: Scripting;
  readonly configuration: ConfigurationAccess;
  readonly persistence: PersistenceControl;
  readonly commands: CommandTable;
  readonly slowlog: SlowLogAccess;
  readonly latency: LatencyAccess;
  /** Directives that commands ask for, as plain values. */
  readonly settings: ServerSettings;
  /** The text of INFO for the given sections, lower case; `default`, `all` and `everything` are understood. */
  info(sections: readonly string[]): string;
  /** Sets INFO's counters back (CONFIG RESETSTAT). */
  resetStatistics(): void;
  /** Begins to shut down; the asking client gets no reply. */
  shutdown(options: ShutdownOptions): void;
  /** Takes back a shutdown that has not happened yet; false where there is none. */
  abortShutdown(): boolean;
  /** Whether active expiry runs (DEBUG SET-ACTIVE-EXPIRE). */
  activeExpiry: boolean;
  /** Whether what is done a few times a second is left undone (DEBUG PAUSE-CRON). */
  cronPaused: boolean;
  /** Gives the history of the data a new name (DEBUG CHANGE-REPL-ID). */
  changeReplicationId(): void;
  /** Stops the whole server for so many milliseconds (DEBUG SLEEP). */
  sleep(milliseconds: number): void;
  /** Writes to the server's log at level notice. */
  log(text: string): void;
  /** Writes to the server's log at level warning. */
  warn(text: string): void;
  /** Where the memory is. */
  memoryFigures(): MemoryFigures;
  /** Gives memory that nothing uses back to the system. */
  purgeMemory(): void;
  /** Bytes of the JavaScript heap in use. */
  heapUsed(): number;
}

/** Directives that commands need to know. */
export interface ServerSettings {
  /** Longest string, in bytes (`proto-max-bulk-len`). */
  readonly maxBulkLength: number;
  /** `enable-debug-command`: no, yes or local. */
  readonly debugCommand: "no" | "yes" | "local";
  /** Lazyfree instead of freeing at once where the user did not say. */
  readonly lazyUserFlush: boolean;
  /** Bytes up to which a HyperLogLog is sparse (`hll-sparse-max-bytes`). */
  readonly hyperLogLogSparseMaxBytes: number;
  /** Redis version that is announced to clients. */
  readonly redisVersion: string;
}

/** What a blocked command waits for. */
export interface Wait {
  /** The keys' type, one of the TYPE_ numbers: the request runs anew when one of the keys is ready and has this type. */
  readonly type: number;
  /** The arguments that are the keys. */
  readonly firstKey: number;
  readonly lastKey: number;
  /** When to give up, milliseconds since the epoch; 0: never. Only what the first run says counts. */
  readonly until: number;
  /** What is replied then. */
  readonly onTimeout: "null" | "nullArray";
  /** Whether it also runs anew when a key has gone or has got another type (XREADGROUP). */
  readonly evenIfGone: boolean;
  /** Arguments of the request that the next run finds replaced: what `$` was when the client began to wait. */
  readonly replaced: readonly (readonly [argument: number, text: string])[];
}

/** What the command of a script that goes on later waits for: none of the events that {@linkcode Wait} tells of. */
export const SCRIPT_END: Wait = {
  ...{ type: -1, firstKey: 0, lastKey: -1, until: 0, onTimeout: "null", evenIfGone: false, replaced: [] },
};

/** What a running command works on. One object a server, pointed at each request in turn: keep nothing of it. */
export class CommandContext {
  readonly server: ServerServices;
  readonly keyspace: Keyspace;
  readonly entries: Entries;
  /** The request; argument 0 is the command's name. */
  readonly args: Args;
  /** Where the reply goes. */
  reply!: ReplyWriter;
  session!: ClientSession;
  /** The selected database. */
  database!: Database;
  /** Whether the request itself must not be recorded as the effect, because the command recorded its own. */
  ownEffect = false;
  /** Whether the client can be made to wait: not inside a transaction or script. */
  mayBlock = true;
  /** Whether a script has sent the request. */
  inScript = false;
  /** The argument of the key that a blocked command runs anew for, 0: it runs for the first time and for all its keys. */
  readyKey = 0;
  /** What the command that has just run waits for, null: it has replied. */
  waitsFor: Wait | null = null;

  constructor(server: ServerServices, keyspace: Keyspace, args: Args) {
    this.server = server;
    this.keyspace = keyspace;
    this.entries = keyspace.entries;
    this.args = args;
  }

  /**
   * Makes the client wait: the command returns without a reply, and its request runs anew when a key is ready. False
   * where the client cannot wait: then the command replies what it replies when its time is up.
   */
  block(wait: Wait): boolean {
    if (this.mayBlock) this.waitsFor = wait;
    return this.mayBlock;
  }

  /** Whether a command that may block is to look at the key in argument `i`: all at first, then the one that is ready. */
  considers(i: number): boolean {
    return this.readyKey === 0 || this.readyKey === i;
  }

  /** The entry of the key in argument `i` for reading, or 0. */
  read(i: number): number {
    return this.database.lookupRead(this.args.bytes, this.args.start(i), this.args.end(i));
  }

  /** The entry of the key in argument `i` for changing, or 0. */
  write(i: number): number {
    return this.database.lookupWrite(this.args.bytes, this.args.start(i), this.args.end(i));
  }

  /**
   * Says that the key in argument `i` has changed: counts so many changes, and tells who watches the key and who is
   * subscribed to the event. Unless the command records its own effect, the request will be it.
   */
  changed(i: number, eventClass: number, event: string, changes = 1): void {
    this.changedIn(this.database, i, eventClass, event, changes);
  }

  /** As `changed`, for a key in another database. */
  changedIn(database: Database, i: number, eventClass: number, event: string, changes = 1): void {
    const { keyspace, args } = this;
    keyspace.dirty += changes;
    const events = keyspace.events;
    if (events.changes !== null) events.changed(database.index, args.bytes, args.start(i), args.end(i), true);
    if ((events.mask & eventClass) !== 0) {
      events.notify(eventClass, event, database.index, args.bytes, args.start(i), args.end(i));
    }
  }

  /** Removes a collection that has become empty, the key in argument `i`, with the event of DEL. */
  removeEmptied(i: number, entry: number): void {
    this.database.remove(entry);
    this.notify(i, EVENT_GENERIC, "del");
  }

  /** Tells of a further event on the key in argument `i`, which counts as no change of its own. */
  notify(i: number, eventClass: number, event: string): void {
    const events = this.keyspace.events;
    if ((events.mask & eventClass) === 0) return;
    events.notify(
      eventClass,
      event,
      this.database.index,
      this.args.bytes,
      this.args.start(i),
      this.args.end(i),
    );
  }

  /**
   * Begins an effect of `count` arguments that stands in the place of the request; false where nobody records effects.
   * The arguments follow through `keyspace.effects.text` and `.bytes`, or `effectArgument`.
   */
  beginEffect(count: number): boolean {
    this.ownEffect = true;
    if (!this.keyspace.effects.active) return false;
    this.keyspace.effects.begin(this.database.index, count);
    return true;
  }

  /** Makes the arguments before `end` the effect: no more of the request was done, as the memory did not suffice. */
  recordPart(end: number): void {
    if (!this.beginEffect(end)) return;
    for (let i = 0; i < end; i++) this.effectArgument(i);
  }

  /** Adds argument `i` of the request to the effect that was begun. */
  effectArgument(i: number): void {
    this.keyspace.effects.bytes(this.args.bytes, this.args.start(i), this.args.end(i));
  }
}
