/**
 * Client-side caching: what every one of several connections receives, byte by byte, is what redis-server sends them.
 */

import assert from "node:assert/strict";
import { oracleState } from "../support/oracle.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { parseReplies } from "../support/replies.ts";
import { assertSame, type Scenario, type ScenarioRequest } from "../support/scenario.ts";
import { type RunningServer, startDenodis, startOracle } from "../support/servers.ts";

const { available } = await oracleState();
let denodis: RunningServer | undefined;
let oracle: RunningServer | undefined;

Deno.test.beforeAll(async () => {
  if (!available) return;
  [denodis, oracle] = await Promise.all([startDenodis, startOracle].map((start) => start(DEBUG)));
});

Deno.test.afterAll(async () => {
  await Promise.all([denodis?.stop(), oracle?.stop()]);
});

const DEBUG = ["--enable-debug-command", "yes"];
const INFO_FIELDS = /tracking_(clients|total_\w+):\d+/g;

/** A test that plays a scenario with clients a, b and c. */
function test(name: string, play: (scenario: Scenario) => Promise<void>): void {
  Deno.test(name, { ignore: !available }, () => assertSame([denodis!, oracle!], ["a", "b", "c"], play));
}

/** Client a, in RESP3, turns tracking on. */
async function track(scenario: Scenario, options = ""): Promise<void> {
  const request = `CLIENT TRACKING ON ${options}`.trim();
  await scenario.ask("a", "HELLO 3");
  await scenario.send("a", request);
}

test("a client is told of keys that it has read when others change them, once", async (s) => {
  await track(s);
  await s.send("a", "SET k 1", "MGET k l k", "GET m");
  await s.extract("a", "INFO", INFO_FIELDS);
  await s.send("b", "SET k 2", "SET k 3", "DEL m", "DEL l", "SET unread 1");
  await s.extract("a", "INFO", INFO_FIELDS);
  await s.send("b", "APPEND k x");
});

test("a client is told of its own changes, after the reply", async (s) => {
  await track(s);
  await s.send("a", "GET k", "SET k 1", "SET k 2", "GET k", "GETDEL k", "MGET k l", "MSET k 1 l 2 k 3");
  await s.send("a", "MGET k l", "RENAME k l", "GET k", "COPY l k", "GET k", "INCR k");
});

const reads: ScenarioRequest[] = [
  "TYPE 1",
  "OBJECT ENCODING 2",
  "STRLEN 3",
  "EXISTS 4 5 4",
  "TTL 6",
  "TOUCH 7",
  "MEMORY USAGE 8",
  "GETRANGE 9 0 1",
  "LCS 10 11 LEN",
  // What fails has read its keys, too; what does not run has not.
  "LCS 12 13 junk",
  "SUBSTR 14 a 0",
  "GET 15 too many",
  "GETT 16",
  // Not all of those below are reading commands, and some have no keys.
  "GETEX 17",
  "SET 18 x GET",
  "SCAN 0",
  "DBSIZE",
  "RANDOMKEY",
];

for (const request of reads) {
  test(`what ${request} reads is remembered`, async (s) => {
    await track(s);
    await s.ask("a", request);
    await s.extract("a", "INFO stats", INFO_FIELDS);
    for (const word of typeof request === "string" ? request.split(" ").slice(1) : []) {
      await s.send("b", ["SET", word, "x"]);
    }
  });
}

test("keys are remembered by their bytes, in whatever database", async (s) => {
  await track(s);
  const key = "\xff\x00\r\n\x80";
  await s.send("a", ["MGET", key, "", "long".repeat(100)], "SELECT 3", "GET other");
  await s.send("b", ["SET", key, "1"], ["SET", "", "1"], ["SET", "long".repeat(100), "1"], "SET other 1");
  await s.send("a", "GET other");
  await s.send("b", "SWAPDB 0 3", "MOVE other 4");
});

test("the same key, read by several", async (s) => {
  await track(s);
  await s.ask("b", "HELLO 3");
  await s.send("b", "CLIENT TRACKING ON", "GET k");
  await s.send("a", "GET k");
  await s.send("c", "CLIENT TRACKING ON", "GET k");
  await s.extract("c", "INFO", INFO_FIELDS);
  await s.send("b", "SET k 1");
  await s.extract("c", "INFO", INFO_FIELDS);
});

test("NOLOOP: a client is not told of its own changes, and has to read the key again", async (s) => {
  await track(s, "NOLOOP");
  await s.send("a", "GET k", "SET k 1");
  await s.send("b", "SET k 2");
  await s.send("a", "GET k");
  await s.send("b", "SET k 3");
  await s.send("a", "CLIENT TRACKINGINFO");
});

test("OPTIN: keys are remembered for the request after CLIENT CACHING YES", async (s) => {
  await track(s, "OPTIN");
  await s.send("a", "GET k", "CLIENT CACHING YES", "GET l", "GET m");
  await s.send("b", "MSET k 1 l 1 m 1");
  // Subcommands of CLIENT do not count, even those that fail; everything else does.
  await s.send(
    "a",
    "CLIENT CACHING YES",
    "CLIENT ID",
    "CLIENT ID x",
    "GET k",
    "CLIENT CACHING YES",
    "PING",
    "GET l",
  );
  await s.send("b", "MSET k 1 l 1 m 1");
  await s.send(
    "a",
    "CLIENT CACHING YES",
    "NOCOMMAND",
    "GET k",
    "CLIENT CACHING YES",
    "CLIENT NOCOMMAND",
    "GET l",
  );
  await s.send("b", "MSET k 1 l 1 m 1");
  await s.send("a", "CLIENT CACHING YES", "CLIENT", "GET k", "CLIENT CACHING YES", "GET", "GET l");
  await s.send("b", "MSET k 1 l 1 m 1");
  await s.send("a", "CLIENT CACHING YES", "CLIENT TRACKINGINFO", "CLIENT TRACKING ON OPTIN", "GET m");
  await s.send("b", "MSET k 1 l 1 m 1");
});

test("OPTOUT: keys are remembered but for the request after CLIENT CACHING NO", async (s) => {
  await track(s, "OPTOUT");
  await s.send("a", "GET k", "CLIENT CACHING NO", "CLIENT TRACKINGINFO", "GET l", "GET m");
  await s.send("b", "MSET k 1 l 1 m 1");
});

test("BCAST: all changes of a batch are told at its end, a message for each prefix, in order", async (s) => {
  await track(s, "BCAST PREFIX z PREFIX a PREFIX b");
  await s.send(
    "b",
    "SET z2 1",
    "SET b1 1",
    "SET a1 1",
    "SET z1 1",
    "SET z1 2",
    "DEL none",
    "SET c 1",
    "GET a3",
  );
  await s.send("a", "SET z 1", "SET a1 1", "GET z", "DEL z1");
  await s.extract("a", "INFO", INFO_FIELDS);
});

test("BCAST: without a prefix, all keys", async (s) => {
  await track(s, "BCAST");
  await s.send("b", "SET k 1", ["SET", "", "1"], ["SET", "\xff\r\n", "1"], "RENAME k l");
  await s.send("a", "CLIENT TRACKINGINFO", "CLIENT TRACKING ON BCAST", "CLIENT TRACKINGINFO");
  await s.send("b", "SET k 1");
});

test("BCAST: prefixes are added, and NOLOOP applies to all", async (s) => {
  await track(s, "BCAST PREFIX x");
  await s.send(
    "a",
    "CLIENT TRACKING ON BCAST NOLOOP PREFIX y",
    "CLIENT TRACKINGINFO",
    "SET x1 1",
    "SET y1 1",
  );
  await s.send("b", "SET x1 1", "SET y1 1", "SET z1 1");
  // Who changed a key last counts.
  await s.send("a", "SET x1 1", "SET x2 2");
});

test("BCAST: clients share prefixes", async (s) => {
  await track(s, "BCAST PREFIX x NOLOOP");
  await s.ask("b", "HELLO 3");
  await s.send("b", "CLIENT TRACKING ON BCAST PREFIX x PREFIX y");
  await s.send("a", "SET x1 1", "SET y1 1");
  await s.send("b", "SET x2 1", "CLIENT TRACKING OFF");
  await s.extract("b", "INFO", INFO_FIELDS);
  await s.send("a", "SET x3 1", "CLIENT TRACKING OFF");
  await s.extract("b", "INFO", INFO_FIELDS);
});

test("BCAST: prefixes of a client must not overlap", async (s) => {
  await track(s, "BCAST PREFIX a PREFIX ab");
  await s.send("a", "CLIENT TRACKING ON BCAST PREFIX ab PREFIX c PREFIX a", "CLIENT TRACKINGINFO");
  await s.send("a", ["CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "", "PREFIX", "a"]);
  await s.send("a", ["CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "x\r\ny\x00z", "PREFIX", "x\r\ny\x00z"]);
  await s.send(
    "a",
    "CLIENT TRACKING ON BCAST PREFIX foo PREFIX bar",
    "CLIENT TRACKING ON BCAST PREFIX foobar",
  );
  await s.send(
    "a",
    "CLIENT TRACKING ON BCAST PREFIX b",
    "CLIENT TRACKING ON BCAST PREFIX bar",
    "CLIENT TRACKINGINFO",
  );
  await s.send("a", "CLIENT TRACKING OFF", "CLIENT TRACKING ON BCAST PREFIX foobar", "CLIENT TRACKINGINFO");
});

const rejected = [
  "TRACKING",
  "TRACKING maybe",
  "TRACKING maybe BCAST",
  "TRACKING ON junk",
  "TRACKING ON PREFIX",
  "TRACKING ON PREFIX a",
  "TRACKING ON REDIRECT",
  "TRACKING ON REDIRECT 0",
  "TRACKING ON REDIRECT -1",
  "TRACKING ON REDIRECT 123456789",
  "TRACKING ON REDIRECT x",
  "TRACKING ON REDIRECT 99999999999999999999",
  "TRACKING ON REDIRECT {a} REDIRECT {a}",
  "TRACKING ON BCAST OPTIN",
  "TRACKING ON OPTOUT BCAST PREFIX a",
  "TRACKING ON OPTIN OPTOUT",
  "TRACKING OFF PREFIX a",
  "TRACKING OFF REDIRECT 0",
  "TRACKINGINFO x",
  "GETREDIR x",
  "CACHING",
  "CACHING YES",
  "CACHING NO",
  "CACHING maybe",
];
const modes = [
  "OFF",
  "ON",
  "ON BCAST",
  "ON OPTIN",
  "ON OPTOUT",
  "ON NOLOOP REDIRECT {b}",
  "ON BCAST PREFIX a PREFIX b",
];

for (const mode of modes) {
  test(`faults and changes of mode while tracking is ${mode}`, async (s) => {
    for (const request of [...rejected, ...modes.map((other) => `TRACKING ${other}`)]) {
      await s.send("a", "CLIENT TRACKING OFF", `CLIENT TRACKING ${mode}`, `CLIENT ${request}`);
      await s.send("a", "CLIENT TRACKINGINFO", "CLIENT GETREDIR");
      await s.extract("a", "CLIENT INFO", /flags=\w+|redir=-?\d+/g);
    }
    await s.ask("a", "HELLO 3");
    await s.send("a", "CLIENT TRACKINGINFO", "CLIENT GETREDIR", "client tracking off", "client trackinginfo");
  });
}

test("tracking that is turned off and on again knows what was read before", async (s) => {
  await track(s);
  await s.send("a", "MGET k l m", "CLIENT TRACKING OFF");
  await s.send("b", "SET k 1");
  await s.send("a", "CLIENT TRACKING ON");
  await s.send("b", "SET l 1");
  await s.send("a", "CLIENT TRACKING OFF", "CLIENT TRACKING ON BCAST PREFIX x");
  await s.send("b", "SET m 1");
});

test("RESET turns tracking off", async (s) => {
  await track(s, "OPTOUT NOLOOP");
  await s.send(
    "a",
    "GET k",
    "CLIENT CACHING NO",
    "RESET",
    "CLIENT TRACKINGINFO",
    "CLIENT GETREDIR",
    "HELLO 3",
  );
  await s.extract("a", "INFO", INFO_FIELDS);
  await s.send("b", "SET k 1", "FLUSHALL");
});

test("a client in RESP2 is told nothing", async (s) => {
  await s.send("a", "CLIENT TRACKING ON", "GET k");
  await s.send("b", "SET k 1");
  await s.send("a", "GET k", "SET k 2", "FLUSHALL", "CLIENT TRACKING ON REDIRECT {b}", "GET k");
  await s.send("c", "SET k 1");
  await s.send(
    "a",
    "CLIENT TRACKING OFF",
    "CLIENT TRACKING ON BCAST",
    "SET k 1",
    "HELLO 3",
    "SET k 2",
    "HELLO 2",
  );
});

test("REDIRECT: the other client is told", async (s) => {
  await s.ask("b", "HELLO 3");
  await s.send("a", "CLIENT TRACKING ON REDIRECT {b}", "MGET k l", "CLIENT GETREDIR", "CLIENT TRACKINGINFO");
  await s.send("c", "SET k 1", "CLIENT TRACKING ON REDIRECT {b}", "MGET l m");
  await s.send("a", "SET l 1");
  await s.send("c", "FLUSHALL");
  await s.extract("a", "CLIENT INFO", /flags=\w+|redir=-?\d+/g);
  await s.send("a", "CLIENT TRACKING OFF", "CLIENT TRACKING ON BCAST REDIRECT {b}");
  await s.send("c", "SET k 1", "CLIENT TRACKING OFF");
  // To itself, after its reply.
  await s.send("b", "CLIENT TRACKING ON REDIRECT {b}", "GET k", "SET k 1");
});

test("REDIRECT: a client that loses who it redirects to is told so", async (s) => {
  await track(s, "REDIRECT {b}");
  await s.send("a", "MGET k l m");
  await s.close("b");
  await s.send("a", "CLIENT TRACKINGINFO", "CLIENT GETREDIR");
  await s.send("c", "SET k 1");
  await s.send("a", "SET l 1", "CLIENT TRACKINGINFO", "CLIENT GETREDIR");
  await s.extract("a", "CLIENT INFO", /flags=\w+|redir=-?\d+/g);
  await s.send("c", "FLUSHALL", "SET m 1");
  await s.send("a", "CLIENT TRACKING ON", "CLIENT TRACKINGINFO", "GET k");
  await s.send("c", "SET k 1");
});

test("REDIRECT: a client that was just killed is gone", async (s) => {
  await track(s, "BCAST REDIRECT {b}");
  s.leave("b");
  await s.send("c", "CLIENT KILL ID {b}", "SET k 1");
  await s.send("a", "HELLO 2", "SET k 1", "CLIENT TRACKINGINFO");
});

test("FLUSHALL and FLUSHDB are told to all, their own client after its reply", async (s) => {
  await track(s, "NOLOOP");
  await s.ask("b", "HELLO 3");
  await s.send("b", "CLIENT TRACKING ON BCAST PREFIX x");
  await s.send("a", "MGET k l");
  await s.send("c", "FLUSHDB", "FLUSHALL ASYNC", "FLUSHALL junk");
  await s.extract("a", "INFO", INFO_FIELDS);
  await s.send("b", "SET x1 1", "FLUSHALL", "SET k 1");
  await s.send("a", "FLUSHALL", "PING");
});

test("messages are sent where replies are not", async (s) => {
  await track(s);
  await s.sendAndSilence("a", "GET k");
  await s.send("b", "SET k 1");
  await s.sendForReplies("a", 1, "GET k", "SET k 2", "CLIENT REPLY ON");
  await s.sendForReplies("a", 2, "GET k", "CLIENT REPLY SKIP", "SET k 3", "PING");
});

test("what comes before QUIT is told", async (s) => {
  await track(s);
  await s.sendToEnd("a", "GET k", "SET k 1", "QUIT", "SET k 2");
  await s.ask("b", "HELLO 3");
  await s.send("b", "CLIENT TRACKING ON BCAST");
  await s.sendToEnd("b", "SET k 1", "QUIT");
});

test("keys whose time comes are told of without a request", async (s) => {
  await track(s);
  await s.ask("b", "HELLO 3");
  await s.send("b", "CLIENT TRACKING ON BCAST PREFIX e");
  await s.send("c", "SET early 1", "PEXPIRE early 60000");
  await s.send("a", "GET early", "PERSIST early", "GET early", "EXPIRE early -1", "GET early");
  await s.send("c", "SET early 1");
  await s.send("a", "GET early");
  await s.send("c", "PEXPIRE early 300");
  await s.message("b");
  await s.send("a", "PING");
});

for (const noLoop of ["", "NOLOOP", "BCAST", "BCAST NOLOOP"]) {
  test(`keys whose time has come are told of when somebody meets them: ${noLoop || "default"}`, async (s) => {
    await s.send("c", "DEBUG SET-ACTIVE-EXPIRE 0");
    await track(s, noLoop);
    for (const [name, request] of [["a", "MGET k l"], ["b", "GET k"], ["a", "SET k 2"], ["a", "DEL k"]]) {
      // Long enough for the reply to be there before the key is gone; if not, longer.
      for (let ttl = 100, reply = ""; reply !== "$1\r\n1\r\n"; ttl *= 4) {
        await s.ask("c", `SET k 1 PX ${ttl}`);
        reply = await s.ask("c", "GET k");
        await expire(ttl + 50);
      }
      await s.send(name, request);
    }
    await s.send("c", "DEBUG SET-ACTIVE-EXPIRE 1");
  });
}

function expire(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** The keys that a connection is told of until the reply to its PING comes. */
async function keysTold(client: RawConnection): Promise<string[]> {
  const keys: string[] = [];
  await client.write("PING\r\n");
  for (let reply = ""; (reply = await client.readReplies(1)) !== "+PONG\r\n";) {
    const [, { items }] = parseReplies(reply)[0].items!;
    keys.push(...items!.map(({ text }) => text!));
  }
  return keys;
}

Deno.test(
  "beyond tracking-table-max-keys random keys are told of and forgotten",
  { ignore: !available },
  async () => {
    for (const { port, name } of [denodis!, oracle!]) {
      const [a, b] = [await RawConnection.connect({ port }), await RawConnection.connect({ port })];
      try {
        await a.command("HELLO", "3");
        await a.command("CLIENT", "TRACKING", "ON");
        await b.command("CONFIG", "SET", "tracking-table-max-keys", "50");
        const keys = Array.from({ length: 500 }, (_, i) => `k${i}`);
        await a.command("MGET", ...keys);
        const told: string[] = [];
        while (told.length < 450) told.push(...await keysTold(a));
        assert.equal(new Set(told).size, 450, `${name} tells of a key twice`);
        const total = /tracking_total_keys:\d+/.exec(await b.command("INFO", "stats"));
        assert.equal(total?.[0], "tracking_total_keys:50");
        // Random: what is left is no run of neighbours.
        const kept = keys.filter((key) => !told.includes(key));
        assert.ok(keys.indexOf(kept[49]) - keys.indexOf(kept[0]) > 60, `${name} keeps ${kept}`);
        await b.command("MSET", ...keys.flatMap((key) => [key, "1"]));
        assert.deepEqual((await keysTold(a)).sort(), kept.sort());
      } finally {
        await b.command("CONFIG", "SET", "tracking-table-max-keys", "1000000");
        a.close();
        b.close();
      }
    }
  },
);
