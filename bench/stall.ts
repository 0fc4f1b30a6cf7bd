/**
 * How long a client waits for PONG while others insert as much as they can.
 *
 * @module
 */
import { type Bench, measureRounds, type Pair } from "./bench.ts";
import type { Contestant } from "./contestants.ts";
import { QuietRuns } from "./interference.ts";
import { insertKeys } from "./load.ts";
import { Probe, type Waits } from "./probe_process.ts";
import { decimal, markdownTable, median, progress, section } from "./report.ts";
import { Server } from "./server.ts";

const VALUE_BYTES = 64;
/** Keys a second that either server takes with the other half of its time to spare. */
const OFFERED_RATE = 200_000;
const LOAD_LIMIT_SECONDS = 180;
const ATTEMPTS = 2;

/** One insertion: the probe's waits and the rate that was reached. */
interface Insertion {
  readonly waits: Waits;
  readonly keysPerSecond: number;
}

/** Inserts at a rate that both sustain, then at full speed, with a probe on each. */
export async function measureStall(bench: Bench): Promise<string> {
  const keys = bench.quick ? 500_000 : 5_000_000;
  const rows: string[][] = [];
  const runs = new QuietRuns(ATTEMPTS);
  for (const rate of [OFFERED_RATE, undefined]) {
    const load = rate === undefined ? "full speed" : `${decimal(rate)} keys/s`;
    const rounds = await measureRounds(bench, (contestant) => {
      return runs.run(() => insert(contestant, { bench, keys, rate }));
    });
    rows.push(...rowsOf(load, rounds));
  }
  const header = ["load", "server", "keys/s reached", "PINGs", "p50 ms", "p99 ms", "p99.9 ms", "max ms"];
  return section("Stalls", [
    `A process of its own sends PING after PING on one connection while 16 others insert ${
      decimal(keys)
    } keys ` +
    `(${VALUE_BYTES}-byte values, 100 requests a write): the time to PONG. Percentiles are medians of ` +
    `${bench.rounds} rounds, the maximum is the worst of them; the ratio is the median of the rounds' ratios. ${runs.summary()}`,
    markdownTable(header, rows),
  ]);
}

function rowsOf(load: string, rounds: readonly Pair<Insertion>[]): string[][] {
  const quantiles = ["p50", "p99", "p999"] as const;
  function row(name: string, insertions: readonly Insertion[]): string[] {
    return [
      load,
      name,
      decimal(median(insertions.map((insertion) => insertion.keysPerSecond))),
      decimal(median(insertions.map((insertion) => insertion.waits.count))),
      ...quantiles.map((quantile) => decimal(median(insertions.map(({ waits }) => waits[quantile])), 2)),
      decimal(Math.max(...insertions.map(({ waits }) => waits.max)), 2),
    ];
  }
  function ratio(of: (insertion: Insertion) => number): string {
    return decimal(median(rounds.map((round) => of(round.ours) / of(round.oracle))), 2);
  }
  return [
    row("denodis", rounds.map((round) => round.ours)),
    row("redis-server", rounds.map((round) => round.oracle)),
    [
      load,
      "ratio",
      ratio((insertion) => insertion.keysPerSecond),
      ratio((insertion) => insertion.waits.count),
      ...quantiles.map((quantile) => ratio((insertion) => insertion.waits[quantile])),
      ratio((insertion) => insertion.waits.max),
    ],
  ];
}

async function insert(
  contestant: Contestant,
  options: { readonly bench: Bench; readonly keys: number; readonly rate: number | undefined },
): Promise<Insertion> {
  const { bench, keys, rate } = options;
  await using server = await Server.start(contestant, bench);
  await using probe = await Probe.start(server.port);
  const seconds = await insertKeys(server.port, {
    count: keys,
    valueBytes: VALUE_BYTES,
    limitSeconds: LOAD_LIMIT_SECONDS,
    ...(rate === undefined ? {} : { rate }),
  });
  const waits = await probe.finish();
  progress(
    `${contestant.name}, ${decimal(keys / seconds)} keys/s: p50 ${decimal(waits.p50, 2)}, p99 ${
      decimal(waits.p99, 2)
    }, p99.9 ${decimal(waits.p999, 2)}, max ${decimal(waits.max, 2)} ms`,
  );
  return { waits, keysPerSecond: keys / seconds };
}
