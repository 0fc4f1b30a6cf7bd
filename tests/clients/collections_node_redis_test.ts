/** node-redis (npm:redis) with collections, over RESP2 and RESP3: iterators, blocking commands, consumer groups. */

import assert from "node:assert/strict";
import { createClient, createClientPool } from "redis";
import { type RunningServer, startDenodis } from "../support/servers.ts";

/** Elements that are there while a scan runs, and those that come and go. */
const STAYING = 3000, CHANGING = 4000;

let server: RunningServer;

Deno.test.beforeAll(async () => {
  server = await startDenodis();
});

Deno.test.afterAll(async () => {
  // Undefined where it did not start.
  await server?.stop();
});

function newClient(RESP: 2 | 3) {
  const client = createClient({ url: `redis://127.0.0.1:${server.port}`, RESP });
  client.on("error", () => {});
  return client;
}

type Client = ReturnType<typeof newClient>;

/** A test for each version of the protocol; `connect` gives it further clients. The first one has emptied the server. */
function test(name: string, use: (client: Client, connect: () => Promise<Client>) => Promise<void>): void {
  for (const version of [2, 3] as const) {
    Deno.test(`node-redis over RESP${version}: ${name}`, async () => {
      const clients: Client[] = [];
      const connect = async () => {
        const client = newClient(version);
        clients.push(client);
        return await client.connect();
      };
      try {
        const client = await connect();
        await client.flushAll();
        await use(client, connect);
      } finally {
        for (const client of clients) if (client.isOpen) client.destroy();
      }
    });
  }
}

/** Resolves when so many clients wait in blocked commands. */
async function untilBlocked(client: Client, count: number): Promise<void> {
  while (!(await client.info("clients")).includes(`blocked_clients:${count}\r\n`));
}

/** A reply with the prototype of a plain object, of which some of the library's have none. */
function plain(reply: unknown): unknown {
  return JSON.parse(JSON.stringify(reply));
}

function names(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}:${i}`);
}

/** An element of a name that `names` made: it has its number for value. */
function valueOf(name: string): string {
  return name.split(":")[1];
}

/**
 * Scans while another client adds and removes elements after each page, and asserts that what has been there all the
 * time was seen, and nothing that never was.
 */
async function assertScan(
  iterator: AsyncIterable<string[]>,
  { add, remove }: {
    add: (elements: string[]) => Promise<unknown>;
    remove: (elements: string[]) => Promise<unknown>;
  },
): Promise<void> {
  const staying = names("stay", STAYING);
  const changing = names("change", CHANGING);
  await add(staying);
  await add(changing.slice(0, CHANGING / 2));
  const seen = new Set<string>();
  let pages = 0;
  for await (const page of iterator) {
    for (const element of page) {
      assert.match(element, /^(stay|change):\d+$/);
      seen.add(element);
    }
    const slice = changing.slice((pages % 5) * 800, (pages % 5 + 1) * 800);
    await (pages++ % 2 === 0 ? remove(slice) : add(slice));
    // All but what stays goes, so that the collection shrinks while it is scanned.
    if (pages === 10) await remove(changing);
  }
  assert.ok(pages > 10, `Only ${pages} pages`);
  assert.deepEqual(staying.filter((name) => !seen.has(name)), []);
}

/** The names of what pages hold together with a value, which must be the right one. */
async function* namesOf<T>(
  pages: AsyncIterable<T[]>,
  parts: (element: T) => [name: string, value: string],
): AsyncIterable<string[]> {
  for await (const page of pages) {
    yield page.map((element) => {
      const [name, value] = parts(element);
      assert.equal(value, valueOf(name));
      return name;
    });
  }
}

test("scanIterator while keys of several types come and go", async (client, connect) => {
  const other = await connect();
  await assertScan(client.scanIterator({ COUNT: 200 }), {
    add: (elements) =>
      Promise.all(elements.map((name): Promise<unknown> => {
        const type = Number(valueOf(name)) % 3;
        if (type === 0) return other.set(name, "v");
        return type === 1 ? other.zAdd(name, { score: 1, value: "m" }) : other.rPush(name, "v");
      })),
    remove: (elements) => other.unlink(elements),
  });
});

test("scanIterator with a type", async (client) => {
  for (let i = 0; i < 200; i += 1) {
    await Promise.all([
      client.set(`string:${i}`, "v"),
      client.hSet(`hash:${i}`, "f", "v"),
      client.sAdd(`set:${i}`, "m"),
    ]);
  }
  for (const type of ["string", "hash", "set"] as const) {
    const seen = new Set<string>();
    for await (const keys of client.scanIterator({ TYPE: type, COUNT: 50 })) {
      keys.forEach((key) => seen.add(key));
    }
    assert.deepEqual([...seen].sort(), names(type, 200).sort());
  }
});

test("sScanIterator while members come and go", async (client, connect) => {
  const other = await connect();
  await assertScan(client.sScanIterator("k", { COUNT: 200 }), {
    add: (elements) => other.sAdd("k", elements),
    remove: (elements) => other.sRem("k", elements),
  });
});

test("hScanIterator while fields come and go", async (client, connect) => {
  const other = await connect();
  const fields = client.hScanIterator("k", { COUNT: 200 });
  await assertScan(namesOf(fields, ({ field, value }) => [field, value]), {
    add: (elements) => other.hSet("k", elements.map((field) => [field, valueOf(field)] as [string, string])),
    remove: (elements) => other.hDel("k", elements),
  });
});

test("hScanNoValuesIterator while fields come and go", async (client, connect) => {
  const other = await connect();
  await assertScan(client.hScanNoValuesIterator("k", { COUNT: 200 }), {
    add: (elements) => other.hSet("k", elements.map((field) => [field, valueOf(field)] as [string, string])),
    remove: (elements) => other.hDel("k", elements),
  });
});

test("zScanIterator while members come and go", async (client, connect) => {
  const other = await connect();
  const members = client.zScanIterator("k", { COUNT: 200 });
  await assertScan(namesOf(members, ({ value, score }) => [value, String(score)]), {
    add: (elements) => other.zAdd("k", elements.map((value) => ({ value, score: Number(valueOf(value)) }))),
    remove: (elements) => other.zRem("k", elements),
  });
});

test("hashes", async (client) => {
  assert.equal(await client.hSet("k", { name: "Ann", age: 41 }), 2);
  assert.deepEqual(plain(await client.hGetAll("k")), { name: "Ann", age: "41" });
  assert.deepEqual(plain(await client.hGetAll("missing")), {});
  assert.deepEqual(await client.hmGet("k", ["age", "missing"]), ["41", null]);
  assert.equal(await client.hIncrBy("k", "age", 1), 42);
  assert.equal(await client.hIncrByFloat("k", "height", 1.5), "1.5");
  assert.deepEqual((await client.hKeys("k")).sort(), ["age", "height", "name"]);
  assert.deepEqual(await client.hRandFieldCountWithValues("one", 2), []);
  await client.hSet("one", "f", "v");
  assert.deepEqual(plain(await client.hRandFieldCountWithValues("one", 2)), [{ field: "f", value: "v" }]);
});

test("fields of a hash that expire", async (client) => {
  await client.hSet("k", { a: "1", b: "2", c: "3" });
  assert.deepEqual(await client.hExpire("k", ["a", "missing"], 100), [1, -2]);
  const [seconds, ...others] = await client.hTTL("k", ["a", "b", "missing"]) as number[];
  assert.ok(seconds > 0 && seconds <= 100);
  assert.deepEqual(others, [-1, -2]);
  assert.deepEqual(await client.hExpire("k", "a", 50, "GT"), [0]);
  assert.deepEqual(await client.hExpire("k", "a", 500, "GT"), [1]);
  assert.deepEqual(await client.hExpire("k", ["a", "b"], 600, "NX"), [0, 1]);
  assert.deepEqual(await client.hpExpire("k", "c", 1_000_000, "XX"), [0]);
  assert.deepEqual(await client.hpExpire("k", "c", 1_000_000), [1]);
  const [left] = await client.hpTTL("k", "c") as number[];
  assert.ok(left > 0 && left <= 1_000_000);
  const at = Math.floor(Date.now() / 1000) + 1000;
  assert.deepEqual(await client.hExpireAt("k", "a", at), [1]);
  assert.deepEqual(await client.hExpireTime("k", ["a", "missing"]), [at, -2]);
  assert.deepEqual(await client.hpExpireAt("k", "a", at * 1000 + 500), [1]);
  assert.deepEqual(await client.hpExpireTime("k", "a"), [at * 1000 + 500]);
  assert.deepEqual(await client.hPersist("k", ["a", "missing", "a"]), [1, -2, -1]);
  // A time that has passed removes the field, and with the last field the hash goes.
  assert.deepEqual(await client.hExpire("k", "a", 0), [2]);
  assert.deepEqual(await client.hpExpireAt("k", ["b", "c"], 1), [2, 2]);
  assert.equal(await client.exists("k"), 0);
  await client.hSet("k", { short: "1", long: "2" });
  assert.deepEqual(await client.hpExpire("k", "short", 1), [1]);
  while (await client.hGet("k", "short") !== null);
  assert.deepEqual(plain(await client.hGetAll("k")), { long: "2" });
});

test("sorted sets", async (client) => {
  const members = [{ value: "a", score: 1 }, { value: "b", score: 2.5 }, { value: "c", score: Infinity }];
  assert.equal(await client.zAdd("k", members), 3);
  assert.deepEqual(plain(await client.zRangeWithScores("k", 0, 1)), members.slice(0, 2));
  assert.equal((await client.zRangeWithScores("k", -1, -1))[0].score, Infinity);
  assert.equal(await client.zScore("k", "b"), 2.5);
  assert.equal(await client.zScore("k", "missing"), null);
  assert.deepEqual(await client.zmScore("k", ["a", "missing"]), [1, null]);
  assert.equal(await client.zIncrBy("k", 0.25, "a"), 1.25);
  assert.equal(await client.zRank("k", "b"), 1);
  assert.deepEqual(await client.zRange("k", 0, -1, { REV: true }), ["c", "b", "a"]);
  assert.deepEqual(
    await client.zRange("k", "(1.25", "+inf", { BY: "SCORE", LIMIT: { offset: 0, count: 1 } }),
    ["b"],
  );
  assert.deepEqual(plain(await client.zPopMin("k")), { value: "a", score: 1.25 });
  assert.equal(await client.zPopMin("missing"), null);
  assert.deepEqual(plain(await client.zmPop(["missing", "k"], "MIN")), {
    key: "k",
    members: [{ value: "b", score: 2.5 }],
  });
  await client.zAdd("j", { value: "c", score: 4 });
  assert.deepEqual(plain(await client.zUnionWithScores(["j"])), [{ value: "c", score: 4 }]);
  assert.equal(await client.zRangeStore("copy", "j", 0, -1), 1);
});

test("sets", async (client) => {
  assert.equal(await client.sAdd("a", ["1", "2", "3"]), 3);
  assert.equal(await client.sAdd("b", ["3", "4"]), 2);
  assert.deepEqual((await client.sMembers("a")).sort(), ["1", "2", "3"]);
  assert.deepEqual(await client.sInter(["a", "b"]), ["3"]);
  assert.deepEqual(await client.smIsMember("a", ["1", "9"]), [1, 0]);
  assert.equal(await client.sMove("a", "b", "1"), 1);
  assert.equal((await client.sPopCount("b", 10)).length, 3);
  assert.equal(await client.exists("b"), 0);
});

test("lists", async (client) => {
  assert.equal(await client.rPush("k", ["a", "b", "c", "b"]), 4);
  assert.deepEqual(await client.lRange("k", 0, -1), ["a", "b", "c", "b"]);
  assert.deepEqual(await client.lPosCount("k", "b", 0), [1, 3]);
  assert.equal(await client.lInsert("k", "BEFORE", "c", "x"), 5);
  assert.equal(await client.lMove("k", "j", "RIGHT", "LEFT"), "b");
  assert.deepEqual(plain(await client.lmPop(["missing", "k"], "LEFT", { COUNT: 2 })), ["k", ["a", "b"]]);
  assert.deepEqual(await client.lPopCount("k", 9), ["x", "c"]);
  assert.equal(await client.lPopCount("k", 9), null);
});

test("blocking pops of duplicated clients", async (client, connect) => {
  const [a, b, c, d] = [await connect(), await connect(), await connect(), client.duplicate()];
  d.on("error", () => {});
  await d.connect();
  try {
    const waits = [
      a.blPop(["missing", "list1"], 0),
      b.bzPopMax("zset1", 0),
      c.blMove("list2", "list3", "LEFT", "LEFT", 0),
      d.blmPop(0, ["list4"], "RIGHT", { COUNT: 2 }),
    ];
    await untilBlocked(client, 4);
    await client.rPush("list1", ["a", "b"]);
    await client.zAdd("zset1", { value: "m", score: 1.5 });
    await client.rPush("list2", "x");
    await client.rPush("list4", ["p", "q", "r"]);
    assert.deepEqual(plain(await Promise.all(waits)), [
      { key: "list1", element: "a" },
      { key: "zset1", value: "m", score: 1.5 },
      "x",
      ["list4", ["r", "q"]],
    ]);
    const [pop, zpop, zmpop] = [a.brPop("list9", 0), b.bzPopMin("zset9", 0), c.bzmPop(0, "zset8", "MIN")];
    await untilBlocked(client, 3);
    await client.multi().zAdd("zset9", { value: "m", score: -1 }).rPush("list9", "z").zAdd("zset8", {
      value: "n",
      score: 0.1,
    }).exec();
    assert.deepEqual(plain(await Promise.all([pop, zpop, zmpop])), [
      { key: "list9", element: "z" },
      { key: "zset9", value: "m", score: -1 },
      { key: "zset8", members: [{ value: "n", score: 0.1 }] },
    ]);
    assert.deepEqual(await Promise.all([a.blPop("k", 0.01), a.bzPopMin("k", 0.01), a.incr("n")]), [
      null,
      null,
      1,
    ]);
  } finally {
    d.destroy();
  }
});

for (const version of [2, 3] as const) {
  Deno.test(`node-redis over RESP${version}: a pool of clients that block`, async () => {
    const pool = createClientPool({ url: `redis://127.0.0.1:${server.port}`, RESP: version }, {
      minimum: 1,
      maximum: 5,
    });
    pool.on("error", () => {});
    await pool.connect();
    try {
      await pool.flushAll();
      const waits = Array.from({ length: 4 }, () => pool.execute((client) => client.blPop("k", 0)));
      while (!(await pool.info("clients")).includes("blocked_clients:4\r\n"));
      await pool.rPush("k", ["1", "2", "3", "4", "5"]);
      const elements = (await Promise.all(waits)).map((reply) => reply!.element);
      assert.deepEqual(elements.sort(), ["1", "2", "3", "4"]);
      assert.deepEqual(await pool.lRange("k", 0, -1), ["5"]);
    } finally {
      pool.destroy();
    }
  });
}

test("streams", async (client, connect) => {
  const reader = await connect();
  const waiting = reader.xRead([{ key: "s", id: "$" }, { key: "r", id: "$" }], { BLOCK: 0, COUNT: 5 });
  await untilBlocked(client, 1);
  assert.equal(await client.xAdd("s", "1-1", { f: "v", g: "w" }), "1-1");
  assert.deepEqual(plain(await waiting), [
    { name: "s", messages: [{ id: "1-1", message: { f: "v", g: "w" } }] },
  ]);
  assert.equal(await client.xRead({ key: "s", id: "$" }, { BLOCK: 10 }), null);
  await client.xAdd("s", "2-*", { f: "v" }, {
    TRIM: { strategy: "MAXLEN", strategyModifier: "=", threshold: 1 },
  });
  assert.deepEqual(plain(await client.xRange("s", "-", "+")), [{ id: "2-0", message: { f: "v" } }]);
  assert.equal(await client.xLen("s"), 1);
  const info = await client.xInfoStream("s");
  assert.equal(info.length, 1);
  assert.equal(info["entries-added"], 2);
  assert.deepEqual(plain(info["last-entry"]), { id: "2-0", message: { f: "v" } });
});

test("a consumer crashes, and another takes over", async (client, connect) => {
  const [crashing, other] = [await connect(), await connect()];
  await client.xGroupCreate("s", "g", "$", { MKSTREAM: true });
  const added: string[] = [];
  for (let i = 0; i < 120; i++) added.push(await client.xAdd("s", "*", { n: String(i) }));
  const reply = await crashing.xReadGroup("g", "alice", { key: "s", id: ">" }, { COUNT: 60 });
  const [{ messages }] = plain(reply) as [{ messages: { id: string; message: { n: string } }[] }];
  assert.deepEqual(messages.map(({ id }) => id), added.slice(0, 60));
  assert.equal(messages[59].message.n, "59");
  assert.equal(await crashing.xAck("s", "g", added.slice(0, 10)), 10);
  await client.xReadGroup("g", "carol", { key: "s", id: ">" }, { COUNT: 1000 });
  const waiting = assert.rejects(crashing.xReadGroup("g", "alice", { key: "s", id: ">" }, { BLOCK: 0 }));
  await untilBlocked(client, 1);
  crashing.destroy();
  await waiting;
  await untilBlocked(client, 0);

  assert.deepEqual(plain(await other.xPending("s", "g")), {
    pending: 110,
    firstId: added[10],
    lastId: added[119],
    consumers: [{ name: "alice", deliveriesCounter: 50 }, { name: "carol", deliveriesCounter: 60 }],
  });
  const range = await other.xPendingRange("s", "g", "-", "+", 5, { consumer: "alice" });
  assert.deepEqual(
    range.map(({ id, consumer }) => [id, consumer]),
    added.slice(10, 15).map((id) => [id, "alice"]),
  );
  assert.ok(range.every(({ deliveriesCounter }) => deliveriesCounter === 1));

  assert.equal(await client.xDel("s", added[12]), 1);
  const taken: string[] = [], deleted: string[] = [];
  let start = "0-0";
  do {
    const claimed = await other.xAutoClaim("s", "g", "bob", 0, start, { COUNT: 13 });
    taken.push(...claimed.messages.map((message) => message!.id));
    deleted.push(...claimed.deletedMessages);
    start = claimed.nextId;
  } while (start !== "0-0");
  assert.deepEqual(deleted, [added[12]]);
  assert.deepEqual(taken, added.slice(10).filter((id) => id !== added[12]));
  const claimed = await client.xClaim("s", "g", "dora", 0, [added[20], added[21]]);
  assert.deepEqual(plain(claimed), [
    { id: added[20], message: { n: "20" } },
    { id: added[21], message: { n: "21" } },
  ]);
  assert.deepEqual(await client.xClaimJustId("s", "g", "dora", 1_000_000_000, added[22]), []);
  const consumers = await client.xInfoConsumers("s", "g");
  assert.deepEqual(consumers.map(({ name, pending }) => [name, pending]), [
    ["alice", 0],
    ["bob", 107],
    ["carol", 0],
    ["dora", 2],
  ]);
  assert.equal(await client.xAck("s", "g", added), 109);
  const [group] = await client.xInfoGroups("s");
  assert.equal(group.pending, 0);
  assert.equal(group.consumers, 4);
  assert.equal(group["last-delivered-id"], added[119]);
});

test("geo and hyperloglog commands", async (client) => {
  await client.geoAdd("sicily", [
    { longitude: 13.361389, latitude: 38.115556, member: "Palermo" },
    { longitude: 15.087269, latitude: 37.502669, member: "Catania" },
  ]);
  assert.equal(await client.geoDist("sicily", "Palermo", "Catania", "km"), 166.2742);
  // Coordinates are strings or numbers, depending on the protocol.
  const [palermo, missing] = await client.geoPos("sicily", ["Palermo", "missing"]);
  assert.equal(Number(palermo?.longitude), 13.36138933897018433);
  assert.equal(Number(palermo?.latitude), 38.11555639549629859);
  assert.equal(missing, null);
  const [found, ...others] = await client.geoSearchWith(
    "sicily",
    { longitude: 15, latitude: 37 },
    { radius: 100, unit: "km" },
    ["WITHDIST", "WITHCOORD"],
  );
  assert.deepEqual(others, []);
  assert.equal(found.member, "Catania");
  assert.equal(Number(found.distance), 56.4413);
  assert.equal(Number(found.coordinates?.longitude), 15.08726745843887329);
  assert.equal(Number(found.coordinates?.latitude), 37.50266842333162032);
  assert.equal(await client.pfAdd("hll", ["a", "b", "c"]), 1);
  assert.equal(await client.pfCount("hll"), 3);
});
