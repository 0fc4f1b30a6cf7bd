/**
 * The group "geo".
 *
 * @module
 */

import { caseGroup, type Command, each, type ParityCase, wrongArity } from "../case.ts";

const SICILY =
  "GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania 13.583333 37.316667 Agrigento";
/** A grid around a place, dense enough for several cells, with some far away and some at one spot. */
const GRID = [
  "GEOADD",
  "g",
  ...Array.from({ length: 150 }, (_, i) => [
    String(13 + (i * 37 % 101) / 40),
    String(37 + (i * 53 % 97) / 50),
    `m${i}`,
  ]).flat(),
  ...["same1", "same2", "same3"].flatMap((name) => ["14", "38", name]),
  ...["-180", "-85.05112878", "southwest", "180", "85.05112878", "northeast", "179.9", "10", "east"],
];
const WHOLE = "ZRANGE g 0 -1 WITHSCORES";
const STORED = "ZRANGE d 0 -1 WITHSCORES";

const states: Record<string, readonly Command[]> = {
  missing: [],
  "three places": [SICILY],
  "many places": [GRID],
  "no places": [
    "ZADD g 1 a -5 b 1e300 c 0.5 d inf e -inf f 4503599627370495 h 9007199254740991 i 18446744073709551615 j",
  ],
  "a string": ["SET g value"],
};

function inStates(requests: readonly string[], after: readonly Command[] = []): ParityCase[] {
  return Object.entries(states).flatMap(([state, before]) =>
    requests.map((request) => ({ name: `${state}: ${request}`, send: [...before, request, ...after] }))
  );
}

const centers = [
  "FROMLONLAT 15 37",
  "FROMLONLAT 14 38",
  "FROMLONLAT -180 -85",
  "FROMLONLAT 180 85.05112878",
  "FROMLONLAT 13.5 -70",
  "FROMLONLAT 13.5 70",
  "FROMLONLAT 179.95 10",
  "FROMMEMBER Palermo",
  "FROMMEMBER m7",
  "FROMMEMBER none",
];
const shapes = [
  "BYRADIUS 0 m",
  "BYRADIUS 100 km",
  "BYRADIUS 200 mi",
  "BYRADIUS 100000 ft",
  "BYRADIUS 6000 km",
  "BYRADIUS 30000 km",
  "BYBOX 100 200 km",
  "BYBOX 1 1 m",
  "BYBOX 40000 40000 km",
  "BYBOX 400 3 mi",
];

const searches = centers.flatMap((center) => shapes.map((shape) => `GEOSEARCH g ${center} ${shape}`));

const optionRequests = [
  "",
  "ASC",
  "DESC",
  "asc desc",
  "COUNT 2",
  "COUNT 5 DESC",
  "COUNT 20 ASC",
  "COUNT 3 ANY",
  "COUNT 3 ANY DESC",
  "WITHCOORD",
  "WITHDIST",
  "WITHHASH",
  "WITHHASH WITHCOORD withdist COUNT 4",
  "ANY",
  "COUNT 0",
  "COUNT -1",
  "COUNT abc",
  "COUNT",
  "JUNK",
  "STORE d",
  "STOREDIST d",
  "STORE d STOREDIST e",
  "STORE d WITHDIST",
  "STOREDIST d COUNT 2",
  "STORE",
];

const searchSyntax = [
  "GEOSEARCH g BYRADIUS 1 km ASC",
  "GEOSEARCH g FROMLONLAT 1 2 ASC COUNT 1",
  "GEOSEARCH g FROMLONLAT 1 2 FROMMEMBER Palermo BYRADIUS 1 km",
  "GEOSEARCH g FROMMEMBER Palermo FROMLONLAT 1 2 BYRADIUS 1 km",
  "GEOSEARCH g FROMMEMBER Palermo FROMMEMBER Catania BYRADIUS 1 km",
  "GEOSEARCH g FROMLONLAT 1 2 BYRADIUS 1 km BYBOX 1 1 km",
  "GEOSEARCH g FROMLONLAT 1 2 BYBOX 1 1 km BYRADIUS 1 km",
  "GEOSEARCH g FROMLONLAT 1 2 BYRADIUS -1 km",
  "GEOSEARCH g FROMLONLAT 1 2 BYRADIUS abc km",
  "GEOSEARCH g FROMLONLAT 1 2 BYRADIUS 1 yd",
  "GEOSEARCH g FROMLONLAT 1 2 BYRADIUS inf km",
  "GEOSEARCH g FROMLONLAT 1 2 BYBOX -1 1 km",
  "GEOSEARCH g FROMLONLAT 1 2 BYBOX abc 1 km",
  "GEOSEARCH g FROMLONLAT 1 2 BYBOX 1 abc km",
  "GEOSEARCH g FROMLONLAT 1 2 BYBOX 1 km ASC",
  "GEOSEARCH g FROMLONLAT 181 2 BYRADIUS 1 km",
  "GEOSEARCH g FROMLONLAT abc 2 BYRADIUS 1 km",
  "GEOSEARCH g FROMLONLAT 1 2 BYRADIUS 1 km STOREDIST",
  "GEOSEARCHSTORE d g FROMLONLAT 15 37 BYRADIUS 200 km",
  "GEOSEARCHSTORE d g FROMLONLAT 15 37 BYRADIUS 200 km STOREDIST",
  "GEOSEARCHSTORE d g FROMLONLAT 15 37 BYBOX 400 400 km COUNT 2 STOREDIST ASC",
  "GEOSEARCHSTORE g g FROMLONLAT 15 37 BYBOX 400 400 km DESC",
  "GEOSEARCHSTORE d g FROMLONLAT 1 1 BYRADIUS 1 m",
  "GEOSEARCHSTORE d g FROMLONLAT 15 37 BYRADIUS 200 km WITHDIST",
  "GEOSEARCHSTORE d g FROMLONLAT 15 37 ASC COUNT 1",
  "GEOSEARCHSTORE d g BYRADIUS 200 km ASC COUNT 1",
  "GEOSEARCHSTORE d g FROMLONLAT 15 37 BYRADIUS 200 km STORE e",
];

const radiusRequests = optionRequests.flatMap((options) => [
  `GEORADIUS g 15 37 200 km ${options}`.trim(),
  `GEORADIUSBYMEMBER g Palermo 200 km ${options}`.trim(),
  `GEORADIUS_RO g 14 38 90 km ${options}`.trim(),
  `GEORADIUSBYMEMBER_RO g m3 50 mi ${options}`.trim(),
]);

/** All groups of cases of geospatial indexes. */
export const geo = caseGroup("geo", [
  ...inStates([
    "GEOADD g 1 2 a",
    "GEOADD g NX 13 38 Palermo 1 1 new",
    "GEOADD g XX 13 38 Palermo 1 1 new",
    "GEOADD g CH 13 38 Palermo 1 1 new",
    "GEOADD g nx ch 13 38 Palermo 1 1 new",
    "GEOADD g NX XX 1 2 a",
    "GEOADD g NX",
    "GEOADD g 1 2",
    "GEOADD g 1 2 a 3",
    "GEOADD g 1 2 a b c d",
    "GEOADD g 1 2 a 181 1 b",
    "GEOADD g 1 85.06 a",
    "GEOADD g 180 85.05112878 a -180 -85.05112878 b 0 0 c",
    "GEOADD g abc 1 a",
    "GEOADD g 1 nan a",
    "GEOADD g inf 1 a",
    "GEOADD g INCR 1 2 a",
  ], [WHOLE]),
  ...inStates([
    "GEODIST g Palermo Catania",
    "GEODIST g Palermo Catania km",
    "GEODIST g m1 m2 FT",
    "GEODIST g m1 m2 mi",
    "GEODIST g same1 same2",
    "GEODIST g southwest northeast km",
    "GEODIST g a c",
    "GEODIST g e f",
    "GEODIST g Palermo none",
    "GEODIST g Palermo Catania yd",
    "GEODIST g Palermo Catania m m",
    "GEOHASH g Palermo Catania none m1 southwest northeast a b c d e f h i j",
    "GEOHASH g",
    "GEOPOS g Palermo Catania none m1 southwest northeast a b c d e f h i j",
    "GEOPOS g",
  ]),
  ...inStates(searches),
  ...inStates(searchSyntax, [STORED]),
  ...inStates(radiusRequests, [STORED, "EXISTS e"]),
  ...each(
    [
      "GEORADIUS g 15 37 200 yd",
      "GEORADIUS g 15 37 -1 km",
      "GEORADIUS g 15 37 abc km",
      "GEORADIUS g 181 37 1 km",
      "GEORADIUS g abc 37 1 km",
      "GEORADIUSBYMEMBER g none 1 km",
      "GEORADIUSBYMEMBER g Palermo abc km",
      "GEORADIUSBYMEMBER g Palermo 1 yd",
    ],
    { before: [SICILY] },
  ),
  {
    name: "places all over the world are found again",
    send: Array.from({ length: 60 }, (_, i): Command[] => {
      const [longitude, latitude] = [String((i * 61) % 360 - 180), String((i * 29) % 170 - 85)];
      return [
        ["GEOADD", "w", longitude, latitude, `p${i}`],
        `GEOPOS w p${i}`,
        `GEOHASH w p${i}`,
        `GEODIST w p${i} p0 km`,
        ["GEOSEARCH", "w", "FROMLONLAT", longitude, latitude, "BYRADIUS", "3000", "km", "WITHDIST"],
      ];
    }).flat(),
  },
  {
    name: "the nearest of many at the same distance",
    send: [
      [
        "GEOADD",
        "g",
        ...Array.from({ length: 60 }, (_, i) => [String(10 + i % 3), "20", `p${i}`]).flat(),
      ],
      ...["5", "10", "25", "41", "59", "60"].flatMap((count) => [
        `GEOSEARCH g FROMLONLAT 11 20 BYRADIUS 500 km COUNT ${count}`,
        `GEOSEARCH g FROMLONLAT 10.2 20 BYRADIUS 500 km COUNT ${count} DESC`,
      ]),
    ],
  },
  ...["GEOADD", "GEODIST", "GEORADIUS", "GEOSEARCH", "GEOSEARCHSTORE", "GEORADIUSBYMEMBER_RO"].flatMap((
    name,
  ) => wrongArity(name, [0, 2])),
  ...["GEOPOS", "GEOHASH"].flatMap((name) => wrongArity(name, [0])),
]);
