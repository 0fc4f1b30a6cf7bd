/**
 * Searching places: what GEOSEARCH, GEORADIUS and their kin do once they know what is asked.
 *
 * @module
 */

import { bytesOf, byteString } from "../../base/bytes.ts";
import {
  cellsOf,
  distanceWithin,
  type Position,
  positionOf,
  scoresOf,
  type Shape,
} from "../../base/geohash.ts";
import { partialSort } from "../../base/partial_sort.ts";
import { EVENT_GENERIC, EVENT_SORTED_SET } from "../../store/events.ts";
import { ScoreRange } from "../../store/types/zset_range.ts";
import type { CommandContext } from "../context.ts";
import { prepareResult } from "../sorted_set/entries.ts";
import { replyDistance, replyPosition } from "./_internal.ts";

/** A search, and what is to be done with its results. */
export interface Search {
  /** Null: nothing is searched, for there is no sorted set. */
  shape: Shape | null;
  order: "none" | "ascending" | "descending";
  /** Results at most, 0: all. */
  count: number;
  /** Whether the first ones that are found will do, instead of the nearest. */
  any: boolean;
  withDistance: boolean;
  withHash: boolean;
  withPosition: boolean;
  /** The argument that is the key to store the results in, 0: they are replied. */
  storeKey: number;
  /** Whether the distances are stored as scores. */
  storeDistance: boolean;
}

/** A member that was found. */
interface Found {
  readonly member: string;
  readonly score: number;
  readonly position: Position;
  /** In meters. */
  readonly distance: number;
}

/** Searches the sorted set of an entry, 0: there is none, and replies or stores what it finds. */
export function runSearch(context: CommandContext, entry: number, search: Search, event: string): void {
  const { shape } = search;
  const found = entry === 0 || shape === null
    ? []
    : select(findMembers(context, entry, shape, search), search);
  const unit = shape?.unit ?? 1;
  if (search.storeKey === 0) replyFound(context, found, search, unit);
  else storeFound(context, found, search, event);
}

/** Members in the shape, cell by cell. */
function findMembers(context: CommandContext, entry: number, shape: Shape, search: Search): Found[] {
  const { sortedSets } = context.keyspace;
  const cursor = sortedSets.shared;
  const enough = search.any && search.count > 0 ? search.count : Infinity;
  const range = new ScoreRange();
  range.maxExclusive = true;
  const found: Found[] = [];
  for (const cell of cellsOf(shape)) {
    if (found.length >= enough) break;
    const { first, end } = scoresOf(cell);
    range.min = first;
    range.max = end;
    sortedSets.locateScores(entry, range);
    let left = sortedSets.found;
    if (left > 0) sortedSets.seek(entry, cursor, sortedSets.first);
    for (; left > 0 && found.length < enough; left--) {
      const score = cursor.score();
      const position = positionOf(score);
      const distance = distanceWithin(shape, position);
      if (distance >= 0) {
        const member = byteString(cursor.page, cursor.at, cursor.at + cursor.length);
        found.push({ member, score, position, distance });
      }
      cursor.next();
    }
  }
  return found;
}

/** Sorts what was found and keeps as many as were asked for. */
function select(found: Found[], { any, count, order }: Search): Found[] {
  const descending = order === "descending";
  // Without an order, "the first so many" are the nearest.
  if (order !== "none" || (count > 0 && !any)) {
    const compare = (a: Found, b: Found) =>
      descending ? sign(b.distance - a.distance) : sign(a.distance - b.distance);
    if (count === 0 || found.length <= count) found.sort(compare);
    else partialSort(found, compare, 0, count - 1);
  }
  return count > 0 && found.length > count ? found.slice(0, count) : found;
}

function sign(difference: number): number {
  return difference < 0 ? -1 : difference > 0 ? 1 : 0;
}

function replyFound(context: CommandContext, found: readonly Found[], search: Search, unit: number): void {
  const { reply } = context;
  const { withDistance, withHash, withPosition } = search;
  const details = [withDistance, withHash, withPosition].filter((wanted) => wanted).length;
  reply.array(found.length);
  for (const { member, score, position, distance } of found) {
    if (details > 0) reply.array(details + 1);
    reply.bulkText(member);
    if (withDistance) replyDistance(reply, distance / unit);
    if (withHash) reply.integer(score);
    if (withPosition) replyPosition(reply, position);
  }
}

function storeFound(
  context: CommandContext,
  found: readonly Found[],
  search: Search,
  event: string,
): void {
  const { args, database, entries, keyspace, reply } = context;
  const { shape, storeKey } = search;
  if (found.length === 0 || shape === null) {
    if (database.displace(args.bytes, args.start(storeKey), args.end(storeKey))) {
      context.changed(storeKey, EVENT_GENERIC, "del");
    }
    return reply.integer(0);
  }
  const prepared = prepareResult(context, storeKey);
  try {
    let longest = 0;
    for (const { member, score, distance } of found) {
      const bytes = bytesOf(member);
      longest = Math.max(longest, bytes.length);
      const stored = search.storeDistance ? distance / shape.unit : score;
      keyspace.sortedSets.add(prepared, bytes, 0, bytes.length, stored, 0);
    }
    keyspace.sortedSets.packIfSmall(prepared, longest);
  } catch (error) {
    entries.free(prepared);
    throw error;
  }
  database.place(prepared);
  context.changed(storeKey, EVENT_SORTED_SET, event, found.length);
  reply.integer(found.length);
}
