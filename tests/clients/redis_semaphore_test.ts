/** redis-semaphore, with ioredis: mutexes and semaphores, each of whose steps is a script. */

import assert from "node:assert/strict";
import { Redis } from "ioredis";
import { MultiSemaphore, Mutex, RedlockMutex, Semaphore } from "redis-semaphore";
import { type RunningServer, startDenodis } from "../support/servers.ts";

const servers: RunningServer[] = [];

Deno.test.beforeAll(async () => {
  servers.push(...await Promise.all([startDenodis(), startDenodis(), startDenodis()]));
});

Deno.test.afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()));
});

// Longer than a loaded machine ever pauses: nothing here is about locks that time out.
const LASTING = { lockTimeout: 60_000, acquireTimeout: 60_000, retryInterval: 10 };
const IMPATIENT = { ...LASTING, acquireTimeout: 50 };

/** Runs `use` with a client for each server. */
function test(name: string, use: (clients: Redis[]) => Promise<void>): void {
  Deno.test({
    name: `redis-semaphore: ${name}`,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const clients = servers.map(({ port }) => new Redis({ host: "127.0.0.1", port }));
      try {
        await use(clients);
      } finally {
        await Promise.all(clients.map((client) => client.quit()));
      }
    },
  });
}

/** Runs so many workers under a lock of their own each, and returns how many were at work at once, at most. */
async function crowd(
  workers: number,
  makeLock: () => { acquire(): Promise<void>; release(): Promise<void> },
): Promise<number> {
  let now = 0;
  let most = 0;
  await Promise.all(Array.from({ length: workers }, async () => {
    const lock = makeLock();
    await lock.acquire();
    most = Math.max(most, ++now);
    await new Promise((resolve) => setTimeout(resolve, 5));
    now--;
    await lock.release();
  }));
  return most;
}

test("a mutex lets one in at a time, and no one else release it", async ([client]) => {
  assert.equal(await crowd(10, () => new Mutex(client, "mutex", LASTING)), 1);
  const mutex = new Mutex(client, "mutex", LASTING);
  await mutex.acquire();
  assert.ok(mutex.isAcquired);
  const other = new Mutex(client, "mutex", IMPATIENT);
  await assert.rejects(other.acquire(), /timeout/i);
  assert.equal(await other.tryAcquire(), false);
  await other.release();
  assert.equal(await client.exists("mutex:mutex"), 1);
  await mutex.release();
  assert.equal(await client.exists("mutex:mutex"), 0);
});

test("a semaphore lets three in", async ([client]) => {
  const makeLock = () => new Semaphore(client, "three", 3, LASTING);
  const most = await crowd(12, makeLock);
  assert.ok(most >= 1 && most <= 3, String(most));
  const held = [makeLock(), makeLock(), makeLock()];
  for (const lock of held) await lock.acquire();
  assert.equal(await client.zcard("semaphore:three"), 3);
  await assert.rejects(new Semaphore(client, "three", 3, IMPATIENT).acquire(), /timeout/i);
  await held[0].release();
  const next = makeLock();
  await next.acquire();
  for (const lock of [held[1], held[2], next]) await lock.release();
  assert.equal(await client.zcard("semaphore:three"), 0);
});

test("one takes several permits", async ([client]) => {
  const two = new MultiSemaphore(client, "permits", 5, 2, LASTING);
  const three = new MultiSemaphore(client, "permits", 5, 3, LASTING);
  await two.acquire();
  await three.acquire();
  assert.equal(await client.zcard("semaphore:permits"), 5);
  await assert.rejects(new MultiSemaphore(client, "permits", 5, 1, IMPATIENT).acquire(), /timeout/i);
  await three.release();
  await two.release();
  assert.equal(await client.zcard("semaphore:permits"), 0);
});

test("a lock is refreshed while it is held, and whoever holds it hears that it is lost", async ([client]) => {
  const lost = Promise.withResolvers<Error>();
  const mutex = new Mutex(client, "refreshed", {
    ...LASTING,
    refreshInterval: 20,
    onLockLost: (error) => lost.resolve(error),
  });
  await mutex.acquire();
  await client.pexpire("mutex:refreshed", 30_000);
  for (let i = 0; i < 500 && await client.pttl("mutex:refreshed") <= 30_000; i++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.ok(await client.pttl("mutex:refreshed") > 30_000);
  await client.set("mutex:refreshed", "somebody else's");
  assert.match((await lost.promise).message, /Lost mutex/);
  await mutex.release();
  assert.equal(await client.get("mutex:refreshed"), "somebody else's");
});

test("two of three servers are enough", async (clients) => {
  assert.equal(await crowd(5, () => new RedlockMutex(clients, "majority", LASTING)), 1);
  const mutex = new RedlockMutex(clients, "majority", LASTING);
  await mutex.acquire();
  await clients[0].flushall();
  await assert.rejects(new RedlockMutex(clients, "majority", IMPATIENT).acquire(), /timeout/i);
  await mutex.release();
  assert.deepEqual(await Promise.all(clients.map((client) => client.exists("mutex:majority"))), [0, 0, 0]);
});
