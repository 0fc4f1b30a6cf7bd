/**
 * Publish and subscribe: what every one of several connections receives, byte by byte, is what redis-server sends them.
 */

import assert from "node:assert/strict";
import { oracleState } from "../support/oracle.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { encodeRequest } from "../support/replies.ts";
import { assertSame, type Scenario } from "../support/scenario.ts";
import { type RunningServer, startDenodis, startOracle } from "../support/servers.ts";

const { available } = await oracleState();
let denodis: RunningServer | undefined;
let oracle: RunningServer | undefined;

Deno.test.beforeAll(async () => {
  if (!available) return;
  [denodis, oracle] = await Promise.all([startDenodis, startOracle].map((start) => start()));
});

Deno.test.afterAll(async () => {
  await Promise.all([denodis?.stop(), oracle?.stop()]);
});

/** A test that plays a scenario with clients a, b and c, of which a and b speak a version of the protocol. */
function test(name: string, protocols: readonly number[], play: (scenario: Scenario) => Promise<void>): void {
  for (const protocol of protocols) {
    Deno.test(
      `${name} (RESP${protocol})`,
      { ignore: !available },
      () =>
        assertSame([denodis!, oracle!], ["a", "b", "c"], async (scenario) => {
          for (const client of ["a", "b"]) await scenario.ask(client, `HELLO ${protocol}`);
          replyCount = (count) => protocol === 3 ? 0 : count;
          await play(scenario);
        }),
    );
  }
}

/** How many of the replies to SUBSCRIBE and its kin are no pushes. */
let replyCount: (count: number) => number;

test("messages reach who is subscribed to their channel", [2, 3], async (s) => {
  await s.sendForReplies("a", replyCount(3), "SUBSCRIBE x y", "SUBSCRIBE x");
  await s.sendForReplies("b", replyCount(1), "SUBSCRIBE x");
  await s.send("c", "PUBLISH x hello", "PUBLISH y hello", "PUBLISH z hello", ["PUBLISH", "x", ""]);
  await s.sendForReplies("a", replyCount(2), "UNSUBSCRIBE x z");
  await s.send("c", "PUBLISH x again", "PUBLISH y again");
  await s.sendForReplies("b", replyCount(2), "UNSUBSCRIBE", "UNSUBSCRIBE");
  await s.sendForReplies("a", replyCount(1), "UNSUBSCRIBE");
  await s.send("c", "PUBLISH x again", "PUBLISH y again");
  await s.send("a", "GET k");
});

test("channels and messages are bytes", [2, 3], async (s) => {
  const name = "\xff\0\r\n\x80";
  await s.sendForReplies("a", replyCount(2), ["SUBSCRIBE", name, ""]);
  await s.sendForReplies("b", replyCount(2), ["PSUBSCRIBE", "\xff*", ""]);
  await s.send("c", ["PUBLISH", name, name], ["PUBLISH", "", "x"], ["PUBLISH", "", "x".repeat(50_000)]);
  await s.send("c", ["PUBLISH", name, "x".repeat(3_000_000)], ["PUBLISH", name, "after"]);
  await s.send("c", ["PUBSUB", "NUMSUB", name, ""], ["PUBSUB", "CHANNELS", name]);
});

test("messages reach who is subscribed to a pattern, once for each", [2, 3], async (s) => {
  await s.sendForReplies("a", replyCount(2), "PSUBSCRIBE n*", "PSUBSCRIBE n*");
  await s.sendForReplies("b", replyCount(2), "SUBSCRIBE news", "PSUBSCRIBE n*");
  await s.send("c", "PUBLISH news hello", "PUBLISH nothing hello", "PUBLISH other hello", "PUBSUB NUMPAT");
  await s.sendForReplies("a", replyCount(2), "PUNSUBSCRIBE x n*", "UNSUBSCRIBE");
  await s.send("c", "PUBLISH news hello", "PUBSUB NUMPAT");
  await s.sendForReplies("b", replyCount(3), "PUNSUBSCRIBE", "PUNSUBSCRIBE", "UNSUBSCRIBE");
  await s.send("c", "PUBLISH news hello", "PUBSUB NUMPAT");
});

for (
  const pattern of [
    "*",
    "",
    "h?llo",
    "h[ae]llo",
    "h[^e]llo",
    "h[a-z]llo",
    "h\\?llo",
    "h*o",
    "**",
    "hello",
    "H*",
  ]
) {
  test(`the pattern '${pattern}'`, [2], async (s) => {
    await s.sendForReplies("a", 1, ["PSUBSCRIBE", pattern]);
    for (const channel of ["hello", "hallo", "h?llo", "", "*", "o", "HELLO"]) {
      await s.send("b", ["PUBLISH", channel, "x"]);
    }
  });
}

test("shard channels are a world of their own", [2, 3], async (s) => {
  await s.sendForReplies("a", replyCount(3), "SSUBSCRIBE x y", "SUBSCRIBE x");
  await s.sendForReplies("b", replyCount(1), "PSUBSCRIBE *");
  await s.send("c", "SPUBLISH x hello", "PUBLISH x hello", "SPUBLISH z hello", "PUBSUB SHARDNUMSUB x z");
  await s.send(
    "c",
    "PUBSUB NUMSUB x y",
    "PUBSUB SHARDCHANNELS z*",
    "PUBSUB CHANNELS",
    "PUBSUB SHARDCHANNELS x",
  );
  await s.sendForReplies("a", replyCount(3), "SUNSUBSCRIBE y z", "UNSUBSCRIBE");
  await s.send("c", "SPUBLISH x hello", "SPUBLISH y hello", "PUBLISH x hello");
  await s.sendForReplies("a", replyCount(2), "SUNSUBSCRIBE", "SUNSUBSCRIBE");
  await s.send("a", "GET k");
});

test("PUBSUB", [2, 3], async (s) => {
  await s.send(
    "a",
    "PUBSUB CHANNELS",
    "PUBSUB CHANNELS *",
    "PUBSUB NUMSUB",
    "PUBSUB NUMPAT",
    "PUBSUB SHARDCHANNELS",
  );
  await s.send("a", "PUBSUB NUMSUB x y x", "PUBSUB SHARDNUMSUB", "PUBSUB SHARDNUMSUB x", "PUBSUB HELP");
  await s.send(
    "a",
    "PUBSUB",
    "PUBSUB NUMPAT x",
    "PUBSUB NOPE",
    "PUBSUB CHANNELS a b",
    "PUBSUB SHARDCHANNELS a b",
  );
  await s.send(
    "a",
    "PUBLISH x",
    "PUBLISH",
    "PUBLISH x y z",
    "SPUBLISH x",
    "SUBSCRIBE",
    "PSUBSCRIBE",
    "SSUBSCRIBE",
  );
  await s.sendForReplies("c", 3, "SUBSCRIBE one two", "PSUBSCRIBE *");
  await s.send(
    "a",
    "PUBSUB CHANNELS o*",
    "PUBSUB CHANNELS *w*",
    "PUBSUB CHANNELS x",
    "PUBSUB NUMSUB one two *",
  );
});

test("a subscribed RESP2 client may only do what belongs to that", [2], async (s) => {
  await s.sendForReplies("a", 1, "SUBSCRIBE x");
  await s.send(
    "a",
    "GET k",
    "NOCOMMAND",
    "GET",
    "CLIENT ID",
    "CLIENT",
    "MULTI",
    "EXEC",
    "EXEC x",
    "PUBLISH x y",
  );
  await s.send(
    "a",
    "PING",
    "PING hello",
    ["PING", ""],
    "PING a b",
    "ping x",
    "HELLO 3",
    "AUTH x",
    "PUBSUB NUMPAT",
  );
  await s.send(
    "a",
    "PSUBSCRIBE y",
    "SSUBSCRIBE z",
    "PUNSUBSCRIBE",
    "UNSUBSCRIBE",
    "GET k",
    "SUNSUBSCRIBE",
    "GET k",
  );
  await s.send("a", "SUBSCRIBE x", "RESET", "GET k");
  await s.send("b", "PUBLISH x hello", "SPUBLISH z hello", "PUBLISH y hello", "PUBSUB CHANNELS");
  await s.sendToEnd("a", "SUBSCRIBE x", "QUIT", "PING");
  await s.send("b", "PUBLISH x hello");
});

test("a subscribed RESP3 client does what it likes, and hears its own messages", [3], async (s) => {
  await s.sendForReplies("a", 0, "SUBSCRIBE x", "PSUBSCRIBE x*");
  await s.send(
    "a",
    "SET k 1",
    "PING",
    "PING hello",
    "PUBLISH x y",
    "GET k",
    "PUBLISH",
    "MULTI",
    "SET k 2",
    "EXEC",
  );
  await s.send("b", "PUBLISH x y");
  // Back in RESP2 the rules are RESP2's.
  await s.send("a", "HELLO 2", "GET k", "PING");
  await s.send("b", "PUBLISH x y");
});

test("subscribing in a transaction", [2], async (s) => {
  // EXEC's reply says 3, and there are 4.
  await s.sendForReplies("a", 6, "MULTI", "SUBSCRIBE x y", "SSUBSCRIBE z", "SET k 1", "EXEC");
  await s.send("a", "GET k");
  await s.send("b", "PUBLISH x hello", "MULTI", "PUBLISH x 1", "PUBLISH y 2", "SET k 1", "EXEC");
});

test("messages of a transaction come when it runs", [2, 3], async (s) => {
  await s.sendForReplies("a", replyCount(1), "SUBSCRIBE x");
  await s.queue("c", "MULTI", "PUBLISH x 1", "SPUBLISH x 1", "PUBLISH x 2");
  await s.sendForReplies("a", replyCount(1), "SUBSCRIBE y");
  await s.send("c", "EXEC");
});

test("CLIENT REPLY does not keep messages back", [2, 3], async (s) => {
  const requests = ["CLIENT REPLY OFF", "GET k", "SUBSCRIBE x", "PUBLISH x hello", "UNSUBSCRIBE", "GET k"];
  await s.sendForReplies("a", 1 + replyCount(2), ...requests, "CLIENT REPLY ON");
  await s.sendForReplies("b", replyCount(2), "CLIENT REPLY SKIP", "SUBSCRIBE x", "SUBSCRIBE y");
});

test("CLIENT LIST and INFO show subscribers", [2, 3], async (s) => {
  const fields = /flags=\w+|p?s?sub=\d+|cmd=\S+/g;
  await s.sendForReplies("a", replyCount(4), "SUBSCRIBE x y", "PSUBSCRIBE z*", "SSUBSCRIBE s");
  await s.extract("c", "CLIENT LIST ID {a}", fields);
  await s.extract("c", "CLIENT LIST TYPE pubsub", fields);
  await s.extract("c", "CLIENT LIST TYPE normal", fields);
  await s.extract("c", "INFO stats", /pubsub\w*:\d+/g);
  await s.sendForReplies("a", replyCount(4), "UNSUBSCRIBE x y", "PUNSUBSCRIBE", "SUNSUBSCRIBE x");
  await s.extract("c", "CLIENT LIST ID {a}", fields);
  await s.sendForReplies("a", replyCount(1), "SUNSUBSCRIBE");
  await s.extract("c", "CLIENT LIST ID {a}", fields);
  await s.extract("c", "INFO stats", /pubsub\w*:\d+/g);
});

test("subscriptions of a client that goes are gone", [2, 3], async (s) => {
  await s.sendForReplies("a", replyCount(3), "SUBSCRIBE x", "PSUBSCRIBE *", "SSUBSCRIBE x");
  await s.sendForReplies("b", replyCount(1), "SUBSCRIBE x");
  await s.close("a");
  await s.send("c", "PUBLISH x hello", "SPUBLISH x hello", "PUBSUB NUMPAT");
  s.leave("b");
  await s.send("c", "CLIENT KILL TYPE pubsub SKIPME no");
  for (;;) {
    // The server closes b's connection by and by.
    if (await s.ask("c", "PUBSUB NUMSUB x") === "*2\r\n$1\r\nx\r\n:0\r\n") break;
  }
  await s.send("c", "PUBLISH x hello");
});

test(
  "a transaction of a RESP2 client in which it subscribes ends its freedom only after it",
  [2],
  async (s) => {
    await s.sendForReplies("a", 5, "MULTI", "SUBSCRIBE x", "GET k", "ECHO y", "EXEC");
    await s.send("a", "GET k");
  },
);

test(
  "tracking redirected to a RESP2 client is told to it while it is subscribed to anything",
  [2],
  async (s) => {
    await s.ask("c", "HELLO 3");
    await s.sendForReplies("a", 1, "SUBSCRIBE other");
    await s.send("c", "CLIENT TRACKING ON REDIRECT {a}", "GET k");
    await s.send("b", "SET k 1");
    await s.sendForReplies("a", 1, "SUBSCRIBE __redis__:invalidate");
    await s.send("c", "GET k");
    await s.send("b", "SET k 1", "PUBLISH __redis__:invalidate x");
    await s.sendForReplies("a", 2, "UNSUBSCRIBE other __redis__:invalidate");
    await s.send("c", "GET k");
    await s.send("b", "SET k 1");
  },
);

Deno.test(
  "a subscriber that does not read is dropped, and nobody waits for it",
  { ignore: !available },
  async () => {
    for (const { port, name } of [denodis!, oracle!]) {
      const [slow, other, publisher] = await Promise.all(
        Array.from({ length: 3 }, () => RawConnection.connect({ port })),
      );
      try {
        await publisher.command("CONFIG", "SET", "client-output-buffer-limit", "pubsub 2mb 1mb 60");
        await slow.command("SUBSCRIBE", "x");
        await other.command("SUBSCRIBE", "x");
        const message = "m".repeat(100_000);
        let sent = 0;
        // The kernel's buffers come first.
        for (let receivers = 2; receivers === 2 && sent < 2000; sent++) {
          receivers = Number((await publisher.command("PUBLISH", "x", message)).slice(1));
          await other.readReplies(1);
        }
        assert.ok(sent < 2000, `${name} never drops it`);
        assert.equal(await publisher.command("PUBSUB", "NUMSUB", "x"), "*2\r\n$1\r\nx\r\n:1\r\n");
        const limits = /client_output_buffer_limit_disconnections:(\d+)/.exec(
          await publisher.command("INFO", "stats"),
        );
        assert.equal(limits?.[1] ?? "1", "1", name);
      } finally {
        await publisher.command("CONFIG", "SET", "client-output-buffer-limit", "pubsub 32mb 8mb 60");
        for (const connection of [slow, other, publisher]) connection.close();
      }
    }
  },
);

/** What each of many subscribers receives of messages that are published in one packet, and replies of its own. */
async function broadcast(port: number): Promise<string[]> {
  const clients = await Promise.all(Array.from({ length: 1100 }, () => RawConnection.connect({ port })));
  const publisher = await RawConnection.connect({ port });
  try {
    for (const [i, client] of clients.entries()) {
      if (i % 2 === 1) await client.command("HELLO", "3");
      await client.command("SUBSCRIBE", "x");
    }
    const messages = ["", "short", "long".repeat(30_000), "last"];
    await publisher.write(messages.map((message) => encodeRequest(["PUBLISH", "x", message])).join(""));
    await publisher.readReplies(messages.length);
    const received: string[] = [];
    for (const client of clients) {
      await client.write(encodeRequest(["PING", "end"]));
      received.push(await client.readReplies(messages.length + 1));
    }
    return received;
  } finally {
    for (const client of [...clients, publisher]) client.close();
  }
}

Deno.test("a message to many reaches all of them, whatever they speak", { ignore: !available }, async () => {
  const [actual, expected] = [await broadcast(denodis!.port), await broadcast(oracle!.port)];
  assert.equal(new Set(expected).size, 2);
  for (const [i, bytes] of actual.entries()) {
    assert.ok(bytes === expected[i], `Subscriber ${i} received other bytes`);
  }
});
