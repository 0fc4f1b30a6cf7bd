/**
 * What the commands on HyperLogLogs leave for the append-only file and replicas, the key events that they cause, and what
 * they do to the memory. Effects and events are what redis-server 7.0.15 wrote to its append-only file and published.
 */

import assert from "node:assert/strict";
import { byteString } from "../../../src/base/bytes.ts";
import { encodeRequest, Executor } from "../../support/executor.ts";
import { NO_SNAPSHOT } from "../../support/no_snapshot.ts";

/** A request, whether it is its own effect (it has none otherwise), and its events. */
type Row = readonly [request: string, effect: boolean, ...events: string[]];

const rows: readonly Row[] = [
  ["pfadd h", true, "new h", "pfadd h"],
  ["pfadd h", false],
  ["pfadd h a b c", true, "pfadd h"],
  ["pfadd h a", false],
  ["pfcount h", true],
  ["pfcount h", false],
  ["pfcount none", false, "keymiss none"],
  ["pfcount h none", false, "keymiss none"],
  ["pfmerge h", true, "pfadd h"],
  ["pfmerge m h none", true, "keymiss m", "keymiss none", "new m", "pfadd m"],
  ["pfmerge m", true, "pfadd m"],
  ["pfcount m", true],
];

Deno.test("effects and events of the commands on HyperLogLogs", () => {
  const executor = new Executor();
  const effects = executor.recordEffects();
  let events: string[] = [];
  executor.keyspace.events.mask = ~0;
  executor.keyspace.events.listener = {
    event(_eventClass, name, _database, bytes, start, end) {
      events.push(`${name} ${byteString(bytes, start, end)}`);
    },
  };
  executor.run("SET", "first", "1");
  effects(); // With the SELECT that begins the stream.
  for (const [request, isEffect, ...expected] of rows) {
    events = [];
    const reply = executor.run(...request.split(" "));
    assert.ok(!reply.startsWith("-"), reply);
    assert.equal(effects(), isEffect ? encodeRequest(request.split(" ")) : "", `effect of ${request}`);
    assert.deepEqual(events, expected, `events of ${request}`);
  }
});

Deno.test("PFCOUNT tells who watches the key that it changed", () => {
  const executor = new Executor();
  executor.run("PFADD", "h", "a");
  const changed: string[] = [];
  executor.keyspace.events.listen({
    changed: (_database, bytes, start, end) => void changed.push(byteString(bytes, start, end)),
    flushed() {},
    swapped() {},
  });
  executor.run("PFCOUNT", "h");
  executor.run("PFCOUNT", "h");
  assert.deepEqual(changed, ["h"]);
});

for (
  const [what, elements, request] of [
    ["a change in place", 10, "PFADD h x"],
    [
      "sparse registers that become dense",
      1100,
      `PFADD h ${Array.from({ length: 800 }, (_, i) => `y${i}`).join(" ")}`,
    ],
    ["dense registers", 3000, "PFADD h x y z"],
    ["a cardinality", 100, "PFCOUNT h"],
    ["a merger", 100, "PFMERGE h other"],
    ["a dense merger", 3000, "PFMERGE h other"],
  ] as const
) {
  Deno.test(`a snapshot is told before ${what}`, () => {
    const executor = new Executor();
    const { entries, databases } = executor.keyspace;
    executor.run("PFADD", "h", ...Array.from({ length: elements }, (_, i) => `e${i}`));
    executor.run("PFADD", "other", "o1", "o2", "o3");
    const before = executor.run("GET", "h");
    const other = executor.run("GET", "other");
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
    executor.run(...request.split(" "));
    databases[0].snapshot = null;
    assert.equal(`$${saved[0].length}\r\n${saved[0]}\r\n`, before);
    assert.notEqual(executor.run("GET", "h"), before);
    assert.equal(executor.run("GET", "other"), other);
    executor.keyspace.check();
  });
}

Deno.test("HyperLogLogs give their memory back", () => {
  const executor = new Executor();
  executor.run("SET", "first", "1");
  const used = executor.keyspace.arena.used;
  for (let i = 0; i < 3000; i++) executor.run("PFADD", "h", `e${i}`);
  executor.run("PFADD", "small", "x");
  executor.run("PFMERGE", "m", "h", "small");
  executor.run("PFMERGE", "small", "m");
  assert.equal(executor.run("STRLEN", "small"), ":12304\r\n");
  executor.keyspace.check();
  executor.run("DEL", "h", "m", "small");
  assert.equal(executor.keyspace.arena.used, used);
});
