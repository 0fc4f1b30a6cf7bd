/**
 * A damaged RDB file is never taken for a whole one: loading fails, and says where. Where the checksum cannot tell,
 * what is loaded is sound.
 *
 * `DENODIS_DAMAGE_RUNS` says how many mutations of a large file there are of each sort; 150 unless told, 10,000 in a
 * full run.
 */

import assert from "node:assert/strict";
import { ManualClock } from "../../src/base/clock.ts";
import { RdbLoadError } from "../../src/persistence/rdb_loader.ts";
import { Keyspace } from "../../src/store/keyspace.ts";
import { ownedBytes, START } from "../store/modelled_keyspace.ts";
import { Executor } from "../support/executor.ts";
import { withSeed } from "../support/property.ts";
import { CHECKSUM_BYTES, HEADER_BYTES, mutated, sealed } from "./damaged_files.ts";
import { loadBytes, savedBytes } from "./rdb_snapshots.ts";

const RUNS = Number(Deno.env.get("DENODIS_DAMAGE_RUNS") ?? 150);
/** Bytes of a page of the arena. */
const PAGE_BYTES = 32 * 1024 * 1024;

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

/** Loads files one after the other into the same keyspace, which is empty in between and stays sound. */
class Victim {
  readonly #keyspace = new Keyspace({ databases: 16, clock: new ManualClock(START) });
  readonly #empty = this.#keyspace.arena.used;
  #loads = 0;

  /** Why the bytes are not loaded, null: they are. */
  refusal(bytes: Uint8Array, verifiesChecksum = true): RdbLoadError | null {
    const keyspace = this.#keyspace;
    let refused: RdbLoadError | null = null;
    try {
      loadBytes(keyspace, bytes, { verifiesChecksum });
    } catch (error) {
      assert.ok(error instanceof RdbLoadError, String(error instanceof Error ? error.stack : error));
      assert.ok(error.offset >= 0 && error.offset <= bytes.length, `Offset ${error.offset}`);
      refused = error;
    }
    for (const database of keyspace.databases) if (database.size > 0) database.check();
    if (this.#loads++ % 64 === 0) keyspace.arena.check();
    while (keyspace.lazyfree.step());
    assert.equal(keyspace.arena.used, ownedBytes(keyspace), "Memory is left behind");
    for (const database of keyspace.databases) database.flush();
    while (keyspace.lazyfree.step());
    assert.equal(keyspace.arena.used, this.#empty, "Memory is left behind by what was loaded");
    // Three bytes say 264 at most: whatever a length in the file claims, no more is asked for.
    const { allocated } = keyspace.arena.usage();
    assert.ok(allocated <= PAGE_BYTES * 2 + bytes.length * 88, `${allocated} bytes were taken`);
    return refused;
  }
}

const victim = new Victim();
const refusal = victim.refusal.bind(victim);

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

Deno.test("A file that is cut off at any byte, and sealed again, does no harm", () => {
  for (let length = HEADER_BYTES + CHECKSUM_BYTES; length < small.length; length++) {
    const refused = refusal(sealed(small.slice(0, length)));
    assert.ok(refused !== null, `Loaded with ${length} bytes`);
  }
});

Deno.test("A file of which any bit is flipped, and that is sealed again, does no harm", () => {
  let refused = 0;
  const bits = (small.length - CHECKSUM_BYTES) * 8;
  for (let bit = 0; bit < bits; bit++) {
    const damaged = small.slice();
    damaged[bit >> 3] ^= 1 << (bit & 7);
    if (refusal(sealed(damaged)) !== null) refused++;
  }
  assert.ok(refused > 0 && refused < bits, `${refused} of ${bits} are refused`);
});

Deno.test("Random damage of a large file is refused", () => {
  const large = largeFile();
  assert.equal(refusal(large), null);
  withSeed((random) => {
    for (let i = 0; i < RUNS; i++) {
      const damaged = mutated(random, large);
      assert.ok(refusal(damaged) !== null, `Mutation ${i} is loaded`);
    }
  });
});

for (
  const [what, verifiesChecksum, prepared] of [
    ["under a checksum that is right", true, sealed],
    ["that nobody looks for", false, (bytes: Uint8Array<ArrayBuffer>) => bytes],
  ] as const
) {
  Deno.test(`Random damage of a large file ${what} does no harm`, () => {
    const large = largeFile();
    withSeed((random) => {
      let refused = 0;
      for (let i = 0; i < RUNS; i++) {
        const damaged = mutated(random, large);
        try {
          if (refusal(prepared(damaged), verifiesChecksum) !== null) refused++;
        } catch (error) {
          throw new Error(`Mutation ${i}: ${error}`, { cause: error });
        }
      }
      assert.ok(refused > 0 && refused < RUNS, `${refused} of ${RUNS} are refused`);
    });
  });
}

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
