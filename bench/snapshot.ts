/**
 * What BGSAVE costs while clients write as much as they can: memory, waits and throughput; and how long the file takes
 * to load.
 *
 * @module
 */
import { type Bench, measureRounds, type Pair } from "./bench.ts";
import type { Contestant } from "./contestants.ts";
import { QuietRuns } from "./interference.ts";
import { insertKeys } from "./load.ts";
import { Probe, type Waits } from "./probe_process.ts";
import { killChild, sleep, startChild } from "./processes.ts";
import { decimal, markdownTable, mebibytes, median, progress, section } from "./report.ts";
import { request } from "./request.ts";
import { Server } from "./server.ts";

const CLIENTS = 50;
const VALUE_BYTES = 64;
const LOAD_LIMIT_SECONDS = 180;
/** How long the load runs without a save, for comparison. */
const BEFORE_SECONDS = 6;
/** Between two looks at the server's memory. */
const LOOK_MILLISECONDS = 50;
const ATTEMPTS = 2;

/** What one server did in one run. */
interface Run {
  readonly before: Window;
  readonly during: Window;
  readonly residentBefore: number;
  readonly residentPeak: number;
  readonly fileBytes: number;
  readonly loadMilliseconds: number;
}

/** A stretch of time under load. */
interface Window {
  readonly seconds: number;
  readonly requestsPerSecond: number;
  readonly waits: Waits;
}

/** Fills both servers, lets clients overwrite, and saves meanwhile. */
export async function measureSnapshot(bench: Bench): Promise<string> {
  const keys = bench.quick ? 500_000 : 5_000_000;
  const runs = new QuietRuns(ATTEMPTS);
  const rounds = await measureRounds(bench, (contestant) => runs.run(() => run(contestant, bench, keys)));
  const header = [
    "server",
    "save s",
    "memory before",
    "rise %",
    "requests/s before",
    "during",
    "ratio",
    "p99.9 before ms",
    "during ms",
    "ratio",
    "file",
    "load s",
  ];
  return section("Snapshots", [
    `${
      decimal(keys)
    } keys with ${VALUE_BYTES}-byte values; ${CLIENTS} clients of redis-benchmark overwrite random ones ` +
    `(no pipelining), for ${BEFORE_SECONDS} s and then during a BGSAVE; a process of its own sends PING after PING. ` +
    `Medians of ${bench.rounds} rounds. ${runs.summary()}`,
    markdownTable(header, [
      row("denodis", rounds.map(({ ours }: Pair<Run>) => ours)),
      row("redis-server", rounds.map(({ oracle }: Pair<Run>) => oracle)),
    ]),
  ]);
}

function row(name: string, runs: readonly Run[]): string[] {
  const of = (value: (run: Run) => number) => median(runs.map(value));
  return [
    name,
    decimal(of((run) => run.during.seconds), 1),
    mebibytes(of((run) => run.residentBefore)),
    decimal(of((run) => (run.residentPeak / run.residentBefore - 1) * 100), 1),
    decimal(of((run) => run.before.requestsPerSecond)),
    decimal(of((run) => run.during.requestsPerSecond)),
    decimal(of((run) => run.during.requestsPerSecond / run.before.requestsPerSecond), 2),
    decimal(of((run) => run.before.waits.p999), 2),
    decimal(of((run) => run.during.waits.p999), 2),
    decimal(of((run) => run.during.waits.p999 / run.before.waits.p999), 2),
    mebibytes(of((run) => run.fileBytes)),
    decimal(of((run) => run.loadMilliseconds) / 1000, 2),
  ];
}

async function run(contestant: Contestant, bench: Bench, keys: number): Promise<Run> {
  const directory = await Deno.makeTempDir({ dir: bench.directory });
  const flags = ["--dir", directory];
  let saved: Omit<Run, "fileBytes" | "loadMilliseconds">;
  {
    await using server = await Server.start(contestant, bench, flags);
    await insertKeys(server.port, { count: keys, valueBytes: VALUE_BYTES, limitSeconds: LOAD_LIMIT_SECONDS });
    saved = await saveUnderLoad(server, keys);
  }
  const fileBytes = Deno.statSync(`${directory}/dump.rdb`).size;
  await using server = await Server.start(contestant, bench, flags);
  const loadMilliseconds = await server.readyMilliseconds;
  await Deno.remove(directory, { recursive: true });
  progress(
    `${contestant.name}: ${decimal(saved.before.requestsPerSecond)} requests/s before, ` +
      `${decimal(saved.during.requestsPerSecond)} during ${decimal(saved.during.seconds, 1)} s; ` +
      `p99.9 ${decimal(saved.before.waits.p999, 2)} and ${decimal(saved.during.waits.p999, 2)} ms; ` +
      `memory ${mebibytes(saved.residentBefore)} and ${mebibytes(saved.residentPeak)}; ` +
      `loaded in ${decimal(loadMilliseconds)} ms`,
  );
  return { ...saved, fileBytes, loadMilliseconds };
}

async function saveUnderLoad(
  server: Server,
  keys: number,
): Promise<Omit<Run, "fileBytes" | "loadMilliseconds">> {
  const load = startChild("redis-benchmark", {
    args: [
      ...["-p", String(server.port), "-c", String(CLIENTS), "-n", "2000000000", "-r", String(keys)],
      ...["-q", "SET", "key:__rand_int__", "y".repeat(VALUE_BYTES)],
    ],
  });
  // Its progress is of no interest, but must be read.
  for (const stream of [load.stdout, load.stderr]) stream.pipeTo(new WritableStream()).catch(() => {});
  try {
    await sleep(1000);
    const before = await watch(server, () => sleep(BEFORE_SECONDS * 1000));
    const residentBefore = await server.residentBytes();
    let residentPeak = residentBefore;
    const during = await watch(server, async () => {
      await request(server.port, ["BGSAVE"]);
      do {
        await sleep(LOOK_MILLISECONDS);
        residentPeak = Math.max(residentPeak, await residentOfAll(server));
      } while ((await info(server, "rdb_bgsave_in_progress")) === 1);
    });
    return { before, during, residentBefore, residentPeak };
  } finally {
    await killChild(load);
  }
}

/** Observes the server while something happens. */
async function watch(server: Server, happen: () => Promise<unknown>): Promise<Window> {
  await using probe = await Probe.start(server.port);
  const commands = await info(server, "total_commands_processed");
  const started = performance.now();
  await happen();
  const seconds = (performance.now() - started) / 1000;
  const served = (await info(server, "total_commands_processed")) - commands;
  const waits = await probe.finish();
  return { seconds, waits, requestsPerSecond: (served - waits.count) / seconds };
}

async function info(server: Server, field: string): Promise<number> {
  const text = await request(server.port, ["INFO", "all"]);
  return Number(new RegExp(`\r\n${field}:(\\d+)`).exec(text)?.[1]);
}

/** Resident bytes of a server and, in their own right, of its children: pages that both have count once. */
async function residentOfAll(server: Server): Promise<number> {
  let bytes = await server.residentBytes();
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = Deno.readTextFileSync(`/proc/${name}/stat`);
      const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
      if (parent === server.pid) bytes += privateDirtyBytes(name);
    } catch {
      // It has ended.
    }
  }
  return bytes;
}

function privateDirtyBytes(pid: string): number {
  const text = Deno.readTextFileSync(`/proc/${pid}/smaps_rollup`);
  return Number(/^Private_Dirty:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) * 1024;
}
