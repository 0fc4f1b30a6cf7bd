/**
 * What the append-only file costs.
 *
 * @module
 */
import type { Bench } from "./bench.ts";
import { sleep, within } from "./processes.ts";
import { section, withSpread } from "./report.ts";
import { insertKeys } from "./load.ts";
import { request } from "./request.ts";
import type { Server } from "./server.ts";
import { measureTests, type Series, type Test } from "./throughput.ts";

const KEYS = 1_000_000;
const VALUE_BYTES = 64;
const REWRITE_MILLISECONDS = 60_000;
/** In which the system brings to the disk what the run before has written: that takes the servers' cores. */
const SETTLE_MILLISECONDS = 2000;

const NONE = "SET, no AOF", EVERYSEC = "SET, everysec", ALWAYS = "SET, always";
const WORDS = ["set", "key:__rand_int__", "x".repeat(VALUE_BYTES)];

const TESTS: readonly Test[] = [
  { name: NONE, request: WORDS, settle: SETTLE_MILLISECONDS, fill: (server) => append(server, null) },
  {
    name: EVERYSEC,
    request: WORDS,
    settle: SETTLE_MILLISECONDS,
    fill: (server) => append(server, "everysec"),
  },
  { name: ALWAYS, request: WORDS, settle: SETTLE_MILLISECONDS, fill: (server) => append(server, "always") },
];

/** SET with each way of syncing, at several pipeline depths, against both servers in turns. */
export async function measureAof(bench: Bench): Promise<string> {
  const { table, summary, series } = await measureTests(bench, { tests: TESTS, pipelines: [1, 16] });
  const shares = series.filter(({ test }) => test.name === EVERYSEC).map((everysec) => {
    const { pipeline } = everysec;
    const none = series.find((each) => each.test.name === NONE && each.pipeline === pipeline)!;
    return `${shareOf(everysec, none, "ours")} (redis-server ${
      shareOf(everysec, none, "oracle")
    }) at P=${pipeline}`;
  });
  return section("Append-only file", [
    `redis-benchmark, 50 clients, SET of ${VALUE_BYTES} bytes; no rewrites meanwhile. ${summary}`,
    table,
    `Requests per second with everysec over those without an AOF: ${shares.join(", ")}.`,
  ]);
}

/** How many requests a second `part` has of those that `whole` has. */
function shareOf(part: Series, whole: Series, side: "ours" | "oracle"): string {
  return withSpread(
    part.rounds.map((round, i) => round[side].requestsPerSecond / whole.rounds[i][side].requestsPerSecond),
  );
}

/** Fills the server anew and has it append with this `appendfsync`, or not at all. */
async function append({ port }: Server, sync: string | null): Promise<void> {
  await request(port, ["CONFIG", "SET", "auto-aof-rewrite-percentage", "0"]);
  await request(port, ["CONFIG", "SET", "appendonly", "no"]);
  await request(port, ["FLUSHALL"]);
  await insertKeys(port, { count: KEYS, valueBytes: VALUE_BYTES, limitSeconds: 60 });
  if (sync !== null) {
    await request(port, ["CONFIG", "SET", "appendfsync", sync]);
    await request(port, ["CONFIG", "SET", "appendonly", "yes"]);
    await within(untilWritten(port), { milliseconds: REWRITE_MILLISECONDS, what: "the AOF's base" });
  }
}

/** Resolves when the AOF's base has been written and nothing more is on its way. */
async function untilWritten(port: number): Promise<void> {
  for (;; await sleep(20)) {
    const text = await request(port, ["INFO", "persistence"]);
    const isBusy = /^aof_rewrite_(?:in_progress|scheduled):1\r?$/m.test(text);
    if (!isBusy && /^aof_enabled:1\r?$/m.test(text)) return;
  }
}
