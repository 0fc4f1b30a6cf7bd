/** ioredis with collections: its scan streams, blocking commands, consumer groups. */

import assert from "node:assert/strict";
import { Redis } from "ioredis";
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

/** A test with as many connected clients as `use` takes; the first one has emptied the server. */
function test(name: string, use: (...clients: Redis[]) => Promise<void>): void {
  Deno.test(`ioredis: ${name}`, async () => {
    const clients = Array.from({ length: use.length }, () =>
      new Redis({
        host: "127.0.0.1",
        port: server.port,
        lazyConnect: true,
        maxRetriesPerRequest: 1,
      }));
    // Without a listener ioredis prints what the assertions report anyway.
    for (const client of clients) client.on("error", () => {});
    try {
      for (const client of clients) await client.connect();
      await clients[0].flushall();
      await use(...clients);
    } finally {
      for (const client of clients) client.disconnect();
    }
  });
}

/** Resolves when so many clients wait in blocked commands. */
async function untilBlocked(client: Redis, count: number): Promise<void> {
  while (!(await client.info("clients")).includes(`blocked_clients:${count}\r\n`));
}

function names(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}:${i}`);
}

/**
 * Scans while another client adds and removes elements after each page, and asserts that what has been there all the
 * time was seen, and nothing that never was.
 */
async function assertScan(
  stream: AsyncIterable<string[]>,
  { step, add, remove }: {
    /** 2 where each element comes with a value. */
    step: 1 | 2;
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
  for await (const page of stream) {
    for (let i = 0; i < page.length; i += step) {
      assert.match(page[i], /^(stay|change):\d+$/);
      if (step === 2) assert.equal(page[i + 1], page[i].split(":")[1]);
      seen.add(page[i]);
    }
    const slice = changing.slice((pages % 5) * 800, (pages % 5 + 1) * 800);
    await (pages++ % 2 === 0 ? remove(slice) : add(slice));
    // All but what stays goes, so that the collection shrinks while it is scanned.
    if (pages === 10) await remove(changing);
  }
  assert.ok(pages > 10, `Only ${pages} pages`);
  assert.deepEqual(staying.filter((name) => !seen.has(name)), []);
}

function pairs(elements: string[]): [element: string, value: string][] {
  return elements.map((element) => [element, element.split(":")[1]]);
}

test("scanStream while keys of several types come and go", async (client, other) => {
  await assertScan(client.scanStream({ count: 200 }), {
    step: 1,
    add: async (elements) => {
      const pipeline = other.pipeline();
      for (const name of elements) {
        const type = Number(name.split(":")[1]) % 3;
        if (type === 0) pipeline.set(name, "v");
        else if (type === 1) pipeline.sadd(name, "a");
        else pipeline.hset(name, "f", "v");
      }
      assert.deepEqual((await pipeline.exec())?.filter(([error]) => error !== null), []);
    },
    remove: (elements) => other.unlink(...elements),
  });
});

test("scanStream with a type", async (client) => {
  const pipeline = client.pipeline();
  for (let i = 0; i < 300; i++) {
    pipeline.set(`string:${i}`, "v").rpush(`list:${i}`, "v").zadd(`zset:${i}`, 1, "m").xadd(
      `s:${i}`,
      "*",
      "f",
      "v",
    );
  }
  assert.deepEqual((await pipeline.exec())?.filter(([error]) => error !== null), []);
  for (const [type, prefix] of [["string", "string"], ["list", "list"], ["zset", "zset"], ["stream", "s"]]) {
    const seen = new Set<string>();
    for await (const keys of client.scanStream({ type, count: 50 })) {
      for (const key of keys as string[]) seen.add(key);
    }
    assert.deepEqual([...seen].sort(), names(prefix, 300).sort());
  }
});

test("sscanStream while members come and go", async (client, other) => {
  await assertScan(client.sscanStream("k", { count: 200 }), {
    step: 1,
    add: (elements) => other.sadd("k", ...elements),
    remove: (elements) => other.srem("k", ...elements),
  });
});

test("sscanStream with a pattern while the set becomes one of other encodings", async (client, other) => {
  await client.sadd("k", ...Array.from({ length: 100 }, (_, i) => String(i)));
  assert.equal(await client.object("ENCODING", "k"), "intset");
  const seen = new Set<string>();
  let pages = 0;
  for await (const page of client.sscanStream("k", { match: "?", count: 10 })) {
    for (const member of page as string[]) seen.add(member);
    if (pages++ === 0) await other.sadd("k", ...names("other", 1000));
  }
  assert.deepEqual([...seen].sort(), Array.from({ length: 10 }, (_, i) => String(i)));
  assert.equal(await client.object("ENCODING", "k"), "hashtable");
});

test("hscanStream while fields come and go", async (client, other) => {
  await assertScan(client.hscanStream("k", { count: 200 }), {
    step: 2,
    add: (elements) => other.hset("k", ...pairs(elements).flat()),
    remove: (elements) => other.hdel("k", ...elements),
  });
});

test("zscanStream while members come and go", async (client, other) => {
  await assertScan(client.zscanStream("k", { count: 200 }), {
    step: 2,
    add: (elements) => other.zadd("k", ...pairs(elements).flatMap(([member, score]) => [score, member])),
    remove: (elements) => other.zrem("k", ...elements),
  });
});

test("a pipeline over all types, with errors in it", async (client) => {
  const results = await client.pipeline()
    .set("string", "5").rpush("list", "a", "b", "c").sadd("set", 1, 2).hset("hash", { f: "1", g: "2" })
    .zadd("zset", 1.5, "m", "inf", "n").xadd("stream", "1-1", "f", "v").pfadd("hll", "a", "b")
    .setbit("bits", 7, 1).geoadd("geo", 13.361389, 38.115556, "Palermo")
    .incr("list").lpush("string", "x").hincrby("hash", "f", 4)
    .lrange("list", 0, -1).smembers("set").hgetall("hash").zrange("zset", 0, "-1", "WITHSCORES")
    .xrange("stream", "-", "+").pfcount("hll").bitcount("bits").zscore("geo", "Palermo").lpop("list", 5)
    .exists("list").exec();
  const wrongType = /WRONGTYPE Operation against a key holding the wrong kind of value/;
  assert.match(String(results?.[9][0]), wrongType);
  assert.match(String(results?.[10][0]), wrongType);
  assert.deepEqual(results?.filter((_, i) => i !== 9 && i !== 10).map(([error, reply]) => error ?? reply), [
    "OK",
    3,
    2,
    2,
    2,
    "1-1",
    1,
    0,
    1,
    5,
    ["a", "b", "c"],
    ["1", "2"],
    { f: "5", g: "2" },
    ["m", "1.5", "n", "inf"],
    [["1-1", ["f", "v"]]],
    2,
    1,
    "3479099956230698",
    ["a", "b", "c"],
    0,
  ]);
});

test("a transaction over several types", async (client) => {
  const results = await client.multi().rpush("list", "a").sadd("set", "x").incr("set").llen("list").exec();
  assert.deepEqual(results?.[0], [null, 1]);
  assert.match(String(results?.[2][0]), /WRONGTYPE/);
  assert.deepEqual(results?.[3], [null, 1]);
});

test("blocking pops on several connections, each served in its turn", async (client, a, b, c) => {
  const waits: Promise<unknown>[] = [];
  for (const [i, waiting] of [a, b, c].entries()) {
    waits.push(waiting.blpop("missing", "list", 0));
    await untilBlocked(client, i + 1);
  }
  assert.equal(await client.rpush("list", "1", "2"), 2);
  assert.deepEqual(await Promise.all(waits.slice(0, 2)), [["list", "1"], ["list", "2"]]);
  await untilBlocked(client, 1);
  await client.rpush("missing", "3");
  assert.deepEqual(await waits[2], ["missing", "3"]);
});

test("brpop, bzpopmin, bzpopmax, blmove, blmpop and bzmpop wait", async (client, a, b, c, d, e, f) => {
  const waits = [
    a.brpop("list1", 0),
    b.bzpopmin("zset1", "zset2", 0),
    c.bzpopmax("zset3", 0),
    d.blmove("list2", "list3", "LEFT", "RIGHT", 0),
    e.blmpop(0, 2, "list4", "list5", "LEFT", "COUNT", 2),
    f.bzmpop(0, 1, "zset4", "MAX"),
  ];
  await untilBlocked(client, 6);
  await client.pipeline().rpush("list1", "a", "b").zadd("zset2", 1, "m", 2, "n").zadd(
    "zset3",
    1,
    "m",
    2.5,
    "n",
  )
    .rpush("list2", "x").rpush("list5", "p", "q", "r").zadd("zset4", 7, "z").exec();
  assert.deepEqual(await Promise.all(waits), [
    ["list1", "b"],
    ["zset2", "m", "1"],
    ["zset3", "n", "2.5"],
    "x",
    ["list5", ["p", "q"]],
    ["zset4", [["z", "7"]]],
  ]);
  assert.deepEqual(await client.lrange("list3", 0, -1), ["x"]);
  assert.deepEqual(await client.lrange("list5", 0, -1), ["r"]);
});

test("a blocking pop whose time is up, and commands behind it", async (client) => {
  const replies = await Promise.all([client.blpop("k", 0.01), client.incr("n"), client.bzpopmin("k", 0.01)]);
  assert.deepEqual(replies, [null, 1, null]);
});

test("a queue of jobs with several workers: each job is worked on once", async (client, a, b, c) => {
  const jobs = names("job", 900);
  const done: string[] = [];
  const work = async (worker: Redis) => {
    for (;;) {
      const job = await worker.blmove("queue", "working", "LEFT", "RIGHT", 0);
      if (job === "end") return;
      done.push(job!);
      await worker.lrem("working", 1, job!);
    }
  };
  const workers = [a, b, c].map(work);
  for (let i = 0; i < jobs.length; i += 30) await client.rpush("queue", ...jobs.slice(i, i + 30));
  await client.rpush("queue", "end", "end", "end");
  await Promise.all(workers);
  assert.deepEqual(done.sort(), jobs.sort());
  assert.deepEqual(await client.lrange("working", 0, -1), ["end", "end", "end"]);
});

test("xread waits for entries of several streams", async (client, reader) => {
  await client.xadd("s", "1-1", "f", "old");
  const read = reader.xread("COUNT", 10, "BLOCK", 0, "STREAMS", "r", "s", "0", "$");
  await untilBlocked(client, 1);
  await client.xadd("s", "1-2", "f", "new");
  assert.deepEqual(await read, [["s", [["1-2", ["f", "new"]]]]]);
});

test("a subscriber follows a stream entry by entry", async (client, reader) => {
  const entries = names("entry", 500);
  const received: string[] = [];
  const reading = (async () => {
    for (let last = "0"; received.length < entries.length;) {
      const [[, read]] = (await reader.xread("COUNT", 7, "BLOCK", 0, "STREAMS", "s", last))!;
      for (const [id, [, value]] of read) {
        received.push(value);
        last = id;
      }
    }
  })();
  for (let i = 0; i < entries.length; i += 10) {
    const pipeline = client.pipeline();
    for (const entry of entries.slice(i, i + 10)) pipeline.xadd("s", "*", "entry", entry);
    await pipeline.exec();
  }
  await reading;
  assert.deepEqual(received, entries);
});

test("a consumer crashes, and another takes over with xautoclaim", async (client, crashing, other) => {
  await client.xgroup("CREATE", "s", "g", "$", "MKSTREAM");
  const added: string[] = [];
  for (let i = 0; i < 250; i++) added.push((await client.xadd("s", "*", "n", i))!);
  const read = await crashing.xreadgroup("GROUP", "g", "alice", "COUNT", 100, "STREAMS", "s", ">") as [
    string,
    [string, string[]][],
  ][];
  assert.deepEqual(read[0][1].map(([id]) => id), added.slice(0, 100));
  assert.equal(await crashing.xack("s", "g", ...added.slice(0, 40)), 40);
  const waiting = crashing.xreadgroup("GROUP", "g", "alice", "BLOCK", 0, "STREAMS", "t", "s", ">", ">");
  await assert.rejects(waiting, /NOGROUP/);
  crashing.disconnect();

  const taken: string[] = [];
  let cursor = "0-0";
  do {
    const [next, entries] = await other.xautoclaim("s", "g", "bob", 0, cursor, "COUNT", 25) as [
      string,
      [string, string[]][],
    ];
    taken.push(...entries.map(([id]) => id));
    cursor = next;
  } while (cursor !== "0-0");
  assert.deepEqual(taken, added.slice(40, 100));
  assert.deepEqual(await other.xpending("s", "g"), [60, added[40], added[99], [["bob", "60"]]]);
  assert.equal(await other.xack("s", "g", ...taken), 60);

  const rest = await other.xreadgroup(
    "GROUP",
    "g",
    "bob",
    "COUNT",
    1000,
    "BLOCK",
    0,
    "STREAMS",
    "s",
    ">",
  ) as [
    string,
    [string, string[]][],
  ][];
  assert.deepEqual(rest[0][1].map(([id]) => id), added.slice(100));
  assert.equal(await other.xack("s", "g", ...added.slice(100)), 150);
  assert.deepEqual(await other.xpending("s", "g"), [0, null, null, null]);
});

test("a consumer crashes while it waits, and another takes over with xpending and xclaim", async (
  client,
  crashing,
  other,
) => {
  await client.xgroup("CREATE", "s", "g", "$", "MKSTREAM");
  await client.xadd("s", "1-1", "f", "first");
  const read = await crashing.xreadgroup("GROUP", "g", "alice", "STREAMS", "s", ">");
  assert.deepEqual(read, [["s", [["1-1", ["f", "first"]]]]]);
  const waiting = crashing.xreadgroup("GROUP", "g", "alice", "BLOCK", 0, "STREAMS", "s", ">");
  const ended = assert.rejects(waiting, /Connection is closed/);
  await untilBlocked(client, 1);
  crashing.disconnect();
  await ended;
  await untilBlocked(client, 0);
  // Nobody waits any more, so this one stays for others.
  await client.xadd("s", "1-2", "f", "second");
  assert.deepEqual(await other.xreadgroup("GROUP", "g", "bob", "STREAMS", "s", ">"), [
    ["s", [["1-2", ["f", "second"]]]],
  ]);
  const pending = await other.xpending("s", "g", "-", "+", 10, "alice") as [string, string, number, number][];
  assert.deepEqual(pending.map(([id, consumer, , deliveries]) => [id, consumer, deliveries]), [[
    "1-1",
    "alice",
    1,
  ]]);
  assert.deepEqual(await other.xclaim("s", "g", "bob", 0, "1-1"), [["1-1", ["f", "first"]]]);
  assert.deepEqual(await other.xclaim("s", "g", "bob", 0, "1-1", "JUSTID"), ["1-1"]);
  assert.deepEqual(await other.xpending("s", "g"), [2, "1-1", "1-2", [["bob", "2"]]]);
  assert.equal(await other.xgroup("DELCONSUMER", "s", "g", "alice"), 0);
  const consumers = await other.xinfo("CONSUMERS", "s", "g") as unknown[][];
  assert.deepEqual(consumers.map(([, name, , count]) => [name, count]), [["bob", 2]]);
});

test("geo commands", async (client) => {
  assert.equal(
    await client.geoadd("sicily", 13.361389, 38.115556, "Palermo", 15.087269, 37.502669, "Catania"),
    2,
  );
  assert.equal(await client.geodist("sicily", "Palermo", "Catania"), "166274.1516");
  assert.equal(await client.geodist("sicily", "Palermo", "Catania", "KM"), "166.2742");
  assert.deepEqual(await client.geohash("sicily", "Palermo", "Catania"), ["sqc8b49rny0", "sqdtr74hyu0"]);
  assert.deepEqual(await client.geopos("sicily", "Palermo", "missing"), [
    ["13.36138933897018433", "38.11555639549629859"],
    null,
  ]);
  assert.deepEqual(
    await client.geosearch("sicily", "FROMLONLAT", 15, 37, "BYRADIUS", 200, "KM", "ASC", "WITHDIST"),
    [["Catania", "56.4413"], ["Palermo", "190.4424"]],
  );
  assert.equal(
    await client.geosearchstore("near", "sicily", "FROMMEMBER", "Catania", "BYBOX", 400, 400, "KM"),
    2,
  );
  assert.deepEqual(await client.zrange("near", 0, "-1"), ["Palermo", "Catania"]);
});

test("hyperloglogs", async (client) => {
  const pipeline = client.pipeline();
  for (let i = 0; i < 2000; i += 50) {
    pipeline.pfadd("a", ...names("x", i + 50).slice(i)).pfadd("b", ...names("x", i + 1050).slice(i + 1000));
  }
  await pipeline.exec();
  for (const [keys, count] of [[["a"], 2000], [["b"], 2000], [["a", "b"], 3000]] as const) {
    const counted = await client.pfcount(...keys);
    // Three standard errors of 0.81 %.
    assert.ok(Math.abs(counted - count) < count * 0.0243, `PFCOUNT ${keys}: ${counted}, not ${count}`);
  }
  assert.equal(await client.pfmerge("c", "a", "b"), "OK");
  assert.equal(await client.pfcount("c"), await client.pfcount("a", "b"));
});

test("bit fields", async (client) => {
  // The declaration has no room for more than one operation.
  const operations = ["SET", "u8", 0, 200, "INCRBY", "u8", 0, 100, "GET", "u4", 0];
  assert.deepEqual(await client.call("BITFIELD", "bits", ...operations), [0, 44, 2]);
  assert.deepEqual(await client.bitfield("bits", "OVERFLOW", "FAIL", "INCRBY", "u8", 0, 250), [null]);
});

test("sets and sorted sets combined", async (client) => {
  await client.sadd("a", "1", "2", "3");
  await client.sadd("b", "2", "3", "4");
  assert.deepEqual((await client.sinter("a", "b")).sort(), ["2", "3"]);
  assert.equal(await client.sunionstore("c", "a", "b"), 4);
  assert.equal(await client.sintercard(2, "a", "b", "LIMIT", 1), 1);
  await client.zadd("z", 1, "2", 5, "9");
  assert.deepEqual(await client.zunion(2, "z", "c", "WEIGHTS", 10, 1, "WITHSCORES"), [
    ...["1", "1", "3", "1", "4", "1", "2", "11", "9", "50"],
  ]);
  assert.deepEqual(await client.zrange("z", "(1", "+inf", "BYSCORE", "LIMIT", 0, 1), ["9"]);
});
