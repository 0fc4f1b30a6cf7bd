/**
 * The configuration of one server: the values of all directives, and CONFIG GET, SET and REWRITE on them.
 *
 * @module
 */

import { resolve } from "node:path";
import { directives } from "../../config.ts";
import { byteString, byteStringOfText, textOfByteString } from "../base/bytes.ts";
import { type Directive, Refusal, type Setting } from "../base/directive.ts";
import { LOADING, WireError } from "../base/errors.ts";
import { matchGlob } from "../base/glob.ts";
import { type RewrittenDirective, rewrittenText, writeAtomically } from "./config_rewrite.ts";
import { systemErrorText } from "./system_error.ts";

/** The name of a directive; aliases are not among them. */
export type DirectiveName = keyof typeof directives;

/** What {@linkcode Configuration.get} returns for a directive. */
export type ValueOf<N extends DirectiveName> = (typeof directives)[N] extends Directive<infer T> ? T : never;

/** The directives whose value is text. */
export type TextDirectiveName = {
  [N in DirectiveName]: ValueOf<N> extends string ? N : never;
}[DirectiveName];

/** Applies a new value; a returned text is the reason why that cannot be done. */
export type ChangeHook<N extends DirectiveName> = (value: ValueOf<N>) => string | void;

/** Options of a {@linkcode Configuration}. */
export interface ConfigurationOptions {
  /** Absolute path of the file that CONFIG REWRITE rewrites; without one it answers an error. */
  readonly file?: string;
  /** What `dir` is relative to at first; the process's working directory unless told. */
  readonly directory?: string;
}

/** From where and when CONFIG SET was sent. */
export interface SetOptions {
  /** The client is on this machine; decides about protected directives. */
  readonly local?: boolean;
  /** The dataset is being loaded. */
  readonly loading?: boolean;
}

/** One name that a directive is known by. */
interface Entry {
  readonly shown: string;
  readonly name: DirectiveName;
  readonly directive: Directive<unknown>;
}

const entries = new Map<string, Entry>();
for (const name of Object.keys(directives) as DirectiveName[]) {
  const directive: Directive<unknown> = directives[name];
  entries.set(name, { shown: name, name, directive });
  if (directive.alias !== undefined) {
    entries.set(directive.alias, { shown: directive.alias, name, directive });
  }
}

/** The directive of a name or alias, in any case of letters, or `undefined` if there is none. */
export function findDirective(
  name: string,
): { name: DirectiveName; directive: Directive<unknown> } | undefined {
  return entries.get(name.toLowerCase());
}

/**
 * The values of all directives, starting with the defaults of `config.ts`.
 *
 * Names are typed: `configuration.get("port")` is a number. Text is byte strings throughout; {@linkcode path} turns
 * the name of a file into a path. `get` is a look-up by name: code that runs for each command keeps the value and
 * learns of changes by {@linkcode onChange}.
 */
export class Configuration {
  /** Absolute path of the configuration file, if there is one. */
  readonly file: string | undefined;
  /** What CONFIG REWRITE writes behind `user` on lines of their own, where users are not in a file of theirs. */
  users: () => readonly string[] = () => [];
  readonly #settings = new Map<DirectiveName, Setting<unknown>>();
  readonly #hooks = new Map<DirectiveName, Set<(value: never) => string | void>>();

  constructor(options: ConfigurationOptions = {}) {
    this.file = options.file;
    for (const { shown, name, directive } of entries.values()) {
      if (shown === name) this.#settings.set(name, directive.initial);
    }
    const directory = byteStringOfText(initialDirectory(options.directory, this.get("dir")));
    this.#settings.set("dir", { value: directory, text: directory });
  }

  /** The value of a directive. */
  get<N extends DirectiveName>(name: N): ValueOf<N> {
    // #settings holds what the directive of that name has read.
    return this.#setting(name).value as ValueOf<N>;
  }

  /** The value of a directive as CONFIG GET prints it. */
  text(name: DirectiveName): string {
    return this.#setting(name).text;
  }

  /** The path of the file that a directive names, relative ones being relative to `dir`; `undefined` for none. */
  path(name: TextDirectiveName): string | undefined {
    const file = this.get(name);
    return file === "" ? undefined : this.resolve(file);
  }

  /** The path of a file as the configuration names it (a byte string): relative ones are relative to `dir`. */
  resolve(file: string): string {
    return resolve(textOfByteString(this.get("dir")), textOfByteString(file));
  }

  /**
   * CONFIG GET: names and values that any of the patterns matches, each once. A name without `*`, `?` or `[` is taken
   * as it is, and comes back in the case of letters that it was asked for in.
   */
  matching(patterns: readonly string[]): [name: string, value: string][] {
    const found = new Map<string, [name: string, value: string]>();
    for (const pattern of patterns) {
      if (!/[[*?]/.test(pattern)) {
        const key = pattern.toLowerCase();
        const entry = entries.get(key);
        if (entry !== undefined && !found.has(key)) found.set(key, [pattern, this.text(entry.name)]);
        continue;
      }
      for (const { shown, name, directive } of entries.values()) {
        if (directive.hidden || found.has(shown) || !matchGlob(pattern, shown, true)) continue;
        found.set(shown, [shown, this.text(name)]);
      }
    }
    return [...found.values()];
  }

  /** Whether the value of a directive must not appear in MONITOR and the slow log. Takes any name. */
  isSensitive(name: string): boolean {
    return findDirective(name)?.directive.sensitive ?? false;
  }

  /**
   * Sets a directive from its arguments in a file, on the command line or in a program: neither immutable nor hooks
   * matter. Throws {@linkcode Refusal}.
   */
  assign(name: DirectiveName, words: readonly string[]): void {
    const directive: Directive<unknown> = directives[name];
    if (!directive.several && words.length !== 1) throw new Refusal("wrong number of arguments");
    this.#settings.set(name, this.#read(name, words));
  }

  /**
   * CONFIG SET: all pairs, or none. Throws the {@linkcode WireError} to answer.
   *
   * First all values are read, then the hooks of those that have changed are called. If one of them refuses, the old
   * values come back, also for the hooks that had been called.
   */
  set(pairs: readonly (readonly [name: string, value: string])[], options: SetOptions = {}): void {
    const changes = this.#check(pairs, options);
    const before = new Map(changes.map(({ entry }) => [entry.name, this.#setting(entry.name)]));
    const restore = () => before.forEach((setting, name) => this.#settings.set(name, setting));
    for (const { entry, value } of changes) {
      try {
        this.#settings.set(
          entry.name,
          this.#read(entry.name, entry.directive.several ? value.split(" ") : [value]),
        );
      } catch (error) {
        restore();
        if (error instanceof Refusal) throw setFailed(entry.shown, error.reason);
        throw error;
      }
    }
    this.#apply(changes.map(({ entry }) => entry), before, restore);
  }

  /** Has `hook` called with each new value that CONFIG SET gives to a directive; the result ends that. */
  onChange<N extends DirectiveName>(name: N, hook: ChangeHook<N>): () => void {
    const hooks = this.#hooks.get(name) ?? new Set();
    hooks.add(hook);
    this.#hooks.set(name, hooks);
    return () => hooks.delete(hook);
  }

  /**
   * CONFIG REWRITE: brings the configuration file up to date, keeping its comments and its order. Throws the
   * {@linkcode WireError} to answer.
   */
  rewrite(): void {
    if (this.file === undefined) throw NO_CONFIG_FILE;
    const rewritten: RewrittenDirective[] = [];
    for (const { shown, name, directive } of entries.values()) {
      if (shown !== name) continue;
      // In a cluster the node's own file says what is replicated.
      const unset = name === "replicaof" && this.get("cluster-enabled");
      rewritten.push({ name, lines: unset ? [] : directive.rewrite(this.#setting(name)) });
    }
    const users = this.get("aclfile") === "" ? this.users() : [];
    rewritten.push({ name: "user", lines: users.map((user) => ({ arguments: user, force: true })) });
    try {
      const text = rewrittenText(this.#fileText(this.file), rewritten, (name) => findDirective(name)?.name);
      writeAtomically(this.file, text);
    } catch (error) {
      throw rewriteFailed(systemErrorText(error));
    }
  }

  #fileText(file: string): string {
    try {
      return byteString(Deno.readFileSync(file));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return "";
      throw error;
    }
  }

  #setting(name: DirectiveName): Setting<unknown> {
    return this.#settings.get(name) ?? directives[name].initial;
  }

  #read(name: DirectiveName, words: readonly string[]): Setting<unknown> {
    const directive: Directive<unknown> = directives[name];
    const setting = directive.read(words, this.#setting(name).value);
    return directive.kind === "directory" ? this.#existingDirectory(setting.text) : setting;
  }

  /** A directory as an absolute path. Redis changes into it, so that it has to exist; this server never does. */
  #existingDirectory(directory: string): Setting<string> {
    if (directory === "" || directory.includes("\0")) throw new Refusal("No such file or directory");
    const path = this.resolve(directory);
    try {
      if (!Deno.statSync(path).isDirectory) throw new Refusal("Not a directory");
    } catch (error) {
      throw error instanceof Refusal ? error : new Refusal(systemErrorText(error));
    }
    const text = byteStringOfText(path);
    return { value: text, text };
  }

  /** What CONFIG SET can tell from the names alone. */
  #check(
    pairs: readonly (readonly [string, string])[],
    options: SetOptions,
  ): { entry: Entry; value: string }[] {
    const changes: { entry: Entry; value: string }[] = [];
    for (const [name, value] of pairs) {
      const entry = entries.get(name.toLowerCase());
      if (entry === undefined) throw unknownOption(name);
      if (entry.directive.immutable) throw setFailed(name, "can't set immutable config");
      if (entry.directive.protected && !this.#allowsProtected(options)) {
        throw setFailed(name, "can't set protected config");
      }
      if (entry.directive.refusedWhileLoading && options.loading) throw LOADING;
      if (changes.some((change) => change.entry === entry)) throw setFailed(name, "duplicate parameter");
      changes.push({ entry, value });
    }
    return changes;
  }

  #allowsProtected(options: SetOptions): boolean {
    const allowed = this.get("enable-protected-configs");
    return allowed === "yes" || (allowed === "local" && options.local === true);
  }

  #apply(changed: Entry[], before: ReadonlyMap<DirectiveName, Setting<unknown>>, restore: () => void): void {
    const called = new Map<(value: never) => string | void, DirectiveName>();
    const call = (hook: (value: never) => string | void, name: DirectiveName) =>
      hook(this.get(name) as never);
    for (const { shown, name, directive } of changed) {
      if (!directive.namesFiles && before.get(name)?.text === this.text(name)) continue;
      for (const hook of this.#hooks.get(name) ?? []) {
        // One hook for several directives, such as all of TLS, runs once.
        if (called.has(hook)) continue;
        called.set(hook, name);
        const reason = call(hook, name);
        if (typeof reason !== "string") continue;
        restore();
        called.forEach((name, hook) => call(hook, name));
        throw setFailed(shown, reason);
      }
    }
  }
}

/** `dir` at the start, absolute; left as it is where the permission to learn the working directory is missing. */
function initialDirectory(base: string | undefined, directory: string): string {
  try {
    return resolve(base ?? Deno.cwd(), directory);
  } catch {
    return directory;
  }
}

const NO_CONFIG_FILE = new WireError("ERR The server is running without a config file");

function unknownOption(name: string): WireError {
  return new WireError(`ERR Unknown option or number of arguments for CONFIG SET - '${name}'`);
}

function setFailed(name: string, reason: string): WireError {
  return new WireError(`ERR CONFIG SET failed (possibly related to argument '${name}') - ${reason}`);
}

function rewriteFailed(reason: string): WireError {
  return new WireError(`ERR Rewriting config file: ${reason}`);
}
