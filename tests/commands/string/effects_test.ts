/**
 * What the commands on strings leave for the append-only file and replicas, and the key events that they cause. The
 * expectations are what redis-server 7.0.15 wrote to its append-only file and published.
 */

import assert from "node:assert/strict";
import { byteString } from "../../../src/base/bytes.ts";
import { encodeRequest, Executor } from "../../support/executor.ts";

/** Milliseconds since the epoch at which the executor's clock stands. */
const NOW = 1_700_000_000_000;

/** Words of a request; `""` is the empty word. */
function words(request: string): string[] {
  return request.split(" ").map((word) => word === '""' ? "" : word);
}

function recordEvents(executor: Executor): () => string[] {
  let events: string[] = [];
  executor.keyspace.events.mask = ~0;
  executor.keyspace.events.listener = {
    event(_eventClass, name, _database, bytes, start, end) {
      events.push(`${name} ${byteString(bytes, start, end)}`);
    },
  };
  return () => {
    const taken = events;
    events = [];
    return taken;
  };
}

/** A request, the effect that it leaves (empty: none), and its events. */
type Row = readonly [request: string, effect: string, ...events: string[]];

/** Runs the rows one after the other on one server. */
function check(name: string, rows: readonly Row[]): void {
  Deno.test(name, () => {
    const executor = new Executor();
    const effects = executor.recordEffects();
    const events = recordEvents(executor);
    executor.run("SET", "first", "1");
    effects(); // With the SELECT that begins the stream.
    events();
    for (const [request, effect, ...expectedEvents] of rows) {
      const reply = executor.run(...words(request));
      assert.ok(!reply.startsWith("-ERR unknown"), reply);
      assert.equal(effects(), effect === "" ? "" : encodeRequest(words(effect)), `effect of ${request}`);
      assert.deepEqual(events(), expectedEvents, `events of ${request}`);
    }
  });
}

check("SET is recorded without GET and with an absolute expiry", [
  ["set k v", "set k v", "new k", "set k"],
  ["SeT k w gEt xx GET keepttl", "SeT k w xx keepttl", "set k"],
  ["set k v nx", ""],
  ["set k v nx get", ""],
  ["set k v xx", "set k v xx", "set k"],
  ["set other v xx get", "", "keymiss other"],
  ["set k v exat 33177117420 get", "SET k v PXAT 33177117420000", "set k", "expire k"],
  ["set k v pxat 33177117420123 xx", "SET k v PXAT 33177117420123", "set k", "expire k"],
  ["set k v ex 100", `SET k v PXAT ${NOW + 100_000}`, "set k", "expire k"],
  ["set k v px 100", `SET k v PXAT ${NOW + 100}`, "set k", "expire k"],
  ["setex k 7 v", `SET k v PXAT ${NOW + 7000}`, "set k", "expire k"],
  ["psetex k 7 v", `SET k v PXAT ${NOW + 7}`, "set k", "expire k"],
  ["setnx k v", ""],
  ["setnx n 1", "setnx n 1", "new n", "set n"],
]);

check("SET with a time that has passed sets, and the next lookup removes", [
  ["set k v exat 1", "SET k v PXAT 1000", "new k", "set k", "expire k"],
  ["get k", "DEL k", "expired k", "keymiss k"],
]);

check("GETSET, GETEX and GETDEL are recorded as what they changed", [
  ["set k v", "set k v", "new k", "set k"],
  ["getset k z", "SET k z", "set k"],
  ["getset new z", "SET new z", "keymiss new", "new new", "set new"],
  ["getex k", ""],
  ["getex k exat 33177117420", "PEXPIREAT k 33177117420000", "expire k"],
  ["getex k px 5", `PEXPIREAT k ${NOW + 5}`, "expire k"],
  ["getex k persist", "PERSIST k", "persist k"],
  ["getex k persist", ""],
  ["getex k exat 1", "DEL k", "del k"],
  ["getex k ex 10", "", "keymiss k"],
  ["getdel new", "DEL new", "del new"],
  ["getdel new", "", "keymiss new"],
]);

check("INCRBYFLOAT is recorded as its result, the integers as they came", [
  ["incrbyfloat f 10.5", "SET f 10.5 KEEPTTL", "new f", "incrbyfloat f"],
  ["incrbyfloat f 1e3", "SET f 1010.5 KEEPTTL", "incrbyfloat f"],
  ["incrbyfloat f x", ""],
  ["incr n", "incr n", "new n", "incrby n"],
  ["decrby n 5", "decrby n 5", "incrby n"],
  ["incrby n 9223372036854775807", "incrby n 9223372036854775807", "incrby n"],
  ["incrby n 9", ""],
]);

check("several keys and parts of strings", [
  ["mset n 1 n 2 m 3", "mset n 1 n 2 m 3", "new n", "set n", "set n", "new m", "set m"],
  ["msetnx n 1 p 2", ""],
  ["msetnx o 1 o 2", "msetnx o 1 o 2", "new o", "set o", "set o"],
  ["append o x", "append o x", "append o"],
  ['append o ""', 'append o ""', "append o"],
  ["append a x", "append a x", "new a", "append a"],
  ["setrange o 3 y", "setrange o 3 y", "setrange o"],
  ['setrange o 3 ""', ""],
  ["setrange s 1 y", "setrange s 1 y", "new s", "setrange s"],
  ["mget o m", ""],
  ["substr o 0 1", ""],
  ["lcs o m", ""],
]);

Deno.test("every change counts, nothing else does", () => {
  const executor = new Executor();
  const changes = (...args: string[]) => {
    const before = executor.keyspace.dirty;
    executor.run(...args);
    return executor.keyspace.dirty - before;
  };
  assert.equal(changes("SET", "k", "1"), 1);
  assert.equal(changes("SET", "k", "1", "EX", "10"), 1);
  assert.equal(changes("MSET", "a", "1", "b", "2", "a", "3"), 3);
  assert.equal(changes("MSETNX", "a", "1"), 0);
  assert.equal(changes("INCR", "k"), 1);
  assert.equal(changes("APPEND", "k", ""), 1);
  assert.equal(changes("SETRANGE", "k", "0", ""), 0);
  assert.equal(changes("GETEX", "k"), 0);
  assert.equal(changes("GETEX", "k", "PERSIST"), 1);
  assert.equal(changes("GETDEL", "k"), 1);
  assert.equal(changes("GET", "a"), 0);
});
