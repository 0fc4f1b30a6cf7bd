/** Values of every type and encoding that is read, and at which sizes encodings change. */

import assert from "node:assert/strict";
import { bytesOf, byteString } from "../../src/base/bytes.ts";
import { RdbReader } from "../../src/persistence/rdb_reader.ts";
import { RdbValues } from "../../src/persistence/rdb_values.ts";
import { RdbWriter } from "../../src/persistence/rdb_writer.ts";
import { Executor } from "../support/executor.ts";
import { parseReplies, type Reply } from "../support/replies.ts";
import {
  count,
  double,
  intset,
  listpack,
  little,
  payload,
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
