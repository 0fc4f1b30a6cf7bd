/**
 * What the commands on bitmaps leave for the append-only file and replicas, and the key events that they cause. The
 * expectations are what redis-server 7.0.15 wrote to its append-only file and published.
 */

import assert from "node:assert/strict";
import { byteString } from "../../../src/base/bytes.ts";
import { encodeRequest, Executor } from "../../support/executor.ts";

/** A request, whether it is its own effect (it has none otherwise), and its events. */
type Row = readonly [request: string, effect: boolean, ...events: string[]];

const rows: readonly Row[] = [
  ["setbit k 7 1", true, "new k", "setbit k"],
  ["setbit k 7 1", false],
  ["setbit k 7 0", true, "setbit k"],
  ["setbit k 100 0", true, "setbit k"],
  ["getbit k 1", false],
  ["getbit none 1", false, "keymiss none"],
  ["bitcount none", false, "keymiss none"],
  ["bitcount k", false],
  ["bitpos none 1", false, "keymiss none"],
  ["bitop not d k", true, "new d", "set d"],
  ["bitop and d k none", true, "keymiss none", "set d"],
  ["bitop and d none", true, "keymiss none", "del d"],
  ["bitop and d none", false, "keymiss none"],
  ["BitOp or d2 k", true, "new d2", "set d2"],
  ["bitfield k get u8 0", false],
  ["bitfield none get u8 0", false, "keymiss none"],
  ["bitfield k set u8 0 5 incrby u8 0 1", true, "setbit k"],
  ["bitfield k set u8 0 6", false],
  ["bitfield new overflow fail incrby u2 0 5", false, "new new"],
  ["bitfield new2 overflow fail set u2 0 3", true, "new new2", "setbit new2"],
  ["bitfield_ro k get u8 0", false],
];

Deno.test("effects and events of the commands on bitmaps", () => {
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

Deno.test("BITFIELD counts each field that it changes", () => {
  const executor = new Executor();
  executor.run("SET", "k", "\x00\x07\x00");
  const before = executor.keyspace.dirty;
  executor.run(..."BITFIELD k SET u8 0 1 SET u8 8 7 SET u8 16 1 GET u8 0".split(" "));
  assert.equal(executor.keyspace.dirty - before, 2);
});
