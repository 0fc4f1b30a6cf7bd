/** Damaged payloads with a CRC that is right: each is refused, or restored as a value that is sound. */

import assert from "node:assert/strict";
import { SeededRandom } from "../../src/base/random.ts";
import { Executor } from "../support/executor.ts";
import { withSeed } from "../support/property.ts";
import { parseReplies, printable } from "../support/replies.ts";
import { withValue } from "./rdb_payloads.ts";
import { samples } from "./rdb_samples.ts";

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
