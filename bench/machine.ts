/**
 * The machine: its description for the report's first line, and which cores the servers and their load run on.
 *
 * @module
 */
import { decimal } from "./report.ts";
import { outputOf } from "./processes.ts";

/** One phrase on where server and load run. */
export function describePinning(pinning: Pinning | undefined): string {
  if (pinning === undefined) return "processes not pinned";
  return `server on core ${pinning.server}, load on core ${pinning.load}`;
}

/** Which cores run what, as `taskset -c` takes them; absent where nothing is pinned. */
export interface Pinning {
  readonly server: string;
  readonly load: string;
}

/**
 * Gives the server the first core that this process may use and the load (this process, redis-benchmark, the probe)
 * the others, and moves this process there; children inherit it.
 */
export async function pinToCores(): Promise<Pinning | undefined> {
  const cores = await allowedCores();
  if (cores.length < 2 || !(await hasTaskset())) return undefined;
  const pinning = { server: String(cores[0]), load: cores.slice(1).join(",") };
  await outputOf("taskset", { args: ["-apc", pinning.load, String(Deno.pid)], milliseconds: 5000 });
  return pinning;
}

async function allowedCores(): Promise<number[]> {
  const status = await Deno.readTextFile("/proc/self/status");
  const ranges = /^Cpus_allowed_list:\s+(\S+)$/m.exec(status)?.[1] ?? "0";
  return ranges.split(",").flatMap((range) => {
    const [first, last = first] = range.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

async function hasTaskset(): Promise<boolean> {
  try {
    await outputOf("taskset", { args: ["--version"], milliseconds: 5000 });
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/**
 * One line on date, processor, system and load, without which figures mean nothing. Call it before `pinToCores`, which
 * leaves this process fewer cores.
 */
export async function describeMachine(): Promise<string> {
  const model = /^model name\s*:\s*(.+)$/m.exec(await Deno.readTextFile("/proc/cpuinfo"))?.[1] ??
    Deno.build.arch;
  const cores = (await allowedCores()).length;
  const memory = Deno.systemMemoryInfo().total / 2 ** 30;
  return [
    new Date().toISOString().slice(0, 10),
    `${model} (${cores} ${cores === 1 ? "core" : "cores"}, ${decimal(memory)} GiB)`,
    `Linux ${Deno.osRelease()}`,
    `load average ${decimal(Deno.loadavg()[0], 2)} at the start`,
  ].join(", ");
}
