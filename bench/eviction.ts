/**
 * Eviction: hit ratios of the policies at equal `maxmemory`, and throughput while keys are evicted.
 *
 * Both servers serve as a read-through cache: a key that GET does not find is SET. Requests go out in batches, in which
 * a key that is asked for twice is missed twice.
 *
 * @module
 */
import type { Bench } from "./bench.ts";
import type { Contestant } from "./contestants.ts";
import { type Trace, traces } from "./eviction_traces.ts";
import { cpuMicroseconds, outputOf } from "./processes.ts";
import { ReplyKind, ReplyReader } from "./reply_reader.ts";
import { decimal, markdownTable, progress, section } from "./report.ts";
import { encodeRequest, request, writeAll } from "./request.ts";
import { Server } from "./server.ts";

const FULL_SIZE = { keys: 100_000, requests: 500_000 };
const SIZE = { keys: 100_000, requests: 200_000 };
const QUICK_SIZE = { keys: 100_000, requests: 100_000 };
/** Room for about a quarter of the keys in redis-server. */
const LIMIT = 6 * 1024 * 1024;
const VALUE = "v".repeat(100);
/** Digits of a key: its length is that of a usual one. */
const DIGITS = 16;
const BATCH = 100;
const FULL_LOAD_REQUESTS = 1_000_000;
const LOAD_REQUESTS = 500_000;
const QUICK_LOAD_REQUESTS = 300_000;
const LOAD_MILLISECONDS = 120_000;

const OURS = ["allkeys-random", "allkeys-lru", "allkeys-lfu", "allkeys-s3-fifo"];
const THEIRS = ["allkeys-random", "allkeys-lru", "allkeys-lfu"];

/** What a policy of one server did. */
interface Result {
  readonly name: string;
  readonly hitRatios: readonly number[];
  readonly requestsPerSecond: number;
  readonly cpuMicroseconds: number;
}

/** The hit ratio on each trace, in percent, and the throughput of writes that evict, of each policy. */
export async function measureEviction(bench: Bench): Promise<string> {
  const all = traces(bench.full ? FULL_SIZE : bench.quick ? QUICK_SIZE : SIZE);
  const { ours, oracle } = bench.contestants;
  const results: Result[] = [];
  for (const policy of OURS) results.push(await measurePolicy(ours, policy, { bench, traces: all }));
  for (const policy of THEIRS) results.push(await measurePolicy(oracle, policy, { bench, traces: all }));
  const rows = results.map(({ name, hitRatios, requestsPerSecond, cpuMicroseconds }) => [
    name,
    ...hitRatios.map((ratio) => decimal(100 * ratio, 1)),
    decimal(requestsPerSecond),
    decimal(cpuMicroseconds, 2),
  ]);
  const header = ["", ...all.map(({ name }) => name), "SET/s", "CPU µs per SET"];
  return section("Eviction", [
    `Hits in percent, maxmemory ${LIMIT / 1024 / 1024} MiB, ${decimal(all[0].keys.length)} requests for ` +
    `${
      decimal(SIZE.keys)
    } keys with ${VALUE.length}-byte values; then SETs of new keys at P=16, each of which evicts.`,
    markdownTable(header, rows),
  ]);
}

async function measurePolicy(
  contestant: Contestant,
  policy: string,
  { bench, traces }: { bench: Bench; traces: readonly Trace[] },
): Promise<Result> {
  await using server = await Server.start(contestant, bench);
  const { port } = server;
  await request(port, ["CONFIG", "SET", "maxmemory", String(LIMIT)]);
  await request(port, ["CONFIG", "SET", "maxmemory-policy", policy]);
  const hitRatios: number[] = [];
  for (const { keys } of traces) {
    await request(port, ["FLUSHALL"]);
    hitRatios.push(await replay(port, keys) / keys.length);
  }
  const requests = bench.full ? FULL_LOAD_REQUESTS : bench.quick ? QUICK_LOAD_REQUESTS : LOAD_REQUESTS;
  const before = await cpuMicroseconds(server.pid);
  const started = performance.now();
  const flags = ["-h", "127.0.0.1", "-p", String(port), "--csv", "-c", "50", "-P", "16", "-r", "1000000000"];
  flags.push("-n", String(requests), "SET", "key:__rand_int__", VALUE);
  await outputOf("redis-benchmark", { args: flags, milliseconds: LOAD_MILLISECONDS });
  const seconds = (performance.now() - started) / 1000;
  const cpu = await cpuMicroseconds(server.pid) - before;
  progress(`${contestant.name}, eviction by ${policy}`);
  return {
    name: `${contestant.name} ${policy}`,
    hitRatios,
    requestsPerSecond: requests / seconds,
    cpuMicroseconds: cpu / requests,
  };
}

/** Asks for the keys in order, and sets those that are missing; returns how many were not. */
async function replay(port: number, keys: Uint32Array): Promise<number> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const reader = new ReplyReader(connection);
  let hits = 0;
  for (let from = 0; from < keys.length; from += BATCH) {
    const names = Array.from(
      keys.subarray(from, from + BATCH),
      (key) => `key:${String(key).padStart(DIGITS, "0")}`,
    );
    await writeAll(connection, joined(names.map((name) => encodeRequest(["GET", name]))));
    const missing = (await nulls(reader, names.length)).map((index) => names[index]);
    hits += names.length - missing.length;
    if (missing.length === 0) continue;
    await writeAll(connection, joined(missing.map((name) => encodeRequest(["SET", name, VALUE]))));
    await nulls(reader, missing.length);
  }
  return hits;
}

/** The indexes of those of the next `count` replies that are null; throws where one is an error. */
async function nulls(reader: ReplyReader, count: number): Promise<number[]> {
  const indexes: number[] = [];
  await reader.read(count, (index, kind) => {
    if (kind === ReplyKind.ERROR) throw new Error("The server answered with an error");
    if (kind === ReplyKind.NULL) indexes.push(index);
  });
  return indexes;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
