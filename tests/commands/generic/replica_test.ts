/** Where keys are not removed when they expire, because a primary will say so, they are hidden, and nothing hangs. */

import assert from "node:assert/strict";
import { Executor } from "../../support/executor.ts";

/** A server on which all of 20 keys have expired, and are kept. */
function replica(): Executor {
  const executor = new Executor();
  executor.keyspace.expiresKeys = false;
  for (let i = 0; i < 20; i++) executor.run("SET", `k${i}`, "v", "PX", "10");
  executor.clock.advance(11);
  return executor;
}

Deno.test("RANDOMKEY gives up and returns an expired key", () => {
  assert.match(replica().run("RANDOMKEY"), /^\$\d\r\nk\d+\r\n$/);
});

Deno.test("RANDOMKEY looks for the one key that has not expired", () => {
  const executor = replica();
  executor.run("SET", "lasting", "v");
  for (let i = 0; i < 20; i++) assert.equal(executor.run("RANDOMKEY"), "$7\r\nlasting\r\n");
});

Deno.test("SCAN and KEYS hide expired keys and leave them", () => {
  const executor = replica();
  assert.equal(executor.run("SCAN", "0", "COUNT", "1000"), "*2\r\n$1\r\n0\r\n*0\r\n");
  assert.equal(executor.run("KEYS", "*"), "*0\r\n");
  assert.equal(executor.run("DBSIZE"), ":20\r\n");
});

Deno.test("EXPIRE with a time in the past hides the key and leaves it", () => {
  const executor = new Executor();
  executor.keyspace.expiresKeys = false;
  const effects = executor.recordEffects();
  executor.run("SET", "k", "v");
  effects();
  assert.equal(executor.run("PEXPIREAT", "k", "-5"), ":1\r\n");
  assert.equal(effects(), "*3\r\n$9\r\nPEXPIREAT\r\n$1\r\nk\r\n$2\r\n-5\r\n");
  assert.equal(executor.run("EXISTS", "k"), ":0\r\n");
  assert.equal(executor.run("DBSIZE"), ":1\r\n");
});
