/** MEMORY USAGE and DEBUG JMAP: true figures, held against what the arena says is in use. */

import assert from "node:assert/strict";
import { Configuration } from "../../../src/server/configuration.ts";
import { Executor } from "../../support/executor.ts";
import { parseReplies } from "../../support/replies.ts";

/** A server on which DEBUG may be used. */
function debuggable(): Executor {
  const configuration = new Configuration();
  configuration.assign("enable-debug-command", ["yes"]);
  return new Executor(configuration);
}

/** The report of DEBUG JMAP. */
function report(executor: Executor): Map<string, string> {
  const [reply] = parseReplies(executor.run("DEBUG", "JMAP"));
  return new Map(reply.text!.trim().split("\r\n").map((line) => line.split(":") as [string, string]));
}

function usage(executor: Executor, key: string): number {
  return Number(executor.run("MEMORY", "USAGE", key).slice(1));
}

Deno.test("MEMORY USAGE of all keys adds up to what the arena has in use", () => {
  const executor = debuggable();
  const empty = executor.keyspace.arena.used;
  const keys = Array.from({ length: 5000 }, (_, index) => `key:${index}`);
  keys.forEach((key, index) => {
    const value = "v".repeat((index % 100) * (index % 1000 === 7 ? 1000 : 1));
    executor.run("SET", key, value, ...(index % 3 === 0 ? ["EX", "100"] : []));
  });
  const sum = keys.reduce((total, key) => total + usage(executor, key), 0);
  const used = executor.keyspace.arena.used;
  // Each share of the dictionaries is rounded up to a byte; those of the empty databases belong to no key.
  assert.ok(sum >= used - empty && sum <= used + keys.length * 2, `${sum} of ${used}`);
});

Deno.test("MEMORY USAGE follows when the database grows", () => {
  const executor = debuggable();
  executor.run("SET", "k", "v");
  const alone = usage(executor, "k");
  executor.run("MSET", ...Array.from({ length: 1000 }, (_, index) => [`key:${index}`, "v"]).flat());
  const among = usage(executor, "k");
  // Alone, the key bears a whole dictionary.
  assert.ok(among < alone, `${among} of ${alone}`);
  executor.run("SET", "k", "v".repeat(1_000_000));
  const large = usage(executor, "k");
  assert.ok(large >= 1_000_000 && large < 1_150_000, String(large));
});

Deno.test("DEBUG JMAP accounts for every byte of the arena", () => {
  const executor = debuggable();
  for (let index = 0; index < 3000; index++) {
    executor.run("SELECT", String(index % 3));
    executor.run("SET", `key:${index}`, "v".repeat(index % 700), ...(index % 2 === 0 ? ["EX", "100"] : []));
  }
  executor.run("FLUSHDB");
  const found = report(executor);
  assert.equal(found.get("integrity"), "ok");
  assert.equal(found.get("keys"), "2000");
  assert.equal(found.get("leaked_bytes"), "0");
  assert.equal(found.get("arena_used_bytes"), String(executor.keyspace.arena.used));
});

Deno.test("DEBUG JMAP finds a block that nothing owns", () => {
  const executor = debuggable();
  executor.run("SET", "k", "v");
  const block = executor.keyspace.arena.allocate(64);
  assert.equal(report(executor).get("leaked_bytes"), "64");
  executor.keyspace.arena.free(block);
  assert.equal(report(executor).get("leaked_bytes"), "0");
});

Deno.test("DEBUG JMAP says what is broken", () => {
  const executor = debuggable();
  executor.run("SET", "k", "v");
  const { databases, entries } = executor.keyspace;
  databases[0].scan(0, 1000, (entry) => {
    entries.locateKey(entry);
    entries.page[entries.at]++;
  });
  assert.match(report(executor).get("integrity")!, /^Entry \d+ has another hash than its key$/);
});
