/**
 * Bytes that a key of each type takes, with and without a time to live.
 *
 * @module
 */
import type { Bench } from "./bench.ts";
import type { Contestant } from "./contestants.ts";
import { run } from "./load.ts";
import { sleep } from "./processes.ts";
import { decimal, markdownTable, progress, section } from "./report.ts";
import { request } from "./request.ts";
import { Server } from "./server.ts";

const LIMIT_SECONDS = 300;
/** Keys that are there when counting begins. */
const FIRST_PART = 0.1;
/** Keys that are made before they get their time to live: soon, as clients do it, and not when all are there. */
const CHUNK = 25_000;
/** Milliseconds since the epoch that never come while this runs. */
const EXPIRY = "33177117420000";
/** jemalloc, redis-server's allocator, keeps freed pages for up to 10 s: it is not to be charged for them. */
const SETTLE_SECONDS = 12;
const QUICK_SETTLE_SECONDS = 2;

/** A kind of key. */
interface Kind {
  readonly name: string;
  /** What follows the key in the request that makes it. */
  readonly command: string;
  readonly arguments: readonly string[];
  /** How often the request is sent to each key, once unless told. */
  readonly times?: number;
}

const numbers = (count: number) => Array.from({ length: count }, (_, i) => String(i));
const words = (count: number) => numbers(count).map((i) => `element:${i}`);
/** Longer than what Redis keeps packed by default. */
const LONG = "x".repeat(64);
const long = (count: number) => numbers(count).map((i) => `${LONG}${i}`);
const paired = (first: readonly string[], second: readonly string[]) =>
  first.flatMap((word, i) => [word, second[i]]);

const KINDS: readonly Kind[] = [
  { name: "string, integer", command: "SET", arguments: ["12345"] },
  { name: "string, 8 bytes", command: "SET", arguments: ["x".repeat(8)] },
  { name: "string, 100 bytes", command: "SET", arguments: ["x".repeat(100)] },
  { name: "bitmap, bit 1,000", command: "SETBIT", arguments: ["1000", "1"] },
  { name: "HyperLogLog of 1", command: "PFADD", arguments: words(1) },
  { name: "HyperLogLog of 10", command: "PFADD", arguments: words(10) },
  { name: "list of 1", command: "RPUSH", arguments: words(1) },
  { name: "list of 10", command: "RPUSH", arguments: words(10) },
  { name: "set of 1 integer", command: "SADD", arguments: numbers(1) },
  { name: "set of 10 integers", command: "SADD", arguments: numbers(10) },
  { name: "set of 1", command: "SADD", arguments: words(1) },
  { name: "set of 10", command: "SADD", arguments: words(10) },
  { name: "set of 10 × 65 bytes (hashtable)", command: "SADD", arguments: long(10) },
  { name: "hash of 1", command: "HSET", arguments: paired(words(1), words(1)) },
  { name: "hash of 10", command: "HSET", arguments: paired(words(10), words(10)) },
  { name: "hash of 10 × 65 bytes (hashtable)", command: "HSET", arguments: paired(words(10), long(10)) },
  { name: "sorted set of 1", command: "ZADD", arguments: paired(numbers(1), words(1)) },
  { name: "sorted set of 10", command: "ZADD", arguments: paired(numbers(10), words(10)) },
  {
    name: "sorted set of 10 × 65 bytes (skiplist)",
    command: "ZADD",
    arguments: paired(numbers(10), long(10)),
  },
  { name: "stream of 1", command: "XADD", arguments: ["*", "field", "value"] },
  { name: "stream of 10", command: "XADD", arguments: ["*", "field", "value"], times: 10 },
];

/** Bytes a key by the server's own account and by what the system says. */
interface Weight {
  readonly used: number;
  readonly resident: number;
}

/** Fills fresh servers with keys of each kind, with and without a time to live, and weighs them. */
export async function measureKeyMemory(bench: Bench): Promise<string> {
  const { ours, oracle } = bench.contestants;
  // Redis's table of keys is equally full with either.
  const count = bench.quick ? 250_000 : 1_000_000;
  const rows: string[][] = [];
  for (const kind of KINDS) {
    // Bytes do not depend on what else the machine does meanwhile.
    const weights = await Promise.all([false, true].flatMap((expires) => {
      return [ours, oracle].map((contestant) => weigh(contestant, { bench, kind, count, expires }));
    }));
    for (
      const [expires, [here, there]] of [[false, weights.slice(0, 2)], [true, weights.slice(2)]] as const
    ) {
      const row = [expires ? `${kind.name}, TTL` : kind.name];
      row.push(decimal(here.used, 1), decimal(there.used, 1), decimal(here.used / there.used, 2));
      row.push(decimal(here.resident, 1), decimal(there.resident, 1));
      row.push(decimal(here.resident / there.resident, 2));
      progress(row.join(", "));
      rows.push(row);
    }
  }
  const header = ["key", "used_memory", "redis-server's", "ratio", "RSS", "redis-server's", "ratio"];
  return section("Memory of keys", [
    `Bytes a key, of ${
      decimal(count)
    } with names of 16 bytes: what used_memory and resident memory grew by between ` +
    "the first tenth of the keys and all of them.",
    markdownTable(header, rows),
  ]);
}

interface WeighOptions {
  readonly bench: Bench;
  readonly kind: Kind;
  readonly count: number;
  readonly expires: boolean;
}

async function weigh(contestant: Contestant, options: WeighOptions): Promise<Weight> {
  const { bench, count } = options;
  await using server = await Server.start(contestant, bench);
  const first = count * FIRST_PART;
  await warmUp(server, options);
  await fill(server, options, { from: 0, to: first });
  await settle(bench);
  const [usedBefore, residentBefore] = [await usedMemory(server), await server.residentBytes()];
  await fill(server, options, { from: first, to: count });
  await settle(bench);
  const keys = Number(await request(server.port, ["DBSIZE"]));
  if (keys !== count) throw new Error(`${contestant.name} holds ${keys} keys of ${count}`);
  return {
    used: (await usedMemory(server) - usedBefore) / (count - first),
    resident: (await server.residentBytes() - residentBefore) / (count - first),
  };
}

async function fill(
  server: Server,
  { kind, expires }: WeighOptions,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<void> {
  const make = (digits: string) => [kind.command, `key:${digits}`, ...kind.arguments];
  const limit = (digits: string) => ["PEXPIREAT", `key:${digits}`, EXPIRY];
  // XADD answers with the ID, on a line of its own.
  const reply = kind.command === "XADD" ? 2 : 1;
  for (let first = from; first < to; first += CHUNK) {
    const load = { first, count: CHUNK, limitSeconds: LIMIT_SECONDS };
    for (let i = 0; i < (kind.times ?? 1); i++) {
      await run(server.port, { ...load, shape: { words: make, reply } });
    }
    if (expires) await run(server.port, { ...load, shape: { words: limit, reply: ":1\r\n" } });
  }
}

/** Asks for as many keys that are not there on as many connections: a process grows once when it begins to work. */
async function warmUp(server: Server, { kind, count, expires }: WeighOptions): Promise<void> {
  const shape = { words: (digits: string) => ["EXISTS", `key:${digits}`], reply: ":0\r\n" };
  const rounds = (kind.times ?? 1) + (expires ? 1 : 0);
  for (let first = 0; first < count * rounds; first += CHUNK) {
    await run(server.port, { first, count: CHUNK, limitSeconds: LIMIT_SECONDS, shape });
  }
}

async function settle(bench: Bench): Promise<void> {
  await sleep((bench.quick ? QUICK_SETTLE_SECONDS : SETTLE_SECONDS) * 1000);
}

async function usedMemory(server: Server): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await request(server.port, ["INFO", "memory"]))?.[1]);
}
