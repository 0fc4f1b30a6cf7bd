/**
 * The group "server" as far as it goes yet: TIME, CONFIG, INFO, DEBUG, MEMORY, SHUTDOWN's refusals.
 *
 * @module
 */

import {
  caseGroup,
  closed,
  type Command,
  each,
  fields,
  ignore,
  like,
  on,
  type ParityCase,
  raw,
  silent,
  sorted,
  wrongArity,
} from "../case.ts";

const ANY_ORDER = "directives come in the order of a hash table";

/** Directives whose default is compared; what depends on the machine or the start is left out. */
const defaults = [
  "maxmemory",
  "maxmemory-policy",
  "maxmemory-samples",
  "maxmemory-eviction-tenacity",
  "maxmemory-clients",
  "timeout",
  "tcp-keepalive",
  "tcp-backlog",
  "databases",
  "maxclients",
  "hz",
  "dynamic-hz",
  "active-expire-effort",
  "activerehashing",
  "lazyfree-lazy-eviction",
  "lazyfree-lazy-expire",
  "lazyfree-lazy-server-del",
  "lazyfree-lazy-user-del",
  "lazyfree-lazy-user-flush",
  "proto-max-bulk-len",
  "client-query-buffer-limit",
  "client-output-buffer-limit",
  "requirepass",
  "unixsocket",
  "unixsocketperm",
  "loglevel",
  "logfile",
  "pidfile",
  "daemonize",
  "protected-mode",
  "bind",
  "save",
  "enable-debug-command",
  "always-show-logo",
  "syslog-enabled",
  "lfu-log-factor",
  "lfu-decay-time",
  "shutdown-timeout",
  "enable-protected-configs",
  "enable-module-command",
];

const get: ParityCase[] = [
  ...wrongArity("CONFIG", [0]),
  ...wrongArity("CONFIG GET", [0]),
  ...wrongArity("CONFIG SET", [0, 1, 3]),
  ...wrongArity("CONFIG RESETSTAT", [1]),
  ...wrongArity("CONFIG REWRITE", [1]),
  ...wrongArity("CONFIG HELP", [1]),
  ...each(defaults.map((name) => `CONFIG GET ${name}`)),
  ...each([
    "CONFIG GET nosuch",
    "CONFIG GET MAXMEMORY",
    "config get MaxMemory",
    "CONFIG GET maxmemor?",
    "CONFIG GET maxmemory maxmemory",
    "CONFIG GET nosuch maxmemory",
    ["CONFIG", "GET", ""],
    "CONFIG GET max[m]emory",
    "CONFIG HELP",
    "CONFIG JUNK",
    "CONFIG JUNK a b",
    "CONFIG RESETSTAT",
    "CONFIG REWRITE",
  ]),
  ...["maxmemory maxclients timeout", "lazyfree-*", "maxmemory*", "unix*", "maxmemory-policy maxmem* *policy"]
    .map(
      (names): ParityCase => ({ send: [sorted(`CONFIG GET ${names}`, ANY_ORDER)] }),
    ),
];

/** A directive with a value for each way in which it is taken or refused, and what it was before. */
const settings: readonly { name: string; before: string; values: readonly string[] }[] = [
  {
    name: "maxmemory",
    before: "0",
    values: [
      "1000000000",
      "100mb",
      "100MB",
      "1gb",
      "1g",
      "1GB",
      "500m",
      "900000kb",
      "900000k",
      "999999999b",
      "0",
      "-1",
      "abc",
      "",
      "1.5gb",
      "1tb",
      "mb",
      "100 mb",
      "9223372036854775807",
      "18446744073709551615",
      "18446744073709551616",
      "0x100",
    ],
  },
  {
    name: "timeout",
    before: "0",
    values: ["10", "0", "-1", "abc", "", "1.5", "2147483647", "2147483648", "01", "+5", "1k", " 5"],
  },
  { name: "tcp-keepalive", before: "300", values: ["0", "60", "-1", "abc"] },
  { name: "hz", before: "10", values: ["1", "0", "100", "500", "501", "-5", "abc"] },
  { name: "maxmemory-samples", before: "5", values: ["1", "0", "10", "64", "65", "-1", "abc"] },
  {
    name: "maxmemory-policy",
    before: "noeviction",
    values: [
      "allkeys-lru",
      "ALLKEYS-LFU",
      "volatile-ttl",
      "volatile-lru",
      "volatile-lfu",
      "volatile-random",
      "allkeys-random",
      "junk",
      "",
    ],
  },
  { name: "lazyfree-lazy-expire", before: "no", values: ["yes", "no", "YES", "No", "1", "true", "", "junk"] },
  { name: "lazyfree-lazy-user-del", before: "no", values: ["yes", "0"] },
  {
    name: "loglevel",
    before: "notice",
    values: ["debug", "verbose", "WARNING", "notice"],
  },
  { name: "proto-max-bulk-len", before: "512mb", values: ["1mb", "1048575", "100", "0", "-1", "2gb", "abc"] },
  { name: "client-query-buffer-limit", before: "1gb", values: ["1mb", "1048575", "0", "abc"] },
  { name: "maxclients", before: "10000", values: ["100", "0", "-1", "abc"] },
  { name: "active-expire-effort", before: "1", values: ["1", "10", "11", "0", "abc"] },
  { name: "maxmemory-clients", before: "0", values: ["100mb", "5%", "0%", "100%", "101%", "abc", "-1%"] },
  { name: "lfu-log-factor", before: "10", values: ["0", "1", "-1", "abc"] },
  {
    name: "client-output-buffer-limit",
    before: "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60",
    values: [
      "normal 1mb 512kb 30",
      "replica 256mb 64mb 60",
      "slave 0 0 0 normal 0 0 0",
      "pubsub 32mb 8mb 60",
      "normal 1mb 512kb",
      "normal",
      "",
      "junk 1 1 1",
      "master 1 1 1",
      "normal -1 0 0",
      "normal abc 0 0",
      "normal 0 0 -1",
      "normal 0 0 abc",
      "normal 1 1 1 normal 2 2 2",
    ],
  },
  {
    name: "save",
    before: "",
    values: ["900 1", "900 1 300 10", "900", "900 1 300", "abc 1", "0 1", "1 -1", "-1 1", " ", "900  1"],
  },
];

const set: ParityCase[] = [
  ...settings.flatMap(({ name, before, values }) =>
    values.map((value): ParityCase => ({
      name: `CONFIG SET ${name} ${JSON.stringify(value)}`,
      send: [["CONFIG", "SET", name, value], `CONFIG GET ${name}`],
      cleanup: [["CONFIG", "SET", name, before]],
    }))
  ),
  ...each([
    "CONFIG SET nosuch 1",
    "CONFIG SET databases 5",
    "CONFIG SET port abc",
    "CONFIG SET unixsocket /x",
    "CONFIG SET daemonize yes",
    "CONFIG SET tcp-backlog 5",
    "CONFIG SET enable-debug-command no",
    "CONFIG SET pidfile x",
    "CONFIG SET timeout 10 nosuch 1",
    "CONFIG SET timeout 10 databases 5",
    "CONFIG SET timeout 10 hz abc",
    "CONFIG SET hz abc timeout 10",
    "CONFIG SET timeout 10 timeout 20",
    "CONFIG SET timeout 10 TIMEOUT 20",
    "CONFIG SET timeout 10 nosuch",
    ["CONFIG", "SET", "", "x"],
    ["CONFIG", "SET", "a b\r\n", "x"],
    "CONFIG SET client-output-buffer-limit normal 1mb 512kb 30",
  ], { after: ["CONFIG GET timeout", "CONFIG GET hz"] }),
  ...["junk", ""].map((value): ParityCase => ({
    name: `CONFIG SET loglevel ${JSON.stringify(value)}`,
    send: [like(
      ["CONFIG", "SET", "loglevel", value],
      /^-ERR CONFIG SET failed \(possibly related to argument 'loglevel'\) - argument\(s\) must be one of the following: debug, verbose, notice, warning(, nothing)?\r\n$/,
      "Redis 7.2 added the level nothing",
    )],
  })),
  {
    name: "CONFIG SET of several, all or nothing",
    send: [
      "CONFIG SET timeout 10 hz 20 maxmemory-policy allkeys-lru",
      sorted("CONFIG GET timeout hz maxmemory-policy", ANY_ORDER),
      "CONFIG SET timeout 30 hz 30 maxmemory-policy junk",
      sorted("CONFIG GET timeout hz maxmemory-policy", ANY_ORDER),
    ],
    cleanup: ["CONFIG SET timeout 0 hz 10 maxmemory-policy noeviction"],
  },
  {
    name: "CONFIG SET takes any case",
    send: ["config set TIMEOUT 5 Hz 11", sorted("CONFIG GET TimeOut hz", ANY_ORDER)],
    cleanup: ["CONFIG SET timeout 0 hz 10"],
  },
  {
    name: "aliases of directives",
    send: [
      "CONFIG SET slave-priority 50",
      "CONFIG GET replica-priority",
      "CONFIG GET slave-priority",
      "CONFIG SET hash-max-ziplist-entries 100",
      "CONFIG GET hash-max-listpack-entries",
    ],
    cleanup: ["CONFIG SET replica-priority 100 hash-max-listpack-entries 512"],
  },
  {
    name: "the same directive by two names",
    send: [
      "CONFIG SET hash-max-ziplist-entries 100 hash-max-listpack-entries 200",
      "CONFIG GET hash-max-listpack-entries",
    ],
    cleanup: ["CONFIG SET hash-max-listpack-entries 512"],
  },
];

const memory: ParityCase[] = [
  ...wrongArity("MEMORY", [0]),
  ...wrongArity("MEMORY USAGE", [0]),
  ...each([
    "MEMORY USAGE missing",
    "MEMORY USAGE k SAMPLES",
    "MEMORY USAGE k SAMPLES abc",
    "MEMORY USAGE k SAMPLES -1",
    "MEMORY USAGE k SAMPLES 9223372036854775808",
    "MEMORY USAGE k JUNK",
    "MEMORY USAGE k JUNK 5",
    "MEMORY USAGE k SAMPLES 5 SAMPLES",
    "MEMORY USAGE missing SAMPLES abc",
    "MEMORY USAGE missing JUNK",
    "MEMORY JUNK",
    "MEMORY JUNK k",
  ], { before: ["SET k v"] }),
  ...each(
    ["MEMORY USAGE k", "MEMORY USAGE k SAMPLES 0", "memory usage k samples 5"].map((command) =>
      like(command, /^:[1-9]\d*\r\n$/, "our own memory layout")
    ),
    { before: ["SET k v"] },
  ),
];

/** The fields that tools read; the figures are each server's own. */
const infoSections: readonly { section: string; title: string; fields: readonly string[] }[] = [
  {
    section: "server",
    title: "Server",
    fields: [
      "redis_version",
      "redis_mode",
      "os",
      "arch_bits",
      "process_id",
      "run_id",
      "tcp_port",
      "server_time_usec",
      "uptime_in_seconds",
      "uptime_in_days",
      "hz",
      "configured_hz",
      "executable",
      "config_file",
    ],
  },
  {
    section: "clients",
    title: "Clients",
    fields: [
      "connected_clients",
      "cluster_connections",
      "maxclients",
      "client_recent_max_input_buffer",
      "client_recent_max_output_buffer",
      "blocked_clients",
      "tracking_clients",
      "clients_in_timeout_table",
    ],
  },
  {
    section: "memory",
    title: "Memory",
    fields: [
      "used_memory",
      "used_memory_human",
      "used_memory_rss",
      "used_memory_rss_human",
      "used_memory_peak",
      "used_memory_peak_human",
      "used_memory_peak_perc",
      "used_memory_overhead",
      "used_memory_startup",
      "used_memory_dataset",
      "used_memory_dataset_perc",
      "total_system_memory",
      "total_system_memory_human",
      "maxmemory",
      "maxmemory_human",
      "maxmemory_policy",
      "mem_fragmentation_ratio",
      "mem_clients_normal",
      "mem_allocator",
      "lazyfree_pending_objects",
      "lazyfreed_objects",
    ],
  },
  {
    section: "stats",
    title: "Stats",
    fields: [
      "total_connections_received",
      "total_commands_processed",
      "instantaneous_ops_per_sec",
      "total_net_input_bytes",
      "total_net_output_bytes",
      "instantaneous_input_kbps",
      "instantaneous_output_kbps",
      "rejected_connections",
      "expired_keys",
      "expired_stale_perc",
      "expired_time_cap_reached_count",
      "evicted_keys",
      "keyspace_hits",
      "keyspace_misses",
      "total_error_replies",
      "total_reads_processed",
      "total_writes_processed",
      "unexpected_error_replies",
    ],
  },
];

const OWN_FIGURES = "the figures are each server's own";

const info: ParityCase[] = [
  ...infoSections.map(({ section: name, title, fields: names }): ParityCase => ({
    name: `INFO ${name} has the fields that tools read`,
    send: [fields(`INFO ${name}`, { title, fields: names }, OWN_FIGURES)],
  })),
  ...[
    { command: "INFO", names: ["redis_version", "used_memory", "keyspace_hits", "connected_clients"] },
    { command: "INFO default", names: ["redis_version", "used_memory"] },
    { command: "INFO all", names: ["redis_version", "used_memory"] },
    { command: "info EVERYTHING", names: ["redis_version", "used_memory"] },
    { command: "INFO clients server", names: ["redis_version", "connected_clients"] },
    { command: "INFO server server", names: ["redis_version"] },
  ].map(({ command, names }): ParityCase => ({
    send: [fields(command, { title: "Server", fields: names }, OWN_FIGURES)],
  })),
  { send: ["INFO nosuch", "INFO keyspace", ["INFO", ""]] },
  {
    name: "INFO keyspace",
    send: [
      "MSET a 1 b 2 c 3",
      "INFO keyspace",
      "SELECT 3",
      "SET d 4",
      "INFO keyspace",
      "SET d 5 EX 1000",
      like(
        "INFO keyspace",
        /^[$=]\d+\r\n(txt:)?# Keyspace\r\ndb0:keys=3,expires=0,avg_ttl=0(,subexpiry=0)?\r\ndb3:keys=1,expires=1,avg_ttl=\d+(,subexpiry=0)?\r\n\r\n$/,
        "the average is estimated",
      ),
    ],
  },
];

const debug: ParityCase[] = [
  ...wrongArity("DEBUG", [0]),
  ...each([
    "DEBUG SLEEP 0",
    "DEBUG SLEEP 0.01",
    "debug sleep 0",
    "DEBUG SLEEP",
    "DEBUG SLEEP 0 0",
    "DEBUG JUNK",
    "DEBUG JUNK a b",
    "DEBUG OBJECT missing",
    "DEBUG OBJECT",
    "DEBUG SET-ACTIVE-EXPIRE 1",
    "DEBUG SET-ACTIVE-EXPIRE",
  ]),
  {
    name: "DEBUG OBJECT of a string",
    send: [
      "SET k abc",
      like(
        "DEBUG OBJECT k",
        /^\+Value at:0x[0-9a-f]+ refcount:1 encoding:embstr serializedlength:\d+ lru:\d+ lru_seconds_idle:\d+\r\n$/,
        "addresses and sizes",
      ),
    ],
  },
];

const others: ParityCase[] = [
  ...wrongArity("TIME", [1]),
  { send: [like("TIME", /^\*2\r\n\$10\r\n\d{10}\r\n\$[1-6]\r\n\d{1,6}\r\n$/, "time passes")] },
  ...each([
    "SHUTDOWN JUNK",
    "SHUTDOWN NOSAVE SAVE",
    "SHUTDOWN SAVE NOSAVE",
    "SHUTDOWN ABORT",
    "SHUTDOWN ABORT NOW",
    "SHUTDOWN NOSAVE JUNK",
    "SHUTDOWN NOW ABORT",
  ] as Command[]),
  { name: "SHUTDOWN needs no reply where it is refused", send: ["SHUTDOWN abort junk", "PING"] },
  {
    name: "COMMAND COUNT",
    send: [like("COMMAND COUNT", /^:[1-9]\d+\r\n$/, "commands are still being added")],
  },
  { name: "CONFIG GET *", send: [ignore("CONFIG GET *", "directives are still being added")] },
];

const clients: ParityCase[] = [
  {
    name: "maxclients refuses one connection too many",
    // Over RESP3 the refusal would come instead of the reply to the harness's own HELLO.
    protocol: 2,
    send: [
      "CONFIG SET maxclients 2",
      on(2, silent("PING")),
      on(2, raw("")),
      closed(2),
      "PING",
    ],
    cleanup: ["CONFIG SET maxclients 10000"],
  },
  {
    name: "what one connection does, another sees",
    send: [
      "SET a 1",
      on(2, "GET a"),
      on(2, "SELECT 1"),
      on(2, "SET a 2"),
      "GET a",
      on(2, "SWAPDB 0 1"),
      "GET a",
      on(2, "GET a"),
      on(2, "FLUSHALL"),
      "DBSIZE",
    ],
  },
  {
    name: "each connection speaks its own version of the protocol",
    send: [
      on(2, "GET missing"),
      on(3, "RESET"),
      on(3, "GET missing"),
      on(2, "GET missing"),
      "GET missing",
    ],
  },
  {
    name: "CONFIG SET holds for every connection at once",
    send: [
      on(2, "PING"),
      "CONFIG SET requirepass secret",
      on(2, "GET k"),
      on(2, "RESET"),
      on(2, "GET k"),
      on(2, "AUTH secret"),
      on(2, "GET k"),
    ],
    cleanup: [["CONFIG", "SET", "requirepass", ""]],
  },
];

/** The cases of this file. */
export const server = caseGroup("server", [
  ...get,
  ...set,
  ...memory,
  ...info,
  ...debug,
  ...others,
  ...clients,
]);
