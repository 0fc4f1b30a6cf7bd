/** A snapshot is the keyspace as it was when the snapshot began, whatever is written meanwhile. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { byteString } from "../../src/base/bytes.ts";
import { ManualClock } from "../../src/base/clock.ts";
import { KeyHash } from "../../src/base/siphash.ts";
import { AofFormat } from "../../src/persistence/aof_snapshot.ts";
import { Keyspace } from "../../src/store/keyspace.ts";
import {
  assertSameContents,
  CoarseHash,
  contentsOf,
  ModelledKeyspace,
  ownedBytes,
  START,
} from "../store/modelled_keyspace.ts";
import { apply, DATABASES, steps } from "../store/steps.ts";
import { Executor } from "../support/executor.ts";
import { runs } from "../support/property.ts";
import { anyCommand } from "../parity/generators/mod.ts";
import { KEYS } from "../parity/generators/arguments.ts";
import { assertSameKeys, contentsOfExecutor } from "./contents.ts";
import { loadBytes, savedBytes, SnapshotRecorder } from "./rdb_snapshots.ts";

const walk = fc.record({ type: fc.constant("walk" as const), steps: fc.constantFrom(1, 1, 2, 5, 20) });

const stringRuns = fc.record({
  before: fc.array(steps, { maxLength: 60, size: "max" }),
  /** Keys that bring the dictionary to several segments. */
  bulk: fc.constantFrom(0, 0, 50, 1500),
  during: fc.array(
    fc.oneof(
      { weight: 6, arbitrary: steps },
      { weight: 2, arbitrary: walk },
      {
        weight: 1,
        arbitrary: fc.record({ type: fc.constant("bulk" as const), from: fc.nat(3000), grow: fc.boolean() }),
      },
    ),
    { maxLength: 80, size: "max" },
  ),
});

function bulkSet(model: ModelledKeyspace, from: number, count: number): void {
  for (let i = from; i < from + count; i++) model.set(0, `bulk:${i}`, `v${i}`, i % 4 === 0 ? START + i : -1);
}

function stringProperty(hash: () => KeyHash) {
  return fc.property(stringRuns, ({ before, bulk, during }) => {
    const model = new ModelledKeyspace(DATABASES, hash());
    const { keyspace } = model;
    bulkSet(model, 0, bulk);
    for (const step of before) apply(model, step);
    const expected = keyspace.databases.map((database) => contentsOf(keyspace, database));
    const recorder = new SnapshotRecorder(keyspace);
    for (const step of during) {
      if (step.type === "walk") {
        recorder.walk(step.steps);
      } else if (step.type === "bulk") {
        if (step.grow) bulkSet(model, step.from, bulk / 2);
        else for (let i = 0; i < bulk / 2; i++) model.delete(0, `bulk:${step.from + i}`, i % 2 === 0);
      } else {
        apply(model, step);
      }
    }
    const bytes = recorder.finish();
    model.check();
    while (keyspace.lazyfree.step());
    assert.equal(keyspace.arena.used, ownedBytes(keyspace), "Memory is left behind");
    const loaded = new Keyspace({ databases: DATABASES, clock: new ManualClock(START) });
    assert.equal(
      loadBytes(loaded, bytes).loaded,
      expected.reduce((sum, contents) => sum + contents.size, 0),
    );
    expected.forEach((contents, index) => {
      assertSameContents(contentsOf(loaded, loaded.databases[index]), contents, `Database ${index}`);
    });
  });
}

Deno.test("A snapshot has each string as it was when it began, whatever is written meanwhile", () => {
  fc.assert(stringProperty(() => new KeyHash(3, 4)), runs(80));
});

Deno.test("A snapshot is right where many keys have the same hash", () => {
  fc.assert(stringProperty(() => new CoarseHash(3, 4)), runs(40));
});

/** Collections of several steps each, under names that random commands use. */
const LARGE: readonly ((from: number, count: number) => string[])[] = [
  (from, count) => ["RPUSH", ...numbered(from, count, (i) => [`element ${i} ${"x".repeat(20)}`])],
  (from, count) => ["SADD", ...numbered(from, count, (i) => [`member ${i}`])],
  (from, count) => ["ZADD", ...numbered(from, count, (i) => [String(i % 77), `m${i}`])],
  (from, count) => ["HSET", ...numbered(from, count, (i) => [`f${i}`, `value ${i}`])],
];

function numbered(from: number, count: number, words: (i: number) => string[]): string[] {
  return Array.from({ length: count }, (_, i) => words(from + i)).flat();
}

const large = fc.record({ key: fc.nat(2), kind: fc.nat(4), count: fc.constantFrom(600, 3000, 9000) });

function makeLarge(
  executor: Executor,
  { key, kind, count }: { key: number; kind: number; count: number },
): void {
  executor.run("DEL", KEYS[key]);
  if (kind < LARGE.length) {
    const [name, ...words] = LARGE[kind](0, count);
    executor.run(name, KEYS[key], ...words);
    if (kind === 3) executor.run("HPEXPIRE", KEYS[key], "100000", "FIELDS", "2", "f1", `f${count - 1}`);
    return;
  }
  for (let i = 1; i <= count / 10; i++) executor.run("XADD", KEYS[key], `${i}-1`, "field", "x".repeat(300));
  executor.run("XGROUP", "CREATE", KEYS[key], "g", "0");
  executor.run("XREADGROUP", "GROUP", "g", "c", "COUNT", "700", "STREAMS", KEYS[key], ">");
}

/** Keys that lie among the large ones. */
const SMALL = 40;

const step = fc.oneof(
  { weight: 12, arbitrary: anyCommand.map(({ args }) => ({ type: "command" as const, args })) },
  { weight: 5, arbitrary: walk },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      ...["SWAPDB 0 1", "FLUSHDB", "FLUSHDB", "SELECT 1", "SELECT 0", "MOVE", "SORT"],
    ).map((text) => ({ type: "command" as const, args: text.split(" ") })),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant("advance" as const), milliseconds: fc.nat(60_000) }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("pop" as const), key: fc.nat(2) }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant("touch" as const), key: fc.nat(SMALL - 1) }) },
);

const commandRuns = fc.record({
  large: fc.array(large, { minLength: 1, maxLength: 3 }),
  before: fc.array(anyCommand, { maxLength: 60, size: "max" }),
  during: fc.array(step, { maxLength: 60, size: "max" }),
});

/** Changes a collection of whatever type a little: the commands of the other types are errors. */
function popSome(executor: Executor, key: string): void {
  for (const command of ["LPOP", "SPOP", "ZPOPMAX"]) executor.run(command, key);
  executor.run("HDEL", key, "f3", "f500");
  executor.run("XTRIM", key, "MAXLEN", "100");
  executor.run("XACK", key, "g", "5-1");
}

/** A snapshot as an RDB file, and as requests. */
const FORMATS = {
  "an RDB file": {
    streams: "bytes",
    record: (keyspace: Keyspace) => new SnapshotRecorder(keyspace),
    load: (executor: Executor, bytes: Uint8Array) => void loadBytes(executor.keyspace, bytes),
  },
  requests: {
    streams: "entries",
    record: (keyspace: Keyspace) =>
      new SnapshotRecorder(keyspace, new AofFormat(keyspace, { annotation: "", functions: [] })),
    load: (executor: Executor, bytes: Uint8Array) => {
      assert.doesNotMatch(executor.runBytes(byteString(bytes)), /^-/m);
    },
  },
} as const;

for (const [name, { streams, record, load }] of Object.entries(FORMATS)) {
  Deno.test(`As ${name} a snapshot has streams whose counts have overflowed`, () => {
    const executor = new Executor();
    const largest = "9223372036854775807";
    executor.run("XADD", "s", "1-1", "f", "v");
    executor.run("XSETID", "s", "1-1", "ENTRIESADDED", largest);
    executor.run("XGROUP", "CREATE", "s", "g", "1-1", "ENTRIESREAD", largest);
    executor.run("XADD", "s", "2-1", "f", "v");
    executor.run("XREADGROUP", "GROUP", "g", "c", "STREAMS", "s", ">");
    assert.match(executor.run("XINFO", "STREAM", "s"), /entries-added\r\n:-9223372036854775808\r\n/);
    assert.match(executor.run("XINFO", "GROUPS", "s"), /entries-read\r\n:-9223372036854775808\r\n/);
    const other = new Executor();
    load(other, record(executor.keyspace).finish());
    other.keyspace.check();
    assertSameKeys(contentsOfExecutor(other, streams), contentsOfExecutor(executor, streams));
  });

  Deno.test(`As ${name} a snapshot has values of each type as they were when it began`, () => {
    fc.assert(
      fc.property(commandRuns, ({ large, before, during }) => {
        const executor = new Executor();
        for (const { args } of before) executor.run(...args);
        for (const one of large) makeLarge(executor, one);
        for (let i = 0; i < SMALL; i += 2) executor.run("SET", `small ${i}`, "before");
        const expected = contentsOfExecutor(executor, streams);
        const recorder = record(executor.keyspace);
        for (const step of during) {
          if (step.type === "walk") recorder.walk(step.steps);
          else if (step.type === "advance") executor.clock.advance(step.milliseconds);
          else if (step.type === "pop") popSome(executor, KEYS[step.key]);
          else if (step.type === "touch") executor.run("SET", `small ${step.key}`, "after");
          else executor.run(...step.args);
          // What the snapshot has kept is not freed under its feet.
          while (executor.keyspace.lazyfree.step());
        }
        const bytes = recorder.finish();
        executor.keyspace.check();
        const other = new Executor();
        load(other, bytes);
        other.keyspace.check();
        assertSameKeys(contentsOfExecutor(other, streams), expected);
      }),
      runs(120),
    );
  });
}

Deno.test("Snapshots of the same data are the same, whether in steps or at once", () => {
  fc.assert(
    fc.property(
      fc.array(anyCommand, { maxLength: 150, size: "max" }),
      fc.array(large, { maxLength: 1 }),
      (commands, large) => {
        const executor = new Executor();
        for (const { args } of commands) executor.run(...args);
        for (const one of large) makeLarge(executor, one);
        const inSteps = savedBytes(executor.keyspace);
        assert.deepEqual(savedBytes(executor.keyspace, { atOnce: true }), inSteps);
        const other = new Executor();
        // Buffers end within values.
        const chunk = 1 + (inSteps.length % 7);
        loadBytes(other.keyspace, inSteps, { chunk });
        assertSameKeys(contentsOfExecutor(other), contentsOfExecutor(executor));
      },
    ),
    runs(30),
  );
});
