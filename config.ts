/**
 * Every directive of the configuration, with its default: change a default here, or override it in a redis.conf file,
 * on the command line (`--maxmemory 100mb`) or at run time (`CONFIG SET maxmemory 100mb`).
 *
 * Names, defaults and bounds are those of Redis 7, grouped as in its redis.conf; `docs/differences.md` lists the
 * exceptions. `noEffect` marks what is accepted only so that configurations written for Redis load.
 *
 * @module
 */

import { anyOf, directory, fileMode, integer, memory, memoryOrPercent, oneOf } from "./src/base/directive.ts";
import { INT_MIN, LONG_MAX, text, UINT_MAX, ULONG_MAX, yesNo } from "./src/base/directive.ts";
import {
  addresses,
  keyspaceEvents,
  outOfMemoryScores,
  outputBufferLimits,
} from "./src/base/directive_lists.ts";
import { percentiles, primaryAddress, savePoints } from "./src/base/directive_lists.ts";
import {
  isFileName,
  isHostName,
  isNodeName,
  isProcessTitle,
  isSetFileName,
} from "./src/base/directive_checks.ts";
import { without } from "./src/base/directive_reasons.ts";

/** The configuration: a name as in redis.conf, and what there is to know about it. */
export const directives = {
  // MEMORY ------------------------------------------------------------------------------------------------------------

  "maxmemory": memory("0", {
    about: "Bytes that the data may take before maxmemory-policy acts, such as 100mb; 0 means no limit",
    max: ULONG_MAX,
  }),
  "maxmemory-policy": oneOf("noeviction", {
    about: "What is evicted when the limit is reached; noeviction refuses writes instead",
    values: [
      "volatile-lru",
      "volatile-lfu",
      "volatile-random",
      "volatile-ttl",
      "allkeys-lru",
      "allkeys-lfu",
      "allkeys-random",
      "noeviction",
    ],
    newer: ["allkeys-lrm", "volatile-lrm", "allkeys-s3-fifo"],
  }),
  "maxmemory-samples": integer(5, {
    about: "Keys looked at to find one to evict; more are slower and closer to true LRU or LFU",
    min: 1,
  }),
  "maxmemory-eviction-tenacity": integer(10, {
    about: "How long one round of eviction may take, 0 (least latency) to 100 (until it is done)",
    max: 100,
  }),
  "maxmemory-clients": memoryOrPercent("0", {
    about: "Bytes that all clients' buffers may take, or a percentage of maxmemory; 0 means no limit",
  }),
  "replica-ignore-maxmemory": yesNo("yes", {
    about: "A replica leaves eviction to its primary",
    alias: "slave-ignore-maxmemory",
  }),
  "active-expire-effort": integer(1, {
    about: "How hard to look for expired keys in the background, 1 to 10",
    min: 1,
    max: 10,
  }),
  "lfu-log-factor": integer(10, { about: "How slowly the LFU counter of a key saturates" }),
  "lfu-decay-time": integer(1, { about: "Minutes after which the LFU counter of a key is decremented" }),

  // NETWORK -----------------------------------------------------------------------------------------------------------

  "bind": addresses("127.0.0.1 -::1", {
    about: "Addresses to listen on; * is all of IPv4, ::* all of IPv6, a - in front lets it be missing",
  }),
  "bind-source-addr": text("", {
    about: "Address that outgoing connections come from",
    unsetWhenEmpty: true,
  }),
  "protected-mode": yesNo("yes", {
    about: "Without a password, accept connections from this machine only",
  }),
  "port": integer(6379, { about: "TCP port; 0 listens on none", max: 65535 }),
  "tcp-backlog": integer(511, { about: "Connections that may wait to be accepted", immutable: true }),
  "unixsocket": text("", {
    about: "Path of a Unix socket to listen on",
    immutable: true,
    unsetWhenEmpty: true,
  }),
  "unixsocketperm": fileMode("0", {
    about: "Permissions of the Unix socket, such as 700; 0 leaves them as they are",
    immutable: true,
  }),
  "timeout": integer(0, { about: "Seconds after which an idle client is disconnected; 0 means never" }),
  "tcp-keepalive": integer(300, { about: "Seconds between TCP keepalive probes; 0 sends none" }),
  "socket-mark-id": integer(0, {
    about: "Mark of listening sockets, for the firewall",
    immutable: true,
    max: UINT_MAX,
    noEffect: "Deno cannot mark sockets",
  }),
  "max-new-connections-per-cycle": integer(10, {
    about: "Connections accepted in one go",
    min: 1,
    max: 1000,
  }),

  // TLS ---------------------------------------------------------------------------------------------------------------

  "tls-port": integer(0, { about: "TCP port for TLS connections; 0 listens on none", max: 65535 }),
  "tls-cert-file": text("", {
    about: "Certificate of this server, PEM",
    unsetWhenEmpty: true,
    namesFiles: true,
  }),
  "tls-key-file": text("", {
    about: "Private key of this server, PEM",
    unsetWhenEmpty: true,
    namesFiles: true,
  }),
  "tls-key-file-pass": text("", {
    about: "Passphrase of the private key",
    sensitive: true,
    unsetWhenEmpty: true,
  }),
  "tls-client-cert-file": text("", {
    about: "Certificate for outgoing connections, if another",
    unsetWhenEmpty: true,
  }),
  "tls-client-key-file": text("", {
    about: "Private key for outgoing connections, if another",
    unsetWhenEmpty: true,
  }),
  "tls-client-key-file-pass": text("", {
    about: "Passphrase of the private key for outgoing connections",
    sensitive: true,
    unsetWhenEmpty: true,
  }),
  "tls-dh-params-file": text("", {
    about: "Diffie-Hellman parameters",
    unsetWhenEmpty: true,
    noEffect: "Deno's TLS has no Diffie-Hellman parameters to set",
  }),
  "tls-ca-cert-file": text("", {
    about: "Certificates of the authorities to trust",
    unsetWhenEmpty: true,
    namesFiles: true,
  }),
  "tls-ca-cert-dir": text("", {
    about: "Directory with certificates of the authorities to trust, named by hash (openssl rehash)",
    unsetWhenEmpty: true,
    namesFiles: true,
  }),
  "tls-auth-clients": oneOf("yes", {
    about: "Whether clients have to show a certificate",
    values: ["no", "yes", "optional"],
  }),
  "tls-replication": yesNo("no", { about: "Replicate over TLS" }),
  "tls-cluster": yesNo("no", { about: "Use TLS on the cluster bus" }),
  "tls-protocols": text("", {
    about: "TLS versions to accept, of TLSv1.2 and TLSv1.3; older ones there are not",
    unsetWhenEmpty: true,
  }),
  "tls-ciphers": text("", {
    about: "Ciphers up to TLS 1.2",
    unsetWhenEmpty: true,
    noEffect: without.ciphers,
  }),
  "tls-ciphersuites": text("", {
    about: "Ciphers of TLS 1.3",
    unsetWhenEmpty: true,
    noEffect: without.ciphers,
  }),
  "tls-prefer-server-ciphers": yesNo("no", {
    about: "The server's order of ciphers goes before the client's",
    noEffect: without.ciphers,
  }),
  "tls-session-caching": yesNo("yes", {
    about: "Keep TLS sessions, so that clients reconnect faster",
    noEffect: without.tlsSessions,
  }),
  "tls-session-cache-size": integer(20480, {
    about: "TLS sessions kept; 0 means no limit",
    noEffect: without.tlsSessions,
  }),
  "tls-session-cache-timeout": integer(300, {
    about: "Seconds for which a TLS session is kept",
    noEffect: without.tlsSessions,
  }),
  "max-new-tls-connections-per-cycle": integer(1, {
    about: "TLS connections accepted in one go",
    min: 1,
    max: 1000,
  }),

  // GENERAL -----------------------------------------------------------------------------------------------------------

  "daemonize": yesNo("no", {
    about: "Run in the background",
    immutable: true,
    noEffect: "Deno cannot fork: let the service manager or the shell start it in the background",
  }),
  "supervised": oneOf("no", {
    about: "Which service manager to tell that the server is ready",
    immutable: true,
    values: ["upstart", "systemd", "auto", "no"],
    noEffect: "Deno cannot write to systemd's datagram socket",
  }),
  "pidfile": text("", {
    about: "File to write the process id to, removed at exit",
    immutable: true,
    unsetWhenEmpty: true,
  }),
  "loglevel": oneOf("notice", {
    about: "The least important messages that are logged",
    values: ["debug", "verbose", "notice", "warning", "nothing"],
  }),
  "logfile": text("", { about: "File to log to; without one, the standard output", immutable: true }),
  "syslog-enabled": yesNo("no", {
    about: "Log to syslog",
    immutable: true,
    noEffect: without.syslog,
  }),
  "syslog-ident": text("redis", {
    about: "Name in syslog",
    immutable: true,
    noEffect: without.syslog,
  }),
  "syslog-facility": oneOf("local0", {
    about: "Facility in syslog",
    immutable: true,
    values: ["user", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"],
    noEffect: without.syslog,
  }),
  "crash-log-enabled": yesNo("yes", {
    about: "Log what led to a crash",
    noEffect: without.crashes,
  }),
  "crash-memcheck-enabled": yesNo("yes", {
    about: "Check the memory after a crash",
    noEffect: without.crashes,
  }),
  "databases": integer(16, { about: "Databases that SELECT can choose from", immutable: true, min: 1 }),
  "always-show-logo": yesNo("no", {
    about: "Show the banner even where the log is not a terminal",
    immutable: true,
  }),
  "hide-user-data-from-log": yesNo("no", { about: "Keep keys and values out of the log" }),
  "set-proc-title": yesNo("yes", {
    about: "Show the state of the server in the process list",
    immutable: true,
    noEffect: without.title,
  }),
  "proc-title-template": text("{title} {listen-addr} {server-mode}", {
    about: "What to show in the process list",
    check: isProcessTitle,
    noEffect: without.title,
  }),
  "locale-collate": text("", { about: "Locale in which SORT ALPHA compares texts" }),
  "hz": integer(10, { about: "How often background tasks run, per second, 1 to 500", clamp: [1, 500] }),
  "dynamic-hz": yesNo("yes", { about: "Run background tasks more often the more clients there are" }),
  "shutdown-timeout": integer(10, { about: "Seconds that a shutdown waits for replicas to catch up" }),
  "shutdown-on-sigint": anyOf("default", {
    about: "How to shut down on SIGINT; default saves if there are save points",
    values: ["save", "nosave", "now", "force"],
    conflict: {
      between: ["save", "nosave"],
      reason: "shutdown options SAVE and NOSAVE can't be used simultaneously",
    },
  }),
  "shutdown-on-sigterm": anyOf("default", {
    about: "How to shut down on SIGTERM; default saves if there are save points",
    values: ["save", "nosave", "now", "force"],
    conflict: {
      between: ["save", "nosave"],
      reason: "shutdown options SAVE and NOSAVE can't be used simultaneously",
    },
  }),

  // SNAPSHOTTING ------------------------------------------------------------------------------------------------------

  "save": savePoints("3600 1 300 100 60 10000", {
    about: 'Pairs of seconds and changed keys after which the dataset is saved; "" never saves',
  }),
  "stop-writes-on-bgsave-error": yesNo("yes", { about: "Refuse writes while the dataset cannot be saved" }),
  "rdbcompression": yesNo("yes", { about: "Compress strings in RDB files" }),
  "rdbchecksum": yesNo("yes", { about: "End RDB files with a checksum", immutable: true }),
  "sanitize-dump-payload": oneOf("no", {
    about: "Check RDB files and RESTORE payloads thoroughly; clients: only what clients send",
    values: ["no", "yes", "clients"],
  }),
  "dbfilename": text("dump.rdb", { about: "Name of the RDB file", protected: true, check: isFileName }),
  "rdb-del-sync-files": yesNo("no", {
    about: "Delete RDB files made for replication where nothing else asks for them",
  }),
  "rdb-save-incremental-fsync": yesNo("yes", { about: "Flush an RDB file to disk as it is written" }),
  "rdb-key-save-delay": integer(0, {
    about: "Microseconds to wait after saving a key, for tests",
    hidden: true,
    min: INT_MIN,
  }),
  "key-load-delay": integer(0, {
    about: "Microseconds to wait after loading a key, for tests",
    hidden: true,
    min: INT_MIN,
  }),
  "loading-process-events-interval-bytes": integer(2097152, {
    about: "Bytes of a file loaded between looks at the clients",
    hidden: true,
    min: 1024,
  }),
  "dir": directory(".", {
    about: "Working directory: RDB, AOF and cluster files, and relative paths",
    protected: true,
    refusedWhileLoading: true,
  }),

  // REPLICATION -------------------------------------------------------------------------------------------------------

  "replicaof": primaryAddress("", {
    about: "Host and port of the primary to replicate",
    alias: "slaveof",
    immutable: true,
  }),
  "masterauth": text("", { about: "Password for the primary", sensitive: true, unsetWhenEmpty: true }),
  "masteruser": text("", { about: "User name for the primary", sensitive: true, unsetWhenEmpty: true }),
  "replica-serve-stale-data": yesNo("yes", {
    about: "A replica answers while it is not in touch with its primary",
    alias: "slave-serve-stale-data",
  }),
  "replica-read-only": yesNo("yes", {
    about: "A replica refuses writes of clients",
    alias: "slave-read-only",
  }),
  "replica-ignore-disk-write-errors": yesNo("no", {
    about: "A replica goes on when it cannot write to disk",
  }),
  "repl-diskless-sync": yesNo("yes", { about: "Send a full copy straight to the replicas, without a file" }),
  "repl-diskless-sync-delay": integer(5, {
    about: "Seconds to wait for more replicas before sending a full copy",
  }),
  "repl-diskless-sync-max-replicas": integer(0, {
    about: "Replicas after which a full copy is sent at once; 0 waits the delay out",
  }),
  "repl-diskless-load": oneOf("disabled", {
    about: "Whether a replica loads a full copy from the socket, without a file",
    values: ["disabled", "on-empty-db", "swapdb"],
    refusedWhileLoading: true,
  }),
  "repl-ping-replica-period": integer(10, {
    about: "Seconds between the pings of a primary to its replicas",
    alias: "repl-ping-slave-period",
    min: 1,
  }),
  "repl-timeout": integer(60, {
    about: "Seconds of silence after which the other end of a replication counts as gone",
    min: 1,
  }),
  "repl-disable-tcp-nodelay": yesNo("no", {
    about: "Save bandwidth on the way to replicas at the price of delay",
  }),
  "repl-backlog-size": memory("1mb", {
    about: "Bytes of the backlog, from which replicas catch up; at least 16kb",
    min: "1",
    raiseTo: "16kb",
  }),
  "repl-backlog-ttl": integer(3600, {
    about: "Seconds without replicas after which the backlog is freed; 0 keeps it",
    max: LONG_MAX,
  }),
  "replica-priority": integer(100, {
    about: "Sentinel promotes the replica with the lowest priority; never one with 0",
    alias: "slave-priority",
  }),
  "replica-announced": yesNo("yes", { about: "Sentinel reports this replica" }),
  "replica-announce-ip": text("", {
    about: "Address that a replica reports for itself",
    alias: "slave-announce-ip",
    unsetWhenEmpty: true,
  }),
  "replica-announce-port": integer(0, {
    about: "Port that a replica reports for itself",
    alias: "slave-announce-port",
    max: 65535,
  }),
  "min-replicas-to-write": integer(0, {
    about: "Replicas without which a primary refuses writes",
    alias: "min-slaves-to-write",
  }),
  "min-replicas-max-lag": integer(10, {
    about: "Seconds of silence after which a replica does not count for min-replicas-to-write",
    alias: "min-slaves-max-lag",
  }),
  "propagation-error-behavior": oneOf("ignore", {
    about: "What to do about an error in a replicated command",
    values: ["ignore", "panic", "panic-on-replicas"],
  }),

  // KEYS TRACKING -----------------------------------------------------------------------------------------------------

  "tracking-table-max-keys": integer(1000000, {
    about: "Keys remembered for client side caching; 0 means no limit",
    max: LONG_MAX,
  }),

  // SECURITY ----------------------------------------------------------------------------------------------------------

  "requirepass": text("", {
    about: "Password of the default user",
    sensitive: true,
    unsetWhenEmpty: true,
  }),
  "aclfile": text("", { about: "File with the users", immutable: true }),
  "acllog-max-len": integer(128, { about: "Entries of ACL LOG", max: LONG_MAX }),
  "acl-pubsub-default": oneOf("resetchannels", {
    about: "Channels that a new user may use",
    values: ["allchannels", "resetchannels"],
  }),
  "enable-protected-configs": oneOf("no", {
    about: "Who may change dir and dbfilename: nobody, everybody, or clients on this machine",
    immutable: true,
    values: ["no", "yes", "local"],
  }),
  "enable-debug-command": oneOf("no", {
    about: "Who may use DEBUG: nobody, everybody, or clients on this machine",
    immutable: true,
    values: ["no", "yes", "local"],
  }),
  "enable-module-command": oneOf("no", {
    about: "Who may use MODULE: nobody, everybody, or clients on this machine",
    immutable: true,
    values: ["no", "yes", "local"],
    noEffect: "there are no modules",
  }),

  // CLIENTS -----------------------------------------------------------------------------------------------------------

  "maxclients": integer(10000, {
    about: "Clients that may be connected at the same time",
    min: 1,
    max: UINT_MAX,
  }),
  "client-output-buffer-limit": outputBufferLimits(
    "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60",
    { about: "Class, hard limit, soft limit, seconds: when a client that does not read is disconnected" },
  ),
  "client-query-buffer-limit": memory("1gb", {
    about: "Bytes that the unfinished request of a client may take",
    min: "1mb",
  }),
  "proto-max-bulk-len": memory("512mb", { about: "Bytes of the longest argument", min: "1mb" }),

  // LAZY FREEING ------------------------------------------------------------------------------------------------------

  "lazyfree-lazy-eviction": yesNo("no", { about: "Free evicted values in the background" }),
  "lazyfree-lazy-expire": yesNo("no", { about: "Free expired values in the background" }),
  "lazyfree-lazy-server-del": yesNo("no", { about: "Free overwritten values in the background" }),
  "lazyfree-lazy-user-del": yesNo("no", { about: "DEL is UNLINK" }),
  "lazyfree-lazy-user-flush": yesNo("no", { about: "FLUSHALL and FLUSHDB are ASYNC unless told" }),
  "replica-lazy-flush": yesNo("no", {
    about: "A replica frees its old data in the background before it loads a full copy",
    alias: "slave-lazy-flush",
  }),

  // THREADS AND KERNEL ------------------------------------------------------------------------------------------------

  "io-threads": integer(1, {
    about: "Threads that read and write",
    immutable: true,
    min: 1,
    max: 128,
    noEffect: "denodis has one thread; start more servers to use more cores",
  }),
  "io-threads-do-reads": yesNo("no", {
    about: "Read in threads too",
    immutable: true,
    noEffect: "denodis has one thread",
  }),
  "oom-score-adj": oneOf("no", {
    about: "Adjust what the kernel kills first when memory runs out",
    values: ["no", "yes", "relative", "absolute"],
    synonyms: { relative: "yes" },
    noEffect: without.children,
  }),
  "oom-score-adj-values": outOfMemoryScores("0 200 800", {
    about: "Scores of primary, replica and background processes",
    noEffect: without.children,
  }),
  "disable-thp": yesNo("yes", {
    about: "Turn transparent huge pages off",
    immutable: true,
    noEffect: "without fork, huge pages are not copied on write",
  }),
  "server_cpulist": text("", {
    about: "CPUs for the server",
    immutable: true,
    unsetWhenEmpty: true,
    noEffect: without.affinity,
  }),
  "bio_cpulist": text("", {
    about: "CPUs for background threads",
    immutable: true,
    unsetWhenEmpty: true,
    noEffect: without.affinity,
  }),
  "aof_rewrite_cpulist": text("", {
    about: "CPUs for rewriting the AOF",
    immutable: true,
    unsetWhenEmpty: true,
    noEffect: without.affinity,
  }),
  "bgsave_cpulist": text("", {
    about: "CPUs for saving",
    immutable: true,
    unsetWhenEmpty: true,
    noEffect: without.affinity,
  }),
  "ignore-warnings": text("", {
    about: "Warnings about the system that do not stop the start",
    noEffect: "there are no such warnings",
  }),

  // APPEND ONLY MODE --------------------------------------------------------------------------------------------------

  "appendonly": yesNo("no", { about: "Keep a log of all writes (AOF)", refusedWhileLoading: true }),
  "appendfilename": text("appendonly.aof", {
    about: "What the names of the AOF's files begin with",
    immutable: true,
    check: isSetFileName("appendfilename", "filename"),
  }),
  "appenddirname": text("appendonlydir", {
    about: "Directory of the AOF's files, inside dir",
    immutable: true,
    check: isSetFileName("appenddirname", "dirname"),
  }),
  "appendfsync": oneOf("everysec", {
    about: "When the AOF is flushed to disk; with always, no acknowledged write is lost",
    values: ["everysec", "always", "no"],
  }),
  "no-appendfsync-on-rewrite": yesNo("no", { about: "Do not flush the AOF while it is being rewritten" }),
  "auto-aof-rewrite-percentage": integer(100, {
    about: "Growth in percent after which the AOF is rewritten; 0 means never",
  }),
  "auto-aof-rewrite-min-size": memory("64mb", { about: "Bytes below which the AOF is not rewritten" }),
  "aof-load-truncated": yesNo("yes", { about: "Load an AOF whose end is missing" }),
  "aof-use-rdb-preamble": yesNo("yes", { about: "Begin a rewritten AOF with a snapshot" }),
  "aof-timestamp-enabled": yesNo("no", { about: "Write the time into the AOF" }),
  "aof-rewrite-incremental-fsync": yesNo("yes", {
    about: "Flush the AOF to disk as it is being rewritten",
  }),
  "aof-disable-auto-gc": yesNo("no", { about: "Keep the files of the AOF that are not needed any more" }),

  // SCRIPTS -----------------------------------------------------------------------------------------------------------

  "busy-reply-threshold": integer(5000, {
    about: "Milliseconds that a script may run before other clients are told that the server is busy",
    alias: "lua-time-limit",
    max: LONG_MAX,
  }),

  // CLUSTER -----------------------------------------------------------------------------------------------------------

  "cluster-enabled": yesNo("no", { about: "Be a node of a cluster", immutable: true }),
  "cluster-config-file": text("nodes.conf", {
    about: "File in which a node keeps what it knows about the cluster",
    immutable: true,
  }),
  "cluster-node-timeout": integer(15000, {
    about: "Milliseconds of silence after which a node counts as failed",
    max: LONG_MAX,
  }),
  "cluster-port": integer(0, {
    about: "Port of the cluster bus; 0 is port + 10000",
    immutable: true,
    max: 65535,
  }),
  "cluster-replica-validity-factor": integer(10, {
    about: "How out of date a replica may be that takes over; 0 means any",
    alias: "cluster-slave-validity-factor",
  }),
  "cluster-migration-barrier": integer(1, {
    about: "Replicas that a primary keeps before one may migrate to another primary",
  }),
  "cluster-allow-replica-migration": yesNo("yes", { about: "Let replicas migrate to primaries without any" }),
  "cluster-require-full-coverage": yesNo("yes", { about: "Stop when a slot is not covered" }),
  "cluster-replica-no-failover": yesNo("no", {
    about: "A replica never takes over by itself",
    alias: "cluster-slave-no-failover",
  }),
  "cluster-allow-reads-when-down": yesNo("no", { about: "Answer reads while the cluster is down" }),
  "cluster-allow-pubsubshard-when-down": yesNo("yes", {
    about: "Deliver to shard channels while the cluster is down",
  }),
  "cluster-link-sendbuf-limit": memory("0", {
    about: "Bytes that the buffer to another node may take; 0 means no limit",
    max: ULONG_MAX,
  }),
  "cluster-announce-ip": text("", {
    about: "Address that a node reports for itself",
    unsetWhenEmpty: true,
  }),
  "cluster-announce-hostname": text("", {
    about: "Host name that a node reports for itself",
    unsetWhenEmpty: true,
    check: isHostName,
  }),
  "cluster-announce-human-nodename": text("", {
    about: "Name of a node in the log",
    unsetWhenEmpty: true,
    check: isNodeName,
  }),
  "cluster-announce-port": integer(0, { about: "Port that a node reports for itself", max: 65535 }),
  "cluster-announce-tls-port": integer(0, {
    about: "TLS port that a node reports for itself",
    max: 65535,
  }),
  "cluster-announce-bus-port": integer(0, {
    about: "Port of the cluster bus that a node reports for itself",
    max: 65535,
  }),
  "cluster-preferred-endpoint-type": oneOf("ip", {
    about: "What clients are redirected to",
    values: ["ip", "hostname", "unknown-endpoint"],
  }),

  // SLOW LOG AND LATENCY ----------------------------------------------------------------------------------------------

  "slowlog-log-slower-than": integer(10000, {
    about: "Microseconds from which a command gets into the slow log; -1 turns it off",
    min: -1,
    max: LONG_MAX,
  }),
  "slowlog-max-len": integer(128, { about: "Entries of the slow log", max: LONG_MAX }),
  "latency-monitor-threshold": integer(0, {
    about: "Milliseconds from which an event gets into the latency monitor; 0 turns it off",
    max: LONG_MAX,
  }),
  "latency-tracking": yesNo("yes", { about: "Keep the distribution of each command's latency" }),
  "latency-tracking-info-percentiles": percentiles("50 99 99.9", {
    about: "Percentiles of latency that INFO shows",
  }),

  // EVENT NOTIFICATION ------------------------------------------------------------------------------------------------

  "notify-keyspace-events": keyspaceEvents("", {
    about: "Classes of key events to publish, such as KEA; empty publishes none",
  }),

  // DATA STRUCTURES ---------------------------------------------------------------------------------------------------

  "hash-max-listpack-entries": integer(512, {
    about: "Fields up to which a hash is packed",
    alias: "hash-max-ziplist-entries",
    max: LONG_MAX,
  }),
  "hash-max-listpack-value": memory("64", {
    about: "Bytes of the longest field or value in a packed hash",
    alias: "hash-max-ziplist-value",
  }),
  "list-max-listpack-size": integer(-2, {
    about: "Elements of a list's node, or its bytes: -1 is 4 kb, -2 8 kb, -3 16 kb, -4 32 kb, -5 64 kb",
    alias: "list-max-ziplist-size",
    min: INT_MIN,
  }),
  "list-compress-depth": integer(0, {
    about: "Nodes at each end of a list that are not compressed; 0 compresses none",
    noEffect: "nodes of lists are not compressed",
  }),
  "set-max-intset-entries": integer(512, {
    about: "Members up to which a set of integers is packed",
    max: LONG_MAX,
  }),
  "set-max-listpack-entries": integer(128, {
    about: "Members up to which any other set is packed",
    max: LONG_MAX,
  }),
  "set-max-listpack-value": integer(64, {
    about: "Bytes of the longest member of a packed set",
    max: LONG_MAX,
  }),
  "zset-max-listpack-entries": integer(128, {
    about: "Members up to which a sorted set is packed",
    alias: "zset-max-ziplist-entries",
    max: LONG_MAX,
  }),
  "zset-max-listpack-value": memory("64", {
    about: "Bytes of the longest member of a packed sorted set",
    alias: "zset-max-ziplist-value",
  }),
  "hll-sparse-max-bytes": memory("3000", { about: "Bytes up to which a HyperLogLog is sparse" }),
  "stream-node-max-bytes": memory("4096", { about: "Bytes of a stream's node; 0 means no limit" }),
  "stream-node-max-entries": integer(100, {
    about: "Entries of a stream's node; 0 means no limit",
    max: LONG_MAX,
  }),
  "activerehashing": yesNo("yes", { about: "Let tables grow and shrink while the server is idle" }),

  // ACTIVE DEFRAGMENTATION AND ALLOCATOR ------------------------------------------------------------------------------

  "activedefrag": yesNo("no", {
    about: "Move values to give fragmented memory back",
  }),
  "active-defrag-ignore-bytes": memory("100mb", {
    about: "Wasted bytes from which to defragment",
    min: "1",
  }),
  "active-defrag-threshold-lower": integer(10, {
    about: "Percentage of fragmentation from which to defragment",
    max: 1000,
  }),
  "active-defrag-threshold-upper": integer(100, {
    about: "Percentage of fragmentation at which to defragment with all effort",
    max: 1000,
  }),
  "active-defrag-cycle-min": integer(1, {
    about: "Least effort of defragmentation, in percent of the CPU",
    min: 1,
    max: 99,
  }),
  "active-defrag-cycle-max": integer(25, {
    about: "Most effort of defragmentation, in percent of the CPU",
    min: 1,
    max: 99,
  }),
  "active-defrag-max-scan-fields": integer(1000, {
    about: "Elements above which a value is defragmented on its own",
    min: 1,
    max: LONG_MAX,
  }),
  "jemalloc-bg-thread": yesNo("yes", {
    about: "Let jemalloc purge in the background",
    noEffect: "there is no jemalloc",
  }),

  // DEBUGGING ---------------------------------------------------------------------------------------------------------

  "watchdog-period": integer(0, {
    about: "Milliseconds after which a command that still runs is logged",
    hidden: true,
    noEffect: "a timer cannot interrupt JavaScript",
  }),
  "use-exit-on-panic": yesNo("no", {
    about: "Exit instead of aborting on a failed assertion",
    hidden: true,
    noEffect: "Deno always exits",
  }),
};
