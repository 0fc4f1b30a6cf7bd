/**
 * Collections: what fills them, requests per second, and resident bytes an element.
 *
 * @module
 */
import type { Bench } from "./bench.ts";
import type { Contestant } from "./contestants.ts";
import { type RequestShape, run } from "./load.ts";
import { sleep } from "./processes.ts";
import { decimal, markdownTable, progress, section } from "./report.ts";
import { request } from "./request.ts";
import { Server } from "./server.ts";
import { measureTests, type Test } from "./throughput.ts";

const MEMBERS = 1_000_000;
const LIMIT_SECONDS = 180;
/** jemalloc, redis-server's allocator, keeps freed pages for up to 10 s: it is not to be charged for them. */
const SETTLE_SECONDS = 12;
const QUICK_SETTLE_SECONDS = 2;
/** The part of a filling after which a process has grown by what it needs for its work. */
const FIRST_PART = 0.1;
const VALUE = "x".repeat(64);
const TEN = Array.from({ length: 10 }, (_, i) => `small:${i}`);

/** A structure that grows by an element with each index. */
function growing(name: string, words: RequestShape["words"], reply: RequestShape["reply"] = ":1\r\n") {
  return { name, shape: { words, reply } };
}

/** One list, set, hash, sorted set and stream, by the name of their key. */
export const ONE_OF_EACH = {
  list: growing("list", (digits) => ["RPUSH", "list", `element:${digits}`], 1),
  set: growing("set", (digits) => ["SADD", "set", `element:${digits}`]),
  hash: growing("hash", (digits) => ["HSET", "hash", `element:${digits}`, "value"]),
  zset: growing("zset", (digits) => ["ZADD", "zset", digits, `element:${digits}`]),
  stream: growing("stream", (digits) => ["XADD", "stream", "*", "field", `element:${digits}`], 2),
};

/** Lists with one value each, by random keys. */
const LISTS = growing("lists", (digits) => ["RPUSH", `list:${digits}`, VALUE]);

/** Streams with one entry each, by random keys. */
const STREAMS = growing("streams", (digits) => ["XADD", `stream:${digits}`, "*", "field", VALUE], 2);

/** A million collections of ten small elements. */
const MANY_OF_TEN = [
  growing("lists of 10", (digits) => ["RPUSH", `key:${digits}`, ...TEN], ":10\r\n"),
  growing("sets of 10", (digits) => ["SADD", `key:${digits}`, ...TEN], ":10\r\n"),
  growing("hashes of 10", (digits) => ["HSET", `key:${digits}`, ...TEN.flatMap((e) => [e, "v"])], ":10\r\n"),
  growing(
    "zsets of 10",
    (digits) => ["ZADD", `key:${digits}`, ...TEN.flatMap((e, i) => [`${i}`, e])],
    ":10\r\n",
  ),
];

/** Something that can be filled to a number of elements. */
type Filling = ReturnType<typeof growing>;

/** Adds elements from index `first` on. */
export async function fill(
  server: Server,
  options: { readonly filling: Filling; readonly count: number; readonly first?: number },
): Promise<void> {
  const { filling, count, first = 0 } = options;
  await run(server.port, { shape: filling.shape, count, first, limitSeconds: LIMIT_SECONDS });
}

/** Empties a server and fills it with a million elements. */
function fillAnew(filling: Filling): (server: Server) => Promise<void> {
  return async (server) => {
    await request(server.port, ["FLUSHALL", "SYNC"]);
    await fill(server, { filling, count: MEMBERS });
  };
}

async function empty(server: Server): Promise<void> {
  await request(server.port, ["FLUSHALL", "SYNC"]);
}

async function leaveAsIs(): Promise<void> {}

const ELEMENT = "element:__rand_int__";
/** Most requests of a run that takes elements away: fewer than there are. */
const USES = 800_000;

const { list, set, hash, zset } = ONE_OF_EACH;
const TESTS: readonly Test[] = [
  { name: "LPUSH (one list)", request: ["LPUSH", "list", VALUE], fill: empty },
  { name: "LPOP (one list)", request: ["LPOP", "list"], fill: fillAnew(list), uses: USES },
  { name: "LPUSH (1M lists)", request: ["LPUSH", "list:__rand_int__", VALUE], fill: fillAnew(LISTS) },
  { name: "LPOP (1M lists)", request: ["LPOP", "list:__rand_int__"], fill: fillAnew(LISTS), uses: USES },
  { name: "SADD", request: ["SADD", "set", ELEMENT], fill: empty },
  { name: "SPOP", request: ["SPOP", "set"], fill: fillAnew(set), uses: USES },
  { name: "HSET", request: ["HSET", "hash", ELEMENT, VALUE], fill: fillAnew(hash) },
  { name: "HGET", request: ["HGET", "hash", ELEMENT], fill: leaveAsIs },
  { name: "ZADD", request: ["ZADD", "zset", "__rand_int__", ELEMENT], fill: fillAnew(zset) },
  { name: "ZPOPMIN", request: ["ZPOPMIN", "zset"], fill: fillAnew(zset), uses: USES },
  { name: "XADD (one stream)", request: ["XADD", "stream", "*", "field", VALUE], fill: empty },
  {
    name: "XADD (1M streams)",
    request: ["XADD", "stream:__rand_int__", "*", "field", VALUE],
    fill: fillAnew(STREAMS),
  },
  { name: "LRANGE of 100", request: ["LRANGE", "list", "0", "99"], fill: fillAnew(list) },
  { name: "LRANGE of 300", request: ["LRANGE", "list", "0", "299"], fill: leaveAsIs },
  { name: "LRANGE of 600", request: ["LRANGE", "list", "0", "599"], fill: leaveAsIs },
  { name: "ZRANGE of 100", request: ["ZRANGE", "zset", "0", "99"], fill: fillAnew(zset) },
];

/** Requests per second and CPU time of the commands on collections. */
export async function measureCollections(bench: Bench): Promise<string> {
  const { table, summary } = await measureTests(bench, { tests: TESTS, pipelines: [16] });
  return section("Throughput of collections", [
    `redis-benchmark, P=16, on ${
      decimal(MEMBERS)
    } elements or keys, chosen at random where the command names one. ${summary}`,
    table,
  ]);
}

/** Resident bytes of collections. */
export async function measureCollectionMemory(bench: Bench): Promise<string> {
  const scale = bench.quick ? 10 : 1;
  const rows: string[][] = [];
  const fillings = [
    ...MANY_OF_TEN.map((filling) => ({ filling, count: 1_000_000 / scale, elements: 10 })),
    ...Object.values(ONE_OF_EACH).map((filling) => ({ filling, count: 2_000_000 / scale, elements: 1 })),
  ];
  for (const { filling, count, elements } of fillings) {
    const ours = await weigh(bench.contestants.ours, { bench, filling, count });
    const oracle = await weigh(bench.contestants.oracle, { bench, filling, count });
    const what = elements === 1
      ? `one ${filling.name} of ${decimal(count)} elements`
      : `${decimal(count)} ${filling.name}`;
    const [each, oracleEach] = [ours, oracle].map(({ added }) =>
      added / (elements * count * (1 - FIRST_PART))
    );
    const [all, oracleAll] = [ours, oracle].map(({ all }) => all / (elements * count));
    rows.push([
      what,
      decimal(each, 1),
      decimal(oracleEach, 1),
      decimal(each / oracleEach, 2),
      decimal(all / oracleAll, 2),
    ]);
    progress(`${what}: ${decimal(each, 1)} bytes an element, the oracle ${decimal(oracleEach, 1)}`);
  }
  return section("Memory of collections", [
    "Resident bytes an element: what RSS grew by between the first tenth of the elements and all of them. The last " +
    "ratio counts from the empty server on, and with it what a process grows by once when it begins to work. Elements " +
    "have 7 bytes in the many small collections (`small:0`), 20 in the large ones.",
    markdownTable(
      [
        "elements",
        "denodis bytes/element",
        "redis-server bytes/element",
        "ratio",
        "ratio from the empty server on",
      ],
      rows,
    ),
  ]);
}

/** RSS that a filling took: all of it, and what came after its first part. */
async function weigh(
  contestant: Contestant,
  options: { readonly bench: Bench; readonly filling: Filling; readonly count: number },
): Promise<{ readonly all: number; readonly added: number }> {
  const { bench, filling, count } = options;
  const first = count * FIRST_PART;
  await using server = await Server.start(contestant, bench);
  await sleep(500);
  const empty = await server.residentBytes();
  await fill(server, { filling, count: first });
  await settle(bench);
  const begun = await server.residentBytes();
  await fill(server, { filling, count: count - first, first });
  await settle(bench);
  const full = await server.residentBytes();
  return { all: full - empty, added: full - begun };
}

async function settle(bench: Bench): Promise<void> {
  await sleep((bench.quick ? QUICK_SETTLE_SECONDS : SETTLE_SECONDS) * 1000);
}
