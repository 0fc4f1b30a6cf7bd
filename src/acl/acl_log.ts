/**
 * The log of what was denied (ACL LOG), newest first.
 *
 * @module
 */

/** What was denied: a command, a key, a channel, or to log in. */
export type DenialReason = "command" | "key" | "channel" | "auth";

/** Where it was asked for. */
export type AclContext = "toplevel" | "multi" | "lua";

/** Something that was denied. Texts are byte strings. */
export interface Denial {
  readonly reason: DenialReason;
  readonly context: AclContext;
  /** The command, key or channel; for a log-in the command as it was sent. */
  readonly object: string;
  /** Who was denied it, or as whom a client wanted to log in. */
  readonly user: string;
}

/** A denial in the log. */
export interface AclLogEntry extends Denial {
  /** How often it happened. */
  count: number;
  /** When it happened last, milliseconds since the epoch. */
  time: number;
  /** The client that it happened to last, as CLIENT LIST describes it. */
  client: string;
}

/** Within so many milliseconds the same denial is the same entry. */
const GROUPING_TIME = 60_000;
/** Number of entries among which the same one is looked for. */
const GROUPING_ENTRIES = 10;

/** The log of what was denied. */
export class AclLog {
  /** Number of entries that are kept (`acllog-max-len`). */
  maxLength = 128;
  #entries: AclLogEntry[] = [];

  /** Newest first. */
  get entries(): readonly AclLogEntry[] {
    return this.#entries;
  }

  /** Notes what was denied to a client, described as CLIENT LIST does, at a time in milliseconds since the epoch. */
  add(denial: Denial, time: number, client: string): void {
    const at = this.#entries.slice(0, GROUPING_ENTRIES).findIndex((entry) => isSame(entry, denial, time));
    if (at < 0) {
      this.#entries.unshift({ ...denial, count: 1, time, client });
      if (this.#entries.length > this.maxLength) this.#entries.length = this.maxLength;
      return;
    }
    const [entry] = this.#entries.splice(at, 1);
    this.#entries.unshift(entry);
    entry.count++;
    entry.time = time;
    entry.client = client;
  }

  /** Forgets all entries. */
  reset(): void {
    this.#entries = [];
  }
}

function isSame(entry: AclLogEntry, denial: Denial, time: number): boolean {
  return entry.reason === denial.reason && entry.context === denial.context &&
    Math.abs(entry.time - time) <= GROUPING_TIME && entry.object === denial.object &&
    entry.user === denial.user;
}
