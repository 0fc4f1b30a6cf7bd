/**
 * Adding members to the sorted set of a key, as ZADD and GEOADD do.
 *
 * @module
 */

import { SCORE_NOT_A_NUMBER } from "../../base/errors.ts";
import { EVENT_SORTED_SET } from "../../store/events.ts";
import {
  ADD_ADDED,
  ADD_EXISTING_ONLY,
  ADD_INCREMENT,
  ADD_NAN,
  ADD_NOTHING,
  ADD_UPDATED,
} from "../../store/types/zset_value.ts";
import type { CommandContext } from "../context.ts";
import { prepareResult, writeSortedSet } from "./entries.ts";

/** Counts changed scores too (CH): an option beside those that the store knows. */
export const ADD_COUNT_CHANGED = 32;

// What the members added so far were; kept here because a handler that returned it would allocate.
let added = 0;
let updated = 0;
let skipped = false;

/**
 * Adds members to the sorted set of the key in argument 1: argument `first` and every `step`-th after it, with these
 * scores.
 *
 * @returns what ZADD replies; -1 where the options kept the last member from being looked at any further
 * @throws {WireError} where the key holds something else, or an increment would make NaN
 */
export function addMembers(
  context: CommandContext,
  options: number,
  scores: Float64Array,
  first: number,
  step: number,
): number {
  const entry = writeSortedSet(context, 1);
  added = updated = 0;
  skipped = true;
  if (entry !== 0) addToExisting(context, entry, options, scores, first, step);
  else if ((options & ADD_EXISTING_ONLY) === 0) addToNew(context, options, scores, first, step);
  if (skipped && (options & ADD_INCREMENT) !== 0) return -1;
  return (options & ADD_COUNT_CHANGED) !== 0 ? added + updated : added;
}

function addToExisting(
  context: CommandContext,
  entry: number,
  options: number,
  scores: Float64Array,
  first: number,
  step: number,
): void {
  context.database.willChange(entry);
  try {
    addAll(context, entry, options, scores, first, step);
  } finally {
    // Also where the memory did not suffice for all of them.
    if (added + updated > 0) tell(context, options);
  }
}

function addToNew(
  context: CommandContext,
  options: number,
  scores: Float64Array,
  first: number,
  step: number,
): void {
  const { args, database, entries, keyspace } = context;
  const prepared = prepareResult(context, 1, keyspace.sortedSets.encodingFor(args.length(first)));
  try {
    addAll(context, prepared, options, scores, first, step);
  } catch (error) {
    entries.free(prepared);
    throw error;
  }
  database.place(prepared);
  tell(context, options);
}

function addAll(
  context: CommandContext,
  entry: number,
  options: number,
  scores: Float64Array,
  first: number,
  step: number,
): void {
  const { args, keyspace } = context;
  const { sortedSets } = keyspace;
  let i = first;
  try {
    for (let n = 0; i < args.count; i += step, n++) {
      const done = sortedSets.add(entry, args.bytes, args.start(i), args.end(i), scores[n], options);
      if (done === ADD_ADDED) added++;
      else if (done === ADD_UPDATED) updated++;
      else if (done === ADD_NAN) throw SCORE_NOT_A_NUMBER;
      skipped = done === ADD_NOTHING;
    }
  } catch (error) {
    if (added + updated > 0) context.recordPart(i - step + 1);
    throw error;
  }
}

function tell(context: CommandContext, options: number): void {
  const event = (options & ADD_INCREMENT) !== 0 ? "zincr" : "zadd";
  context.changed(1, EVENT_SORTED_SET, event, added + updated);
}
