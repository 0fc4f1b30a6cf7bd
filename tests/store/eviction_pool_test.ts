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
      // Which of several equal ones goes or comes is left open.
      let scoresLeft: number[] = [];
      const offered = new Map<number, number>();
      steps.forEach((score, i) => {
        if (score === null) {
          assert.equal(pool.take(), scoresLeft.length > 0);
          if (scoresLeft.length === 0) return;
          const best = Math.max(...scoresLeft);
          assert.equal(offered.get(pool.entry), best);
          offered.delete(pool.entry);
          assert.deepEqual([pool.hash, pool.database], [pool.entry * 3, pool.entry % 7]);
          scoresLeft.splice(scoresLeft.indexOf(best), 1);
          return;
        }
        const entry = i + 1;
        pool.offer(score, entry % 7, entry * 3, entry);
        offered.set(entry, score);
        scoresLeft = [...scoresLeft, score].sort((a, b) => b - a).slice(0, SIZE);
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
