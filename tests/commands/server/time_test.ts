/** TIME: microseconds from a clock whose wall time has only milliseconds. */

import assert from "node:assert/strict";
import type { Clock } from "../../../src/base/clock.ts";
import { Executor } from "../../support/executor.ts";
import { parseReplies } from "../../support/replies.ts";

/** A clock that knows the true time in microseconds and tells it as the machine's does. */
class PreciseClock implements Clock {
  true = 1_700_000_000_000_000;

  now(): number {
    return Math.floor(this.true / 1000);
  }

  microseconds(): number {
    return this.true - 1_699_999_123_456_789;
  }
}

function microsecondsIn(reply: string): number {
  const [seconds, microseconds] = parseReplies(reply)[0].items!.map((item) => Number(item.text));
  assert.ok(microseconds < 1_000_000);
  return seconds * 1_000_000 + microseconds;
}

Deno.test("TIME of a clock that stands still", () => {
  const executor = new Executor();
  executor.clock.set(1_700_000_000_007);
  assert.equal(executor.run("TIME"), "*2\r\n$10\r\n1700000000\r\n$4\r\n7000\r\n");
});

Deno.test("TIME is within the clock's millisecond, never runs backwards, and comes to be exact", () => {
  const clock = new PreciseClock();
  const executor = new Executor();
  Object.assign(executor.keyspace, { clock });
  clock.true += 400;
  let last = 0;
  for (let i = 0; i < 5000; i++) {
    clock.true += 137;
    const told = microsecondsIn(executor.run("TIME"));
    assert.ok(Math.abs(told - clock.true) < 1000, `${told} at ${clock.true}`);
    assert.ok(told >= last);
    last = told;
  }
  assert.ok(Math.abs(last - clock.true) <= 137, `${last} at ${clock.true}`);
});
