/** rate-limit-redis behind express-rate-limit: two web servers that count together. */

import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { rateLimit } from "express-rate-limit";
import { type RedisReply, RedisStore } from "rate-limit-redis";
import { createClient } from "redis";
import { type RunningServer, startDenodis } from "../support/servers.ts";

let server: RunningServer;

Deno.test.beforeAll(async () => {
  server = await startDenodis();
});

Deno.test.afterAll(async () => {
  await server?.stop();
});

type Client = Awaited<ReturnType<typeof connect>>;

function connect() {
  return createClient({ url: `redis://127.0.0.1:${server.port}` }).connect();
}

function storeOf(client: Client, prefix: string): RedisStore {
  return new RedisStore({
    sendCommand: (...args: string[]) => client.sendCommand(args) as Promise<RedisReply>,
    prefix,
  });
}

/** A web server that lets each user make three requests in a minute, and its address. */
async function serve(client: Client): Promise<{ http: Server; url: string }> {
  const limit = rateLimit({
    windowMs: 60_000,
    limit: 3,
    standardHeaders: "draft-7",
    legacyHeaders: false,
    validate: false,
    keyGenerator: (request) => String(request.headers["x-user"]),
    handler: (_request, response) => {
      response.statusCode = 429;
      response.end("enough");
    },
    store: storeOf(client, "web:"),
  });
  type Middleware = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;
  const http = createServer((request, response) =>
    (limit as unknown as Middleware)(request, response, () => response.end("welcome"))
  );
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  return { http, url: `http://127.0.0.1:${(http.address() as { port: number }).port}/` };
}

async function ask(url: string, user: string): Promise<[status: number, text: string]> {
  const response = await fetch(url, { headers: { "x-user": user } });
  assert.match(response.headers.get("ratelimit") ?? "", /limit=3, remaining=\d, reset=\d+/);
  return [response.status, await response.text()];
}

Deno.test({
  name: "rate-limit-redis: two web servers count a user's requests together",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const clients = [await connect(), await connect()];
    const web = await Promise.all(clients.map(serve));
    try {
      assert.deepEqual(await ask(web[0].url, "ann"), [200, "welcome"]);
      assert.deepEqual(await ask(web[1].url, "ann"), [200, "welcome"]);
      assert.deepEqual(await ask(web[0].url, "ann"), [200, "welcome"]);
      assert.deepEqual(await ask(web[1].url, "ann"), [429, "enough"]);
      assert.deepEqual(await ask(web[1].url, "bob"), [200, "welcome"]);
      // The scripts are gone from the server's cache: the store sends them again.
      await clients[0].sendCommand(["SCRIPT", "FLUSH"]);
      assert.deepEqual(await ask(web[0].url, "bob"), [200, "welcome"]);
      const left = await clients[0].pTTL("web:bob");
      assert.ok(left > 0 && left <= 60_000, String(left));
    } finally {
      for (const { http } of web) http.close();
      for (const client of clients) client.destroy();
    }
  },
});

Deno.test("rate-limit-redis: a store counts up, down and anew", async () => {
  const client = await connect();
  try {
    const store = storeOf(client, "store:");
    store.init({ windowMs: 60_000 } as Parameters<RedisStore["init"]>[0]);
    for (let i = 1; i <= 50; i++) assert.equal((await store.increment("user")).totalHits, i);
    await store.decrement("user");
    const { totalHits, resetTime } = (await store.get("user"))!;
    assert.equal(totalHits, 49);
    const left = resetTime!.getTime() - Date.now();
    assert.ok(left > 0 && left <= 60_000, String(left));
    await store.resetKey("user");
    assert.equal((await store.increment("user")).totalHits, 1);
    const hits = await Promise.all(Array.from({ length: 50 }, () => store.increment("crowd")));
    assert.deepEqual(
      hits.map(({ totalHits }) => totalHits).toSorted((a, b) => a - b),
      Array.from({ length: 50 }, (_, i) => i + 1),
    );
  } finally {
    client.destroy();
  }
});
