/**
 * `deno task bench [--quick|--full] [--rounds N] [--no-pin] [startup|throughput|scripting|collections|memory|collection-memory|key-memory|growth|fragmentation|eviction|maxmemory|expiry|stall|aof|snapshot|connections|publish ...]`
 *
 * Measures denodis beside redis-server in one run and prints Markdown; progress goes to stderr. Linux only: figures
 * about processes come from /proc.
 *
 * @module
 */
import { measureAof } from "./aof.ts";
import type { Bench } from "./bench.ts";
import { measureCollectionMemory, measureCollections } from "./collections.ts";
import { measureConnections } from "./connections.ts";
import { findContestants } from "./contestants.ts";
import { measureEviction } from "./eviction.ts";
import { measureExpiry } from "./expiry.ts";
import { measureFragmentation } from "./fragmentation.ts";
import { measureGrowth } from "./growth.ts";
import { measureKeyMemory } from "./key_memory.ts";
import { describeMachine, describePinning, pinToCores } from "./machine.ts";
import { measureMaxmemory } from "./maxmemory.ts";
import { measureMemory } from "./memory.ts";
import { killAll } from "./processes.ts";
import { measurePublish } from "./publish.ts";
import { measureSnapshot } from "./snapshot.ts";
import { measureScripting } from "./scripting.ts";
import { measureStall } from "./stall.ts";
import { measureStartup } from "./startup.ts";
import { measureThroughput } from "./throughput.ts";

const MEASUREMENTS: Record<string, (bench: Bench) => Promise<string>> = {
  startup: measureStartup,
  throughput: measureThroughput,
  scripting: measureScripting,
  collections: measureCollections,
  memory: measureMemory,
  "collection-memory": measureCollectionMemory,
  "key-memory": measureKeyMemory,
  growth: measureGrowth,
  fragmentation: measureFragmentation,
  eviction: measureEviction,
  maxmemory: measureMaxmemory,
  expiry: measureExpiry,
  stall: measureStall,
  aof: measureAof,
  snapshot: measureSnapshot,
  connections: measureConnections,
  publish: measurePublish,
};

const USAGE = `Usage: deno task bench [--quick|--full] [--rounds N] [--no-pin] [${
  Object.keys(MEASUREMENTS).join("|")
} ...]

Without a name, all of them in this order, which takes 40 to 60 minutes. --quick takes small data and short runs, --full longer traces for eviction and a minute for each policy of maxmemory. --no-pin leaves it to the
kernel where server and load run. DENODIS_SERVER_COMMAND puts another server in denodis's place.`;

interface Options {
  readonly names: string[];
  readonly quick: boolean;
  readonly full: boolean;
  readonly pin: boolean;
  readonly rounds: number | undefined;
}

function parseArguments(words: readonly string[]): Options {
  const names: string[] = [];
  let quick = false;
  let full = false;
  let pin = true;
  let rounds: number | undefined;
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (word === "--quick") quick = true;
    else if (word === "--full") full = true;
    else if (word === "--no-pin") pin = false;
    else if (word === "--rounds" && /^[1-9]\d?$/.test(words[i + 1] ?? "")) rounds = Number(words[++i]);
    else if (Object.hasOwn(MEASUREMENTS, word)) names.push(word);
    else {
      console.error(`Unknown argument ${JSON.stringify(word)}\n\n${USAGE}`);
      Deno.exit(2);
    }
  }
  return { names: names.length === 0 ? Object.keys(MEASUREMENTS) : names, quick, full, pin, rounds };
}

function cleanUp(directory: string): void {
  killAll();
  Deno.removeSync(directory, { recursive: true });
}

function cleanUpOnSignal(
  directory: string,
  end: { readonly signal: Deno.Signal; readonly code: number },
): void {
  Deno.addSignalListener(end.signal, () => {
    cleanUp(directory);
    Deno.exit(end.code);
  });
}

async function main(): Promise<void> {
  const options = parseArguments(Deno.args);
  if (Deno.build.os !== "linux") {
    console.error(`The bench reads /proc and needs Linux, this is ${Deno.build.os}`);
    Deno.exit(1);
  }
  const directory = Deno.makeTempDirSync({ prefix: "denodis-bench-" });
  cleanUpOnSignal(directory, { signal: "SIGINT", code: 130 });
  cleanUpOnSignal(directory, { signal: "SIGTERM", code: 143 });
  try {
    await measure(options, directory);
  } finally {
    cleanUp(directory);
  }
}

async function measure(options: Options, directory: string): Promise<void> {
  const contestants = await findContestants();
  const machine = await describeMachine();
  const pinning = options.pin ? await pinToCores() : undefined;
  const rounds = options.rounds ?? (options.quick ? 2 : 6);
  const bench: Bench = { contestants, quick: options.quick, full: options.full, rounds, pinning, directory };
  const { ours, oracle } = contestants;
  console.log(`**${ours.description}, ${oracle.description}**; ${machine}, ${describePinning(pinning)}\n`);
  for (const name of options.names) console.log(await MEASUREMENTS[name](bench));
}

await main();
