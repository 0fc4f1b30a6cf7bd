/**
 * What stays resident when nine keys in ten are deleted at random, and what defragmentation gives back.
 *
 * @module
 */
import type { Bench } from "./bench.ts";
import type { Contestant } from "./contestants.ts";
import { insertKeys } from "./load.ts";
import { sleep } from "./processes.ts";
import { decimal, markdownTable, mebibytes, progress, section } from "./report.ts";
import { request } from "./request.ts";
import { Server } from "./server.ts";

const VALUE_BYTES = 300;
const LIMIT_SECONDS = 180;
/** jemalloc keeps freed pages for up to 10 s. */
const SETTLE_SECONDS = 12;
const QUICK_SETTLE_SECONDS = 3;

/** Fills a server of each kind, deletes, and has it defragment, where it can. */
export async function measureFragmentation(bench: Bench): Promise<string> {
  const { ours, oracle } = bench.contestants;
  const keys = bench.quick ? 500_000 : 3_000_000;
  const rows: string[][] = [];
  for (const contestant of [ours, oracle]) rows.push(...await measureContestant(contestant, bench, keys));
  return section("Fragmentation", [
    `${
      decimal(keys)
    } keys with ${VALUE_BYTES}-byte values, of which nine in ten are deleted at random; then ` +
    "`activedefrag yes`. The ratio is that of resident to used memory, the runtime's own included.",
    markdownTable(["server", "", "used_memory", "RSS", "ratio"], rows),
  ]);
}

/** Deletes so many keys at random. */
const DELETE = "for i = 1, ARGV[1] do redis.call('DEL', redis.call('RANDOMKEY')) end return 'OK'";
const DELETED_AT_ONCE = 10_000;

async function measureContestant(contestant: Contestant, bench: Bench, keys: number): Promise<string[][]> {
  await using server = await Server.start(contestant, bench);
  const rows: string[][] = [];
  const note = async (when: string) => {
    await sleep((bench.quick ? QUICK_SETTLE_SECONDS : SETTLE_SECONDS) * 1000);
    const used = Number(/^used_memory:(\d+)/m.exec(await request(server.port, ["INFO", "memory"]))?.[1]);
    const resident = await server.residentBytes();
    rows.push([contestant.name, when, mebibytes(used), mebibytes(resident), decimal(resident / used, 2)]);
    progress(rows.at(-1)!.join(", "));
  };
  await note("empty");
  const load = { count: keys, limitSeconds: LIMIT_SECONDS };
  await insertKeys(server.port, { ...load, valueBytes: VALUE_BYTES });
  await note("filled");
  for (let left = keys * 0.9; left > 0; left -= DELETED_AT_ONCE) {
    await request(server.port, ["EVAL", DELETE, "0", String(DELETED_AT_ONCE)]);
  }
  await note("deleted");
  try {
    await request(server.port, ["CONFIG", "SET", "activedefrag", "yes"]);
  } catch (error) {
    rows.push([contestant.name, "refuses to defragment", "", "", ""]);
    progress(String(error));
    return rows;
  }
  await note("defragmented");
  return rows;
}
