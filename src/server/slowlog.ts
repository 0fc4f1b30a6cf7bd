/**
 * The slow log: the last commands that took long.
 *
 * @module
 */

import { byteString } from "../base/bytes.ts";
import type { ClientSession, SlowLogAccess, SlowLogEntry } from "../commands/context.ts";
import type { Command } from "../commands/table.ts";
import type { Args } from "../resp/args.ts";
import { secretArguments } from "./redaction.ts";

/** Arguments of an entry; of a request with more, the last one says how many more. */
const MAX_ARGUMENTS = 32;
/** Bytes of an argument. */
const MAX_ARGUMENT_BYTES = 128;

/** What is at hand when a command turns out to have been slow. */
export interface SlowRequest {
  readonly args: Args;
  readonly client: ClientSession;
  /** How long it took. */
  readonly microseconds: number;
  /** Wall-clock time, milliseconds since the epoch. */
  readonly now: number;
}

/** Keeps the last slow commands. */
export class SlowLog implements SlowLogAccess {
  /** `slowlog-log-slower-than`, microseconds; negative: nothing is logged. */
  threshold = 10_000;
  readonly #entries: SlowLogEntry[] = [];
  #maxLength = 128;
  #nextId = 0;

  /** `slowlog-max-len`. The log is cut when the next command is logged, as in Redis. */
  set maxLength(length: number) {
    this.#maxLength = length;
  }

  get length(): number {
    return this.#entries.length;
  }

  latest(count: number): readonly SlowLogEntry[] {
    const { length } = this.#entries;
    return this.#entries.slice(Math.max(0, length - count)).reverse();
  }

  clear(): void {
    this.#entries.length = 0;
  }

  /** Logs a command if it was slow enough. */
  add(command: Command, { args, client, microseconds, now }: SlowRequest): void {
    if (this.threshold < 0 || microseconds < this.threshold || command.has("skip_slowlog")) return;
    this.#entries.push({
      id: this.#nextId++,
      time: Math.floor(now / 1000),
      microseconds: Math.floor(microseconds),
      arguments: loggedArguments(command, args),
      address: client.address,
      name: client.name,
    });
    const excess = this.#entries.length - this.#maxLength;
    if (excess > 0) this.#entries.splice(0, excess);
  }
}

/** A request's arguments as byte strings, cut to size and without secrets. */
function loggedArguments(command: Command, args: Args): readonly string[] {
  const secrets = secretArguments(command, args);
  const { count } = args;
  const kept = count > MAX_ARGUMENTS ? MAX_ARGUMENTS - 1 : count;
  const texts: string[] = [];
  for (let i = 0; i < kept; i++) texts.push(secrets.includes(i) ? "(redacted)" : loggedArgument(args, i));
  if (kept < count) texts.push(`... (${count - kept} more arguments)`);
  return texts;
}

function loggedArgument(args: Args, i: number): string {
  const [start, end] = [args.start(i), args.end(i)];
  const excess = end - start - MAX_ARGUMENT_BYTES;
  if (excess <= 0) return byteString(args.bytes, start, end);
  return `${byteString(args.bytes, start, start + MAX_ARGUMENT_BYTES)}... (${excess} more bytes)`;
}
