/**
 * The options that SET and GETEX take, and the expiry times in them.
 *
 * @module
 */

import { LAST_EXPIRY } from "../../store/entry.ts";
import { invalidExpireTime, SYNTAX } from "../../base/errors.ts";
import { MAX_INT64 } from "../../base/numbers.ts";
import type { Args } from "../../resp/args.ts";
import type { CommandContext } from "../context.ts";

/** How an expiry time is given, as bits: the two that count from now, and the two that are in seconds. */
export const NO_TIME = 0, EX = 1, PX = 2, EXAT = 4, PXAT = 8;
const RELATIVE = EX | PX;
const IN_SECONDS = EX | EXAT;

/** The options of one request. */
export class StringOptions {
  /** Set only if the key does not exist. */
  notExisting = false;
  /** Set only if the key exists. */
  existing = false;
  /** Reply the old value. */
  get = false;
  keepTtl = false;
  persist = false;
  /** How the expiry time is given. */
  timeKind = NO_TIME;
  /** The argument that it stands in. */
  timeArgument = 0;

  /**
   * Reads the options of SET from argument `from` on.
   *
   * @throws {WireError} where the syntax is wrong
   */
  parseSet(args: Args, from: number): void {
    this.#clear();
    for (let i = from; i < args.count; i++) {
      if (!this.existing && args.is(i, "NX")) this.notExisting = true;
      else if (!this.notExisting && args.is(i, "XX")) this.existing = true;
      else if (args.is(i, "GET")) this.get = true;
      else if (this.timeKind === NO_TIME && args.is(i, "KEEPTTL")) this.keepTtl = true;
      else i = this.#parseTime(args, i);
    }
  }

  /**
   * Reads the options of GETEX from argument `from` on.
   *
   * @throws {WireError} where the syntax is wrong
   */
  parseGetex(args: Args, from: number): void {
    this.#clear();
    for (let i = from; i < args.count; i++) {
      if (this.timeKind === NO_TIME && args.is(i, "PERSIST")) this.persist = true;
      else i = this.#parseTime(args, i);
    }
  }

  #clear(): void {
    this.notExisting =
      this.existing =
      this.get =
      this.keepTtl =
      this.persist =
        false;
    this.timeKind = NO_TIME;
  }

  /** Reads an expiry time's option at argument `i`; returns its last argument. The same option may come again. */
  #parseTime(args: Args, i: number): number {
    let kind = NO_TIME;
    if (args.is(i, "EX")) kind = EX;
    else if (args.is(i, "PX")) kind = PX;
    else if (args.is(i, "EXAT")) kind = EXAT;
    else if (args.is(i, "PXAT")) kind = PXAT;
    const excluded = this.keepTtl || this.persist || (this.timeKind !== NO_TIME && this.timeKind !== kind);
    if (kind === NO_TIME || excluded || i + 1 === args.count) throw SYNTAX;
    this.timeKind = kind;
    this.timeArgument = i + 1;
    return i + 1;
  }
}

/**
 * The time in argument `i`, milliseconds since the epoch.
 *
 * @param kind how it is given
 * @param command who asks, in lower case, for the error
 * @throws {WireError} where it is no integer, not positive, or too large
 */
export function expiryTime(context: CommandContext, i: number, kind: number, command: string): number {
  const { args, keyspace } = context;
  const time = args.integer(i);
  if (time <= 0) throw invalidExpireTime(command);
  const from = (kind & RELATIVE) !== 0 ? keyspace.now : 0;
  const unit = (kind & IN_SECONDS) !== 0 ? 1000 : 1;
  const expiry = time * unit + from;
  if (expiry <= Number.MAX_SAFE_INTEGER) return expiry;
  if (args.int64(i) * BigInt(unit) + BigInt(from) > MAX_INT64) throw invalidExpireTime(command);
  return Math.min(expiry, LAST_EXPIRY);
}
