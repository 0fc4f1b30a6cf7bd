/**
 * The options that XADD and XTRIM have in common: which entries go.
 *
 * @module
 */

import {
  LIMIT_WITHOUT_APPROXIMATION,
  LIMIT_WITHOUT_STRATEGY,
  MAXLEN_EXCLUDES_MINID,
  MAXLEN_NEGATIVE,
  TRIM_LIMIT_NEGATIVE,
} from "../../base/errors.ts";
import type { Args } from "../../resp/args.ts";
import { StreamId } from "../../store/types/stream_id.ts";
import type { StreamTrim } from "../../store/types/stream_value.ts";
import type { CommandContext } from "../context.ts";
import { parseId } from "./_internal.ts";

const EQUALS = 61, TILDE = 126;

/** How many nodes' worth of entries an approximate trim removes at most, where the request has no LIMIT. */
const DEFAULT_LIMIT_NODES = 100;
/** The same where a node's entries are not limited, and what it never exceeds. */
const DEFAULT_LIMIT = 10_000, DEFAULT_LIMIT_MAX = 1_000_000;

/** The options of one request; kept and used for the next one. */
export class TrimOptions implements StreamTrim {
  by: "length" | "id" = "length";
  length = 0;
  readonly id: StreamId = new StreamId();
  approximate = false;
  limit = 0;
  /** The argument that says how many entries are left, or which one is the first; 0: nothing is trimmed. */
  threshold = 0;
  #limited = false;

  /** Forgets the options of the last request. */
  clear(): void {
    this.approximate = false;
    this.limit = 0;
    this.threshold = 0;
    this.#limited = false;
  }

  /**
   * Reads the option that begins with argument `i`; returns the last argument of it, or 0 where there is none.
   *
   * @throws {WireError} where it is wrong
   */
  parse(args: Args, i: number): number {
    if (i + 1 >= args.count) return 0;
    if (args.is(i, "MAXLEN")) {
      const at = this.#parseStrategy(args, i);
      this.length = args.integer(at);
      if (this.length < 0) throw MAXLEN_NEGATIVE;
      this.by = "length";
      return this.threshold = at;
    }
    if (args.is(i, "MINID")) {
      const at = this.#parseStrategy(args, i);
      parseId(args, at, this.id);
      this.by = "id";
      return this.threshold = at;
    }
    if (!args.is(i, "LIMIT")) return 0;
    this.limit = args.integer(i + 1);
    if (this.limit < 0) throw TRIM_LIMIT_NEGATIVE;
    this.#limited = true;
    return i + 1;
  }

  /** Reads `=` or `~` where one follows; returns the argument after that. */
  #parseStrategy(args: Args, i: number): number {
    if (this.threshold !== 0) throw MAXLEN_EXCLUDES_MINID;
    if (i + 2 >= args.count || args.length(i + 1) !== 1) return i + 1;
    const operator = args.bytes[args.start(i + 1)];
    this.approximate = operator === TILDE;
    return operator === TILDE || operator === EQUALS ? i + 2 : i + 1;
  }

  /**
   * Checks that the options go together, and completes them.
   *
   * @throws {WireError} where they do not
   */
  finish(nodeMaxEntries: number): void {
    if (this.limit > 0 && this.threshold === 0) throw LIMIT_WITHOUT_STRATEGY;
    if (this.#limited && !this.approximate) throw LIMIT_WITHOUT_APPROXIMATION;
    if (this.#limited || !this.approximate) return;
    const limit = DEFAULT_LIMIT_NODES * nodeMaxEntries;
    this.limit = limit <= 0 ? DEFAULT_LIMIT : Math.min(limit, DEFAULT_LIMIT_MAX);
  }

  /**
   * Records the request as the effect.
   *
   * @param idArgument the argument that is an ID, and `id` what it is in the effect; 0: none
   * @param asDone whether to say what was trimmed instead of what was to be, so that another server does the same
   * whatever its nodes are like
   */
  record(context: CommandContext, stream: number, idArgument: number, id: StreamId, asDone: boolean): void {
    const { args, keyspace: { effects } } = context;
    const options = idArgument === 0 ? args.count : idArgument;
    let count = args.count;
    for (let i = 2; i < options; i++) if (this.#isLimit(args, i)) count -= 2;
    if (!context.beginEffect(count)) return;
    for (let i = 0; i < args.count; i++) {
      if (i < options && this.#isLimit(args, i)) i++;
      else if (i === idArgument && i > 0) effects.text(id.toString());
      else if (this.approximate && i === this.threshold - 1) effects.text("=");
      else if (asDone && i > 0 && i === this.threshold) effects.text(this.#exactThreshold(context, stream));
      else context.effectArgument(i);
    }
  }

  /** Whether argument `i` is LIMIT, which only goes with what is approximate. */
  #isLimit(args: Args, i: number): boolean {
    return this.#limited && i > 1 && args.is(i, "LIMIT");
  }

  #exactThreshold({ keyspace: { streams } }: CommandContext, stream: number): string {
    if (this.by === "length") return String(streams.length(stream));
    const first = new StreamId();
    if (!streams.edge(stream, "first", first, true)) first.setMax();
    return first.toString();
  }
}
