/** A server to which the system gives no more memory: it refuses what needs some, and goes on. */

import assert from "node:assert/strict";
import { Arena, ArenaExhausted } from "../../src/memory/arena.ts";
import { MemoryShortage } from "../../src/server/memory_shortage.ts";
import { Restrictions } from "../../src/server/restrictions.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { encodeRequest } from "../support/replies.ts";
import { denodisCommand, type RunningServer, startServer } from "../support/servers.ts";

const MIB = 1024 * 1024;
const OUT_OF_MEMORY = "-OOM command not allowed when used memory > 'maxmemory'.\r\n";

/** Lets the system refuse buffers while `refuses` is set. */
function withSystem(test: (system: { refuses: boolean }) => void): void {
  const system = { refuses: false };
  const real = globalThis.ArrayBuffer;
  globalThis.ArrayBuffer = class extends real {
    constructor(bytes: number) {
      if (system.refuses) throw new RangeError("Array buffer allocation failed");
      super(bytes);
    }
  } as typeof ArrayBuffer;
  try {
    test(system);
  } finally {
    globalThis.ArrayBuffer = real;
  }
}

Deno.test("the reserve lets what has begun be ended, and room comes back with what is freed", () => {
  withSystem((system) => {
    const arena = new Arena();
    let used = 0;
    arena.onReserveUsed = () => used++;
    assert.ok(!arena.hasRoom);
    assert.ok(arena.keepReserve() && arena.hasRoom);
    const blocks = [arena.allocate(MIB)];
    system.refuses = true;
    while (used === 0) blocks.push(arena.allocate(MIB));
    assert.equal(blocks.length, 32, "31 in the first page, whose first chunk is never handed out");
    blocks.push(arena.allocate(MIB));
    assert.ok(!arena.hasRoom && !arena.keepReserve());
    arena.check();
    assert.throws(() => {
      for (;;) blocks.push(arena.allocate(MIB));
    }, ArenaExhausted);
    arena.check();
    assert.throws(() => arena.allocate(20 * MIB), ArenaExhausted);
    assert.equal(blocks.length, 31 + 32);
    for (const block of blocks.splice(0, 40)) arena.free(block);
    assert.ok(arena.hasRoom && !arena.keepReserve());
    system.refuses = false;
    assert.ok(arena.keepReserve());
    for (const block of blocks) arena.free(block);
    assert.equal(arena.used, 0);
    arena.check();
  });
});

Deno.test("a heap that nears its limit is a restriction until it is small again, but garbage is none", () => {
  const restrictions = new Restrictions();
  let live = 10;
  let garbage = 0;
  const shortage = new MemoryShortage({
    arena: new Arena(),
    restrictions,
    heapUsed: () => live + garbage,
    heapLimit: 100,
    collect: () => void (garbage = 0),
    onChange() {},
    warn() {},
  });
  let now = 0;
  const isShort = () => {
    shortage.tick(now += 1000);
    return restrictions.heapShort;
  };
  garbage = 85;
  assert.ok(!isShort());
  assert.equal(garbage, 0);
  live = 64;
  assert.ok(!isShort());
  live = 66;
  assert.ok(isShort());
  assert.ok(restrictions.any && restrictions.lacksMemory);
  live = 51;
  assert.ok(isShort());
  live = 40;
  garbage = 50;
  assert.ok(!isShort());
  assert.ok(!restrictions.any);
});

/** A server that may have so much memory more than it has at its start. */
async function startLimited(bytes: number): Promise<RunningServer> {
  const command = denodisCommand();
  const limit = Math.ceil((await dataOf(command) + bytes) / 1024);
  return await startServer({
    name: "denodis",
    command: ["sh", "-c", `ulimit -d ${limit} && exec "$@"`, "sh", ...command],
    args: ["--save", ""],
  });
}

/** Bytes that count against the limit when the server has started: mostly what is set aside and never touched. */
async function dataOf(command: readonly string[]): Promise<number> {
  const server = await startServer({ name: "denodis", command, args: ["--save", ""] });
  try {
    const status = await Deno.readTextFile(`/proc/${server.pid}/status`);
    return Number(/VmData:\s*(\d+) kB/.exec(status)![1]) * 1024;
  } finally {
    await server.stop();
  }
}

/** Stores values of 100 kB; returns how many had room. */
async function fillUntilRefused(connection: RawConnection, prefix: string): Promise<number> {
  for (let stored = 0; stored < 100_000; stored++) {
    const reply = await connection.command("SETRANGE", `${prefix}:${stored}`, "99999", "x");
    if (reply === OUT_OF_MEMORY) return stored;
    assert.equal(reply, ":100000\r\n");
  }
  assert.fail("Memory never ran out");
}

Deno.test({
  name: "where the system's memory is used up writes are refused, reads and DEL go on, and writes come back",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const server = await startLimited(450 * MIB);
    const connection = await RawConnection.connect({ port: server.port });
    try {
      const value = "\0".repeat(99_999) + "x";
      const stored = await fillUntilRefused(connection, "key");
      assert.ok(stored > 1000, `${stored} values of 100 kB had room`);
      assert.equal(await connection.command("GET", `key:${stored - 1}`), `$100000\r\n${value}\r\n`);
      assert.equal(await connection.command("GET", `key:${stored}`), "$-1\r\n");
      for (const request of [["LPUSH", "l", "x"], ["SETRANGE", "s", "99999999", "x"], ["INCR", "n"]]) {
        assert.equal(await connection.command(...request), OUT_OF_MEMORY);
      }
      assert.equal(
        await connection.command("EVAL", "return redis.pcall('SET', 'k', 'v')", "0"),
        OUT_OF_MEMORY,
      );
      await connection.command("MULTI");
      assert.equal(await connection.command("PING"), OUT_OF_MEMORY);
      await connection.command("DISCARD");
      for (let i = 0; i < stored; i += 2) {
        assert.equal(await connection.command("UNLINK", `key:${i}`), ":1\r\n");
      }
      while (await connection.command("SET", "again", value) !== "+OK\r\n") await connection.command("PING");
      const more = await fillUntilRefused(connection, "more");
      assert.ok(more > stored / 4, `${more} values had room after ${stored / 2} of ${stored} had gone`);
      assert.equal(await connection.command("FLUSHALL"), "+OK\r\n");
      // What waits to be freed is not there yet, and the pages have to be asked for again, once a second.
      let again = 0;
      for (let i = 0; again < stored * 0.8; i++) again += await fillUntilRefused(connection, `again:${i}`);
      assert.equal(server.ended(), undefined);
    } finally {
      connection.close();
      await server.stop();
    }
  },
});

Deno.test({
  name: "a request, a value or a reply that the system has no memory for costs nobody else anything",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const server = await startLimited(450 * MIB);
    const [connection, other] = [
      await RawConnection.connect({ port: server.port }),
      await RawConnection.connect({ port: server.port }),
    ];
    try {
      assert.equal(await connection.command("SETRANGE", "k", String(500 * MIB), "x"), OUT_OF_MEMORY);
      assert.equal(await connection.command("EXISTS", "k"), ":0\r\n");
      assert.equal(
        await connection.command("SETRANGE", "k", String(150 * MIB), "x"),
        `:${150 * MIB + 1}\r\n`,
      );
      // As many replies as there is no memory for.
      const script = "local t = {} for i = 1, 5 do t[i] = redis.call('GET', 'k') end return t";
      assert.match(await connection.command("EVAL", script, "0"), /^-/);
      const head = encodeRequest(["SET", "big", ""]).replace(/\$0\r\n\r\n$/, `$${510 * MIB}\r\n`);
      await other.write(head);
      const chunk = "x".repeat(4 * MIB);
      const reply = other.readReplies(1);
      try {
        for (let sent = 0; sent < 510 * MIB; sent += chunk.length) await other.write(chunk);
      } catch {
        // It is not read to its end.
      }
      assert.equal(await reply.catch(() => OUT_OF_MEMORY), OUT_OF_MEMORY);
      assert.equal(await connection.command("DEL", "k"), ":1\r\n");
      assert.equal(await connection.command("SET", "k", "v"), "+OK\r\n");
      assert.equal(server.ended(), undefined);
    } finally {
      connection.close();
      other.close();
      await server.stop();
    }
  },
});
