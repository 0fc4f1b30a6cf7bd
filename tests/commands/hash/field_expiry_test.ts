/**
 * The expiry of fields: HEXPIRE, HTTL, HPERSIST and their kin, and what the other commands make of fields that have
 * expired. Expectations are from Redis 7.4's documentation and t_hash.c, the oracle being 7.0.
 */

import assert from "node:assert/strict";
import { Executor } from "../../support/executor.ts";
import { check, NOW, type Row } from "./watching.ts";

const SET: Row = { run: "hset h a 1 b 2 c 3", effects: ["hset h a 1 b 2 c 3"], events: ["new h", "hset h"] };
const IN_100 = NOW + 100;

/** The hash above, packed or as a table. */
function beginnings(): [kind: string, rows: Row[]][] {
  const long = "x".repeat(65);
  return [
    ["listpackex", [SET]],
    ["hashtable", [
      SET,
      { run: `hset h ${long} 1`, effects: [`hset h ${long} 1`], events: ["hset h"] },
      { run: `hdel h ${long}`, effects: [`hdel h ${long}`], events: ["hdel h"] },
    ]],
  ];
}

for (const [kind, begin] of beginnings()) {
  check(`${kind}: times are set and told`, [
    ...begin,
    {
      run: "hpexpire h 100 FIELDS 3 a x b",
      reply: "*3 :1 :-2 :1",
      effects: [`HPEXPIREAT h ${IN_100} FIELDS 2 a b`],
      events: ["hexpire h"],
    },
    { run: "object encoding h", reply: `$${kind.length} ${kind}` },
    { run: "httl h fields 4 a b c x", reply: "*4 :1 :1 :-1 :-2" },
    { run: "hpttl h fields 2 a c", reply: "*2 :100 :-1" },
    { run: "hexpiretime h fields 1 a", reply: `*1 :${Math.ceil(IN_100 / 1000)}` },
    { run: "hpexpiretime h fields 2 a c", reply: `*2 :${IN_100} :-1` },
    { run: "httl nokey fields 2 a b", reply: "*2 :-2 :-2", events: ["keymiss nokey"] },
    {
      run: "hexpire h 7 fields 1 c",
      reply: "*1 :1",
      effects: [`HPEXPIREAT h ${NOW + 7000} fields 1 c`],
      events: ["hexpire h"],
    },
    {
      run: "hexpireat h 1700000005 fields 1 c",
      reply: "*1 :1",
      effects: ["HPEXPIREAT h 1700000005000 fields 1 c"],
      events: ["hexpire h"],
    },
    {
      run: "hpexpireat h 1700000009999 fields 1 c",
      reply: "*1 :1",
      effects: ["HPEXPIREAT h 1700000009999 fields 1 c"],
      events: ["hexpire h"],
    },
    { run: "httl h fields 1 c", reply: "*1 :10" },
  ]);

  check(`${kind}: conditions`, [
    ...begin,
    { run: "hpexpire h 100 XX FIELDS 1 a", reply: "*1 :0" },
    { run: "hpexpire h 100 GT FIELDS 1 a", reply: "*1 :0" },
    {
      run: "hpexpire h 100 LT FIELDS 1 a",
      reply: "*1 :1",
      effects: [`HPEXPIREAT h ${IN_100} LT FIELDS 1 a`],
      events: ["hexpire h"],
    },
    {
      run: "hpexpire h 100 NX FIELDS 2 a b",
      reply: "*2 :0 :1",
      effects: [`HPEXPIREAT h ${IN_100} NX FIELDS 1 b`],
      events: ["hexpire h"],
    },
    { run: "hpexpire h 100 GT FIELDS 1 a", reply: "*1 :0" },
    { run: "hpexpire h 100 LT FIELDS 1 a", reply: "*1 :0" },
    {
      run: "hpexpire h 200 gt FIELDS 1 a",
      reply: "*1 :1",
      effects: [`HPEXPIREAT h ${NOW + 200} gt FIELDS 1 a`],
      events: ["hexpire h"],
    },
    {
      run: "hpexpire h 150 XX FIELDS 2 a c",
      reply: "*2 :1 :0",
      effects: [`HPEXPIREAT h ${NOW + 150} XX FIELDS 1 a`],
      events: ["hexpire h"],
    },
    { run: "hpttl h FIELDS 3 a b c", reply: "*3 :150 :100 :-1" },
  ]);

  check(`${kind}: a time that has passed removes the fields`, [
    ...begin,
    { run: "hexpire h 0 XX FIELDS 2 a x", reply: "*2 :0 :-2" },
    {
      run: "hexpire h 0 FIELDS 3 a a b",
      reply: "*3 :2 :-2 :2",
      effects: ["HDEL h a", "HDEL h b"],
      events: ["hdel h"],
    },
    {
      run: `hpexpireat h ${NOW} FIELDS 1 c`,
      reply: "*1 :2",
      effects: ["HDEL h c"],
      events: ["hdel h", "del h"],
    },
    { run: "exists h", reply: ":0", events: ["keymiss h"] },
  ]);

  check(`${kind}: times are taken away`, [
    ...begin,
    {
      run: "hpexpire h 100 FIELDS 2 a b",
      effects: [`HPEXPIREAT h ${IN_100} FIELDS 2 a b`],
      events: ["hexpire h"],
    },
    {
      run: "hpersist h FIELDS 3 a c x",
      reply: "*3 :1 :-1 :-2",
      effects: ["hpersist h FIELDS 3 a c x"],
      events: ["hpersist h"],
    },
    { run: "hpersist h FIELDS 2 a x", reply: "*2 :-1 :-2" },
    { run: "hpersist nokey FIELDS 2 a x", reply: "*2 :-2 :-2" },
    { run: "hset h b 5", reply: ":0", effects: ["hset h b 5"], events: ["hset h"] },
    { run: "hpttl h FIELDS 3 a b c", reply: "*3 :-1 :-1 :-1" },
    { run: "+ 101" },
    { run: "hmget h a b c", reply: "*3 $1 1 $1 5 $1 3" },
  ]);

  check(`${kind}: the only field that expires goes, the others stay`, [
    ...begin,
    {
      run: "hpexpire h 100 FIELDS 1 a",
      effects: [`HPEXPIREAT h ${IN_100} FIELDS 1 a`],
      events: ["hexpire h"],
    },
    { run: "hdel h a", reply: ":1", effects: ["hdel h a"], events: ["hdel h"] },
    {
      run: "hpexpire h 100 FIELDS 1 b",
      effects: [`HPEXPIREAT h ${IN_100} FIELDS 1 b`],
      events: ["hexpire h"],
    },
    { run: "hpexpire h 0 FIELDS 1 b", reply: "*1 :2", effects: ["HDEL h b"], events: ["hdel h"] },
    { run: "hgetall h", reply: "*2 $1 c $1 3" },
  ]);

  check(`${kind}: counting keeps a field's time`, [
    ...begin,
    {
      run: "hpexpire h 100 FIELDS 1 a",
      effects: [`HPEXPIREAT h ${IN_100} FIELDS 1 a`],
      events: ["hexpire h"],
    },
    { run: "hincrby h a 1000", reply: ":1001", effects: ["hincrby h a 1000"], events: ["hincrby h"] },
    {
      run: "hincrbyfloat h a 0.5",
      effects: ["HSET h a 1001.5", `HPEXPIREAT h ${IN_100} FIELDS 1 a`],
      events: ["hincrbyfloat h"],
    },
    { run: "hpttl h FIELDS 1 a", reply: "*1 :100" },
    { run: "+ 101" },
    {
      run: "hincrby h a 1",
      reply: ":1",
      effects: ["HDEL h a", "hincrby h a 1"],
      events: ["hexpired h", "hincrby h"],
    },
    { run: "hpttl h FIELDS 1 a", reply: "*1 :-1" },
  ]);

  check(`${kind}: what has expired is not there, and goes where it is met`, [
    ...begin,
    {
      run: "hpexpire h 100 FIELDS 2 a b",
      effects: [`HPEXPIREAT h ${IN_100} FIELDS 2 a b`],
      events: ["hexpire h"],
    },
    { run: "+ 100" },
    { run: "hget h a", reply: "$1 1" },
    { run: "+ 1" },
    { run: "hlen h", reply: ":3" },
    { run: "httl h FIELDS 2 a c", reply: "*2 :-2 :-1" },
    { run: "hpersist h FIELDS 1 a", reply: "*1 :-2" },
    { run: "hkeys h", reply: "*1 $1 c" },
    { run: "hvals h", reply: "*1 $1 3" },
    { run: "hgetall h", reply: "*2 $1 c $1 3" },
    { run: "hscan h 0", reply: "*2 $1 0 *2 $1 c $1 3" },
    { run: "hscan h 0 NOVALUES", reply: "*2 $1 0 *1 $1 c" },
    { run: "hget h a", reply: "$-1", effects: ["HDEL h a"], events: ["hexpired h"] },
    { run: "hget h a", reply: "$-1" },
    { run: "hlen h", reply: ":2" },
    {
      run: "hsetnx h b 7",
      reply: ":1",
      effects: ["HDEL h b", "hsetnx h b 7"],
      events: ["hexpired h", "hset h"],
    },
    { run: "hget h b", reply: "$1 7" },
  ]);

  check(`${kind}: the key goes with its last field`, [
    ...begin,
    {
      run: "hpexpire h 100 FIELDS 3 a b c",
      effects: [`HPEXPIREAT h ${IN_100} FIELDS 3 a b c`],
      events: ["hexpire h"],
    },
    { run: "+ 101" },
    { run: "hgetall h", reply: "*0" },
    { run: "hexists h a", reply: ":0", effects: ["HDEL h a"], events: ["hexpired h"] },
    { run: "hstrlen h b", reply: ":0", effects: ["HDEL h b"], events: ["hexpired h"] },
    {
      run: "hmget h c a",
      reply: "*2 $-1 $-1",
      effects: ["HDEL h c"],
      events: ["hexpired h", "del h"],
    },
    { run: "exists h", reply: ":0", events: ["keymiss h"] },
  ]);

  check(`${kind}: a random field is none that has expired`, [
    ...begin,
    {
      run: "hpexpire h 100 FIELDS 2 a b",
      effects: [`HPEXPIREAT h ${IN_100} FIELDS 2 a b`],
      events: ["hexpire h"],
    },
    { run: "+ 101" },
    // Which of two with the same time goes first is not said.
    ...(kind === "listpackex"
      ? [{
        run: "hrandfield h 5",
        reply: "*1 $1 c",
        effects: ["HDEL h b", "HDEL h a"],
        events: ["hexpired h"],
      }]
      : []),
  ]);

  check(`${kind}: a new hash comes where the expired field was the last`, [
    ...begin,
    { run: "hdel h b c", effects: ["hdel h b c"], events: ["hdel h"] },
    {
      run: "hpexpire h 100 FIELDS 1 a",
      effects: [`HPEXPIREAT h ${IN_100} FIELDS 1 a`],
      events: ["hexpire h"],
    },
    { run: "+ 101" },
    {
      run: "hincrby h a 5",
      reply: ":5",
      effects: ["HDEL h a", "hincrby h a 5"],
      events: ["hexpired h", "del h", "new h", "hincrby h"],
    },
    { run: "object encoding h", reply: "$8 listpack" },
  ]);
}

check("times go along where a key is copied, renamed and moved", [
  SET,
  {
    run: "hpexpire h 100 FIELDS 1 a",
    effects: [`HPEXPIREAT h ${IN_100} FIELDS 1 a`],
    events: ["hexpire h"],
  },
  { run: "copy h copy", reply: ":1", effects: ["copy h copy"], events: ["new copy", "copy_to copy"] },
  {
    run: "rename h other",
    effects: ["rename h other"],
    events: ["new other", "rename_from h", "rename_to other"],
  },
  { run: "expire other 1000", effects: [`PEXPIREAT other ${NOW + 1_000_000}`], events: ["expire other"] },
  { run: "hpttl copy FIELDS 2 a b", reply: "*2 :100 :-1" },
  { run: "hpttl other FIELDS 2 a b", reply: "*2 :100 :-1" },
  { run: "+ 101" },
  { run: "hget other a", reply: "$-1", effects: ["HDEL other a"], events: ["hexpired other"] },
  { run: "hget copy a", reply: "$-1", effects: ["HDEL copy a"], events: ["hexpired copy"] },
]);

const MISSING = "-ERR Mandatory argument FIELDS is missing or not at the right position";
const MISMATCH = "-ERR The `numfields` parameter must match the number of arguments";
const POSITIVE = "-ERR Number of fields must be a positive integer";
const GREATER = "-ERR Parameter `numFields` should be greater than 0";
const LAST = 2 ** 46 - 1;

const errors: readonly (readonly [request: string, reply: string])[] = [
  ["hexpire h 10 FIELDS 1", "-ERR wrong number of arguments for 'hexpire' command"],
  ["hexpire h abc FIELDS 1 a", "-ERR value is not an integer or out of range"],
  ["hexpire h -1 FIELDS 1 a", "-ERR invalid expire time, must be >= 0"],
  ["hexpire h 10 1 FIELDS a", MISSING],
  ["hexpire h 10 NX XX FIELDS 1 a", MISSING],
  ["hexpire h 10 JUNK FIELDS 1 a", MISSING],
  ["hexpire h 10 FIELDS 0 a", GREATER],
  ["hexpire h 10 FIELDS abc a", GREATER],
  ["hexpire h 10 FIELDS 2 a", MISMATCH],
  ["hexpire h 10 FIELDS 1 a b", MISMATCH],
  ["hexpire s abc FIELDS 1 a", "-WRONGTYPE Operation against a key holding the wrong kind of value"],
  ["hexpire h 9223372036854775807 FIELDS 1 a", "-ERR invalid expire time in 'hexpire' command"],
  [`hpexpire h ${LAST - NOW + 1} FIELDS 1 a`, "-ERR invalid expire time in 'hpexpire' command"],
  [`hpexpireat h ${LAST + 1} FIELDS 1 a`, "-ERR invalid expire time in 'hpexpireat' command"],
  [
    `hexpireat h ${Math.floor(LAST / 1000) + 1} FIELDS 1 a`,
    "-ERR invalid expire time in 'hexpireat' command",
  ],
  ["hexpire nokey 10 FIELDS 2 a b", "*2 :-2 :-2"],
  ["httl h 1 FIELDS a", MISSING],
  ["httl h FIELDS 0 a", POSITIVE],
  ["httl h FIELDS 2 a", MISMATCH],
  ["httl s FIELDS 2 a", "-WRONGTYPE Operation against a key holding the wrong kind of value"],
  ["hpersist h 1 FIELDS a", MISSING],
  ["hpersist h FIELDS 0 a", POSITIVE],
  ["hpersist h FIELDS 2 a", MISMATCH],
  ["hpersist s FIELDS 2 a", "-WRONGTYPE Operation against a key holding the wrong kind of value"],
];

Deno.test("errors, in Redis's words and order", () => {
  const executor = new Executor();
  executor.run("HSET", "h", "a", "1");
  executor.run("SET", "s", "1");
  for (const [request, reply] of errors) {
    const got = executor.run(...request.split(" ")).replaceAll("\r\n", " ").trim();
    assert.equal(got, reply, request);
  }
  assert.equal(executor.run("HPEXPIREAT", "h", String(LAST), "FIELDS", "1", "a"), "*1\r\n:1\r\n");
  assert.equal(executor.run("HPEXPIRETIME", "h", "FIELDS", "1", "a"), `*1\r\n:${LAST}\r\n`);
});

Deno.test("a server that leaves expiry to its primary hides what has expired and keeps it", () => {
  const executor = new Executor();
  executor.run("HSET", "h", "a", "1", "b", "2");
  executor.run("HPEXPIRE", "h", "100", "FIELDS", "1", "a");
  executor.clock.advance(101);
  executor.keyspace.expiresKeys = false;
  const effects = executor.recordEffects();
  assert.equal(executor.run("HGET", "h", "a"), "$-1\r\n");
  assert.equal(executor.run("HKEYS", "h"), "*1\r\n$1\r\nb\r\n");
  assert.equal(executor.run("HLEN", "h"), ":2\r\n");
  assert.equal(effects(), "");
});

Deno.test("HSCAN takes a COUNT for tables, and NOVALUES anywhere among its options", () => {
  const executor = new Executor();
  const fields = Array.from({ length: 1000 }, (_, i) => [`field:${i}`, "v"]).flat();
  executor.run("HSET", "h", ...fields);
  let cursor = "0";
  const names = new Set<string>();
  let calls = 0;
  do {
    const reply = executor.run("HSCAN", "h", cursor, "NOVALUES", "COUNT", "20", "MATCH", "field:*");
    const lines = reply.split("\r\n");
    cursor = lines[2];
    const found = lines.filter((line) => line.startsWith("field:"));
    assert.equal(lines[3], `*${found.length}`);
    for (const name of found) names.add(name);
    calls++;
  } while (cursor !== "0");
  assert.equal(names.size, 1000);
  assert.ok(calls > 20, `${calls} calls`);
});

Deno.test("HRANDFIELD gives up a reply that would not end, and survives", () => {
  const executor = new Executor();
  executor.run("HSET", "h", "a", "1");
  assert.equal(executor.run("HRANDFIELD", "h", "-9223372036854775807"), "-ERR value is out of range\r\n");
  assert.equal(executor.run("HGET", "h", "a"), "$1\r\n1\r\n");
});
