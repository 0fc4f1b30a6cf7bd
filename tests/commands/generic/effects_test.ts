/**
 * What the commands on keys of any type leave for the append-only file and replicas, how many changes they count, and
 * the key events that they cause. The expectations are what redis-server 7.0.15 wrote to its append-only file, counted
 * in `rdb_changes_since_last_save` and published.
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
    event(_eventClass, name, database, bytes, start, end) {
      events.push(`${name} ${database}:${byteString(bytes, start, end)}`);
    },
  };
  return () => {
    const taken = events;
    events = [];
    return taken;
  };
}

/** A request, the changes that it counts, the effects that it leaves, and its events, with the database's number. */
type Row = readonly [request: string, dirty: number, effects: readonly string[], ...events: string[]];

/** Runs the rows one after the other on one server. */
function check(name: string, rows: readonly Row[]): void {
  Deno.test(name, () => {
    const executor = new Executor();
    const { keyspace } = executor;
    const effects = executor.recordEffects();
    const events = recordEvents(executor);
    executor.run("SET", "first", "1");
    effects(); // With the SELECT that begins the stream.
    events();
    for (const [request, changes, expectedEffects, ...expectedEvents] of rows) {
      const before = keyspace.dirty;
      const reply = executor.run(...request.split(" "));
      assert.ok(!reply.startsWith("-ERR unknown"), reply);
      const expected = encodeEffects(expectedEffects.map((effect) => effect.split(" ")));
      assert.equal(effects(), expected, `effects of ${request}`);
      assert.equal(keyspace.dirty - before, changes, `changes by ${request}`);
      assert.deepEqual(events(), expectedEvents, `events of ${request}`);
    }
    keyspace.check();
  });
}

const set = (request: string): Row => [request, 1, [request], "new 0:k", "set 0:k"];

check("Times to live are recorded as points in time, conditions included", [
  set("SET k v"),
  ["EXPIRE k 100", 1, [`PEXPIREAT k ${NOW + 100_000}`], "expire 0:k"],
  ["pexpire k 100 gt", 0, []],
  ["expire k 200 XX gt", 1, [`PEXPIREAT k ${NOW + 200_000} XX gt`], "expire 0:k"],
  ["PEXPIRE k 1500", 1, [`PEXPIREAT k ${NOW + 1500}`], "expire 0:k"],
  ["EXPIREAT k 33177117420", 1, ["PEXPIREAT k 33177117420000"], "expire 0:k"],
  ["pexpireat k 33177117420001 GT", 1, ["pexpireat k 33177117420001 GT"], "expire 0:k"],
  ["EXPIRE k 100 NX", 0, []],
  ["EXPIRE missing 100", 0, []],
  ["PERSIST k", 1, ["PERSIST k"], "persist 0:k"],
  ["PERSIST k", 0, []],
]);

check("A time that has passed removes the key", [
  set("SET k v"),
  ["EXPIRE k 0", 1, ["DEL k"], "del 0:k"],
  set("SET k v"),
  ["PEXPIREAT k 5", 1, ["DEL k"], "del 0:k"],
  set("SET k v"),
  ["CONFIG SET lazyfree-lazy-expire yes", 0, []],
  ["EXPIRE k -5", 1, ["UNLINK k"], "del 0:k"],
  ["EXPIRE k -5", 0, []],
]);

check("DEL and UNLINK are recorded as they came, and count the keys that there were", [
  set("SET k v"),
  ["DEL k first missing k", 2, ["DEL k first missing k"], "del 0:k", "del 0:first"],
  ["UNLINK k", 0, []],
  set("SET k v"),
  ["unlink k k", 1, ["unlink k k"], "del 0:k"],
]);

check("RENAME counts one change and tells of both keys", [
  set("SET k v"),
  ["RENAME k l", 1, ["RENAME k l"], "new 0:l", "rename_from 0:k", "rename_to 0:l"],
  ["RENAMENX l first", 0, []],
  ["RENAME l first", 1, ["RENAME l first"], "new 0:first", "rename_from 0:l", "rename_to 0:first"],
  ["RENAME first first", 0, []],
  ["RENAMENX first l", 1, ["RENAMENX first l"], "new 0:l", "rename_from 0:first", "rename_to 0:l"],
  ["RENAME missing l", 0, []],
]);

check("COPY and MOVE tell of keys where they are", [
  set("SET k v"),
  ["COPY k l", 1, ["COPY k l"], "new 0:l", "copy_to 0:l"],
  ["COPY k l", 0, []],
  ["COPY k l REPLACE", 1, ["COPY k l REPLACE"], "new 0:l", "copy_to 0:l"],
  ["COPY k l DB 1", 1, ["COPY k l DB 1"], "new 1:l", "copy_to 1:l"],
  ["MOVE k 2", 1, ["MOVE k 2"], "new 2:k", "move_from 0:k", "move_to 2:k"],
  ["MOVE k 2", 0, []],
  ["MOVE l 1", 0, []],
]);

check("Flushing is recorded even where nothing was there", [
  set("SET k v"),
  ["FLUSHDB", 2, ["FLUSHDB"]],
  ["flushdb async", 0, ["flushdb async"]],
  set("SET k v"),
  ["COPY k k DB 1", 1, ["COPY k k DB 1"], "new 1:k", "copy_to 1:k"],
  ["FLUSHALL SYNC", 2, ["FLUSHALL SYNC"]],
  ["FLUSHALL", 0, ["FLUSHALL"]],
  ["FLUSHALL JUNK", 0, []],
  ["SWAPDB 0 1", 1, ["SWAPDB 0 1"]],
  ["SWAPDB 0 0", 1, ["SWAPDB 0 0"]],
]);

check("Reading commands tell of keys that they miss, OBJECT and those that change keys do not", [
  ...["EXISTS x", "TYPE x", "TTL x", "PEXPIRETIME x", "TOUCH x", "COPY x y"].map((request): Row => [
    request,
    0,
    [],
    "keymiss 0:x",
  ]),
  ...["OBJECT ENCODING x", "MEMORY USAGE x", "EXPIRE x 5", "PERSIST x", "DEL x", "MOVE x 1", "RENAME x y"]
    .map(
      (request): Row => [request, 0, []],
    ),
]);

/** Sets a key that has already expired. */
const setExpired = (key: string): Row => [
  `SET ${key} v PXAT 1`,
  1,
  [`SET ${key} v PXAT 1`],
  `new 0:${key}`,
  `set 0:${key}`,
  `expire 0:${key}`,
];

check("A key found to have expired is removed first, and that counts as no change", [
  setExpired("k"),
  ["DEL k", 0, ["DEL k"], "expired 0:k"],
  setExpired("k"),
  [
    "RENAMENX first k",
    1,
    ["DEL k", "RENAMENX first k"],
    "expired 0:k",
    "new 0:k",
    "rename_from 0:first",
    "rename_to 0:k",
  ],
  setExpired("l"),
  ["COPY k l", 1, ["DEL l", "COPY k l"], "expired 0:l", "new 0:l", "copy_to 0:l"],
  ...["EXPIRE m 100", "PERSIST m", "OBJECT ENCODING m", "SCAN 0 COUNT 100"].flatMap((request): Row[] => [
    setExpired("m"),
    [request, 0, ["DEL m"], "expired 0:m"],
  ]),
  ...["EXISTS m", "TTL m", "TYPE m", "TOUCH m", "SCAN 0 COUNT 100 TYPE list"].flatMap((request): Row[] => [
    setExpired("m"),
    [request, 0, ["DEL m"], "expired 0:m", "keymiss 0:m"],
  ]),
  setExpired("m"),
  ["KEYS *", 0, []],
  ["SCAN 0 COUNT 100 MATCH k", 0, []],
]);
