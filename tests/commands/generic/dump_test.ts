/** DUMP as a use of the key, and what `rdbcompression` has to do with it. */

import assert from "node:assert/strict";
import { byteString } from "../../../src/base/bytes.ts";
import { count, payload, string } from "../../persistence/rdb_payloads.ts";
import { samples } from "../../persistence/rdb_samples.ts";
import { Configuration } from "../../../src/server/configuration.ts";
import { Executor } from "../../support/executor.ts";
import { parseReplies } from "../../support/replies.ts";

function dump(executor: Executor): string | undefined {
  return parseReplies(executor.run("DUMP", "k"))[0].text;
}

Deno.test("DUMP is a use of the key, and a hit or a miss", () => {
  const executor = new Executor();
  const events: string[] = [];
  executor.keyspace.events.mask = ~0;
  executor.keyspace.events.listener = {
    event: (_eventClass, name, _database, bytes, start, end) =>
      events.push(`${name} ${byteString(bytes, start, end)}`),
  };
  assert.equal(executor.run("DUMP", "k"), "$-1\r\n");
  assert.deepEqual(events, ["keymiss k"]);
  executor.run("SET", "k", "v");
  executor.clock.advance(50_000);
  assert.equal(executor.run("OBJECT", "IDLETIME", "k"), ":50\r\n");
  const { hits, misses } = executor.keyspace.statistics;
  assert.equal(dump(executor), payload(0, string("v")));
  assert.equal(executor.run("OBJECT", "IDLETIME", "k"), ":0\r\n");
  assert.deepEqual([hits, misses], [
    executor.keyspace.statistics.hits - 2,
    executor.keyspace.statistics.misses,
  ]);
});

Deno.test("DUMP compresses unless rdbcompression says no", () => {
  const executor = new Executor();
  const text = "abc".repeat(100);
  executor.run("SET", "k", text);
  const compressed = dump(executor)!;
  assert.ok(compressed.length < 40);
  executor.run("CONFIG", "SET", "rdbcompression", "no");
  assert.equal(dump(executor), payload(0, count(300) + text));
  for (const bytes of [compressed, dump(executor)!]) {
    assert.equal(executor.run("RESTORE", "k", "0", bytes, "REPLACE"), "+OK\r\n");
    assert.equal(executor.run("GET", "k"), `$300\r\n${text}\r\n`);
  }
});

Deno.test("DEBUG OBJECT tells how long a value of any type is, without its type, version and CRC", () => {
  const configuration = new Configuration();
  configuration.assign("enable-debug-command", ["yes"]);
  const executor = new Executor(configuration);
  for (const { name, payload } of samples) {
    assert.equal(executor.run("RESTORE", "k", "0", payload, "REPLACE"), "+OK\r\n");
    const length = dump(executor)!.length - 11;
    assert.match(executor.run("DEBUG", "OBJECT", "k"), new RegExp(` serializedlength:${length} lru:`), name);
  }
});
