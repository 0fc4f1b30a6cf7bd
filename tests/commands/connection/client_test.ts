/**
 * CLIENT where the oracle cannot be asked: ages by the injected clock, many clients of every kind, and the switches that
 * act on the keyspace. Everything else is in `tests/parity/cases/connection.ts`.
 */

import assert from "node:assert/strict";
import type { ClientSession } from "../../../src/commands/context.ts";
import type { Connection } from "../../../src/server/connection.ts";
import { Executor } from "../../support/executor.ts";

const MINUTE = 60_000;

/** A server with the asking client, number 1, and others that write down when they are killed. */
class Crowd {
  readonly executor = new Executor();
  readonly killed: number[] = [];

  constructor() {
    this.add({ id: 1, connectedAt: this.now });
    const { session } = this.executor;
    this.executor.server.clients.add(session);
    session.closeAfterReply = () => void this.killed.push(session.id);
  }

  get now(): number {
    return this.executor.clock.now();
  }

  add(properties: Partial<ClientSession> & { id: number }): void {
    const client = {
      address: `10.0.0.${properties.id}:5000`,
      localAddress: "10.0.0.100:6379",
      type: "normal",
      connectedAt: this.now,
      describe: () => `id=${properties.id}`,
      disconnect: () => this.killed.push(properties.id),
      ...properties,
    };
    if (properties.id === 1) Object.assign(this.executor.session, client);
    else this.executor.server.clients.add({ user: "default", ...client } as unknown as Connection);
  }

  /** The reply of a command given as words. */
  run(command: string): string {
    return this.executor.run(...command.split(" "));
  }
}

Deno.test("CLIENT KILL MAXAGE counts whole seconds of connections", () => {
  const crowd = new Crowd();
  // The clock stands at a whole second.
  crowd.add({ id: 2, connectedAt: crowd.now - 10_000 });
  crowd.add({ id: 3, connectedAt: crowd.now - 9_001 });
  crowd.add({ id: 4, connectedAt: crowd.now - 9_000 });
  crowd.add({ id: 5, connectedAt: crowd.now });
  assert.equal(crowd.run("CLIENT KILL MAXAGE 11"), ":0\r\n");
  assert.equal(crowd.run("CLIENT KILL MAXAGE 10"), ":2\r\n");
  assert.deepEqual(crowd.killed, [2, 3]);
});

Deno.test("CLIENT KILL MAXAGE takes the asking client only where it is not skipped", () => {
  const crowd = new Crowd();
  crowd.executor.clock.advance(MINUTE);
  assert.equal(crowd.run("CLIENT KILL MAXAGE 60"), ":0\r\n");
  assert.equal(crowd.run("CLIENT KILL MAXAGE 60 SKIPME no"), ":1\r\n");
  assert.deepEqual(crowd.killed, [1]);
});

for (
  const [filters, expected] of [
    ["TYPE normal", [2, 3]],
    ["TYPE pubsub", [4]],
    ["TYPE replica", [5]],
    ["TYPE slave", [5]],
    ["TYPE master", [6]],
    ["TYPE pubsub TYPE replica", [5]],
    ["ADDR 10.0.0.3:5000", [3]],
    ["LADDR 10.0.0.100:6379", [2, 4, 5, 6]],
    ["LADDR 10.0.0.101:6379", [3]],
    ["LADDR 10.0.0.100:6379 TYPE normal", [2]],
    ["USER default", [2, 3, 5, 6]],
    ["USER default MAXAGE 60", [3]],
    ["ID 2 MAXAGE 60", []],
    ["SKIPME no", [2, 3, 4, 5, 6, 1]],
    ["SKIPME yes", [2, 3, 4, 5, 6]],
  ] as const
) {
  Deno.test(`CLIENT KILL ${filters}`, () => {
    const crowd = new Crowd();
    crowd.add({ id: 2 });
    crowd.add({ id: 3, localAddress: "10.0.0.101:6379", connectedAt: crowd.now - MINUTE });
    crowd.add({ id: 4, type: "pubsub", user: "someone" });
    crowd.add({ id: 5, type: "replica" });
    crowd.add({ id: 6, type: "master" });
    assert.equal(crowd.run(`CLIENT KILL ${filters}`), `:${expected.length}\r\n`);
    assert.deepEqual(crowd.killed.toSorted(), expected.toSorted());
  });
}

Deno.test("CLIENT LIST tells of the clients asked for, a line each", () => {
  const crowd = new Crowd();
  crowd.add({ id: 2 });
  crowd.add({ id: 3, type: "pubsub" });
  crowd.add({ id: 4, type: "replica" });
  assert.equal(crowd.run("CLIENT LIST"), "$20\r\nid=1\nid=2\nid=3\nid=4\n\r\n");
  assert.equal(crowd.run("CLIENT LIST TYPE normal"), "$10\r\nid=1\nid=2\n\r\n");
  assert.equal(crowd.run("CLIENT LIST TYPE replica"), "$5\r\nid=4\n\r\n");
  // As often and in the order as asked for.
  assert.equal(crowd.run("CLIENT LIST ID 3 9 1 3"), "$15\r\nid=3\nid=1\nid=3\n\r\n");
});

Deno.test("CLIENT NO-TOUCH leaves the idle time of keys alone, until RESET", () => {
  const executor = new Executor();
  const idle = () => executor.run("OBJECT", "IDLETIME", "k");
  executor.run("SET", "k", "v");
  executor.clock.advance(MINUTE);
  assert.equal(executor.run("CLIENT", "NO-TOUCH", "ON"), "+OK\r\n");
  executor.run("GET", "k");
  assert.equal(idle(), ":60\r\n");

  // In one batch with the command: the switch acts at once.
  executor.runBytes("CLIENT NO-TOUCH OFF\r\nGET k\r\n");
  assert.equal(idle(), ":0\r\n");

  executor.clock.advance(MINUTE);
  executor.runBytes("CLIENT NO-TOUCH ON\r\nGET k\r\n");
  assert.equal(idle(), ":60\r\n");
  executor.runBytes("RESET\r\nGET k\r\n");
  assert.equal(idle(), ":0\r\n");
});

Deno.test("CLIENT SETINFO is kept by RESET, unlike the name", () => {
  const { executor } = new Crowd();
  executor.run("CLIENT", "SETINFO", "LIB-NAME", "ioredis");
  executor.run("CLIENT", "SETINFO", "lib-ver", "5.0");
  executor.run("CLIENT", "SETNAME", "me");
  assert.equal(executor.run("RESET"), "+RESET\r\n");
  const { libraryName, libraryVersion, name } = executor.session;
  assert.deepEqual([libraryName, libraryVersion, name], ["ioredis", "5.0", ""]);
});
