/** Which encoding each command leaves, by redis-server 7.0.15's OBJECT ENCODING. */

import assert from "node:assert/strict";
import { ENCODING_NAMES } from "../../../src/store/entry.ts";
import { Executor } from "../../support/executor.ts";

function encodingOf(executor: Executor): string {
  const key = new TextEncoder().encode("k");
  const entry = executor.keyspace.databases[0].lookup(key, 0, 1);
  assert.notEqual(entry, 0);
  return ENCODING_NAMES[executor.keyspace.entries.encoding(entry)];
}

const values: [value: string, encoding: string][] = [
  ["0", "int"],
  ["-1", "int"],
  ["9223372036854775807", "int"],
  ["-9223372036854775808", "int"],
  ["9223372036854775808", "embstr"],
  ["-9223372036854775809", "embstr"],
  ["00", "embstr"],
  ["-0", "embstr"],
  ["+1", "embstr"],
  ["1 ", "embstr"],
  ["", "embstr"],
  ["x".repeat(44), "embstr"],
  ["x".repeat(45), "raw"],
  ["1".repeat(45), "raw"],
];

for (const [value, encoding] of values) {
  Deno.test(`${JSON.stringify(value)} is stored as ${encoding}`, () => {
    const requests = [
      ["SET", "k", value],
      ["SET", "k", value, "EX", "10", "GET"],
      ["SETEX", "k", "10", value],
      ["PSETEX", "k", "10", value],
      ["GETSET", "k", value],
      ["MSET", "k", value],
    ];
    for (const request of requests) {
      for (const before of ["7", "x".repeat(100)]) {
        const executor = new Executor();
        executor.run("SET", "k", before);
        executor.run(...request);
        assert.equal(encodingOf(executor), encoding, request[0]);
      }
    }
    for (const request of [["SETNX", "k", value], ["MSETNX", "k", value], ["APPEND", "k", value]]) {
      const executor = new Executor();
      executor.run(...request);
      assert.equal(encodingOf(executor), encoding, request[0]);
    }
  });
}

const changes: [before: string, request: string[], encoding: string][] = [
  ["1", ["APPEND", "k", "2"], "raw"],
  ["1", ["APPEND", "k", ""], "raw"],
  ["abc", ["APPEND", "k", "d"], "raw"],
  ["1", ["SETRANGE", "k", "0", "2"], "raw"],
  ["1", ["SETRANGE", "k", "0", ""], "int"],
  ["1", ["INCR", "k"], "int"],
  ["1", ["INCRBY", "k", "9223372036854775806"], "int"],
  ["1", ["INCRBYFLOAT", "k", "1"], "embstr"],
  ["1", ["INCRBYFLOAT", "k", "1e43"], "embstr"],
  ["1", ["INCRBYFLOAT", "k", "1e44"], "raw"],
  ["1", ["GETEX", "k", "EX", "10"], "int"],
  ["abc", ["GETEX", "k", "EX", "10"], "embstr"],
];

for (const [before, request, encoding] of changes) {
  Deno.test(`${request.join(" ")} makes ${before} ${encoding}`, () => {
    const executor = new Executor();
    executor.run("SET", "k", before);
    assert.ok(!executor.run(...request).startsWith("-"));
    assert.equal(encodingOf(executor), encoding);
  });
}

Deno.test("INCR makes an integer of digits that were appended", () => {
  const executor = new Executor();
  executor.run("SET", "k", "1");
  executor.run("APPEND", "k", "2");
  assert.equal(executor.run("INCR", "k"), ":13\r\n");
  assert.equal(encodingOf(executor), "int");
});

Deno.test("SETRANGE makes a raw string", () => {
  const executor = new Executor();
  executor.run("SETRANGE", "k", "0", "1");
  assert.equal(encodingOf(executor), "raw");
});
