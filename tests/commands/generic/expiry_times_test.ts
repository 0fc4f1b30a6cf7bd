/**
 * Times to live at the edges of 64 bits, and their rounding. The errors and roundings are redis-server 7.0.15's; beyond
 * 2^53 milliseconds denodis rounds to what a double holds.
 */

import assert from "node:assert/strict";
import { Executor } from "../../support/executor.ts";

const NOW = 1_700_000_000_000;

function setWith(...request: string[]): { reply: string; time: string } {
  const executor = new Executor();
  executor.run("SET", "k", "v");
  return {
    reply: executor.run(request[0], "k", ...request.slice(1)),
    time: executor.run("PEXPIRETIME", "k"),
  };
}

const refused: readonly (readonly string[])[] = [
  ["EXPIRE", "9223372036854775807"],
  ["EXPIRE", "9223372036854776"],
  // Fits in milliseconds, but not with the present added.
  ["EXPIRE", "9223372036854775"],
  ["EXPIRE", "-9223372036854776"],
  ["PEXPIRE", "9223372036854775807"],
  ["EXPIREAT", "9223372036854776"],
  ["EXPIREAT", "-9223372036854776"],
];

for (const request of refused) {
  Deno.test(`${request.join(" k ")} is refused`, () => {
    const command = request[0].toLowerCase();
    assert.deepEqual(setWith(...request), {
      reply: `-ERR invalid expire time in '${command}' command\r\n`,
      time: ":-1\r\n",
    });
  });
}

Deno.test("times up to 2^53 milliseconds are exact", () => {
  assert.equal(setWith("PEXPIREAT", "9007199254740991").time, ":9007199254740991\r\n");
  assert.equal(setWith("EXPIREAT", "9007199254740").time, ":9007199254740000\r\n");
  assert.equal(setWith("PEXPIRE", "7").time, `:${NOW + 7}\r\n`);
});

Deno.test("the largest times are kept within one part in 2^53, as integers of 64 bits", () => {
  for (
    const [command, time, unit] of [["PEXPIREAT", 2n ** 63n - 1n, 1n], [
      "EXPIREAT",
      9223372036854775n,
      1000n,
    ]] as const
  ) {
    const { reply, time: kept } = setWith(command, String(time));
    assert.equal(reply, ":1\r\n");
    const value = BigInt(kept.slice(1, -2));
    const off = time * unit - value;
    assert.ok(value < 2n ** 63n && off > -1024n && off < 1024n, kept);
  }
});

Deno.test("the recorded form of the largest time sets the same time again", () => {
  const executor = new Executor();
  executor.run("SET", "k", "v");
  const effects = executor.recordEffects();
  executor.run("EXPIREAT", "k", "9223372036854775");
  const recorded = /PEXPIREAT\r\n\$1\r\nk\r\n\$\d+\r\n(\d+)/.exec(effects())![1];
  const time = executor.run("PEXPIRETIME", "k");
  assert.equal(setWith("PEXPIREAT", recorded).time, time);
});

Deno.test("TTL and EXPIRETIME round to the nearest second", () => {
  const executor = new Executor();
  for (const [milliseconds, seconds] of [[1, 0], [499, 0], [500, 1], [1499, 1], [1500, 2]]) {
    executor.run("SET", "k", "v", "PX", String(milliseconds));
    assert.equal(executor.run("TTL", "k"), `:${seconds}\r\n`);
    assert.equal(executor.run("EXPIRETIME", "k"), `:${NOW / 1000 + seconds}\r\n`);
  }
});

Deno.test("a key lives through its last millisecond", () => {
  const executor = new Executor();
  executor.run("SET", "k", "v", "PX", "10");
  executor.clock.advance(10);
  assert.equal(executor.run("PTTL", "k"), ":0\r\n");
  executor.clock.advance(1);
  assert.equal(executor.run("PTTL", "k"), ":-2\r\n");
});
