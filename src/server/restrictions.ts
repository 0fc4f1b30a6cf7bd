/**
 * What commands are refused for the time being: all but a few while the dataset is loaded, and writes while the disk
 * does not take them.
 *
 * @module
 */

import { LOADING, type WireError } from "../base/errors.ts";
import type { Command } from "../commands/table.ts";
import type { Transaction } from "./transactions.ts";

/** The restrictions of one server. */
export class Restrictions {
  /** Whether the dataset is being loaded. */
  loading = false;
  /** Why commands that write are refused, null: they are not. PING is refused too, so that monitors hear of it. */
  writesDenied: WireError | null = null;

  /** Whether there are any. */
  get any(): boolean {
    return this.loading || this.writesDenied !== null;
  }

  /** Refuses writing commands, and a transaction with one; for a queued command `transaction` is the client's. */
  checkWrites(command: Command, transaction: Transaction | null): void {
    if (this.writesDenied === null) return;
    const isExec = command.fullName === "exec";
    const writes = isExec ? transaction?.commands.some(({ isWrite }) => isWrite) === true : command.isWrite;
    if (writes || command.fullName === "ping") throw this.writesDenied;
  }

  /** Refuses what must not be done while the dataset is being loaded. */
  checkLoading(command: Command, transaction: Transaction | null): void {
    if (!this.loading) return;
    const isExec = command.fullName === "exec";
    const mayRun = command.has("loading") &&
      (!isExec || transaction === null || transaction.commands.every((queued) => queued.has("loading")));
    if (!mayRun) throw LOADING;
  }
}
