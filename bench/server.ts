/**
 * A server under measurement: started on a free loopback port with an empty directory of its own, ended with the
 * scope that holds it.
 *
 * @module
 */
import type { Bench } from "./bench.ts";
import { type Contestant, root } from "./contestants.ts";
import { request } from "./request.ts";
import { killChild, residentBytes, sleep, startChild, within } from "./processes.ts";

const START_MILLISECONDS = 20_000;
const KEPT_LOG_LINES = 20;

/** A running server. Use it with `await using`. */
export class Server implements AsyncDisposable {
  readonly port: number;
  /** Milliseconds from the start of the process until a PING was answered. */
  readonly pongMilliseconds: number;
  /** Milliseconds from the start of the process until the log said "Ready to accept connections". */
  readonly readyMilliseconds: Promise<number>;
  readonly #child: Deno.ChildProcess;

  private constructor(fields: {
    child: Deno.ChildProcess;
    port: number;
    pong: number;
    ready: Promise<number>;
  }) {
    this.#child = fields.child;
    this.port = fields.port;
    this.pongMilliseconds = fields.pong;
    this.readyMilliseconds = fields.ready;
  }

  /**
   * Starts `contestant` without save points and waits for its first PONG; throws with its log where none comes. `more`
   * are further flags.
   */
  static async start(contestant: Contestant, bench: Bench, more: readonly string[] = []): Promise<Server> {
    const port = freePort();
    const directory = `${bench.directory}/${port}`;
    // A run with many servers may get a port for the second time.
    await Deno.remove(directory, { recursive: true }).catch(() => {});
    await Deno.mkdir(directory);
    const flags = ["--port", String(port), "--bind", "127.0.0.1", "--dir", directory];
    flags.push("--save", "", "--appendonly", "no", "--maxclients", "12000", ...more);
    const pin = bench.pinning === undefined ? "" : `taskset -c ${bench.pinning.server} `;
    // The shell splits the command as `deno task` would, raises the limit on open files, and becomes the server, so
    // that the child's process ID is the server's. The Deno that runs the bench is the one that runs the server.
    const script = `ulimit -n "$(ulimit -Hn)"; exec ${pin}${contestant.command} "$@"`;
    const executables = Deno.execPath().replace(/\/[^/]*$/, "");
    const started = performance.now();
    const child = startChild("sh", {
      args: ["-c", script, "sh", ...flags],
      cwd: root,
      env: { PATH: `${executables}:${Deno.env.get("PATH") ?? ""}` },
    });
    const log: string[] = [];
    const ready = followLog(child.stdout, { log, started });
    // Only the startup measurement awaits it; elsewhere a log without that line is no failure.
    ready.catch(() => {});
    followLog(child.stderr, { log, started }).catch(() => {});
    const running = new AbortController();
    const pong = firstPong(port, { started, signal: running.signal });
    const ended = child.status.then((status) => {
      throw new Error(`it exited with ${status.code}`);
    });
    try {
      await within(Promise.race([pong, ended]), {
        milliseconds: START_MILLISECONDS,
        what: "waiting for PONG",
      });
    } catch (error) {
      running.abort();
      await killChild(child);
      throw new Error(`Could not start \`${contestant.command}\`: ${log.join("\n")}`, { cause: error });
    }
    ended.catch(() => {});
    return new Server({ child, port, pong: await pong, ready });
  }

  get pid(): number {
    return this.#child.pid;
  }

  residentBytes(): Promise<number> {
    return residentBytes(this.pid);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await killChild(this.#child);
  }
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function firstPong(port: number, options: { started: number; signal: AbortSignal }): Promise<number> {
  while (!options.signal.aborted) {
    try {
      if (await request(port, ["PING"]) === "PONG") return performance.now() - options.started;
    } catch {
      // Not listening yet, or still loading.
    }
    await sleep(1);
  }
  return NaN;
}

/** Drains a log, keeps its last lines, and resolves at the line that says the server is ready. */
function followLog(
  stream: ReadableStream<Uint8Array>,
  options: { readonly log: string[]; readonly started: number },
): Promise<number> {
  const { log, started } = options;
  return new Promise((resolve, reject) => {
    async function follow(): Promise<void> {
      let rest = "";
      for await (const text of stream.pipeThrough(new TextDecoderStream())) {
        const lines = (rest + text).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) {
          if (line.includes("Ready to accept connections")) resolve(performance.now() - started);
          log.push(line);
          if (log.length > KEPT_LOG_LINES) log.shift();
        }
      }
      reject(new Error('The log ended without "Ready to accept connections"'));
    }
    follow().catch(reject);
  });
}
