/** FLUSHALL, FLUSHDB and SWAPDB: who is told, and that the memory comes back. */

import assert from "node:assert/strict";
import { Executor } from "../../support/executor.ts";

/** A server with keys in databases 0, 1 and 5, and the changes that it tells of from now on. */
function filled(): { executor: Executor; told: string[]; empty: number } {
  const executor = new Executor();
  const empty = executor.keyspace.arena.used;
  for (const database of ["0", "1", "5"]) {
    executor.run("SELECT", database);
    for (let i = 0; i < 3000; i++) executor.run("SET", `k${i}`, "v", ...(i % 2 === 0 ? ["EX", "100"] : []));
  }
  executor.run("SELECT", "0");
  const told: string[] = [];
  const { databases, events } = executor.keyspace;
  // Who watches keys has to know whether they were there.
  const tell = (what: string, database: number) =>
    void told.push(`${what} ${database} with ${databases[database].size}`);
  events.listen({
    changed: (database) => void told.push(`key of ${database}`),
    flushed(first, last) {
      for (let database = first; database <= last; database++) tell("flushed", database);
    },
    swapped(first, second) {
      tell("swapped", first);
      tell("swapped", second);
    },
  });
  return { executor, told, empty };
}

Deno.test("FLUSHALL tells of every database before it is empty, and gives all memory back", () => {
  const { executor, told, empty } = filled();
  executor.run("FLUSHALL");
  const sizes = new Map([[0, 3000], [1, 3000], [5, 3000]]);
  assert.deepEqual(
    told,
    executor.keyspace.databases.map((_, index) => `flushed ${index} with ${sizes.get(index) ?? 0}`),
  );
  assert.equal(executor.keyspace.size, 0);
  while (executor.keyspace.lazyfree.step());
  executor.keyspace.check();
  assert.equal(executor.keyspace.arena.used, empty);
});

Deno.test("FLUSHDB tells of its own database only", () => {
  const { executor, told } = filled();
  executor.run("FLUSHDB", "SYNC");
  assert.deepEqual(told, ["flushed 0 with 3000"]);
  assert.deepEqual([0, 1, 5].map((index) => executor.keyspace.databases[index].size), [0, 3000, 3000]);
});

Deno.test("flushing a large database is no more work at once than a small one", () => {
  const { executor } = filled();
  const before = executor.keyspace.arena.used;
  executor.run("FLUSHDB");
  // The entries are still there: they are freed step by step.
  assert.ok(executor.keyspace.arena.used >= before);
  assert.equal(executor.keyspace.lazyfree.pending, 3000);
});

Deno.test("SWAPDB tells of both databases before they change places", () => {
  const { executor, told } = filled();
  executor.run("SWAPDB", "5", "7");
  assert.deepEqual(told, ["swapped 5 with 3000", "swapped 7 with 0"]);
  assert.deepEqual([5, 7].map((index) => executor.keyspace.databases[index].size), [0, 3000]);
  assert.deepEqual([5, 7].map((index) => executor.keyspace.databases[index].volatileSize), [0, 1500]);
  executor.keyspace.check();
  told.length = 0;
  executor.run("SWAPDB", "7", "7");
  assert.deepEqual(told, []);
});
