/** A snapshot that is being taken is told of each change of a set while all its members can still be read. */

import assert from "node:assert/strict";
import { byteString } from "../../../src/base/bytes.ts";
import { Executor } from "../../support/executor.ts";
import { NO_SNAPSHOT } from "../../support/no_snapshot.ts";

/** Requests that change `k`, and `d` where they name it. */
const changes: readonly string[] = [
  "SADD k new",
  `SADD k ${"x".repeat(100)}`,
  "SREM k 1",
  "SREM k 1 2 3 4 5 6 7 8",
  "SPOP k",
  "SPOP k 2",
  "SPOP k 7",
  "SPOP k 8",
  "SMOVE k new 1",
  "SMOVE k d 1",
  "SMOVE d k a",
  "SINTERSTORE k k d",
  "SUNIONSTORE k d",
  "SDIFFSTORE k k k",
];

for (const kind of ["intset", "listpack", "hashtable"]) {
  for (const request of changes) {
    Deno.test(`${kind}: ${request.slice(0, 40)}`, () => {
      const executor = new Executor();
      const { databases, entries, sets } = executor.keyspace;
      executor.run("SADD", "k", "1", "2", "3", "4", "5", "6", "7", "8");
      executor.run("SADD", "d", "a", "b");
      if (kind !== "intset") {
        const passing = kind === "hashtable" ? "x".repeat(65) : "x";
        executor.run("SADD", "k", passing);
        executor.run("SREM", "k", passing);
      }
      assert.ok(executor.run("OBJECT", "ENCODING", "k").includes(kind));
      const read = (entry: number) => {
        const members: string[] = [];
        sets.forEach(entry, (page, at, length) => members.push(byteString(page, at, at + length)));
        return members.sort().join(" ");
      };
      const before = new Map([["k", "1 2 3 4 5 6 7 8"], ["d", "a b"]]);
      const saved = new Map<string, string>();
      databases[0].snapshot = {
        ...NO_SNAPSHOT,
        beforeChange(_database, entry) {
          entries.locateKey(entry);
          const key = byteString(entries.page, entries.at, entries.at + entries.length);
          if (!saved.has(key)) saved.set(key, read(entry));
        },
      };
      assert.ok(!executor.run(...request.split(" ")).startsWith("-"));
      databases[0].snapshot = null;
      assert.ok(saved.has("k"), "The snapshot heard of nothing");
      for (const [key, members] of saved) assert.equal(members, before.get(key));
      assert.equal(saved.has("d"), request.startsWith("SMOVE") && request.includes(" d "));
    });
  }
}
