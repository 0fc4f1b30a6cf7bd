/**
 * The command line, which is that of redis-server: `denodis /path/redis.conf --port 7000 --save 900 1`.
 *
 * @module
 */

import { resolve } from "node:path";
import { byteStringOfText } from "../base/bytes.ts";
import { directives } from "../../config.ts";
import { quoteArgument, splitArguments } from "../base/quoting.ts";
import type { DirectiveName } from "./configuration.ts";
import { parsePingTarget, type PingTarget } from "./ping.ts";

/** What the command line asks for. */
export type Invocation =
  | {
    readonly action: "serve";
    /** Absolute path of the configuration file. */
    readonly file: string | undefined;
    /** Whether the standard input has configuration too. */
    readonly stdin: boolean;
    /** The options as lines of a configuration file, a byte string. */
    readonly options: string;
    /** Whether there was neither file nor standard input nor option. */
    readonly bare: boolean;
    /** Where data is kept if nothing says where (`--default-dir`, the first option of `deno task start`). */
    readonly defaultDirectory: string | undefined;
  }
  | { readonly action: "help" }
  | { readonly action: "version" }
  /** Ask a running server whether it serves; exit code 0 says that it does. */
  | { readonly action: "ping"; readonly target: PingTarget }
  /** Print `reason` to the standard error and end with exit code 1. */
  | { readonly action: "refuse"; readonly reason: string };

/** What redis-server's command line can do and this one cannot. */
const REFUSED: Readonly<Record<string, string>> = {
  "--check-system": "denodis does not check the system: it has no --check-system",
  "--test-memory": "denodis does not test the memory: it has no --test-memory",
  "--sentinel": "denodis cannot be a Sentinel; redis-sentinel can watch over denodis",
};

/**
 * Reads the arguments of the program.
 *
 * The first one is the configuration file, unless it begins with a dash. `-` as the first or the last one stands for
 * the standard input. `--name` begins an option, and what follows up to the next `--name` are its arguments; the
 * first argument of an option may begin with two dashes itself. `--name argument` may also be one word.
 */
export function parseArguments(argv: readonly string[]): Invocation {
  const defaultDirectory = argv[0] === "--default-dir" ? argv[1] : undefined;
  const given = defaultDirectory === undefined ? argv : argv.slice(2);
  // `deno task start -- --port 7000`, as npm's users write it.
  const args = given[0] === "--" ? given.slice(1) : given;
  if (args[0] === "-v" || args[0] === "--version") return { action: "version" };
  if (args[0] === "-h" || args[0] === "--help") return { action: "help" };
  if (args[0] === "--ping") return pingInvocation(args.slice(1));
  const hasFile = args.length > 0 && !args[0].startsWith("-");
  const first = hasFile ? 1 : 0;
  let stdin = false;
  const lines: string[] = [];
  let complete = true;
  for (let i = first; i < args.length; i++) {
    const arg = args[i];
    if (arg === "-" && (i === 0 || i === args.length - 1)) {
      stdin = true;
    } else if (complete && arg.startsWith("--")) {
      if (Object.hasOwn(REFUSED, arg)) return { action: "refuse", reason: REFUSED[arg] };
      const option = byteStringOfText(arg.slice(2));
      const next = args[i + 1];
      // A `--save` with nothing after it comes from scripts whose list of save points is empty.
      const isEmptySave = arg.toLowerCase() === "--save" && (next === undefined || next.startsWith("--"));
      lines.push(isEmptySave ? `${option} ""` : option);
      // The option's first argument is taken whatever it looks like, unless it is in the same word already.
      complete = isEmptySave || splitArguments(option)?.length !== 1;
    } else {
      const line = lines.pop();
      const word = quoteArgument(byteStringOfText(arg));
      lines.push(line === undefined ? word : `${line} ${word}`);
      complete = true;
    }
  }
  return {
    action: "serve",
    file: hasFile ? resolve(args[0]) : undefined,
    stdin,
    options: lines.join("\n"),
    bare: args.length === 0,
    defaultDirectory,
  };
}

/** What `--ping` and these arguments ask for. */
function pingInvocation(args: readonly string[]): Invocation {
  const target = parsePingTarget(args[0] ?? "6379");
  if (target !== undefined && args.length <= 1) return { action: "ping", target };
  return { action: "refuse", reason: `Not a server to ping: '${args.join(" ")}' (expected [host:]port)` };
}

/** The directives that `--help` shows; the rest is in config.ts. */
const SHOWN: readonly DirectiveName[] = [
  "maxmemory",
  "maxmemory-policy",
  "port",
  "bind",
  "unixsocket",
  "requirepass",
  "save",
  "appendonly",
  "dir",
  "logfile",
  "loglevel",
  "replicaof",
  "cluster-enabled",
];

/** What `--help` prints. */
export function helpText(): string {
  const width = Math.max(...SHOWN.map((name) => name.length));
  const shown = SHOWN.map((name) => {
    const { about, default: initial } = directives[name];
    return `  --${name.padEnd(width)}  ${about}${initial === "" ? "" : ` (default: ${initial})`}`;
  });
  return `denodis, a Redis-compatible server

Usage:
  denodis [/path/to/redis.conf] [options] [-]
  denodis -v, --version
  denodis -h, --help
  denodis --ping [[host:]port]

Options are the directives of redis.conf with two dashes in front. They override the file, and a lone dash reads more
of it from the standard input. --ping asks a running server whether it serves: the exit code is 0 if it does.

Options used most:
${shown.join("\n")}

Examples:
  denodis                                                    serve on 127.0.0.1:6379
  denodis --port 7777 --maxmemory 100mb --maxmemory-policy allkeys-lru
  denodis --save "" --appendonly no                          keep nothing on disk
  denodis --port 7777 --replicaof 127.0.0.1 6379
  denodis /etc/redis/redis.conf --loglevel verbose
  echo 'maxmemory 128mb' | denodis -

redis-cli config get '*' shows all directives of a running server; config.ts explains them.
`;
}

/** What `--version` prints; `version` is that of denodis. */
export function versionText(version: string): string {
  return `denodis server v=${version} deno=${Deno.version.deno} v8=${Deno.version.v8} bits=64\n`;
}
