/** What commands on lists do to the memory: a snapshot sees the old value, and what is refused changes nothing. */

import assert from "node:assert/strict";
import { byteString } from "../../../src/base/bytes.ts";
import { encodeRequest, Executor } from "../../support/executor.ts";
import { NO_SNAPSHOT } from "../../support/no_snapshot.ts";
import { ownedBytes, refuseAllocations } from "../../store/modelled_keyspace.ts";

const LONG = "x".repeat(3000);
const changes = [
  "LPUSH l x y",
  "RPUSH l x y",
  "RPUSHX l x",
  `LPUSH l ${LONG} 1 ${LONG} ${LONG} ${LONG}`,
  `LINSERT l AFTER a ${LONG}`,
  "LINSERT l BEFORE 1 x",
  "LSET l 1 x",
  `LSET l 1 ${LONG}${LONG}${LONG}`,
  "LMOVE l m LEFT RIGHT",
  "LMOVE l new LEFT RIGHT",
  "LMOVE l l LEFT RIGHT",
  "LMOVE single m LEFT RIGHT",
  "RPOPLPUSH m l",
  "BLMOVE l m RIGHT RIGHT 0",
  "LPOP l",
  "RPOP l 2",
  "LPOP l 1000",
  "LREM l 1 a",
  "LREM l -1 a",
  "LREM l 0 a",
  "LTRIM l 1 3",
  "LTRIM l 9 3",
  "LMPOP 1 l LEFT COUNT 2",
  "BLPOP l 0",
  "RPUSH new x y",
  `RPUSH new ${LONG} 1 ${LONG} ${LONG} ${LONG}`,
  "SORT l ALPHA STORE l",
  "SORT l ALPHA STORE new",
];

function prepared(kind: string): Executor {
  const executor = new Executor();
  executor.run("RPUSH", "l", "a", "b", "1", "a", "c");
  if (kind === "quicklist") {
    executor.run(
      "RPUSH",
      "l",
      ...Array.from({ length: 12 }, (_, i) => String(i % 10).repeat(1500)),
      "a",
      "1",
    );
  }
  executor.run("RPUSH", "m", "x", "y");
  executor.run("RPUSH", "single", "1");
  return executor;
}

function contents(executor: Executor): Map<string, string> {
  return new Map(["l", "m", "single", "new"].map((key) => [key, executor.run("LRANGE", key, "0", "-1")]));
}

for (const kind of ["listpack", "quicklist"]) {
  for (const request of changes) {
    const name = `${kind}: ${request.slice(0, 40)}`;

    Deno.test(`a snapshot is told before ${name}`, () => {
      const executor = prepared(kind);
      const { databases, entries, lists } = executor.keyspace;
      const before = contents(executor);
      const saved = new Map<string, string>();
      databases[0].snapshot = {
        ...NO_SNAPSHOT,
        beforeChange(_database, entry) {
          const elements: string[] = [];
          for (let more = lists.seek(entry, 0); more; more = lists.next()) {
            lists.get();
            elements.push(byteString(lists.page, lists.at, lists.at + lists.length));
          }
          entries.locateKey(entry);
          const key = byteString(entries.page, entries.at, entries.at + entries.length);
          if (!saved.has(key)) saved.set(key, encodeRequest(elements));
          entries.locateKey(databases[0].random());
        },
      };
      assert.ok(!executor.run(...request.split(" ")).startsWith("-"));
      databases[0].snapshot = null;
      const after = contents(executor);
      for (const [key, old] of before) {
        if (old !== after.get(key) && old !== "*0\r\n") assert.equal(saved.get(key), old, key);
        else if (saved.has(key)) assert.equal(saved.get(key), old, key);
      }
      executor.keyspace.check();
    });

    Deno.test(`without memory nothing changes: ${name}`, () => {
      for (let left = 0;; left++) {
        const executor = prepared(kind);
        const { arena } = executor.keyspace;
        const effects = executor.recordEffects();
        const before = contents(executor);
        const unowned = arena.used - ownedBytes(executor.keyspace);
        const allow = refuseAllocations(executor.keyspace, left);
        const reply = executor.run(...request.split(" "));
        allow();
        executor.keyspace.check();
        assert.equal(arena.used - ownedBytes(executor.keyspace), unowned, `allocation ${left + 1}: a leak`);
        if (!reply.startsWith("-")) break;
        assert.match(reply, /^-OOM/);
        assert.deepEqual(contents(executor), before, `allocation ${left + 1}`);
        assert.equal(effects(), "");
      }
    });
  }
}
