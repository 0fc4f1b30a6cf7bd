/**
 * What dispatch remembers of the request that runs a script, while the script's own requests run in its place.
 *
 * @module
 */

import type { ClientSession, CommandContext } from "../commands/context.ts";
import type { Refusal } from "../commands/permissions.ts";
import type { Command } from "../commands/table.ts";
import { Args } from "../resp/args.ts";
import type { ReplyWriter } from "../resp/reply_writer.ts";
import type { ScriptRun } from "../scripting/script_run.ts";
import type { Transaction } from "./transactions.ts";

/** The request that runs a script. There is one at a time. */
export class RunningScript {
  /** Who sent it. */
  session!: ClientSession;
  /** The database that the script has selected. */
  database = 0;
  /** The time that the script sees, milliseconds since the epoch. */
  now = 0;
  /** Whether its effects are a group of their own, and not part of a transaction's. */
  ownsGroup = false;
  /** Whether it is timed by itself and not together with brief commands. */
  isTimedApart = false;
  /** The client's command, where the script goes on later: EVAL, EXEC, ... */
  command: Command | null = null;
  /** The transaction that the script is part of, the number of its next request, and the script's command. */
  transaction: Transaction | null = null;
  next = 0;
  queued: Command | null = null;
  /** The request. */
  readonly request = new Args();
  #reply!: ReplyWriter;
  #mayBlock = true;

  /** Remembers the running request. */
  enter(context: CommandContext, args: Args): void {
    this.session = context.session;
    this.database = context.session.database;
    this.now = context.keyspace.now;
    this.request.point(args);
    this.#reply = context.reply;
    this.#mayBlock = context.mayBlock;
  }

  /** Has a request of the script replied in its place. */
  lend(context: CommandContext, reply: ReplyWriter): void {
    context.reply = reply;
    context.mayBlock = false;
    context.inScript = true;
  }

  /** Puts it back. */
  leave(context: CommandContext, window: Args): void {
    window.point(this.request);
    context.reply = this.#reply;
    context.mayBlock = this.#mayBlock;
    context.inScript = false;
  }
}

/** What keeps the user from making a script's request, in Redis's words. */
const DENIED: Readonly<Record<Refusal["reason"], string>> = {
  command: "can't run this command or subcommand",
  key: "can't access at least one of the keys mentioned in the command arguments",
  channel: "can't publish to the channel mentioned in the command",
};

/** Says that whoever has sent a script may not make one of its requests. */
export function scriptDenied({ reason }: Refusal): string {
  return `The user executing the script ${DENIED[reason]}`;
}

/** Why a script may not call a command, in Redis's words, or null. */
export function scriptRefusal(command: Command | null, args: Args, run: ScriptRun): string | null {
  if (command === null) return "Unknown Redis command called from script";
  const { arity } = command;
  if (command.run === null || (arity < 0 ? args.count < -arity : args.count !== arity)) {
    return "Wrong number of args calling Redis command from script";
  }
  if (command.noScript) return "This Redis command is not allowed from script";
  if (run.readOnly && command.mayReplicate) return "Write commands are not allowed from read-only scripts.";
  return null;
}
