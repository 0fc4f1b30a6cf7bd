/** ioredis and node-redis when connections break and when clients compete: what their documentation promises. */

import assert from "node:assert/strict";
import { Redis } from "ioredis";
import { BasicClientSideCache, createClient, WatchError } from "redis";
import { type RunningServer, startServer } from "../../src/mod.ts";
import { freePort } from "../support/servers.ts";

/** Clients that increment, and how often each does. */
const WRITERS = 4, INCREMENTS = 25;

/** A server that can be restarted on its port. */
class Restartable {
  readonly port = freePort();
  #server: RunningServer = startServer({ port: this.port });

  async restart(): Promise<void> {
    await this.#server.stop();
    this.#server = startServer({ port: this.port });
  }

  stop(): Promise<void> {
    return this.#server.stop();
  }
}

function newIoredis(port: number): Redis {
  const client = new Redis({ host: "127.0.0.1", port, retryStrategy: () => 5, maxRetriesPerRequest: null });
  client.on("error", () => {});
  return client;
}

function newNodeRedis(port: number, RESP: 2 | 3) {
  const client = createClient({
    url: `redis://127.0.0.1:${port}`,
    RESP,
    socket: { reconnectStrategy: () => 5 },
  });
  client.on("error", () => {});
  return client;
}

/** Texts that arrive one after another. */
interface Mailbox {
  readonly next: () => Promise<string>;
  readonly push: (text: string) => void;
}

/** Messages in the order in which they come. */
function mailbox(): Mailbox {
  const texts: string[] = [];
  let wake = () => {};
  return {
    push(text) {
      texts.push(text);
      wake();
    },
    async next() {
      while (texts.length === 0) await new Promise<void>((resolve) => wake = resolve);
      return texts.shift()!;
    },
  };
}

/** Publishes until the channel has a subscriber again. */
async function publishUntilHeard(publish: () => Promise<number>): Promise<void> {
  while (await publish() === 0);
}

Deno.test("ioredis: subscribes again by itself after CLIENT KILL and after a restart", async () => {
  const server = new Restartable();
  const [client, subscriber] = [newIoredis(server.port), newIoredis(server.port)];
  const received = mailbox();
  subscriber.on("message", (channel, text) => received.push(`${channel} ${text}`));
  subscriber.on("pmessage", (pattern, channel, text) => received.push(`${pattern} ${channel} ${text}`));
  try {
    await subscriber.subscribe("news");
    await subscriber.psubscribe("weather.*");
    const check = async (text: string) => {
      await publishUntilHeard(() => client.publish("news", text));
      assert.equal(await received.next(), `news ${text}`);
      await publishUntilHeard(() => client.publish("weather.today", text));
      assert.equal(await received.next(), `weather.* weather.today ${text}`);
    };
    await check("before");
    assert.equal(await client.call("CLIENT", "KILL", "TYPE", "pubsub"), 1);
    await check("after the kill");
    await server.restart();
    await check("after the restart");
  } finally {
    client.disconnect();
    subscriber.disconnect();
    await server.stop();
  }
});

Deno.test("ioredis: commands that wait for a connection are sent when there is one again", async () => {
  const server = new Restartable();
  const client = newIoredis(server.port);
  try {
    await client.set("a", "1");
    await server.restart();
    assert.deepEqual(await Promise.all([client.set("a", "2"), client.get("a")]), ["OK", "2"]);
  } finally {
    client.disconnect();
    await server.stop();
  }
});

Deno.test("ioredis: WATCH loops of clients that compete lose no increment", async () => {
  const server = startServer();
  const clients = Array.from({ length: WRITERS }, () => newIoredis(server.port));
  let conflicts = 0;
  const increment = async (client: Redis) => {
    for (;;) {
      await client.watch("counter");
      const value = Number(await client.get("counter"));
      const result = await client.multi().set("counter", value + 1).exec();
      if (result !== null) {
        assert.deepEqual(result, [[null, "OK"]]);
        return;
      }
      conflicts++;
    }
  };
  try {
    await Promise.all(clients.map(async (client) => {
      for (let i = 0; i < INCREMENTS; i++) await increment(client);
    }));
    assert.equal(await clients[0].get("counter"), String(WRITERS * INCREMENTS));
    assert.ok(conflicts > 0);
  } finally {
    for (const client of clients) client.disconnect();
    await server.stop();
  }
});

Deno.test("ioredis: sharded pub/sub", async () => {
  const server = startServer();
  const [client, subscriber] = [newIoredis(server.port), newIoredis(server.port)];
  const received = mailbox();
  subscriber.on("smessage", (channel, text) => received.push(`${channel} ${text}`));
  try {
    assert.equal(await subscriber.ssubscribe("orders"), 1);
    assert.equal(await client.publish("orders", "not sharded"), 0);
    assert.equal(await client.spublish("orders", "1"), 1);
    assert.equal(await received.next(), "orders 1");
    assert.equal(await subscriber.sunsubscribe("orders"), 0);
    assert.equal(await client.spublish("orders", "2"), 0);
  } finally {
    client.disconnect();
    subscriber.disconnect();
    await server.stop();
  }
});

for (const RESP of [2, 3] as const) {
  const name = `node-redis over RESP${RESP}`;

  Deno.test(`${name}: subscribes again by itself after CLIENT KILL and after a restart`, async () => {
    const server = new Restartable();
    const [client, subscriber] = [newNodeRedis(server.port, RESP), newNodeRedis(server.port, RESP)];
    const received = mailbox();
    try {
      await client.connect();
      await subscriber.connect();
      await subscriber.subscribe("news", (text, channel) => received.push(`${channel} ${text}`));
      await subscriber.pSubscribe("weather.*", (text, channel) => received.push(`${channel} ${text}`));
      await subscriber.sSubscribe("shard", (text, channel) => received.push(`${channel} ${text}`));
      const check = async (text: string) => {
        await publishUntilHeard(() => client.publish("news", text));
        assert.equal(await received.next(), `news ${text}`);
        await publishUntilHeard(() => client.publish("weather.today", text));
        assert.equal(await received.next(), `weather.today ${text}`);
        await publishUntilHeard(() => client.sPublish("shard", text));
        assert.equal(await received.next(), `shard ${text}`);
      };
      await check("before");
      assert.equal(await client.sendCommand(["CLIENT", "KILL", "TYPE", "pubsub"]), 1);
      await check("after the kill");
      await server.restart();
      await check("after the restart");
    } finally {
      client.destroy();
      subscriber.destroy();
      await server.stop();
    }
  });

  Deno.test(`${name}: WATCH loops of clients that compete lose no increment`, async () => {
    const server = startServer();
    const clients = Array.from({ length: WRITERS }, () => newNodeRedis(server.port, RESP));
    let conflicts = 0;
    const increment = async (client: typeof clients[0]) => {
      for (;;) {
        await client.watch("counter");
        const value = Number(await client.get("counter"));
        try {
          assert.deepEqual(await client.multi().set("counter", value + 1).exec(), ["OK"]);
          return;
        } catch (error) {
          assert.ok(error instanceof WatchError);
          conflicts++;
        }
      }
    };
    try {
      await Promise.all(clients.map(async (client) => {
        await client.connect();
        for (let i = 0; i < INCREMENTS; i++) await increment(client);
      }));
      assert.equal(await clients[0].get("counter"), String(WRITERS * INCREMENTS));
      assert.ok(conflicts > 0);
    } finally {
      for (const client of clients) client.destroy();
      await server.stop();
    }
  });
}

Deno.test("node-redis: its client-side cache answers by itself, and forgets what others change", async () => {
  const server = new Restartable();
  const cache = new BasicClientSideCache({ ttl: 0, maxEntries: 0 });
  const client = createClient({
    url: `redis://127.0.0.1:${server.port}`,
    RESP: 3,
    clientSideCache: cache,
    socket: { reconnectStrategy: () => 5 },
  });
  client.on("error", () => {});
  const other = newNodeRedis(server.port, 3);
  try {
    await client.connect();
    await other.connect();
    await other.set("key", "1");
    assert.equal(await client.get("key"), "1");
    assert.equal(await client.get("key"), "1");
    assert.equal(cache.stats().hitCount, 1);
    const invalidated = new Promise<void>((resolve) => cache.once("invalidate", () => resolve()));
    await other.set("key", "2");
    await invalidated;
    assert.equal(await client.get("key"), "2");
    await server.restart();
    while (!client.isReady) await new Promise((resolve) => setTimeout(resolve, 1));
    assert.equal(await client.get("key"), null);
  } finally {
    client.destroy();
    other.destroy();
    await server.stop();
  }
});
