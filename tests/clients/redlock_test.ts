/** redlock, with ioredis: locks on one server and on three, of which one has lost its memory. */

import assert from "node:assert/strict";
import { Redis } from "ioredis";
import Redlock from "redlock";
import { type RunningServer, startDenodis } from "../support/servers.ts";

const servers: RunningServer[] = [];

Deno.test.beforeAll(async () => {
  servers.push(...await Promise.all([startDenodis(), startDenodis(), startDenodis()]));
});

Deno.test.afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()));
});

/** Runs `use` with a client for each server. redlock's timers outlive the test's last line for a moment. */
function test(name: string, use: (clients: Redis[]) => Promise<void>): void {
  Deno.test({
    name: `redlock: ${name}`,
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

/** Gives up at once, or tries again until somebody else has unlocked. */
const NEVER = { retryCount: 0 };
const PATIENT = { retryCount: 500, retryDelay: 20, retryJitter: 20 };

test("a lock keeps others out until it is unlocked", async ([client]) => {
  const redlock = new Redlock([client], NEVER);
  const lock = await redlock.lock("locks:one", 60_000);
  assert.equal(await client.get("locks:one"), lock.value);
  const left = await client.pttl("locks:one");
  assert.ok(left > 0 && left <= 60_000, String(left));
  await assert.rejects(redlock.lock("locks:one", 60_000), { name: "LockError" });
  const extended = await lock.extend(120_000);
  assert.ok(await client.pttl("locks:one") > 60_000);
  await extended.unlock();
  assert.equal(await client.exists("locks:one"), 0);
  await assert.rejects(extended.unlock(), { name: "LockError" });
});

test("several resources are locked together or not at all", async ([client]) => {
  const redlock = new Redlock([client], NEVER);
  const one = await redlock.lock("locks:b", 60_000);
  await assert.rejects(redlock.lock(["locks:a", "locks:b"], 60_000), { name: "LockError" });
  assert.equal(await client.exists("locks:a"), 0);
  await one.unlock();
  const both = await redlock.lock(["locks:a", "locks:b"], 60_000);
  assert.equal(await client.exists("locks:a", "locks:b"), 2);
  await both.unlock();
  assert.equal(await client.exists("locks:a", "locks:b"), 0);
});

test("a counter that is read and written under a lock loses nothing", async ([client]) => {
  const redlock = new Redlock([client], PATIENT);
  await client.set("counter", 0);
  await Promise.all(Array.from({ length: 20 }, async () => {
    const lock = await redlock.lock("locks:counter", 60_000);
    await client.set("counter", Number(await client.get("counter")) + 1);
    await lock.unlock();
  }));
  assert.equal(await client.get("counter"), "20");
});

test("two of three servers are enough, one is not", async (clients) => {
  const redlock = new Redlock(clients, NEVER);
  const lock = await redlock.lock("locks:majority", 60_000);
  assert.deepEqual(await Promise.all(clients.map((client) => client.get("locks:majority"))), [
    ...[lock.value, lock.value, lock.value],
  ]);
  await clients[0].flushall();
  await assert.rejects(redlock.lock("locks:majority", 60_000), { name: "LockError" });
  // Those who did not get it have left nothing behind.
  assert.equal(await clients[0].exists("locks:majority"), 0);
  await lock.extend(60_000).catch(() => assert.fail("two of three were there"));
  await lock.unlock().catch(() => {});
  assert.deepEqual(await Promise.all(clients.map((client) => client.exists("locks:majority"))), [0, 0, 0]);
});
