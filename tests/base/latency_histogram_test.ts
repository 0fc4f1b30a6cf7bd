/** The histogram of durations gives the figures that redis-server 7.0.15 gave for the same durations. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { latencyCell, LatencyHistogram } from "../../src/base/latency_histogram.ts";
import { runs } from "../support/property.ts";

function histogramOf(...nanoseconds: number[]): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const each of nanoseconds) histogram.add(latencyCell(each));
  return histogram;
}

Deno.test("percentiles are those of INFO latencystats", () => {
  // Microseconds of one call, and what the server printed for it.
  const printed = [[1, 1.003], [5, 5.023], [9, 9.023], [21, 21.119], [66, 66.047], [264, 264.191], [
    380,
    380.927,
  ]];
  for (const [microseconds, percentile] of printed) {
    assert.equal(histogramOf(microseconds * 1000).percentile(50) / 1000, percentile);
  }
});

Deno.test("the cumulative distribution is that of LATENCY HISTOGRAM", () => {
  const printed = [[1, 1], [5, 8], [9, 16], [21, 33], [66, 66], [264, 264]];
  for (const [microseconds, bound] of printed) {
    assert.deepEqual(histogramOf(microseconds * 1000).cumulative(), [[bound, 1]]);
  }
  assert.deepEqual(histogramOf(5000, 5000, 264_000).cumulative(), [[8, 2], [264, 3]]);
});

Deno.test("durations beyond a second count as one", () => {
  assert.equal(latencyCell(5e12), latencyCell(1e9));
  assert.deepEqual(histogramOf(5e12).cumulative().map(([, count]) => count), [1]);
});

Deno.test("a percentile is no less than the duration of that rank, and at most one part in 128 more", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 1e9 }), { minLength: 1 }),
      fc.integer({ min: 1, max: 100 }),
      (durations, percent) => {
        const histogram = histogramOf(...durations);
        const sorted = durations.toSorted((a, b) => a - b);
        const exact = sorted[Math.max(1, Math.floor((percent / 100) * durations.length + 0.5)) - 1];
        const estimate = histogram.percentile(percent);
        assert.ok(estimate >= exact && estimate <= exact * (1 + 1 / 128) + 1, `${estimate} for ${exact}`);
        assert.equal(histogram.cumulative().at(-1)?.[1], durations.length);
      },
    ),
    runs(300),
  );
});
