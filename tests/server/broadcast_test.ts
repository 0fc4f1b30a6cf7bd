/**
 * Messages to so many subscribers that they share them, from several publishers at once: what each receives is what
 * redis-server sends.
 */

import assert from "node:assert/strict";
import { oracleState } from "../support/oracle.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { encodeRequest } from "../support/replies.ts";
import { type RunningServer, startDenodis, startOracle } from "../support/servers.ts";

const { available } = await oracleState();
let servers: RunningServer[] = [];

Deno.test.beforeAll(async () => {
  if (available) servers = await Promise.all([startDenodis, startOracle].map((start) => start()));
});

Deno.test.afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()));
});

/** A test that plays with connections to each server, and may compare what comes of it. */
function test<T>(
  name: string,
  play: (connect: (count: number) => Promise<RawConnection[]>, server: RunningServer) => Promise<T>,
  compare: (actual: T, expected: T) => void = () => {},
): void {
  Deno.test(name, { ignore: !available }, async () => {
    const results: T[] = [];
    for (const server of servers) {
      const connections: RawConnection[] = [];
      try {
        results.push(
          await play(async (count) => {
            const connected = await Promise.all(
              Array.from({ length: count }, () => RawConnection.connect({ port: server.port })),
            );
            connections.push(...connected);
            return connected;
          }, server),
        );
      } finally {
        for (const connection of connections) connection.close();
      }
    }
    compare(results[0], results[1]);
  });
}

test("messages of several publishers reach all in the same order, each publisher's in its own", async (connect) => {
  const PUBLISHERS = 4, MESSAGES = 200;
  const subscribers = await connect(150);
  for (const subscriber of subscribers) await subscriber.command("SUBSCRIBE", "x");
  const publishers = await connect(PUBLISHERS);
  await Promise.all(publishers.map(async (publisher, p) => {
    for (let i = 0; i < MESSAGES; i += 2) {
      // One that waits for its replies and others that come behind it.
      await publisher.write(
        encodeRequest(["PUBLISH", "x", `${p} ${i}`]) + encodeRequest(["PUBLISH", "x", `${p} ${i + 1}`]),
      );
      assert.equal(await publisher.readReplies(2), ":150\r\n:150\r\n");
    }
  }));
  const [first, ...others] = await Promise.all(
    subscribers.map((subscriber) => subscriber.readReplies(PUBLISHERS * MESSAGES)),
  );
  for (const received of others) assert.ok(received === first, "A subscriber received another order");
  const messages = [...first.matchAll(/\r\n(\d) (\d+)\r\n/g)];
  assert.equal(messages.length, PUBLISHERS * MESSAGES);
  const next = new Array(PUBLISHERS).fill(0);
  for (const [, publisher, i] of messages) assert.equal(Number(i), next[Number(publisher)]++);
});

test(
  "who publishes to itself and many others, or in a transaction, or without replies, finds all in its place",
  async (connect) => {
    const subscribers = await connect(20);
    for (const subscriber of subscribers) await subscriber.command("SUBSCRIBE", "x");
    const [publisher, silent, other] = await connect(3);
    for (const client of [publisher, silent]) {
      await client.command("HELLO", "3");
      await client.command("SUBSCRIBE", "x", "y");
      await client.readReplies(1);
    }
    const requests = [
      ["PUBLISH", "x", "first"],
      ["GET", "missing"],
      ["PUBLISH", "y", "only for two"],
      ["PUBLISH", "x", "third"],
      ["ECHO", "end"],
    ];
    await publisher.write(requests.map((request) => encodeRequest(request)).join(""));
    const received = [await publisher.readReplies(5 + 3)];
    await silent.write(
      [["CLIENT", "REPLY", "OFF"], ["PUBLISH", "x", "silent"], ["CLIENT", "REPLY", "ON"], ["PING"]]
        .map((request) => encodeRequest(request)).join(""),
    );
    received.push(await silent.readReplies(4 + 2));
    const transaction = [["MULTI"], ["PUBLISH", "x", "1"], ["GET", "missing"], ["PUBLISH", "x", "2"], [
      "EXEC",
    ]];
    await other.write(transaction.map((request) => encodeRequest(request)).join(""));
    received.push(await other.readReplies(5));
    received.push(await publisher.readReplies(3), await silent.readReplies(2));
    for (const subscriber of subscribers) received.push(await subscriber.readReplies(5));
    return received;
  },
  (actual, expected) => assert.deepEqual(actual, expected),
);

test(
  "of many subscribers one that does not read is dropped, and the others get everything",
  async (connect, server) => {
    const [slow, publisher, ...others] = await connect(22);
    await publisher.command("CONFIG", "SET", "client-output-buffer-limit", "pubsub 2mb 1mb 60");
    try {
      for (const subscriber of [slow, ...others]) await subscriber.command("SUBSCRIBE", "x");
      // Some of them lie in one buffer, and most of what waits is more than one has room for.
      const message = encodeRequest(["PUBLISH", "x", "m".repeat(25_000)]).repeat(4);
      let rounds = 0;
      // The kernel's buffers come first.
      for (let replies = ""; !replies.endsWith(":20\r\n") && rounds < 1000; rounds++) {
        await publisher.write(message);
        replies = await publisher.readReplies(4);
        const received = await Promise.all(others.map((other) => other.readReplies(4)));
        assert.equal(new Set(received).size, 1);
      }
      assert.ok(rounds < 1000, `${server.name} never drops it`);
      assert.equal(await publisher.command("PUBSUB", "NUMSUB", "x"), "*2\r\n$1\r\nx\r\n:20\r\n");
    } finally {
      await publisher.command("CONFIG", "SET", "client-output-buffer-limit", "pubsub 32mb 8mb 60");
    }
  },
);
