/** Partial sorting: what is asked for is where it belongs, and nothing is lost. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { partialSort } from "../../src/base/partial_sort.ts";
import { runs } from "../support/property.ts";

Deno.test("the elements of the range are those of the sorted array, the others stay on their side", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 200, size: "max" }),
      fc.double({ min: 0, max: 0.99, noNaN: true }),
      fc.nat(50),
      (values, from, length) => {
        const first = Math.floor(from * values.length);
        const last = Math.min(values.length - 1, first + length);
        const array = [...values];
        partialSort(array, (a, b) => a - b, first, last);
        const sorted = [...values].sort((a, b) => a - b);
        assert.deepEqual(array.slice(first, last + 1), sorted.slice(first, last + 1));
        assert.deepEqual([...array].sort((a, b) => a - b), sorted);
      },
    ),
    runs(500),
  );
});
