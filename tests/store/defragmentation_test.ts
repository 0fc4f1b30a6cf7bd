/** Defragmentation moves blocks of every kind of value, changes nothing else, and gives their pages back. */

import assert from "node:assert/strict";
import type { SeededRandom } from "../../src/base/random.ts";
import { ArenaExhausted } from "../../src/memory/arena.ts";
import { Configuration } from "../../src/server/configuration.ts";
import { Defragmentation } from "../../src/store/defragmentation.ts";
import { ownedBytes } from "./modelled_keyspace.ts";
import { NO_SNAPSHOT } from "../support/no_snapshot.ts";
import { Executor } from "../support/executor.ts";
import { withSeed } from "../support/property.ts";

/** So few that commands often meet the same value, and some values become large. */
const KEYS = 6;

function newExecutor(): Executor {
  const configuration = new Configuration();
  configuration.assign("enable-debug-command", ["yes"]);
  return new Executor(configuration);
}

/** Of all keys and values. */
function digestOf(executor: Executor): string {
  const reply = executor.run("DEBUG", "DIGEST");
  assert.match(reply, /^\+[0-9a-f]{40}\r\n$/);
  return reply;
}

/** A random command that writes, for a key whose name says what type it has. */
function command(random: SeededRandom, stamp: number): string[] {
  const pick = (count: number) => random.uint32() % count;
  const name = () => String(pick(3) === 0 ? pick(400) : `field-${pick(400)}`);
  const value = () => pick(20) === 0 ? "large ".repeat(pick(1000)) : `${stamp}`.repeat(1 + pick(6));
  const many = (make: () => string[]) => Array.from({ length: 1 + pick(60) }, make).flat();
  const key = `{${pick(KEYS)}}`;
  switch (pick(16)) {
    case 0:
      return ["SET", `string${key}`, value(), ...(pick(2) === 0 ? ["PX", "100000000"] : [])];
    case 1:
      return ["APPEND", `string${key}`, value()];
    case 2:
      return [pick(2) === 0 ? "LPUSH" : "RPUSH", `list${key}`, ...many(() => [value()])];
    case 3:
      return ["LPOP", `list${key}`, String(1 + pick(60))];
    case 4:
      return ["SADD", `set${key}`, ...many(() => [name()])];
    case 5:
      return ["SREM", `set${key}`, ...many(() => [name()])];
    case 6:
      return ["ZADD", `zset${key}`, ...many(() => [String(pick(50)), name()])];
    case 7:
      return ["ZREM", `zset${key}`, ...many(() => [name()])];
    case 8:
      return ["HSET", `hash${key}`, ...many(() => [name(), value()])];
    case 9:
      return ["HDEL", `hash${key}`, ...many(() => [name()])];
    case 10:
      return ["HPEXPIRE", `hash${key}`, String(100_000_000 + pick(3)), "FIELDS", "2", name(), name()];
    case 11:
      return ["XADD", `stream${key}`, "MAXLEN", "~", "3000", "*", name(), value()];
    case 12:
      return ["XGROUP", "CREATE", `stream${key}`, `group-${pick(3)}`, "0", "MKSTREAM"];
    case 13:
      return [
        "XREADGROUP",
        "GROUP",
        `group-${pick(3)}`,
        `consumer-${pick(3)}`,
        "COUNT",
        "50",
        "STREAMS",
        `stream${key}`,
        ">",
      ];
    case 14:
      return [
        "XCLAIM",
        `stream${key}`,
        `group-${pick(3)}`,
        `consumer-${pick(3)}`,
        "0",
        `1700000000000-${pick(9)}`,
      ];
    default:
      return pick(8) === 0
        ? ["DEL", `${["list", "set", "zset", "hash", "stream"][pick(5)]}${key}`]
        : ["PING"];
  }
}

function freeAll(executor: Executor): void {
  executor.run("FLUSHALL");
  while (executor.keyspace.lazyfree.step());
}

Deno.test("Blocks of all types move between commands, and nothing else changes", () => {
  withSeed((random) => {
    const executor = newExecutor();
    const { keyspace } = executor;
    const defragmentation = new Defragmentation(keyspace);
    defragmentation.maxScanFields = 64;
    const empty = keyspace.arena.used;
    for (let i = 0; i < 800; i++) {
      executor.run(...command(random, i));
      if (i % 20 !== 0) continue;
      const before = digestOf(executor);
      // All pages are vacated, again and again, so that each block moves.
      defragmentation.begin(0);
      for (let steps = random.uint32() % 60; steps > 0; steps--) defragmentation.step();
      assert.equal(digestOf(executor), before);
      if (i % 100 === 0) keyspace.check();
    }
    defragmentation.abandon();
    keyspace.check();
    assert.ok(keyspace.arena.relocations.moved > 2000, `${keyspace.arena.relocations.moved} blocks moved`);
    freeAll(executor);
    assert.equal(keyspace.arena.used, empty);
    keyspace.check();
  });
});

Deno.test("Each block of every type leaves the pages that are vacated", () => {
  const executor = newExecutor();
  const { keyspace } = executor;
  const { arena } = keyspace;
  for (let i = 0; i < 3000; i++) {
    executor.run("SET", `string:${i}`, "x".repeat(i), ...(i % 2 === 0 ? ["PX", "100000"] : []));
    executor.run("RPUSH", "list", "y".repeat(i));
    executor.run("SADD", "set", `member:${i}`);
    executor.run("SADD", "numbers", `${i % 500}`);
    executor.run("ZADD", "zset", `${i % 7}`, `member:${i}`);
    executor.run("HSET", "hash", `field:${i}`, "z".repeat(i));
    executor.run("HSET", `packed:${i % 100}`, `field:${i % 9}`, "value");
    executor.run("HPEXPIRE", "hash", "100000", "FIELDS", "1", `field:${i - (i % 3)}`);
    executor.run("XADD", "stream", `1-${i + 1}`, "field", "value");
  }
  executor.run("HPEXPIRE", "packed:1", "100000", "FIELDS", "1", "field:1");
  for (let i = 0; i < 20; i++) {
    executor.run("XGROUP", "CREATE", "stream", `group:${i}`, "0");
    for (let j = 0; j < 5; j++) {
      executor.run(
        "XREADGROUP",
        "GROUP",
        `group:${i}`,
        `consumer:${j}`,
        "COUNT",
        "300",
        "STREAMS",
        "stream",
        ">",
      );
    }
    executor.run("XGROUP", "CREATECONSUMER", "stream", `group:${i}`, "idle");
  }
  const digest = digestOf(executor);
  const sizesOf = (...keys: string[]) => keys.map((key) => executor.run("MEMORY", "USAGE", key));
  const sizes = sizesOf("list", "set", "zset", "stream");
  assert.equal(arena.used, ownedBytes(keyspace));
  const defragmentation = new Defragmentation(keyspace);
  assert.ok(defragmentation.begin(0));
  while (defragmentation.step());
  assert.equal(defragmentation.isPassing, false);
  keyspace.check();
  // Where a block was left in a page, that one is not vacated again.
  const again = arena.vacate(new Set(), 0);
  arena.endVacating();
  assert.ok(defragmentation.begin(0));
  assert.ok(again.every((page) => arena.isVacating(page * 2 ** 22)), "A block was left");
  defragmentation.abandon();
  assert.equal(arena.used, ownedBytes(keyspace));
  assert.equal(digestOf(executor), digest);
  // The tree of a hash's fields that expire may have split a node.
  assert.deepEqual(sizesOf("list", "set", "zset", "stream"), sizes);
});

Deno.test("Nine keys in ten go at random, and so do most pages", () => {
  const executor = newExecutor();
  const { keyspace } = executor;
  const { arena } = keyspace;
  const value = "x".repeat(1000);
  const count = 100_000;
  for (let i = 0; i < count; i++) executor.run("SET", `key:${i}`, value);
  for (let i = 0; i < count; i++) if ((i * 7919) % 10 !== 0) executor.run("DEL", `key:${i}`);
  while (arena.trim());
  const before = arena.usage();
  assert.ok(before.touched > 5 * before.used, "The keys that are left keep nearly all pages");
  const defragmentation = new Defragmentation(keyspace);
  for (let passes = 0; passes < 3 && defragmentation.begin(); passes++) while (defragmentation.step());
  while (arena.trim());
  const after = arena.usage();
  assert.ok(after.touched < 1.5 * after.used + 2 ** 25, `${after.touched} bytes for ${after.used}`);
  assert.ok(defragmentation.keys.moved > 0);
  for (let i = 0; i < count; i++) if ((i * 7919) % 10 === 0) executor.run("GET", `key:${i}`);
  assert.equal(keyspace.size, count / 10);
  keyspace.check();
});

Deno.test("Nothing moves while a snapshot is being taken", () => {
  const executor = newExecutor();
  const { keyspace } = executor;
  for (let i = 0; i < 100; i++) executor.run("SET", `key:${i}`, "value");
  const defragmentation = new Defragmentation(keyspace);
  defragmentation.begin(0);
  for (const database of keyspace.databases) database.snapshot = NO_SNAPSHOT;
  const { moved } = keyspace.arena.relocations;
  assert.equal(defragmentation.step(), false);
  assert.equal(keyspace.arena.relocations.moved, moved);
  for (const database of keyspace.databases) database.snapshot = null;
  while (defragmentation.step());
  assert.ok(keyspace.arena.relocations.moved > 100);
  keyspace.check();
});

Deno.test("Where there is no memory to move to, blocks stay", () => {
  const executor = newExecutor();
  const { keyspace } = executor;
  const { arena } = keyspace;
  for (let i = 0; i < 300; i++) {
    executor.run("HSET", "hash", `field:${i}`, "value");
    executor.run("HPEXPIRE", "hash", "100000", "FIELDS", "1", `field:${i}`);
    executor.run("ZADD", "zset", "1", `member:${i}`);
    executor.run("SET", `key:${i}`, "value");
  }
  const digest = digestOf(executor);
  const { used } = arena;
  const allocate = arena.allocate;
  for (const every of [1, 2, 3, 7]) {
    let asked = 0;
    arena.allocate = (bytes) => {
      if (++asked % every === 0) throw new ArenaExhausted("Refused by the test");
      return allocate.call(arena, bytes);
    };
    const defragmentation = new Defragmentation(keyspace);
    defragmentation.begin(0);
    while (defragmentation.step());
    arena.allocate = allocate;
    keyspace.check();
    assert.equal(digestOf(executor), digest);
    assert.equal(arena.used, used);
  }
});
