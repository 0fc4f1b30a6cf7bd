/**
 * One run of a script, and what scripts ask of the server.
 *
 * @module
 */

import type { Args } from "../resp/args.ts";
import type { ReplyWriter } from "../resp/reply_writer.ts";

/** What a script's shebang line, or a function's registration, says of it. */
export interface ScriptFlags {
  /** It writes nothing. */
  readonly noWrites: boolean;
  /** It may run although there is no memory left. */
  readonly allowOom: boolean;
  /** It may run on a replica that has lost its primary. */
  readonly allowStale: boolean;
  /** It may not run in a cluster. */
  readonly noCluster: boolean;
  /** It may use keys of several slots. */
  readonly allowCrossSlotKeys: boolean;
}

/** Bits of `replication` for all consumers. */
export const REPLICATION_ALL = 3;

/** One run of a script. */
export interface ScriptRun {
  kind: "eval" | "function";
  /** Hash of the script, or name of the function: for error messages. */
  name: string;
  /** Whether commands that write are refused. */
  readOnly: boolean;
  /** Whether it has said that it may go on where memory is short. */
  allowOom: boolean;
  /** Whether a command that writes has been called. */
  written: boolean;
  /** Whether it is to be ended. */
  killed: boolean;
  /** Whether it has run for so long that others are told that the server is busy. */
  busy: boolean;
  /** Version of the protocol in which commands reply to it (`redis.setresp`). */
  protocol: 2 | 3;
  /** Which consumers record what it writes, bits: 1 the append-only file, 2 replicas (`redis.set_repl`). */
  replication: number;
  /** When it was first seen to run, milliseconds of the monotonic clock; 0: not yet. */
  startedAt: number;
}

/** How a script ended. */
export type ScriptEnd =
  /** Its result waits to be replied with `finish`. */
  | "done"
  /** It goes on later; the host hears when it is done. */
  | "suspended"
  /** The machine broke down, and can be used no more. */
  | "broken";

/** What scripts ask of the server. */
export interface ScriptHost {
  /** Called when a script has ended that was suspended. */
  ended(end: ScriptEnd): void;
  /** Where a script's request is put. */
  readonly args: Args;
  /** Runs the request in `args`. Returns why it was refused, in Redis's words, or null: then `reply` has its reply. */
  call(run: ScriptRun, reply: ReplyWriter): string | null;
  /** Whether the caller may run the request in `args`; null where there is no such command. */
  mayCall(): boolean | null;
  /** Writes to the server's log: 0 debug, 1 verbose, 2 notice, 3 warning. */
  scriptLog(level: number, text: string): void;
  /** Milliseconds after which a script is slow (`busy-reply-threshold`); 0: never. */
  readonly busyThreshold: number;
  /** Called when a script has become slow. */
  becameBusy(run: ScriptRun): void;
  /** Whether a slow script has to let others have their turn. */
  isTurnDue(): boolean;
  /** Resolves when its own turn has come again. */
  nextTurn(): Promise<void>;
}
