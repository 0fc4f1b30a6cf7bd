/**
 * denodis inside a program: a server in this process.
 *
 * ```ts
 * import { startServer } from "@denodis/denodis";
 *
 * const server = startServer({ port: 0 });
 * // point any Redis client at 127.0.0.1 and server.port
 * await server.stop();
 * ```
 *
 * @module
 */

import { byteStringOfText } from "./base/bytes.ts";
import { type Clock, ManualClock } from "./base/clock.ts";
import { Refusal } from "./base/directive.ts";
import { Configuration, findDirective } from "./server/configuration.ts";
import { Server } from "./server/server.ts";

export { type Clock, ManualClock };

/** How to start a server in this process. */
export interface StartOptions {
  /** TCP port on 127.0.0.1; 0, the default, takes a free one. */
  readonly port?: number;
  /**
   * Directives of redis.conf: `{ maxmemory: "100mb" }`. Nothing is read from disk or written to it, unless one of
   * `save`, `appendonly`, `dir` and `dbfilename` is among them: then the data is loaded at the start, and saved as `save` says and
   * when the server is stopped.
   */
  readonly directives?: Readonly<Record<string, string>>;
  /** Where the time comes from: a {@linkcode ManualClock} makes keys expire when a test says so. */
  readonly clock?: Clock;
}

/** Directives that ask for data to be kept on disk. */
const KEEPING: ReadonlySet<string> = new Set(["appendonly", "save", "dir", "dbfilename"]);

/** A server that runs in this process. */
export interface RunningServer {
  /** The TCP port that it listens on. */
  readonly port: number;
  /** Resolves when it has stopped, whoever stopped it. */
  readonly stopped: Promise<void>;
  /** Stops it: replies that are under way are sent, then connections are closed. */
  stop(): Promise<void>;
}

/**
 * Starts a server in this process and returns when it accepts connections. Its log goes to LogTape, category
 * `denodis`, if the program has configured that.
 *
 * @throws {Error} where a directive is unknown or its value refused, the ACL file is, the data cannot be loaded, or the port cannot be
 * had
 */
export function startServer(options: StartOptions = {}): RunningServer {
  const configuration = new Configuration();
  configuration.assign("bind", ["127.0.0.1"]);
  configuration.assign("port", [String(options.port ?? 0)]);
  configuration.assign("save", [""]);
  for (const [name, value] of Object.entries(options.directives ?? {})) {
    const found = findDirective(name);
    if (found === undefined) throw new Error(`Unknown directive '${name}'`);
    const text = byteStringOfText(value);
    try {
      configuration.assign(found.name, found.directive.several ? text.split(" ") : [text]);
    } catch (error) {
      throw error instanceof Refusal ? new Error(`Directive '${name}': ${error.reason}`) : error;
    }
  }
  const server = new Server({
    configuration,
    freePort: true,
    ...(options.clock === undefined ? {} : { clock: options.clock }),
  });
  try {
    server.access.begin([]);
    if (Object.keys(options.directives ?? {}).some((name) => KEEPING.has(name.toLowerCase()))) {
      server.persistence.begin();
      server.persistence.loadNow();
    }
    server.start();
  } catch (error) {
    server.persistence.stop();
    server.persistence.release();
    throw error;
  }
  server.reportReady();
  return {
    get port() {
      return server.port;
    },
    get stopped() {
      return server.stopped;
    },
    stop() {
      server.persistence.finish(null, true);
      return server.stop();
    },
  };
}
