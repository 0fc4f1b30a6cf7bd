/**
 * Random commands of the group "geo".
 *
 * @module
 */

import fc from "fast-check";
import { command, type GeneratedCommand, key, keyword, maybe, several } from "./arguments.ts";

const member = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom("a", "b", "c", "d", "") },
  { weight: 4, arbitrary: fc.nat(60).map((n) => `m${n}`) },
);

/** Degrees all over the world, near to one place, or at an edge. */
function degrees(limit: number, near: number): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 4, arbitrary: fc.double({ min: -limit, max: limit, noNaN: true }).map(String) },
    { weight: 4, arbitrary: fc.integer({ min: -1000, max: 1000 }).map((n) => String(near + n / 1000)) },
    {
      weight: 2,
      arbitrary: fc.constantFrom(String(limit), String(-limit), "0", "-0", String(near), "90", "181"),
    },
    { weight: 1, arbitrary: fc.constantFrom("abc", "", "inf", "nan", "-180.0001", "1e2") },
  );
}

const place = fc.tuple(degrees(180, 13.36), degrees(85.05112878, 38.11));
const goodPlace = fc.oneof(
  fc.tuple(fc.double({ min: -180, max: 180, noNaN: true }), fc.double({ min: -85, max: 85, noNaN: true })),
  fc.tuple(fc.integer({ min: -999, max: 999 }), fc.integer({ min: -999, max: 999 })).map(([x, y]) => [
    13.36 + x / 1000,
    38.11 + y / 1000,
  ]),
).map((numbers) => numbers.map(String));

const unit = fc.oneof(
  { weight: 12, arbitrary: fc.oneof(...["m", "km", "ft", "mi"].map(keyword)) },
  { weight: 1, arbitrary: fc.constantFrom("yd", "") },
);
const length = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("0", "1", "10", "100", "200", "1000", "5000", "20000", "1000000") },
  { weight: 2, arbitrary: fc.double({ min: 0, max: 30000, noNaN: true }).map(String) },
  { weight: 1, arbitrary: fc.constantFrom("-1", "abc", "inf") },
);

const options = (...words: string[]) =>
  fc.array(
    fc.oneof(
      { weight: 6, arbitrary: fc.tuple(fc.oneof(...words.map(keyword))) },
      { weight: 4, arbitrary: fc.tuple(keyword("COUNT"), fc.constantFrom("1", "2", "5", "30", "0", "abc")) },
      { weight: 1, arbitrary: fc.tuple(fc.constantFrom("JUNK", "COUNT", "")) },
    ),
    { maxLength: 4 },
  ).map((list) => list.flat());

const details = ["WITHDIST", "WITHCOORD", "WITHHASH", "ASC", "DESC", "ANY"];
const order = ["ASC", "DESC", "ANY"];
/** Not STOREDIST: once in 400 times the last of 17 digits differs, see `distance` in src/base/geohash.ts. */
const store = fc.oneof(
  { weight: 2, arbitrary: fc.constant([]) },
  { weight: 1, arbitrary: fc.tuple(keyword("STORE"), key) },
);

const center = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(keyword("FROMMEMBER"), member) },
  { weight: 6, arbitrary: fc.tuple(keyword("FROMLONLAT"), place).map((parts) => parts.flat()) },
  { weight: 1, arbitrary: fc.constant([]) },
);
const shape = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(keyword("BYRADIUS"), length, unit) },
  { weight: 5, arbitrary: fc.tuple(keyword("BYBOX"), length, length, unit) },
  { weight: 1, arbitrary: fc.constant([]) },
);

/** Many places at once, by a rule: some at the same spot, some far away. */
const manyPlaces = fc.tuple(
  fc.integer({ min: 1, max: 40 }),
  fc.nat(20),
  fc.double({ min: -9, max: 9, noNaN: true }),
)
  .map(([count, from, spread]) =>
    Array.from({ length: count }, (_, i) => [
      String(13.36 + ((i * 7) % 11) * spread),
      String(38.11 + ((i * 5) % 9) * spread / 10),
      `m${from + i}`,
    ]).flat()
  );

/** One arbitrary a command. */
export const geoCommands: readonly fc.Arbitrary<GeneratedCommand>[] = [
  command("GEOADD", [key, several(fc.tuple(goodPlace, member).map((parts) => parts.flat()))]),
  command("GEOADD", [key, manyPlaces]),
  command("GEOADD", [
    key,
    fc.array(fc.oneof(...["NX", "XX", "CH"].map(keyword)), { maxLength: 2 }),
    several(fc.tuple(place, member).map((parts) => parts.flat()), 2),
  ]),
  command("GEODIST", [key, member, member, maybe(unit)]),
  command("GEOHASH", [key, several(member)]),
  command("GEOPOS", [key, several(member)]),
  command("GEORADIUS", [key, place, length, unit, options(...details)]),
  command("GEORADIUS", [key, place, length, unit, options(...order), store]),
  command("GEORADIUS_RO", [key, place, length, unit, options(...details)]),
  command("GEORADIUSBYMEMBER", [key, member, length, unit, options(...details), store]),
  command("GEORADIUSBYMEMBER_RO", [key, member, length, unit, options(...details)]),
  command("GEOSEARCH", [key, center, shape, options(...details)]),
  command("GEOSEARCH", [key, shape, options(...details), center]),
  command("GEOSEARCHSTORE", [key, key, center, shape, options(...order)]),
];
