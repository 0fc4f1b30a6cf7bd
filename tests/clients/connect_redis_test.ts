/** connect-redis behind express-session: a web server's sessions. */

import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { RedisStore } from "connect-redis";
import session from "express-session";
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

async function withClient(use: (client: Client) => Promise<void>): Promise<void> {
  const client = await connect();
  try {
    await use(client);
  } finally {
    client.destroy();
  }
}

/** A request with its session. */
type Visited = IncomingMessage & { session: { views?: number; destroy(done: () => void): void } };

/** Runs `use` with the address of a web server that counts a visitor's requests; `/leave` ends the session. */
async function withWeb(client: Client, use: (url: string) => Promise<void>): Promise<void> {
  const sessions = session({
    store: new RedisStore({ client, prefix: "visitor:", ttl: 3600 }),
    secret: "keyboard cat",
    resave: false,
    saveUninitialized: false,
  }) as (request: IncomingMessage, response: ServerResponse, next: () => void) => void;
  const http = createServer((request, response) =>
    sessions(request, response, () => {
      const { session } = request as Visited;
      if (request.url === "/leave") return session.destroy(() => response.end("bye"));
      session.views = (session.views ?? 0) + 1;
      response.end(String(session.views));
    })
  );
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  try {
    await use(`http://127.0.0.1:${(http.address() as { port: number }).port}`);
  } finally {
    http.close();
  }
}

async function visit(url: string, cookie: string | null): Promise<{ text: string; cookie: string | null }> {
  const response = await fetch(url, { headers: cookie === null ? {} : { cookie } });
  const set = response.headers.get("set-cookie");
  return { text: await response.text(), cookie: set?.split(";")[0] ?? cookie };
}

Deno.test({
  name: "connect-redis: visitors keep their sessions, whichever web server they ask, until they leave",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: () =>
    withClient((client) =>
      withWeb(client, (one) =>
        withWeb(client, async (other) => {
          const { text, cookie } = await visit(one, null);
          assert.equal(text, "1");
          assert.match(String(cookie), /^connect\.sid=/);
          assert.equal((await visit(other, cookie)).text, "2");
          assert.equal((await visit(one, cookie)).text, "3");
          assert.equal((await visit(one, null)).text, "1");
          const keys = await client.keys("visitor:*");
          assert.equal(keys.length, 2);
          for (const key of keys) {
            const left = await client.ttl(key);
            assert.ok(left > 0 && left <= 3600, String(left));
          }
          assert.equal((await visit(`${one}/leave`, cookie)).text, "bye");
          assert.equal((await client.keys("visitor:*")).length, 1);
          assert.equal((await visit(other, cookie)).text, "1");
        }))
    ),
});

Deno.test("connect-redis: a store of many sessions lists, touches and clears them", () =>
  withClient(async (client) => {
    const store = new RedisStore({ client, prefix: "many:", ttl: 100, scanCount: 10 });
    const cookie = { originalMaxAge: null };
    await client.set("other", "stays");
    await Promise.all(
      Array.from({ length: 300 }, (_, i) => store.set(`s${i}`, { cookie, number: i } as never)),
    );
    assert.equal(await store.length(), 300);
    assert.deepEqual(
      (await store.ids()).toSorted(),
      Array.from({ length: 300 }, (_, i) => `s${i}`).toSorted(),
    );
    assert.deepEqual(await store.get("s7"), { cookie, number: 7 });
    const all: { id: string; number: number }[] = await store.all();
    assert.equal(all.length, 300);
    assert.ok(all.every(({ id, number }) => id === `s${number}`));
    await client.persist("many:s7");
    await store.touch("s7", { cookie } as never);
    const left = await client.ttl("many:s7");
    assert.ok(left > 0 && left <= 100, String(left));
    await store.destroy("s7");
    assert.equal(await store.get("s7"), null);
    await store.clear();
    assert.equal(await store.length(), 0);
    assert.equal(await client.get("other"), "stays");
  }));
