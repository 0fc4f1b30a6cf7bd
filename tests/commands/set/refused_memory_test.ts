/** What a command on sets has done, told and recorded when memory runs out in its midst. */

import assert from "node:assert/strict";
import { refuseAllocations } from "../../store/modelled_keyspace.ts";
import { Executor } from "../../support/executor.ts";
import { parseReplies } from "../../support/replies.ts";

const LONG = "x".repeat(100);
const KEYS = ["k", "ints", "other", "table", "new", "word"];

const requests: readonly (readonly string[])[] = [
  ["SADD", "k", "another", "and", "another one", LONG],
  ["SADD", "ints", "5", "1000000", "another", LONG],
  ["SADD", "table", "another", "and", LONG + LONG, "more", "and more"],
  ["SADD", "new", "a", "b", LONG],
  ["SADD", "new", "1", "b", "a longer one"],
  ["SMOVE", "k", "new", "a"],
  ["SMOVE", "k", "ints", "a"],
  ["SMOVE", "table", "k", LONG],
  ["SINTERSTORE", "new", "k", "other"],
  ["SINTERSTORE", "word", "ints"],
  ["SUNIONSTORE", "k", "k", "ints", "table"],
  ["SUNIONSTORE", "new", "table"],
  ["SDIFFSTORE", "other", "table", "k"],
  ["SUNION", "k", "ints", "table"],
  ["SPOP", "table", "11"],
];

function prepared(): Executor {
  const executor = new Executor();
  executor.run("SADD", "k", "a", "b", "c");
  executor.run("SADD", "ints", "1", "2", "3", "4");
  executor.run("SADD", "other", "b", "c", "d");
  executor.run("SADD", "table", LONG, ..."abcdefghijk");
  executor.run("SET", "word", "v");
  return executor;
}

/** Everything that a client can see. */
function contents(executor: Executor): string {
  return KEYS.map((key) => {
    const members = parseReplies(executor.run("SMEMBERS", key))[0];
    return `${key}: ${members.items?.map(({ text }) => text).sort() ?? members.raw}`;
  }).join("\n");
}

for (const request of requests) {
  Deno.test(`${request.join(" ").slice(0, 60)} without memory`, () => {
    const untouched = contents(prepared());
    let failures = 0;
    for (let left = 0;; left++) {
      const executor = prepared();
      const { arena, lazyfree } = executor.keyspace;
      const effects = executor.recordEffects();
      const allow = refuseAllocations(executor.keyspace, left);
      const reply = executor.run(...request);
      allow();
      executor.keyspace.check();
      const stream = effects();
      if (reply.startsWith("-")) {
        assert.match(reply, /^-OOM/);
        failures++;
        if (stream === "") assert.equal(contents(executor), untouched, `allocation ${left + 1}`);
      }
      // Whoever follows the effects comes to the same sets.
      const follower = prepared();
      if (stream !== "") follower.runBytes(stream);
      assert.equal(contents(follower), contents(executor), `allocation ${left + 1}: ${stream}`);
      executor.run("FLUSHALL");
      while (lazyfree.step());
      assert.equal(arena.used, new Executor().keyspace.arena.used, `allocation ${left + 1} leaks`);
      if (!reply.startsWith("-")) break;
    }
    assert.ok(failures > 0, "It asked for no memory");
  });
}
