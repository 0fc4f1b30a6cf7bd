/**
 * Time per operation on a collection as it grows: what takes constant or logarithmic time in Redis must not take longer
 * with every element here.
 *
 * @module
 */
import type { Bench, Pair } from "./bench.ts";
import { fill, ONE_OF_EACH } from "./collections.ts";
import type { Contestant } from "./contestants.ts";
import { cpuMicroseconds, outputOf } from "./processes.ts";
import { decimal, markdownTable, progress, section } from "./report.ts";
import { request } from "./request.ts";
import { Server } from "./server.ts";

const SIZES = [1_000, 100_000, 2_000_000];
const REQUESTS = 200_000;
const QUICK_REQUESTS = 20_000;
const RUN_LIMIT_MILLISECONDS = 60_000;

const ELEMENT = "element:__rand_int__";

/** What is measured on each collection; each leaves its size as it is, or nearly so. */
const OPERATIONS: readonly (readonly [key: keyof typeof ONE_OF_EACH, words: readonly string[]])[] = [
  ["list", ["LINDEX", "list", "-1"]],
  ["list", ["LMOVE", "list", "list", "LEFT", "RIGHT"]],
  ["set", ["SISMEMBER", "set", ELEMENT]],
  ["set", ["SADD", "set", ELEMENT]],
  ["set", ["SRANDMEMBER", "set"]],
  ["hash", ["HGET", "hash", ELEMENT]],
  ["hash", ["HSET", "hash", ELEMENT, "value"]],
  ["zset", ["ZSCORE", "zset", ELEMENT]],
  ["zset", ["ZRANK", "zset", ELEMENT]],
  ["zset", ["ZADD", "zset", "__rand_int__", ELEMENT]],
  ["zset", ["ZRANGE", "zset", "__rand_int__", "__rand_int__", "BYSCORE", "LIMIT", "0", "1"]],
  ["zset", ["ZCOUNT", "zset", "__rand_int__", "+inf"]],
  ["stream", ["XADD", "stream", "MAXLEN", "~", "2000000", "*", "field", ELEMENT]],
  ["stream", ["XRANGE", "stream", "-", "+", "COUNT", "1"]],
];

/** CPU microseconds per operation at each size, of both contestants. */
export async function measureGrowth(bench: Bench): Promise<string> {
  const { ours, oracle } = bench.contestants;
  const figures: Pair<Map<string, number[]>> = {
    ours: await measureContestant(ours, bench),
    oracle: await measureContestant(oracle, bench),
  };
  const rows = OPERATIONS.map(([, words]) => {
    const name = words.join(" ");
    const cells = [figures.ours, figures.oracle].flatMap((figure) =>
      figure.get(name)!.map((time) => decimal(time, 2))
    );
    return [`\`${name.replaceAll("__rand_int__", "…")}\``, ...cells];
  });
  const header = [
    "operation",
    ...["denodis", "redis-server"].flatMap((name) => SIZES.map((size) => `${name} ${decimal(size)}`)),
  ];
  return section("Growth", [
    "CPU microseconds per operation at P=16, on a collection of so many elements.",
    markdownTable(header, rows),
  ]);
}

async function measureContestant(contestant: Contestant, bench: Bench): Promise<Map<string, number[]>> {
  const times = new Map<string, number[]>();
  for (const size of SIZES) {
    await using server = await Server.start(contestant, bench);
    for (const filling of Object.values(ONE_OF_EACH)) await fill(server, { filling, count: size });
    for (const [, words] of OPERATIONS) {
      const run = { words, size, requests: bench.quick ? QUICK_REQUESTS : REQUESTS };
      // Once so that V8 has compiled what matters.
      await timeOf(server, run);
      const name = words.join(" ");
      times.set(name, [...times.get(name) ?? [], await timeOf(server, run)]);
    }
    await request(server.port, ["PING"]);
    progress(`${contestant.name}, growth at ${decimal(size)} elements`);
  }
  return times;
}

async function timeOf(
  server: Server,
  run: { readonly words: readonly string[]; readonly size: number; readonly requests: number },
): Promise<number> {
  const flags = ["-h", "127.0.0.1", "-p", String(server.port), "--csv", "-c", "50", "-P", "16"];
  flags.push("-r", String(run.size), "-n", String(run.requests), ...run.words);
  const before = await cpuMicroseconds(server.pid);
  await outputOf("redis-benchmark", { args: flags, milliseconds: RUN_LIMIT_MILLISECONDS });
  return (await cpuMicroseconds(server.pid) - before) / run.requests;
}
