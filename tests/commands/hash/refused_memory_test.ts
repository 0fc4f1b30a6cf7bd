/** What is told and recorded of a command that has changed some fields when memory runs out. */

import assert from "node:assert/strict";
import { Executor } from "../../support/executor.ts";
import { refuseAllocations } from "../../store/modelled_keyspace.ts";
import { checkLists } from "./watching.ts";

const LONG = "x".repeat(100);
/** Long enough not to fit into what a listpack's block has to spare. */
const NUMBER = "number".repeat(10);
const requests: readonly (readonly string[])[] = [
  ["HSET", "h", "a", LONG, "b", "2", "c", LONG + LONG, "new", "5"],
  ["HSET", "k", "a", LONG, "b", "2"],
  ["HSETNX", "h", "new", LONG],
  ["HINCRBY", "h", NUMBER, "1"],
  ["HINCRBYFLOAT", "h", NUMBER, "1"],
  ["HEXPIREAT", "h", "33177117420", "FIELDS", "3", "a", "b", "c"],
  ["HEXPIREAT", "plain", "33177117420", "FIELDS", "1", "a"],
  ["HPERSIST", "h", "FIELDS", "3", "x", "y", "z"],
];

/** A server with the hash `h`, packed or as a table. */
function prepared(table: boolean): Executor {
  const executor = new Executor();
  executor.run("HSET", "h", "a", "1", "b", "2", "c", "3", "x", "7", "y", NUMBER, "z", "9");
  if (table) executor.run("HSET", "h", "long", LONG);
  executor.run("HSET", "plain", "a", table ? LONG : NUMBER);
  executor.run("HEXPIREAT", "h", "33177117000", "FIELDS", "3", "x", "y", "z");
  return executor;
}

/** Everything that a client can see of the hashes. */
function contents(executor: Executor): string {
  const fields = ["a", "b", "c", "x", "y", "z", NUMBER, "new", "long"];
  return ["h", "k", "plain"].map((key) =>
    executor.run("HMGET", key, ...fields) +
    executor.run("HPEXPIRETIME", key, "FIELDS", String(fields.length), ...fields)
  ).join("");
}

for (const table of [false, true]) {
  for (const request of requests) {
    Deno.test(`${table ? "table" : "listpack"}: ${request.join(" ").slice(0, 40)}`, () => {
      let failures = 0;
      for (let left = 0;; left++) {
        const executor = prepared(table);
        const effects = executor.recordEffects();
        const allow = refuseAllocations(executor.keyspace, left);
        const reply = executor.run(...request);
        allow();
        checkLists(executor);
        if (reply.startsWith("-")) {
          assert.match(reply, /^-OOM/);
          failures++;
        }
        // Whoever follows the effects comes to the same hashes.
        const follower = prepared(table);
        const stream = effects();
        if (stream !== "") follower.runBytes(stream);
        assert.equal(contents(follower), contents(executor), `allocation ${left + 1}: ${stream}`);
        if (!reply.startsWith("-")) {
          assert.notEqual(stream, "");
          break;
        }
      }
      assert.ok(failures > 0, "It asked for no memory");
    });
  }
}
