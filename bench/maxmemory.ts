/**
 * The promise of `maxmemory`: what a server holds, in its own account and in the kernel's, and what it does meanwhile,
 * while 50 clients write more than there is room for, with each policy.
 *
 * @module
 */
import type { Bench } from "./bench.ts";
import type { Contestant } from "./contestants.ts";
import { cpuMicroseconds, residentBytes, sleep } from "./processes.ts";
import { ReplyKind, ReplyReader } from "./reply_reader.ts";
import { decimal, markdownTable, mebibytes, progress, section } from "./report.ts";
import { encodeRequest, request, writeAll } from "./request.ts";
import { Server } from "./server.ts";

const LIMIT = 1024 * 1024 * 1024;
const QUICK_LIMIT = LIMIT / 8;
const FULL_SECONDS = 60;
const SECONDS = 10;
const QUICK_SECONDS = 3;
/** How long it may take until the first key is evicted or the first write is refused. */
const FILL_SECONDS = 180;
const SAMPLE_MILLISECONDS = 50;
const CLIENTS = 50;
const DIGITS = 12;
/** So many indexes that most of those which are drawn are new, whatever there is room for. */
const INDEXES = 100_000_000;
const VALUE = "v".repeat(64);
const TTL_SECONDS = "100000";

const THEIRS = [
  "noeviction",
  ...["random", "lru", "lfu"].flatMap((order) => [`allkeys-${order}`, `volatile-${order}`]),
  "volatile-ttl",
];
const OURS = [...THEIRS, "allkeys-lrm", "volatile-lrm", "allkeys-s3-fifo"];

/** A pipeline of a client: a key of each type is made and gets a time to live; four requests read. */
const PIPELINE: readonly ((index: string) => string[])[] = [
  (index) => ["SET", `string:${index}`, VALUE, "EX", TTL_SECONDS],
  (index) => ["GET", `string:${index}`],
  ...[
    (key: string) => ["RPUSH", key, "first", "second", VALUE],
    (key: string) => ["SADD", key, "first", "second", VALUE],
    (key: string) => ["HSET", key, "first", "1", "second", "2", "third", VALUE],
    (key: string) => ["ZADD", key, "1", "first", "2", "second", "3", VALUE],
    (key: string) => ["XADD", key, "*", "first", "1", "second", VALUE],
  ].flatMap((words, type) => [
    (index: string) => words(`collection:${type}:${index}`),
    (index: string) => ["EXPIRE", `collection:${type}:${index}`, TTL_SECONDS],
  ]),
  (index) => ["LLEN", `collection:0:${index}`],
  (index) => ["HGET", `collection:2:${index}`, "third"],
  (index) => ["ZSCORE", `collection:3:${index}`, "first"],
];

/** What one policy of one server did. */
interface Result {
  readonly name: string;
  /** Bytes. */
  readonly highestUsed: number;
  readonly highestResident: number;
  readonly requestsPerSecond: number;
  readonly cpuMicroseconds: number;
  /** Of all replies. */
  readonly errors: number;
}

/** Memory and throughput at the limit, of each policy. */
export async function measureMaxmemory(bench: Bench): Promise<string> {
  const { ours, oracle } = bench.contestants;
  const limit = bench.quick ? QUICK_LIMIT : LIMIT;
  const seconds = bench.full ? FULL_SECONDS : bench.quick ? QUICK_SECONDS : SECONDS;
  const results: Result[] = [];
  for (const policy of OURS) {
    results.push(await measurePolicy(ours, policy, { bench, limit, seconds }));
    if (THEIRS.includes(policy)) results.push(await measurePolicy(oracle, policy, { bench, limit, seconds }));
  }
  const rows = results.map((result) => [
    result.name,
    mebibytes(result.highestUsed),
    decimal(result.highestUsed / limit, 4),
    mebibytes(result.highestResident),
    decimal(result.highestResident / limit, 2),
    decimal(result.requestsPerSecond),
    decimal(result.cpuMicroseconds, 2),
    decimal(100 * result.errors, 1),
  ]);
  const header = ["", "highest used_memory", "of limit", "highest RSS", "of limit"];
  header.push("requests/s", "CPU µs/request", "refused %");
  return section("maxmemory", [
    `maxmemory ${
      mebibytes(limit)
    }, ${CLIENTS} clients, P=${PIPELINE.length}: keys of all six types with times to live are made and read, ` +
    `${seconds} s after the limit has been reached. used_memory less what does not count against the limit, and RSS, ` +
    `seen every ${SAMPLE_MILLISECONDS} ms.`,
    markdownTable(header, rows),
  ]);
}

async function measurePolicy(
  contestant: Contestant,
  policy: string,
  { bench, limit, seconds }: { bench: Bench; limit: number; seconds: number },
): Promise<Result> {
  await using server = await Server.start(contestant, bench);
  const { port, pid } = server;
  await request(port, ["CONFIG", "SET", "maxmemory", String(limit)]);
  await request(port, ["CONFIG", "SET", "maxmemory-policy", policy]);
  const load = await Load.start(port);
  for (const deadline = performance.now() + FILL_SECONDS * 1000;; await sleep(SAMPLE_MILLISECONDS)) {
    if (load.errors > 0 || (await memoryOf(port)).evicted > 0) break;
    if (performance.now() > deadline) throw new Error(`The limit is not reached in ${FILL_SECONDS} s`);
  }
  const before = { cpu: await cpuMicroseconds(pid), replies: load.replies, errors: load.errors };
  const started = performance.now();
  let highestUsed = 0;
  let highestResident = 0;
  while (performance.now() < started + seconds * 1000) {
    await sleep(SAMPLE_MILLISECONDS);
    highestUsed = Math.max(highestUsed, (await memoryOf(port)).used);
    highestResident = Math.max(highestResident, await residentBytes(pid));
  }
  const elapsed = (performance.now() - started) / 1000;
  const replies = load.replies - before.replies;
  const errors = load.errors - before.errors;
  const cpu = await cpuMicroseconds(pid) - before.cpu;
  await load.stop();
  progress(`${contestant.name}, maxmemory with ${policy}`);
  return {
    name: `${contestant.name} ${policy}`,
    highestUsed,
    highestResident,
    requestsPerSecond: replies / elapsed,
    cpuMicroseconds: cpu / replies,
    errors: errors / replies,
  };
}

/** What counts against the limit, in bytes, and how many keys have been evicted. */
async function memoryOf(port: number): Promise<{ used: number; evicted: number }> {
  const text = await request(port, ["INFO", "everything"]);
  const field = (name: string) => {
    const value = new RegExp(`^${name}:(\\d+)\r?$`, "m").exec(text)?.[1];
    if (value === undefined) throw new Error(`INFO has no ${name}`);
    return Number(value);
  };
  return { used: field("used_memory") - field("mem_not_counted_for_evict"), evicted: field("evicted_keys") };
}

/** The clients. Errors are counted: near the limit a server may refuse. */
class Load {
  replies = 0;
  errors = 0;
  #stopped = false;
  #clients: Promise<void>[] = [];

  static async start(port: number): Promise<Load> {
    const load = new Load();
    for (let i = 0; i < CLIENTS; i++) {
      load.#clients.push(load.#drive(await Deno.connect({ hostname: "127.0.0.1", port })));
    }
    return load;
  }

  async #drive(connection: Deno.Conn): Promise<void> {
    using _ = connection;
    const { bytes, places } = layOut();
    const replies = new ReplyReader(connection);
    while (!this.#stopped) {
      const index = String(Math.floor(Math.random() * INDEXES)).padStart(DIGITS, "0");
      for (let digit = 0; digit < DIGITS; digit++) {
        const code = index.charCodeAt(digit);
        for (const place of places) bytes[place + digit] = code;
      }
      await writeAll(connection, bytes);
      await replies.read(PIPELINE.length, (_, kind) => {
        this.replies++;
        if (kind === ReplyKind.ERROR) this.errors++;
      });
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#clients);
  }
}

/** The bytes of a pipeline, and where in them the digits of the index stand. */
function layOut(): { bytes: Uint8Array; places: number[] } {
  const digits = "0".repeat(DIGITS);
  const text = PIPELINE.map((words) => new TextDecoder().decode(encodeRequest(words(digits)))).join("");
  const places = [...text.matchAll(new RegExp(digits, "g"))].map(({ index }) => index);
  return { bytes: new TextEncoder().encode(text), places };
}
