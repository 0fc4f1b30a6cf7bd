/**
 * The server's log, in Redis's own line form, which people's scripts parse:
 *
 * ```
 * 1234:M 25 May 2020 17:37:14.652 * Ready to accept connections
 * ```
 *
 * LogTape is configured once for a whole process, and an embedded server shares its process with the application that
 * embeds it. So a server only ever emits records, under the category `["denodis", id]` (as LogTape asks of libraries):
 * what becomes of them is the application's decision, and without a decision they go nowhere.
 * {@linkcode configureLogging}, which makes them lines on the standard output or in a file, is for `main.ts` alone.
 * Level and role belong to each {@linkcode ServerLog}, so that servers in one process share nothing.
 *
 * @module
 */

import {
  configureSync,
  getLogger,
  type Logger,
  type LogLevel,
  type LogRecord,
  type Sink,
} from "@logtape/logtape";
import type { Clock } from "../base/clock.ts";
import { LogFile } from "./log_file.ts";

/** Redis's levels, from everything to nothing: the values of the directive `loglevel`. */
export type LogThreshold = "debug" | "verbose" | "notice" | "warning" | "nothing";

/** Who logs: `M`, a primary; `S`, a replica; `C`, the process before it serves; `X`, a Sentinel. */
export type LogRole = "M" | "S" | "C" | "X";

/** Redis's levels in their order, each with the LogTape level that it becomes and the mark that it has in a line. */
const LEVELS: readonly { name: LogThreshold; level: LogLevel; mark: string }[] = [
  { name: "debug", level: "trace", mark: "." },
  { name: "verbose", level: "debug", mark: "-" },
  { name: "notice", level: "info", mark: "*" },
  { name: "warning", level: "warning", mark: "#" },
];

/** Options of a {@linkcode ServerLog}. */
export interface ServerLogOptions {
  /** Tells several servers in one process apart; the second part of the category. */
  readonly id: string;
  readonly clock: Clock;
  /** The least important level to log; `notice` unless told. */
  readonly threshold?: LogThreshold;
}

/** The log of one server. */
export class ServerLog {
  /** Shown in each line from now on. */
  role: LogRole = "C";
  readonly #logger: Logger;
  readonly #clock: Clock;
  #lowest = 0;

  constructor(options: ServerLogOptions) {
    this.#logger = getLogger(["denodis", options.id]);
    this.#clock = options.clock;
    this.threshold = options.threshold ?? "notice";
  }

  /** The least important level that is logged; takes effect at once. */
  set threshold(threshold: LogThreshold) {
    const index = LEVELS.findIndex(({ name }) => name === threshold);
    this.#lowest = index === -1 ? LEVELS.length : index;
  }

  get threshold(): LogThreshold {
    return LEVELS[this.#lowest]?.name ?? "nothing";
  }

  /** Whether {@linkcode debug} logs anything: ask before making an expensive text. */
  get debugs(): boolean {
    return this.#lowest === 0;
  }

  /** A lot of information, for development: `.` in a line. */
  debug(text: string): void {
    this.#emit(0, text);
  }

  /** What is rarely of use: `-` in a line. */
  verbose(text: string): void {
    this.#emit(1, text);
  }

  /** What someone who runs a server wants to know: `*` in a line. */
  notice(text: string): void {
    this.#emit(2, text);
  }

  /** What is important or wrong: `#` in a line. */
  warning(text: string): void {
    this.#emit(3, text);
  }

  /** A notice that is printed as it stands, without process id and time, such as a banner. */
  raw(text: string): void {
    this.#emit(2, text, true);
  }

  #emit(level: number, text: string, raw = false): void {
    if (level < this.#lowest) return;
    // Not through logger.info() and its kin: these would take braces in the text for placeholders.
    this.#logger.emit({
      timestamp: this.#clock.now(),
      level: LEVELS[level].level,
      message: [text],
      rawMessage: text,
      properties: { role: this.role, raw },
    });
  }
}

/** Options of {@linkcode configureLogging}. */
export interface LoggingOptions {
  /** Path of the file that lines are added to; the standard output unless told. */
  readonly file?: string;
}

/** Has all servers of this process log in Redis's form. Throws LogTape's error where LogTape is configured already. */
export function configureLogging(options: LoggingOptions = {}): void {
  configureSync({
    sinks: { lines: lineSink(writerFor(options.file)) },
    loggers: [
      { category: ["denodis"], sinks: ["lines"], lowestLevel: "trace" },
      // What LogTape has to say about itself, as far as it is a problem.
      { category: ["logtape", "meta"], sinks: ["lines"], lowestLevel: "warning" },
    ],
  });
}

/**
 * A LogTape sink that writes each record as a line in Redis's form, at once: nothing is lost when the process ends.
 * Applications that embed a server can use it as well.
 */
export function lineSink(write: (bytes: Uint8Array) => void): Sink {
  const encoder = new TextEncoder();
  return (record) => write(encoder.encode(formatRecord(record)));
}

/** A record as a line in Redis's form, with its line feed. */
export function formatRecord(record: LogRecord): string {
  const text = record.message.map(String).join("");
  if (record.properties.raw === true) return `${text}\n`;
  const role = typeof record.properties.role === "string" ? record.properties.role : "C";
  // What is worse than a warning has no mark of its own in Redis.
  const mark = LEVELS.find(({ level }) => level === record.level)?.mark ?? "#";
  return `${Deno.pid}:${role} ${formatTime(record.timestamp)} ${mark} ${text}\n`;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** Local time as `25 May 2020 17:37:14.652`; `milliseconds` since the Unix epoch. */
export function formatTime(milliseconds: number): string {
  const time = new Date(milliseconds);
  const two = (number: number) => String(number).padStart(2, "0");
  const date = `${two(time.getDate())} ${MONTHS[time.getMonth()]} ${time.getFullYear()}`;
  const seconds = `${two(time.getSeconds())}.${String(time.getMilliseconds()).padStart(3, "0")}`;
  return `${date} ${two(time.getHours())}:${two(time.getMinutes())}:${seconds}`;
}

/** Names of the process's own streams, which Deno's sandbox does not open as files. */
const STREAMS: ReadonlyMap<string, { writeSync(bytes: Uint8Array): number }> = new Map([
  ["/dev/stdout", Deno.stdout],
  ["/dev/stderr", Deno.stderr],
]);

/** Whether a path names one of the process's own streams. */
export function isStandardStream(path: string): boolean {
  return STREAMS.has(path);
}

function writerFor(path = "/dev/stdout"): (bytes: Uint8Array) => void {
  const stream = STREAMS.get(path);
  if (stream === undefined) {
    const file = new LogFile(path);
    return (bytes) => file.write(bytes);
  }
  return (bytes) => {
    try {
      for (let at = 0; at < bytes.length;) at += stream.writeSync(bytes.subarray(at));
    } catch {
      // Nobody reads it any more. A server does not stop because of its log.
    }
  };
}
