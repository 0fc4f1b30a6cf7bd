/**
 * Finds out whether a request is about to change a large collection that a snapshot has to write first: then it waits,
 * and all others go on.
 *
 * @module
 */

import type { CommandGroup } from "../commands/define.ts";
import { RequestKeys } from "../commands/keys.ts";
import type { Command } from "../commands/table.ts";
import { Args } from "../resp/args.ts";
import type { Database } from "../store/database.ts";
import type { Transaction } from "./transactions.ts";

/** Groups whose commands change no collections. One that puts a string in a collection's place does not wait. */
const WITHOUT_COLLECTIONS: ReadonlySet<CommandGroup> = new Set(["string", "bitmap", "hyperloglog"]);

/** Looks at requests while a snapshot is taken. */
export class HeldWrites {
  readonly #keys = new RequestKeys();
  /** Points at the requests of a transaction. */
  readonly #queued = new Args();

  /** Whether the request in `args`, or one of the transaction that it runs, has to wait. */
  holds(command: Command, args: Args, transaction: Transaction | null, database: Database): boolean {
    if (transaction === null) return this.#holdsOne(command, args, database);
    if (command.fullName !== "exec" || transaction.aborted) return false;
    let holds = false;
    transaction.forEach(this.#queued, 0, (queued) => {
      holds = this.#holdsOne(queued, this.#queued, database);
      return !holds;
    });
    return holds;
  }

  #holdsOne(command: Command, args: Args, database: Database): boolean {
    // A script may write to the keys that it declares.
    const isScript = command.definition.group === "scripting";
    if (!(command.isWrite || isScript) || WITHOUT_COLLECTIONS.has(command.definition.group)) return false;
    const { snapshot } = database;
    if (snapshot === null) return false;
    const keys = this.#keys;
    keys.find(command, args);
    for (let i = 0; i < keys.count; i++) {
      if (keys.flags(i).includes("RO")) continue;
      const position = keys.position(i);
      const entry = database.peek(args.bytes, args.start(position), args.end(position));
      if (entry !== 0 && snapshot.holds(database, entry)) return true;
    }
    return false;
  }
}
