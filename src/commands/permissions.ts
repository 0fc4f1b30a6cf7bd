/**
 * Whether a user may make a request: run the command, use its keys for what it does with them, and its channels.
 *
 * @module
 */

import { READ_KEYS, type Selector, WRITE_KEYS } from "../acl/selector.ts";
import type { User } from "../acl/user.ts";
import type { Args } from "../resp/args.ts";
import type { CommandContext } from "./context.ts";
import type { KeyFlag } from "./define.ts";
import { hasKeys, RequestKeys } from "./keys.ts";
import type { Command } from "./table.ts";

/** Why a user must not make a request. */
export interface Refusal {
  readonly reason: "command" | "key" | "channel";
  /** The argument that is the key or channel. */
  readonly argument: number;
}

/** Which arguments of a command are channels; those that end a subscription may name any. */
const CHANNELS: ReadonlyMap<string, "first" | "all" | "patterns"> = new Map([
  ["publish", "first"],
  ["spublish", "first"],
  ["subscribe", "all"],
  ["ssubscribe", "all"],
  ["psubscribe", "patterns"],
]);

/** Of the reasons of several selectors the last of these is told. */
const WEIGHTS = { command: 1, key: 2, channel: 3 } as const;

const permissionsOfFlags = new Map<readonly KeyFlag[], number>();

/** What a user must be permitted to do with a key of these flags. */
function permissionsFor(flags: readonly KeyFlag[]): number {
  let permissions = permissionsOfFlags.get(flags);
  if (permissions === undefined) {
    permissions = flags.includes("access") ? READ_KEYS : 0;
    if (flags.some((flag) => flag === "insert" || flag === "delete" || flag === "update")) {
      permissions |= WRITE_KEYS;
    }
    permissionsOfFlags.set(flags, permissions);
  }
  return permissions;
}

/** Checks requests against the permissions of users. */
export class Permissions {
  readonly #keys = new RequestKeys();
  /** Whether `#keys` are those of the request that is being checked. */
  #hasKeys = false;
  /** The argument at fault. */
  #argument = 0;

  /** Why a user must not make the request whose command's name is argument `first`; null: there is no reason. */
  refusal(user: User, command: Command, args: Args, first = 0): Refusal | null {
    if (!user.restricted) return null;
    this.#hasKeys = false;
    this.#argument = first;
    let reason: Refusal["reason"] = "command";
    let argument = first;
    for (const selector of user.selectors) {
      const refused = this.#check(selector, command, args, first);
      if (refused === null) return null;
      const isWorse = WEIGHTS[refused] > WEIGHTS[reason];
      if (isWorse || (refused === reason && this.#argument > argument)) {
        reason = refused;
        argument = this.#argument;
      }
    }
    return { reason, argument };
  }

  /** Whether a user may make a request and also read any key at all in the course of it. */
  readsAllKeys(user: User, command: Command, args: Args): boolean {
    if (!user.restricted) return true;
    this.#hasKeys = false;
    return user.selectors.some((selector) =>
      selector.readsAllKeys && this.#check(selector, command, args, 0) === null
    );
  }

  /** Why a selector does not allow a request. */
  #check(selector: Selector, command: Command, args: Args, first: number): Refusal["reason"] | null {
    if (!selector.allCommands && !command.noAuth && !allowsCommand(selector, command, args, first)) {
      return "command";
    }
    if (
      !selector.allKeys && hasKeys(command.definition) && !this.#allowsKeys(selector, command, args, first)
    ) {
      return "key";
    }
    if (!selector.allChannels && !this.#allowsChannels(selector, command, args, first)) return "channel";
    return null;
  }

  #allowsKeys(selector: Selector, command: Command, args: Args, first: number): boolean {
    const keys = this.#keys;
    if (!this.#hasKeys) keys.find(command, args, first);
    this.#hasKeys = true;
    for (let i = 0; i < keys.count; i++) {
      const at = keys.position(i);
      const permissions = permissionsFor(keys.flags(i));
      if (selector.allowsKey(permissions, args.bytes, args.start(at), args.end(at))) continue;
      this.#argument = at;
      return false;
    }
    return true;
  }

  #allowsChannels(selector: Selector, command: Command, args: Args, first: number): boolean {
    const which = CHANNELS.get(command.fullName);
    if (which === undefined) return true;
    const end = which === "first" ? first + 2 : args.count;
    for (let at = first + 1; at < end; at++) {
      const allowed = which === "patterns"
        ? selector.allowsChannelPattern(args.text(at))
        : selector.allowsChannel(args.bytes, args.start(at), args.end(at));
      if (allowed) continue;
      this.#argument = at;
      return false;
    }
    return true;
  }
}

/** Whether a selector allows a command, or allows it with this first argument. */
function allowsCommand(selector: Selector, command: Command, args: Args, first: number): boolean {
  if (selector.allowed[command.id] === 1) return true;
  return args.count > first + 1 && selector.allowsFirstArgument(command, args.text(first + 1));
}

/** Whether the client may read any key in the course of the request that is running: SORT BY and GET name theirs late. */
export function mayReadAllKeys({ args, server, session }: CommandContext): boolean {
  if (!session.account.restricted) return true;
  const command = server.commands.find(args.bytes, args.start(0), args.end(0));
  return command !== null && new Permissions().readsAllKeys(session.account, command, args);
}
