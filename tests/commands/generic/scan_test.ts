/** What SCAN guarantees while keys come and go, and how much one call returns. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { Executor } from "../../support/executor.ts";
import { parseReplies } from "../../support/replies.ts";

function scan(executor: Executor, cursor: string, ...options: string[]): { cursor: string; keys: string[] } {
  const [reply] = parseReplies(executor.run("SCAN", cursor, ...options));
  const [next, keys] = reply.items!;
  return { cursor: next.text!, keys: keys.items!.map((key) => key.text!) };
}

Deno.test("a key that is there throughout is returned once, whatever comes and goes meanwhile", () => {
  const change = fc.record({ remove: fc.boolean(), from: fc.nat(3000), count: fc.nat(1500) });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 12 }), fc.integer({ min: 1, max: 400 }), (changes, count) => {
      const executor = new Executor();
      const lasting = Array.from({ length: 300 }, (_, index) => `lasting:${index}`);
      executor.run("MSET", ...lasting.flatMap((key) => [key, "v"]));
      const returned: string[] = [];
      let cursor = "0";
      let step = 0;
      do {
        const call = scan(executor, cursor, "COUNT", String(count));
        returned.push(...call.keys.filter((key) => key.startsWith("lasting")));
        cursor = call.cursor;
        const now = changes[step++];
        if (now === undefined || now.count === 0) continue;
        const keys = Array.from({ length: now.count }, (_, index) => `fleeting:${now.from + index}`);
        if (now.remove) executor.run("DEL", ...keys);
        else executor.run("MSET", ...keys.flatMap((key) => [key, "v"]));
      } while (cursor !== "0");
      assert.deepEqual(returned.toSorted(), lasting.toSorted());
      executor.keyspace.check();
    }),
    { numRuns: 30 },
  );
});

Deno.test("a call returns about as many keys as it is asked for", () => {
  const executor = new Executor();
  executor.run("MSET", ...Array.from({ length: 20_000 }, (_, index) => [`key:${index}`, "v"]).flat());
  for (const count of [10, 100, 1000]) {
    let cursor = "0";
    let calls = 0;
    do {
      const call = scan(executor, cursor, "COUNT", String(count));
      cursor = call.cursor;
      calls++;
      // Keys that share a place come together, so it may be some more; Redis promises no more than this either.
      assert.ok(call.keys.length <= count + 50, `${call.keys.length} keys of ${count}`);
      assert.ok(cursor === "0" || call.keys.length >= count, `${call.keys.length} keys of ${count}`);
    } while (cursor !== "0");
    assert.ok(calls <= 20_000 / count + 1, `${calls} calls`);
  }
});

Deno.test("a cursor beyond all hashes ends the scan", () => {
  const executor = new Executor();
  executor.run("MSET", ...Array.from({ length: 1000 }, (_, index) => [`key:${index}`, "v"]).flat());
  for (const cursor of ["4294967296", "18446744073709551615", "-1"]) {
    assert.deepEqual(scan(executor, cursor), { cursor: "0", keys: [] });
  }
});

Deno.test("expired keys are counted for COUNT, not returned, and gone", () => {
  const executor = new Executor();
  executor.run("MSET", "a", "v", "b", "v");
  for (let i = 0; i < 100; i++) executor.run("SET", `short:${i}`, "v", "PX", "10");
  executor.clock.advance(11);
  assert.equal(executor.run("DBSIZE"), ":102\r\n");
  assert.deepEqual(scan(executor, "0", "COUNT", "1000").keys.toSorted(), ["a", "b"]);
  assert.equal(executor.run("DBSIZE"), ":2\r\n");
  assert.equal(executor.keyspace.statistics.expired, 100);
});
