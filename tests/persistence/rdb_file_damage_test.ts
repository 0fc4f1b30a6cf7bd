/** A damaged RDB file is never taken for a whole one: loading fails, and says where. */

import assert from "node:assert/strict";
import { ManualClock } from "../../src/base/clock.ts";
import { RdbLoadError } from "../../src/persistence/rdb_loader.ts";
import { Keyspace } from "../../src/store/keyspace.ts";
import { ownedBytes, START } from "../store/modelled_keyspace.ts";
import { Executor } from "../support/executor.ts";
import { withSeed } from "../support/property.ts";
import { loadBytes, savedBytes } from "./rdb_snapshots.ts";

const COMMANDS = [
  "SET string value",
  "SET number 12345",
  `SET long ${"abcdefgh".repeat(40)}`,
  "SET expires later PX 100000",
  "RPUSH list a 1 b",
  "SADD intset 1 2 300000",
  "SADD set a b",
  "ZADD zset 1 a 2.5 b",
  "HSET hash f v g 7",
  "XADD stream 5-1 f v",
  "XGROUP CREATE stream group 0",
  "XREADGROUP GROUP group consumer STREAMS stream >",
  "SELECT 3",
  "SET other value",
];

/** A small file with a value of each type. */
function smallFile(): Uint8Array<ArrayBuffer> {
  const executor = new Executor();
  for (const command of COMMANDS) executor.run(...command.split(" "));
  return savedBytes(executor.keyspace);
}

/** A file with collections of each encoding. */
function largeFile(): Uint8Array<ArrayBuffer> {
  const executor = new Executor();
  for (const command of COMMANDS) executor.run(...command.split(" "));
  const many = Array.from({ length: 900 }, (_, i) => `element ${i * 7919}`);
  executor.run("RPUSH", "large list", ...many, "x".repeat(9000));
  executor.run("SADD", "large set", ...many);
  executor.run("ZADD", "large zset", ...many.flatMap((text, i) => [String(i / 8), text]));
  executor.run("HSET", "large hash", ...many.flatMap((text) => [text, text]));
  executor.run("HSET", "expiring", "f", "v", "g", "w");
  executor.run("HPEXPIRE", "expiring", "100000", "FIELDS", "1", "f");
  for (let i = 1; i < 300; i++) executor.run("XADD", "large stream", `${i}-1`, "f", `value ${i}`);
  return savedBytes(executor.keyspace);
}

/** Why the bytes are not loaded, null: they are. Whatever becomes of them, the keyspace stays sound. */
function refusal(bytes: Uint8Array): RdbLoadError | null {
  const keyspace = new Keyspace({ databases: 16, clock: new ManualClock(START) });
  let refused: RdbLoadError | null = null;
  try {
    loadBytes(keyspace, bytes);
  } catch (error) {
    assert.ok(error instanceof RdbLoadError, String(error instanceof Error ? error.stack : error));
    assert.ok(error.offset >= 0 && error.offset <= bytes.length, `Offset ${error.offset}`);
    refused = error;
  }
  keyspace.check();
  while (keyspace.lazyfree.step());
  assert.equal(keyspace.arena.used, ownedBytes(keyspace), "Memory is left behind");
  return refused;
}

const small = smallFile();

Deno.test("A file that is cut off at any byte is refused", () => {
  assert.equal(refusal(small), null);
  for (let length = 0; length < small.length; length++) {
    const refused = refusal(small.subarray(0, length));
    assert.ok(refused !== null, `Loaded with ${length} bytes`);
    assert.match(refused.message, /ends too early|bytes left/);
    assert.ok(refused.offset <= length);
  }
});

Deno.test("A file of which any bit is flipped is refused", () => {
  for (let bit = 0; bit < small.length * 8; bit++) {
    const damaged = small.slice();
    damaged[bit >> 3] ^= 1 << (bit & 7);
    const refused = refusal(damaged);
    assert.ok(refused !== null, `Loaded with bit ${bit} flipped`);
  }
});

Deno.test("Random damage of a large file is refused", () => {
  const large = largeFile();
  assert.equal(refusal(large), null);
  const mutations = 150 * Number(Deno.env.get("DENODIS_PROPERTY_RUNS") ?? 1);
  withSeed((random) => {
    const below = (limit: number) => random.uint32() % limit;
    for (let i = 0; i < mutations; i++) {
      let damaged = large.slice();
      const at = 9 + below(large.length - 9);
      const kind = below(4);
      if (kind === 0) {
        damaged[at] = damaged[at] + 1 + below(255);
      } else if (kind === 1) {
        for (let n = 0; n < 8 && at + n < large.length; n++) damaged[at + n] ^= 1 + below(255);
      } else if (kind === 2) {
        damaged = damaged.slice(0, at);
      } else {
        const length = 1 + below(64);
        damaged = new Uint8Array([...damaged.subarray(0, at), ...damaged.subarray(at + length)]);
      }
      assert.ok(refusal(damaged) !== null, `Mutation ${i}: kind ${kind} at ${at}`);
    }
  });
});

Deno.test("Without checksum, what cannot be read is refused, and nothing does harm", () => {
  const executor = new Executor();
  for (const command of COMMANDS) executor.run(...command.split(" "));
  const bytes = savedBytes(executor.keyspace, { checksum: false });
  assert.deepEqual([...bytes.subarray(-8)], [0, 0, 0, 0, 0, 0, 0, 0]);
  assert.equal(refusal(bytes), null);
  for (let at = 0; at < bytes.length - 8; at++) {
    for (const value of [0x81, 0xc3, bytes[at] ^ 1]) {
      const damaged = bytes.slice();
      damaged[at] = value;
      refusal(damaged);
    }
  }
});
