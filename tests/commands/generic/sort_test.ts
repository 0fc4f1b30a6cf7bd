/** SORT where redis-server 7.0 has nothing to compare with, or would take long to. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { parseReplies } from "../../support/replies.ts";
import { encodeRequest, Executor } from "../../support/executor.ts";
import { runs } from "../../support/property.ts";

Deno.test("a field that has expired weighs nothing and is null", () => {
  const executor = new Executor();
  executor.run("RPUSH", "l", "1", "2", "3");
  for (const [key, weight] of [["h1", "30"], ["h2", "-20"], ["h3", "10"]]) {
    executor.run("HSET", key, "w", weight);
  }
  executor.run("HPEXPIRE", "h2", "100", "FIELDS", "1", "w");
  assert.equal(executor.run("SORT", "l", "BY", "h*->w"), encodeRequest(["2", "3", "1"]));
  executor.clock.advance(101);
  assert.equal(executor.run("SORT", "l", "BY", "h*->w", "DESC"), encodeRequest(["1", "3", "2"]));
  assert.equal(executor.run("SORT", "l", "GET", "h*->w"), "*3\r\n$2\r\n30\r\n$-1\r\n$2\r\n10\r\n");
});

Deno.test("members of sets and sorted sets in all encodings are sorted as numbers, equal ones as bytes", () => {
  fc.assert(
    fc.property(
      fc.constantFrom("RPUSH", "SADD", "ZADD"),
      fc.uniqueArray(fc.oneof(fc.integer(), fc.double({ noNaN: true, min: -1e6, max: 1e6 })).map(String), {
        minLength: 1,
        maxLength: 200,
      }),
      fc.boolean(),
      (command, numbers, descending) => {
        const members = numbers.filter((text) => Math.abs(Number(text)) >= 1e-300 || Number(text) === 0);
        if (members.length === 0) return;
        const executor = new Executor();
        executor.run(command, "k", ...members.flatMap((text) => command === "ZADD" ? ["0", text] : [text]));
        const sorted = members.toSorted((a, b) => Number(a) - Number(b) || (a < b ? -1 : 1));
        if (descending) sorted.reverse();
        const order = descending ? ["DESC"] : [];
        assert.equal(executor.run("SORT", "k", ...order), encodeRequest(sorted));
        assert.equal(executor.run("SORT", "k", ...order, "STORE", "d"), `:${sorted.length}\r\n`);
        assert.equal(executor.run("LRANGE", "d", "0", "-1"), encodeRequest(sorted));
        executor.keyspace.check();
      },
    ),
    runs(60),
  );
});

Deno.test("a range of a large result is the same as that range of all of it", () => {
  const executor = new Executor();
  const members = Array.from({ length: 20_000 }, (_, i) => String((i * 7919) % 20_011));
  executor.run("RPUSH", "l", ...members);
  const [all] = parseReplies(executor.run("SORT", "l", "ALPHA"));
  const [some] = parseReplies(executor.run("SORT", "l", "ALPHA", "LIMIT", "15000", "100"));
  assert.deepEqual(all.items?.slice(15_000, 15_100), some.items);
  assert.deepEqual(all.items?.map(({ text }) => text), members.toSorted());
});
