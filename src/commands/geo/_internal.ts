/**
 * What the geo commands have in common.
 *
 * @module
 */

import { GEO_UNIT, invalidPosition, NOT_A_FLOAT } from "../../base/errors.ts";
import { isOnMap, type Position, positionOf } from "../../base/geohash.ts";
import type { ReplyWriter } from "../../resp/reply_writer.ts";
import type { CommandContext } from "../context.ts";
import { doubleArgument } from "../sorted_set/entries.ts";
import { fixed } from "./fixed.ts";

/** Meters in the unit that argument `i` names. */
export function unitArgument({ args }: CommandContext, i: number): number {
  if (args.is(i, "M")) return 1;
  if (args.is(i, "KM")) return 1000;
  if (args.is(i, "FT")) return 0.3048;
  if (args.is(i, "MI")) return 1609.34;
  throw GEO_UNIT;
}

/** The place whose longitude and latitude arguments `i` and `i` + 1 are. */
export function positionArgument(context: CommandContext, i: number): Position {
  const longitude = doubleArgument(context, i, NOT_A_FLOAT);
  const latitude = doubleArgument(context, i + 1, NOT_A_FLOAT);
  const position = { longitude, latitude };
  if (!isOnMap(position)) throw invalidPosition(fixed(longitude, 6), fixed(latitude, 6));
  return position;
}

/** The place of the member in argument `i`, null where it or the sorted set is not there. */
export function memberPosition(context: CommandContext, entry: number, i: number): Position | null {
  const { args, keyspace } = context;
  const { sortedSets } = keyspace;
  if (entry === 0 || !sortedSets.find(entry, args.bytes, args.start(i), args.end(i))) return null;
  return positionOf(sortedSets.score);
}

/** Replies a distance with four decimal places. */
export function replyDistance(reply: ReplyWriter, distance: number): void {
  reply.bulkText(fixed(distance, 4));
}

/** Replies longitude and latitude. */
export function replyPosition(reply: ReplyWriter, { longitude, latitude }: Position): void {
  reply.array(2);
  reply.doubleText(degreesText(longitude));
  reply.doubleText(degreesText(latitude));
}

/** Degrees with up to 17 decimal places, and no zeros at the end. */
function degreesText(degrees: number): string {
  const text = fixed(degrees, 17).replace(/\.?0+$/, "");
  return text === "-0" ? "0" : text;
}
