/**
 * CONFIG GET, SET, RESETSTAT and REWRITE: defaults, what each kind of directive takes and refuses.
 *
 * @module
 */

import { caseGroup, each, like, type ParityCase, sorted, wrongArity } from "../case.ts";

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

/** The cases of this file. */
export const config = caseGroup("config", [...get, ...set]);
