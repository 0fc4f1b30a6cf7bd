/**
 * GEOSEARCH and GEOSEARCHSTORE.
 *
 * @module
 */

import { defineCommand, oneKey } from "../define.ts";
import { COUNT, ORDER, UNIT, WITH } from "./arguments.ts";
import { readSortedSet } from "../sorted_set/entries.ts";
import { runSearch } from "./search.ts";
import { parseSearchOptions, plainSearch } from "./search_options.ts";

/** `GEOSEARCH key <FROMMEMBER member | FROMLONLAT longitude latitude> <BYRADIUS radius unit | BYBOX width height unit> ...` */
export const geosearch = defineCommand({
  name: "GEOSEARCH",
  group: "geo",
  since: "6.2.0",
  summary:
    "Query a sorted set representing a geospatial index to fetch members inside an area of a box or a circle.",
  complexity:
    "O(N+log(M)) where N is the number of elements in the grid-aligned bounding box area around the shape provided as the filter and M is the number of items inside the shape",
  history: [["7.0.0", "Added support for uppercase unit names."]],
  deprecated: null,
  arity: -7,
  flags: ["readonly"],
  categories: ["geo"],
  tips: [],
  keys: [oneKey(1, "RO", "access")],
  arguments: [
    { name: "key", type: "key", keySpecification: 0 },
    {
      name: "from",
      type: "oneof",
      arguments: [{ name: "member", type: "string", token: "FROMMEMBER" }, {
        name: "longitude_latitude",
        type: "block",
        token: "FROMLONLAT",
        arguments: [{ name: "longitude", type: "double" }, { name: "latitude", type: "double" }],
      }],
    },
    {
      name: "by",
      type: "oneof",
      arguments: [{
        name: "circle",
        type: "block",
        arguments: [{ name: "radius", type: "double", token: "BYRADIUS" }, UNIT],
      }, {
        name: "box",
        type: "block",
        arguments: [
          { name: "width", type: "double", token: "BYBOX" },
          { name: "height", type: "double" },
          UNIT,
        ],
      }],
    },
    ORDER,
    COUNT,
    ...WITH,
  ],
  subcommands: [],
  run(context) {
    const entry = readSortedSet(context, 1);
    const search = plainSearch();
    parseSearchOptions(context, search, { entry, from: 2, stores: false });
    runSearch(context, entry, search, "");
  },
});

/** `GEOSEARCHSTORE destination source ...`, with GEOSEARCH's options and STOREDIST */
export const geosearchstore = defineCommand({
  name: "GEOSEARCHSTORE",
  group: "geo",
  since: "6.2.0",
  summary:
    "Query a sorted set representing a geospatial index to fetch members inside an area of a box or a circle, and store the result in another key.",
  complexity:
    "O(N+log(M)) where N is the number of elements in the grid-aligned bounding box area around the shape provided as the filter and M is the number of items inside the shape",
  history: [["7.0.0", "Added support for uppercase unit names."]],
  deprecated: null,
  arity: -8,
  flags: ["write", "denyoom"],
  categories: ["geo"],
  tips: [],
  keys: [oneKey(1, "OW", "update"), oneKey(2, "RO", "access")],
  arguments: [
    { name: "destination", type: "key", keySpecification: 0 },
    {
      name: "source",
      type: "key",
      keySpecification: 1,
    },
    {
      name: "from",
      type: "oneof",
      arguments: [{ name: "member", type: "string", token: "FROMMEMBER" }, {
        name: "longitude_latitude",
        type: "block",
        token: "FROMLONLAT",
        arguments: [{ name: "longitude", type: "double" }, { name: "latitude", type: "double" }],
      }],
    },
    {
      name: "by",
      type: "oneof",
      arguments: [{
        name: "circle",
        type: "block",
        arguments: [{ name: "radius", type: "double", token: "BYRADIUS" }, UNIT],
      }, {
        name: "box",
        type: "block",
        arguments: [
          { name: "width", type: "double", token: "BYBOX" },
          { name: "height", type: "double" },
          UNIT,
        ],
      }],
    },
    ORDER,
    COUNT,
    { name: "storedist", type: "pure-token", token: "STOREDIST", optional: true },
  ],
  subcommands: [],
  run(context) {
    const entry = readSortedSet(context, 2);
    const search = plainSearch();
    search.storeKey = 1;
    parseSearchOptions(context, search, { entry, from: 3, stores: true });
    runSearch(context, entry, search, "geosearchstore");
  },
});
