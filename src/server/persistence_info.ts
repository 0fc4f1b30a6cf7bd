/**
 * INFO's section on persistence.
 *
 * @module
 */

import type { Keyspace } from "../store/keyspace.ts";
import type { Aof } from "./aof.ts";
import type { Loading, Persistence } from "./persistence.ts";

type Fields = [name: string, value: string | number][];

/** The fields, in Redis's order. */
export function persistenceFields(persistence: Persistence, keyspace: Keyspace): Fields {
  const { aof, figures, loading, saving } = persistence;
  const taken = saving ?? aof.rewriting;
  const now = Math.floor(keyspace.clock.now() / 1000);
  const [written, total] = [taken?.snapshot.written ?? 0, taken?.snapshot.keys ?? 0];
  return [
    ["loading", loading === null ? 0 : 1],
    ["async_loading", 0],
    [
      "current_cow_peak",
      saving !== null ? figures.peakMemory : aof.rewriting !== null ? aof.figures.lastMemory : 0,
    ],
    ["current_cow_size", taken?.snapshot.memory ?? 0],
    ["current_cow_size_age", 0],
    ["current_fork_perc", (total === 0 ? 0 : (100 * written) / total).toFixed(2)],
    ["current_save_keys_processed", written],
    ["current_save_keys_total", total],
    ["rdb_changes_since_last_save", keyspace.dirty],
    ["rdb_bgsave_in_progress", saving === null ? 0 : 1],
    ["rdb_last_save_time", figures.lastSave],
    ["rdb_last_bgsave_status", figures.lastStatus],
    ["rdb_last_bgsave_time_sec", figures.lastDuration],
    ["rdb_current_bgsave_time_sec", saving === null ? -1 : now - saving.startedAt],
    ["rdb_saves", figures.saves],
    ["rdb_last_cow_size", figures.lastMemory],
    ["rdb_last_load_keys_expired", figures.keysExpired],
    ["rdb_last_load_keys_loaded", figures.keysLoaded],
    ["aof_enabled", aof.state === "off" ? 0 : 1],
    ["aof_rewrite_in_progress", aof.rewriting === null ? 0 : 1],
    ["aof_rewrite_scheduled", aof.scheduled ? 1 : 0],
    ["aof_last_rewrite_time_sec", aof.figures.lastDuration],
    ["aof_current_rewrite_time_sec", aof.rewriting === null ? -1 : now - aof.rewriting.startedAt],
    ["aof_last_bgrewrite_status", aof.figures.lastStatus],
    ["aof_rewrites", aof.figures.rewrites],
    ["aof_rewrites_consecutive_failures", aof.figures.failures],
    ["aof_last_write_status", aof.appendLog.error === null ? "ok" : "err"],
    ["aof_last_cow_size", aof.figures.lastMemory],
    ["module_fork_in_progress", 0],
    ["module_fork_last_cow_size", 0],
    ...(aof.state === "off" ? [] : aofFields(aof)),
    ...(loading === null ? [] : loadingFields(loading, now)),
  ];
}

function aofFields({ appendLog, figures, scheduled, size }: Aof): Fields {
  return [
    ["aof_current_size", size],
    ["aof_base_size", figures.baseSize],
    ["aof_pending_rewrite", scheduled ? 1 : 0],
    ["aof_buffer_length", appendLog.buffered],
    ["aof_pending_bio_fsync", appendLog.isSyncing ? 1 : 0],
    ["aof_delayed_fsync", appendLog.delayed],
  ];
}

function loadingFields(loading: Loading, now: number): Fields {
  const startedAt = Math.floor(loading.startedAt / 1000);
  const { offset, size, usedMemory } = loading;
  const elapsed = now - startedAt;
  const rate = elapsed / (offset + 1);
  return [
    ["loading_start_time", startedAt],
    ["loading_total_bytes", size],
    ["loading_rdb_used_mem", usedMemory],
    ["loading_loaded_bytes", offset],
    ["loading_loaded_perc", (size === 0 ? 100 : (100 * offset) / size).toFixed(2)],
    ["loading_eta_seconds", elapsed === 0 ? 1 : Math.floor(rate * (size - offset))],
  ];
}
