/** The effects of a server, replayed on another one, make the same data: what AOF and replication will rest on. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { Executor } from "../support/executor.ts";
import { runs } from "../support/property.ts";
import { assertSameContents, contentsOf } from "./modelled_keyspace.ts";

const DATABASES = 16;

const key = fc.oneof(
  { weight: 20, arbitrary: fc.nat(12).map((i) => `k${i}`) },
  { weight: 1, arbitrary: fc.constantFrom("", "\xff\0\r\n", "k".repeat(100)) },
);
const value = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -1000, max: 1000 }).map(String) },
  { weight: 2, arbitrary: fc.string({ unit: "binary-ascii", maxLength: 60 }) },
  { weight: 1, arbitrary: fc.constantFrom("9223372036854775806", "1.5", "3.0e3", "", "x".repeat(3000)) },
);
/** Milliseconds: most of them over soon. */
const milliseconds = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 400 }).map(String) },
  { weight: 2, arbitrary: fc.integer({ min: 1000, max: 10 ** 9 }).map(String) },
  { weight: 1, arbitrary: fc.constantFrom("0", "-1", "-100000", "x") },
);
const seconds = fc.constantFrom("0", "1", "2", "100", "-1");
/** Times since the epoch around the executor's own. */
const time = fc.integer({ min: -200, max: 400 }).map((delta) => String(1_700_000_000_000 + delta));
const timeInSeconds = fc.integer({ min: -1, max: 2 }).map((delta) => String(1_700_000_000 + delta));
const database = fc.constantFrom("0", "0", "1", "2", "15");
const condition = fc.constantFrom<string[]>([], [], ["NX"], ["XX"], ["GT"], ["LT"]);

const words = (...parts: (string | fc.Arbitrary<string | string[]>)[]) =>
  fc.tuple(...parts.map((part) => typeof part === "string" ? fc.constant(part) : part))
    .map((parts) => parts.flat());

const setOptions = fc.tuple(
  fc.constantFrom<string[]>([], [], ["NX"], ["XX"]),
  fc.constantFrom<string[]>([], [], ["GET"]),
  fc.oneof(
    fc.constant<string[]>([]),
    fc.constant<string[]>(["KEEPTTL"]),
    words("EX", seconds),
    words("PX", milliseconds),
    words("EXAT", timeInSeconds),
    words("PXAT", time),
  ),
).map((options) => options.flat());

const expireOptions = fc.oneof(
  fc.constant<string[]>([]),
  fc.constant<string[]>(["PERSIST"]),
  words("EX", seconds),
  words("PX", milliseconds),
  words("EXAT", timeInSeconds),
  words("PXAT", time),
);

const someKeys = fc.array(key, { minLength: 1, maxLength: 4 });
const somePairs = fc.array(fc.tuple(key, value), { minLength: 1, maxLength: 3 }).map((pairs) => pairs.flat());
const smallInteger = fc.integer({ min: -20, max: 20 }).map(String);

const requests: fc.Arbitrary<string[]>[] = [
  words("SET", key, value, setOptions),
  words("SET", key, value),
  words("SETNX", key, value),
  words("SETEX", key, seconds, value),
  words("PSETEX", key, milliseconds, value),
  words("GETSET", key, value),
  words("GETDEL", key),
  words("GETEX", key, expireOptions),
  words("GET", key),
  words("MGET", someKeys),
  words("MSET", somePairs),
  words("MSETNX", somePairs),
  words("APPEND", key, value),
  words("SETRANGE", key, fc.integer({ min: -1, max: 3000 }).map(String), value),
  words("INCR", key),
  words("DECR", key),
  words("INCRBY", key, smallInteger),
  words("DECRBY", key, fc.constantFrom("5", "-5", "9223372036854775807")),
  words("INCRBYFLOAT", key, fc.constantFrom("0.1", "-2.5e2", "1e400", "x")),
  words("DEL", someKeys),
  words("UNLINK", someKeys),
  words("EXISTS", someKeys),
  words("TOUCH", someKeys),
  words("EXPIRE", key, seconds, condition),
  words("PEXPIRE", key, milliseconds, condition),
  words("EXPIREAT", key, timeInSeconds, condition),
  words("PEXPIREAT", key, time, condition),
  words("PERSIST", key),
  words("TTL", key),
  words("TYPE", key),
  words("RENAME", key, key),
  words("RENAMENX", key, key),
  words("COPY", key, key, fc.constantFrom<string[]>([], ["REPLACE"])),
  words("COPY", key, key, "DB", database, fc.constantFrom<string[]>([], ["REPLACE"])),
  words("MOVE", key, database),
  words("RANDOMKEY"),
  words("SCAN", "0", "COUNT", fc.constantFrom("1", "10", "100")),
  words("KEYS", fc.constantFrom("*", "k1*")),
  words("SELECT", database),
  words("DBSIZE"),
];

const rareRequests: fc.Arbitrary<string[]>[] = [
  words("SWAPDB", database, database),
  words("FLUSHDB"),
  words("FLUSHALL", fc.constantFrom<string[]>([], ["ASYNC"], ["SYNC"])),
];

type Step = { requests: string[][] } | { advance: number } | { activeExpiry: true };

const request = fc.oneof(
  ...requests.map((arbitrary) => ({ weight: 3, arbitrary })),
  ...rareRequests.map((arbitrary) => ({ weight: 1, arbitrary })),
);

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 10, arbitrary: fc.record({ requests: fc.array(request, { minLength: 1, maxLength: 8 }) }) },
    { weight: 2, arbitrary: fc.record({ advance: fc.nat(250) }) },
    { weight: 1, arbitrary: fc.record({ activeExpiry: fc.constant(true as const) }) },
  ),
  { maxLength: 40, size: "max" },
);

/** Runs the steps and returns all effects, a byte string. */
function perform(executor: Executor, steps: readonly Step[]): string {
  const recorded = executor.recordEffects();
  for (const step of steps) {
    if ("advance" in step) {
      executor.clock.advance(step.advance);
    } else if ("activeExpiry" in step) {
      executor.keyspace.updateTime();
      executor.server.expiry.step(1000, 1);
    } else {
      for (const request of step.requests) executor.run(...request);
    }
  }
  return recorded();
}

function assertSameData(actual: Executor, expected: Executor): void {
  for (let index = 0; index < DATABASES; index++) {
    const [a, b] = [actual, expected].map(({ keyspace }) => contentsOf(keyspace, keyspace.databases[index]));
    assertSameContents(a, b, `Database ${index} after the replay`);
  }
}

/** Replays effects on a server whose time stands still from before the first one: no key expires there by itself. */
function replay(effects: string): Executor {
  const replica = new Executor();
  const replies = replica.runBytes(effects);
  assert.ok(!/(^|\n)-/.test(replies.replace(/\$\d+\r\n[^]*?\r\n/g, "")), `An effect failed: ${replies}`);
  return replica;
}

Deno.test("Effects replayed elsewhere make the same data, whatever expired or went wrong meanwhile", () => {
  fc.assert(
    fc.property(steps, (steps) => {
      const primary = new Executor();
      const effects = perform(primary, steps);
      const replica = replay(effects);
      assertSameData(replica, primary);
      replica.keyspace.check();
      primary.keyspace.check();
    }),
    runs(120),
  );
});

Deno.test("The effects of replayed effects are the same effects", () => {
  fc.assert(
    fc.property(steps, (steps) => {
      const effects = perform(new Executor(), steps);
      const replica = new Executor();
      const recorded = replica.recordEffects();
      replica.runBytes(effects);
      assert.equal(recorded(), effects);
    }),
    runs(40),
  );
});

Deno.test("A consumer that begins in the middle gets what leads from there to the end", () => {
  fc.assert(
    fc.property(steps, steps, (before, after) => {
      const primary = new Executor();
      const first = perform(primary, before);
      const second = perform(primary, after);
      const replica = replay(first);
      const replies = replica.runBytes(second);
      assert.ok(!/^-/.test(replies), replies);
      assertSameData(replica, primary);
    }),
    runs(40),
  );
});
