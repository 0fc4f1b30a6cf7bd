/**
 * The child processes of the bench, all known here so that none outlives it, and what Linux says about one.
 *
 * @module
 */

const running = new Set<Deno.ChildProcess>();

/** What starts a child: the program's arguments and which of its streams the bench reads or writes. */
export interface ChildOptions {
  readonly args: readonly string[];
  readonly stdin?: "piped" | "null";
  readonly cwd?: string;
  readonly env?: Record<string, string>;
}

/** Starts `program` with its stdout and stderr piped; `killAll` ends it if nothing else does. */
export function startChild(program: string, options: ChildOptions): Deno.ChildProcess {
  const child = new Deno.Command(program, {
    args: [...options.args],
    stdin: options.stdin ?? "null",
    stdout: "piped",
    stderr: "piped",
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: options.env }),
  }).spawn();
  running.add(child);
  child.status.finally(() => running.delete(child));
  return child;
}

/** Ends `child` at once and waits until it is gone. The benched data is disposable, so no server is asked to save. */
export async function killChild(child: Deno.ChildProcess): Promise<void> {
  signalKill(child);
  await child.status;
}

/** Ends every child that still runs; synchronous, since it also serves as the answer to Ctrl-C. */
export function killAll(): void {
  for (const child of running) signalKill(child);
}

function signalKill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch (error) {
    // The child ended by itself between the decision and the signal.
    if (!(error instanceof TypeError) && !(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Whether `pid` is the bench itself or a child of it that still runs. */
export function isOwnProcess(pid: number): boolean {
  if (pid === Deno.pid) return true;
  for (const child of running) if (child.pid === pid) return true;
  return false;
}

/** Runs `program` to its end, at most `milliseconds`, and returns its stdout; throws where its exit code is not 0. */
export async function outputOf(
  program: string,
  options: ChildOptions & { milliseconds: number },
): Promise<string> {
  const child = startChild(program, options);
  const timer = setTimeout(() => signalKill(child), options.milliseconds);
  try {
    const output = await child.output();
    if (!output.success) {
      const reason = new TextDecoder().decode(output.stderr).trim();
      const end = output.signal ? `was ended by ${output.signal}` : `exited with ${output.code}`;
      throw new Error(
        `${program} ${options.args.join(" ")} ${end} (limit ${options.milliseconds} ms): ${reason}`,
      );
    }
    return new TextDecoder().decode(output.stdout);
  } finally {
    clearTimeout(timer);
  }
}

/** Resident bytes of a process (VmRSS). */
export async function residentBytes(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kibibytes === undefined) throw new Error(`Process ${pid} has no VmRSS in /proc/${pid}/status`);
  return Number(kibibytes) * 1024;
}

/**
 * CPU microseconds that a process with all its threads has used so far, user and system. Linux reports it in ticks
 * of 10 ms, so measure over seconds.
 */
export async function cpuMicroseconds(pid: number): Promise<number> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
  // The second field is the program's name in parentheses and may hold blanks; utime and stime are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * (1_000_000 / await clockTicksPerSecond());
}

let clockTicks: number | undefined;

/** The unit of CPU times in /proc. */
export async function clockTicksPerSecond(): Promise<number> {
  clockTicks ??= Number(await outputOf("getconf", { args: ["CLK_TCK"], milliseconds: 5000 }));
  return clockTicks;
}

/** Rejects with what was awaited where `promise` takes longer than `milliseconds`. */
export async function within<T>(
  promise: Promise<T>,
  limit: { readonly milliseconds: number; readonly what: string },
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`Gave up after ${limit.milliseconds} ms: ${limit.what}`)),
      limit.milliseconds,
    );
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Resolves after `milliseconds`. */
export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
