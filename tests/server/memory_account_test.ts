/** `used_memory` against what the system says, and the parts against the sum. */

import assert from "node:assert/strict";
import { Arena } from "../../src/memory/arena.ts";
import { MemoryAccount } from "../../src/server/memory_account.ts";
import { encodeRequest, Executor } from "../support/executor.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { startDenodis } from "../support/servers.ts";

const MIB = 1024 * 1024;

Deno.test("the parts add up to what is used", () => {
  const executor = new Executor();
  const { memory } = executor.server;
  memory.add({ name: "backlog", bytes: () => 1000, counted: false });
  memory.add({ name: "scripts", bytes: () => 500, counted: true });
  executor.run("SUBSCRIBE", "a", "b");
  executor.run("SET", "k", "v".repeat(10_000));
  memory.clients += 300;
  memory.sample();
  const { data, clients, others, heap } = memory.parts();
  assert.equal(data, executor.keyspace.arena.used);
  assert.equal(clients, 300);
  assert.equal(others.get("backlog"), 1000);
  assert.ok(others.get("pubsub")! > 0);
  assert.equal(data + clients + heap + [...others.values()].reduce((sum, bytes) => sum + bytes), memory.used);
  assert.equal(memory.notCounted, 1000);
  assert.equal(memory.counted, memory.used - 1000);
});

Deno.test("the heap counts when it has grown beyond garbage, by the lowest of many samples", () => {
  let heap = 10 * MIB;
  const memory = new MemoryAccount(new Arena(), () => heap);
  memory.add({ name: "known", bytes: () => 5 * MIB, counted: true });
  const sample = (bytes: number) => {
    heap = bytes;
    for (let i = 0; i < 32; i++) memory.sample();
    return memory.parts().heap;
  };
  assert.equal(sample(10 * MIB), 0);
  assert.equal(sample(31 * MIB), 0, "5 known, 16 of garbage");
  assert.equal(sample(100 * MIB), (100 - 10 - 16 - 5) * MIB);
  for (let i = 0; i < 31; i++) memory.sample();
  heap = 40 * MIB;
  memory.sample();
  assert.equal(memory.parts().heap, (40 - 10 - 16 - 5) * MIB);
});

/** A field of INFO memory. */
async function figure(connection: RawConnection, name: string): Promise<number> {
  const info = await connection.command("INFO", "memory");
  return Number(new RegExp(`${name}:(\\d+)`).exec(info)![1]);
}

/** Resident bytes without V8's heap, most of which is garbage and room for more. */
async function withoutHeap(connection: RawConnection): Promise<number> {
  return await figure(connection, "used_memory_rss") - await figure(connection, "denodis_heap_total");
}

/** What a server is filled with: the requests of an index, which its key has. */
const KINDS: Record<string, (index: number) => string[]> = {
  strings: (i) => ["SET", `key:${i}`, `${i}`.padEnd(300, ".")],
  "strings of all sizes": (i) => ["SET", `key:${i}`, "v".repeat((i * 7919) % 900)],
  "keys with a TTL": (i) => ["SET", `key:${i}`, `${i}`.padEnd(200, "."), "EX", "1000"],
  "large values": (i) => i % 100 === 0 ? ["SET", `key:${i}`, "v".repeat(30_000)] : ["PING"],
  "small hashes": (
    i,
  ) => ["HSET", `key:${i}`, "name", `${i}`.padEnd(100, "."), "mail", `${i}`.padEnd(100, ".")],
  "a large hash": (i) => ["HSET", "key", `field:${i}`, `${i}`.padEnd(200, ".")],
  "large sets": (i) => ["SADD", `key:${i % 10}`, `${i}`.padEnd(200, ".")],
  "a large sorted set": (i) => ["ZADD", "key", `${(i * 7919) % 1e6}`, `${i}`.padEnd(150, ".")],
  "long lists": (i) => ["RPUSH", `key:${i % 1000}`, `${i}`.padEnd(300, ".")],
  streams: (i) => ["XADD", `key:${i % 1000}`, "*", "temperature", "20", "note", `${i}`.padEnd(300, ".")],
};

Deno.test("used_memory is within 10 % of what the process has taken, from 100 MiB up", async (t) => {
  const server = await startDenodis([]);
  const connection = await RawConnection.connect({ port: server.port });
  try {
    const fill = async (request: (index: number) => string[], from: number, to: number) => {
      for (let next = from; next < to; next += 1000) {
        const requests = Array.from({ length: 1000 }, (_, i) => encodeRequest(request(next + i)));
        await connection.write(requests.join(""));
        await connection.readReplies(1000);
      }
    };
    const empty = async () => {
      await connection.command("FLUSHALL");
      for (
        let i = 0;
        await figure(connection, "allocator_active") > 64 * MIB ||
        await figure(connection, "lazyfree_pending_objects") > 0;
        i++
      ) {
        assert.ok(i < 200, "The data's memory does not come back");
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    };
    // Once, so that what the runtime takes for such loads is there. Of the data a page or two stay.
    for (const kind of ["strings", "large values"]) await fill(KINDS[kind], 0, 150_000);
    await empty();
    // The least of many: what is given back is not gone at once.
    let runtime = Infinity;
    for (let i = 0; i < 25; i++) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      runtime = Math.min(
        runtime,
        await withoutHeap(connection) - await figure(connection, "allocator_active"),
      );
    }
    for (const [kind, request] of Object.entries(KINDS)) {
      await t.step(kind, async () => {
        for (let filled = 0; await figure(connection, "used_memory") < 105 * MIB;) {
          await fill(request, filled, filled += 20_000);
        }
        const used = await figure(connection, "used_memory");
        const taken = await withoutHeap(connection) - runtime;
        assert.ok(Math.abs(used / taken - 1) < 0.1, `${used} used, ${taken} taken`);
      });
      await empty();
    }
  } finally {
    connection.close();
    await server.stop();
  }
});
