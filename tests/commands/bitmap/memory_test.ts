/** What commands on bitmaps do to the memory: nothing is lost, and a snapshot sees the old value before it changes. */

import assert from "node:assert/strict";
import { byteString } from "../../../src/base/bytes.ts";
import { Executor } from "../../support/executor.ts";
import { NO_SNAPSHOT } from "../../support/no_snapshot.ts";

const long = "\x0f".repeat(20_000);
const changes: [before: string, request: string][] = [
  ["old", "SETBIT k 0 1"],
  ["old", "SETBIT k 50000 1"],
  ["old", "BITFIELD k SET u8 4 255"],
  ["old", "BITFIELD k INCRBY i64 3 255"],
  ["old", "BITOP NOT k k"],
  ["old", "BITOP OR k other"],
  ["old", "BITOP OR k none"],
  [long, "BITOP NOT k k"],
  [long, "BITOP XOR k other k"],
  [long, "BITOP AND k other none"],
];

for (const [before, request] of changes) {
  Deno.test(`a snapshot is told before ${request} changes ${before.length} bytes`, () => {
    const executor = new Executor();
    const { entries, databases } = executor.keyspace;
    executor.run("SET", "k", before);
    executor.run("SET", "other", "x");
    const saved: string[] = [];
    databases[0].snapshot = {
      ...NO_SNAPSHOT,
      beforeChange(_database, entry) {
        entries.locateValue(entry);
        saved.push(byteString(entries.page, entries.at, entries.at + entries.length));
        // A snapshot looks at other entries too.
        entries.locateValue(databases[0].random());
      },
    };
    const reply = executor.run(...request.split(" "));
    databases[0].snapshot = null;
    assert.ok(!reply.startsWith("-"), reply);
    assert.equal(saved[0], before);
    assert.equal(executor.run("GET", "other"), "$1\r\nx\r\n");
    executor.keyspace.check();
  });
}

Deno.test("results of all sizes give their memory back", () => {
  const executor = new Executor();
  executor.run("SET", "first", "1");
  const { arena } = executor.keyspace;
  const used = arena.used;
  for (const length of [1, 100, 3000, 9000, 100_000, 20_000_000]) {
    executor.run("SETBIT", "a", String(length * 8 - 1), "1");
    executor.run("SETBIT", "b", "5", "1");
    executor.run("BITOP", "OR", "c", "a", "b");
    executor.run("BITOP", "XOR", "b", "a", "c");
    executor.run("BITOP", "AND", "a", "b", "c");
    assert.equal(executor.run("STRLEN", "a"), `:${length}\r\n`);
    executor.keyspace.check();
    executor.run("DEL", "a", "b", "c");
    assert.equal(arena.used, used, `after ${length} bytes`);
  }
});

Deno.test("BITOP over an expiring key, in another's place, and over itself where its long value is shorter", () => {
  const executor = new Executor();
  executor.run("SET", "k", "\xf0".repeat(9000), "EX", "100");
  executor.run("SET", "longer", "\x0f".repeat(9050));
  assert.equal(executor.run("BITOP", "OR", "k", "k", "longer"), ":9050\r\n");
  assert.equal(executor.run("TTL", "k"), ":-1\r\n");
  assert.equal(executor.run("GET", "k"), `$9050\r\n${"\xff".repeat(9000)}${"\x0f".repeat(50)}\r\n`);
  executor.run("SET", "k", "\xf0".repeat(9000));
  assert.equal(executor.run("BITOP", "XOR", "k", "longer", "k"), ":9050\r\n");
  assert.equal(executor.run("GET", "k"), `$9050\r\n${"\xff".repeat(9000)}${"\x0f".repeat(50)}\r\n`);
  executor.keyspace.check();
});
