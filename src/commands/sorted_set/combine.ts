/**
 * What ZUNION, ZINTER, ZDIFF and their storing forms have in common: the sorted sets and sets that they combine, and
 * how.
 *
 * @module
 */

import {
  CARDINALITY_LIMIT_NEGATIVE,
  inputKeyNeeded,
  SYNTAX,
  WEIGHT_NOT_A_FLOAT,
  WRONG_TYPE,
} from "../../base/errors.ts";
import { TYPE_SET, TYPE_ZSET } from "../../store/entry.ts";
import type { SortedSetCursor } from "../../store/types/zset_cursor.ts";
import type { CommandContext } from "../context.ts";
import { doubleArgument, prepareResult, replyElement, replyElementsHead, storeResult } from "./entries.ts";

/** What is made of the keys. */
export type Operation = "union" | "inter" | "diff";

/** What is made of a member's scores. */
type Aggregate = "sum" | "min" | "max";

/** Sees a member and its score; a plain set's members have the score 1. */
type Visit = (page: Uint8Array, at: number, length: number, score: number) => void;

/** One of the keys that are combined. */
class Source {
  /** 0: there is no such key. */
  readonly entry: number;
  /** Number of members. */
  readonly count: number;
  weight = 1;
  readonly #context: CommandContext;
  readonly #isSorted: boolean;
  readonly #cursor: SortedSetCursor | null;
  /** Score of the member that `has` found. */
  score = 1;

  constructor(context: CommandContext, entry: number) {
    const { entries, keyspace } = context;
    this.#context = context;
    this.entry = entry;
    this.#isSorted = entry !== 0 && entries.type(entry) === TYPE_ZSET;
    if (entry !== 0 && !this.#isSorted && entries.type(entry) !== TYPE_SET) throw WRONG_TYPE;
    this.#cursor = this.#isSorted ? keyspace.sortedSets.cursor() : null;
    if (entry === 0) this.count = 0;
    else this.count = this.#isSorted ? keyspace.sortedSets.count(entry) : keyspace.sets.count(entry);
  }

  has(page: Uint8Array, at: number, length: number): boolean {
    const { sets, sortedSets } = this.#context.keyspace;
    if (this.entry === 0) return false;
    if (!this.#isSorted) return sets.has(this.entry, page, at, at + length);
    const found = sortedSets.find(this.entry, page, at, at + length);
    this.score = sortedSets.score;
    return found;
  }

  forEach(visit: Visit): void {
    const { sets, sortedSets } = this.#context.keyspace;
    if (this.entry === 0) return;
    const cursor = this.#cursor;
    if (cursor === null) return sets.forEach(this.entry, (page, at, length) => visit(page, at, length, 1));
    for (let more = sortedSets.seek(this.entry, cursor, 0); more; more = cursor.next()) {
      visit(cursor.page, cursor.at, cursor.length, cursor.score());
    }
  }
}

/** What a request asks for. */
interface Combination {
  readonly operation: Operation;
  readonly sources: Source[];
  aggregate: Aggregate;
  withScores: boolean;
  /** Of ZINTERCARD: where to stop counting; 0: never. */
  limit: number;
}

/** Runs ZUNION, ZINTER or ZDIFF. */
export function replyCombination(context: CommandContext, operation: Operation): void {
  const { entries, keyspace, reply } = context;
  const { sortedSets } = keyspace;
  const combination = parse(context, 1, operation, "reply");
  const { withScores } = combination;
  const result = prepareResult(context, 0);
  try {
    fill(context, combination, result);
    const cursor = sortedSets.shared;
    replyElementsHead(reply, sortedSets.count(result), withScores);
    for (let more = sortedSets.seek(result, cursor, 0); more; more = cursor.next()) {
      replyElement(reply, cursor, withScores);
    }
  } finally {
    entries.free(result);
  }
}

/** Runs ZUNIONSTORE, ZINTERSTORE or ZDIFFSTORE. */
export function storeCombination(context: CommandContext, operation: Operation): void {
  const { entries, keyspace } = context;
  const combination = parse(context, 2, operation, "store");
  const result = prepareResult(context, 1);
  try {
    const longest = fill(context, combination, result);
    keyspace.sortedSets.packIfSmall(result, longest);
  } catch (error) {
    entries.free(result);
    throw error;
  }
  storeResult(context, 1, result, `z${operation}store`);
}

/** Runs ZINTERCARD. */
export function replyIntersectionCount(context: CommandContext): void {
  const { limit, sources } = parse(context, 1, "inter", "count");
  let count = 0;
  sources[0].forEach((page, at, length) => {
    if (limit !== 0 && count === limit) return;
    if (sources.every((source) => source.entry === sources[0].entry || source.has(page, at, length))) count++;
  });
  context.reply.integer(count);
}

/** Takes the request from the number of keys in argument `at` on apart. */
function parse(
  context: CommandContext,
  at: number,
  operation: Operation,
  purpose: "reply" | "store" | "count",
): Combination {
  const { args } = context;
  const keys = args.integer(at);
  if (keys < 1) throw inputKeyNeeded(args.text(0).toLowerCase());
  if (keys > args.count - at - 1) throw SYNTAX;
  const sources: Source[] = [];
  for (let i = at + 1; i <= at + keys; i++) sources.push(new Source(context, context.read(i)));
  const combination: Combination = { operation, sources, aggregate: "sum", withScores: false, limit: 0 };
  const combines = operation !== "diff" && purpose !== "count";
  for (let i = at + keys + 1; i < args.count;) {
    const left = args.count - i;
    if (combines && left > keys && args.is(i, "WEIGHTS")) {
      sources.forEach((source, n) => source.weight = doubleArgument(context, i + 1 + n, WEIGHT_NOT_A_FLOAT));
      i += keys + 1;
    } else if (combines && left >= 2 && args.is(i, "AGGREGATE")) {
      combination.aggregate = aggregateIn(context, i + 1);
      i += 2;
    } else if (purpose === "reply" && args.is(i, "WITHSCORES")) {
      combination.withScores = true;
      i++;
    } else if (purpose === "count" && left >= 2 && args.is(i, "LIMIT")) {
      combination.limit = args.integerBetween(i + 1, 0, Infinity, CARDINALITY_LIMIT_NEGATIVE);
      i += 2;
    } else {
      throw SYNTAX;
    }
  }
  // The smallest first: fewer members to look up, and the order in which Redis adds scores up.
  if (operation !== "diff") sources.sort((a, b) => a.count - b.count);
  return combination;
}

function aggregateIn({ args }: CommandContext, i: number): Aggregate {
  if (args.is(i, "SUM")) return "sum";
  if (args.is(i, "MIN")) return "min";
  if (args.is(i, "MAX")) return "max";
  throw SYNTAX;
}

/** Fills an empty sorted set with the result; returns the length of the longest member. */
function fill(context: CommandContext, combination: Combination, result: number): number {
  const { sortedSets } = context.keyspace;
  let longest = 0;
  const add: Visit = (page, at, length, score) => {
    longest = Math.max(longest, length);
    sortedSets.add(result, page, at, at + length, score, 0);
  };
  if (combination.operation === "union") addUnion(context, combination, result, add);
  else if (combination.operation === "inter") addIntersection(combination, add);
  else addDifference(combination, add);
  return longest;
}

function addUnion(
  context: CommandContext,
  { aggregate, sources }: Combination,
  result: number,
  add: Visit,
): void {
  const { sortedSets } = context.keyspace;
  for (const source of sources) {
    source.forEach((page, at, length, unweighted) => {
      const score = numberOr0(unweighted * source.weight);
      if (!sortedSets.find(result, page, at, at + length)) return add(page, at, length, score);
      const old = sortedSets.score;
      const sum = aggregated(aggregate, old, score);
      // To ZADD -0 is what 0 is; here the last one counts.
      if (sum === old && !Object.is(sum, old)) sortedSets.remove(result, page, at, at + length);
      add(page, at, length, sum);
    });
  }
}

function addIntersection({ aggregate, sources }: Combination, add: Visit): void {
  const [first, ...others] = sources;
  first.forEach((page, at, length, unweighted) => {
    let score = numberOr0(unweighted * first.weight);
    for (const source of others) {
      let other = unweighted;
      if (source.entry !== first.entry) {
        if (!source.has(page, at, length)) return;
        other = source.score;
      }
      score = aggregated(aggregate, score, other * source.weight);
    }
    add(page, at, length, score);
  });
}

function addDifference({ sources }: Combination, add: Visit): void {
  const [first, ...others] = sources;
  if (others.some((source) => source.entry === first.entry)) return;
  first.forEach((page, at, length, score) => {
    if (!others.some((source) => source.has(page, at, length))) add(page, at, length, score);
  });
}

/** Redis's zunionInterAggregate: infinities that cancel each other out make 0. */
function aggregated(aggregate: Aggregate, score: number, other: number): number {
  if (aggregate === "sum") return numberOr0(score + other);
  if (aggregate === "min") return other < score ? other : score;
  return other > score ? other : score;
}

function numberOr0(score: number): number {
  return Number.isNaN(score) ? 0 : score;
}
