/** `maxmemory-clients`: who is disconnected when clients take too much memory is who redis-server disconnects. */

import assert from "node:assert/strict";
import { oracleState } from "../support/oracle.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { encodeRequest } from "../support/replies.ts";
import { type RunningServer, startDenodis, startOracle } from "../support/servers.ts";

const { available } = await oracleState();
const KIB = 1024;

/** Clients by name, of which the server may disconnect some. */
class Party {
  readonly setup: RawConnection;
  readonly #port: number;
  readonly #clients: RawConnection[] = [];

  private constructor(port: number, setup: RawConnection) {
    this.#port = port;
    this.setup = setup;
  }

  static async at(server: RunningServer): Promise<Party> {
    const party = new Party(server.port, await RawConnection.connect({ port: server.port }));
    assert.equal(await party.setup.command("CLIENT", "SETNAME", "setup"), "+OK\r\n");
    return party;
  }

  /** Connects a client that has run these requests. */
  async add(name: string, ...requests: string[][]): Promise<RawConnection> {
    const client = await RawConnection.connect({ port: this.#port });
    this.#clients.push(client);
    for (const request of [["CLIENT", "SETNAME", name], ...requests]) await client.command(...request);
    return client;
  }

  /** Connects a client that has sent so many bytes of a request, and waits until the server has them but for its head. */
  async addSender(name: string, bytes: number, ...requests: string[][]): Promise<void> {
    const client = await this.add(name, ...requests);
    const request = encodeRequest(["SET", "k", "x".repeat(bytes + 1000)]);
    await client.write(request.slice(0, bytes));
    await this.#until((list) => field(list, name, "qbuf") >= bytes - 100 || !names(list).includes(name));
  }

  /** Connects a client that has queued so many bytes of requests. */
  async addQueue(name: string, bytes: number): Promise<void> {
    const queued = Array.from({ length: bytes / KIB / 16 }, () => ["SET", "k", "x".repeat(16 * KIB)]);
    await this.add(name, ["MULTI"], ...queued);
  }

  async set(directive: string, value: string): Promise<void> {
    assert.equal(await this.setup.command("CONFIG", "SET", directive, value), "+OK\r\n");
  }

  /** Waits until exactly these clients are left besides `setup`. */
  async left(...expected: string[]): Promise<void> {
    const list = await this.#until((list) => names(list).length <= expected.length + 1);
    assert.deepEqual(names(list).sort(), [...expected, "setup"].sort());
  }

  async evicted(): Promise<string> {
    return /evicted_clients:(\d+)/.exec(await this.setup.command("INFO", "stats"))![1];
  }

  async #until(done: (list: string) => boolean): Promise<string> {
    for (let tries = 0;; tries++) {
      const list = await this.setup.command("CLIENT", "LIST");
      if (done(list) || tries === 2000) return list;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  close(): void {
    for (const client of [this.setup, ...this.#clients]) client.close();
  }
}

function names(list: string): string[] {
  return [...list.matchAll(/ name=(\w*) /g)].map(([, name]) => name);
}

function field(list: string, client: string, name: string): number {
  return Number(new RegExp(` name=${client} .* ${name}=(\\d+)`).exec(list)?.[1]);
}

/** The same test of both servers, as what has to come out is the same. */
function test(name: string, play: (party: Party) => Promise<void>): void {
  for (const [subject, start] of [["denodis", startDenodis], ["redis-server", startOracle]] as const) {
    const ignore = subject === "redis-server" && !available;
    Deno.test(`${name} (${subject})`, { ignore }, async () => {
      const server = await start();
      const party = await Party.at(server);
      try {
        await play(party);
      } finally {
        party.close();
        await server.stop();
      }
    });
  }
}

test("the largest go first, and no more than have to", async (party) => {
  await party.addSender("small", 200 * KIB);
  await party.addSender("large", 3000 * KIB);
  await party.addSender("middle", 700 * KIB);
  await party.left("small", "large", "middle");
  await party.set("maxmemory-clients", "2mb");
  await party.left("small", "middle");
  await party.set("maxmemory-clients", "700kb");
  await party.left("small");
  assert.equal(await party.evicted(), "2");
  await party.set("maxmemory-clients", "0");
  await party.addSender("further", 3000 * KIB);
  await party.left("small", "further");
});

test("who has said NO-EVICT stays, and counts", async (party) => {
  assert.equal(await party.setup.command("CLIENT", "NO-EVICT", "ON"), "+OK\r\n");
  await party.set("maxmemory-clients", "1mb");
  await party.addSender("other", 100 * KIB);
  await party.left("other");
  await party.addSender("protected", 3000 * KIB, ["CLIENT", "NO-EVICT", "ON"]);
  await party.left("protected");
});

test("a queued transaction counts", async (party) => {
  await party.addQueue("queue", 1024 * KIB);
  await party.left("queue");
  await party.set("maxmemory-clients", "512kb");
  await party.left();
  assert.equal(await party.evicted(), "1");
});

test("replies that are not read count", async (party) => {
  const big = "x".repeat(4096 * KIB);
  assert.equal(await party.setup.command("SET", "big", big), "+OK\r\n");
  assert.equal(await party.setup.command("CLIENT", "NO-EVICT", "ON"), "+OK\r\n");
  await party.set("maxmemory-clients", "9mb");
  await party.add("idle");
  const lazy = await party.add("lazy");
  await party.left("idle", "lazy");
  await lazy.write(encodeRequest(["GET", "big"]).repeat(10));
  await party.left("idle");
  assert.equal(await party.evicted(), "1");
});

test("messages to a subscriber that does not read count", async (party) => {
  assert.equal(await party.setup.command("CLIENT", "NO-EVICT", "ON"), "+OK\r\n");
  await party.set("client-output-buffer-limit", "pubsub 0 0 0");
  await party.set("maxmemory-clients", "6mb");
  await party.add("idle");
  await party.add("subscriber", ["SUBSCRIBE", "news"]);
  const message = "x".repeat(512 * KIB);
  for (let i = 0; i < 200 && await party.setup.command("PUBLISH", "news", message) === ":1\r\n"; i++);
  await party.left("idle");
});

test("a percentage is one of maxmemory, and no limit without it", async (party) => {
  await party.set("maxmemory-clients", "2%");
  await party.addSender("large", 3000 * KIB);
  await party.left("large");
  await party.set("maxmemory", "1gb");
  await party.left("large");
  await party.set("maxmemory", "100mb");
  await party.left();
});

test("a limit below 128 KiB is 128 KiB", async (party) => {
  await party.set("maxmemory-clients", "1");
  await party.left();
  await party.addSender("large", 200 * KIB);
  await party.left();
  assert.equal(await party.setup.command("PING"), "+PONG\r\n");
});
