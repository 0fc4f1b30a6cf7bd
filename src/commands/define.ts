/**
 * What a command is: one object, from which everything else derives: arity checks, COMMAND and its subcommands, ACL
 * categories, routing by key, the table in the docs.
 *
 * @module
 */

import type { CommandContext } from "./context.ts";

/** Groups, as COMMAND DOCS names them. */
export type CommandGroup =
  | "generic"
  | "string"
  | "list"
  | "set"
  | "sorted-set"
  | "hash"
  | "pubsub"
  | "transactions"
  | "connection"
  | "server"
  | "scripting"
  | "hyperloglog"
  | "cluster"
  | "geo"
  | "stream"
  | "bitmap";

/** Flags, as COMMAND INFO names them, in the order in which it lists them. */
export const COMMAND_FLAGS = [
  "write",
  "readonly",
  "denyoom",
  "module",
  "admin",
  "pubsub",
  "noscript",
  "blocking",
  "loading",
  "stale",
  "skip_monitor",
  "skip_slowlog",
  "asking",
  "fast",
  "no_auth",
  "may_replicate",
  "no_mandatory_keys",
  "no_async_loading",
  "no_multi",
  "movablekeys",
  "allow_busy",
] as const;

/** A flag of a command. `movablekeys` is derived from the key specifications and not written down. */
export type CommandFlag = Exclude<typeof COMMAND_FLAGS[number], "movablekeys" | "module">;

/** ACL categories, in the order in which COMMAND INFO lists them, without the `@`. */
export const ACL_CATEGORIES = [
  "keyspace",
  "read",
  "write",
  "set",
  "sortedset",
  "list",
  "hash",
  "string",
  "bitmap",
  "hyperloglog",
  "geo",
  "stream",
  "pubsub",
  "admin",
  "fast",
  "slow",
  "blocking",
  "dangerous",
  "connection",
  "transaction",
  "scripting",
] as const;

/** An ACL category. */
export type AclCategory = typeof ACL_CATEGORIES[number];

/** What a command does with the keys of a specification, as COMMAND INFO names it. */
export type KeyFlag =
  | "RO"
  | "RW"
  | "OW"
  | "RM"
  | "access"
  | "update"
  | "insert"
  | "delete"
  | "not_key"
  | "incomplete"
  | "variable_flags";

/** Where a command's keys are among its arguments, and what it does with them. */
export interface KeySpecification {
  /** Text for people, null for none. */
  readonly notes: string | null;
  readonly flags: readonly KeyFlag[];
  /** Where the first key is looked for: at an index, or after a keyword from a position on (negative: backwards). */
  readonly begin:
    | { readonly type: "index"; readonly index: number }
    | { readonly type: "keyword"; readonly keyword: string; readonly from: number }
    | { readonly type: "unknown" };
  /**
   * How many there are: a range (last key relative to the first, or negative from the end; step; limit as a divisor
   * of what is left), or a number at `numkeys` relative to the first position.
   */
  readonly find:
    | { readonly type: "range"; readonly last: number; readonly step: number; readonly limit: number }
    | { readonly type: "numkeys"; readonly numkeys: number; readonly first: number; readonly step: number }
    | { readonly type: "unknown" };
}

/** Types of arguments, as COMMAND DOCS names them. */
export type ArgumentType =
  | "string"
  | "integer"
  | "double"
  | "key"
  | "pattern"
  | "unix-time"
  | "pure-token"
  | "oneof"
  | "block";

/** An argument in a command's syntax. */
export interface ArgumentSpecification {
  readonly name: string;
  readonly type: ArgumentType;
  /** Word that announces the argument, or that it consists of. */
  readonly token?: string;
  /** Index of the key specification that a key belongs to. */
  readonly keySpecification?: number;
  readonly summary?: string;
  readonly since?: string;
  readonly deprecatedSince?: string;
  readonly optional?: boolean;
  readonly multiple?: boolean;
  /** Whether `token` is repeated with each repetition. */
  readonly multipleToken?: boolean;
  /** Parts of a `oneof` or `block`. */
  readonly arguments?: readonly ArgumentSpecification[];
}

/** A command, or a subcommand, or a container of subcommands. */
export interface CommandDefinition {
  /** In upper case; a subcommand's own word only: `GETNAME`. */
  readonly name: string;
  readonly group: CommandGroup;
  /** Redis version that brought the command. */
  readonly since: string;
  readonly summary: string;
  readonly complexity: string;
  /** What changed when: pairs of version and text. */
  readonly history: readonly (readonly [version: string, change: string])[];
  /** Since when it is deprecated and what to use instead; null: it is not. */
  readonly deprecated: { readonly since: string; readonly replacedBy: string } | null;
  /** Whether it is one that only servers and those who debug them send (COMMAND DOCS' `syscmd`). */
  readonly system?: true;
  /** Whether replicas have to hear of it though it is no write: it waits where writes have to (CLIENT PAUSE WRITE). */
  readonly mayReplicate?: true;
  /** Number of arguments, the name included; negative: at least so many. For a subcommand both words count. */
  readonly arity: number;
  readonly flags: readonly CommandFlag[];
  /** ACL categories besides those that follow from the flags (`write`, `read`, `admin`, `fast`, ...). */
  readonly categories: readonly AclCategory[];
  /** Tips for clients and proxies, as COMMAND INFO lists them. */
  readonly tips: readonly string[];
  readonly keys: readonly KeySpecification[];
  readonly arguments: readonly ArgumentSpecification[];
  /** Subcommands of a container; empty for all others. */
  readonly subcommands: readonly CommandDefinition[];
  /** Runs the command; null for a container, which only its subcommands run. */
  readonly run: ((context: CommandContext) => void) | null;
}

/** Returns a definition, which must be able to do something: the one way to make a command. */
export function defineCommand(definition: CommandDefinition): CommandDefinition {
  if (definition.run === null && definition.subcommands.length === 0) {
    throw new Error(`Command ${definition.name} needs run or subcommands`);
  }
  return definition;
}

/** One key at a fixed place: the specification of most commands. */
export function oneKey(index: number, ...flags: KeyFlag[]): KeySpecification {
  return {
    notes: null,
    flags,
    begin: { type: "index", index },
    find: { type: "range", last: 0, step: 1, limit: 0 },
  };
}

/** Keys from `index` to the last argument, `step` apart. */
export function keysFrom(index: number, step: number, ...flags: KeyFlag[]): KeySpecification {
  return {
    notes: null,
    flags,
    begin: { type: "index", index },
    find: { type: "range", last: -1, step, limit: 0 },
  };
}

/** As many keys as argument `index` says, right after it: `numkeys key [key ...]`. */
export function numkeysKeys(index: number, ...flags: KeyFlag[]): KeySpecification {
  return {
    notes: null,
    flags,
    begin: { type: "index", index },
    find: { type: "numkeys", numkeys: 0, first: 1, step: 1 },
  };
}
