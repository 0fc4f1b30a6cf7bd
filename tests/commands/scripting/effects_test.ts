/**
 * What scripts leave behind: what they wrote, and nothing of themselves. The effects are those that redis-server 7.0
 * writes to its append-only file for the same requests.
 */

import assert from "node:assert/strict";
import { Executor } from "../../support/executor.ts";

/** The effects of requests, as redis-cli would print them. */
function effectsOf(executor: Executor, ...requests: string[][]): string[] {
  const effects = executor.recordEffects();
  for (const request of requests) executor.run(...request);
  const found: string[] = [];
  const lines = effects().split("\r\n");
  for (let at = 0; lines[at].startsWith("*");) {
    const count = Number(lines[at].slice(1));
    found.push(Array.from({ length: count }, (_, i) => lines[at + 2 + 2 * i]).join(" "));
    at += 1 + 2 * count;
  }
  return found;
}

function script(text: string, ...args: string[]): string[] {
  return ["EVAL", text, "0", ...args];
}

Deno.test("several writes come between MULTI and EXEC, one is whole by itself", () => {
  assert.deepEqual(
    effectsOf(
      new Executor(),
      script("redis.call('set','a',1) redis.call('get','a') redis.call('incr','a') redis.call('del','none')"),
      script("return redis.call('incr','a')"),
      script("return redis.call('get','a')"),
    ),
    ["SELECT 0", "MULTI", "set a 1", "incr a", "EXEC", "incr a"],
  );
});

Deno.test("a script in a transaction is part of it", () => {
  assert.deepEqual(
    effectsOf(
      new Executor(),
      ["MULTI"],
      ["SET", "a", "1"],
      script("redis.call('incr','a') redis.call('incr','a')"),
      ["INCR", "a"],
      ["EXEC"],
    ),
    ["SELECT 0", "MULTI", "SET a 1", "incr a", "incr a", "INCR a", "EXEC"],
  );
});

Deno.test("what a script wrote before it failed stays written", () => {
  const executor = new Executor();
  assert.deepEqual(
    effectsOf(executor, script("redis.call('set','a',1) redis.call('incr','a') error('x')")),
    ["SELECT 0", "MULTI", "set a 1", "incr a", "EXEC"],
  );
  assert.equal(executor.run("GET", "a"), "$1\r\n2\r\n");
});

Deno.test("effects are deterministic: the time stands still, and so does the set that was popped from", () => {
  const executor = new Executor();
  assert.deepEqual(
    effectsOf(
      executor,
      script("redis.call('set','a',1,'ex',10) redis.call('sadd','s','m') redis.call('spop','s')"),
    ),
    ["SELECT 0", "MULTI", `SET a 1 PXAT ${executor.clock.now() + 10_000}`, "sadd s m", "SREM s m", "EXEC"],
  );
});

Deno.test("redis.set_repl decides what is recorded", () => {
  assert.deepEqual(
    effectsOf(
      new Executor(),
      script(
        "redis.call('set','a',1) redis.set_repl(redis.REPL_NONE) redis.call('set','b',2) " +
          "redis.set_repl(redis.REPL_ALL) redis.call('set','c',3)",
      ),
      script("redis.call('set','d',4)"),
    ),
    ["SELECT 0", "MULTI", "set a 1", "set c 3", "EXEC", "set d 4"],
  );
});

Deno.test("SCRIPT LOAD, SCRIPT FLUSH and reading scripts leave nothing", () => {
  assert.deepEqual(
    effectsOf(new Executor(), ["SCRIPT", "LOAD", "return 1"], script("return 1"), ["SCRIPT", "FLUSH"]),
    [],
  );
});

const LIBRARY = "#!lua name=lib\nredis.register_function('f', function(keys, args) " +
  "for i = 1, args[1] do redis.call('incr', 'n') end return 'done' end)";

Deno.test("FUNCTION leaves itself where it has changed something, functions what they wrote", () => {
  assert.deepEqual(
    effectsOf(
      new Executor(),
      ["FUNCTION", "LOAD", LIBRARY],
      ["FUNCTION", "LOAD", LIBRARY],
      ["FCALL", "f", "0", "0"],
      ["FCALL", "f", "0", "1"],
      ["FCALL", "f", "0", "2"],
      ["FUNCTION", "LIST"],
      ["FUNCTION", "DELETE", "none"],
      ["FUNCTION", "DELETE", "lib"],
      ["FUNCTION", "RESTORE", "x"],
      ["FUNCTION", "FLUSH"],
    ),
    [
      "SELECT 0",
      `FUNCTION LOAD ${LIBRARY}`,
      "incr n",
      ...["MULTI", "incr n", "incr n", "EXEC"],
      "FUNCTION DELETE lib",
      "FUNCTION FLUSH",
    ],
  );
});

Deno.test("libraries and their functions in a transaction are part of it", () => {
  assert.deepEqual(
    effectsOf(
      new Executor(),
      ["MULTI"],
      ["FUNCTION", "LOAD", LIBRARY],
      ["FCALL", "f", "0", "2"],
      ["EXEC"],
    ),
    ["SELECT 0", "MULTI", `FUNCTION LOAD ${LIBRARY}`, "incr n", "incr n", "EXEC"],
  );
});
