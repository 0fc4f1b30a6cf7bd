/**
 * OBJECT REFCOUNT and OBJECT IDLETIME under the eviction policies. The expectations are what redis-server 7.0.15
 * answered when the key was set under the same configuration.
 */

import assert from "node:assert/strict";
import { Executor } from "../../support/executor.ts";

const SHARED = ":2147483647\r\n";

const references: readonly (readonly [value: string, maxmemory: string, policy: string, reply: string])[] = [
  ["0", "0", "noeviction", SHARED],
  ["9999", "0", "noeviction", SHARED],
  ["10000", "0", "noeviction", ":1\r\n"],
  ["-1", "0", "noeviction", ":1\r\n"],
  ["5x", "0", "noeviction", ":1\r\n"],
  ["5", "0", "allkeys-lru", SHARED],
  ["5", "1000000000", "allkeys-lru", ":1\r\n"],
  ["5", "1000000000", "volatile-lfu", ":1\r\n"],
  ["5", "1000000000", "volatile-random", SHARED],
  ["5", "1000000000", "noeviction", SHARED],
];

for (const [value, maxmemory, policy, reply] of references) {
  Deno.test(`OBJECT REFCOUNT of ${value} with maxmemory ${maxmemory} and ${policy}`, () => {
    const executor = new Executor();
    executor.run("CONFIG", "SET", "maxmemory", maxmemory, "maxmemory-policy", policy);
    executor.run("SET", "k", value);
    assert.equal(executor.run("OBJECT", "REFCOUNT", "k"), reply);
  });
}

Deno.test("OBJECT REFCOUNT of digits that APPEND made is one", () => {
  const executor = new Executor();
  executor.run("SET", "k", "1");
  executor.run("APPEND", "k", "2");
  assert.equal(executor.run("OBJECT", "REFCOUNT", "k"), ":1\r\n");
});

Deno.test("OBJECT IDLETIME is refused under an LFU policy, for keys that exist", () => {
  const executor = new Executor();
  executor.run("CONFIG", "SET", "maxmemory-policy", "allkeys-lfu");
  executor.run("SET", "k", "v");
  assert.equal(
    executor.run("OBJECT", "IDLETIME", "k"),
    "-ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between policies " +
      "at runtime LRU and LFU data will take some time to adjust.\r\n",
  );
  assert.equal(executor.run("OBJECT", "IDLETIME", "missing"), "$-1\r\n");
});
