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
