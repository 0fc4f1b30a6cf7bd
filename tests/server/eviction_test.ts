/**
 * Eviction: the memory stays within the limit, what is left is what was written, nothing leaks, and everybody is told.
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { byteString } from "../../src/base/bytes.ts";
import { Executor } from "../support/executor.ts";
import { runs } from "../support/property.ts";
import { encodeRequest } from "../support/executor.ts";

const POLICIES = [
  "noeviction",
  "allkeys-lru",
  "allkeys-lfu",
  "allkeys-lrm",
  "allkeys-random",
  "allkeys-s3-fifo",
  "volatile-lru",
  "volatile-lfu",
  "volatile-lrm",
  "volatile-random",
  "volatile-ttl",
] as const;

const LIMIT = 60_000;
/** More than any request of the property needs: a value of 6,000 bytes twice, and segments of dictionaries. */
const NEED = 40_000;

const key = fc.integer({ min: 0, max: 150 }).map((i) => `key:${i}`);
const text = fc.integer({ min: 0, max: 6000 }).map((length) => "v".repeat(length));
const word = fc.integer({ min: 0, max: 300 }).map((i) => `member:${i}`);
const request = fc.oneof(
  fc.tuple(fc.constant("SET"), key, text),
  fc.tuple(fc.constant("SET"), key, text, fc.constant("PX"), fc.constantFrom("50", "100000")),
  fc.tuple(fc.constant("APPEND"), key, text),
  fc.tuple(fc.constant("GET"), key),
  fc.tuple(fc.constant("DEL"), key),
  fc.tuple(fc.constant("PEXPIRE"), key, fc.constantFrom("50", "100000")),
  fc.tuple(fc.constant("PERSIST"), key),
  fc.tuple(fc.constant("RENAME"), key, key),
  fc.tuple(fc.constant("COPY"), key, key, fc.constant("REPLACE")),
  fc.tuple(fc.constant("RPUSH"), fc.constant("list"), text),
  fc.tuple(fc.constant("LPOP"), fc.constant("list")),
  fc.tuple(fc.constant("SADD"), fc.constantFrom("set", "other"), word, word),
  fc.tuple(fc.constant("SUNIONSTORE"), fc.constant("union"), fc.constant("set"), fc.constant("other")),
  fc.tuple(fc.constant("HSET"), fc.constant("hash"), word, text),
  fc.tuple(fc.constant("ZADD"), fc.constant("sorted"), fc.constant("1"), word),
  fc.tuple(fc.constant("SELECT"), fc.constantFrom("0", "0", "0", "1")),
);

/** Evicts on one server, and removes from the other, which has no limit, what the first one evicts. */
class Pair {
  readonly limited = new Executor();
  readonly model = new Executor();
  readonly #evicted: [database: number, key: string][] = [];

  constructor(policy: string) {
    const { keyspace } = this.limited;
    this.limited.run("CONFIG", "SET", "maxmemory-policy", policy, "maxmemory", String(LIMIT));
    let count = 0;
    keyspace.events.listen({
      changed: (database, bytes, start, end) => {
        if (keyspace.statistics.evicted === count) return;
        count = keyspace.statistics.evicted;
        this.#evicted.push([database, byteString(bytes, start, end)]);
      },
      flushed() {},
      swapped() {},
    });
  }

  run(request: readonly string[]): void {
    const reply = this.limited.run(...request);
    const selected = this.model.session.database;
    for (const [database, key] of this.#evicted.splice(0)) {
      this.model.run("SELECT", String(database));
      this.model.run("UNLINK", key);
    }
    this.model.run("SELECT", String(selected));
    if (!reply.startsWith("-OOM")) {
      assert.equal(reply, this.model.run(...request), request.join(" ").slice(0, 80));
    }
    const { counted } = this.limited.server.memory;
    assert.ok(counted <= LIMIT + NEED, `${counted} bytes in use`);
  }

  advance(milliseconds: number): void {
    this.limited.clock.advance(milliseconds);
    this.model.clock.advance(milliseconds);
  }

  /** All data is intact, the same on both, and gone after FLUSHALL. */
  check(): void {
    // Not by a request, which would evict once more.
    this.limited.server.configuration.set([["maxmemory", "0"]], { local: true });
    const [found, expected] = [this.limited, this.model].map((executor) => {
      while (executor.keyspace.lazyfree.step());
      executor.keyspace.check();
      return contents(executor);
    });
    assert.deepEqual(found, expected);
    this.limited.run("FLUSHALL");
    while (this.limited.keyspace.lazyfree.step());
    this.limited.keyspace.eviction.policy = "noeviction";
    assert.equal(this.limited.keyspace.arena.used, new Executor().keyspace.arena.used);
  }
}

function contents(executor: Executor): string[] {
  const dumps: string[] = [];
  for (const database of ["0", "1"]) {
    executor.run("SELECT", database);
    const keys = executor.run("KEYS", "*").split("\r\n").filter((line) => /^[a-z]/.test(line)).sort();
    for (const key of keys) {
      dumps.push(`${database} ${key} ${executor.run("PTTL", key)} ${executor.run("SORT", key, "ALPHA")}`);
      dumps.push(executor.run("GET", key), executor.run("HVALS", key).split("\r\n").sort().join());
    }
  }
  return dumps;
}

for (const policy of POLICIES) {
  Deno.test(`${policy}: memory stays within the limit and what is left is right`, () => {
    const steps = fc.array(fc.oneof({ weight: 20, arbitrary: request }, fc.integer({ min: 1, max: 60 })), {
      minLength: 50,
      maxLength: 400,
      size: "max",
    });
    fc.assert(
      fc.property(steps, (steps) => {
        const pair = new Pair(policy);
        for (const step of steps) {
          if (typeof step === "number") pair.advance(step);
          else pair.run(step);
        }
        pair.check();
      }),
      { ...runs(15), endOnFailure: true },
    );
  });
}

/** A server with a policy and `count` keys `k0`, `k1` ... of about a thousand bytes, made a second apart. */
function filled(policy: string, count: number, ...options: string[]): Executor {
  const executor = new Executor();
  executor.run("CONFIG", "SET", "maxmemory-policy", policy, "maxmemory-samples", "50");
  for (let i = 0; i < count; i++) {
    executor.clock.advance(1000);
    executor.run("SET", `k${i}`, "v".repeat(1000), ...options);
  }
  return executor;
}

/** Lowers the limit by about `bytes` and returns the keys that are left after the next command. */
function keysAfterLosing(executor: Executor, bytes: number): string[] {
  const limit = executor.server.memory.counted - bytes;
  executor.run("CONFIG", "SET", "maxmemory", String(limit));
  executor.run("PING");
  return executor.run("KEYS", "*").split("\r\n").filter((line) => line.startsWith("k")).sort();
}

Deno.test("LRU evicts what was used longest ago, LRM what was changed longest ago", () => {
  for (const [policy, left] of [["allkeys-lru", ["k0", "k4"]], ["allkeys-lrm", ["k1", "k4"]]] as const) {
    const executor = filled(policy, 5);
    executor.clock.advance(1000);
    executor.run("APPEND", "k1", "x");
    executor.clock.advance(1000);
    executor.run("GET", "k4");
    executor.clock.advance(1000);
    executor.run("GET", "k0");
    assert.deepEqual(keysAfterLosing(executor, 2500), left, policy);
  }
});

Deno.test("LRM takes a change inside a collection for a change", () => {
  const executor = filled("allkeys-lrm", 4);
  executor.run("RPUSH", "k-list", "a");
  executor.clock.advance(5000);
  executor.run("SET", "k4", "v");
  executor.clock.advance(5000);
  executor.run("RPUSH", "k-list", "b");
  executor.run("CLIENT", "NO-TOUCH", "ON");
  assert.deepEqual(keysAfterLosing(executor, 3900), ["k-list", "k4"]);
});

Deno.test("LFU evicts what was used least", () => {
  const executor = filled("allkeys-lfu", 5);
  executor.run("CONFIG", "SET", "lfu-log-factor", "0");
  for (const key of ["k1", "k1", "k3", "k3", "k0"]) executor.run("GET", key);
  assert.deepEqual(keysAfterLosing(executor, 2500), ["k1", "k3"]);
});

Deno.test("volatile-ttl evicts what expires first, and leaves keys that do not expire alone", () => {
  const executor = filled("volatile-ttl", 5);
  for (const [key, seconds] of [["k0", "5000"], ["k1", "50"], ["k3", "500"]]) {
    executor.run("EXPIRE", key, seconds);
  }
  assert.deepEqual(keysAfterLosing(executor, 1500), ["k0", "k2", "k4"]);
  assert.deepEqual(keysAfterLosing(executor, 4000), ["k2", "k4"]);
  assert.match(executor.run("SET", "new", "v"), /^-OOM/);
});

Deno.test("evictions are effects, before the command that needs the room", () => {
  for (const [lazy, name] of [["no", "DEL"], ["yes", "UNLINK"]]) {
    const executor = filled("allkeys-lru", 2);
    const effects = executor.recordEffects();
    executor.run("CONFIG", "SET", "lazyfree-lazy-eviction", lazy);
    executor.run("CONFIG", "SET", "maxmemory", String(executor.server.memory.counted - 500));
    executor.run("SET", "k9", "v");
    assert.equal(
      effects(),
      [["SELECT", "0"], [name, "k0"], ["SET", "k9", "v"]].map((words) => encodeRequest(words)).join(""),
    );
  }
});

Deno.test("a transaction's evictions come before it, not in it", () => {
  const executor = filled("allkeys-lru", 2);
  const effects = executor.recordEffects();
  executor.run("MULTI");
  executor.run("SET", "k8", "v");
  executor.run("SET", "k9", "v");
  const limit = String(executor.server.memory.counted - 500);
  executor.server.configuration.set([["maxmemory", limit]], { local: true });
  executor.run("EXEC");
  const requests = [["SELECT", "0"], ["DEL", "k0"], ["MULTI"], ["SET", "k8", "v"], ["SET", "k9", "v"], [
    "EXEC",
  ]];
  assert.equal(effects(), requests.map((words) => encodeRequest(words)).join(""));
});

Deno.test("a large value goes in steps, and no further key goes while its memory is on its way", () => {
  const executor = filled("allkeys-lru", 0);
  for (let i = 0; i < 100_000; i += 1000) {
    executor.run("SADD", "big", ...Array.from({ length: 1000 }, (_, j) => `member:${i + j}`));
  }
  executor.clock.advance(1000);
  for (let i = 0; i < 20; i++) executor.run("SET", `k${i}`, "v".repeat(1000));
  executor.run("CONFIG", "SET", "maxmemory-eviction-tenacity", "0");
  const before = executor.server.memory.counted;
  executor.run("CONFIG", "SET", "maxmemory", String(before - 1_000_000));
  let requests = 0;
  let time = executor.clock.microseconds();
  executor.clock.microseconds = () => time += 1000;
  while (executor.server.memory.counted > before - 1_000_000) {
    const used = executor.server.memory.counted;
    assert.equal(executor.run("SET", "k0", "v".repeat(1000)), "+OK\r\n");
    assert.ok(executor.server.memory.counted < used, "less and less is in use");
    requests++;
  }
  assert.ok(requests > 3, `${requests} requests`);
  assert.equal(executor.run("EXISTS", "big"), ":0\r\n");
  assert.equal(executor.keyspace.statistics.evicted, 1);
});

Deno.test("no key is evicted while clients are paused", () => {
  const executor = filled("allkeys-lru", 3);
  executor.server.dispatcher.paused = "writes";
  assert.deepEqual(keysAfterLosing(executor, 1500), ["k0", "k1", "k2"]);
  executor.server.dispatcher.paused = "no";
  executor.run("PING");
  assert.equal(executor.run("DBSIZE"), ":1\r\n");
});
