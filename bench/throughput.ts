/**
 * Requests per second and CPU time per request, by redis-benchmark.
 *
 * @module
 */
import { type Bench, measureInTurns, type Pair } from "./bench.ts";
import type { Contestant } from "./contestants.ts";
import { insertCounters, insertKeys } from "./load.ts";
import { cpuMicroseconds, outputOf } from "./processes.ts";
import { decimal, markdownTable, median, progress, section, withSpread } from "./report.ts";
import { request } from "./request.ts";
import { Server } from "./server.ts";

const CLIENTS = 50;
const VALUE_BYTES = 64;
const KEYS = 1_000_000;
const PIPELINES = [1, 16, 100];
const RUN_LIMIT_MILLISECONDS = 60_000;

/** What one run of redis-benchmark tells. */
interface Run {
  readonly requestsPerSecond: number;
  readonly cpuMicrosecondsPerRequest: number;
}

interface RunOptions {
  readonly test: string;
  readonly pipeline: number;
  readonly requests: number;
}

/** Runs every command at every pipeline depth against both servers in turns. */
export async function measureThroughput(bench: Bench): Promise<string> {
  await using ours = await Server.start(bench.contestants.ours, bench);
  await using oracle = await Server.start(bench.contestants.oracle, bench);
  const servers: Pair<Server> = { ours, oracle };
  const rows: string[][] = [];
  const tests: [name: string, fill: (server: Server) => Promise<unknown>][] = [
    ["set", fillWithKeys],
    ["get", leaveAsIs],
    ["mset", leaveAsIs],
    ["incr", fillWithCounters],
  ];
  for (const [test, fill] of tests) {
    await fill(ours);
    await fill(oracle);
    for (const pipeline of PIPELINES) rows.push(await compare(bench, { servers, test, pipeline }));
  }
  const header = ["command", "P", "denodis req/s", "redis-server req/s", "ratio"];
  header.push("denodis CPU µs/req", "redis-server CPU µs/req", "ratio");
  return section("Throughput", [
    `redis-benchmark, ${CLIENTS} clients, ${VALUE_BYTES}-byte values, random keys out of ${
      decimal(KEYS)
    } that exist; ` +
    `P is the pipeline depth. Ratios are denodis's figure over redis-server's: the median of ${bench.rounds} ` +
    "alternating rounds (and the lowest and highest). CPU time is all threads of the server process, user and system.",
    markdownTable(header, rows),
  ]);
}

/** The keys that redis-benchmark's `-r` draws for SET, GET and MSET: `key:` and twelve digits. */
function fillWithKeys(server: Server): Promise<unknown> {
  return insertKeys(server.port, { count: KEYS, valueBytes: VALUE_BYTES, limitSeconds: 60 });
}

/** INCR draws `counter:` keys; alone in the store, so that its keyspace is as large as the others'. */
async function fillWithCounters(server: Server): Promise<unknown> {
  await request(server.port, ["FLUSHALL"]);
  return insertCounters(server.port, { count: KEYS, limitSeconds: 60 });
}

async function leaveAsIs(): Promise<void> {}

async function compare(
  bench: Bench,
  options: { readonly servers: Pair<Server>; readonly test: string; readonly pipeline: number },
): Promise<string[]> {
  const { servers, test, pipeline } = options;
  const requests = await requestsForRun(bench, options);
  function measure(contestant: Contestant): Promise<Run> {
    const server = contestant === bench.contestants.ours ? servers.ours : servers.oracle;
    return runBenchmark(server, { test, pipeline, requests });
  }
  const rounds = await measureInTurns(bench, measure);
  const rates = rounds.map((round) => round.ours.requestsPerSecond / round.oracle.requestsPerSecond);
  const costs = rounds.map((round) =>
    round.ours.cpuMicrosecondsPerRequest / round.oracle.cpuMicrosecondsPerRequest
  );
  progress(
    `${test} P=${pipeline}: ${decimal(requests)} requests a run, throughput ratio ${withSpread(rates)}`,
  );
  return [
    test === "mset" ? "MSET (10 keys)" : test.toUpperCase(),
    String(pipeline),
    decimal(median(rounds.map((round) => round.ours.requestsPerSecond))),
    decimal(median(rounds.map((round) => round.oracle.requestsPerSecond))),
    withSpread(rates),
    decimal(median(rounds.map((round) => round.ours.cpuMicrosecondsPerRequest)), 2),
    decimal(median(rounds.map((round) => round.oracle.cpuMicrosecondsPerRequest)), 2),
    withSpread(costs),
  ];
}

/** The number of requests that makes a run long enough; finding it out also warms both servers up. */
async function requestsForRun(
  bench: Bench,
  options: { readonly servers: Pair<Server>; readonly test: string; readonly pipeline: number },
): Promise<number> {
  const { servers, test, pipeline } = options;
  const trial = { test, pipeline, requests: test === "mset" ? 20_000 : pipeline === 1 ? 40_000 : 300_000 };
  const ours = await runBenchmark(servers.ours, trial);
  const oracle = await runBenchmark(servers.oracle, trial);
  const seconds = bench.quick ? 0.5 : 3;
  const rate = (ours.requestsPerSecond + oracle.requestsPerSecond) / 2;
  return Math.ceil(rate * seconds / 10_000) * 10_000;
}

async function runBenchmark(server: Server, options: RunOptions): Promise<Run> {
  const flags = ["-h", "127.0.0.1", "-p", String(server.port), "--csv", "-t", options.test];
  flags.push("-c", String(CLIENTS), "-d", String(VALUE_BYTES), "-r", String(KEYS));
  flags.push("-P", String(options.pipeline), "-n", String(options.requests));
  const before = await cpuMicroseconds(server.pid);
  const output = await outputOf("redis-benchmark", { args: flags, milliseconds: RUN_LIMIT_MILLISECONDS });
  const spent = await cpuMicroseconds(server.pid) - before;
  // "test","rps",... and then the one line asked for: "SET","123456.78",...
  const rate = Number(/^"[^"]+","([\d.]+)"/m.exec(output)?.[1]);
  if (!(rate > 0)) throw new Error(`redis-benchmark printed no rate for ${options.test}: ${output}`);
  return { requestsPerSecond: rate, cpuMicrosecondsPerRequest: spent / options.requests };
}
