/**
 * Reading configuration: files in the format of redis.conf, the standard input, and the options of the command line,
 * which are read as the lines of one more file.
 *
 * @module
 */

import { byteString, textOfByteString } from "../base/bytes.ts";
import { Refusal } from "../base/directive.ts";
import { splitArguments } from "../base/quoting.ts";
import { trimLine } from "./config_rewrite.ts";
import { type Configuration, type DirectiveName, findDirective } from "./configuration.ts";
import { isStandardStream } from "./log.ts";
import { expandPattern, isPattern } from "./path_pattern.ts";
import { systemErrorText } from "./system_error.ts";

/** A line of the configuration, and where it stands. All but `source` are byte strings. */
export interface ConfigurationLine {
  /** The path of the file, or what else the line came from, for messages. */
  readonly source: string;
  /** Counted from 1. */
  readonly number: number;
  /** The line without white space around it. */
  readonly text: string;
  /** The arguments, with the name of the directive in lower case first. */
  readonly words: readonly string[];
}

/** What a configuration says besides the values of directives, for others to apply in this order. */
export interface ConfigurationExtras {
  /** `rename-command OLD NEW`; a NEW that is empty removes the command. */
  readonly renamedCommands: readonly ConfigurationLine[];
  /** `user NAME RULE...` */
  readonly users: readonly ConfigurationLine[];
  /** Whether `dir` is among what was read. */
  readonly namesDirectory: boolean;
  /** The directives that were set and have no effect in denodis, each with the reason. */
  readonly withoutEffect: readonly { readonly name: DirectiveName; readonly reason: string }[];
}

/** Where {@linkcode loadConfiguration} reads from, in this order; what comes later overrides. */
export interface ConfigurationSources {
  /** Path of a file. */
  readonly file?: string;
  /** What the standard input said, a byte string. */
  readonly stdin?: string;
  /** Lines made from the options of the command line, a byte string. */
  readonly options?: string;
}

/** A configuration that cannot be used: the server must not start. */
export class ConfigurationError extends Error {
  /** What is wrong, in Redis's words. */
  readonly reason: string;
  /** The line at fault, where it is a line that is. */
  readonly line: ConfigurationLine | undefined;

  constructor(reason: string, line?: ConfigurationLine) {
    super(line === undefined ? reason : `${line.source}, line ${line.number}: ${reason}`);
    this.name = "ConfigurationError";
    this.reason = reason;
    this.line = line;
  }

  /** What to print before the process ends with exit code 1; in the form of Redis, naming the file too. */
  report(version: string): string {
    const lines = ["", `*** FATAL CONFIG FILE ERROR (denodis ${version}) ***`];
    if (this.line !== undefined) {
      lines.push(`Reading ${this.line.source}, at line ${this.line.number}`);
      lines.push(`>>> '${textOfByteString(this.line.text)}'`);
    }
    lines.push(this.reason, "");
    return lines.join("\n");
  }
}

/** Reads all sources into `configuration`. Throws {@linkcode ConfigurationError}. */
export function loadConfiguration(
  configuration: Configuration,
  sources: ConfigurationSources,
): ConfigurationExtras {
  const reader = new ConfigurationReader(configuration);
  if (sources.file !== undefined) reader.readFile(sources.file);
  if (sources.stdin !== undefined) reader.readText(sources.stdin, "the configuration from standard input");
  if (sources.options !== undefined) reader.readText(sources.options, "the options of the command line");
  if (configuration.get("cluster-enabled") && configuration.get("replicaof") !== undefined) {
    throw new ConfigurationError("replicaof directive not allowed in cluster mode");
  }
  checkLogFile(configuration);
  return reader.extras();
}

/** All of the standard input, a byte string, for {@linkcode ConfigurationSources}. Waits until it ends. */
export function readStandardInput(): string {
  let text = "";
  const buffer = new Uint8Array(64 * 1024);
  for (let read = Deno.stdin.readSync(buffer); read !== null; read = Deno.stdin.readSync(buffer)) {
    text += byteString(buffer, 0, read);
  }
  return text;
}

/** Once the server runs it cannot stop because of its log any more: so look now whether it can be written. */
function checkLogFile(configuration: Configuration): void {
  const path = configuration.path("logfile");
  if (path === undefined || isStandardStream(path)) return;
  try {
    Deno.openSync(path, { append: true, create: true }).close();
  } catch (error) {
    throw new ConfigurationError(`Can't open the log file: ${systemErrorText(error)}`);
  }
}

/** Directives that Redis has given up and still accepts, with one argument. */
const FORGOTTEN = ["list-max-ziplist-entries", "list-max-ziplist-value", "lua-replicate-commands"];

class ConfigurationReader {
  readonly #configuration: Configuration;
  readonly #renamedCommands: ConfigurationLine[] = [];
  readonly #users: ConfigurationLine[] = [];
  readonly #withoutEffect = new Map<DirectiveName, string>();
  /** The arguments so far of directives whose lines add up. */
  readonly #accumulated = new Map<DirectiveName, readonly string[]>();
  #namesDirectory = false;
  /** The files that are being read, each included by the one before. */
  readonly #open: string[] = [];

  constructor(configuration: Configuration) {
    this.#configuration = configuration;
  }

  extras(): ConfigurationExtras {
    return {
      namesDirectory: this.#namesDirectory,
      renamedCommands: this.#renamedCommands,
      users: this.#users,
      withoutEffect: [...this.#withoutEffect].map(([name, reason]) => ({ name, reason })),
    };
  }

  /** Reads a file; `from` is the line that includes it. */
  readFile(path: string, from?: ConfigurationLine): void {
    if (this.#open.includes(path)) throw new ConfigurationError(`'${path}' includes itself`, from);
    let text: string;
    try {
      text = byteString(Deno.readFileSync(path));
    } catch (error) {
      throw new ConfigurationError(
        `Fatal error, can't open config file '${path}': ${systemErrorText(error)}`,
        from,
      );
    }
    this.#open.push(path);
    this.readText(text, `the configuration file ${path}`);
    this.#open.pop();
  }

  readText(text: string, source: string): void {
    text.split("\n").forEach((raw, index) => {
      const text = trimLine(raw);
      if (text === "" || text.startsWith("#")) return;
      const words = splitArguments(text);
      const line = { source, number: index + 1, text, words: words ?? [] };
      if (words === undefined) throw new ConfigurationError("Unbalanced quotes in configuration line", line);
      if (words.length === 0) return;
      words[0] = words[0].toLowerCase();
      try {
        this.#readLine(line);
      } catch (error) {
        throw error instanceof Refusal ? new ConfigurationError(error.reason, line) : error;
      }
    });
  }

  #readLine(line: ConfigurationLine): void {
    const [name, ...words] = line.words;
    const found = findDirective(name);
    if (found !== undefined) {
      this.#assign(found.name, words);
    } else if (name === "include" && words.length === 1) {
      this.#include(words[0], line);
    } else if (name === "rename-command" && words.length === 2) {
      this.#renamedCommands.push(line);
    } else if (name === "user" && words.length >= 1) {
      this.#users.push(line);
    } else if ((name === "loadmodule" && words.length >= 1) || name.includes(".")) {
      throw new Refusal("denodis has no modules: remove this directive");
    } else if (name === "sentinel") {
      throw new Refusal("sentinel directive while not in sentinel mode");
    } else if (!FORGOTTEN.includes(name) || words.length !== 1) {
      throw new Refusal("Bad directive or wrong number of arguments");
    }
  }

  #assign(name: DirectiveName, words: readonly string[]): void {
    const directive = findDirective(name)?.directive;
    if (directive?.several && words.length === 1 && words[0] !== "") {
      // As `--save "900 1"`: one argument that holds several.
      const inner = splitArguments(words[0]);
      if (inner === undefined) throw new Refusal("Unbalanced quotes in configuration line");
      words = inner;
    }
    if (directive?.accumulates) {
      words = words.length === 1 && words[0] === "" ? [] : [...this.#accumulated.get(name) ?? [], ...words];
      this.#accumulated.set(name, words);
    }
    this.#configuration.assign(name, words);
    if (name === "dir") this.#namesDirectory = true;
    const changed = this.#configuration.text(name) !== directive?.initial.text;
    if (changed && directive?.noEffect !== undefined) this.#withoutEffect.set(name, directive.noEffect);
    else this.#withoutEffect.delete(name);
  }

  /** Relative paths are relative to `dir` as far as it has been read: Redis is in that directory by then. */
  #include(file: string, line: ConfigurationLine): void {
    const path = this.#configuration.resolve(file);
    const paths = isPattern(path) ? expandPattern(path) : [path];
    for (const path of paths) this.readFile(path, line);
  }
}
