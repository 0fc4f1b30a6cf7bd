import assert from "node:assert/strict";
import { parseSummary } from "./run.ts";

Deno.test("parseSummary reads the last line of deno test in each of its forms", () => {
  assert.deepEqual(parseSummary("ok | 3 passed | 0 failed (12ms)"), { passed: 3, failed: 0, skipped: 0 });
  assert.deepEqual(parseSummary("FAILED | 1 passed (1 step) | 2 failed (1 step) | 1 ignored (76ms)"), {
    passed: 1,
    failed: 2,
    skipped: 1,
  });
  assert.deepEqual(parseSummary("ok | 37 passed | 0 failed | 10 filtered out (15s)"), {
    passed: 37,
    failed: 0,
    skipped: 0,
  });
  assert.equal(parseSummary("ok"), undefined);
  assert.equal(parseSummary("the tests ok | 3 passed | 0 failed"), undefined);
});
