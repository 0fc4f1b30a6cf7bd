/** The parts of an RDB file, after Redis's own description of the format: also those that are never written here. */

import assert from "node:assert/strict";
import { bytesOf, byteString } from "../../src/base/bytes.ts";
import { crc64 } from "../../src/base/crc64.ts";
import { RdbLoadError } from "../../src/persistence/rdb_loader.ts";
import { Executor } from "../support/executor.ts";
import { big, byte, count, little, string } from "./rdb_payloads.ts";
import { loadBytes, savedBytes, SnapshotRecorder } from "./rdb_snapshots.ts";

const NOW = 1_700_000_000_000;

/** A whole file of a version. */
function file(version: number, body: string): Uint8Array {
  const text = `REDIS${String(version).padStart(4, "0")}${body}\xff`;
  if (version < 5) return bytesOf(text);
  const { high, low } = crc64(bytesOf(text), 0, text.length);
  return bytesOf(text + little(low, 4) + little(high, 4));
}

function loaded(bytes: Uint8Array, options: Parameters<typeof loadBytes>[2] = {}): Executor {
  const executor = new Executor();
  loadBytes(executor.keyspace, bytes, options);
  return executor;
}

function refusal(bytes: Uint8Array): string {
  try {
    loaded(bytes);
  } catch (error) {
    assert.ok(error instanceof RdbLoadError);
    return error.message;
  }
  assert.fail("The file was loaded");
}

const KEY = "\0" + string("key") + string("value");

for (const version of [1, 4, 5, 6, 9, 10, 11, 12]) {
  Deno.test(`Version ${version} is read`, () => {
    assert.equal(loaded(file(version, "\xfe\0" + KEY)).run("GET", "key"), "$5\r\nvalue\r\n");
  });
}

Deno.test("Other versions and files are refused", () => {
  assert.equal(refusal(file(0, KEY)), "Can't handle RDB format version 0");
  assert.equal(refusal(file(13, KEY)), "Can't handle RDB format version 13");
  assert.equal(refusal(bytesOf("*3\r\n$3\r\nSET\r\n")), "Wrong signature trying to load DB from file");
});

Deno.test("Attributes of keys and sizes of databases", () => {
  const body = "\xfe" + count(2) + "\xfb" + count(70) + count(20000) +
    "\xfc" + little(NOW + 5000, 8) + "\0" + string("ms") + string("v") +
    "\xfd" + little(NOW / 1000 + 9, 4) + "\0" + string("s") + string("v") +
    "\xf8" + count(77) + "\0" + string("idle") + string("v") +
    "\xf9" + byte(5) + "\0" + string("frequent") + string("v") +
    "\xf4" + count(1) + count(2) + count(0) + KEY;
  const executor = loaded(file(12, body));
  executor.run("SELECT", "2");
  assert.equal(executor.run("DBSIZE"), ":5\r\n");
  assert.equal(executor.run("PEXPIRETIME", "ms"), `:${NOW + 5000}\r\n`);
  assert.equal(executor.run("PEXPIRETIME", "s"), `:${NOW + 9000}\r\n`);
  assert.equal(executor.run("OBJECT", "IDLETIME", "idle"), ":77\r\n");
  assert.equal(executor.run("PTTL", "idle"), ":-1\r\n");
  assert.equal(executor.run("GET", "frequent"), "$1\r\nv\r\n");
});

Deno.test("Expired keys are left out, unless a primary says when they go", () => {
  const bytes = file(
    10,
    "\xfc" + little(NOW - 1, 8) + KEY + "\xfc" + little(NOW, 8) + "\0" + string("k") + string("v"),
  );
  const executor = new Executor();
  const loader = loadBytes(executor.keyspace, bytes, { keepsExpired: false });
  assert.deepEqual([loader.loaded, loader.expired], [1, 1]);
  const other = new Executor();
  assert.equal(loadBytes(other.keyspace, bytes, { keepsExpired: true }).loaded, 2);
});

Deno.test("Collections without elements are left out", () => {
  const executor = new Executor();
  const loader = loadBytes(executor.keyspace, file(10, "\x02" + string("set") + count(0) + KEY));
  assert.deepEqual([loader.loaded, loader.empty], [1, 1]);
});

Deno.test("A key that is there twice is refused, or replaces the one before", () => {
  const body = KEY + "\0" + string("key") + string("other");
  assert.equal(refusal(file(10, body)), 'RDB has duplicated key "key" in DB 0');
  assert.equal(loaded(file(10, body), { replaces: true }).run("GET", "key"), "$5\r\nother\r\n");
});

Deno.test("Auxiliary fields and functions are handed on", () => {
  const seen: string[] = [];
  const body = "\xfa" + string("redis-ver") + string("7.0.15") + "\xfa" + string("n") + "\xc1" +
    little(1000, 2) +
    "\xf5" + string("#!lua name=a") + "\xf5" + string("#!lua name=b") + KEY;
  loaded(file(10, body), {
    onAuxiliary: (name, value) => seen.push(`${name}=${value}`),
    onFunction: (library) => seen.push(byteString(library, 0, library.length)),
  });
  assert.deepEqual(seen, ["redis-ver=7.0.15", "n=1000", "#!lua name=a", "#!lua name=b"]);
});

Deno.test("Functions are written as they were read", () => {
  const executor = new Executor();
  const seen: string[] = [];
  const functions = ["#!lua name=a\nredis.register_function", "#!lua name=b"].map(bytesOf);
  loadBytes(new Executor().keyspace, savedBytes(executor.keyspace, { functions }), {
    onFunction: (library) => seen.push(byteString(library, 0, library.length)),
  });
  assert.deepEqual(seen, functions.map((library) => byteString(library, 0, library.length)));
});

/** The id of the module type `ReJSON-RL`, version 3: nine characters of six bits, ten bits of version. */
function moduleId(): bigint {
  const characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return [..."ReJSON-RL"].reduce((id, letter) => (id << 6n) | BigInt(characters.indexOf(letter)), 0n) << 10n |
    3n;
}

Deno.test("What only a module can read is refused, naming module and key", () => {
  const id = "\x81" + big(moduleId(), 8);
  assert.equal(
    refusal(file(10, "\x07" + string("doc") + id + count(1))),
    "The RDB file contains module data I can't load: no matching module type 'ReJSON-RL' (key \"doc\" in database 0)",
  );
  assert.equal(
    refusal(file(10, "\xf7" + id)),
    "The RDB file contains AUX module data I can't load: no matching module 'ReJSON-RL'",
  );
});

Deno.test("What else cannot be loaded is refused with the reason", () => {
  assert.equal(refusal(file(10, "\xf6" + string("f"))), "Pre-release function format not supported.");
  assert.match(refusal(file(10, "\xfe" + count(16))), /more than 16 databases/);
  assert.equal(refusal(file(10, "\x63" + string("k"))), 'Unknown type 99 (key "k" in database 0)');
  const wrong = file(10, KEY);
  wrong[wrong.length - 1] ^= 1;
  assert.match(refusal(wrong), /^Wrong RDB checksum expected: \([0-9a-f]+\) but got \([0-9a-f]+\)/);
});

Deno.test("A checksum of zeros, and any with rdbchecksum no, is not checked", () => {
  const none = file(10, KEY).fill(0, -8);
  assert.equal(loadBytes(new Executor().keyspace, none).checksum, "missing");
  assert.equal(loadBytes(new Executor().keyspace, file(10, KEY)).checksum, "right");
  const wrong = file(10, KEY);
  wrong[wrong.length - 1] ^= 1;
  assert.equal(loadBytes(new Executor().keyspace, wrong, { verifiesChecksum: false }).checksum, "ignored");
});

Deno.test("Only a file with fields that expire is of a version that Redis 7.0 does not read", () => {
  const executor = new Executor();
  executor.run("HSET", "h", "f", "v");
  const version = () => byteString(savedBytes(executor.keyspace), 0, 9);
  assert.equal(version(), "REDIS0010");
  executor.run("HEXPIRE", "h", "100", "FIELDS", "1", "f");
  assert.equal(version(), "REDIS0012");
  executor.run("HPERSIST", "h", "FIELDS", "1", "f");
  assert.equal(version(), "REDIS0010");
});

Deno.test("Idle times are written for the LRU policies", () => {
  const executor = new Executor();
  executor.run("SET", "k", "v");
  executor.clock.advance(42_000);
  executor.run("PING");
  const bytes = savedBytes(executor.keyspace, { uses: "idle" });
  assert.equal(loaded(bytes).run("OBJECT", "IDLETIME", "k"), ":42\r\n");
  assert.equal(loaded(savedBytes(executor.keyspace)).run("OBJECT", "IDLETIME", "k"), ":0\r\n");
});

Deno.test("How often keys are used is written for the LFU policies, and read where one is set", () => {
  const [source, target] = [new Executor(), new Executor()];
  for (const executor of [source, target]) executor.run("CONFIG", "SET", "maxmemory-policy", "allkeys-lfu");
  source.run("CONFIG", "SET", "lfu-log-factor", "0");
  source.run("SET", "k", "v");
  for (let i = 0; i < 20; i++) source.run("GET", "k");
  assert.equal(source.run("OBJECT", "FREQ", "k"), ":25\r\n");
  const bytes = savedBytes(source.keyspace, { uses: "frequency" });
  loadBytes(target.keyspace, bytes);
  assert.equal(target.run("OBJECT", "FREQ", "k"), ":25\r\n");
  assert.equal(loaded(bytes).run("OBJECT", "IDLETIME", "k"), ":0\r\n");
});

Deno.test("A large collection is held until it is written, and then no longer", () => {
  const executor = new Executor();
  const [database] = executor.keyspace.databases;
  for (let i = 0; i < 20; i++) executor.run("SET", `small ${i}`, "v");
  executor.run("SADD", "large", ...Array.from({ length: 20_000 }, (_, i) => `member ${i}`));
  executor.run("SADD", "middling", ...Array.from({ length: 5000 }, (_, i) => `member ${i}`));
  const peek = (key: string) => database.peek(bytesOf(key), 0, key.length);
  const recorder = new SnapshotRecorder(executor.keyspace);
  assert.equal(recorder.snapshot.holds(database, peek("middling")), false);
  assert.equal(recorder.snapshot.holds(database, peek("small 1")), false);
  assert.equal(recorder.snapshot.holds(database, peek("large")), true);
  // It is written before anything else, in steps of 512 members.
  assert.ok(recorder.walk(30));
  assert.equal(recorder.snapshot.holds(database, peek("large")), true);
  assert.ok(recorder.walk(15));
  assert.equal(recorder.snapshot.holds(database, peek("large")), false);
  executor.run("SADD", "large", "new");
  assert.equal(loaded(recorder.finish()).run("SCARD", "large"), ":20000\r\n");
});
