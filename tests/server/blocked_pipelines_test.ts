/** What comes behind a blocked command waits for it, and what is pushed goes to nobody who is gone. */

import assert from "node:assert/strict";
import { oracleState } from "../support/oracle.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { encodeRequest, printable } from "../support/replies.ts";
import { type RunningServer, startDenodis, startOracle } from "../support/servers.ts";

const { available } = await oracleState();
let denodis: RunningServer | undefined;
let oracle: RunningServer | undefined;

Deno.test.beforeAll(async () => {
  if (available) [denodis, oracle] = await Promise.all([startDenodis(), startOracle()]);
});

Deno.test.afterAll(async () => {
  await Promise.all([denodis?.stop(), oracle?.stop()]);
});

/** Two clients of a server whose bytes a test handles itself, and the server's view of the first. */
interface Pair {
  /** The client that waits. */
  readonly a: RawConnection;
  /** The client that serves it. */
  readonly b: RawConnection;
  /** Resolves when a waits in a blocked command. */
  untilBlocked(): Promise<void>;
  /** Resolves when the server has noticed that a is gone. */
  untilGone(): Promise<void>;
}

/** A test of what `play` returns, byte strings, on both servers. */
function compare(name: string, play: (pair: Pair) => Promise<string[]>): void {
  Deno.test(name, { ignore: !available }, async () => {
    const [ours, theirs] = [await played(denodis!, play), await played(oracle!, play)];
    assert.deepEqual(ours.map((text) => printable(text)), theirs.map((text) => printable(text)));
  });
}

async function played({ port }: RunningServer, play: (pair: Pair) => Promise<string[]>): Promise<string[]> {
  const [a, b] = [await RawConnection.connect({ port }), await RawConnection.connect({ port })];
  const id = (await a.command("CLIENT", "ID")).slice(1, -2);
  const line = async () => {
    const list = await b.command("CLIENT", "LIST");
    return new RegExp(`^(?:\\$\\d+\r\n)?id=${id} .*$`, "m").exec(list)?.[0];
  };
  await b.command("FLUSHALL");
  try {
    return await play({
      a,
      b,
      untilBlocked: () => until(async () => / flags=\w*b/.test(await line() ?? "")),
      untilGone: () => until(async () => await line() === undefined),
    });
  } finally {
    a.close();
    b.close();
  }
}

/** Asks until the answer is yes, and fails where it does not become so. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  const limit = performance.now() + 10_000;
  while (!await condition()) assert.ok(performance.now() < limit, "It does not happen");
}

function requests(...all: string[]): string {
  return all.map((request) => encodeRequest(request.split(" "))).join("");
}

// Requests behind a blocked command, and clients that go.

compare("requests in the same packet wait their turn", async ({ a, b, untilBlocked }) => {
  await a.write(
    requests(
      "SET n 1",
      "BLPOP k 0",
      "INCR n",
      "BLPOP k 0",
      "INCR n",
      "BLMOVE k l LEFT LEFT 0",
      "INCR n",
      "GET n",
    ),
  );
  const all = [await a.readReplies(1)];
  await untilBlocked();
  all.push(await b.command("GET", "n"), await b.command("RPUSH", "k", "x"), await a.readReplies(2));
  await untilBlocked();
  all.push(await b.command("GET", "n"), await b.command("RPUSH", "k", "y", "z"), await a.readReplies(5));
  return [...all, await b.command("LRANGE", "l", "0", "-1")];
});

compare("requests in later packets wait their turn", async ({ a, b, untilBlocked }) => {
  await a.write(requests("BLPOP k 0"));
  await untilBlocked();
  for (let i = 0; i < 50; i++) await a.write(requests(`APPEND s ${i},`, `STRLEN s`));
  const all = [await b.command("EXISTS", "s"), await b.command("RPUSH", "k", "x"), await a.readReplies(101)];
  return [...all, await b.command("GET", "s")];
});

compare("a request in parts behind a blocked command", async ({ a, b, untilBlocked }) => {
  const [first, second] = [requests("BLPOP k 0") + "*3\r\n$3\r\nSE", "T\r\n$1\r\na\r\n$1\r\nb\r\n"];
  await a.write(first);
  await untilBlocked();
  const all = [await b.command("RPUSH", "k", "x"), await a.readReplies(1)];
  await a.write(second);
  return [...all, await a.readReplies(1), await b.command("GET", "a")];
});

compare("a large pipeline of pops and other requests", async ({ a, b, untilBlocked }) => {
  const count = 2000;
  await a.write(
    requests("BLPOP k 0", ...Array.from({ length: count }, (_, i) => i % 3 ? `ECHO ${i}` : "BLPOP k 0")),
  );
  await untilBlocked();
  const pops = 1 + Math.ceil(count / 3);
  await b.write(requests(...Array.from({ length: pops }, (_, i) => `RPUSH k e${i}`)));
  return [
    (await b.readReplies(pops)).replace(/:\d+\r\n/g, ""),
    await a.readReplies(count + 1),
    await b.command("LLEN", "k"),
  ];
});

compare("a protocol error behind a blocked command comes after its reply", async ({ a, b, untilBlocked }) => {
  await a.write(requests("BLPOP k 0") + "*1\r\nx\r\n");
  await untilBlocked();
  return [await b.command("RPUSH", "k", "x"), await a.readToEnd(), await b.command("LLEN", "k")];
});

compare("QUIT behind a blocked command", async ({ a, b, untilBlocked }) => {
  await a.write(requests("BLPOP k 0", "QUIT", "PING"));
  await untilBlocked();
  return [await b.command("RPUSH", "k", "x"), await a.readToEnd(), await b.command("LLEN", "k")];
});

compare("CLIENT UNBLOCK lets the requests behind run", async ({ a, b, untilBlocked }) => {
  const id = (await a.command("CLIENT", "ID")).slice(1, -2);
  await a.write(requests("BLPOP k 0", "PING", "BLPOP k 0", "ECHO x"));
  await untilBlocked();
  const all = [await b.command("CLIENT", "UNBLOCK", id, "ERROR"), await a.readReplies(2)];
  await untilBlocked();
  return [...all, await b.command("CLIENT", "UNBLOCK", id), await a.readReplies(2)];
});

for (
  const [name, behind] of [
    ["with nothing behind its request", ""],
    ["with a request behind it", requests("SET ran 1")],
    ["with half a request behind it", "*1\r\n$4\r\nPI"],
    ["with 100 kB of requests behind it", requests(...Array.from({ length: 3000 }, () => "SET ran 1"))],
    ["with a protocol error behind it", "*1\r\nx\r\n"],
  ]
) {
  for (const packets of ["the same packet", "another packet"]) {
    compare(`a client that goes ${name}, in ${packets}: nothing is lost to it`, async (pair) => {
      const { a, b } = pair;
      if (packets === "the same packet") {
        await a.write(requests("BLPOP k 0") + behind);
        await pair.untilBlocked();
      } else {
        await a.write(requests("BLPOP k 0"));
        await pair.untilBlocked();
        await a.write(behind);
      }
      a.close();
      await pair.untilGone();
      await b.write(requests("INFO clients"));
      const blocked = /blocked_clients:\d+/.exec(await b.readReplies(1))?.[0] ?? "";
      return [
        blocked,
        await b.command("RPUSH", "k", "x"),
        await b.command("LRANGE", "k", "0", "-1"),
        await b.command("EXISTS", "ran"),
      ];
    });
  }
}

compare(
  "a client that sends all it has and then closes its side",
  async ({ a, b, untilGone, untilBlocked }) => {
    await a.write(requests("PING", "BZPOPMIN k 0", "SET ran 1"));
    const all = [await a.readReplies(1)];
    await untilBlocked();
    a.close();
    await untilGone();
    return [...all, await b.command("ZADD", "k", "1", "x"), await b.command("EXISTS", "k", "ran")];
  },
);

// Clients that want no replies.

compare("CLIENT REPLY SKIP before a blocked command", async ({ a, b, untilBlocked }) => {
  await a.write(requests("CLIENT REPLY SKIP", "BLPOP k 0", "ECHO after"));
  await untilBlocked();
  return [await b.command("RPUSH", "k", "x"), await a.readReplies(1), await b.command("LLEN", "k")];
});

compare("CLIENT REPLY SKIP and a wait that ends without", async ({ a, b, untilBlocked }) => {
  const id = (await a.command("CLIENT", "ID")).slice(1, -2);
  const all: string[] = [];
  for (const how of ["TIMEOUT", "ERROR"]) {
    await a.write(requests("CLIENT REPLY SKIP", "BLPOP k 0", "ECHO after", "ECHO more"));
    await untilBlocked();
    all.push(await b.command("CLIENT", "UNBLOCK", id, how), await a.readReplies(2));
  }
  return all;
});

compare("CLIENT REPLY SKIP and a time that is up", async ({ a }) => {
  await a.write(requests("CLIENT REPLY SKIP", "BLPOP k 0.01", "ECHO after", "ECHO more"));
  return [await a.readReplies(2)];
});

compare("CLIENT REPLY OFF and blocked commands", async ({ a, b, untilBlocked }) => {
  const id = (await a.command("CLIENT", "ID")).slice(1, -2);
  await a.write(
    requests("CLIENT REPLY OFF", "BLPOP k 0", "BLPOP k 0", "BLPOP k 0.01", "BLPOP k 0", "CLIENT REPLY ON"),
  );
  await untilBlocked();
  const all = [await b.command("RPUSH", "k", "x")];
  await untilBlocked();
  all.push(await b.command("CLIENT", "UNBLOCK", id, "ERROR"));
  await untilBlocked();
  // Either the third, whose time will be up, or already the fourth.
  await new Promise((resolve) => setTimeout(resolve, 50));
  await untilBlocked();
  all.push(await b.command("RPUSH", "k", "y"), await a.readReplies(1));
  return [...all, await b.command("LLEN", "k")];
});
