/**
 * What commands are refused for the time being: all but a few while the dataset is loaded, writes while the disk does
 * not take them, and what needs memory while the process can get no more.
 *
 * @module
 */

import { LOADING, OUT_OF_MEMORY, type WireError } from "../base/errors.ts";
import type { Command } from "../commands/table.ts";
import type { Arena } from "../memory/arena.ts";
import type { Transaction } from "./transactions.ts";

/** Commands that run for a client in a transaction though there is no memory left. */
const ENDS_TRANSACTION: ReadonlySet<string> = new Set(["discard", "exec", "quit", "reset"]);

/** Commands after which something stays on the JavaScript heap, without the flag `denyoom`. */
const HEAP_USERS: ReadonlySet<string> = new Set([
  "acl|setuser",
  "client|setinfo",
  "client|setname",
  "client|tracking",
  "eval",
  "eval_ro",
  "monitor",
  "multi",
  "psubscribe",
  "script|load",
  "ssubscribe",
  "subscribe",
  "watch",
]);

/** Whether a command cannot do without memory; for a queued one and for EXEC `transaction` is the client's. */
export function needsMemory(command: Command, transaction: Transaction | null): boolean {
  // A queue takes memory whatever is queued.
  const queues = transaction !== null && !ENDS_TRANSACTION.has(command.fullName);
  const executes = command.fullName === "exec" && transaction?.deniesOutOfMemory === true;
  return command.deniesOutOfMemory || queues || executes;
}

/** The restrictions of one server. */
export class Restrictions {
  /** Whether the dataset is being loaded. */
  loading = false;
  /** Why commands that write are refused, null: they are not. PING is refused too, so that monitors hear of it. */
  writesDenied: WireError | null = null;
  /** The arena, where the system gives it no more memory: while it has no room, what needs memory is refused. */
  shortArena: Arena | null = null;
  /** Whether the JavaScript heap nears its limit: what makes it grow is refused as well. */
  heapShort = false;

  /** Whether there are any. */
  get any(): boolean {
    return this.loading || this.writesDenied !== null || this.shortArena !== null || this.heapShort;
  }

  /** Whether there is no memory to be had. */
  get lacksMemory(): boolean {
    return this.heapShort || (this.shortArena !== null && !this.shortArena.hasRoom);
  }

  /**
   * Why what needs memory is refused, or null. In these methods `transaction` is the client's, for a queued command and
   * for EXEC.
   */
  memoryRefusal(command: Command, transaction: Transaction | null): WireError | null {
    if (!this.lacksMemory) return null;
    const usesHeap = this.heapShort && HEAP_USERS.has(command.fullName);
    return usesHeap || needsMemory(command, transaction) ? OUT_OF_MEMORY : null;
  }

  /** Why a command that writes, or a transaction with one, is refused; or null. */
  writeRefusal(command: Command, transaction: Transaction | null): WireError | null {
    if (this.writesDenied === null) return null;
    const isExec = command.fullName === "exec";
    const writes = isExec ? transaction?.some(({ isWrite }) => isWrite) === true : command.isWrite;
    return writes || command.fullName === "ping" ? this.writesDenied : null;
  }

  /** Why what must not be done while the dataset is being loaded is refused, or null. */
  loadingRefusal(command: Command, transaction: Transaction | null): WireError | null {
    if (!this.loading) return null;
    const isExec = command.fullName === "exec";
    const mayRun = command.has("loading") &&
      (!isExec || transaction === null || !transaction.some((queued) => !queued.has("loading")));
    return mayRun ? null : LOADING;
  }
}
