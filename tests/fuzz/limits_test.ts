/** Clients at the limits that the configuration sets: who goes beyond is sent away, the others notice nothing. */

import assert from "node:assert/strict";
import { encodeRequest } from "../support/replies.ts";
import { delay, testBoth } from "./both.ts";
import type { Observer } from "./server_state.ts";
import { StreamingClient } from "./streaming_client.ts";

/** Milliseconds that anything may take; far more than it does. */
const PATIENCE = 20_000;

const PING = encodeRequest(["PING"]);
const PONG = "+PONG\r\n";

async function connect(port: number, count: number): Promise<StreamingClient[]> {
  const clients: StreamingClient[] = [];
  for (let i = 0; i < count; i++) clients.push(await StreamingClient.connect(port));
  return clients;
}

/** Waits until so many clients are connected, the observer included. */
async function untilClients(observer: Observer, count: number): Promise<void> {
  const limit = performance.now() + PATIENCE;
  while (performance.now() < limit) {
    if ((await observer.state()).clients === count) return;
    await delay(10);
  }
  assert.equal((await observer.state()).clients, count, await observer.text("CLIENT", "LIST"));
}

testBoth("maxclients", async ({ server, observer }) => {
  await observer.text("CONFIG", "SET", "maxclients", "5");
  const clients = await connect(server.port, 4);
  for (const client of clients) {
    await client.send(PING);
    assert.ok(await client.until((received) => received === PONG, PATIENCE));
  }
  for (const client of await connect(server.port, 3)) {
    assert.ok(await client.untilEnded(PATIENCE));
    assert.equal(client.received, "-ERR max number of clients reached\r\n");
    client.close();
  }
  assert.equal(await observer.info("rejected_connections"), "3");
  clients.pop()!.close();
  await untilClients(observer, 4);
  const [next] = await connect(server.port, 1);
  await next.send(PING);
  assert.ok(await next.until((received) => received === PONG, PATIENCE), next.received);
  for (const client of [...clients, next]) client.close();
});

testBoth("timeout ends a client that does nothing, not one that sends or reads slowly", async (subject) => {
  const { server, observer } = subject;
  await observer.text("CONFIG", "SET", "timeout", "2");
  const [idle, half, sending] = await connect(server.port, 3);
  await idle.send(PING);
  await half.send("*2\r\n$3\r\nGET\r\n$1\r\n");
  await sending.send("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1000\r\n");
  let sent = 0;
  const limit = performance.now() + PATIENCE;
  while (!(idle.ended && half.ended) && performance.now() < limit) {
    await observer.text("PING");
    await sending.send("x");
    sent++;
    await delay(50);
  }
  assert.deepEqual([idle.ended, half.ended, sending.ended], [true, true, false]);
  await sending.send("x".repeat(1000 - sent) + "\r\n");
  assert.ok(await sending.until((received) => received === "+OK\r\n", PATIENCE), sending.received);
  for (const client of [idle, half, sending]) client.close();
});

testBoth("client-query-buffer-limit closes without a word, and logs it", async ({ server, observer }) => {
  await observer.text("CONFIG", "SET", "client-query-buffer-limit", "1mb");
  const [client] = await connect(server.port, 1);
  await client.send(`${PING}*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5000000\r\n`);
  await client.send("x".repeat(3_000_000));
  assert.ok(await client.untilEnded(PATIENCE));
  assert.equal(client.received, PONG);
  client.close();
  await untilClients(observer, 1);
  assert.equal(await observer.text("EXISTS", "k"), "0");
  assert.match(
    server.log(),
    /# Closing client that reached max query buffer length: id=\d+ addr=127\.0\.0\.1/,
  );
});

testBoth("proto-max-bulk-len may change under an open connection", async ({ server, observer }) => {
  const [client, other] = await connect(server.port, 2);
  await client.send(encodeRequest(["SET", "k", "x".repeat(2_000_000)]));
  assert.ok(await client.until((received) => received === "+OK\r\n", PATIENCE));
  await observer.text("CONFIG", "SET", "proto-max-bulk-len", "1mb");
  await client.send("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$2000000\r\n");
  assert.ok(await client.untilEnded(PATIENCE));
  assert.equal(client.received, "+OK\r\n-ERR Protocol error: invalid bulk length\r\n");
  await other.send(PING);
  assert.ok(await other.until((received) => received === PONG, PATIENCE));
  client.close();
  other.close();
});

const NOAUTH = "-NOAUTH Authentication required.\r\n";

testBoth(
  "before a client has authenticated it may send small requests only",
  async ({ server, observer }) => {
    await observer.text("CONFIG", "SET", "requirepass", "secret");
    const cases: [sent: string, expected: string, ended: boolean][] = [
      [PING + encodeRequest(["MGET", ..."abcdefghi"]), NOAUTH + NOAUTH, false],
      [
        PING + encodeRequest(["MGET", ..."abcdefghij"]),
        `${NOAUTH}-ERR Protocol error: unauthenticated multibulk length\r\n`,
        true,
      ],
      [PING + encodeRequest(["ECHO", "x".repeat(16_384)]), NOAUTH + NOAUTH, false],
      [
        `${PING}*2\r\n$4\r\nECHO\r\n$16385\r\n`,
        `${NOAUTH}-ERR Protocol error: unauthenticated bulk length\r\n`,
        true,
      ],
      [
        encodeRequest(["AUTH", "wrong"]) + encodeRequest(["ECHO", "x".repeat(20_000)]),
        "-WRONGPASS invalid username-password pair or user is disabled.\r\n" +
        "-ERR Protocol error: unauthenticated bulk length\r\n",
        true,
      ],
    ];
    for (const [sent, expected, ended] of cases) {
      const [client] = await connect(server.port, 1);
      await client.send(sent);
      if (ended) assert.ok(await client.untilEnded(PATIENCE), client.received);
      else await client.until((received) => received.length >= expected.length, PATIENCE);
      assert.deepEqual([client.received, client.ended], [expected, ended]);
      client.close();
    }
  },
);

testBoth("AUTH with large requests behind it, wherever the bytes are cut", async ({ server, observer }) => {
  await observer.text("CONFIG", "SET", "requirepass", "secret");
  const value = "x".repeat(17_000);
  const authentication = encodeRequest(["AUTH", "secret"]);
  const set = encodeRequest(["SET", "value", value]);
  const bytes = authentication + set + encodeRequest(["MGET", ..."abcdefghijk"]) +
    encodeRequest(["STRLEN", "value"]);
  const expected = `+OK\r\n+OK\r\n*11\r\n${"$-1\r\n".repeat(11)}:17000\r\n`;
  const cuts = [0, authentication.length - 1, authentication.length, authentication.length + set.length];
  for (let i = 1; i < 30; i++) cuts.push(authentication.length + i);
  for (let i = -3; i < 20; i += 2) cuts.push(authentication.length + set.length + i);
  for (const cut of cuts) {
    const [client] = await connect(server.port, 1);
    await client.send(bytes.slice(0, cut));
    // Or the pieces would arrive as one.
    await observer.text("PING");
    await client.send(bytes.slice(cut));
    await client.until((received) => received.length >= expected.length, PATIENCE);
    assert.equal(client.received, expected, `cut at ${cut}`);
    client.close();
  }
});

/** Sends requests for `count` replies of 100 kB and does not read them. */
async function doesNotRead(port: number, count: number): Promise<Deno.Conn> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  await conn.write(new TextEncoder().encode(encodeRequest(["GET", "v"]).repeat(count)));
  return conn;
}

async function readsWell(port: number, count: number): Promise<void> {
  const [client] = await connect(port, 1);
  for (let i = 1; i <= count; i++) {
    await client.send(encodeRequest(["GET", "v"]));
    assert.ok(await client.until((received) => received.length === i * 100_011, PATIENCE));
  }
  client.close();
}

testBoth(
  "client-output-buffer-limit, hard: who does not read is dropped, others are not",
  async (subject) => {
    const { server, observer } = subject;
    await observer.text("SETRANGE", "v", "99999", "x");
    await observer.text("CONFIG", "SET", "client-output-buffer-limit", "normal 2mb 0 0");
    const conn = await doesNotRead(server.port, 400);
    await readsWell(server.port, 50);
    await untilClients(observer, 1);
    assert.match(server.log(), /# Client id=\d+ .* closed ASAP for overcoming of output buffer limits\./);
    conn.close();
  },
);

testBoth(
  "client-output-buffer-limit, hard: a reply that is too long by itself",
  async ({ server, observer }) => {
    await observer.text("CONFIG", "SET", "client-output-buffer-limit", "normal 100kb 0 0");
    for (
      const [length, fits] of [[80_000, true], [110_000, true], [125_000, false], [3_000_000, false]] as const
    ) {
      await observer.text("DEL", "v");
      await observer.text("SETRANGE", "v", String(length - 1), "x");
      const [client] = await connect(server.port, 1);
      await client.send(encodeRequest(["GET", "v"]));
      await client.until((received) => received.length > length, fits ? PATIENCE : 1000);
      assert.deepEqual(
        [client.received.length > length, client.ended],
        [fits, !fits],
        `a reply of ${length} bytes`,
      );
      client.close();
    }
  },
);

testBoth("client-output-buffer-limit, soft: who stays above it for its time is dropped", async (subject) => {
  const { server, observer } = subject;
  await observer.text("SETRANGE", "v", "99999", "x");
  await observer.text("CONFIG", "SET", "client-output-buffer-limit", "normal 0 1mb 1");
  const start = performance.now();
  const conn = await doesNotRead(server.port, 200);
  await untilClients(observer, 2);
  await readsWell(server.port, 50);
  await untilClients(observer, 1);
  assert.ok(performance.now() - start >= 1000);
  conn.close();
});

testBoth(
  "a client that does not read, without a limit, is not in the way of others",
  async ({ server, observer }) => {
    await observer.text("SETRANGE", "v", "99999", "x");
    const conns = [await doesNotRead(server.port, 1000), await doesNotRead(server.port, 1000)];
    await readsWell(server.port, 100);
    const buffer = new Uint8Array(1024 * 1024);
    for (const conn of conns) {
      let length = 0;
      while (length < 1000 * 100_011) {
        length += (await conn.read(buffer)) ??
          assert.fail("The server hung up");
      }
      assert.equal(length, 1000 * 100_011);
      conn.close();
    }
    await observer.alone();
  },
);
