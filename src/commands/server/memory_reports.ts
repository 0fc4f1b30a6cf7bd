/**
 * MEMORY DOCTOR, MALLOC-STATS, PURGE and STATS: where the memory of the whole server is.
 *
 * @module
 */

import type { CommandContext, MemoryFigures } from "../context.ts";
import { type CommandDefinition, defineCommand } from "../define.ts";

const COMMON = {
  group: "server",
  since: "4.0.0",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 2,
  flags: [],
  categories: [],
  tips: ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
  keys: [],
  arguments: [],
  subcommands: [],
} satisfies Partial<CommandDefinition>;

const COSTLY = "Depends on how much memory is allocated, could be slow";

/** A figure of MEMORY STATS: a number of bytes, a ratio, or those of one database. */
type Figure = readonly [name: string, value: number | { ratio: number } | { keys: number; volatile: number }];

/** `MEMORY STATS` */
export const memoryStats = defineCommand({
  ...COMMON,
  name: "STATS",
  summary: "Show memory usage details",
  run(context) {
    const { reply } = context;
    const figures = memoryStatistics(context);
    reply.map(figures.length);
    for (const [name, value] of figures) {
      reply.bulkText(name);
      if (typeof value === "number") reply.integer(value);
      else if ("ratio" in value) reply.doubleText(seventeenDigits(value.ratio));
      else replyDatabase(context, value);
    }
  },
});

function replyDatabase(
  { reply }: CommandContext,
  { keys, volatile }: { keys: number; volatile: number },
): void {
  reply.map(3);
  reply.bulkText("overhead.hashtable.main");
  reply.integer(keys);
  reply.bulkText("overhead.hashtable.expires");
  reply.integer(volatile);
  reply.bulkText("overhead.hashtable.slot-to-keys");
  reply.integer(0);
}

/** All figures, in Redis's order. */
function memoryStatistics({ keyspace, server }: CommandContext): Figure[] {
  const figures = server.memoryFigures();
  const { evalScripts, functions } = server.scripting.memory();
  const { used, peak, startup, dataset, allocated, active, resident, rss } = figures;
  const keys = keyspace.size;
  const databases = keyspace.databases.filter(({ size }) => size > 0).map((database): Figure => [
    `db.${database.index}`,
    database.overhead(),
  ]);
  return [
    ["peak.allocated", peak],
    ["total.allocated", used],
    ["startup.allocated", startup],
    ["replication.backlog", 0],
    ["clients.slaves", 0],
    ["clients.normal", figures.clients],
    ["cluster.links", 0],
    ["aof.buffer", server.persistence.aofBuffer],
    ["lua.caches", evalScripts],
    ["functions.caches", functions],
    ...databases,
    ["overhead.total", figures.overhead],
    ["keys.count", keys],
    ["keys.bytes-per-key", keys === 0 ? 0 : Math.max(0, Math.floor((used - startup) / keys))],
    ["dataset.bytes", dataset],
    ["dataset.percentage", { ratio: (100 * dataset) / Math.max(1, used - startup) }],
    ["peak.percentage", { ratio: (100 * used) / peak }],
    ["allocator.allocated", allocated],
    ["allocator.active", active],
    ["allocator.resident", resident],
    ["allocator-fragmentation.ratio", { ratio: ratio(active, allocated) }],
    ["allocator-fragmentation.bytes", active - allocated],
    ["allocator-rss.ratio", { ratio: ratio(resident, active) }],
    ["allocator-rss.bytes", resident - active],
    ["rss-overhead.ratio", { ratio: ratio(rss, resident) }],
    ["rss-overhead.bytes", rss - resident],
    ["fragmentation", { ratio: ratio(rss, used) }],
    ["fragmentation.bytes", rss - used],
  ];
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 1 : part / whole;
}

/** A ratio with the digits that C's `%.17g` prints, more or less zeros at the end. */
function seventeenDigits(value: number): string {
  return String(Number(value.toPrecision(17)));
}

/** `MEMORY PURGE` */
export const purge = defineCommand({
  ...COMMON,
  name: "PURGE",
  summary: "Ask the allocator to release memory",
  complexity: COSTLY,
  tips: ["request_policy:all_shards", "response_policy:all_succeeded"],
  run({ reply, server }) {
    server.purgeMemory();
    reply.ok();
  },
});

/** `MEMORY MALLOC-STATS` */
export const mallocStats = defineCommand({
  ...COMMON,
  name: "MALLOC-STATS",
  summary: "Show allocator internal stats",
  complexity: COSTLY,
  run({ reply, server }) {
    const figures = Object.entries(server.memoryFigures());
    reply.verbatim(figures.map(([name, bytes]) => `${name}: ${bytes}\n`).join(""));
  },
});

/** Bytes below which there is nothing to say about the memory. */
const TOO_SMALL = 5 * 1024 * 1024;
const MEGABYTES_10 = 10 * 1024 * 1024;
const TYPICAL_CLIENT = 200 * 1024;

const EMPTY =
  "Hi Sam, this instance is empty or is using very little memory, my issues detector can't be used in these " +
  "conditions. Please, leave for your mission on Earth and fill it with some data. The new Sam and I will be back " +
  "to our programming as soon as I finished rebooting.\n";
const HEALTHY =
  "Hi Sam, I can't find any memory issue in your instance. I can only account for what occurs on this base.\n";
const PEAK =
  " * Peak memory: In the past this instance used more than 150% the memory that is currently using. The allocator " +
  "is normally not able to release memory after a peak, so you can expect to see a big fragmentation ratio, however " +
  "this is actually harmless and is only due to the memory peak, and if the Redis instance Resident Set Size (RSS) " +
  "is currently bigger than expected, the memory will be used as soon as you fill the Redis instance with more data. " +
  "If the memory peak was only occasional and you want to try to reclaim memory, please try the MEMORY PURGE " +
  "command, otherwise the only other option is to shutdown and restart the instance.\n\n";
const FRAGMENTED =
  " * High total RSS: This instance has a memory fragmentation and RSS overhead greater than 1.4 (this means that " +
  "the Resident Set Size of the Redis process is much larger than the sum of the logical allocations Redis " +
  "performed). This problem is usually due either to a large peak memory (check if there is a peak memory entry " +
  "above in the report) or may result from a workload that causes the allocator to fragment memory a lot. If the " +
  "problem is a large peak memory, then there is no issue. Otherwise, make sure you are using the Jemalloc " +
  'allocator and not the default libc malloc. Note: The currently used allocator is "denodis-arena".\n\n';
const ALLOCATOR_FRAGMENTED =
  " * High allocator fragmentation: This instance has an allocator external fragmentation greater than 1.1. This " +
  "problem is usually due either to a large peak memory (check if there is a peak memory entry above in the report) " +
  "or may result from a workload that causes the allocator to fragment memory a lot. You can try enabling " +
  "'activedefrag' config option.\n\n";
const ALLOCATOR_RSS =
  " * High allocator RSS overhead: This instance has an RSS memory overhead is greater than 1.1 (this means that the " +
  "Resident Set Size of the allocator is much larger than the sum what the allocator actually holds). This problem " +
  "is usually due to a large peak memory (check if there is a peak memory entry above in the report), you can try " +
  "the MEMORY PURGE command to reclaim it.\n\n";
const PROCESS_RSS =
  " * High process RSS overhead: This instance has non-allocator RSS memory overhead is greater than 1.1 (this means " +
  "that the Resident Set Size of the Redis process is much larger than the RSS the allocator holds). This problem " +
  "may be due to Lua scripts or Modules.\n\n";
const CLIENT_BUFFERS =
  " * Big client buffers: The clients output buffers in this instance are greater than 200K per client (on average). " +
  "This may result from different causes, like Pub/Sub clients subscribed to channels bot not receiving data fast " +
  "enough, so that data piles on the Redis instance output buffer, or clients sending commands with large replies or " +
  "very large sequences of commands in the same pipeline. Please use the CLIENT LIST command in order to investigate " +
  "the issue if it causes problems in your instance, or to understand better why certain clients are using a big " +
  "amount of memory.\n\n";

/** `MEMORY DOCTOR` */
export const memoryDoctor = defineCommand({
  ...COMMON,
  name: "DOCTOR",
  summary: "Outputs memory problems report",
  run({ reply, server }) {
    const figures = server.memoryFigures();
    const clients = [...server.clients.list()].length;
    reply.verbatim(memoryReport(figures, figures.clients / Math.max(1, clients) > TYPICAL_CLIENT));
  },
});

/** What there is to say, in Redis's words, by Redis's bounds. */
function memoryReport(figures: MemoryFigures, bigClients: boolean): string {
  const { used, peak, allocated, active, resident, rss } = figures;
  // The JavaScript heap is larger than that in an empty server already.
  if (allocated < TOO_SMALL) return EMPTY;
  const exceeds = (part: number, whole: number, bound: number) =>
    part / whole > bound && part - whole > MEGABYTES_10;
  const issues = [
    peak / used > 1.5 ? PEAK : "",
    exceeds(rss, used, 1.4) ? FRAGMENTED : "",
    exceeds(active, allocated, 1.1) ? ALLOCATOR_FRAGMENTED : "",
    exceeds(resident, active, 1.1) ? ALLOCATOR_RSS : "",
    exceeds(rss, resident, 1.1) ? PROCESS_RSS : "",
    bigClients ? CLIENT_BUFFERS : "",
  ].join("");
  if (issues === "") return HEALTHY;
  return "Sam, I detected a few issues in this Redis instance memory implants:\n\n" + issues +
    "I'm here to keep you safe, Sam. I want to help you.\n";
}
