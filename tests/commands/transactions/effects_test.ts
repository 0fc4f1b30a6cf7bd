/**
 * What transactions leave behind: effects, and nothing else. The effects are those that redis-server 7.0 writes to its
 * append-only file for the same requests.
 */

import assert from "node:assert/strict";
import { encodeRequest, Executor } from "../../support/executor.ts";

/** The effects of requests, as redis-cli would print them. */
function effectsOf(executor: Executor, ...requests: string[]): string[] {
  const effects = executor.recordEffects();
  for (const request of requests) executor.run(...request.split(" "));
  return decode(effects());
}

function decode(text: string): string[] {
  const requests: string[] = [];
  const lines = text.split("\r\n");
  for (let at = 0; lines[at].startsWith("*");) {
    const count = Number(lines[at].slice(1));
    requests.push(Array.from({ length: count }, (_, i) => lines[at + 2 + 2 * i]).join(" "));
    at += 1 + 2 * count;
  }
  return requests;
}

Deno.test("a transaction with several effects is one between MULTI and EXEC", () => {
  assert.deepEqual(
    effectsOf(
      new Executor(),
      "MULTI",
      "SET a 1",
      "GET a",
      "INCR a",
      "DEL none",
      "APPEND a x",
      "INCR a",
      "EXEC",
      "SET b 1",
    ),
    ["SELECT 0", "MULTI", "SET a 1", "INCR a", "APPEND a x", "EXEC", "SET b 1"],
  );
});

Deno.test("one effect is whole by itself, and none leaves nothing", () => {
  const executor = new Executor();
  assert.deepEqual(effectsOf(executor, "MULTI", "SET a 1", "GET a", "EXEC"), ["SELECT 0", "SET a 1"]);
  assert.deepEqual(effectsOf(executor, "MULTI", "GET a", "DEL none", "EXEC", "MULTI", "EXEC"), []);
  assert.deepEqual(effectsOf(executor, "MULTI", "SET a 2", "INCR a", "DISCARD"), []);
  assert.deepEqual(effectsOf(executor, "MULTI", "SET a 2", "INCR a", "GET", "EXEC"), []);
});

Deno.test("the database is selected before MULTI, and within where it changes", () => {
  const executor = new Executor();
  const requests = ["SELECT 1", "SET b 1", "SELECT 2", "SET c 1"];
  assert.deepEqual(
    effectsOf(
      executor,
      "SET a 1",
      "MULTI",
      ...requests,
      "EXEC",
      "MULTI",
      "SELECT 0",
      "SET d 1",
      "SELECT 2",
      "EXEC",
    ),
    [
      ...["SELECT 0", "SET a 1"],
      ...["SELECT 1", "MULTI", "SET b 1", "SELECT 2", "SET c 1", "EXEC"],
      ...["SELECT 0", "SET d 1"],
    ],
  );
});

Deno.test("a key found to have expired is part of the transaction", () => {
  const executor = new Executor();
  executor.run("SET", "k", "1", "PX", "10");
  executor.clock.advance(20);
  assert.deepEqual(
    effectsOf(executor, "MULTI", "GET k", "SET k 2 EX 100", "EXEC"),
    ["SELECT 0", "MULTI", "DEL k", `SET k 2 PXAT ${executor.clock.now() + 100_000}`, "EXEC"],
  );
});

Deno.test("a consumer that comes during a transaction sees whole effects from there on", () => {
  const executor = new Executor();
  const effects = executor.recordEffects();
  let changes = 0;
  let late = () => "";
  executor.keyspace.events.listen({
    changed: () => {
      if (++changes === 2) late = executor.recordEffects();
    },
    flushed: () => {},
    swapped: () => {},
  });
  for (const request of ["MULTI", "SET a 1", "SET b 1", "SET c 1", "EXEC"]) {
    executor.run(...request.split(" "));
  }
  const rest = ["SELECT 0", "MULTI", "SET b 1", "SET c 1", "EXEC"];
  assert.deepEqual(decode(effects()), ["SELECT 0", "SET a 1", ...rest]);
  assert.deepEqual(decode(late()), rest);
});

Deno.test("nothing listens to changes of keys when nobody watches any more", () => {
  for (const end of ["UNWATCH", "RESET", "MULTI; EXEC", "MULTI; DISCARD", "MULTI; GET; EXEC", "SET k 1"]) {
    const executor = new Executor();
    executor.run("WATCH", "k", "l", "k");
    assert.notEqual(executor.keyspace.events.changes, null);
    for (const request of end.split("; ")) executor.run(...request.split(" "));
    assert.equal(executor.keyspace.events.changes, null, end);
  }
  const executor = new Executor();
  executor.run("WATCH", "k", "l");
  executor.server.closed(executor.session);
  assert.equal(executor.keyspace.events.changes, null);
});

Deno.test("requests of a transaction that writes wait for the end of a pause, EXEC included", () => {
  for (const [queued, execWaits] of [["SET k 1", true], ["GET k", false], ["PUBLISH c m", true]] as const) {
    const executor = new Executor();
    executor.run("MULTI");
    executor.run(...queued.split(" "));
    executor.server.dispatcher.paused = "writes";
    assert.equal(executor.run("PFCOUNT", "h"), "");
    assert.equal(executor.run("SET", "l", "1"), "");
    assert.equal(executor.run("ECHO", "x"), "+QUEUED\r\n");
    assert.equal(executor.run("EXEC") === "", execWaits, queued);
    executor.server.dispatcher.paused = "all";
    assert.equal(executor.run("PING"), "");
    executor.server.dispatcher.paused = "no";
    if (execWaits) assert.match(executor.run("EXEC"), /^\*2\r\n/);
  }
});

Deno.test("the time stands still during a transaction, and its requests are kept whatever comes after them", () => {
  const executor = new Executor();
  const long = "x".repeat(100_000);
  const requests = [["MULTI"], ["SET", "k", long], ["TIME"], ["STRLEN", "k"], ["TIME"], ["EXEC"]];
  const replies = executor.runBytes(requests.map(encodeRequest).join("")).split("\r\n");
  const [first, second] = [replies.indexOf("*2"), replies.lastIndexOf("*2")];
  assert.deepEqual(replies.slice(first, first + 5), replies.slice(second, second + 5));
  assert.equal(replies[second - 1], ":100000");
});
