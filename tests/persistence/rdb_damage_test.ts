/** Damaged payloads with a CRC that is right: each is refused, or restored as a value that is sound. */

import assert from "node:assert/strict";
import { SeededRandom } from "../../src/base/random.ts";
import { Executor } from "../support/executor.ts";
import { withSeed } from "../support/property.ts";
import { parseReplies, printable } from "../support/replies.ts";
import { count, id, listpack, payload, rawId, string, withValue } from "./rdb_payloads.ts";
import { FIELD_EXPIRY, samples } from "./rdb_samples.ts";

/** Damaged payloads of each sample. */
const ROUNDS = 1200 * Number(Deno.env.get("DENODIS_PROPERTY_RUNS") ?? 1);

/** Bytes that mean something somewhere. */
const TELLING = "\x00\x01\x02\x03\x0b\x3f\x40\x7f\x80\x81\xc0\xc3\xf0\xf1\xf4\xfe\xff";
const LARGE = [
  "\x80\xff\xff\xff\xff",
  "\x81\x00\x00\x01\x00\x00\x00\x00\x00",
  "\x81" + "\xff".repeat(8),
  "\xff\xff\xff\x7f",
];

/** What is done with values of a type, so that a broken one would show. */
const USES: Record<string, readonly string[]> = {
  string: ["STRLEN k", "APPEND k more"],
  list: ["LRANGE k 0 -1", "LPUSH k x", "RPOP k", "LINSERT k BEFORE x y", "LREM k 0 a", "LSET k -1 5"],
  set: ["SMEMBERS k", "SADD k 5 new -70000", "SREM k a", "SPOP k 2"],
  zset: [
    "ZRANGE k 0 -1 WITHSCORES",
    "ZADD k 3 new",
    "ZINCRBY k 2 a",
    "ZCOUNT k -inf 5",
    "ZPOPMIN k",
    "ZREM k b",
  ],
  hash: ["HGETALL k", "HSET k a 7 new 5", "HDEL k b", "HINCRBY k n 4", "HPEXPIRE k 5000 FIELDS 1 c"],
  stream: [
    "XRANGE k - +",
    "XREVRANGE k + -",
    "XINFO STREAM k FULL COUNT 0",
    "XADD k * a 1 b 2",
    "XREADGROUP GROUP g bob STREAMS k >",
    "XAUTOCLAIM k g carol 0 0",
    "XACK k g 5-1 6-0",
    "XDEL k 7-0",
    "XTRIM k MAXLEN 1",
    "XGROUP DELCONSUMER k g alice",
  ],
};

/** The value of a payload with one thing changed. */
function damaged(random: SeededRandom, value: string): string {
  const below = (limit: number) => random.uint32() % limit;
  const at = below(value.length);
  const to = Math.min(value.length, at + 1 + below(6));
  switch (below(9)) {
    case 0:
      return value.slice(0, at) + String.fromCharCode(below(256)) + value.slice(at + 1);
    case 1:
      return value.slice(0, at) + String.fromCharCode(value.charCodeAt(at) ^ (1 << below(8))) +
        value.slice(at + 1);
    case 2:
      return value.slice(0, at) + TELLING[below(TELLING.length)] + value.slice(at + 1);
    case 3:
      return value.slice(0, at) +
        String.fromCharCode((value.charCodeAt(at) + (below(2) === 0 ? 1 : 255)) & 255) +
        value.slice(at + 1);
    case 4:
      return value.slice(0, at) + value.slice(to);
    case 5:
      return value.slice(0, at) + value.slice(at, to) + value.slice(at);
    case 6:
      return value.slice(0, at) + LARGE[below(LARGE.length)] + value.slice(at + below(2));
    case 7:
      return value.slice(0, at) + TELLING[below(TELLING.length)] + value.slice(at);
    default:
      return value.slice(0, Math.max(1, at));
  }
}

/** The bytes that are used once nothing waits to be freed. */
function used(executor: Executor): number {
  while (executor.keyspace.lazyfree.step());
  return executor.keyspace.arena.used;
}

for (const { name, payload } of samples) {
  Deno.test(`damaged payloads of ${name} are refused or restored soundly`, () => {
    withSeed((random) => {
      const executor = new Executor();
      const before = used(executor);
      let refused = 0;
      for (let round = 0; round < ROUNDS; round++) {
        let value = payload.slice(0, -10);
        for (let changes = random.uint32() % 3; changes >= 0; changes--) value = damaged(random, value);
        const bytes = withValue(payload, value);
        try {
          if (!restoreAndUse(executor, bytes)) refused++;
          assert.equal(used(executor), before, "memory leaked");
          if (round % 200 === 0) executor.keyspace.check();
        } catch (error) {
          throw new Error(`${printable(bytes)}: ${error}`, { cause: error });
        }
      }
      assert.ok(refused > 0 && refused < ROUNDS, `${refused} refused`);
    });
  });
}

/** Elements of packed values and of nodes of streams, from which one is changed or a few are taken. */
const PACKED: Record<string, { wrap: (packed: string) => string; elements: readonly (number | string)[] }> = {
  hash: { wrap: (packed) => payload(16, string(packed)), elements: ["a", 1, "b", "two", 7, -70000] },
  "hash of which fields expire": {
    wrap: (packed) => payload(23, string(packed), 12),
    elements: ["a", 1, FIELD_EXPIRY, "b", "two", 0, 7, 8, FIELD_EXPIRY - 5],
  },
  "sorted set": {
    wrap: (packed) => payload(17, string(packed)),
    elements: ["a", -1, "b", "1.5", 12, 7, "c", 7, "d", 7],
  },
  set: { wrap: (packed) => payload(20, string(packed), 11), elements: ["a", 1, "b", "2", -70000, "c"] },
  list: {
    wrap: (packed) => payload(18, count(2) + count(2) + string(packed) + count(1) + string("large")),
    elements: ["a", 1, "b", "1", 5],
  },
  stream: {
    wrap: (packed) =>
      payload(
        19,
        count(1) + string(rawId(5, 1)) + string(packed) + count(3) + id(9, 9) + id(5, 1) + id(6, 0) +
          count(4) +
          count(0),
      ),
    elements: [
      ...[3, 1, 2, "a", "b", 0],
      ...[2, 0, 0, 1, 2, 5],
      ...[3, 1, -1, "p", "q", 5],
      ...[0, 2, -1, 1, "c", "long", 6],
      ...[2, 3, 5, "x", "y", 5],
    ],
  },
};

/** The elements with one of them changed, removed, doubled or exchanged with another. */
function rearranged(random: SeededRandom, elements: readonly (number | string)[]): (number | string)[] {
  const below = (limit: number) => random.uint32() % limit;
  const changed = [...elements];
  const [at, other] = [below(changed.length), below(changed.length)];
  switch (below(5)) {
    case 0:
      changed.splice(at, 1);
      break;
    case 1:
      changed.splice(at, 0, changed[other]);
      break;
    case 2:
      [changed[at], changed[other]] = [changed[other], changed[at]];
      break;
    case 3:
      changed[at] = [0, 1, 2, 3, 4, 5, 6, -1, 127, 128, -4097, "", "a", "1", "x", "nan", "1e5"][below(17)];
      break;
    default: {
      const old = changed[at];
      if (typeof old === "number") changed[at] = old + below(3) - 1;
      else changed.length = Math.max(1, at);
    }
  }
  return changed;
}

for (const [what, { wrap, elements }] of Object.entries(PACKED)) {
  Deno.test(`whole listpacks with other elements are refused or restored soundly as a ${what}`, () => {
    withSeed((random) => {
      const executor = new Executor();
      const before = used(executor);
      assert.ok(restoreAndUse(executor, wrap(listpack(elements))));
      let refused = 0;
      for (let round = 0; round < ROUNDS; round++) {
        let others = [...elements];
        for (let changes = random.uint32() % 2; changes >= 0; changes--) {
          others = others.length > 0 ? rearranged(random, others) : others;
        }
        const bytes = wrap(listpack(others));
        try {
          if (!restoreAndUse(executor, bytes)) refused++;
          assert.equal(used(executor), before, "memory leaked");
        } catch (error) {
          throw new Error(`${others.join(" ")}: ${printable(bytes)}: ${error}`, { cause: error });
        }
      }
      executor.keyspace.check();
      assert.ok(refused < ROUNDS && (what === "list" || refused > 0), `${refused} refused`);
    });
  });
}

/** Restores a payload, uses the value and removes it; false where it is refused. */
function restoreAndUse(executor: Executor, bytes: string): boolean {
  const { entries, databases: [database] } = executor.keyspace;
  const check = () => {
    database.scan(0, Infinity, (entry) => entries.check(entry));
  };
  const reply = executor.run("RESTORE", "k", "0", bytes);
  if (reply !== "+OK\r\n") {
    assert.equal(reply, "-ERR Bad data format\r\n");
    return false;
  }
  check();
  const dumped = parseReplies(executor.run("DUMP", "k"))[0].text!;
  assert.equal(executor.run("RESTORE", "again", "0", dumped), "+OK\r\n", "what it is dumped as is refused");
  check();
  executor.run("DEL", "again");
  const type = executor.run("TYPE", "k").slice(1, -2);
  for (const use of USES[type]) {
    const reply = executor.run(...use.split(" "));
    assert.ok(!reply.startsWith("-ERR internal error"), use);
    check();
  }
  executor.run("DEL", "k");
  return true;
}
