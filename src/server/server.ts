/**
 * The server: puts the parts together, and is what they know of each other.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { getHeapStatistics } from "node:v8";
import { textOfByteString } from "../base/bytes.ts";
import { type Clock, SystemClock } from "../base/clock.ts";
import { SHUTDOWN_FAILED } from "../base/errors.ts";
import type { MemoryFigures, ServerServices, ServerSettings, ShutdownOptions } from "../commands/context.ts";
import { allCommands } from "../commands/mod.ts";
import { CommandTable } from "../commands/table.ts";
import { collectGarbage, hasHeadroom } from "../memory/headroom.ts";
import { PubSub } from "../pubsub/pubsub.ts";
import type { SharedBuffer } from "../resp/reply_writer.ts";
import type { RequestBatch } from "../resp/request_batch.ts";
import { ActiveExpiry } from "../store/active_expiry.ts";
import { Keyspace } from "../store/keyspace.ts";
import { ServerAccessControl } from "./access_control.ts";
import { ActiveDefragmentation } from "./active_defragmentation.ts";
import { Background } from "./background.ts";
import { ClientEviction } from "./client_eviction.ts";
import { Clients } from "./clients.ts";
import { Configuration } from "./configuration.ts";
import { Connection, type ConnectionHost } from "./connection.ts";
import type { OutputLimit } from "./connection_output.ts";
import { Dispatcher } from "./dispatch.ts";
import { HeldWrites } from "./held_writes.ts";
import { infoText } from "./info.ts";
import { MemoryAccount } from "./memory_account.ts";
import { MemoryShortage } from "./memory_shortage.ts";
import { addMemorySources } from "./memory_sources.ts";
import { LatencyMonitor } from "./latency_monitor.ts";
import { Listeners } from "./listeners.ts";
import { memoryFigures } from "./memory_figures.ts";
import { ServerLog } from "./log.ts";
import { KeyspaceNotifications } from "./notifications.ts";
import { Monitors } from "./monitors.ts";
import { Outbox } from "./outbox.ts";
import { OutputGate } from "./output_gate.ts";
import { Persistence } from "./persistence.ts";
import { ReplayClient } from "./replay_client.ts";
import { Restrictions } from "./restrictions.ts";
import { SlowLog } from "./slowlog.ts";
import { Scripts } from "./scripts.ts";
import { ServerStatistics } from "./statistics.ts";
import { type HandshakeHost, TlsHandshakes } from "./tls_handshakes.ts";
import { listenForTls } from "./tls_listener.ts";
import { readTlsSettings, TLS_DIRECTIVES } from "./tls_settings.ts";
import { Tracking } from "./tracking.ts";
import { Transactions } from "./transactions.ts";
import type { TcpTransport, Transport } from "./transport.ts";
import { Turns } from "./turns.ts";

/** Version of denodis. */
export const VERSION = "0.1.0";

/** Version of Redis whose behaviour is announced to clients. */
export const REDIS_VERSION = "7.0.15";

const PROTECTED_MODE =
  "-DENIED Redis is running in protected mode because protected mode is enabled and no password is set for the default user. " +
  "In this mode connections are only accepted from the loopback interface. If you want to connect from external computers to " +
  "Redis you may adopt one of the following solutions: 1) Just disable protected mode sending the command 'CONFIG SET " +
  "protected-mode no' from the loopback interface by connecting to Redis from the same host the server is running, however " +
  "MAKE SURE Redis is not publicly accessible from internet if you do so. Use CONFIG REWRITE to make this change permanent. " +
  "2) Alternatively you can just disable the protected mode by editing the Redis configuration file, and setting the " +
  "protected mode option to 'no', and then restarting the server. 3) If you started the server manually just for testing, " +
  "restart it with the '--protected-mode no' option. 4) Setup a an authentication password for the default user. NOTE: You " +
  "only need to do one of the above things in order for the server to start accepting connections from the outside.\r\n";
const MAX_CLIENTS = "-ERR max number of clients reached\r\n";

/** What a server is made with. */
export interface ServerOptions {
  /** Values of the directives; the defaults of `config.ts` unless told. */
  readonly configuration?: Configuration;
  /** Where the time comes from; the machine's clock unless told. */
  readonly clock?: Clock;
  /** Whether port 0 means any free port, which CONFIG GET then tells, and not none. */
  readonly freePort?: boolean;
  /** Where to log; a log of its own unless told. */
  readonly log?: ServerLog;
}

/** Where commands are slow from so few microseconds on, each is timed by itself. */
const PRECISE_BELOW = 1000;
/** Levels of the log as scripts number them. */
const LOG_LEVELS = ["debug", "verbose", "notice", "warning"] as const;

let servers = 0;

/** A server: made with its options, then started once and stopped once. */
export class Server implements ServerServices, ConnectionHost, HandshakeHost {
  readonly configuration: Configuration;
  readonly commands = new CommandTable(allCommands);
  readonly clients: Clients;
  readonly access: ServerAccessControl;
  readonly tracking: Tracking;
  readonly transactions: Transactions;
  readonly pubsub = new PubSub();
  readonly monitors: Monitors;
  readonly clientEviction: ClientEviction;
  readonly keyspace: Keyspace;
  readonly expiry: ActiveExpiry;
  readonly dispatcher: Dispatcher;
  readonly persistence: Persistence;
  readonly scripting: Scripts;
  readonly statistics = new ServerStatistics();
  readonly memory: MemoryAccount;
  readonly slowlog = new SlowLog();
  readonly latency: LatencyMonitor;
  readonly turns = new Turns();
  readonly clock: Clock;
  readonly journal: ServerLog;
  /** Random name of the data's history, for replicas, 40 hexadecimal digits. */
  replicationId = randomBytes(20).toString("hex");
  /** Random name of this run of the server, 40 hexadecimal digits. */
  readonly runId = randomBytes(20).toString("hex");
  /** Bytes in use before there was any data. */
  readonly startMemory: number;
  /** When it was made, milliseconds since the epoch. */
  readonly startedAt: number;
  readonly settings: { -readonly [K in keyof ServerSettings]: ServerSettings[K] };
  readonly limits = { maxBulkLength: 0, maxQueryBuffer: 0 };
  readonly gate = new OutputGate();
  cronPaused = false;
  outputLimits: Readonly<Record<"normal" | "pubsub", OutputLimit>>;
  readonly #outbox = new Outbox();
  readonly #freePort: boolean;
  readonly #restrictions = new Restrictions();
  readonly #heldWrites = new HeldWrites();
  readonly #warn = (text: string) => this.journal.warning(text);
  readonly #listeners = new Listeners<Deno.Conn>(
    ({ hostname, port, tcpBacklog }) => Deno.listen({ hostname, port, tcpBacklog }),
    (conn) => this.#accept(conn),
    this.#warn,
  );
  readonly #tlsListeners = new Listeners(listenForTls, (raw) => this.#acceptTls(raw), this.#warn);
  readonly #handshakes: TlsHandshakes;
  readonly #background: Background;
  readonly #shortage: MemoryShortage;
  readonly defragmentation: ActiveDefragmentation;
  #cron: ReturnType<typeof setInterval> | undefined;
  #pausedUntil = 0;
  #resumed: PromiseWithResolvers<void> | null = null;
  readonly #stopped = Promise.withResolvers<void>();
  #stopping = false;

  constructor(options: ServerOptions = {}) {
    this.#freePort = options.freePort ?? false;
    this.clock = options.clock ?? new SystemClock();
    this.configuration = options.configuration ?? new Configuration();
    this.journal = options.log ?? new ServerLog({ id: String(++servers), clock: this.clock });
    this.startedAt = this.clock.now();
    this.keyspace = new Keyspace({ databases: this.configuration.get("databases"), clock: this.clock });
    this.memory = new MemoryAccount(this.keyspace.arena, () => this.heapUsed());
    this.keyspace.eviction.used = () => this.memory.counted;
    this.expiry = new ActiveExpiry(this.keyspace);
    this.#background = new Background(this.keyspace, this.expiry, () => this.dispatcher.settle());
    this.latency = new LatencyMonitor(this.clock, () => ({
      slowlogThreshold: this.slowlog.threshold,
      hz: this.configuration.get("hz"),
    }));
    this.defragmentation = new ActiveDefragmentation(this.keyspace, {
      isHeld: () => this.#background.held || this.persistence.loading !== null,
      onSlice: (microseconds) => this.latency.add("active-defrag-cycle", microseconds),
    });
    this.#background.onExpired = (microseconds) => this.latency.add("expire-cycle", microseconds);
    this.clients = new Clients(
      (until, writesOnly) => this.#pause(until, writesOnly),
      (connection, withError) => this.dispatcher.unblock(connection, withError),
    );
    this.access = new ServerAccessControl(this);
    this.tracking = new Tracking(this.keyspace, (id) => this.clients.reachable(id));
    this.monitors = new Monitors(this.clock);
    this.clientEviction = new ClientEviction({
      connections: () => this.clients.connections(),
      evicting: (connection) => {
        this.statistics.evictedClients++;
        this.journal.notice(`Evicting client: ${connection.describe()}`);
      },
      stuck: () => this.journal.warning("Over client maxmemory after evicting all evictable clients"),
    });
    this.dispatcher = new Dispatcher(this, this.keyspace, {
      table: this.commands,
      tracking: this.tracking,
      outbox: this.#outbox,
      onSlow: (command, microseconds, args, client) => {
        const { now } = this.keyspace;
        this.slowlog.add(command, { args, client, microseconds, now });
        this.latency.add(command.has("fast") ? "fast-command" : "command", microseconds);
      },
      monitors: this.monitors,
      access: this.access,
    });
    this.scripting = new Scripts({
      dispatcher: this.dispatcher,
      redisVersion: REDIS_VERSION,
      busyThreshold: () => Number(this.configuration.get("busy-reply-threshold")),
      log: (level, text) => this.journal[LOG_LEVELS[level]](text),
      hold: (isHeld) => void (this.#background.held = isHeld),
    });
    this.transactions = new Transactions(
      this.keyspace,
      (connection, transaction) => this.dispatcher.runTransaction(connection, transaction),
    );
    this.persistence = new Persistence({
      keyspace: this.keyspace,
      configuration: this.configuration,
      log: this.journal,
      pace: {
        clock: this.clock,
        requests: () => this.dispatcher.timer.commands,
        turn: () => this.turns.take(this.clock.now()),
      },
      restrictions: this.#restrictions,
      onChange: () => this.#restrict(),
      gate: this.gate,
      replayer: () => new ReplayClient(this, this.dispatcher),
      onLatency: (event, microseconds) => this.latency.add(event, microseconds),
      redisVersion: REDIS_VERSION,
      memoryUsed: () => this.memoryUsed(),
      functions: this.scripting.functions,
    });
    this.#shortage = new MemoryShortage({
      arena: this.keyspace.arena,
      restrictions: this.#restrictions,
      heapUsed: () => this.heapUsed(),
      heapLimit: getHeapStatistics().heap_size_limit,
      hasHeadroom,
      collect: collectGarbage,
      relieve: () => this.tracking.halve(),
      onChange: () => this.#restrict(),
      warn: this.#warn,
    });
    const notifications = new KeyspaceNotifications(this.keyspace.events, this.pubsub);
    addMemorySources(this);
    this.startMemory = this.memoryUsed();
    this.settings = {
      maxBulkLength: 0,
      debugCommand: this.configuration.get("enable-debug-command"),
      lazyUserFlush: false,
      hyperLogLogSparseMaxBytes: 0,
      redisVersion: REDIS_VERSION,
    };
    this.#follow("proto-max-bulk-len", (bytes) => {
      this.settings.maxBulkLength = this.limits.maxBulkLength = Number(bytes);
    });
    this.#follow("client-query-buffer-limit", (bytes) => void (this.limits.maxQueryBuffer = Number(bytes)));
    this.outputLimits = this.configuration.get("client-output-buffer-limit");
    this.configuration.onChange("client-output-buffer-limit", (limits) => void (this.outputLimits = limits));
    this.#follow("lazyfree-lazy-user-flush", (lazy) => void (this.settings.lazyUserFlush = lazy));
    this.#follow(
      "hll-sparse-max-bytes",
      (bytes) => void (this.settings.hyperLogLogSparseMaxBytes = Number(bytes)),
    );
    this.#followLimits();
    this.#followRemovals();
    this.#followEviction();
    this.#followClientMemory();
    this.#followDefragmentation();
    this.#follow("active-expire-effort", (effort) => void (this.#background.effort = effort));
    this.#follow("notify-keyspace-events", (letters) => notifications.set(letters));
    this.#follow("tracking-table-max-keys", (keys) => void (this.tracking.maxKeys = Number(keys)));
    this.#follow("loglevel", (level) => void (this.journal.threshold = level));
    this.#followTimes();
    this.configuration.onChange("hz", () => this.#startCron());
    this.configuration.onChange(
      "port",
      () => this.#listenAgain("Unable to listen on this port. Check server logs."),
    );
    this.configuration.onChange("bind", () => this.#listenAgain("Failed to bind to specified addresses."));
    this.#handshakes = new TlsHandshakes(this);
    const configureTls = () => this.configuration.get("tls-port") > 0 ? this.#configureTls() : undefined;
    for (const name of TLS_DIRECTIVES) this.configuration.onChange(name, configureTls);
    this.configuration.onChange("tls-port", () => this.#listenForTlsAgain());
  }

  /** Applies a directive now and whenever CONFIG SET changes it. */
  #follow: Configuration["onChange"] = (name, hook) => {
    hook(this.configuration.get(name));
    return this.configuration.onChange(name, hook);
  };

  #followRemovals(): void {
    const { removals } = this.keyspace;
    this.#follow("lazyfree-lazy-expire", (lazy) => void (removals.expired = lazy ? "UNLINK" : "DEL"));
    this.#follow("lazyfree-lazy-user-del", (lazy) => void (removals.user = lazy ? "UNLINK" : "DEL"));
  }

  #followEviction(): void {
    const { eviction, access } = this.keyspace;
    this.#follow("maxmemory-policy", (policy) => void (eviction.policy = policy));
    this.#follow("maxmemory-samples", (samples) => void (eviction.samples = samples));
    this.#follow("maxmemory-eviction-tenacity", (tenacity) => void (eviction.tenacity = tenacity));
    this.#follow("lazyfree-lazy-eviction", (lazy) => void (eviction.unlinks = lazy));
    this.#follow("lfu-log-factor", (factor) => void (access.logFactor = factor));
    this.#follow("lfu-decay-time", (minutes) => void (access.decayMinutes = minutes));
    const setLimit = (limit: number) => {
      this.memory.limited = limit > 0;
      this.#sampleMemory();
      eviction.setLimit(limit);
    };
    setLimit(this.configuration.get("maxmemory"));
    this.configuration.onChange("maxmemory", (limit) => {
      setLimit(limit);
      const { counted } = this.memory;
      if (limit === 0 || limit >= counted) return;
      this.journal.warning(
        `WARNING: the new maxmemory value set via CONFIG SET (${limit}) is smaller than the current memory ` +
          `usage (${counted}). This will result in key eviction and/or the inability to accept new write ` +
          "commands depending on the maxmemory-policy.",
      );
    });
  }

  #followDefragmentation(): void {
    const { defragmentation, defragmentation: { settings } } = this;
    this.#follow("activedefrag", (enabled) => void (settings.enabled = enabled));
    this.#follow("active-defrag-ignore-bytes", (bytes) => void (settings.ignoreBytes = Number(bytes)));
    this.#follow("active-defrag-threshold-lower", (percent) => void (settings.thresholdLower = percent));
    this.#follow("active-defrag-threshold-upper", (percent) => void (settings.thresholdUpper = percent));
    this.#follow("active-defrag-cycle-min", (percent) => void (settings.cycleMin = percent));
    this.#follow("active-defrag-cycle-max", (percent) => void (settings.cycleMax = percent));
    this.#follow(
      "active-defrag-max-scan-fields",
      (count) => void (defragmentation.maxScanFields = Number(count)),
    );
  }

  /** Has dispatch look at what commands must not do, or must wait for, at present. */
  #restrict(): void {
    const { dispatcher } = this;
    dispatcher.restrictions = this.#restrictions.any ? this.#restrictions : null;
    if (!this.#restrictions.heapShort) this.tracking.restore();
    dispatcher.held = this.persistence.snapshotStream === null ? null : this.#heldWrites;
  }

  #followTimes(): void {
    const { timer } = this.dispatcher;
    const apply = () => {
      const slowlog = this.slowlog.threshold >= 0 ? this.slowlog.threshold : Infinity;
      const latency = this.latency.threshold > 0 ? this.latency.threshold * 1000 : Infinity;
      timer.slow = Math.min(slowlog, latency);
      timer.precise = timer.slow < PRECISE_BELOW;
    };
    this.#follow("slowlog-log-slower-than", (microseconds) => {
      this.slowlog.threshold = Number(microseconds);
      apply();
    });
    this.#follow("slowlog-max-len", (length) => void (this.slowlog.maxLength = Number(length)));
    this.#follow("latency-monitor-threshold", (milliseconds) => {
      this.latency.threshold = Number(milliseconds);
      apply();
    });
    this.#follow("latency-tracking", (tracking) => {
      timer.keepsHistograms = tracking;
      if (!tracking) this.dispatcher.forgetLatencies();
    });
  }

  #followClientMemory(): void {
    const { configuration } = this;
    this.#follow(
      "maxmemory-clients",
      (limit) => this.clientEviction.setLimit(limit, Number(configuration.get("maxmemory"))),
    );
    configuration.onChange(
      "maxmemory",
      (bytes) => this.clientEviction.setLimit(configuration.get("maxmemory-clients"), Number(bytes)),
    );
  }

  #followLimits(): void {
    const { limits } = this.keyspace;
    this.#follow("list-max-listpack-size", (size) => void (limits.listMaxListpackSize = Number(size)));
    this.#follow(
      "hash-max-listpack-entries",
      (count) => void (limits.hashMaxListpackEntries = Number(count)),
    );
    this.#follow("hash-max-listpack-value", (bytes) => void (limits.hashMaxListpackValue = Number(bytes)));
    this.#follow("set-max-intset-entries", (count) => void (limits.setMaxIntsetEntries = Number(count)));
    this.#follow("set-max-listpack-entries", (count) => void (limits.setMaxListpackEntries = Number(count)));
    this.#follow("set-max-listpack-value", (bytes) => void (limits.setMaxListpackValue = Number(bytes)));
    this.#follow(
      "zset-max-listpack-entries",
      (count) => void (limits.zsetMaxListpackEntries = Number(count)),
    );
    this.#follow("zset-max-listpack-value", (bytes) => void (limits.zsetMaxListpackValue = Number(bytes)));
    this.#follow("stream-node-max-bytes", (bytes) => void (limits.streamNodeMaxBytes = Number(bytes)));
    this.#follow("stream-node-max-entries", (count) => void (limits.streamNodeMaxEntries = Number(count)));
  }

  /**
   * Begins to listen.
   *
   * @throws {Error} whose message says which address could not be had, or what is wrong with the certificates
   */
  start(): void {
    const { configuration } = this;
    const unixSocket = configuration.path("unixsocket");
    try {
      if (configuration.get("tls-port") > 0) this.#handshakes.configure(readTlsSettings(configuration));
      this.#listenTcp();
      this.#listenTls();
      if (unixSocket !== undefined) {
        this.#listeners.listenUnix(unixSocket, configuration.get("unixsocketperm"));
      }
      // All addresses may be missing where each of them is optional.
      if (
        this.#listeners.size + this.#tlsListeners.size === 0 &&
        configuration.get("port") + configuration.get("tls-port") > 0
      ) {
        throw new Error("Configured to not listen anywhere, exiting.");
      }
    } catch (error) {
      this.#listeners.close();
      this.#tlsListeners.close();
      throw error;
    }
    this.#shortage.start();
    this.journal.role = "M";
    this.#turns();
    this.#startCron();
  }

  /** Logs where clients are served: after `start`, and after loading. */
  reportReady(): void {
    const unixSocket = this.configuration.path("unixsocket");
    if (this.port > 0 || this.tlsPort > 0) this.journal.notice("Ready to accept connections");
    if (unixSocket !== undefined) {
      this.journal.notice(`The server is now ready to accept connections at ${unixSocket}`);
    }
  }

  /** The TCP port that the server listens on, 0: none. */
  get port(): number {
    return this.#listeners.port;
  }

  /** Whether it is about to stop. */
  get stopping(): boolean {
    return this.#stopping;
  }

  /** The TCP port that it listens on for TLS, 0: none. */
  get tlsPort(): number {
    return this.#tlsListeners.port;
  }

  /** Resolves when the server has stopped. */
  get stopped(): Promise<void> {
    return this.#stopped.promise;
  }

  /** Stops: clients get the replies that are under way, then their connections are closed. */
  async stop(): Promise<void> {
    if (this.#stopping) return this.stopped;
    this.#stopping = true;
    this.#tlsListeners.close();
    this.#handshakes.close();
    if (this.#listeners.close()) this.journal.notice("Removing the unix socket file.");
    clearInterval(this.#cron);
    this.scripting.stop();
    this.#background.stop();
    this.defragmentation.stop();
    const persistence = this.persistence.stop();
    this.#pause(0, false);
    for (const client of [...this.clients.connections()]) client.closeGracefully();
    const deadline = this.clock.now() + 1000;
    while (this.clients.size > 0 && this.clock.now() < deadline) await delay(5);
    for (const client of [...this.clients.connections()]) client.disconnect();
    await persistence;
    await this.persistence.release();
    this.turns.close();
    this.#stopped.resolve();
  }

  async #turns(): Promise<void> {
    try {
      await this.turns.open();
      if (this.#stopping) this.turns.close();
    } catch (error) {
      this.journal.warning(
        `Clients may have to wait for each other, no socket of the server's own: ${error}`,
      );
    }
  }

  #listenTcp(): void {
    const { configuration } = this;
    const port = configuration.get("port");
    const listens = port > 0 || this.#freePort;
    const addresses = listens ? configuration.get("bind").map(textOfByteString) : [];
    this.#listeners.listenTcp(addresses, port, configuration.get("tcp-backlog"));
    if (listens && port === 0) configuration.assign("port", [String(this.port)]);
  }

  /** Listens where CONFIG SET port or bind says; returns `refusal`, for CONFIG SET's reply, where that cannot be. */
  #listenAgain(refusal: string): string | void {
    try {
      this.#listenTcp();
      this.#listenTls();
    } catch (error) {
      this.journal.warning(`Warning: ${error instanceof Error ? error.message : error}`);
      return refusal;
    }
  }

  #listenTls(): void {
    const { configuration } = this;
    const port = configuration.get("tls-port");
    const addresses = port > 0 ? configuration.get("bind").map(textOfByteString) : [];
    this.#tlsListeners.listenTcp(addresses, port, configuration.get("tcp-backlog"));
  }

  /** Reads the certificates; returns what CONFIG SET replies where that cannot be. */
  #configureTls(): string | void {
    try {
      this.#handshakes.configure(readTlsSettings(this.configuration));
    } catch (error) {
      this.journal.warning(error instanceof Error ? error.message : String(error));
      return "Unable to update TLS configuration. Check server logs.";
    }
  }

  #listenForTlsAgain(): string | void {
    // While there was no port, no change of the other directives has been applied.
    const refusal = this.configuration.get("tls-port") > 0 ? this.#configureTls() : undefined;
    return refusal ?? this.#listenAgain("Unable to listen on this port. Check server logs.");
  }

  #accept(conn: Transport): void {
    if (this.#admit()) this.#greet(conn);
    else refuse(conn, MAX_CLIENTS);
  }

  /** Counts a connection; returns whether there is room for one more. */
  #admit(): boolean {
    const { statistics } = this;
    statistics.connections++;
    const admitted = this.clients.size + this.#handshakes.size < this.configuration.get("maxclients");
    if (!admitted) statistics.rejectedConnections++;
    return admitted;
  }

  #acceptTls(raw: Socket): void {
    // Before the handshake there is no way to say why.
    if (this.#admit()) this.#handshakes.begin(raw);
    else raw.destroy();
  }

  #greet(conn: Transport): void {
    const { configuration, statistics } = this;
    let connection: Connection;
    try {
      connection = new Connection(this, conn, this.clients.nextId());
      if (isTcp(conn)) {
        conn.setNoDelay(true);
        if (configuration.get("tcp-keepalive") > 0) conn.setKeepAlive(true);
      }
    } catch {
      // The client was gone before it was greeted.
      return refuse(conn, "");
    }
    if (!connection.local && configuration.get("protected-mode") && this.access.users.default.noPassword) {
      statistics.rejectedConnections++;
      return refuse(conn, PROTECTED_MODE);
    }
    this.clients.add(connection);
    if (this.journal.threshold === "debug" || this.journal.threshold === "verbose") {
      this.journal.verbose(`Accepted ${connection.address}`);
    }
    connection.serve();
  }

  #startCron(): void {
    clearInterval(this.#cron);
    this.#cron = setInterval(() => this.#tick(), 1000 / this.configuration.get("hz"));
  }

  /** What is looked after a few times a second. */
  #tick(): void {
    if (this.cronPaused) return;
    const now = this.clock.now();
    const { statistics } = this;
    statistics.commandRate.sample(this.dispatcher.timer.commands, now);
    statistics.inputRate.sample(statistics.inputBytes, now);
    statistics.outputRate.sample(statistics.outputBytes, now);
    this.#sampleMemory();
    statistics.peakMemory = Math.max(statistics.peakMemory, this.memory.used);
    // Whole seconds, as Redis counts them; who has to wait for the end of a pause is not idle.
    const timeout = this.#pausedUntil === 0 ? this.configuration.get("timeout") : 0;
    const second = Math.floor(now / 1000);
    for (const client of this.clients.connections()) {
      client.tend();
      const isAwaited = !client.blocked && client.subscriptions === null && !client.monitors;
      if (timeout > 0 && isAwaited && second - Math.floor(client.lastActivity / 1000) > timeout) {
        this.journal.verbose("Closing idle client");
        client.disconnect();
      }
    }
    if (this.#pausedUntil > 0 && now >= this.#pausedUntil) this.#pause(0, false);
    this.tracking.limit();
    this.keyspace.arena.trim();
    this.#shortage.tick(now);
    if (this.persistence.loading !== null) return;
    this.persistence.tick();
    this.defragmentation.tick();
    this.#background.wake();
  }

  #pause(until: number, writesOnly: boolean): void {
    if (until > 0) {
      // A second pause never makes the first one shorter or weaker.
      this.#pausedUntil = Math.max(until, this.#pausedUntil);
      if (!writesOnly) this.dispatcher.paused = "all";
      else if (this.dispatcher.paused === "no") this.dispatcher.paused = "writes";
      setTimeout(() => this.#endPause(), Math.max(0, until - this.clock.now()));
      return;
    }
    this.#pausedUntil = 0;
    this.dispatcher.paused = "no";
    this.#resumed?.resolve();
    this.#resumed = null;
  }

  #endPause(): void {
    if (this.#pausedUntil > 0 && this.clock.now() >= this.#pausedUntil) this.#pause(0, false);
  }

  /** Bytes in use; see {@linkcode MemoryAccount}. */
  memoryUsed(): number {
    if (!this.memory.limited) this.#sampleMemory();
    return this.memory.used;
  }

  #sampleMemory(): void {
    for (const client of this.clients.connections()) client.countMemory();
    this.memory.sample();
  }

  // What handshakes ask of the server.

  get handshakesPerCycle(): number {
    return this.configuration.get("max-new-tls-connections-per-cycle");
  }

  secured(transport: Transport): void {
    if (this.#stopping) transport.close();
    else this.#greet(transport);
  }

  handshakeFailed(reason: string): void {
    this.journal.warning(`Error accepting a client connection: ${reason}`);
  }

  // What connections ask of the server.

  get logInRequired(): boolean {
    return this.access.logInRequired;
  }

  welcome(connection: Connection): void {
    this.access.reset(connection);
  }

  now(): number {
    return this.keyspace.now;
  }

  run(connection: Connection, batch: RequestBatch, from: number): number {
    return this.dispatcher.run(connection, batch, from);
  }

  async untilResumed(): Promise<void> {
    await this.persistence.snapshotStream?.untilNextSlice();
    if (this.#pausedUntil === 0) return;
    this.#resumed ??= Promise.withResolvers();
    await this.#resumed.promise;
  }

  forgetWait(connection: Connection): void {
    this.dispatcher.blocking.forget(connection);
  }

  sendMessage(connection: Connection, bytes: Uint8Array, length: number): void {
    this.#outbox.send(connection, bytes, length);
  }

  sendShared(connection: Connection, message: SharedBuffer): void {
    this.#outbox.sendShared(connection, message);
  }

  closed(connection: Connection): void {
    this.clients.delete(connection);
    this.tracking.forget(connection);
    this.transactions.discard(connection);
    this.pubsub.forget(connection);
    this.monitors.remove(connection);
    this.clientEviction.forget(connection);
  }

  countError(code: string): void {
    this.dispatcher.countError(code);
  }

  countTraffic(input: number, output: number): void {
    const { statistics } = this;
    statistics.inputBytes += input;
    statistics.outputBytes += output;
    if (input > 0) statistics.reads++;
    else statistics.writes++;
  }

  countOutputLimit(): void {
    this.statistics.outputLimitDisconnections++;
  }

  report(level: "verbose" | "warning", text: string): void {
    this.journal[level](text);
  }

  // What commands ask of the server.

  get activeExpiry(): boolean {
    return this.#background.expires;
  }

  set activeExpiry(active: boolean) {
    this.#background.expires = active;
  }

  changeReplicationId(): void {
    this.warn("Changing replication IDs after receiving DEBUG change-repl-id");
    this.replicationId = randomBytes(20).toString("hex");
  }

  warn(text: string): void {
    this.journal.warning(text);
  }

  log(text: string): void {
    this.journal.notice(text);
  }

  info(sections: readonly string[]): string {
    return infoText(this, sections);
  }

  resetStatistics(): void {
    this.statistics.reset();
    this.keyspace.resetStatistics();
    this.defragmentation.resetStatistics();
    this.dispatcher.resetStatistics();
  }

  shutdown(options: ShutdownOptions): void {
    if (this.dispatcher.busy !== null && options.save !== false) throw this.dispatcher.busy;
    this.journal.warning("User requested shutdown...");
    if (!this.persistence.finish(options.save, options.force)) {
      this.journal.warning("Errors trying to shut down the server. Check the logs for more information.");
      throw SHUTDOWN_FAILED;
    }
    this.stop();
  }

  /** Shuts down because of a signal; false where that fails, and the server goes on. */
  endBySignal(options: ShutdownOptions): boolean {
    try {
      this.shutdown(options);
      return true;
    } catch (error) {
      if (error !== SHUTDOWN_FAILED) throw error;
      return false;
    }
  }

  abortShutdown(): boolean {
    return false;
  }

  sleep(milliseconds: number): void {
    if (milliseconds > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
    this.keyspace.updateTime();
  }

  memoryFigures(): MemoryFigures {
    return memoryFigures(this);
  }

  purgeMemory(): void {
    while (this.keyspace.arena.trim());
  }

  heapUsed(): number {
    return Deno.memoryUsage().heapUsed;
  }
}

/** Sends a last word to a client that is not served, and closes the connection. */
function refuse(conn: Transport, message: string): void {
  const close = () => {
    try {
      conn.close();
    } catch {
      // It is gone already.
    }
  };
  conn.write(new TextEncoder().encode(message)).then(close, close);
}

function isTcp(conn: Transport): conn is TcpTransport {
  return conn.localAddr.transport === "tcp";
}

function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
