/**
 * A selector: commands, keys and channels that may be used together. Each user has one, the root, and any number of
 * further ones; a request is allowed where one of them allows all of it.
 *
 * @module
 */

import { bytesOf, untilNul } from "../base/bytes.ts";
import { matchGlobBytes } from "../base/glob.ts";
import { splitArguments } from "../base/quoting.ts";
import type { AclCommand, Catalogue } from "./catalogue.ts";
import {
  CHANNELS_AFTER_ALL,
  FIRST_ARGUMENT_OF_SUBCOMMAND,
  KEYS_AFTER_ALL,
  RULE_SYNTAX,
  UNKNOWN_COMMAND,
} from "./reasons.ts";
import { hasSpaces, RuleRefused } from "./rules.ts";

/** The permission to read keys. */
export const READ_KEYS = 1;
/** The permission to change keys. */
export const WRITE_KEYS = 2;

/** What rules are applied in the light of. */
export interface RuleEnvironment {
  readonly catalogue: Catalogue;
  /** Whether new users and selectors may use all channels (`acl-pubsub-default`). */
  readonly allChannelsByDefault: boolean;
  /** Hears of rules that work and are deprecated. */
  warn(text: string): void;
}

/** A glob pattern. */
interface Pattern {
  /** As a byte string. */
  readonly text: string;
  readonly bytes: Uint8Array;
}

/** A pattern of keys. */
interface KeyPattern extends Pattern {
  /** What may be done with the keys: READ_KEYS, WRITE_KEYS or both. */
  permissions: number;
}

const KEY_PREFIXES: Readonly<Record<number, string>> = {
  [READ_KEYS]: "%R~",
  [WRITE_KEYS]: "%W~",
  [READ_KEYS | WRITE_KEYS]: "~",
};

/** Commands, keys and channels that may be used together. */
export class Selector {
  /** Whether all keys may be used for anything. */
  allKeys = false;
  /** Whether all channels may be used. */
  allChannels: boolean;
  /** Whether all commands may be run, those to come included, without a look at `allowed`. */
  allCommands = false;
  /**
   * By id, 1 for commands that may be run. The last byte stands for commands that are yet to come: it tells whether the
   * rules began with `+@all`.
   */
  readonly allowed: Uint8Array;
  /** First arguments, as they were written, with which commands may be run that are not in `allowed`. */
  readonly firstArguments = new Map<number, string[]>();
  readonly #environment: RuleEnvironment;
  #keys: KeyPattern[] = [];
  #channels: Pattern[] = [];

  constructor(environment: RuleEnvironment) {
    this.#environment = environment;
    this.allChannels = environment.allChannelsByDefault;
    this.allowed = new Uint8Array(environment.catalogue.size + 1);
  }

  /** The selector that `(…)` describes. @throws {RuleRefused} where one of its rules cannot be applied */
  static parse(text: string, environment: RuleEnvironment): Selector {
    const selector = new Selector(environment);
    // Quotes that are not closed make a selector that allows nothing, as in Redis.
    for (const rule of splitArguments(untilNul(text.slice(1, -1))) ?? []) selector.apply(rule);
    return selector;
  }

  /** A selector with the same permissions. */
  copy(): Selector {
    const copy = new Selector(this.#environment);
    copy.allKeys = this.allKeys;
    copy.allChannels = this.allChannels;
    copy.allCommands = this.allCommands;
    copy.allowed.set(this.allowed);
    for (const [id, words] of this.firstArguments) copy.firstArguments.set(id, [...words]);
    copy.#keys = this.#keys.map((pattern) => ({ ...pattern }));
    copy.#channels = [...this.#channels];
    return copy;
  }

  /** Whether there is nothing that it does not allow. */
  get unrestricted(): boolean {
    return this.allCommands && this.allKeys && this.allChannels;
  }

  /** Whether commands may be run that are yet to come. */
  get allowsFuture(): boolean {
    return this.allowed[this.allowed.length - 1] === 1;
  }

  /** The patterns of channels, byte strings; none where all may be used. */
  get channels(): readonly string[] {
    return this.#channels.map(({ text }) => text);
  }

  /** The rules on channels as `&` and the pattern. */
  channelRules(): string[] {
    return this.allChannels ? ["&*"] : this.#channels.map(({ text }) => `&${text}`);
  }

  /** The rules on keys: `~` and the pattern, or `%R~`, or `%W~`. */
  keyRules(): string[] {
    if (this.allKeys) return ["~*"];
    return this.#keys.map(({ permissions, text }) => KEY_PREFIXES[permissions] + text);
  }

  /** Applies one rule, a byte string. @throws {RuleRefused} where it makes no sense; then nothing has changed */
  apply(rule: string): void {
    const word = untilNul(rule);
    switch (word.toLowerCase()) {
      case "allkeys":
      case "~*":
        this.allKeys = true;
        this.#keys = [];
        return;
      case "resetkeys":
        this.allKeys = false;
        this.#keys = [];
        return;
      case "allchannels":
      case "&*":
        this.allChannels = true;
        this.#channels = [];
        return;
      case "resetchannels":
        this.allChannels = false;
        this.#channels = [];
        return;
      case "allcommands":
      case "+@all":
        return this.#setAll(true);
      case "nocommands":
      case "-@all":
        return this.#setAll(false);
    }
    const sign = rule[0];
    if (sign === "~" || sign === "%") this.#addKeys(rule);
    else if (sign === "&") this.#addChannels(rule.slice(1));
    else if (sign !== "+" && sign !== "-") throw new RuleRefused(RULE_SYNTAX);
    else if (word[1] === "@") this.#setCategory(word.slice(2), sign === "+");
    else if (sign === "+" && word.includes("|")) this.#allowPart(word.slice(1));
    else this.setCommand(this.#command(word.slice(1)), sign === "+");
  }

  #setAll(allow: boolean): void {
    this.allowed.fill(allow ? 1 : 0);
    this.allCommands = allow;
    this.firstArguments.clear();
  }

  #setCategory(name: string, allow: boolean): void {
    const commands = this.#environment.catalogue.inCategory(name);
    if (commands === undefined) throw new RuleRefused(UNKNOWN_COMMAND);
    for (const command of commands) this.setCommand(command, allow);
  }

  /** Allows or forbids a command and, of a container, all subcommands. */
  setCommand(command: AclCommand, allow: boolean): void {
    this.allowed[command.id] = allow ? 1 : 0;
    this.firstArguments.delete(command.id);
    for (const subcommand of command.subcommands?.list() ?? []) this.allowed[subcommand.id] = allow ? 1 : 0;
    if (!allow) this.allCommands = false;
  }

  /** `command|word`: a subcommand, or (deprecated) a command with that word as its first argument only. */
  #allowPart(name: string): void {
    const bar = name.lastIndexOf("|");
    const word = name.slice(bar + 1);
    const command = this.#command(name.slice(0, bar));
    if (command.fullName.includes("|")) throw new RuleRefused(FIRST_ARGUMENT_OF_SUBCOMMAND);
    if (word === "") throw new RuleRefused(RULE_SYNTAX);
    if (command.subcommands !== null) return this.setCommand(this.#command(name), true);
    this.#environment.warn(
      "Deprecation warning: Allowing a first arg of an otherwise blocked command is a misuse of ACL and may get " +
        `disabled in the future (offender: +${name})`,
    );
    const words = this.firstArguments.get(command.id) ?? [];
    if (!words.some((other) => lowerCase(other) === lowerCase(word))) words.push(word);
    this.firstArguments.set(command.id, words);
  }

  #command(name: string): AclCommand {
    const command = this.#environment.catalogue.named(name);
    if (command === undefined) throw new RuleRefused(UNKNOWN_COMMAND);
    return command;
  }

  #addKeys(rule: string): void {
    if (this.allKeys) throw new RuleRefused(KEYS_AFTER_ALL);
    const { permissions, pattern } = parseKeyRule(rule);
    if (hasSpaces(pattern)) throw new RuleRefused(RULE_SYNTAX);
    const known = this.#keys.find(({ text }) => text === pattern);
    if (known !== undefined) known.permissions |= permissions;
    else this.#keys.push({ text: pattern, bytes: bytesOf(pattern), permissions });
  }

  #addChannels(pattern: string): void {
    if (this.allChannels) throw new RuleRefused(CHANNELS_AFTER_ALL);
    if (hasSpaces(pattern)) throw new RuleRefused(RULE_SYNTAX);
    if (this.#channels.some(({ text }) => text === pattern)) return;
    this.#channels.push({ text: pattern, bytes: bytesOf(pattern) });
  }

  /** Whether a command that is not in `allowed` may be run with this first argument, a byte string. */
  allowsFirstArgument(command: AclCommand, argument: string): boolean {
    const words = this.firstArguments.get(command.id);
    return words !== undefined && words.some((word) => lowerCase(word) === lowerCase(argument));
  }

  /** Whether the key `bytes[start, end)` may be used for all of `permissions`, 0: for nothing but its name. */
  allowsKey(permissions: number, bytes: Uint8Array, start: number, end: number): boolean {
    if (this.allKeys) return true;
    for (const pattern of this.#keys) {
      if ((pattern.permissions & permissions) !== permissions) continue;
      if (matchGlobBytes(pattern.bytes, bytes, start, end)) return true;
    }
    return false;
  }

  /** Whether every key there can be may be read. */
  get readsAllKeys(): boolean {
    return this.allKeys ||
      this.#keys.some(({ permissions, text }) => text === "*" && (permissions & READ_KEYS) !== 0);
  }

  /** Whether the channel `bytes[start, end)` may be used. */
  allowsChannel(bytes: Uint8Array, start: number, end: number): boolean {
    return this.allChannels ||
      this.#channels.some((pattern) => matchGlobBytes(pattern.bytes, bytes, start, end));
  }

  /** Whether a pattern of channels, a byte string, may be subscribed to: only if it is one of the rules itself. */
  allowsChannelPattern(pattern: string): boolean {
    return this.allChannels || this.#channels.some(({ text }) => text === pattern);
  }
}

/** A byte string with its ASCII letters in lower case: others have no case in Redis. */
function lowerCase(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** What a rule on keys allows, and for which pattern: `~pattern`, or `%R~pattern` with one of both letters. */
function parseKeyRule(rule: string): { permissions: number; pattern: string } {
  if (rule[0] === "~") return { permissions: READ_KEYS | WRITE_KEYS, pattern: rule.slice(1) };
  let permissions = 0;
  let at = 1;
  // The `~` may be missing where the pattern is empty: so it is in Redis.
  for (; at < rule.length && rule[at] !== "~"; at++) {
    const letter = rule[at].toUpperCase();
    const permission = letter === "R" ? READ_KEYS : letter === "W" ? WRITE_KEYS : 0;
    if (permission === 0 || (permissions & permission) !== 0) throw new RuleRefused(RULE_SYNTAX);
    permissions |= permission;
  }
  if (permissions === 0) throw new RuleRefused(RULE_SYNTAX);
  return { permissions, pattern: rule.slice(at + 1) };
}
