/** SPOP and SRANDMEMBER where they choose among several members: what is left, what is recorded, and how fair it is. */

import assert from "node:assert/strict";
import { parseReplies } from "../../support/replies.ts";
import { encodeRequest, Executor } from "../../support/executor.ts";

const kinds: { name: string; members: string[] }[] = [
  { name: "intset", members: Array.from({ length: 300 }, (_, i) => String(i * 7)) },
  { name: "listpack", members: Array.from({ length: 100 }, (_, i) => i % 2 === 0 ? `m${i}` : String(i)) },
  { name: "hashtable", members: Array.from({ length: 3000 }, (_, i) => `m${i}`) },
];

/** The texts of a reply that is an array or a set. */
function texts(reply: string): string[] {
  return parseReplies(reply)[0].items!.map(({ text }) => text!);
}

function prepared(members: readonly string[]): Executor {
  const executor = new Executor();
  executor.run("SADD", "k", ...members);
  return executor;
}

for (const { name, members } of kinds) {
  const encoding = (executor: Executor) => parseReplies(executor.run("OBJECT", "ENCODING", "k"))[0].text;

  Deno.test(`${name}: SPOP takes as many as it is asked for, and records which`, () => {
    for (const count of [1, 2, 10, Math.floor(members.length / 2), members.length - 10, members.length - 1]) {
      const executor = prepared(members);
      assert.equal(encoding(executor), name);
      const effects = executor.recordEffects();
      const { dirty } = executor.keyspace;
      const popped = texts(executor.run("SPOP", "k", String(count)));
      assert.equal(executor.keyspace.dirty - dirty, count);
      assert.equal(new Set(popped).size, count);
      const left = texts(executor.run("SMEMBERS", "k"));
      assert.deepEqual([...popped, ...left].sort(), [...members].sort());
      executor.keyspace.check();

      const stream = effects();
      const batches = [];
      for (let at = 0; at < count; at += 1024) {
        batches.push(encodeRequest(["SREM", "k", ...popped.slice(at, at + 1024)]));
      }
      // That several effects of one command are a transaction is not for the command to see to.
      const bare = stream.replace(encodeRequest(["MULTI"]), "").replace(encodeRequest(["EXEC"]), "");
      assert.equal(bare, encodeRequest(["SELECT", "0"]) + batches.join(""));
      const follower = prepared(members);
      follower.runBytes(bare);
      assert.deepEqual(texts(follower.run("SMEMBERS", "k")).sort(), left.sort());
    }
  });

  Deno.test(`${name}: SPOP of nearly all leaves a small set`, () => {
    const executor = prepared(members);
    executor.run("SPOP", "k", String(members.length - 3));
    assert.equal(encoding(executor), name === "intset" ? "intset" : "listpack");
    executor.run("DEL", "k");
    while (executor.keyspace.lazyfree.step());
    executor.keyspace.check();
    const untouched = new Executor();
    assert.equal(executor.keyspace.arena.used, untouched.keyspace.arena.used, "bytes that nobody owns");
  });

  Deno.test(`${name}: SRANDMEMBER of several members, each at most once`, () => {
    const executor = prepared(members);
    for (const count of [1, 2, 20, Math.floor(members.length / 2), members.length - 1]) {
      const chosen = texts(executor.run("SRANDMEMBER", "k", String(count)));
      assert.equal(chosen.length, count);
      assert.equal(new Set(chosen).size, count);
      for (const member of chosen) assert.ok(members.includes(member));
    }
    assert.equal(executor.run("SCARD", "k"), `:${members.length}\r\n`);
  });

  Deno.test(`${name}: all members are as likely, in every form of the commands`, () => {
    const few = members.slice(0, 40);
    const forms: { request: string[]; a: number }[] = [
      { request: ["SRANDMEMBER", "k", "-400"], a: 400 },
      { request: ["SRANDMEMBER", "k", "4"], a: 4 },
      { request: ["SRANDMEMBER", "k", "30"], a: 30 },
      { request: ["SPOP", "k", "4"], a: 4 },
      { request: ["SPOP", "k", "37"], a: 37 },
    ];
    for (const { request, a } of forms) {
      const executor = new Executor();
      const long = "x".repeat(65);
      const counts = new Map(few.map((member) => [member, 0]));
      const rounds = Math.ceil(8000 / a);
      for (let round = 0; round < rounds; round++) {
        executor.run("SADD", "k", ...few);
        if (name === "hashtable") {
          executor.run("SADD", "k", long);
          executor.run("SREM", "k", long);
        }
        for (const member of texts(executor.run(...request))) counts.set(member, counts.get(member)! + 1);
      }
      const expected = rounds * a / few.length;
      let statistic = 0;
      for (const count of counts.values()) statistic += (count - expected) ** 2 / expected;
      // Chi-square with 39 degrees of freedom exceeds 100 once in several million times.
      assert.ok(statistic < 110, `${request.join(" ")}: ${statistic}`);
    }
  });
}

Deno.test("SRANDMEMBER of more repeated members than a reply can hold is refused", () => {
  const executor = prepared(["x".repeat(4 * 1024 * 1024)]);
  assert.match(executor.run("SRANDMEMBER", "k", "-9223372036854775807"), /^-OOM /);
  assert.equal(executor.run("SCARD", "k"), ":1\r\n");
});
