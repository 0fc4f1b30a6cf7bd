/**
 * How long a server takes from its start until it serves.
 *
 * @module
 */
import { type Bench, measureRounds, type Pair } from "./bench.ts";
import type { Contestant } from "./contestants.ts";
import { within } from "./processes.ts";
import { decimal, markdownTable, median, progress, section } from "./report.ts";
import { Server } from "./server.ts";

const ROUNDS = 15;
const LOG_LIMIT_MILLISECONDS = 20_000;

/** Milliseconds from the start of the process. */
interface Start {
  readonly pong: number;
  readonly ready: number;
}

/** Starts each server many times in turns. */
export async function measureStartup(bench: Bench): Promise<string> {
  const rounds = bench.quick ? 3 : ROUNDS;
  // The first start after an edit compiles: it is not what a second one costs.
  await startOnce(bench.contestants.ours, bench);
  await startOnce(bench.contestants.oracle, bench);
  const starts = await measureRounds({ ...bench, rounds }, (contestant) => startOnce(contestant, bench));
  const header = ["server", "PONG ms", "slowest PONG ms", "ready ms", "slowest ready ms"];
  return section("Startup", [
    "Milliseconds from the start of the process until it answers PING, and until its log says that it is ready to " +
    `accept connections: the median and the slowest of ${rounds} starts, files in the page cache.`,
    markdownTable(header, [rowOf("denodis", starts, "ours"), rowOf("redis-server", starts, "oracle")]),
  ]);
}

function rowOf(name: string, starts: readonly Pair<Start>[], side: "ours" | "oracle"): string[] {
  const pongs = starts.map((start) => start[side].pong);
  const readies = starts.map((start) => start[side].ready);
  progress(
    `${name} startup: PONG after ${decimal(median(pongs))} ms, ready after ${decimal(median(readies))} ms`,
  );
  return [
    name,
    decimal(median(pongs)),
    decimal(Math.max(...pongs)),
    decimal(median(readies)),
    decimal(Math.max(...readies)),
  ];
}

async function startOnce(contestant: Contestant, bench: Bench): Promise<Start> {
  await using server = await Server.start(contestant, bench);
  const ready = await within(server.readyMilliseconds, {
    milliseconds: LOG_LIMIT_MILLISECONDS,
    what: `waiting for ${contestant.name} to log that it is ready`,
  });
  return { pong: server.pongMilliseconds, ready };
}
