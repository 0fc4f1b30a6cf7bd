/**
 * The text of INFO, with Redis's sections and field names.
 *
 * @module
 */

import process from "node:process";
import type { CommandTable } from "../commands/table.ts";
import type { Server } from "./server.ts";
import { REDIS_VERSION, VERSION } from "./server.ts";

type Fields = [name: string, value: string | number][];

/** The sections, in Redis's order, and what makes them. */
const SECTIONS: Record<string, (server: Server) => Fields> = {
  Server: serverSection,
  Clients: clientsSection,
  Memory: memorySection,
  Persistence: persistenceSection,
  Stats: statsSection,
  Replication: replicationSection,
  CPU: cpuSection,
  Modules: () => [],
  Commandstats: commandsSection,
  Errorstats: errorsSection,
  Cluster: () => [["cluster_enabled", 0]],
  Keyspace: keyspaceSection,
};
const DEFAULT = Object.keys(SECTIONS).map((title) => title.toLowerCase()).filter((name) =>
  name !== "commandstats"
);

/** INFO's reply for the sections asked for, in lower case; none means the default ones. */
export function infoText(server: Server, sections: readonly string[]): string {
  const wanted = new Set(sections.length === 0 ? DEFAULT : sections);
  if (wanted.has("default")) DEFAULT.forEach((section) => wanted.add(section));
  const all = wanted.has("all") || wanted.has("everything");
  const texts: string[] = [];
  for (const [title, fields] of Object.entries(SECTIONS)) {
    if (!all && !wanted.has(title.toLowerCase())) continue;
    texts.push(`# ${title}\r\n` + fields(server).map(([name, value]) => `${name}:${value}\r\n`).join(""));
  }
  return texts.join("\r\n");
}

function serverSection(server: Server): Fields {
  const { configuration } = server;
  const uptime = Math.floor((server.clock.now() - server.startedAt) / 1000);
  const system = Deno.build.os === "linux"
    ? `Linux ${Deno.osRelease()}`
    : `${Deno.build.os} ${Deno.osRelease()}`;
  const hz = configuration.get("hz");
  return [
    ["redis_version", REDIS_VERSION],
    ["redis_git_sha1", "00000000"],
    ["redis_git_dirty", 0],
    ["redis_build_id", "0"],
    ["redis_mode", "standalone"],
    ["os", `${system} ${Deno.build.arch}`],
    ["arch_bits", 64],
    ["monotonic_clock", "POSIX clock_gettime"],
    [
      "multiplexing_api",
      Deno.build.os === "linux" ? "epoll" : Deno.build.os === "windows" ? "iocp" : "kqueue",
    ],
    ["atomicvar_api", "none"],
    ["gcc_version", "0.0.0"],
    ["denodis_version", VERSION],
    ["deno_version", Deno.version.deno],
    ["v8_version", Deno.version.v8],
    ["process_id", Deno.pid],
    ["process_supervised", "no"],
    ["run_id", server.runId],
    ["tcp_port", server.port > 0 ? server.port : server.tlsPort],
    ["server_time_usec", server.clock.now() * 1000],
    ["uptime_in_seconds", uptime],
    ["uptime_in_days", Math.floor(uptime / 86400)],
    ["hz", hz],
    ["configured_hz", hz],
    ["lru_clock", server.keyspace.accessClock],
    ["executable", Deno.execPath()],
    ["config_file", configuration.file ?? ""],
    ["io_threads_active", 0],
  ];
}

function clientsSection(server: Server): Fields {
  let largestInput = 0;
  let largestOutput = 0;
  for (const client of server.clients.connections()) {
    largestInput = Math.max(largestInput, client.inputBytes);
    largestOutput = Math.max(largestOutput, client.outputBytes);
  }
  return [
    ["connected_clients", server.clients.size],
    ["cluster_connections", 0],
    ["maxclients", server.configuration.get("maxclients")],
    ["client_recent_max_input_buffer", largestInput],
    ["client_recent_max_output_buffer", largestOutput],
    ["blocked_clients", server.dispatcher.blocking.size],
    ["tracking_clients", server.tracking.statistics.clients],
    ["clients_in_timeout_table", 0],
  ];
}

function memorySection(server: Server): Fields {
  const memory = Deno.memoryUsage();
  const arena = server.keyspace.arena.usage();
  let clients = 0;
  for (const client of server.clients.connections()) clients += client.bufferBytes;
  const used = arena.used + memory.heapUsed + clients;
  const peak = Math.max(server.statistics.peakMemory, used);
  let dictionaries = 0;
  for (const database of server.keyspace.databases) {
    const { keys, volatile } = database.overhead();
    dictionaries += keys + volatile;
  }
  const dataset = arena.used - dictionaries;
  const total = Deno.systemMemoryInfo().total;
  const limit = server.configuration.get("maxmemory");
  return [
    ["used_memory", used],
    ["used_memory_human", human(used)],
    ["used_memory_rss", memory.rss],
    ["used_memory_rss_human", human(memory.rss)],
    ["used_memory_peak", peak],
    ["used_memory_peak_human", human(peak)],
    ["used_memory_peak_perc", `${((used / peak) * 100).toFixed(2)}%`],
    ["used_memory_overhead", used - dataset],
    ["used_memory_startup", server.startMemory],
    ["used_memory_dataset", dataset],
    ["used_memory_dataset_perc", `${((dataset / (used - server.startMemory)) * 100).toFixed(2)}%`],
    ["allocator_allocated", arena.used],
    ["allocator_active", arena.spans],
    ["allocator_resident", arena.allocated],
    ["total_system_memory", total],
    ["total_system_memory_human", human(total)],
    ["maxmemory", Number(limit)],
    ["maxmemory_human", human(Number(limit))],
    ["maxmemory_policy", server.configuration.get("maxmemory-policy")],
    ["allocator_frag_ratio", ratio(arena.spans, arena.used)],
    ["allocator_frag_bytes", arena.spans - arena.used],
    ["allocator_rss_ratio", ratio(arena.allocated, arena.spans)],
    ["allocator_rss_bytes", arena.allocated - arena.spans],
    ["rss_overhead_ratio", ratio(memory.rss, arena.allocated)],
    ["rss_overhead_bytes", memory.rss - arena.allocated],
    ["mem_fragmentation_ratio", ratio(memory.rss, used)],
    ["mem_fragmentation_bytes", memory.rss - used],
    ["mem_not_counted_for_evict", 0],
    ["mem_replication_backlog", 0],
    ["mem_total_replication_buffers", 0],
    ["mem_clients_slaves", 0],
    ["mem_clients_normal", clients],
    ["mem_cluster_links", 0],
    ["mem_aof_buffer", 0],
    ["mem_allocator", "denodis-arena"],
    ["active_defrag_running", 0],
    ["lazyfree_pending_objects", server.keyspace.lazyfree.pending],
    ["lazyfreed_objects", server.keyspace.lazyfree.freed],
    ["denodis_heap_used", memory.heapUsed],
    ["denodis_heap_total", memory.heapTotal],
  ];
}

function statsSection(server: Server): Fields {
  const { statistics, dispatcher, keyspace, expiry, pubsub, tracking } = server;
  return [
    ["total_connections_received", statistics.connections],
    ["total_commands_processed", dispatcher.statistics.commands],
    ["instantaneous_ops_per_sec", Math.round(statistics.commandRate.perSecond)],
    ["total_net_input_bytes", statistics.inputBytes],
    ["total_net_output_bytes", statistics.outputBytes],
    ["instantaneous_input_kbps", (statistics.inputRate.perSecond / 1024).toFixed(2)],
    ["instantaneous_output_kbps", (statistics.outputRate.perSecond / 1024).toFixed(2)],
    ["rejected_connections", statistics.rejectedConnections],
    ["sync_full", 0],
    ["sync_partial_ok", 0],
    ["sync_partial_err", 0],
    ["expired_keys", keyspace.statistics.expired],
    ["expired_stale_perc", (expiry.staleShare * 100).toFixed(2)],
    ["expired_time_cap_reached_count", expiry.timeCapReached],
    ["expire_cycle_cpu_milliseconds", Math.floor(expiry.microseconds / 1000)],
    ["evicted_keys", keyspace.statistics.evicted],
    ["evicted_clients", 0],
    ["keyspace_hits", keyspace.statistics.hits],
    ["keyspace_misses", keyspace.statistics.misses],
    ["pubsub_channels", pubsub.channelCount],
    ["pubsub_patterns", pubsub.patternCount],
    ["pubsubshard_channels", pubsub.shardChannelCount],
    ["latest_fork_usec", 0],
    ["total_forks", 0],
    ["migrate_cached_sockets", 0],
    ["tracking_total_keys", tracking.statistics.keys],
    ["tracking_total_items", tracking.statistics.items],
    ["tracking_total_prefixes", tracking.statistics.prefixes],
    ["unexpected_error_replies", 0],
    ["total_error_replies", dispatcher.statistics.errors],
    ["total_reads_processed", statistics.reads],
    ["total_writes_processed", statistics.writes],
    ["client_output_buffer_limit_disconnections", statistics.outputLimitDisconnections],
  ];
}

function persistenceSection(server: Server): Fields {
  return [
    ["loading", 0],
    ["async_loading", 0],
    ["rdb_changes_since_last_save", server.keyspace.dirty],
    ["rdb_bgsave_in_progress", 0],
    ["aof_enabled", 0],
    ["aof_rewrite_in_progress", 0],
  ];
}

function replicationSection(): Fields {
  return [["role", "master"], ["connected_slaves", 0]];
}

function commandsSection(server: Server): Fields {
  const fields: Fields = [];
  const add = (table: CommandTable) => {
    for (const { fullName, calls, rejectedCalls, failedCalls, subcommands } of table.list()) {
      if (calls + rejectedCalls > 0) {
        fields.push([
          `cmdstat_${fullName}`,
          `calls=${calls},rejected_calls=${rejectedCalls},failed_calls=${failedCalls}`,
        ]);
      }
      if (subcommands !== null) add(subcommands);
    }
  };
  add(server.commands);
  return fields;
}

function cpuSection(): Fields {
  const { user, system } = process.cpuUsage();
  return [
    ["used_cpu_sys", (system / 1e6).toFixed(6)],
    ["used_cpu_user", (user / 1e6).toFixed(6)],
    ["used_cpu_sys_children", "0.000000"],
    ["used_cpu_user_children", "0.000000"],
  ];
}

function errorsSection(server: Server): Fields {
  return [...server.dispatcher.statistics.errorsByCode].map((
    [code, count],
  ) => [`errorstat_${code}`, `count=${count}`]);
}

function keyspaceSection(server: Server): Fields {
  const fields: Fields = [];
  for (const database of server.keyspace.databases) {
    if (database.size === 0) continue;
    const averageTtl = Math.round(database.averageTtl);
    fields.push([
      `db${database.index}`,
      `keys=${database.size},expires=${database.volatileSize},avg_ttl=${averageTtl}`,
    ]);
  }
  return fields;
}

function ratio(part: number, whole: number): string {
  return (whole === 0 ? 1 : part / whole).toFixed(2);
}

/** Bytes as Redis writes them for people: `1.50M`. */
function human(bytes: number): string {
  if (bytes < 1024) return `${bytes}B`;
  const units = ["K", "M", "G", "T", "P"];
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value.toFixed(2)}${units[unit]}`;
}
