/**
 * RESTORE: its effects and events, where it fails, and what it tells of a key's use. The effects and events are those
 * of redis-server 7.0.15.
 */

import assert from "node:assert/strict";
import { byteString } from "../../../src/base/bytes.ts";
import { payload, string } from "../../persistence/rdb_payloads.ts";
import { samples } from "../../persistence/rdb_samples.ts";
import { refuseAllocations } from "../../store/modelled_keyspace.ts";
import { encodeRequest, Executor } from "../../support/executor.ts";

const OK = "+OK\r\n";
/** Milliseconds since the epoch at which the executor's clock stands. */
const NOW = 1_700_000_000_000;
const HELLO = payload(0, string("hello"));

/** A request, the changes that it counts, its effect (undefined: none; otherwise as a request), and its events. */
type Row = readonly [
  request: readonly string[],
  changes: number,
  effect: readonly string[] | undefined,
  ...events: string[],
];

function check(name: string, rows: readonly Row[]): void {
  Deno.test(name, () => {
    const executor = new Executor();
    const { keyspace } = executor;
    const effects = executor.recordEffects();
    const events: string[] = [];
    keyspace.events.mask = ~0;
    keyspace.events.listener = {
      event(_eventClass, name, database, bytes, start, end) {
        events.push(`${name} ${database}:${byteString(bytes, start, end)}`);
      },
    };
    executor.run("SET", "first", "1");
    effects(); // With the SELECT that begins the stream.
    for (const [request, changes, effect, ...expected] of rows) {
      const before = keyspace.dirty;
      events.length = 0;
      assert.equal(executor.run(...request), OK);
      assert.equal(effects(), effect === undefined ? "" : encodeRequest(effect));
      assert.equal(keyspace.dirty - before, changes);
      assert.deepEqual(events, expected);
    }
    keyspace.check();
  });
}

const plain = ["RESTORE", "k", "0", HELLO];
check("RESTORE without a time to live is its own effect", [
  [plain, 1, plain, "new 0:k", "restore 0:k"],
  [[...plain, "REPLACE"], 1, [...plain, "REPLACE"], "new 0:k", "restore 0:k"],
]);

check("RESTORE with a time to live is recorded with the time at which the key expires", [
  [
    ["restore", "k", "100", HELLO],
    1,
    ["restore", "k", `${NOW + 100}`, HELLO, "ABSTTL"],
    "new 0:k",
    "restore 0:k",
  ],
  [
    ["RESTORE", "k", "5", HELLO, "replace", "IDLETIME", "7"],
    1,
    ["RESTORE", "k", `${NOW + 5}`, HELLO, "replace", "IDLETIME", "7", "ABSTTL"],
    "new 0:k",
    "restore 0:k",
  ],
  [
    ["RESTORE", "k", `${NOW + 5}`, HELLO, "REPLACE", "ABSTTL"],
    1,
    ["RESTORE", "k", `${NOW + 5}`, HELLO, "REPLACE", "ABSTTL"],
    "new 0:k",
    "restore 0:k",
  ],
]);

check("RESTORE of what has expired removes the key that it replaces", [
  [["RESTORE", "k", "1", HELLO, "ABSTTL"], 0, undefined],
  [plain, 1, plain, "new 0:k", "restore 0:k"],
  [["RESTORE", "k", `${NOW}`, HELLO, "ABSTTL", "REPLACE"], 1, ["DEL", "k"], "del 0:k"],
  [["RESTORE", "k", `${NOW}`, HELLO, "ABSTTL", "REPLACE"], 0, undefined],
  // Times beyond 2^63 wrap to the past.
  [["RESTORE", "k", "9223372036854775807", HELLO], 0, undefined],
]);

Deno.test("RESTORE sets the expiry, to the millisecond", () => {
  const executor = new Executor();
  executor.run("RESTORE", "k", "1500", HELLO);
  assert.equal(executor.run("PEXPIRETIME", "k"), `:${NOW + 1500}\r\n`);
  executor.clock.advance(1501);
  assert.equal(executor.run("EXISTS", "k"), ":0\r\n");
  executor.run("RESTORE", "k", "9007199254740991", HELLO, "ABSTTL");
  assert.equal(executor.run("PEXPIRETIME", "k"), ":9007199254740991\r\n");
  executor.keyspace.check();
});

Deno.test("RESTORE keeps what has expired where the primary decides about that", () => {
  const executor = new Executor();
  executor.keyspace.expiresKeys = false;
  assert.equal(executor.run("RESTORE", "k", "5", HELLO, "ABSTTL"), OK);
  assert.equal(executor.run("DBSIZE"), ":1\r\n");
  assert.equal(executor.run("GET", "k"), "$-1\r\n");
});

Deno.test("RESTORE tells when the key was last used", () => {
  const executor = new Executor();
  const idle = (...options: string[]) => {
    assert.equal(executor.run("RESTORE", "k", "0", HELLO, "REPLACE", ...options), OK);
    return executor.run("OBJECT", "IDLETIME", "k");
  };
  assert.equal(idle(), ":0\r\n");
  assert.equal(idle("IDLETIME", "0"), ":0\r\n");
  assert.equal(idle("IDLETIME", "100"), ":100\r\n");
  assert.equal(idle("FREQ", "255"), ":0\r\n");
  // As the oracle says: it keeps 24 bits.
  assert.equal(idle("IDLETIME", "99999999999"), ":7792639\r\n");
});

Deno.test("RESTORE over a key wakes up who waits for a new one", () => {
  const executor = new Executor();
  const ready: string[] = [];
  executor.keyspace.events.waiters = {
    ready: (_database, bytes, start, end) => ready.push(byteString(bytes, start, end)),
    flushed() {},
    swapped() {},
  };
  executor.run("SET", "k", "v");
  ready.length = 0;
  executor.run("RESTORE", "k", "0", payload(1, "\x01\x01a"), "REPLACE");
  assert.deepEqual(ready, ["k"]);
  executor.keyspace.events.waiters = null;
});

Deno.test("RESTORE that is refused leaves the key that it would replace", () => {
  const executor = new Executor();
  executor.run("SET", "k", "v", "EX", "100");
  const broken = payload(2, "\x02\x01a\x01a");
  assert.equal(executor.run("RESTORE", "k", "0", broken, "REPLACE"), "-ERR Bad data format\r\n");
  assert.equal(executor.run("GET", "k"), "$1\r\nv\r\n");
  assert.equal(executor.run("TTL", "k"), ":100\r\n");
});

for (const { name, payload } of samples) {
  Deno.test(`where there is no memory to restore ${name}, nothing changes and nothing leaks`, () => {
    const executor = new Executor();
    const { keyspace } = executor;
    executor.run("SET", "k", "old", "EX", "100");
    const used = keyspace.arena.used;
    let refusals = 0;
    for (;; refusals++) {
      const allow = refuseAllocations(keyspace, refusals);
      const reply = executor.run("RESTORE", "k", "0", payload, "REPLACE");
      allow();
      while (keyspace.lazyfree.step());
      keyspace.check();
      if (reply === OK) break;
      assert.match(reply, /^-OOM /);
      assert.equal(keyspace.arena.used, used, `after ${refusals} allocations`);
      assert.equal(executor.run("GET", "k"), "$3\r\nold\r\n");
      assert.equal(executor.run("TTL", "k"), ":100\r\n");
    }
    assert.ok(refusals > 0);
  });
}
