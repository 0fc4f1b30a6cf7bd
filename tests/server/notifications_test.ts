/**
 * Keyspace notifications: the events that a subscriber hears of are those that redis-server tells it of.
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { anyCommand } from "../parity/generators/mod.ts";
import { oracleState } from "../support/oracle.ts";
import { runs } from "../support/property.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { encodeRequest, parseReplies, printable } from "../support/replies.ts";
import { assertSame, type Scenario, type ScenarioRequest } from "../support/scenario.ts";
import { type RunningServer, startDenodis, startOracle } from "../support/servers.ts";

const { available } = await oracleState();
let denodis: RunningServer | undefined;
let oracle: RunningServer | undefined;

Deno.test.beforeAll(async () => {
  if (!available) return;
  const options = ["--enable-debug-command", "yes", "--notify-keyspace-events", "KEA"];
  [denodis, oracle] = await Promise.all([startDenodis, startOracle].map((start) => start(options)));
});

Deno.test.afterAll(async () => {
  await Promise.all([denodis?.stop(), oracle?.stop()]);
});

/** A test that plays a scenario with clients a, b and c. */
function test(name: string, play: (scenario: Scenario) => Promise<void>): void {
  Deno.test(name, { ignore: !available }, () => assertSame([denodis!, oracle!], ["a", "b", "c"], play));
}

/** Sets the classes while a test plays. */
async function withClasses(s: Scenario, classes: string, play: () => Promise<void>): Promise<void> {
  await s.ask("c", ["CONFIG", "SET", "notify-keyspace-events", classes]);
  try {
    await play();
  } finally {
    await s.ask("c", "CONFIG SET notify-keyspace-events KEA");
  }
}

test("events come on the channel of the key and on that of the event", async (s) => {
  await s.sendForReplies("a", 2, "PSUBSCRIBE __keyspace@*__:*", "SUBSCRIBE __keyevent@1__:set");
  await s.send(
    "b",
    "SET k 1",
    "SELECT 1",
    "SET k 1",
    ["SET", "\xff\0 \r\n", "1"],
    "DEL k none",
    "GET k",
    "EXPIRE k 1",
  );
  await s.sendForReplies("a", 1, "PUNSUBSCRIBE");
  await s.send("b", "SET k 1", "SELECT 0", "SET k 1");
});

for (
  const classes of ["", "K", "E", "A", "KA", "EA", "Kg", "E$", "KE$", "Kgx", "KEm", "KEn", "KEgmn$", "KEl"]
) {
  test(`notify-keyspace-events '${classes}', set while the server runs`, async (s) => {
    await s.sendForReplies("a", 1, "PSUBSCRIBE __key*");
    await withClasses(s, classes, async () => {
      await s.send("b", "SET k 1", "GET k", "GET none", "SET k 2", "EXPIRE k 100", "PERSIST k", "RENAME k l");
      await s.send(
        "b",
        "COPY l k",
        "MOVE l 1",
        "DEL k",
        "INCR n",
        "MGET n m",
        "SETRANGE n 0 5",
        "GETDEL n",
        "FLUSHALL",
      );
    });
  });
}

test("a RESP3 client hears of what it does itself", async (s) => {
  await s.ask("a", "HELLO 3");
  await s.sendForReplies("a", 0, "PSUBSCRIBE __key*");
  await s.send("a", "SET k 1", "INCR k", "INCR none x", "APPEND k x", "INCR k", "DEL k", "GET k");
});

test("events of a transaction", async (s) => {
  await s.sendForReplies("a", 1, "PSUBSCRIBE __key*");
  await s.send("b", "MULTI", "SET k 1", "INCR k", "GET k", "DEL k", "EXEC");
});

test("keys that expire", async (s) => {
  await s.sendForReplies("a", 1, "PSUBSCRIBE __keyevent*");
  await s.ask("b", "DEBUG SET-ACTIVE-EXPIRE 0");
  for (const request of ["GET k", "SET k 2", "EXISTS k", "EXPIRE k 100", "DEL k", "RENAME k l", "COPY k l"]) {
    await s.send("b", "SET k 1 PX 1");
    await new Promise((resolve) => setTimeout(resolve, 5));
    await s.send("b", request);
  }
  await s.ask("b", "FLUSHALL");
  await s.ask("b", "DEBUG SET-ACTIVE-EXPIRE 1");
  await s.send("b", "SET k 1 PX 1");
  while (await s.ask("b", "DBSIZE") !== ":0\r\n");
  await s.send(
    "b",
    "EXPIRE none 1",
    "SET k 1",
    "PEXPIREAT k 1",
    "SET k 1 EXAT 1",
    "GETEX k EXAT 1",
    "DBSIZE",
  );
});

test("clients that are served with what they waited for", async (s) => {
  await s.sendForReplies("a", 1, "PSUBSCRIBE __key*");
  const waits: [wait: string, serve: ScenarioRequest][] = [
    ["BLPOP k 0", "RPUSH k 1"],
    ["BRPOP k 0", "RPUSH k 1 2"],
    ["BLMOVE k l LEFT RIGHT 0", "RPUSH k 1"],
    ["BLMPOP 0 1 k LEFT COUNT 2", "RPUSH k 1 2 3"],
    ["BZPOPMIN k 0", "ZADD k 1 a"],
    ["BZMPOP 0 1 k MAX COUNT 2", "ZADD k 1 a 2 b 3 c"],
    ["XREAD BLOCK 0 STREAMS k $", "XADD k 1-1 a b"],
  ];
  for (const [wait, serve] of waits) {
    await s.ask("c", "DEL k l");
    await s.block("b", wait);
    await s.send("c", serve);
    await s.unblocked("b");
  }
});

/** What a subscriber to all events hears while the commands run. */
async function eventsOf(
  [subscriber, client]: readonly RawConnection[],
  commands: readonly (readonly string[])[],
): Promise<string[]> {
  await client.write(
    [["FLUSHALL"], ["SELECT", "0"], ...commands, ["PUBLISH", "end", ""]].map(encodeRequest).join(""),
  );
  const [events] = await Promise.all([readEvents(subscriber), client.readReplies(commands.length + 3)]);
  return events;
}

async function readEvents(subscriber: RawConnection): Promise<string[]> {
  const events: string[] = [];
  for (;;) {
    const [, , channel, message] = parseReplies(await subscriber.readReplies(1))[0].items!;
    if (channel.text === "end") return events;
    events.push(`${printable(channel.text!)} ${printable(message.text!)}`);
  }
}

test("keys that are evicted", async (s) => {
  await s.sendForReplies("a", 1, "PSUBSCRIBE __key*__:*");
  await s.send("b", "HELLO 3", "SET k v", "CLIENT TRACKING ON", "GET k");
  await s.ask("c", "CONFIG SET maxmemory-policy allkeys-lru");
  await s.ask("c", "CONFIG SET maxmemory 1");
  try {
    await s.send("b", "GET k", "SET k v", "DBSIZE");
  } finally {
    await s.ask("c", "CONFIG SET maxmemory 0");
    await s.ask("c", "CONFIG SET maxmemory-policy noeviction");
  }
});

Deno.test("events of random commands", { ignore: !available }, async () => {
  const connect = async ({ port }: RunningServer) => {
    const [subscriber, client] = [
      await RawConnection.connect({ port }),
      await RawConnection.connect({ port }),
    ];
    await subscriber.command("PSUBSCRIBE", "*");
    await client.command("CONFIG", "SET", "notify-keyspace-events", "EAmn");
    // Only who meets a key that has expired removes it: so its event comes at the same place.
    await client.command("DEBUG", "SET-ACTIVE-EXPIRE", "0");
    return [subscriber, client];
  };
  let [ours, theirs] = [await connect(denodis!), await connect(oracle!)];
  const property = fc.asyncProperty(
    fc.array(anyCommand, { minLength: 1, maxLength: 150, size: "max" }),
    async (all) => {
      const commands = all.map(({ args }) => args);
      try {
        const [actual, expected] = await Promise.all([eventsOf(ours, commands), eventsOf(theirs, commands)]);
        assert.deepEqual(actual, expected);
      } catch (error) {
        // Whatever was left unread must not be taken for the next run's.
        for (const connection of [...ours, ...theirs]) connection.close();
        [ours, theirs] = [await connect(denodis!), await connect(oracle!)];
        throw error;
      }
    },
  );
  try {
    await fc.assert(property, runs(150));
  } finally {
    for (const [subscriber, client] of [ours, theirs]) {
      await client.command("CONFIG", "SET", "notify-keyspace-events", "KEA");
      await client.command("DEBUG", "SET-ACTIVE-EXPIRE", "1");
      subscriber.close();
      client.close();
    }
  }
});
