/** node-redis (npm:redis), over RESP2 and RESP3. */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createClient, RESP_TYPES } from "redis";
import { type RunningServer, startDenodis } from "../support/servers.ts";

let server: RunningServer;

Deno.test.beforeAll(async () => {
  server = await startDenodis();
});

Deno.test.afterAll(async () => {
  // Undefined where it did not start.
  await server?.stop();
});

function newClient(RESP: 2 | 3, options: { database?: number; name?: string } = {}) {
  const client = createClient({ url: `redis://127.0.0.1:${server.port}`, RESP, ...options });
  client.on("error", () => {});
  return client;
}

type Client = ReturnType<typeof newClient>;

/** A test for each version of the protocol, on an emptied server. */
function test(name: string, use: (client: Client) => Promise<void>): void {
  for (const version of [2, 3] as const) {
    Deno.test(`node-redis over RESP${version}: ${name}`, async () => {
      const client = newClient(version);
      await client.connect();
      try {
        await client.flushAll();
        await use(client);
      } finally {
        client.destroy();
      }
    });
  }
}

test("strings", async (client) => {
  assert.equal(await client.set("greeting", "hello"), "OK");
  assert.equal(await client.get("greeting"), "hello");
  assert.equal(await client.get("missing"), null);
  const options = { condition: "NX", GET: true, expiration: { type: "EX", value: 100 } } as const;
  assert.equal(await client.set("greeting", "again", options), "hello");
  assert.equal(await client.set("timed", "v", { expiration: { type: "EX", value: 100 } }), "OK");
  assert.equal(await client.ttl("timed"), 100);
  assert.deepEqual(await client.mGet(["greeting", "missing"]), ["hello", null]);
  assert.equal(await client.incrBy("n", 41), 41);
  assert.equal(await client.incrByFloat("n", 0.5), "41.5");
  assert.equal(await client.getRange("greeting", 1, 2), "el");
  assert.equal(await client.exists(["greeting", "n", "missing"]), 2);
});

test("buffers", async (client) => {
  const bytes = Buffer.from([0, 255, 13, 10, 128]);
  await client.set(bytes, bytes);
  const buffers = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
  assert.deepEqual(await buffers.get(bytes), bytes);
});

test("a thousand commands at once", async (client) => {
  const replies = await Promise.all(Array.from({ length: 1000 }, () => client.incr("n")));
  assert.deepEqual(replies, Array.from({ length: 1000 }, (_, index) => index + 1));
});

test("scanIterator sees every key", async (client) => {
  const names = Array.from({ length: 500 }, (_, index) => `key:${index}`);
  await client.mSet(names.map((name) => [name, "v"] as [string, string]));
  const seen = new Set<string>();
  for await (const keys of client.scanIterator({ MATCH: "key:*", COUNT: 20, TYPE: "string" })) {
    for (const key of keys) seen.add(key);
  }
  assert.deepEqual([...seen].sort(), names.sort());
});

test("CONFIG GET, COMMAND INFO and CLIENT commands are understood", async (client) => {
  assert.deepEqual({ ...await client.configGet("maxmemory-policy") }, { "maxmemory-policy": "noeviction" });
  const [get] = await client.commandInfo(["GET"]);
  assert.equal(get?.name, "get");
  assert.equal(get?.arity, 2);
  assert.equal(await client.clientSetName("tester"), "OK");
  assert.equal(await client.clientGetName(), "tester");
  const info = await client.clientInfo();
  assert.equal(info.name, "tester");
  assert.equal(info.id, await client.clientId());
  assert.equal(await client.expireAt("missing", 33177117420), 0);
  assert.match(await client.info("server"), /redis_version:/);
});

test("LCS with its matches", async (client) => {
  await client.mSet({ a: "ohmytext", b: "mynewtext" });
  const reply = await client.lcsIdxWithMatchLen("a", "b");
  assert.equal(reply.len, 6);
  assert.equal(reply.matches.length, 2);
});

test("errors are the server's own", async (client) => {
  await client.set("a", "x");
  await assert.rejects(client.incr("a"), /ERR value is not an integer or out of range/);
  await assert.rejects(client.sendCommand(["NOSUCH"]), /ERR unknown command 'NOSUCH'/);
});

for (const version of [2, 3] as const) {
  Deno.test(`node-redis over RESP${version}: database and name in the options, and close`, async () => {
    const client = newClient(version, { database: 2, name: "tester" });
    await client.connect();
    try {
      assert.equal(await client.clientGetName(), "tester");
      assert.match(String(await client.sendCommand(["CLIENT", "INFO"])), / db=2 /);
    } finally {
      await client.close();
    }
  });
}
