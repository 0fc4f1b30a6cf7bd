/**
 * The request that ZRANGE and its many kin make: which elements, in which order, how many of them.
 *
 * @module
 */

import { LIMIT_BY_RANK, SYNTAX, WITHSCORES_BY_LEX } from "../../base/errors.ts";
import type { CommandContext } from "../context.ts";
import { readSortedSet, replyElement, replyElementsHead } from "./entries.ts";
import { lexRange, scoreRange } from "./range_bounds.ts";

/** What a range is of; AUTO: what the options say, ranks by default. */
export const RANGE_AUTO = 0, RANGE_RANK = 1, RANGE_SCORE = 2, RANGE_LEX = 3;
/** In which direction it goes; AUTO: as the options say, forward by default. */
export const DIRECTION_AUTO = 0, DIRECTION_FORWARD = 1, DIRECTION_REVERSE = 2;

/** A request, made once and filled for each command. */
class RangeRequest {
  kind = RANGE_AUTO;
  reverse = false;
  withScores = false;
  /** Elements of the range to skip, negative: all. */
  offset = 0;
  /** Elements to return at most, negative: all. */
  limit = -1;
  /** After `locate`: rank of the first element, in the direction asked for, and how many there are. */
  rank = 0;
  count = 0;
}

const request = new RangeRequest();

/** Runs a reading command whose key is argument 1, with the range in the two behind it and then options. */
export function replyRange(context: CommandContext, kind: number, direction: number): void {
  parseOptions(context, 4, kind, direction, false);
  const entry = locate(context, 1);
  const { keyspace, reply } = context;
  const { count, reverse, withScores } = request;
  replyElementsHead(reply, count, withScores);
  if (count === 0) return;
  const cursor = keyspace.sortedSets.shared;
  keyspace.sortedSets.seek(entry, cursor, request.rank);
  for (let left = count; left > 0; left--) {
    replyElement(reply, cursor, withScores);
    if (reverse) cursor.previous();
    else cursor.next();
  }
}

/**
 * For ZRANGESTORE: parses the request, whose key is argument 2, and passes the elements.
 *
 * @param begin is called once the request has turned out right, before the first element
 */
export function visitRange(
  context: CommandContext,
  begin: () => void,
  visit: (page: Uint8Array, at: number, length: number, score: number) => void,
): void {
  parseOptions(context, 5, RANGE_AUTO, DIRECTION_AUTO, true);
  const entry = locate(context, 2);
  begin();
  if (request.count === 0) return;
  const { sortedSets } = context.keyspace;
  const cursor = sortedSets.shared;
  sortedSets.seek(entry, cursor, request.rank);
  for (let left = request.count; left > 0; left--) {
    visit(cursor.page, cursor.at, cursor.length, cursor.score());
    if (request.reverse) cursor.previous();
    else cursor.next();
  }
}

function parseOptions(
  context: CommandContext,
  from: number,
  kind: number,
  direction: number,
  stores: boolean,
): void {
  const { args } = context;
  request.withScores = false;
  request.offset = 0;
  request.limit = -1;
  for (let i = from; i < args.count; i++) {
    if (!stores && args.is(i, "WITHSCORES")) {
      request.withScores = true;
    } else if (args.is(i, "LIMIT") && i + 2 < args.count) {
      request.offset = args.integer(i + 1);
      request.limit = args.integer(i + 2);
      i += 2;
    } else if (direction === DIRECTION_AUTO && args.is(i, "REV")) {
      direction = DIRECTION_REVERSE;
    } else if (kind === RANGE_AUTO && args.is(i, "BYLEX")) {
      kind = RANGE_LEX;
    } else if (kind === RANGE_AUTO && args.is(i, "BYSCORE")) {
      kind = RANGE_SCORE;
    } else {
      throw SYNTAX;
    }
  }
  request.kind = kind === RANGE_AUTO ? RANGE_RANK : kind;
  request.reverse = direction === DIRECTION_REVERSE;
  if (request.limit !== -1 && request.kind === RANGE_RANK) throw LIMIT_BY_RANK;
  if (request.withScores && kind === RANGE_LEX) throw WITHSCORES_BY_LEX;
}

/** Finds the elements of the key in argument `key`, with the bounds in the two behind it; returns the entry, or 0. */
function locate(context: CommandContext, key: number): number {
  request.rank = request.count = 0;
  if (request.kind === RANGE_RANK) return locateRanks(context, key);
  const { sortedSets } = context.keyspace;
  const { reverse } = request;
  const min = reverse ? key + 2 : key + 1;
  const max = reverse ? key + 1 : key + 2;
  let entry: number;
  if (request.kind === RANGE_SCORE) {
    const range = scoreRange(context, min, max);
    entry = readSortedSet(context, key);
    if (entry === 0) return 0;
    sortedSets.locateScores(entry, range);
  } else {
    const range = lexRange(context, min, max);
    entry = readSortedSet(context, key);
    if (entry === 0) return 0;
    sortedSets.locateLex(entry, range, reverse, Math.max(0, request.offset));
    request.offset = Math.min(0, request.offset);
  }
  const { first, found } = sortedSets;
  const { limit, offset } = request;
  if (offset < 0 || offset >= found) return entry;
  request.count = limit < 0 || limit > found - offset ? found - offset : limit;
  request.rank = reverse ? first + found - 1 - offset : first + offset;
  return entry;
}

function locateRanks(context: CommandContext, key: number): number {
  const { args, keyspace } = context;
  let start = args.integer(key + 1);
  let stop = args.integer(key + 2);
  const entry = readSortedSet(context, key);
  if (entry === 0) return 0;
  const size = keyspace.sortedSets.count(entry);
  if (start < 0) start = start + size < 0 ? 0 : start + size;
  if (stop < 0) stop += size;
  if (stop >= size) stop = size - 1;
  if (start > stop || start >= size) return entry;
  request.count = stop - start + 1;
  request.rank = request.reverse ? size - 1 - start : start;
  return entry;
}
