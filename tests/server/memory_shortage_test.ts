/** A server to which the system gives no more memory: it refuses what needs some, and goes on. */

import assert from "node:assert/strict";
import { SeededRandom } from "../../src/base/random.ts";
import { Arena, ArenaExhausted } from "../../src/memory/arena.ts";
import { MemoryShortage } from "../../src/server/memory_shortage.ts";
import { Restrictions } from "../../src/server/restrictions.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { encodeRequest } from "../support/replies.ts";
import { denodisCommand, type RunningServer, startServer } from "../support/servers.ts";

const MIB = 1024 * 1024;
/** How often a server is filled up. */
const FILLS = Number(Deno.env.get("DENODIS_SHORTAGE_FILLS") ?? 3);
const OUT_OF_MEMORY = "-OOM command not allowed when used memory > 'maxmemory'.\r\n";

/** Lets the system refuse buffers while `refuses` is set. */
function withSystem(test: (system: { refuses: boolean }) => void): void {
  const system = { refuses: false };
  const real = globalThis.ArrayBuffer;
  globalThis.ArrayBuffer = class extends real {
    constructor(bytes: number, options?: { maxByteLength: number }) {
      if (system.refuses && options === undefined) throw new RangeError("Array buffer allocation failed");
      super(bytes, options);
    }
    override resize(bytes?: number) {
      if (system.refuses) throw new RangeError("ArrayBuffer.prototype.resize: Invalid length parameter");
      super.resize(bytes);
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

Deno.test("a heap that can hardly grow is a restriction until it is small again, but garbage is none", () => {
  const restrictions = new Restrictions();
  let live = 10;
  let garbage = 0;
  let hasHeadroom = true;
  let reliefs = 0;
  const shortage = new MemoryShortage({
    arena: new Arena(),
    restrictions,
    heapUsed: () => live + garbage,
    heapLimit: 100,
    hasHeadroom: () => hasHeadroom,
    collect: () => void (garbage = 0),
    relieve: () => void reliefs++,
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
  assert.equal(reliefs, 0);
  live = 66;
  assert.ok(isShort());
  assert.ok(restrictions.any && restrictions.lacksMemory);
  live = 51;
  assert.ok(isShort());
  assert.equal(reliefs, 2);
  live = 40;
  garbage = 50;
  assert.ok(!isShort());
  assert.ok(!restrictions.any);
  hasHeadroom = false;
  assert.ok(isShort());
  live = 10;
  assert.ok(isShort());
  hasHeadroom = true;
  assert.ok(!isShort());
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

Deno.test({
  name: "a server that is filled up again and again refuses what needs memory, and goes on",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const server = await startLimited(300 * MIB);
    const connections: RawConnection[] = [];
    try {
      for (let i = 0; i < 8; i++) connections.push(await RawConnection.connect({ port: server.port }));
      const filler = new Filler();
      for (let fill = 0; fill < FILLS; fill++) {
        filler.refused = 0;
        await Promise.all(connections.map(() => filler.fill(server.port)));
        assert.ok(filler.refused >= REFUSED);
        await filler.removeHalf(connections[0]);
      }
      assert.equal(await connections[0].command("FLUSHALL"), "+OK\r\n");
      assert.equal(await connections[0].command("SET", "k", "v"), "+OK\r\n");
      assert.equal(server.ended(), undefined);
    } catch (error) {
      throw new Error(`The server has ended with ${server.ended()}:\n${server.log()}`, { cause: error });
    } finally {
      for (const connection of connections) connection.close();
      await server.stop();
    }
  },
});

/** Refused commands after which a server counts as full. */
const REFUSED = 100;

/** Fills a server with all kinds of things of all sizes, read now and then. */
class Filler {
  readonly #random = new SeededRandom(
    Number(Deno.env.get("DENODIS_PROPERTY_SEED") ?? Math.random() * 2 ** 31),
  );
  #made = 0;
  /** Commands that were refused for want of memory. */
  refused = 0;

  /** Sends batches of commands until enough have been refused. */
  async fill(port: number): Promise<void> {
    while (this.refused < REFUSED) {
      const connection = await RawConnection.connect({ port, timeout: 60_000 });
      try {
        while (this.refused < REFUSED) await this.#sendBatch(connection);
      } catch {
        // A request that there is no room for ends its connection; a server that has ended takes no new one.
        this.refused++;
      } finally {
        connection.close();
      }
    }
  }

  async #sendBatch(connection: RawConnection): Promise<void> {
    const count = 1 + this.#below(20);
    const requests = Array.from({ length: count }, () => encodeRequest(this.#command())).join("");
    const [replies] = await Promise.all([this.#replies(connection, count), connection.write(requests)]);
    this.refused += replies.filter((reply) => reply === OUT_OF_MEMORY).length;
  }

  async #replies(connection: RawConnection, count: number): Promise<string[]> {
    const replies: string[] = [];
    while (replies.length < count) replies.push(await connection.readReplies(1));
    return replies;
  }

  /** Removes every other key. */
  async removeHalf(connection: RawConnection): Promise<void> {
    for (let i = this.#below(2); i <= this.#made; i += 2) {
      const keys = ["string", "list", "hash", "set", "stream"].map((type) => `${type}:${i}`);
      assert.match(await connection.command("DEL", ...keys), /^:/);
    }
  }

  #command(): string[] {
    const i = this.#made >> 4;
    switch (this.#below(8)) {
      case 0:
        return ["HSET", `hash:${i}`, `field:${this.#made++}`, this.#value()];
      case 1:
        return ["RPUSH", `list:${i}`, this.#value(), this.#value()];
      case 2:
        return ["SADD", `set:${i}`, `${this.#made++}`, this.#value()];
      case 3:
        return ["XADD", `stream:${i}`, "*", "field", this.#value()];
      case 4:
        return ["LRANGE", `list:${this.#below(i + 1)}`, "0", "3"];
      default:
        return ["SET", `string:${this.#made++}`, this.#value()];
    }
  }

  /** Most are small, one in fifty has some megabytes. */
  #value(): string {
    const kind = this.#below(100);
    return "v".repeat(this.#below(kind < 60 ? 300 : kind < 85 ? 10_000 : kind < 98 ? 200_000 : 4_000_000));
  }

  #below(limit: number): number {
    return this.#random.uint32() % limit;
  }
}

Deno.test({
  name:
    "tracked keys and queued commands that a small heap has no room for are refused, and the server goes on",
  // A compiled server has the flags that it was compiled with.
  ignore: Deno.env.has("DENODIS_SERVER_COMMAND"),
  fn: async () => {
    const [deno, run, ...command] = denodisCommand();
    const flags = "--v8-flags=--max-old-space-size=64,--max-semi-space-size=4";
    const server = await startServer({
      name: "denodis",
      command: [deno, run, flags, ...command],
      args: ["--save", ""],
    });
    const [reader, queuing] = [
      await RawConnection.connect({ port: server.port }),
      await RawConnection.connect({ port: server.port }),
    ];
    try {
      assert.equal(await reader.command("CONFIG", "SET", "tracking-table-max-keys", "0"), "+OK\r\n");
      assert.equal(await reader.command("CLIENT", "TRACKING", "ON"), "+OK\r\n");
      assert.equal(await queuing.command("MULTI"), "+OK\r\n");
      for (let read = 0, isShort = false; !isShort; read += 5000) {
        assert.ok(read < 2_000_000, "The heap has room for all of that");
        const requests = Array.from({ length: 5000 }, (_, i) => encodeRequest(["GET", `key:${read + i}`]));
        await Promise.all([reader.readReplies(5000), reader.write(requests.join(""))]);
        isShort = await reader.command("SET", "k", "v") === OUT_OF_MEMORY;
      }
      assert.equal(await queuing.command("PING"), OUT_OF_MEMORY);
      assert.match(await queuing.command("EXEC"), /^-EXECABORT/);
      assert.equal(await queuing.command("GET", "k"), "$1\r\nv\r\n");
      // The table is halved until there is room again.
      for (let waits = 0; await queuing.command("SET", "k", "w") === OUT_OF_MEMORY; waits++) {
        assert.ok(waits < 600, "There is no room again");
        await delay(100);
      }
      assert.equal(await queuing.command("GET", "k"), "$1\r\nw\r\n");
      assert.equal(server.ended(), undefined);
    } finally {
      reader.close();
      queuing.close();
      await server.stop();
    }
  },
});

function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
