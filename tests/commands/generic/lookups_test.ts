/**
 * Which commands use a key (OBJECT IDLETIME begins anew) and which of them count as hit or miss. The expectations are
 * what redis-server 7.0.15 answered to OBJECT IDLETIME and in INFO's `keyspace_hits` and `keyspace_misses`.
 */

import assert from "node:assert/strict";
import { Executor } from "../../support/executor.ts";

const users = ["TOUCH k", "PERSIST k", "EXPIRE k 1000", "COPY k l", "GET k"];
const onlookers = [
  "EXISTS k",
  "TYPE k",
  "TTL k",
  "PTTL k",
  "EXPIRETIME k",
  "PEXPIRETIME k",
  "OBJECT ENCODING k",
  "OBJECT IDLETIME k",
  "OBJECT REFCOUNT k",
  "MEMORY USAGE k",
  "KEYS *",
  "SCAN 0 TYPE string",
];

function idleAfter(request: string): string {
  const executor = new Executor();
  executor.run("SET", "k", "v");
  executor.clock.advance(60_000);
  executor.run(...request.split(" "));
  return executor.run("OBJECT", "IDLETIME", "k");
}

for (const request of users) {
  Deno.test(`${request} uses the key`, () => assert.equal(idleAfter(request), ":0\r\n"));
}

for (const request of onlookers) {
  Deno.test(`${request} does not use the key`, () => assert.equal(idleAfter(request), ":60\r\n"));
}

Deno.test("RENAME takes along when the key was last used", () => {
  const executor = new Executor();
  executor.run("SET", "k", "v");
  executor.clock.advance(60_000);
  executor.session.noTouch = true;
  executor.run("RENAME", "k", "l");
  assert.equal(executor.run("OBJECT", "IDLETIME", "l"), ":60\r\n");
});

/** The keys k and l exist. */
const counted: readonly (readonly [request: string, hits: number, misses: number])[] = [
  ["EXISTS k k x", 2, 1],
  ["TYPE k", 1, 0],
  ["TYPE x", 0, 1],
  ["PTTL x", 0, 1],
  ["EXPIRETIME k", 1, 0],
  ["TOUCH k x", 1, 1],
  ["OBJECT ENCODING k", 1, 0],
  ["OBJECT IDLETIME x", 0, 1],
  ["MEMORY USAGE k", 0, 0],
  ["MEMORY USAGE x", 0, 0],
  ["KEYS *", 0, 0],
  ["SCAN 0", 0, 0],
  ["SCAN 0 TYPE string", 2, 0],
  ["SCAN 0 TYPE list", 2, 0],
  ["RANDOMKEY", 0, 0],
  ["COPY k m", 1, 0],
  ["COPY x y", 0, 1],
  ["PERSIST k", 0, 0],
  ["EXPIRE x 1", 0, 0],
  ["RENAME l m", 0, 0],
  ["MOVE x 1", 0, 0],
  ["DEL x", 0, 0],
];

for (const [request, hits, misses] of counted) {
  Deno.test(`${request}: ${hits} hits, ${misses} misses`, () => {
    const executor = new Executor();
    executor.run("MSET", "k", "v", "l", "v");
    executor.keyspace.resetStatistics();
    executor.run(...request.split(" "));
    const { statistics } = executor.keyspace;
    assert.deepEqual([statistics.hits, statistics.misses], [hits, misses]);
  });
}
