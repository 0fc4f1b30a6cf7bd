/**
 * What the commands on streams leave for the append-only file and replicas, and the key events that they cause. The
 * expectations are what redis-server 7.0.15 wrote to its append-only file and published, but for a LIMIT, which it
 * keeps where nothing is approximate any more and which only a replica would accept, and the consumer that it does not
 * record when one is made by reading history.
 */

import assert from "node:assert/strict";
import { byteString } from "../../../src/base/bytes.ts";
import { encodeEffects, Executor } from "../../support/executor.ts";

/** Milliseconds since the epoch at which the executor's clock stands. */
const NOW = 1_700_000_000_000;

function recordEvents(executor: Executor): () => string[] {
  let events: string[] = [];
  executor.keyspace.events.mask = ~0;
  executor.keyspace.events.listener = {
    event(_eventClass, name, _database, bytes, start, end) {
      events.push(`${name} ${byteString(bytes, start, end)}`);
    },
  };
  return () => {
    const taken = events;
    events = [];
    return taken;
  };
}

/** A request, the effects that it leaves, its events, and how many changes it counts as. */
type Row = readonly [request: string, effects: readonly string[], events: readonly string[], dirty: number];

/** Runs the rows one after the other on one server. */
function check(name: string, rows: readonly Row[], before: readonly string[] = []): void {
  Deno.test(name, () => {
    const executor = new Executor();
    executor.keyspace.limits.streamNodeMaxEntries = 2;
    const effects = executor.recordEffects();
    const events = recordEvents(executor);
    executor.run("SET", "first", "1");
    for (const request of before) executor.run(...request.split(" "));
    effects(); // With the SELECT that begins the stream.
    events();
    for (const [request, expectedEffects, expectedEvents, dirty] of rows) {
      const had = executor.keyspace.dirty;
      const reply = executor.run(...request.split(" "));
      assert.ok(!reply.startsWith("-"), `${request}: ${reply}`);
      const encoded = encodeEffects(expectedEffects.map((effect) => effect.split(" ")));
      assert.equal(effects(), encoded, `effects of ${request}`);
      assert.deepEqual(events(), expectedEvents, `events of ${request}`);
      assert.equal(executor.keyspace.dirty - had, dirty, `changes of ${request}`);
      executor.keyspace.check();
    }
  });
}

check("XADD is recorded with the ID that it chose", [
  ["XADD s 1-1 a 1", ["XADD s 1-1 a 1"], ["new s", "xadd s"], 1],
  ["xadd s nomkstream 1-* a 2", ["xadd s nomkstream 1-2 a 2"], ["xadd s"], 1],
  ["XADD s * a 3", [`XADD s ${NOW}-0 a 3`], ["xadd s"], 1],
  ["XADD s * a 4", [`XADD s ${NOW}-1 a 4`], ["xadd s"], 1],
  ["XADD none NOMKSTREAM * a 1", [], [], 0],
]);

check("Approximate trimming is recorded as what it did", [
  ["XADD s MAXLEN ~ 1 5-0 a 1", ["XADD s MAXLEN = 1 5-0 a 1"], ["xadd s", "xtrim s"], 1],
  ["XADD s MAXLEN ~ 3 * a 1", [`XADD s MAXLEN = 2 ${NOW}-0 a 1`], ["xadd s"], 1],
  ["XADD s MAXLEN 2 * a 1", [`XADD s MAXLEN 2 ${NOW}-1 a 1`], ["xadd s", "xtrim s"], 1],
  [
    `xadd s minid ~ ${NOW} limit 7 ${NOW}-2 a 5`,
    [`xadd s minid = 5-0 ${NOW}-2 a 5`],
    ["xadd s"],
    1,
  ],
  ["XTRIM s MAXLEN ~ 1 LIMIT 2", ["XTRIM s MAXLEN = 2"], ["xtrim s"], 1],
  ["XTRIM s MAXLEN ~ 2", [], [], 0],
  ["XTRIM s MAXLEN 1", ["XTRIM s MAXLEN 1"], ["xtrim s"], 1],
  ["XTRIM s MAXLEN 1", [], [], 0],
  ["XTRIM s MINID ~ 9999999999999", ["XTRIM s MINID = 18446744073709551615-18446744073709551615"], [
    "xtrim s",
  ], 1],
], ["XADD s 1-0 a 1", "XADD s 2-0 a 1", "XADD s 3-0 a 1", "XADD s 4-0 a 1"]);

check("XDEL and XSETID", [
  ["XDEL s 1-1 9-9", ["XDEL s 1-1 9-9"], ["xdel s"], 1],
  ["XDEL s 1-1", [], [], 0],
  ["XDEL s 1-2 1-3", ["XDEL s 1-2 1-3"], ["xdel s"], 2],
  ["XSETID s 99-9 ENTRIESADDED 77", ["XSETID s 99-9 ENTRIESADDED 77"], ["xsetid s"], 1],
], ["XADD s 1-1 a 1", "XADD s 1-2 a 1", "XADD s 1-3 a 1"]);

const FOUR = ["XADD t 1-1 a 1", "XADD t 1-2 a 2", "XADD t 1-3 a 3", "XADD t 1-4 a 3"];

check("XGROUP", [
  ["XGROUP CREATE t g 0", ["XGROUP CREATE t g 0"], ["xgroup-create t"], 1],
  ["XGROUP CREATE m g $ MKSTREAM", ["XGROUP CREATE m g $ MKSTREAM"], ["new m", "xgroup-create m"], 1],
  ["XGROUP CREATECONSUMER t g d", ["XGROUP CREATECONSUMER t g d"], ["xgroup-createconsumer t"], 1],
  ["XGROUP CREATECONSUMER t g d", [], [], 0],
  ["XGROUP SETID t g 0", ["XGROUP SETID t g 0"], ["xgroup-setid t"], 1],
  ["XGROUP DELCONSUMER t g d", ["XGROUP DELCONSUMER t g d"], ["xgroup-delconsumer t"], 1],
  ["XGROUP DELCONSUMER t g d", [], [], 0],
  ["XGROUP DESTROY t g", ["XGROUP DESTROY t g"], ["xgroup-destroy t"], 1],
  ["XGROUP DESTROY t g", [], [], 0],
], FOUR);

const claim = (consumer: string, id: string, time: number, count: number, last: string) =>
  `XCLAIM t g ${consumer} 0 ${id} TIME ${time} RETRYCOUNT ${count} FORCE JUSTID LASTID ${last}`;

check("Deliveries are recorded as claims", [
  [
    "XREADGROUP GROUP g alice COUNT 2 STREAMS t >",
    [claim("alice", "1-1", NOW, 1, "1-1"), claim("alice", "1-2", NOW, 1, "1-2")],
    ["xgroup-createconsumer t"],
    2,
  ],
  ["XREADGROUP GROUP g alice STREAMS t 0", [], [], 1],
  [
    "XREADGROUP GROUP g bob STREAMS t 0",
    ["XGROUP CREATECONSUMER t g bob"],
    ["xgroup-createconsumer t"],
    2,
  ],
  [
    "XREADGROUP GROUP g carol NOACK COUNT 1 STREAMS t >",
    ["XGROUP CREATECONSUMER t g carol", "XGROUP SETID t g 1-3 ENTRIESREAD 3"],
    ["xgroup-createconsumer t"],
    2,
  ],
  ["XREADGROUP GROUP g carol NOACK STREAMS t >", ["XGROUP SETID t g 1-4 ENTRIESREAD 4"], [], 1],
  ["XREADGROUP GROUP g carol NOACK STREAMS t >", [], [], 0],
  [
    "XCLAIM t g erin 0 1-1 1-2 RETRYCOUNT 7",
    [claim("erin", "1-1", NOW, 7, "1-4"), claim("erin", "1-2", NOW, 7, "1-4")],
    ["xgroup-createconsumer t"],
    3,
  ],
  ["XCLAIM t g erin 0 1-4 FORCE JUSTID TIME 5", [claim("erin", "1-4", 5, 1, "1-4")], [], 1],
  ["XCLAIM t g erin 0 9-9 LASTID 8-8", ["XGROUP SETID t g 8-8 ENTRIESREAD 4"], [], 1],
  ["XCLAIM t g erin 1000000000 1-2 LASTID 8-9", ["XGROUP SETID t g 8-9 ENTRIESREAD 4"], [], 1],
  ["XDEL t 1-2", ["XDEL t 1-2"], ["xdel t"], 1],
  ["XCLAIM t g erin 0 1-2", [claim("erin", "1-2", NOW, 7, "8-9")], [], 1],
  [
    "XAUTOCLAIM t g fay 0 0",
    [claim("fay", "1-1", NOW, 8, "8-9"), claim("fay", "1-4", NOW, 2, "8-9")],
    ["xgroup-createconsumer t"],
    3,
  ],
  ["XDEL t 1-4", ["XDEL t 1-4"], ["xdel t"], 1],
  [
    "XAUTOCLAIM t g fay 0 0 JUSTID",
    [claim("fay", "1-1", NOW, 8, "8-9"), claim("fay", "1-4", NOW, 2, "8-9")],
    [],
    2,
  ],
  ["XACK t g 1-1 1-1", ["XACK t g 1-1 1-1"], [], 1],
  ["XACK t g 1-1", [], [], 0],
], [...FOUR, "XGROUP CREATE t g 0"]);
