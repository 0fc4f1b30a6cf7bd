/** Places as numbers: known geohashes and distances, and the way back from any score. */

import assert from "node:assert/strict";
import {
  cellNumber,
  cellOf,
  cellOfScore,
  cellsOf,
  distance,
  GEO_STEP_MAX,
  geohashText,
  isOnMap,
  LATITUDE_MAX,
  positionOf,
  scoresOf,
} from "../../src/base/geohash.ts";
import { withSeed } from "../support/property.ts";

const PALERMO = { longitude: 13.361389, latitude: 38.115556 };
const CATANIA = { longitude: 15.087269, latitude: 37.502669 };

function scoreOf(position: { longitude: number; latitude: number }): number {
  return cellNumber(cellOf(position, GEO_STEP_MAX));
}

Deno.test("places have the scores, geohashes and distance that Redis's documentation gives them", () => {
  assert.equal(scoreOf(PALERMO), 3479099956230698);
  assert.equal(scoreOf(CATANIA), 3479447370796909);
  assert.equal(geohashText(3479099956230698), "sqc8b49rny0");
  assert.equal(geohashText(3479447370796909), "sqdtr74hyu0");
  const meters = distance(positionOf(3479099956230698), positionOf(3479447370796909));
  assert.equal(meters.toFixed(4), "166274.1516");
});

Deno.test("a place is found again in the middle of its cell, less than a meter away", () => {
  withSeed((random) => {
    for (let i = 0; i < 10000; i++) {
      const position = {
        longitude: (random.uint32() / 2 ** 32 - 0.5) * 360,
        latitude: (random.uint32() / 2 ** 32 - 0.5) * 2 * LATITUDE_MAX,
      };
      const score = scoreOf(position);
      const found = positionOf(score);
      assert.ok(distance(position, found) < 1);
      assert.deepEqual(cellOfScore(score), cellOf(position, GEO_STEP_MAX));
      assert.equal(scoreOf(found), score);
    }
  });
});

Deno.test("any score stands for some place on the map", () => {
  for (
    const score of [
      0,
      -0,
      -1,
      0.5,
      1e300,
      -1e300,
      Infinity,
      -Infinity,
      NaN,
      2 ** 52,
      2 ** 63,
      2 ** 64,
      5e-324,
    ]
  ) {
    assert.ok(isOnMap(positionOf(score)), `${score}`);
    assert.equal(geohashText(score).length, 11);
  }
});

Deno.test("the cells of a circle hold every place in it", () => {
  withSeed((random) => {
    const between = (from: number, to: number) => from + random.uint32() / 2 ** 32 * (to - from);
    for (let i = 0; i < 300; i++) {
      const center = { longitude: between(-180, 180), latitude: between(-75, 75) };
      const radius = 10 ** between(0, 6);
      const shape = { center, radius, width: 0, height: 0, unit: 1 };
      const ranges = cellsOf(shape).map(scoresOf);
      for (let j = 0; j < 20; j++) {
        const degrees = radius / 111_000;
        const place = {
          longitude: center.longitude + between(-degrees, degrees),
          latitude: center.latitude + between(-degrees, degrees),
        };
        if (!isOnMap(place) || distance(center, place) > radius * 0.999) continue;
        const score = scoreOf(place);
        assert.ok(
          ranges.some(({ first, end }) => score >= first && score < end),
          `${JSON.stringify(place)} is in the circle of ${radius} m around ${JSON.stringify(center)}`,
        );
      }
    }
  });
});
