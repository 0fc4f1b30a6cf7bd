/**
 * Resident bytes per key.
 *
 * @module
 */
import { type Bench, type Pair } from "./bench.ts";
import type { Contestant } from "./contestants.ts";
import { insertKeys, verifyKeys } from "./load.ts";
import { sleep } from "./processes.ts";
import { decimal, markdownTable, mebibytes, progress, section } from "./report.ts";
import { request } from "./request.ts";
import { Server } from "./server.ts";

const KEY_BYTES = 16;
const VALUE_SIZES = [64, 8];
const LOAD_LIMIT_SECONDS = 180;
/** jemalloc, redis-server's allocator, keeps freed pages for up to 10 s: it is not to be charged for them. */
const SETTLE_SECONDS = 12;
const QUICK_SETTLE_SECONDS = 2;

/** What a server holds at one number of keys. */
interface Footprint {
  readonly bytesPerKey: number;
  readonly residentBytes: number;
  /** Undefined where the server has no JavaScript heap to report. */
  readonly heapBytes: number | undefined;
}

/** Fills a fresh server of each kind with each shape of entry, and weighs it on the way and at the end. */
export async function measureMemory(bench: Bench): Promise<string> {
  const sizes = bench.quick ? [100_000, 500_000] : [1_000_000, 5_000_000];
  const rows: string[][] = [];
  for (const valueBytes of VALUE_SIZES) {
    const { ours, oracle } = bench.contestants;
    const footprints: Pair<Footprint[]> = {
      ours: await weigh(ours, { bench, sizes, valueBytes }),
      oracle: await weigh(oracle, { bench, sizes, valueBytes }),
    };
    for (const [i, keys] of sizes.entries()) {
      rows.push(rowOf(keys, valueBytes, { ours: footprints.ours[i], oracle: footprints.oracle[i] }));
    }
  }
  const header = ["entries", "denodis bytes/key", "redis-server bytes/key", "ratio"];
  header.push("denodis RSS", "redis-server RSS", "denodis JavaScript heap");
  return section("Memory", [
    "Resident bytes per key: RSS with the keys minus RSS of the empty server, over the number of keys. Weighed after " +
    "every key has been looked up once, which also lets either server finish the growth of its table.",
    markdownTable(header, rows),
  ]);
}

function rowOf(keys: number, valueBytes: number, footprint: Pair<Footprint>): string[] {
  const { ours, oracle } = footprint;
  return [
    `${decimal(keys)} × (${KEY_BYTES}-byte key, ${valueBytes}-byte value)`,
    decimal(ours.bytesPerKey, 1),
    decimal(oracle.bytesPerKey, 1),
    decimal(ours.bytesPerKey / oracle.bytesPerKey, 2),
    mebibytes(ours.residentBytes),
    mebibytes(oracle.residentBytes),
    ours.heapBytes === undefined ? "n/a" : mebibytes(ours.heapBytes),
  ];
}

async function weigh(
  contestant: Contestant,
  options: { readonly bench: Bench; readonly sizes: readonly number[]; readonly valueBytes: number },
): Promise<Footprint[]> {
  const { bench, sizes, valueBytes } = options;
  await using server = await Server.start(contestant, bench);
  await sleep(500);
  const empty = await server.residentBytes();
  const footprints: Footprint[] = [];
  let present = 0;
  for (const keys of sizes) {
    const load = { first: present, count: keys - present, limitSeconds: LOAD_LIMIT_SECONDS };
    const seconds = await insertKeys(server.port, { ...load, valueBytes });
    await verifyKeys(server.port, { count: keys, limitSeconds: LOAD_LIMIT_SECONDS });
    present = keys;
    await sleep((bench.quick ? QUICK_SETTLE_SECONDS : SETTLE_SECONDS) * 1000);
    const resident = await server.residentBytes();
    const footprint = {
      bytesPerKey: (resident - empty) / keys,
      residentBytes: resident,
      heapBytes: await heapBytes(server),
    };
    progress(
      `${contestant.name}, ${decimal(keys)} keys, ${valueBytes}-byte values: ` +
        `${decimal(footprint.bytesPerKey, 1)} bytes/key, inserted at ${decimal(load.count / seconds)}/s`,
    );
    footprints.push(footprint);
  }
  return footprints;
}

async function heapBytes(server: Server): Promise<number | undefined> {
  const info = await request(server.port, ["INFO", "memory"]);
  const bytes = /^denodis_heap_used:(\d+)/m.exec(info)?.[1];
  return bytes === undefined ? undefined : Number(bytes);
}
