/**
 * What the commands on hashes leave for the append-only file and replicas, and the key events that they cause. The
 * expectations are those of Redis's t_hash.c.
 */

import assert from "node:assert/strict";
import { Executor } from "../../support/executor.ts";
import { check } from "./watching.ts";

check("fields are set and removed", [
  { run: "hset h a 1 b 2", effects: ["hset h a 1 b 2"], events: ["new h", "hset h"] },
  { run: "HMSET h a 3", effects: ["HMSET h a 3"], events: ["hset h"] },
  { run: "hsetnx h a 4", reply: ":0" },
  { run: "hsetnx h c 4", reply: ":1", effects: ["hsetnx h c 4"], events: ["hset h"] },
  { run: "hsetnx new c 4", reply: ":1", effects: ["hsetnx new c 4"], events: ["new new", "hset new"] },
  { run: "hdel h x y", reply: ":0" },
  { run: "hdel h a x b", reply: ":2", effects: ["hdel h a x b"], events: ["hdel h"] },
  { run: "hdel h c c", reply: ":1", effects: ["hdel h c c"], events: ["hdel h", "del h"] },
  { run: "exists h", reply: ":0", events: ["keymiss h"] },
  { run: "hdel h c", reply: ":0" },
  { run: "hget h c", reply: "$-1", events: ["keymiss h"] },
]);

check("fields are counted with; the sum of floats is recorded, not the addition", [
  { run: "hincrby h n 5", reply: ":5", effects: ["hincrby h n 5"], events: ["new h", "hincrby h"] },
  { run: "hincrby h n -7", reply: ":-2", effects: ["hincrby h n -7"], events: ["hincrby h"] },
  { run: "hincrbyfloat h f 0.1", reply: "$3 0.1", effects: ["HSET h f 0.1"], events: ["hincrbyfloat h"] },
  {
    run: "hincrbyfloat h f 2e2",
    reply: "$21 200.10000000000000001",
    effects: ["HSET h f 200.10000000000000001"],
    events: ["hincrbyfloat h"],
  },
  { run: "hincrby h f 1", reply: "-ERR hash value is not an integer" },
  { run: "hincrbyfloat missing f inf", reply: "-ERR value is NaN or Infinity" },
  { run: "exists missing", reply: ":0", events: ["keymiss missing"] },
]);

Deno.test("every change counts, nothing else does", () => {
  const executor = new Executor();
  const changes = (...args: string[]) => {
    const before = executor.keyspace.dirty;
    executor.run(...args);
    return executor.keyspace.dirty - before;
  };
  assert.equal(changes("HSET", "h", "a", "1", "b", "2", "a", "3"), 3);
  assert.equal(changes("HMSET", "h", "a", "1"), 1);
  assert.equal(changes("HSETNX", "h", "a", "1"), 0);
  assert.equal(changes("HSETNX", "h", "c", "1"), 1);
  assert.equal(changes("HINCRBY", "h", "a", "1"), 1);
  assert.equal(changes("HINCRBYFLOAT", "h", "a", "1"), 1);
  assert.equal(changes("HDEL", "h", "a", "b", "x"), 2);
  assert.equal(changes("HGETALL", "h"), 0);
  assert.equal(changes("HEXPIRE", "h", "10", "FIELDS", "2", "c", "x"), 1);
  assert.equal(changes("HPERSIST", "h", "FIELDS", "1", "c"), 1);
  assert.equal(changes("HPERSIST", "h", "FIELDS", "1", "c"), 0);
  assert.equal(changes("HEXPIRE", "h", "0", "FIELDS", "1", "c"), 1);
});
