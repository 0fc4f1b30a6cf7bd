/**
 * The options of geo searches.
 *
 * @module
 */

import {
  GEO_ANY_WITHOUT_COUNT,
  GEO_BOX_NEGATIVE,
  GEO_COUNT_NOT_POSITIVE,
  GEO_HEIGHT_NOT_NUMERIC,
  GEO_NO_SUCH_MEMBER,
  GEO_RADIUS_NEGATIVE,
  GEO_RADIUS_NOT_NUMERIC,
  GEO_WIDTH_NOT_NUMERIC,
  geoChoiceMissing,
  geoStoreExcludes,
  SYNTAX,
} from "../../base/errors.ts";
import type { Position } from "../../base/geohash.ts";
import type { CommandContext } from "../context.ts";
import { doubleArgument } from "../sorted_set/entries.ts";
import { memberPosition, positionArgument, unitArgument } from "./_internal.ts";
import type { Search } from "./search.ts";

/** Lengths of a shape, and their unit in meters. */
interface Size {
  readonly radius: number | null;
  readonly width: number;
  readonly height: number;
  readonly unit: number;
}

/** A search without any options. */
export function plainSearch(): Search {
  return {
    shape: null,
    order: "none",
    count: 0,
    any: false,
    withDistance: false,
    withHash: false,
    withPosition: false,
    storeKey: 0,
    storeDistance: false,
  };
}

/** The radius in argument `i` with the unit behind it. */
export function radiusArgument(context: CommandContext, i: number): Size {
  const radius = doubleArgument(context, i, GEO_RADIUS_NOT_NUMERIC);
  if (radius < 0) throw GEO_RADIUS_NEGATIVE;
  return { radius, width: 0, height: 0, unit: unitArgument(context, i + 1) };
}

function boxArgument(context: CommandContext, i: number): Size {
  const width = doubleArgument(context, i, GEO_WIDTH_NOT_NUMERIC);
  const height = doubleArgument(context, i + 1, GEO_HEIGHT_NOT_NUMERIC);
  if (width < 0 || height < 0) throw GEO_BOX_NEGATIVE;
  return { radius: null, width, height, unit: unitArgument(context, i + 2) };
}

/** The place of the member in argument `i`. */
export function centerArgument(context: CommandContext, entry: number, i: number): Position {
  const position = memberPosition(context, entry, i);
  if (position === null) throw GEO_NO_SUCH_MEMBER;
  return position;
}

/** Parses the options of GEORADIUS and its kin from argument `from` on. */
export function parseRadiusOptions(
  context: CommandContext,
  search: Search,
  from: number,
  mayStore: boolean,
): void {
  const { args } = context;
  for (let i = from; i < args.count;) {
    const taken = commonOption(context, search, i);
    if (taken > 0) {
      i += taken;
    } else if (mayStore && i + 1 < args.count && (args.is(i, "STORE") || args.is(i, "STOREDIST"))) {
      search.storeKey = i + 1;
      search.storeDistance = args.is(i, "STOREDIST");
      i += 2;
    } else {
      throw SYNTAX;
    }
  }
  checkDetails(search, "STORE option in GEORADIUS");
  if (search.any && search.count === 0) throw GEO_ANY_WITHOUT_COUNT;
}

/** Parses the options of GEOSEARCH, or with `stores` of GEOSEARCHSTORE, from argument `from` on. */
export function parseSearchOptions(
  context: CommandContext,
  search: Search,
  options: { entry: number; from: number; stores: boolean },
): void {
  const { args } = context;
  const { entry, stores } = options;
  let center: Position | null = null;
  let from: "" | "member" | "place" = "";
  let size: Size | null = null;
  for (let i = options.from; i < args.count;) {
    const left = args.count - i - 1;
    const taken = commonOption(context, search, i);
    if (taken > 0) {
      i += taken;
    } else if (stores && args.is(i, "STOREDIST")) {
      search.storeDistance = true;
      i++;
    } else if (args.is(i, "FROMMEMBER") && left >= 1 && from !== "place") {
      if (entry !== 0) center = centerArgument(context, entry, i + 1);
      from = "member";
      i += 2;
    } else if (args.is(i, "FROMLONLAT") && left >= 2 && from !== "member") {
      center = positionArgument(context, i + 1);
      from = "place";
      i += 3;
    } else if (args.is(i, "BYRADIUS") && left >= 2 && (size === null || size.radius !== null)) {
      size = radiusArgument(context, i + 1);
      i += 3;
    } else if (args.is(i, "BYBOX") && left >= 3 && (size === null || size.radius === null)) {
      size = boxArgument(context, i + 1);
      i += 4;
    } else {
      throw SYNTAX;
    }
  }
  if (stores) checkDetails(search, "GEOSEARCHSTORE");
  if (from === "") throw geoChoiceMissing("FROMMEMBER or FROMLONLAT", args.text(0));
  if (size === null) throw geoChoiceMissing("BYRADIUS and BYBOX", args.text(0));
  if (search.any && search.count === 0) throw GEO_ANY_WITHOUT_COUNT;
  if (center !== null) search.shape = { center, ...size };
}

/** Takes an option that all searches have; returns of how many arguments, 0 where it is another one. */
function commonOption(context: CommandContext, search: Search, i: number): number {
  const { args } = context;
  if (args.is(i, "WITHDIST")) search.withDistance = true;
  else if (args.is(i, "WITHHASH")) search.withHash = true;
  else if (args.is(i, "WITHCOORD")) search.withPosition = true;
  else if (args.is(i, "ANY")) search.any = true;
  else if (args.is(i, "ASC")) search.order = "ascending";
  else if (args.is(i, "DESC")) search.order = "descending";
  else if (args.is(i, "COUNT") && i + 1 < args.count) return countOption(context, search, i + 1);
  else return 0;
  return 1;
}

function countOption({ args }: CommandContext, search: Search, i: number): number {
  search.count = args.integer(i);
  if (search.count <= 0) throw GEO_COUNT_NOT_POSITIVE;
  return 2;
}

function checkDetails(search: Search, command: string): void {
  if (search.storeKey !== 0 && (search.withDistance || search.withHash || search.withPosition)) {
    throw geoStoreExcludes(command);
  }
}
