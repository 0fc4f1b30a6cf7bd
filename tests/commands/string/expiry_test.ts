/** Expiry times of SET and GETEX to the millisecond, on a clock that stands still. */

import assert from "node:assert/strict";
import { Executor } from "../../support/executor.ts";

/** Milliseconds since the epoch at which the executor's clock stands. */
const NOW = 1_700_000_000_000;

function expiryOf(executor: Executor, key: string): number {
  const bytes = new TextEncoder().encode(key);
  const entry = executor.keyspace.databases[0].lookup(bytes, 0, bytes.length);
  assert.notEqual(entry, 0);
  return executor.keyspace.entries.expiry(entry);
}

const times: [option: string, value: string, expiry: number][] = [
  ["EX", "1", NOW + 1000],
  ["PX", "1", NOW + 1],
  ["EXAT", "1700000001", NOW + 1000],
  ["PXAT", "1700000000001", NOW + 1],
  ["EX", "9007197554740", 9_007_197_554_740_000 + NOW],
];

for (const [option, value, expiry] of times) {
  Deno.test(`${option} ${value} expires the key at ${expiry}`, () => {
    const executor = new Executor();
    executor.run("SET", "a", "x", option, value);
    assert.equal(expiryOf(executor, "a"), expiry);
    executor.run("SET", "b", "x");
    executor.run("GETEX", "b", option, value);
    assert.equal(expiryOf(executor, "b"), expiry);
  });
}

Deno.test("a key lives until its time has passed", () => {
  const executor = new Executor();
  executor.run("SET", "k", "v", "PX", "10");
  executor.clock.advance(10);
  assert.equal(executor.run("GET", "k"), "$1\r\nv\r\n");
  executor.clock.advance(1);
  assert.equal(executor.run("GET", "k"), "$-1\r\n");
});

Deno.test("GETEX removes a key whose new time is now", () => {
  const executor = new Executor();
  executor.run("SET", "k", "v");
  assert.equal(executor.run("GETEX", "k", "PXAT", String(NOW)), "$1\r\nv\r\n");
  assert.equal(executor.keyspace.databases[0].size, 0);
});

Deno.test("the largest time of 64 bits is accepted, and one more is not", () => {
  const executor = new Executor();
  const effects = executor.recordEffects();
  assert.equal(executor.run("SET", "k", "v", "PXAT", "9223372036854775807"), "+OK\r\n");
  const recorded = BigInt(effects().split("\r\n").at(-2) ?? "");
  assert.ok(recorded <= 9223372036854775807n && recorded > 9223372036854770000n, String(recorded));
  const refused = "-ERR invalid expire time in 'set' command\r\n";
  assert.equal(executor.run("SET", "k", "v", "PX", "9223372036854775807"), refused);
  assert.equal(executor.run("SET", "k", "v", "EXAT", "9223372036854776"), refused);
  assert.equal(executor.run("GET", "k"), "$1\r\nv\r\n");
});

Deno.test("what changes a value keeps the expiry, what sets it anew does not", () => {
  const executor = new Executor();
  const keeps = [
    ["SET", "k", "22", "KEEPTTL"],
    ["INCR", "k"],
    ["INCRBY", "k", "99999999999999"],
    ["INCRBY", "k", "9007199254740993"],
    ["INCRBYFLOAT", "k", "0.125"],
    ["APPEND", "k", "0".repeat(5000)],
    ["SETRANGE", "k", "6000", "x"],
    ["GETEX", "k"],
  ];
  executor.run("SET", "k", "1", "PX", "5000");
  for (const request of keeps) {
    assert.ok(!executor.run(...request).startsWith("-"), request[0]);
    assert.equal(expiryOf(executor, "k"), NOW + 5000, request.join(" ").slice(0, 40));
  }
  for (const request of [["SET", "k", "1"], ["GETSET", "k", "1"], ["MSET", "k", "1"]]) {
    executor.run("GETEX", "k", "PX", "5000");
    assert.equal(expiryOf(executor, "k"), NOW + 5000);
    executor.run(...request);
    assert.equal(expiryOf(executor, "k"), -1, request[0]);
  }
  executor.keyspace.check();
});
