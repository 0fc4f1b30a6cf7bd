/**
 * The text of INFO, with Redis's sections and field names.
 *
 * @module
 */

import process from "node:process";
import { persistenceFields } from "./persistence_info.ts";
import type { Server } from "./server.ts";
import { REDIS_VERSION, VERSION } from "./server.ts";

type Fields = [name: string, value: string | number][];

/** The sections, in Redis's order, and what makes them. */
const SECTIONS: Record<string, (server: Server) => Fields> = {
  Server: serverSection,
  Clients: clientsSection,
  Memory: memorySection,
  Persistence: ({ keyspace, persistence }) => persistenceFields(persistence, keyspace),
  Stats: statsSection,
  Replication: replicationSection,
  CPU: cpuSection,
  Modules: () => [],
  Commandstats: commandsSection,
  Errorstats: errorsSection,
  Latencystats: latenciesSection,
  Cluster: () => [["cluster_enabled", 0]],
  Keyspace: keyspaceSection,
};
const ALL = Object.keys(SECTIONS).map((title) => title.toLowerCase());
/** What INFO shows unless told. */
const DEFAULT = ALL.filter((name) => name !== "commandstats" && name !== "latencystats");
/** Several sections by one name; `everything` would add sections of modules, which there are none of. */
const GROUPS: Readonly<Record<string, readonly string[]>> = { default: DEFAULT, all: ALL, everything: ALL };

/** INFO's reply for the sections asked for, in lower case. */
export function infoText(server: Server, sections: readonly string[]): string {
  const wanted = new Set(sections.flatMap((name) => GROUPS[name] ?? [name]));
  const texts: string[] = [];
  for (const [title, fields] of Object.entries(SECTIONS)) {
    if (!wanted.has(title.toLowerCase())) continue;
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
    ["lru_clock", server.keyspace.access.seconds],
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
  const figures = server.memoryFigures();
  const { used, peak, startup, overhead, dataset, allocated, active, resident, rss } = figures;
  const total = Deno.systemMemoryInfo().total;
  const limit = Number(server.configuration.get("maxmemory"));
  return [
    ["used_memory", used],
    ["used_memory_human", human(used)],
    ["used_memory_rss", rss],
    ["used_memory_rss_human", human(rss)],
    ["used_memory_peak", peak],
    ["used_memory_peak_human", human(peak)],
    ["used_memory_peak_perc", percentage(used, peak)],
    ["used_memory_overhead", overhead],
    ["used_memory_startup", startup],
    ["used_memory_dataset", dataset],
    ["used_memory_dataset_perc", percentage(dataset, used - startup)],
    ["allocator_allocated", allocated],
    ["allocator_active", active],
    ["allocator_resident", resident],
    ["total_system_memory", total],
    ["total_system_memory_human", human(total)],
    ...scriptFields(server),
    ["maxmemory", limit],
    ["maxmemory_human", human(limit)],
    ["maxmemory_policy", server.configuration.get("maxmemory-policy")],
    ["allocator_frag_ratio", ratio(active, allocated)],
    ["allocator_frag_bytes", active - allocated],
    ["allocator_rss_ratio", ratio(resident, active)],
    ["allocator_rss_bytes", resident - active],
    ["rss_overhead_ratio", ratio(rss, resident)],
    ["rss_overhead_bytes", rss - resident],
    ["mem_fragmentation_ratio", ratio(rss, used)],
    ["mem_fragmentation_bytes", rss - used],
    ["mem_not_counted_for_evict", server.memory.notCounted],
    ["mem_replication_backlog", 0],
    ["mem_total_replication_buffers", 0],
    ["mem_clients_slaves", 0],
    ["mem_clients_normal", figures.clients],
    ["mem_cluster_links", 0],
    ["mem_aof_buffer", server.persistence.aofBuffer],
    ["mem_allocator", "denodis-arena"],
    ["active_defrag_running", server.defragmentation.figures().running],
    ["lazyfree_pending_objects", server.keyspace.lazyfree.pending],
    ["lazyfreed_objects", server.keyspace.lazyfree.freed],
    ["denodis_heap_used", figures.heapUsed],
    ["denodis_heap_total", figures.heapTotal],
  ];
}

/** What scripts and functions take. */
function scriptFields({ scripting }: Server): Fields {
  const { evalMachine, evalScripts, scripts, functionMachine, functions } = scripting.memory();
  const { size } = scripting.functions;
  const machines = evalMachine + functionMachine;
  const texts = evalScripts + functions;
  return [
    ["used_memory_lua", evalMachine],
    ["used_memory_vm_eval", evalMachine],
    ["used_memory_lua_human", human(evalMachine)],
    ["used_memory_scripts_eval", evalScripts],
    ["number_of_cached_scripts", scripts],
    ["number_of_functions", size.functions],
    ["number_of_libraries", size.libraries],
    ["used_memory_vm_functions", functionMachine],
    ["used_memory_vm_total", machines],
    ["used_memory_vm_total_human", human(machines)],
    ["used_memory_functions", functions],
    ["used_memory_scripts", texts],
    ["used_memory_scripts_human", human(texts)],
  ];
}

function statsSection(server: Server): Fields {
  const { statistics, dispatcher, keyspace, expiry, pubsub, tracking } = server;
  const defragmentation = server.defragmentation.figures();
  return [
    ["total_connections_received", statistics.connections],
    ["total_commands_processed", dispatcher.timer.commands],
    ["instantaneous_ops_per_sec", Math.round(statistics.commandRate.perSecond)],
    ["total_net_input_bytes", statistics.inputBytes],
    ["total_net_output_bytes", statistics.outputBytes],
    ["total_net_repl_input_bytes", 0],
    ["total_net_repl_output_bytes", 0],
    ["instantaneous_input_kbps", (statistics.inputRate.perSecond / 1024).toFixed(2)],
    ["instantaneous_output_kbps", (statistics.outputRate.perSecond / 1024).toFixed(2)],
    ["instantaneous_input_repl_kbps", "0.00"],
    ["instantaneous_output_repl_kbps", "0.00"],
    ["rejected_connections", statistics.rejectedConnections],
    ["sync_full", 0],
    ["sync_partial_ok", 0],
    ["sync_partial_err", 0],
    ["expired_keys", keyspace.statistics.expired],
    ["expired_stale_perc", (expiry.staleShare * 100).toFixed(2)],
    ["expired_time_cap_reached_count", expiry.timeCapReached],
    ["expire_cycle_cpu_milliseconds", Math.floor(expiry.microseconds / 1000)],
    ["evicted_keys", keyspace.statistics.evicted],
    ["evicted_clients", server.statistics.evictedClients],
    ["total_eviction_exceeded_time", keyspace.eviction.exceededTime().total],
    ["current_eviction_exceeded_time", keyspace.eviction.exceededTime().current],
    ["keyspace_hits", keyspace.statistics.hits],
    ["keyspace_misses", keyspace.statistics.misses],
    ["pubsub_channels", pubsub.channelCount],
    ["pubsub_patterns", pubsub.patternCount],
    ["pubsubshard_channels", pubsub.shardChannelCount],
    ["latest_fork_usec", 0],
    ["total_forks", 0],
    ["migrate_cached_sockets", 0],
    ["slave_expires_tracked_keys", 0],
    ["active_defrag_hits", defragmentation.hits],
    ["active_defrag_misses", defragmentation.misses],
    ["active_defrag_key_hits", defragmentation.keyHits],
    ["active_defrag_key_misses", defragmentation.keyMisses],
    ["total_active_defrag_time", Math.floor(defragmentation.totalTime)],
    ["current_active_defrag_time", Math.floor(defragmentation.currentTime)],
    ["tracking_total_keys", tracking.statistics.keys],
    ["tracking_total_items", tracking.statistics.items],
    ["tracking_total_prefixes", tracking.statistics.prefixes],
    ["unexpected_error_replies", 0],
    ["total_error_replies", dispatcher.statistics.errors],
    ["dump_payload_sanitizations", keyspace.statistics.sanitizations],
    ["total_reads_processed", statistics.reads],
    ["total_writes_processed", statistics.writes],
    ["io_threaded_reads_processed", 0],
    ["io_threaded_writes_processed", 0],
    ["reply_buffer_shrinks", 0],
    ["reply_buffer_expands", 0],
    ["client_output_buffer_limit_disconnections", statistics.outputLimitDisconnections],
  ];
}

function replicationSection(server: Server): Fields {
  return [
    ["role", "master"],
    ["connected_slaves", 0],
    ["master_failover_state", "no-failover"],
    ["master_replid", server.replicationId],
    ["master_replid2", "0".repeat(40)],
    ["master_repl_offset", 0],
    ["second_repl_offset", -1],
    ["repl_backlog_active", 0],
    ["repl_backlog_size", Number(server.configuration.get("repl-backlog-size"))],
    ["repl_backlog_first_byte_offset", 0],
    ["repl_backlog_histlen", 0],
  ];
}

function commandsSection(server: Server): Fields {
  const fields: Fields = [];
  for (const { fullName, calls, microseconds, rejectedCalls, failedCalls } of server.commands.all()) {
    if (calls + rejectedCalls + failedCalls === 0) continue;
    const whole = Math.floor(microseconds);
    const mean = calls === 0 ? 0 : whole / calls;
    fields.push([
      `cmdstat_${fullName}`,
      `calls=${calls},usec=${whole},usec_per_call=${mean.toFixed(2)},` +
      `rejected_calls=${rejectedCalls},failed_calls=${failedCalls}`,
    ]);
  }
  return fields;
}

function latenciesSection(server: Server): Fields {
  const percentiles = server.configuration.get("latency-tracking-info-percentiles");
  const fields: Fields = [];
  for (const { fullName, latencies } of server.commands.all()) {
    if (latencies === null) continue;
    const values = percentiles.map((percent) =>
      `p${shortNumber(percent)}=${(latencies.percentile(percent) / 1000).toFixed(3)}`
    );
    fields.push([`latency_percentiles_usec_${fullName}`, values.join(",")]);
  }
  return fields;
}

function cpuSection(): Fields {
  const { user, system } = process.cpuUsage();
  const thread = process.threadCpuUsage();
  const seconds = (microseconds: number) => (microseconds / 1e6).toFixed(6);
  return [
    ["used_cpu_sys", seconds(system)],
    ["used_cpu_user", seconds(user)],
    ["used_cpu_sys_children", seconds(0)],
    ["used_cpu_user_children", seconds(0)],
    ["used_cpu_sys_main_thread", seconds(thread.system)],
    ["used_cpu_user_main_thread", seconds(thread.user)],
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

function percentage(part: number, whole: number): string {
  return `${((part / whole) * 100).toFixed(2)}%`;
}

/** A number with six digits at the most, as C's `%g` prints it, in the range of percentiles. */
function shortNumber(value: number): string {
  return String(Number(value.toPrecision(6)));
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
