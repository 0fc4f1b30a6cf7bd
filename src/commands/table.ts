/**
 * The command table: finds a command by the bytes of its name, without making a string of them.
 *
 * @module
 */

import { bytesOf } from "../base/bytes.ts";
import type { LatencyHistogram } from "../base/latency_histogram.ts";
import { ACL_CATEGORIES, type AclCategory, type CommandDefinition, type CommandFlag } from "./define.ts";

/** What the next command's id is. */
interface IdCounter {
  next: number;
}

/** A command in the table, with what dispatch needs of its definition as plain fields. */
export class Command {
  readonly definition: CommandDefinition;
  /** Different for all commands and subcommands of a table, counted from 0. */
  readonly id: number;
  /** The name on the wire and in messages: lower case, `client|getname` for a subcommand. */
  readonly fullName: string;
  readonly arity: number;
  readonly run: CommandDefinition["run"];
  readonly subcommands: CommandTable | null;
  readonly isWrite: boolean;
  readonly deniesOutOfMemory: boolean;
  /** Whether a client that has not authenticated may call it. */
  readonly noAuth: boolean;
  /** Whether scripts may not call it. */
  readonly noScript: boolean;
  /** Whether replicas may have to hear of what it does. */
  readonly mayReplicate: boolean;
  /** All its ACL categories, in the order in which COMMAND INFO lists them. */
  readonly categories: readonly AclCategory[];

  /** Whether it takes so little time that it is timed together with others. */
  readonly isBrief: boolean;
  /** Whether it runs a script or a function. */
  readonly runsScript: boolean;

  /** Calls since the start or CONFIG RESETSTAT. */
  calls = 0;
  /** Time that they took, microseconds. */
  microseconds = 0;
  /** How long they took each; null: nobody has called it, or nobody wants to know (`latency-tracking`). */
  latencies: LatencyHistogram | null = null;
  /** Calls that ended in an error of the command itself. */
  failedCalls = 0;
  /** Calls refused before the command ran. */
  rejectedCalls = 0;

  constructor(definition: CommandDefinition, parent: string, ids: IdCounter = { next: 0 }) {
    this.definition = definition;
    this.id = ids.next++;
    const name = definition.name.toLowerCase();
    this.fullName = parent === "" ? name : `${parent}|${name}`;
    this.arity = definition.arity;
    this.run = definition.run;
    this.subcommands = definition.subcommands.length > 0
      ? new CommandTable(definition.subcommands, this.fullName, ids)
      : null;
    this.isWrite = definition.flags.includes("write");
    this.deniesOutOfMemory = definition.flags.includes("denyoom");
    this.noAuth = definition.flags.includes("no_auth");
    this.noScript = definition.flags.includes("noscript");
    this.mayReplicate = this.isWrite || definition.mayReplicate === true;
    this.categories = categoriesOf(definition);
    this.isBrief = isBrief(definition);
    this.runsScript = definition.group === "scripting" && this.has("no_mandatory_keys");
  }

  /** Whether the command has a flag. */
  has(flag: CommandFlag): boolean {
    return this.definition.flags.includes(flag);
  }
}

/** Groups of which the commands' time depends on more than their arguments, or that look at the times of others. */
const NEVER_BRIEF: ReadonlySet<string> = new Set(["pubsub", "scripting", "server", "transactions"]);

function isBrief({ flags, complexity, group }: CommandDefinition): boolean {
  if (NEVER_BRIEF.has(group) || flags.includes("blocking")) return false;
  return flags.includes("fast") || complexity === "O(1)";
}

/** All categories of a command: those that it names, and those that follow from its flags. */
function categoriesOf(definition: CommandDefinition): readonly AclCategory[] {
  const categories = new Set<AclCategory>(definition.categories);
  const has = (flag: CommandFlag) => definition.flags.includes(flag);
  if (has("write")) categories.add("write");
  if (has("readonly") && definition.group !== "scripting") categories.add("read");
  if (has("admin")) categories.add("admin").add("dangerous");
  if (has("pubsub")) categories.add("pubsub");
  if (has("fast")) categories.add("fast");
  else categories.add("slow");
  if (has("blocking")) categories.add("blocking");
  return ACL_CATEGORIES.filter((category) => categories.has(category));
}

/** Commands by name. */
export class CommandTable {
  readonly #slots: (Command | null)[];
  readonly #mask: number;
  readonly #names: Uint8Array[];
  /** By the name that clients use, which `rename-command` may have changed. */
  readonly #commands = new Map<string, Command>();

  /** Builds the table; `parent` is the container's name for a table of subcommands. */
  constructor(definitions: readonly CommandDefinition[], parent = "", ids: IdCounter = { next: 0 }) {
    let size = 8;
    while (size < definitions.length * 4) size *= 2;
    this.#mask = size - 1;
    this.#slots = new Array<Command | null>(size).fill(null);
    this.#names = new Array<Uint8Array>(size);
    for (const definition of definitions) {
      this.#commands.set(definition.name.toLowerCase(), new Command(definition, parent, ids));
    }
    this.#index();
  }

  /**
   * Gives a command another name, or none: then nobody can call it.
   *
   * @param name byte string, in any case
   * @param newName byte string; empty removes the command
   * @returns why it cannot be done, in Redis's words, or an empty string
   */
  rename(name: string, newName: string): string {
    const command = this.#commands.get(name.toLowerCase());
    if (command === undefined) return "No such command in rename-command";
    this.#commands.delete(name.toLowerCase());
    if (newName !== "") {
      if (this.#commands.has(newName.toLowerCase())) return "Target command name already exists";
      this.#commands.set(newName.toLowerCase(), command);
    }
    this.#index();
    return "";
  }

  #index(): void {
    this.#slots.fill(null);
    for (const [name, command] of this.#commands) {
      const bytes = bytesOf(name);
      let slot = this.#hash(bytes, 0, bytes.length) & this.#mask;
      while (this.#slots[slot] !== null) slot = (slot + 1) & this.#mask;
      this.#slots[slot] = command;
      this.#names[slot] = bytes;
    }
  }

  /** All commands of the table, in the order in which they were defined. */
  list(): readonly Command[] {
    return [...this.#commands.values()];
  }

  /** All commands of the table, each followed by its subcommands. */
  *all(): Generator<Command> {
    for (const command of this.#commands.values()) {
      yield command;
      if (command.subcommands !== null) yield* command.subcommands.all();
    }
  }

  /** The command named `bytes[start, end)` in any case, or null. */
  find(bytes: Uint8Array, start: number, end: number): Command | null {
    let slot = this.#hash(bytes, start, end) & this.#mask;
    for (let command = this.#slots[slot]; command !== null; command = this.#slots[slot]) {
      const name = this.#names[slot];
      if (name.length === end - start) {
        let i = 0;
        while (i < name.length && lower(bytes[start + i]) === name[i]) i++;
        if (i === name.length) return command;
      }
      slot = (slot + 1) & this.#mask;
    }
    return null;
  }

  /** The command with this name, given as a byte string: `client|getname` finds a subcommand. */
  named(name: string): Command | null {
    const [first, second, ...rest] = name.split("|");
    const bytes = bytesOf(first);
    const command = this.find(bytes, 0, bytes.length);
    if (second === undefined || command === null) return command;
    if (rest.length > 0) return null;
    return command.subcommands?.named(second) ?? null;
  }

  #hash(bytes: Uint8Array, start: number, end: number): number {
    let hash = end - start;
    for (let i = start; i < end; i++) hash = Math.imul(hash, 31) + lower(bytes[i]);
    return hash ^ (hash >>> 7);
  }
}

function lower(byte: number): number {
  return byte >= 65 && byte <= 90 ? byte + 32 : byte;
}
