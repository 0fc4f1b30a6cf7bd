/** The eviction pool against a sorted list of the best candidates. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { EvictionPool } from "../../src/store/eviction_pool.ts";
import { runs } from "../support/property.ts";

const SIZE = 16;

Deno.test("the pool gives the best candidates first, and forgets the worst when it is full", () => {
  const scores = fc.array(fc.option(fc.integer({ min: -50, max: 50 }), { freq: 4 }), { maxLength: 100 });
  fc.assert(
    fc.property(scores, (steps) => {
      const pool = new EvictionPool();
      let model: { score: number; entry: number }[] = [];
      steps.forEach((score, i) => {
        if (score === null) {
          const best = Math.max(...model.map((one) => one.score));
          assert.equal(pool.take(), model.length > 0);
          if (model.length === 0) return;
          const taken = model.find((one) => one.entry === pool.entry);
          assert.equal(taken?.score, best);
          assert.deepEqual([pool.hash, pool.database], [pool.entry * 3, pool.entry % 7]);
          model = model.filter((one) => one !== taken);
          return;
        }
        const entry = i + 1;
        pool.offer(score, entry % 7, entry * 3, entry);
        const worst = Math.min(...model.map((one) => one.score));
        if (model.length === SIZE) {
          if (score <= worst) return;
          // The first of the worst ones is the one that goes.
          const gone = model.findLast((one) => one.score === worst);
          model = model.filter((one) => one !== gone);
        }
        model.push({ score, entry });
      });
    }),
    runs(500),
  );
});

Deno.test("a cleared pool has nothing to give", () => {
  const pool = new EvictionPool();
  pool.offer(1, 0, 2, 3);
  pool.clear();
  assert.equal(pool.take(), false);
});
