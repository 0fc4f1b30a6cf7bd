/**
 * GEORADIUS, GEORADIUSBYMEMBER and their reading forms.
 *
 * @module
 */

import type { CommandContext } from "../context.ts";
import { type ArgumentSpecification, defineCommand, type KeySpecification, oneKey } from "../define.ts";
import { COUNT, ORDER, UNIT, WITH } from "./arguments.ts";
import { readSortedSet } from "../sorted_set/entries.ts";
import { positionArgument } from "./_internal.ts";
import { runSearch } from "./search.ts";
import { centerArgument, parseRadiusOptions, plainSearch, radiusArgument } from "./search_options.ts";

/** COUNT as the forms around a place tell it: with the version that brought ANY. */
const COUNT_DATED: ArgumentSpecification = {
  name: "count",
  type: "block",
  optional: true,
  arguments: [
    { name: "count", type: "integer", token: "COUNT" },
    { name: "any", type: "pure-token", token: "ANY", since: "6.2.0", optional: true },
  ],
};

/** The key after STORE or STOREDIST, looked for from argument `from` on. */
function storeKey(keyword: string, from: number): KeySpecification {
  return {
    notes: null,
    flags: ["OW", "update"],
    begin: { type: "keyword", keyword, from },
    find: { type: "range", last: 0, step: 1, limit: 0 },
  };
}

/** `GEORADIUS key longitude latitude radius <M | KM | FT | MI> ... [STORE key | STOREDIST key]` */
export const georadius = defineCommand({
  name: "GEORADIUS",
  group: "geo",
  since: "3.2.0",
  summary:
    "Query a sorted set representing a geospatial index to fetch members matching a given maximum distance from a point",
  complexity:
    "O(N+log(M)) where N is the number of elements inside the bounding box of the circular area delimited by center and radius and M is the number of items inside the index.",
  history: [["6.2.0", "Added the `ANY` option for `COUNT`."], [
    "7.0.0",
    "Added support for uppercase unit names.",
  ]],
  deprecated: { since: "6.2.0", replacedBy: "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` argument" },
  arity: -6,
  flags: ["write", "denyoom"],
  categories: ["geo"],
  tips: [],
  keys: [oneKey(1, "RO", "access"), storeKey("STORE", 6), storeKey("STOREDIST", 6)],
  arguments: [
    { name: "key", type: "key", keySpecification: 0 },
    { name: "longitude", type: "double" },
    { name: "latitude", type: "double" },
    { name: "radius", type: "double" },
    UNIT,
    ...WITH,
    COUNT_DATED,
    ORDER,
    { name: "key", type: "key", token: "STORE", keySpecification: 1, optional: true },
    { name: "key", type: "key", token: "STOREDIST", keySpecification: 2, optional: true },
  ],
  subcommands: [],
  run(context) {
    searchAroundPlace(context, true);
  },
});

/** `GEORADIUS_RO key longitude latitude radius <M | KM | FT | MI> ...` */
export const georadiusReadOnly = defineCommand({
  name: "GEORADIUS_RO",
  group: "geo",
  since: "3.2.10",
  summary: "A read-only variant for GEORADIUS",
  complexity:
    "O(N+log(M)) where N is the number of elements inside the bounding box of the circular area delimited by center and radius and M is the number of items inside the index.",
  history: [["6.2.0", "Added the `ANY` option for `COUNT`."]],
  deprecated: { since: "6.2.0", replacedBy: "`GEOSEARCH` with the `BYRADIUS` argument" },
  arity: -6,
  flags: ["readonly"],
  categories: ["geo"],
  tips: [],
  keys: [oneKey(1, "RO", "access")],
  arguments: [
    { name: "key", type: "key", keySpecification: 0 },
    { name: "longitude", type: "double" },
    { name: "latitude", type: "double" },
    { name: "radius", type: "double" },
    UNIT,
    ...WITH,
    COUNT_DATED,
    ORDER,
  ],
  subcommands: [],
  run(context) {
    searchAroundPlace(context, false);
  },
});

/** `GEORADIUSBYMEMBER key member radius <M | KM | FT | MI> ... [STORE key | STOREDIST key]` */
export const georadiusbymember = defineCommand({
  name: "GEORADIUSBYMEMBER",
  group: "geo",
  since: "3.2.0",
  summary:
    "Query a sorted set representing a geospatial index to fetch members matching a given maximum distance from a member",
  complexity:
    "O(N+log(M)) where N is the number of elements inside the bounding box of the circular area delimited by center and radius and M is the number of items inside the index.",
  history: [["7.0.0", "Added support for uppercase unit names."]],
  deprecated: {
    since: "6.2.0",
    replacedBy: "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` and `FROMMEMBER` arguments",
  },
  arity: -5,
  flags: ["write", "denyoom"],
  categories: ["geo"],
  tips: [],
  keys: [oneKey(1, "RO", "access"), storeKey("STORE", 5), storeKey("STOREDIST", 5)],
  arguments: [
    { name: "key", type: "key", keySpecification: 0 },
    { name: "member", type: "string" },
    { name: "radius", type: "double" },
    UNIT,
    ...WITH,
    COUNT,
    ORDER,
    { name: "key", type: "key", token: "STORE", keySpecification: 1, optional: true },
    { name: "key", type: "key", token: "STOREDIST", keySpecification: 2, optional: true },
  ],
  subcommands: [],
  run(context) {
    searchAroundMember(context, true);
  },
});

/** `GEORADIUSBYMEMBER_RO key member radius <M | KM | FT | MI> ...` */
export const georadiusbymemberReadOnly = defineCommand({
  name: "GEORADIUSBYMEMBER_RO",
  group: "geo",
  since: "3.2.10",
  summary: "A read-only variant for GEORADIUSBYMEMBER",
  complexity:
    "O(N+log(M)) where N is the number of elements inside the bounding box of the circular area delimited by center and radius and M is the number of items inside the index.",
  history: [],
  deprecated: { since: "6.2.0", replacedBy: "`GEOSEARCH` with the `BYRADIUS` and `FROMMEMBER` arguments" },
  arity: -5,
  flags: ["readonly"],
  categories: ["geo"],
  tips: [],
  keys: [oneKey(1, "RO", "access")],
  arguments: [
    { name: "key", type: "key", keySpecification: 0 },
    { name: "member", type: "string" },
    { name: "radius", type: "double" },
    UNIT,
    ...WITH,
    COUNT,
    ORDER,
  ],
  subcommands: [],
  run(context) {
    searchAroundMember(context, false);
  },
});

function searchAroundPlace(context: CommandContext, mayStore: boolean): void {
  const entry = readSortedSet(context, 1);
  const search = plainSearch();
  const center = positionArgument(context, 2);
  search.shape = { center, ...radiusArgument(context, 4) };
  parseRadiusOptions(context, search, 6, mayStore);
  runSearch(context, entry, search, "georadiusstore");
}

function searchAroundMember(context: CommandContext, mayStore: boolean): void {
  const entry = readSortedSet(context, 1);
  const search = plainSearch();
  // Without a sorted set Redis does not look at member and radius.
  if (entry !== 0) {
    const center = centerArgument(context, entry, 2);
    search.shape = { center, ...radiusArgument(context, 3) };
  }
  parseRadiusOptions(context, search, 5, mayStore);
  runSearch(context, entry, search, "georadiusstore");
}
