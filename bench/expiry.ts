/**
 * What others notice when very many keys expire within the same second, and how long their memory takes to come back;
 * and how many stale keys there are where some expire all the time.
 *
 * @module
 */
import type { Bench } from "./bench.ts";
import type { Contestant } from "./contestants.ts";
import { run } from "./load.ts";
import { Probe } from "./probe_process.ts";
import { cpuMicroseconds, sleep } from "./processes.ts";
import { decimal, markdownTable, mebibytes, progress, section } from "./report.ts";
import { request } from "./request.ts";
import { Server } from "./server.ts";

const VALUE = "x".repeat(64);
const LIMIT_SECONDS = 300;
/** The last key is set well before the first one expires. */
const LEAD_SECONDS = 10;
/** Keys a second that any server takes, to tell when they may expire. */
const SLOWEST_RATE = 60_000;
/** What is left of the keys' memory when it counts as given back. */
const REMAINDER = 0.02;
const PATIENCE_SECONDS = 60;
/** Keys a second that come and go for a while, a million a minute, and how long each lives. */
const STEADY_RATE = 17_000;
const STEADY_LIFE_SECONDS = 3;
const LOOK_MILLISECONDS = 50;

/** Has each server expire many keys at once, with a probe on it. */
export async function measureExpiry(bench: Bench): Promise<string> {
  const { ours, oracle } = bench.contestants;
  const keys = bench.quick ? 500_000 : 5_000_000;
  const rows = [await expire(ours, { bench, keys }), await expire(oracle, { bench, keys })];
  const header = ["server", "PINGs", "p50 ms", "p99 ms", "p99.9 ms", "max ms", "all gone after s"];
  header.push("used_memory with the keys", "back after s", "RSS with the keys", "RSS then");
  return section("Expiry", [
    `${
      decimal(keys)
    } keys with ${VALUE.length}-byte values that expire within the same second, while a process of its ` +
    "own sends PING after PING, from a second before that until all of them are gone. The memory is back when " +
    `used_memory is within ${REMAINDER * 100} % of what it was without the keys.`,
    markdownTable(header, rows),
    `${
      decimal(STEADY_RATE)
    } keys a second are set, each to live for ${STEADY_LIFE_SECONDS} s. Stale keys, whose ` +
    "time has come but which are still there, as a share of all keys:",
    markdownTable(["server", "mean", "most", "expired_stale_perc", "CPU time"], [
      await expireSteadily(ours, bench),
      await expireSteadily(oracle, bench),
    ]),
  ]);
}

/** Has keys come and go at the same rate, and looks how many there are. */
async function expireSteadily(contestant: Contestant, bench: Bench): Promise<string[]> {
  await using server = await Server.start(contestant, bench);
  const { port } = server;
  const seconds = bench.quick ? 8 : 20;
  const living = STEADY_RATE * STEADY_LIFE_SECONDS;
  const shares: number[] = [];
  const spentBefore = await cpuMicroseconds(server.pid);
  let more = true;
  const look = async () => {
    for (const start = Date.now(); more; await sleep(LOOK_MILLISECONDS)) {
      const keys = Number(await request(port, ["DBSIZE"]));
      if (more && Date.now() - start > 2 * STEADY_LIFE_SECONDS * 1000) shares.push((keys - living) / keys);
    }
  };
  const looks = look();
  await run(port, {
    count: STEADY_RATE * seconds,
    rate: STEADY_RATE,
    limitSeconds: LIMIT_SECONDS,
    shape: {
      words: (digits) => ["SET", `key:${digits}`, VALUE, "PX", String(STEADY_LIFE_SECONDS * 1000)],
      reply: "+OK\r\n",
    },
  });
  more = false;
  const estimate = /^expired_stale_perc:([\d.]+)/m.exec(await request(port, ["INFO", "stats"]))?.[1];
  const spent = await cpuMicroseconds(server.pid) - spentBefore;
  await looks;
  const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
  const percent = (share: number) => `${decimal(share * 100, 1)} %`;
  const row = [contestant.name, percent(mean), percent(Math.max(...shares)), `${estimate}`];
  row.push(`${decimal(spent / seconds / 1e4)} %`);
  progress(row.join(", "));
  return row;
}

async function expire(
  contestant: Contestant,
  { bench, keys }: { readonly bench: Bench; readonly keys: number },
): Promise<string[]> {
  await using server = await Server.start(contestant, bench);
  const { port } = server;
  const empty = await usedMemory(port);
  const second = Math.ceil(Date.now() / 1000 + LEAD_SECONDS + keys / SLOWEST_RATE);
  await run(port, {
    count: keys,
    limitSeconds: LIMIT_SECONDS,
    shape: {
      words: (digits) => ["SET", `key:${digits}`, VALUE, "PXAT", `${second}500`],
      reply: "+OK\r\n",
    },
  });
  const filled = await usedMemory(port);
  const resident = await server.residentBytes();
  if (Date.now() > (second - 2) * 1000) throw new Error("The keys took too long to set");
  await sleep(second * 1000 - 500 - Date.now());
  await using probe = await Probe.start(port);
  const start = second * 1000 + 500;
  const since = () => (Date.now() - start) / 1000;
  const until = async (isDone: () => Promise<boolean>) => {
    while (!await isDone() && since() < PATIENCE_SECONDS) await sleep(50);
    return since();
  };
  const gone = await until(async () => Number(await request(port, ["DBSIZE"])) === 0);
  const waits = await probe.finish();
  const back = await until(async () => await usedMemory(port) - empty < (filled - empty) * REMAINDER);
  const row = [contestant.name, decimal(waits.count)];
  for (const wait of [waits.p50, waits.p99, waits.p999, waits.max]) row.push(decimal(wait, 2));
  row.push(decimal(gone, 1), mebibytes(filled), decimal(back, 1), mebibytes(resident));
  row.push(mebibytes(await server.residentBytes()));
  progress(row.join(", "));
  return row;
}

async function usedMemory(port: number): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await request(port, ["INFO", "memory"]))?.[1]);
}
