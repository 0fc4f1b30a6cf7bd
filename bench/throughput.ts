/**
 * Requests per second and CPU time per request, by redis-benchmark.
 *
 * @module
 */
import { type Bench, measureInTurn, type Pair } from "./bench.ts";
import { QuietRuns } from "./interference.ts";
import { insertCounters, insertKeys } from "./load.ts";
import { cpuMicroseconds, outputOf, sleep } from "./processes.ts";
import { decimal, markdownTable, median, progress, section, withSpread } from "./report.ts";
import { request } from "./request.ts";
import { Server } from "./server.ts";

const CLIENTS = 50;
const VALUE_BYTES = 64;
const KEYS = 1_000_000;
const PIPELINES = [1, 16, 100];
/** Length of one of the two runs that a server has in a round. */
const RUN_SECONDS = 1.25;
const QUICK_RUN_SECONDS = 0.3;
const RUN_LIMIT_MILLISECONDS = 60_000;
const ATTEMPTS = 3;

/** What one run of redis-benchmark tells. */
export interface Run {
  readonly requestsPerSecond: number;
  readonly cpuMicrosecondsPerRequest: number;
}

interface RunOptions {
  readonly test: Test;
  readonly pipeline: number;
  readonly requests: number;
}

/** One command at one depth: the requests of a run, the same in every round, and what each round measured. */
export interface Series {
  readonly test: Test;
  readonly pipeline: number;
  requests: number;
  readonly rounds: Pair<Run>[];
}

/** What is sent, and how the servers are filled before it. */
export interface Test {
  /** What the table calls it. */
  readonly name: string;
  /** A test of redis-benchmark's own, or the words of a request in which `__rand_int__` stands for a random index. */
  readonly request: string | readonly string[];
  readonly fill: (server: Server) => Promise<unknown>;
  /** Whether the requests use up what is there: the servers are filled before each run, which has at most this many. */
  readonly uses?: number;
  /** Milliseconds before each run, in which the system ends what the run before it has left to do. */
  readonly settle?: number;
  /** Commands that a request runs, where that is not one: of so much longer requests fewer are sent. */
  readonly commands?: number;
}

const TESTS: readonly Test[] = [
  { name: "SET", request: "set", fill: fillWithKeys },
  { name: "GET", request: "get", fill: leaveAsIs },
  { name: "MSET (10 keys)", request: "mset", fill: leaveAsIs },
  { name: "INCR", request: "incr", fill: fillWithCounters },
];

/** Runs every command at every pipeline depth against both servers in turns. */
export async function measureThroughput(bench: Bench): Promise<string> {
  const { table, summary } = await measureTests(bench, { tests: TESTS, pipelines: PIPELINES });
  return section("Throughput", [
    `redis-benchmark, ${CLIENTS} clients, ${VALUE_BYTES}-byte values, random keys out of ${
      decimal(KEYS)
    } that exist; P is the pipeline depth. ${summary}`,
    table,
  ]);
}

/** Runs each test at each depth against both servers in turns; returns the table, what is in it, and how it was measured. */
export async function measureTests(
  bench: Bench,
  options: { readonly tests: readonly Test[]; readonly pipelines: readonly number[] },
): Promise<{ table: string; series: readonly Series[]; summary: string }> {
  const { tests, pipelines } = options;
  const table: Series[] = [];
  const runs = new QuietRuns(ATTEMPTS);
  for (const test of tests) {
    for (const pipeline of pipelines) table.push({ test, pipeline, requests: 0, rounds: [] });
  }
  for (let round = 0; round < bench.rounds; round++) await measureRound(bench, { round, tests, table, runs });
  const header = ["command", "P", "denodis req/s", "redis-server req/s", "ratio"];
  header.push("denodis CPU µs/req", "redis-server CPU µs/req", "ratio");
  return {
    table: markdownTable(header, table.map(rowOf)),
    series: table,
    summary: `Ratios are denodis's figure over redis-server's: the median of ${bench.rounds} ` +
      "alternating rounds (and the lowest and highest). CPU time is all threads of the server process, user and " +
      `system. ${runs.summary()}`,
  };
}

/**
 * One round of everything. Both servers are new in it: where the allocator and the kernel happen to put a process's
 * data makes differences of 10% between two processes of the same program, which last as long as the processes do.
 * The one that is started and filled first is, by a few percent, the slower: that too changes with the round.
 */
async function measureRound(
  bench: Bench,
  options: {
    readonly round: number;
    readonly tests: readonly Test[];
    readonly table: readonly Series[];
    readonly runs: QuietRuns;
  },
): Promise<void> {
  const { round, tests, table, runs } = options;
  await using stack = new AsyncDisposableStack();
  const servers = await measureInTurn(round, {
    ours: async () => stack.use(await Server.start(bench.contestants.ours, bench)),
    oracle: async () => stack.use(await Server.start(bench.contestants.oracle, bench)),
  });
  for (const test of tests) {
    const { fill, uses } = test;
    if (uses === undefined) {
      await measureInTurn(round, { ours: () => fill(servers.ours), oracle: () => fill(servers.oracle) });
    }
    for (const series of table.filter((series) => series.test === test)) {
      const rate = await warmUp(series, { round, servers });
      const seconds = bench.quick ? QUICK_RUN_SECONDS : RUN_SECONDS;
      if (series.requests === 0) series.requests = Math.min(roundUp(rate * seconds), uses ?? Infinity);
      series.rounds.push(await measureSeries(series, { round, servers, runs }));
    }
  }
  const ratios = table.map(({ test, pipeline, rounds }) =>
    `${test.name} P=${pipeline} ${decimal(rateRatio(rounds[round]), 2)}`
  );
  progress(`throughput, round ${round + 1} of ${bench.rounds}: ${ratios.join(", ")}`);
}

/**
 * Two runs for each server in the order A, B, B, A: the machine's speed drifts over seconds, and so a drift falls on
 * both.
 */
async function measureSeries(
  series: Series,
  options: { readonly round: number; readonly servers: Pair<Server>; readonly runs: QuietRuns },
): Promise<Pair<Run>> {
  const { round, servers, runs } = options;
  const sides = {
    ours: () => runs.run(() => fillAndRun(servers.ours, series)),
    oracle: () => runs.run(() => fillAndRun(servers.oracle, series)),
  };
  const first = await measureInTurn(round, sides);
  const second = await measureInTurn(round + 1, sides);
  return { ours: together(first.ours, second.ours), oracle: together(first.oracle, second.oracle) };
}

/** Two runs of equally many requests as one. */
function together(a: Run, b: Run): Run {
  return {
    requestsPerSecond: 2 / (1 / a.requestsPerSecond + 1 / b.requestsPerSecond),
    cpuMicrosecondsPerRequest: (a.cpuMicrosecondsPerRequest + b.cpuMicrosecondsPerRequest) / 2,
  };
}

/** A run against each server that does not count; it also tells how many requests a second to expect. */
async function warmUp(
  series: Series,
  options: { readonly round: number; readonly servers: Pair<Server> },
): Promise<number> {
  const { round, servers } = options;
  const { test, pipeline } = series;
  const trial = { test, pipeline, requests: warmUpRequests(test, pipeline) };
  const { ours, oracle } = await measureInTurn(round, {
    ours: () => fillAndRun(servers.ours, trial),
    oracle: () => fillAndRun(servers.oracle, trial),
  });
  return (ours.requestsPerSecond + oracle.requestsPerSecond) / 2;
}

/** Enough for V8 to have compiled what matters: after 60,000 requests at P=1 the cost of one no longer falls. */
function warmUpRequests(test: Test, pipeline: number): number {
  if (test.request === "mset") return 40_000;
  return (pipeline === 1 ? 100_000 : 400_000) / (test.commands ?? 1);
}

function roundUp(requests: number): number {
  return Math.ceil(requests / 1_000) * 1_000;
}

function rateRatio(round: Pair<Run>): number {
  return round.ours.requestsPerSecond / round.oracle.requestsPerSecond;
}

function costRatio(round: Pair<Run>): number {
  return round.ours.cpuMicrosecondsPerRequest / round.oracle.cpuMicrosecondsPerRequest;
}

function rowOf(series: Series): string[] {
  const { test, pipeline, rounds } = series;
  return [
    test.name,
    String(pipeline),
    decimal(median(rounds.map((round) => round.ours.requestsPerSecond))),
    decimal(median(rounds.map((round) => round.oracle.requestsPerSecond))),
    withSpread(rounds.map(rateRatio)),
    decimal(median(rounds.map((round) => round.ours.cpuMicrosecondsPerRequest)), 2),
    decimal(median(rounds.map((round) => round.oracle.cpuMicrosecondsPerRequest)), 2),
    withSpread(rounds.map(costRatio)),
  ];
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

/** A run; where it uses up what is there, that is there anew. */
async function fillAndRun(server: Server, options: RunOptions): Promise<Run> {
  if (options.test.settle !== undefined) await sleep(options.test.settle);
  if (options.test.uses !== undefined) await options.test.fill(server);
  return runBenchmark(server, options);
}

async function runBenchmark(server: Server, options: RunOptions): Promise<Run> {
  const { name, request: sent } = options.test;
  const flags = ["-h", "127.0.0.1", "-p", String(server.port), "--csv"];
  if (typeof sent === "string") flags.push("-t", sent);
  flags.push("-c", String(CLIENTS), "-d", String(VALUE_BYTES), "-r", String(KEYS));
  flags.push("-P", String(options.pipeline), "-n", String(options.requests));
  if (typeof sent !== "string") flags.push(...sent);
  const before = await cpuMicroseconds(server.pid);
  const output = await outputOf("redis-benchmark", { args: flags, milliseconds: RUN_LIMIT_MILLISECONDS });
  const spent = await cpuMicroseconds(server.pid) - before;
  // "test","rps",... and then the one line asked for: "SET","123456.78",...
  const rate = Number(/^"[^"]+","([\d.]+)"/m.exec(output)?.[1]);
  if (!(rate > 0)) throw new Error(`redis-benchmark printed no rate for ${name}: ${output}`);
  return { requestsPerSecond: rate, cpuMicrosecondsPerRequest: spent / options.requests };
}
