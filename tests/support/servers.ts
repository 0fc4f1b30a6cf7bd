/**
 * Starting the servers that tests talk to: denodis, and redis-server as the oracle, each on a free port of 127.0.0.1
 * and in a temporary directory of its own.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { fromFileUrl, repositoryRoot } from "./paths.ts";
import { RawConnection } from "./raw_connection.ts";

/** The release line of redis-server whose replies decide; its patch releases answer alike. */
export const ORACLE_VERSION = "7.0";

/** Milliseconds that a server may take until it answers PING. */
const START_LIMIT = 20_000;

/** Milliseconds between SIGTERM and SIGKILL. */
const STOP_LIMIT = 5_000;

/** Characters of a server's output kept for failure messages. */
const LOG_LIMIT = 64 * 1024;

/** A server process under test. */
export interface RunningServer {
  /** "denodis" or "redis-server", for messages. */
  readonly name: string;
  /** TCP port on 127.0.0.1. */
  readonly port: number;
  /** Process id. */
  readonly pid: number;
  /** Its working directory, removed by {@linkcode RunningServer.stop}. */
  readonly directory: string;
  /** How the process ended ("exit code 1", "signal SIGSEGV"), or undefined while it runs. */
  ended(): string | undefined;
  /** The last of what it printed. */
  log(): string;
  /** Ends the process (SIGTERM, then SIGKILL) and removes its directory. */
  stop(): Promise<void>;
}

/** What a server is started with. */
export interface StartOptions {
  /** For messages. */
  name: string;
  /** The program and its arguments. */
  command: readonly string[];
  /** Flags as redis-server takes them, added after port, bind address and directory. */
  args?: readonly string[];
}

/** A TCP port that nothing listens on at the moment. */
export function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const port = listener.addr.port;
  listener.close();
  return port;
}

/** Starts the oracle. Throws where redis-server is missing or does not come up. */
export function startOracle(args: readonly string[] = []): Promise<RunningServer> {
  return startServer({ name: "redis-server", command: ["redis-server"], args: ["--save", "", ...args] });
}

/**
 * Starts denodis from the sources, or from the command line in the environment variable DENODIS_SERVER_COMMAND (a
 * binary, a bundle, another server): words separated by spaces, paths relative to the repository.
 */
export function startDenodis(args: readonly string[] = []): Promise<RunningServer> {
  return startServer({ name: "denodis", command: denodisCommand(), args: ["--save", "", ...args] });
}

/** The command line that starts denodis, without flags. */
export function denodisCommand(): string[] {
  const given = Deno.env.get("DENODIS_SERVER_COMMAND")?.split(" ").filter((word) => word !== "") ?? [];
  if (given.length === 0) {
    return [Deno.execPath(), "run", "-A", fromFileUrl(new URL("main.ts", repositoryRoot))];
  }
  return given.map((word) => /^\.\.?\//.test(word) ? fromFileUrl(new URL(word, repositoryRoot)) : word);
}

/** Starts a server and returns once it answers PING. */
export async function startServer(options: StartOptions): Promise<RunningServer> {
  const directory = await Deno.makeTempDir({ prefix: "denodis-test-" });
  const port = freePort();
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(options.command[0], {
      args: [
        ...options.command.slice(1),
        ...["--port", String(port), "--bind", "127.0.0.1", "--dir", directory],
        ...options.args ?? [],
      ],
      cwd: directory,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (error) {
    await Deno.remove(directory);
    throw new Error(`Cannot start ${options.name} as ${options.command.join(" ")}`, { cause: error });
  }
  const server = new ServerProcess(options.name, { port, directory, child });
  try {
    await server.answering();
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

class ServerProcess implements RunningServer {
  readonly name: string;
  readonly port: number;
  readonly directory: string;
  readonly #child: Deno.ChildProcess;
  readonly #killAtExit: () => void;
  #ended: string | undefined;
  #log = "";

  constructor(name: string, process: { port: number; directory: string; child: Deno.ChildProcess }) {
    this.name = name;
    this.port = process.port;
    this.directory = process.directory;
    this.#child = process.child;
    this.#killAtExit = () => this.#kill("SIGKILL");
    globalThis.addEventListener("unload", this.#killAtExit);
    this.#collect(process.child.stdout);
    this.#collect(process.child.stderr);
    process.child.status.then((status) => {
      this.#ended = status.signal === null ? `exit code ${status.code}` : `signal ${status.signal}`;
    });
  }

  get pid(): number {
    return this.#child.pid;
  }

  ended(): string | undefined {
    return this.#ended;
  }

  log(): string {
    return this.#log;
  }

  /** Resolves once the server answers PING; throws with its output where it does not. */
  async answering(): Promise<void> {
    const limit = performance.now() + START_LIMIT;
    let last: unknown;
    while (performance.now() < limit) {
      if (this.#ended !== undefined) {
        throw new Error(`${this.name} ended with ${this.#ended} before it answered:\n${this.#log}`);
      }
      try {
        const connection = await RawConnection.connect({ port: this.port, timeout: START_LIMIT });
        try {
          if ((await connection.command("PING")) === "+PONG\r\n") return;
        } finally {
          connection.close();
        }
      } catch (error) {
        last = error;
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`${this.name} did not answer PING within ${START_LIMIT} ms (${last}):\n${this.#log}`);
  }

  async stop(): Promise<void> {
    this.#kill("SIGTERM");
    const timer = setTimeout(() => this.#kill("SIGKILL"), STOP_LIMIT);
    await this.#child.status;
    clearTimeout(timer);
    globalThis.removeEventListener("unload", this.#killAtExit);
    await Deno.remove(this.directory, { recursive: true }).catch(() => {});
  }

  #kill(signal: Deno.Signal): void {
    if (this.#ended !== undefined) return;
    try {
      this.#child.kill(signal);
    } catch {
      // It ended by itself in between.
    }
  }

  async #collect(stream: ReadableStream<Uint8Array>): Promise<void> {
    for await (const chunk of stream) {
      this.#log = (this.#log + Buffer.from(chunk).toString("utf8")).slice(-LOG_LIMIT);
    }
  }
}
