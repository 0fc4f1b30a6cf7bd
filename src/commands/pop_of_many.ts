/**
 * What the commands have in common that pop from the first of several lists or sorted sets that holds anything: BLPOP
 * and BZPOPMIN, LMPOP and ZMPOP, and their like.
 *
 * @module
 */

import { COUNT_NOT_POSITIVE, NUMKEYS_NOT_POSITIVE, SYNTAX } from "../base/errors.ts";
import { blockingTimeout } from "./blocking_timeout.ts";
import type { CommandContext } from "./context.ts";
import { type ArgumentSpecification, type CommandDefinition, defineCommand, numkeysKeys } from "./define.ts";

/** Pops up to `count` elements of the key in argument `i` and replies them; false where it holds none. */
export type PopFrom = (context: CommandContext, i: number, fromEnd: boolean, count: number) => boolean;

/** A type of data from both of whose ends elements are popped. */
export interface Poppable {
  /** The type: `TYPE_LIST` or `TYPE_ZSET`. */
  readonly type: number;
  /** What the two ends are called: `["LEFT", "RIGHT"]`. */
  readonly ends: readonly [first: string, last: string];
  /** Pops for the commands that pop one element. */
  readonly popOne: PopFrom;
  /** Pops for the commands that pop as many as they are told. */
  readonly popSeveral: PopFrom;
}

/** What the commands that pop from the first of several keys have of their own. */
export type PopCommand = Pick<
  CommandDefinition,
  "name" | "group" | "since" | "summary" | "complexity" | "flags" | "categories"
>;

/** `key [key ...] timeout`: pops one element, or waits for one. */
export function definePopOne(own: PopCommand, poppable: Poppable, fromEnd: boolean): CommandDefinition {
  return defineCommand({
    ...own,
    history: [["6.0.0", "`timeout` is interpreted as a double instead of an integer."]],
    deprecated: null,
    arity: -3,
    tips: [],
    keys: [{
      notes: null,
      flags: ["RW", "access", "delete"],
      begin: { type: "index", index: 1 },
      find: { type: "range", last: -2, step: 1, limit: 0 },
    }],
    arguments: [
      { name: "key", type: "key", keySpecification: 0, multiple: true },
      { name: "timeout", type: "double" },
    ],
    subcommands: [],
    run(context) {
      const lastKey = context.args.count - 2;
      const until = blockingTimeout(context, context.args.count - 1);
      if (!popFromFirst(context, 1, lastKey, poppable.popOne, fromEnd, 1)) {
        waitFor(context, poppable.type, 1, lastKey, until);
      }
    },
  });
}

/** `numkeys key [key ...] <first | last> [COUNT count]`: pops as many as there are, up to the count. */
export function definePopSeveral(own: PopCommand, poppable: Poppable): CommandDefinition {
  return defineCommand({
    ...own,
    history: [],
    deprecated: null,
    arity: -4,
    tips: [],
    keys: [numkeysKeys(1, "RW", "access", "delete")],
    arguments: severalArguments(poppable),
    subcommands: [],
    run(context) {
      const { lastKey, fromEnd, count } = parseSeveral(context, 1, poppable);
      if (!popFromFirst(context, 2, lastKey, poppable.popSeveral, fromEnd, count)) context.reply.nullArray();
    },
  });
}

/** `timeout numkeys key [key ...] <first | last> [COUNT count]`: pops as many as there are, or waits for some. */
export function defineBlockingPopSeveral(own: PopCommand, poppable: Poppable): CommandDefinition {
  return defineCommand({
    ...own,
    history: [],
    deprecated: null,
    arity: -5,
    tips: [],
    keys: [numkeysKeys(2, "RW", "access", "delete")],
    arguments: [{ name: "timeout", type: "double" }, ...severalArguments(poppable)],
    subcommands: [],
    run(context) {
      const { lastKey, fromEnd, count } = parseSeveral(context, 2, poppable);
      const until = blockingTimeout(context, 1);
      if (!popFromFirst(context, 3, lastKey, poppable.popSeveral, fromEnd, count)) {
        waitFor(context, poppable.type, 3, lastKey, until);
      }
    },
  });
}

/** Makes the client wait for one of several keys; where it cannot, it has its reply. */
export function waitFor(
  context: CommandContext,
  type: number,
  firstKey: number,
  lastKey: number,
  until: number,
): void {
  const waits = context.block({
    type,
    firstKey,
    lastKey,
    until,
    onTimeout: "nullArray",
    evenIfGone: false,
    replaced: [],
  });
  if (!waits) context.reply.nullArray();
}

function severalArguments({ ends }: Poppable): ArgumentSpecification[] {
  return [
    { name: "numkeys", type: "integer" },
    { name: "key", type: "key", keySpecification: 0, multiple: true },
    {
      name: "where",
      type: "oneof",
      arguments: ends.map((end) => ({ name: end.toLowerCase(), type: "pure-token", token: end })),
    },
    { name: "count", type: "integer", token: "COUNT", optional: true },
  ];
}

/** What `numkeys key [key ...] <first | last> [COUNT count]` asks for, whose numkeys is argument `at`. */
function parseSeveral(
  { args }: CommandContext,
  at: number,
  { ends: [first, last] }: Poppable,
): { lastKey: number; fromEnd: boolean; count: number } {
  const keys = args.integerBetween(at, 1, Infinity, NUMKEYS_NOT_POSITIVE);
  const where = at + keys + 1;
  if (where >= args.count) throw SYNTAX;
  const fromEnd = args.is(where, last);
  if (!fromEnd && !args.is(where, first)) throw SYNTAX;
  let count = 0;
  for (let i = where + 1; i < args.count; i += 2) {
    if (count !== 0 || !args.is(i, "COUNT") || i + 1 >= args.count) throw SYNTAX;
    count = args.integerBetween(i + 1, 1, Infinity, COUNT_NOT_POSITIVE);
  }
  return { lastKey: at + keys, fromEnd, count: count || 1 };
}

/** Pops from the first key that holds anything; false where none does. */
function popFromFirst(
  context: CommandContext,
  firstKey: number,
  lastKey: number,
  pop: PopFrom,
  fromEnd: boolean,
  count: number,
): boolean {
  for (let i = firstKey; i <= lastKey; i++) {
    if (context.considers(i) && pop(context, i, fromEnd, count)) return true;
  }
  return false;
}
