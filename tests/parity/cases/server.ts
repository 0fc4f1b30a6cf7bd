/**
 * The group "server" as far as it goes yet: TIME, INFO, DEBUG, MEMORY, SHUTDOWN's refusals.
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
  wrongArity,
} from "../case.ts";

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
  ...wrongArity("MONITOR", [1]),
  { send: ["MULTI", "MONITOR", "PING", "EXEC"] },
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

const persistence: ParityCase[] = [
  ...wrongArity("SAVE", [1]),
  ...wrongArity("LASTSAVE", [1]),
  ...each(["SAVE", "BGSAVE junk", "BGSAVE SCHEDULE junk", "BGSAVE junk junk", "DEBUG RELOAD junk"]),
  { name: "SAVE inside MULTI", send: ["MULTI", "SAVE", "SET k v", "EXEC", "GET k"] },
  {
    name: "DEBUG RELOAD brings back what was saved",
    send: [
      "SET s v",
      "SET e v PXAT 4000000000000",
      "RPUSH l a 1 b",
      "SADD i 1 2 3",
      "ZADD z 1 a 2.5 b",
      "HSET h f v",
      "XADD x 1-1 f v",
      "XGROUP CREATE x g 0",
      "DEBUG RELOAD",
      "GET s",
      "PEXPIRETIME e",
      "LRANGE l 0 -1",
      "SMEMBERS i",
      "ZRANGE z 0 -1 WITHSCORES",
      "HGETALL h",
      "XRANGE x - +",
      "XPENDING x g",
      "DBSIZE",
    ],
  },
  {
    name: "DEBUG RELOAD with its options",
    send: [
      "SET a 1",
      "DEBUG RELOAD",
      "SET a 2",
      "SET b 2",
      "DEBUG RELOAD NOSAVE NOFLUSH MERGE",
      "MGET a b",
      "debug reload nosave",
      "MGET a b",
    ],
  },
  {
    name: "a watched key that DEBUG RELOAD flushes",
    send: ["SET k v", "WATCH k", "DEBUG RELOAD", "MULTI", "GET k", "EXEC"],
  },
];

/** The cases of this file. */
export const server = caseGroup("server", [
  ...persistence,
  ...memory,
  ...info,
  ...debug,
  ...others,
  ...clients,
]);
