/** Values of every type and encoding that is read; what is refused; at which sizes encodings change. */

import assert from "node:assert/strict";
import { bytesOf, byteString } from "../../src/base/bytes.ts";
import { RdbReader } from "../../src/persistence/rdb_reader.ts";
import { RdbValues } from "../../src/persistence/rdb_values.ts";
import { RdbWriter } from "../../src/persistence/rdb_writer.ts";
import { Executor } from "../support/executor.ts";
import { parseReplies, printable, type Reply } from "../support/replies.ts";
import {
  count,
  double,
  id,
  intset,
  listpack,
  little,
  payload,
  rawId,
  string,
  withValue,
  ziplist,
  zipmap,
} from "./rdb_payloads.ts";
import { FIELD_EXPIRY, samples, typeOf } from "./rdb_samples.ts";

const OK = "+OK\r\n";
const BAD = "-ERR Bad data format\r\n";

function leaves(reply: Reply): string[] {
  return reply.items === undefined ? [reply.text ?? ""] : reply.items.flatMap(leaves);
}

function ask(executor: Executor, command: string): string[] {
  return leaves(parseReplies(executor.run(...command.split(" ")))[0]);
}

/** The bytes that are used once nothing waits to be freed. */
function used(executor: Executor): number {
  while (executor.keyspace.lazyfree.step());
  return executor.keyspace.arena.used;
}

for (const { name, payload, type, encoding, read, content } of samples) {
  Deno.test(`${name} is read`, () => {
    const executor = new Executor();
    const before = used(executor);
    assert.equal(executor.run("RESTORE", "k", "0", payload), OK);
    executor.keyspace.check();
    assert.deepEqual(ask(executor, "TYPE k"), [type]);
    assert.deepEqual(ask(executor, "OBJECT ENCODING k"), [encoding]);
    const inOrder = type !== "set" && type !== "hash";
    const found = ask(executor, read);
    assert.deepEqual(inOrder ? found : found.sort(), inOrder ? content : [...content].sort());
    // What is dumped is the same again.
    const dumped = ask(executor, "DUMP k")[0];
    assert.equal(executor.run("RESTORE", "again", "0", dumped), OK);
    executor.keyspace.check();
    const again = ask(executor, read.replace("k", "again"));
    assert.deepEqual(inOrder ? again : again.sort(), inOrder ? content : [...content].sort());
    executor.run("FLUSHALL");
    assert.equal(used(executor), before);
  });

  Deno.test(`${name} that ends too early is refused`, () => {
    const executor = new Executor();
    const before = used(executor);
    const value = payload.slice(0, -10);
    for (let length = 0; length < value.length; length++) {
      const reply = executor.run("RESTORE", "k", "0", withValue(payload, value.slice(0, length)));
      assert.equal(reply, BAD, `${length} of ${value.length} bytes`);
    }
    assert.equal(used(executor), before);
    executor.keyspace.check();
  });
}

Deno.test("there is a sample of every type", () => {
  const types = new Set(samples.map(({ payload }) => typeOf(payload)));
  const values = Array.from({ length: 26 }, (_, i) => i).filter((type) => ![6, 7, 8].includes(type));
  assert.deepEqual([...types].sort((a, b) => a - b), values);
});

const ENTRY = [2, 0, 0, 1, 5];
/** A stream of one node and one entry `1-1 a 1`, of which parts are replaced. */
function stream(parts: {
  key?: string;
  node?: (number | string)[];
  tail?: string;
}): string {
  const node = parts.node ?? [1, 0, 1, "a", 0, 2, 0, 0, 1, 4];
  return payload(
    19,
    count(1) + string(parts.key ?? rawId(1, 1)) + string(listpack(node)) +
      (parts.tail ?? count(1) + id(1, 1) + id(1, 1) + id(0, 0) + count(1) + count(0)),
  );
}

function withGroups(groups: string): string {
  return stream({ tail: count(1) + id(1, 1) + id(1, 1) + id(0, 0) + count(1) + groups });
}

const pending = rawId(1, 1) + little(5, 8) + count(1);
const consumer = (name: string, ids: string) => string(name) + little(5, 8) + ids;
const one = count(1) + rawId(1, 1);

/** What has nothing wrong with it, so that the refused ones differ from it in one thing. */
const SOUND: Record<string, string> = {
  "a stream": stream({}),
  "a stream without entries": payload(
    19,
    count(0) + count(0) + id(0, 0) + id(0, 0) + id(0, 0) + count(0) + count(0),
  ),
  "a node with deleted entries only": stream({
    node: [0, 1, 1, "a", 0, 3, 0, 0, 1, 4],
    tail: count(0) + id(1, 1) + id(0, 0) + id(1, 1) + count(1) + count(0),
  }),
  "a group": withGroups(
    count(1) + string("g") + id(1, 1) + count(1) + count(1) + pending + count(1) + consumer("c", one),
  ),
  "a group that has read it does not know what": withGroups(
    count(1) + string("g") + id(1, 1) + count(2n ** 64n - 1n) + count(0) + count(0),
  ),
  "a quicklist with an empty node": payload(
    18,
    count(2) + count(2) + string(listpack([])) + count(2) + string(listpack([1])),
  ),
  "bytes behind the value": payload(0, string("a") + "more"),
  "version 12": payload(0, string("a"), 12),
  "version 1": payload(0, string("a"), 1),
};

const REFUSED: Record<string, string> = {
  "type 26": payload(26, string("a")),
  "a module's type": payload(7, string("abcdefghi") + count(0)),
  "a type that never was": payload(8, string("a")),
  "type 255": payload(255, string("a")),
  "a count of 2^40 elements": payload(2, count(2 ** 40) + string("a")),
  "a list without elements": payload(1, count(0)),
  "a ziplist without elements": payload(10, string(ziplist([]))),
  "a quicklist without nodes": payload(18, count(0)),
  "a quicklist with an empty node only": payload(18, count(1) + count(2) + string(listpack([]))),
  "a quicklist's node of kind 3": payload(18, count(1) + count(3) + string(listpack([1]))),
  "a listpack that repeats a length in other bytes": payload(
    18,
    count(1) + count(2) + string("\x09\0\0\0\x01\0" + "\0\x81" + "\xff"),
  ),
  "a set without members": payload(2, count(0)),
  "a set with a member twice": payload(2, count(3) + string("a") + string("b") + string("a")),
  "a set with an integer twice": payload(2, count(2) + string("5") + "\xc0\x05"),
  "a large set with a member twice": payload(2, count(2) + string("a".repeat(99)).repeat(2)),
  "an intset without integers": payload(11, string(intset(2, []))),
  "an intset that is not in order": payload(11, string(intset(2, [1, 3, 2]))),
  "an intset with an integer twice": payload(11, string(intset(4, [1, 1]))),
  "an intset of width 3": payload(11, string(little(3, 4) + little(1, 4) + "abc")),
  "a packed set without members": payload(20, string(listpack([]))),
  "a packed set with a member twice": payload(20, string(listpack(["a", "b", "a"]))),
  "a packed set with an integer twice": payload(20, string(listpack(["7", "b", 7]))),
  "a sorted set without members": payload(5, count(0)),
  "a sorted set with a member twice": payload(5, count(2) + (string("a") + double(1)).repeat(2)),
  "a score that is not a number": payload(5, count(1) + string("a") + double(NaN)),
  "a score as text that is not a number": payload(3, count(1) + string("a") + "\xfd"),
  "a score as text that is none": payload(3, count(1) + string("a") + string("1x")),
  "a packed sorted set without members": payload(17, string(listpack([]))),
  "a packed sorted set with a member without score": payload(17, string(listpack(["a", 1, "b"]))),
  "a packed sorted set that is not in order": payload(17, string(listpack(["a", 2, "b", 1]))),
  "a packed sorted set of equal scores not in order": payload(17, string(listpack(["b", 1, "a", 1]))),
  "a packed sorted set with a member twice": payload(17, string(listpack(["a", 1, "b", 2, "a", 3]))),
  "a packed score that is none": payload(17, string(listpack(["a", "x"]))),
  "a packed score that is not a number": payload(17, string(listpack(["a", "nan"]))),
  "a hash without fields": payload(4, count(0)),
  "a hash with a field twice": payload(4, count(2) + (string("a") + string("1")).repeat(2)),
  "a large hash with a field twice": payload(4, count(2) + (string("a") + string("1".repeat(99))).repeat(2)),
  "a packed hash without fields": payload(16, string(listpack([]))),
  "a packed hash with a field without value": payload(16, string(listpack(["a", 1, "b"]))),
  "a packed hash with a field twice": payload(16, string(listpack(["a", 1, "b", 2, "a", 3]))),
  "a zipmap with a field twice": payload(9, string(zipmap([["a", "1"], ["a", "2"]]))),
  "a zipmap without fields": payload(9, string(zipmap([]))),
  "a ziplist hash with a field twice": payload(13, string(ziplist(["a", 1, "a", 2]))),
  "a hash with a field that expires too late": payload(
    22,
    count(1) + count(2 ** 48) + string("a") + string("1"),
    12,
  ),
  "a hash with fields before their first expiry": payload(
    24,
    little(-5, 8) + count(1) + count(2) + string("a") + string("1"),
    12,
  ),
  "a listpackex with a field twice": payload(23, string(listpack(["a", 1, 0, "a", 2, 0])), 12),
  "a listpackex with a field without expiry": payload(23, string(listpack(["a", 1, 0, "b", 2])), 12),
  "a listpackex with an expiry that is no integer": payload(23, string(listpack(["a", 1, "x"])), 12),
  "a listpackex with a negative expiry": payload(23, string(listpack(["a", 1, -1])), 12),
  "a stream with a master ID of 15 bytes": stream({ key: rawId(1, 1).slice(1) }),
  "a stream that counts one entry more": stream({
    tail: count(2) + id(1, 1) + id(1, 1) + id(0, 0) + count(2) + count(0),
  }),
  "a stream whose last ID is before its last entry": stream({
    tail: count(1) + id(1, 0) + id(1, 1) + id(0, 0) + count(1) + count(0),
  }),
  "a stream with an empty node": stream({ node: [] }),
  "a node that counts an entry more": stream({ node: [2, 0, 1, "a", 0, ...ENTRY] }),
  "a node that counts a deleted entry": stream({ node: [1, 1, 1, "a", 0, ...ENTRY] }),
  "a node whose master entry has no end": stream({ node: [1, 0, 1, "a", 1, 2, 0, 0, 1, 4] }),
  "a node with more master fields than there are": stream({ node: [1, 0, 127, "a", 0, 2, 0, 0, 1, 4] }),
  "an entry with an unknown flag": stream({ node: [1, 0, 1, "a", 0, 4, 0, 0, 1, "a", 1, 6] }),
  "an entry with the wrong number of elements": stream({ node: [1, 0, 1, "a", 0, 2, 0, 0, 1, 5] }),
  "an entry whose ID is a string": stream({ node: [1, 0, 1, "a", 0, 2, "x", 0, 1, 4] }),
  "an entry that lacks a value": stream({ node: [1, 0, 1, "a", 0, 2, 0, 0, 4] }),
  "entries that are not in order": stream({
    node: [2, 0, 1, "a", 0, 2, 5, 0, 1, 4, 2, 4, 0, 1, 4],
    tail: count(2) + id(9, 1) + id(1, 1) + id(0, 0) + count(2) + count(0),
  }),
  "an entry before its master ID": stream({ node: [1, 0, 1, "a", 0, 2, 0, -1, 1, 4] }),
  "a group twice": withGroups(
    count(2) + (string("g") + id(1, 1) + count(1) + count(0) + count(0)).repeat(2),
  ),
  "a group that has read fewer than no entries": withGroups(
    count(1) + string("g") + id(1, 1) + count(2n ** 64n - 2n) + count(0) + count(0),
  ),
  "an entry that is pending twice": withGroups(
    count(1) + string("g") + id(1, 1) + count(1) + count(2) + pending.repeat(2) + count(1) +
      consumer("c", one),
  ),
  "an entry that is pending for nobody": withGroups(
    count(1) + string("g") + id(1, 1) + count(1) + count(1) + pending + count(1) + consumer("c", count(0)),
  ),
  "an entry that is pending for two": withGroups(
    count(1) + string("g") + id(1, 1) + count(1) + count(1) + pending + count(2) + consumer("c", one) +
      consumer("d", one),
  ),
  "an entry that is pending for a consumer only": withGroups(
    count(1) + string("g") + id(1, 1) + count(1) + count(0) + count(1) + consumer("c", one),
  ),
  "a consumer twice": withGroups(
    count(1) + string("g") + id(1, 1) + count(1) + count(0) + count(2) + consumer("c", count(0)).repeat(2),
  ),
};

Deno.test("sound payloads beside the ones that are refused", () => {
  const executor = new Executor();
  const before = used(executor);
  for (const [what, payload] of Object.entries(SOUND)) {
    assert.equal(executor.run("RESTORE", "k", "0", payload), OK, `${what}: ${printable(payload)}`);
    executor.keyspace.check();
    executor.run("DEL", "k");
  }
  assert.equal(used(executor), before);
});

for (const [what, payload] of Object.entries(REFUSED)) {
  Deno.test(`refused: ${what}`, () => {
    const executor = new Executor();
    const before = used(executor);
    assert.equal(executor.run("RESTORE", "k", "0", payload), BAD, printable(payload));
    assert.equal(used(executor), before);
    executor.keyspace.check();
  });
}

Deno.test("fields that have expired are left out, and so is a hash of nothing else", () => {
  const executor = new Executor();
  const before = used(executor);
  const past = executor.clock.now() - 1;
  const fields = (expiries: number[]) =>
    payload(
      22,
      count(expiries.length) +
        expiries.map((expiry, i) => count(expiry) + string(`f${i}`) + string("v")).join(""),
      12,
    );
  assert.equal(executor.run("RESTORE", "k", "0", fields([past, FIELD_EXPIRY, 0])), OK);
  assert.deepEqual(ask(executor, "HGETALL k"), ["f1", "v", "f2", "v"]);
  executor.keyspace.check();
  assert.equal(executor.run("RESTORE", "k", "0", fields([past, past]), "REPLACE"), BAD);
  assert.deepEqual(ask(executor, "HGETALL k"), ["f1", "v", "f2", "v"]);
  executor.clock.advance(FIELD_EXPIRY - past + 10);
  assert.deepEqual(ask(executor, "HGETALL k"), ["f2", "v"]);
  executor.run("DEL", "k");
  assert.equal(used(executor), before);
});

Deno.test("a hash of which fields expire is written for Redis 7.4, all else for 7.0", () => {
  const executor = new Executor();
  for (const { payload, name } of samples) {
    executor.run("RESTORE", "k", "0", payload, "REPLACE");
    const dumped = ask(executor, "DUMP k")[0];
    const volatile = [22, 23, 24, 25].includes(typeOf(payload));
    assert.equal(dumped.slice(-10, -8), little(volatile ? 12 : 10, 2), name);
    if (volatile) {
      assert.ok([24, 25].includes(typeOf(dumped)), name);
      assert.equal(dumped.slice(1, 9), little(FIELD_EXPIRY, 8), name);
    } else {
      assert.ok([0, 2, 4, 5, 11, 16, 17, 18, 19].includes(typeOf(dumped)), name);
    }
  }
});

Deno.test("fields of hashes keep their expiries", () => {
  const executor = new Executor();
  const expiries = (names: string) =>
    ask(executor, `HPEXPIRETIME k FIELDS ${names.split(" ").length} ${names}`).map(Number);
  const expected: Record<number, number[]> = {
    22: [FIELD_EXPIRY, -1],
    23: [FIELD_EXPIRY, -1],
    24: [FIELD_EXPIRY, -1, FIELD_EXPIRY + 5],
    25: [FIELD_EXPIRY + 5, FIELD_EXPIRY],
  };
  for (const { payload } of samples.filter(({ payload }) => typeOf(payload) >= 22)) {
    for (const bytes of [payload, ""]) {
      const restored = bytes === "" ? ask(executor, "DUMP k")[0] : bytes;
      assert.equal(executor.run("RESTORE", "k", "0", restored, "REPLACE"), OK);
      const times = expected[typeOf(payload)];
      assert.deepEqual(expiries(["a", "b", "c"].slice(0, times.length).join(" ")), times);
    }
  }
});

Deno.test("a hash of which fields expire is written as Redis 7.4 writes it", () => {
  const executor = new Executor();
  const times = (field: string, time: number) =>
    executor.run("HPEXPIREAT", "k", `${time}`, "FIELDS", "1", field);
  executor.run("HSET", "k", "a", "1", "b", "two", "c", "3");
  times("a", FIELD_EXPIRY + 7);
  times("c", FIELD_EXPIRY);
  const packed = listpack(["c", 3, FIELD_EXPIRY, "a", 1, FIELD_EXPIRY + 7, "b", "two", 0]);
  executor.run("CONFIG", "SET", "rdbcompression", "no");
  assert.equal(ask(executor, "DUMP k")[0], payload(25, little(FIELD_EXPIRY, 8) + string(packed), 12));
  executor.run("HSET", "k", "b", "x".repeat(70));
  const table = ask(executor, "DUMP k")[0];
  const head = "\x18" + little(FIELD_EXPIRY, 8) + count(3);
  const fields = [
    count(8) + string("a") + "\xc0\x01",
    count(0) + string("b") + string("x".repeat(70)),
    count(1) + string("c") + "\xc0\x03",
  ];
  assert.equal(table.slice(0, head.length), head);
  assert.equal(table.length, payload(24, head.slice(1) + fields.join("")).length);
  for (const field of fields) assert.ok(table.includes(field));
  // Without expiries it is one that any Redis reads.
  executor.run("HPERSIST", "k", "FIELDS", "2", "a", "c");
  assert.equal(typeOf(ask(executor, "DUMP k")[0]), 4);
});

Deno.test("for readers of 7.2 and later, small sets are written packed and streams with their consumers' activity", () => {
  const executor = new Executor();
  const { keyspace } = executor;
  const values = new RdbValues(keyspace);
  const newer: Record<string, number> = { "SET_LISTPACK": 20, "STREAM_LISTPACKS_3": 21 };
  for (const { name, payload, read } of samples) {
    assert.equal(executor.run("RESTORE", "k", "0", payload, "REPLACE"), OK);
    for (const version of [11, 12]) {
      const entry = keyspace.databases[0].lookup(bytesOf("k"), 0, 1);
      const type = values.type(entry, version);
      if (name in newer) assert.equal(type, newer[name]);
      const writer = new RdbWriter(true);
      values.write(writer, entry, type);
      const bytes = bytesOf("again");
      const key = { bytes, start: 0, end: 5, expiry: -1, access: 0 };
      const reader = new RdbReader(writer.bytes, 0, writer.length);
      keyspace.databases[0].place(values.read(reader, type, key));
      assert.equal(reader.left, 0);
      keyspace.check();
      assert.deepEqual(ask(executor, read.replace("k", "again")).sort(), ask(executor, read).sort());
      assert.deepEqual(
        ask(executor, "DUMP again").map((text) => text.length),
        ask(executor, "DUMP k").map((text) => text.length),
      );
    }
  }
  // What a sample says of its consumers comes back to the byte.
  const { payload } = samples.find(({ name }) => name === "STREAM_LISTPACKS_3")!;
  executor.run("RESTORE", "k", "0", payload, "REPLACE");
  const writer = new RdbWriter(false);
  values.write(writer, keyspace.databases[0].lookup(bytesOf("k"), 0, 1), 21);
  assert.equal(byteString(writer.bytes, 0, writer.length), payload.slice(1, -10));
});

/** Directives, a payload of `n` elements, and the encodings it has at the limit and above. */
const LIMITS: [directive: string, limit: number, of: (n: number) => string, at: string, above: string][] = [
  [
    "hash-max-listpack-entries",
    4,
    (n) => payload(16, string(listpack(range(n).flatMap((i) => [i, "v"])))),
    "listpack",
    "hashtable",
  ],
  [
    "hash-max-listpack-entries",
    4,
    (n) => payload(4, count(n) + range(n).map((i) => string(`f${i}`) + string("v")).join("")),
    "listpack",
    "hashtable",
  ],
  [
    "hash-max-listpack-entries",
    4,
    (n) => payload(13, string(ziplist(range(n).flatMap((i) => [i, "v"])))),
    "listpack",
    "hashtable",
  ],
  [
    "hash-max-listpack-value",
    4,
    (n) => payload(4, count(1) + string("f") + string("x".repeat(n))),
    "listpack",
    "hashtable",
  ],
  [
    "hash-max-listpack-value",
    4,
    (n) => payload(9, string(zipmap([["f", "x".repeat(n)]]))),
    "listpack",
    "hashtable",
  ],
  ["set-max-intset-entries", 4, (n) => payload(11, string(intset(2, range(n)))), "intset", "hashtable"],
  [
    "set-max-intset-entries",
    4,
    (n) => payload(2, count(n) + range(n).map((i) => string(String(i))).join("")),
    "intset",
    "listpack",
  ],
  [
    "set-max-listpack-entries",
    4,
    (n) => payload(20, string(listpack(range(n).map((i) => `m${i}`)))),
    "listpack",
    "hashtable",
  ],
  [
    "set-max-listpack-entries",
    4,
    (n) => payload(2, count(n) + range(n).map((i) => string(`m${i}`)).join("")),
    "listpack",
    "hashtable",
  ],
  ["set-max-listpack-value", 4, (n) => payload(2, count(1) + string("x".repeat(n))), "listpack", "hashtable"],
  [
    "zset-max-listpack-entries",
    4,
    (n) => payload(17, string(listpack(range(n).flatMap((i) => [`m${i}`, i])))),
    "listpack",
    "skiplist",
  ],
  [
    "zset-max-listpack-entries",
    4,
    (n) => payload(12, string(ziplist(range(n).flatMap((i) => [`m${i}`, i])))),
    "listpack",
    "skiplist",
  ],
  [
    "zset-max-listpack-entries",
    4,
    (n) => payload(5, count(n) + range(n).map((i) => string(`m${i}`) + double(-i)).join("")),
    "listpack",
    "skiplist",
  ],
  [
    "zset-max-listpack-value",
    4,
    (n) => payload(5, count(1) + string("x".repeat(n)) + double(1)),
    "listpack",
    "skiplist",
  ],
  [
    "list-max-listpack-size",
    4,
    (n) => payload(18, count(1) + count(2) + string(listpack(range(n)))),
    "listpack",
    "quicklist",
  ],
  ["list-max-listpack-size", 4, (n) => payload(10, string(ziplist(range(n)))), "listpack", "quicklist"],
  [
    "list-max-listpack-size",
    4,
    (n) => payload(1, count(n) + range(n).map((i) => string(`m${i}`)).join("")),
    "listpack",
    "quicklist",
  ],
];

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

for (const [directive, limit, of, at, above] of LIMITS) {
  const type = typeOf(of(1));
  Deno.test(`${directive} decides about the encoding of type ${type}`, () => {
    const executor = new Executor();
    assert.equal(executor.run("CONFIG", "SET", directive, String(limit)), OK);
    for (const [n, encoding] of [[limit, at], [limit + 1, above]] as const) {
      assert.equal(executor.run("RESTORE", "k", "0", of(n), "REPLACE"), OK);
      assert.deepEqual(ask(executor, "OBJECT ENCODING k"), [encoding]);
      executor.keyspace.check();
    }
  });
}
