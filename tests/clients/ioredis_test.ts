/** ioredis, as applications use it. */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { Redis } from "ioredis";
import { type RunningServer, startDenodis } from "../support/servers.ts";

let server: RunningServer;

Deno.test.beforeAll(async () => {
  server = await startDenodis();
});

Deno.test.afterAll(async () => {
  // Undefined where it did not start.
  await server?.stop();
});

/** Runs `use` with a client that has connected, and closes it. */
async function withClient(use: (client: Redis) => Promise<void>): Promise<void> {
  const client = new Redis({
    host: "127.0.0.1",
    port: server.port,
    lazyConnect: true,
    maxRetriesPerRequest: 1,
  });
  // Without a listener ioredis prints what the assertions below report anyway.
  client.on("error", () => {});
  try {
    await client.connect();
    await client.flushall();
    await use(client);
  } finally {
    client.disconnect();
  }
}

Deno.test("ioredis: connects, checks that the server is ready, and works with strings", async () => {
  await withClient(async (client) => {
    assert.equal(client.status, "ready");
    assert.equal(await client.set("greeting", "hello"), "OK");
    assert.equal(await client.get("greeting"), "hello");
    assert.equal(await client.get("missing"), null);
    assert.equal(await client.set("greeting", "again", "EX", 100, "NX"), null);
    assert.equal(await client.set("greeting", "again", "EX", 100, "XX", "GET"), "hello");
    assert.equal(await client.ttl("greeting"), 100);
    assert.deepEqual(await client.mget("greeting", "missing"), ["again", null]);
    assert.equal(await client.incrby("counter", 5), 5);
    assert.equal(await client.incrbyfloat("counter", 0.5), "5.5");
    assert.equal(await client.del("greeting", "counter", "missing"), 2);
  });
});

Deno.test("ioredis: buffers come back byte for byte", async () => {
  await withClient(async (client) => {
    const bytes = Buffer.from([0, 255, 13, 10, 128]);
    await client.set(bytes, bytes);
    assert.deepEqual(await client.getBuffer(bytes), bytes);
    const large = Buffer.alloc(3_000_000, 7);
    await client.set("large", large);
    assert.ok(large.equals(await client.getBuffer("large") as Buffer));
  });
});

Deno.test("ioredis: a pipeline, with an error in the middle", async () => {
  await withClient(async (client) => {
    const results = await client.pipeline().set("a", "x").incr("a").get("a").exec();
    assert.equal(results?.length, 3);
    assert.deepEqual(results?.[0], [null, "OK"]);
    assert.match(String(results?.[1][0]), /ERR value is not an integer or out of range/);
    assert.deepEqual(results?.[2], [null, "x"]);
  });
});

Deno.test("ioredis: a thousand commands at once keep their order", async () => {
  await withClient(async (client) => {
    const replies = await Promise.all(Array.from({ length: 1000 }, () => client.incr("n")));
    assert.deepEqual(replies, Array.from({ length: 1000 }, (_, index) => index + 1));
  });
});

Deno.test("ioredis: scanStream sees every key", async () => {
  await withClient(async (client) => {
    const names = Array.from({ length: 1000 }, (_, index) => `key:${index}`);
    await client.mset(...names.flatMap((name) => [name, "v"]));
    await client.set("other", "v");
    const seen = new Set<string>();
    for await (const keys of client.scanStream({ match: "key:*", count: 50 })) {
      for (const key of keys as string[]) seen.add(key);
    }
    assert.deepEqual([...seen].sort(), names.sort());
  });
});

Deno.test("ioredis: db, connectionName and keyPrefix options", async () => {
  const client = new Redis({
    host: "127.0.0.1",
    port: server.port,
    db: 3,
    connectionName: "tester",
    keyPrefix: "prefix:",
  });
  try {
    await client.set("a", "1");
    assert.equal(await client.client("GETNAME"), "tester");
    assert.match(String(await client.client("INFO")), / db=3 /);
    assert.equal(await client.exists("a"), 1);
    await client.select(0);
    assert.equal(await client.exists("a"), 0);
    await client.flushall();
  } finally {
    client.disconnect();
  }
});

Deno.test("ioredis: the password of the configuration", async () => {
  await withClient(async (client) => {
    await client.config("SET", "requirepass", "secret");
    const other = new Redis({ host: "127.0.0.1", port: server.port, password: "secret" });
    const stranger = new Redis({
      host: "127.0.0.1",
      port: server.port,
      password: "wrong",
      lazyConnect: true,
      retryStrategy: () => null,
    });
    stranger.on("error", () => {});
    try {
      assert.equal(await other.ping(), "PONG");
      await assert.rejects(stranger.connect().then(() => stranger.ping()), /WRONGPASS|closed/);
    } finally {
      other.disconnect();
      stranger.disconnect();
      await client.config("SET", "requirepass", "");
    }
  });
});

Deno.test("ioredis: errors are the server's own", async () => {
  await withClient(async (client) => {
    await assert.rejects(
      client.call("NOSUCH", "a"),
      /ERR unknown command 'NOSUCH', with args beginning with: 'a'/,
    );
    await assert.rejects(client.call("GET"), /ERR wrong number of arguments for 'get' command/);
  });
});

Deno.test("ioredis: reconnects after CLIENT KILL", async () => {
  await withClient(async (client) => {
    const other = new Redis({ host: "127.0.0.1", port: server.port, retryStrategy: () => 5 });
    other.on("error", () => {});
    try {
      await other.set("a", "1");
      const id = await other.client("ID");
      const again = new Promise((resolve) => other.once("ready", resolve));
      assert.equal(await client.client("KILL", "ID", id), 1);
      await again;
      assert.equal(await other.get("a"), "1");
      assert.notEqual(await other.client("ID"), id);
    } finally {
      other.disconnect();
    }
  });
});

Deno.test("ioredis: quit ends the connection in order", async () => {
  const client = new Redis({ host: "127.0.0.1", port: server.port });
  const ended = new Promise((resolve) => client.once("end", resolve));
  assert.equal(await client.quit(), "OK");
  await ended;
});
