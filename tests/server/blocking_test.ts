/** Clients that wait in blocked commands receive what redis-server sends them. */

import { oracleState } from "../support/oracle.ts";
import { parseReplies } from "../support/replies.ts";
import { assertSame, type Scenario, type ScenarioRequest } from "../support/scenario.ts";
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

/** A test that plays a scenario with clients a to e. */
function test(name: string, play: (scenario: Scenario) => Promise<void>): void {
  Deno.test(
    name,
    { ignore: !available },
    () => assertSame([denodis!, oracle!], ["a", "b", "c", "d", "e"], play),
  );
}

/** A test in which a waits with a request, c does something, and a is answered. */
function served(
  request: ScenarioRequest,
  { before = [], requests, after = [] }: {
    before?: readonly ScenarioRequest[];
    requests: readonly ScenarioRequest[];
    /** What c asks once a has been answered. */
    after?: readonly ScenarioRequest[];
  },
): void {
  for (const protocol of ["2", "3"]) {
    test(`${request}; ${requests.join("; ")} (RESP${protocol})`, async (s) => {
      if (before.length > 0) await s.send("c", ...before);
      await s.ask("a", `HELLO ${protocol}`);
      await s.block("a", request);
      await s.send("c", ...requests);
      await s.unblocked("a");
      if (after.length > 0) await s.send("c", ...after);
    });
  }
}

// Who is served, and in what order.

for (const count of [1, 2, 5]) {
  const elements = Array.from({ length: count }, (_, i) => `e${i}`).join(" ");
  const left = Math.max(0, 3 - count);
  for (
    const [pop, push] of [
      ["BLPOP k 0", `RPUSH k ${elements}`],
      ["BRPOP k 0", `LPUSH k ${elements}`],
      ["BLMPOP 0 1 k LEFT", `RPUSH k ${elements}`],
      ["BLMOVE k l RIGHT LEFT 0", `RPUSH k ${elements}`],
      ["BZPOPMIN k 0", `ZADD k ${elements.replace(/e(\d)/g, "$1 e$1")}`],
      ["BZPOPMAX k 0", `ZADD k ${elements.replace(/e(\d)/g, "$1 e$1")}`],
      ["BZMPOP 0 1 k MAX", `ZADD k ${elements.replace(/e(\d)/g, "$1 e$1")}`],
    ]
  ) {
    test(`three wait with ${pop}: ${push}`, async (s) => {
      for (const name of ["a", "b", "d"]) await s.block(name, pop);
      await s.send("c", push);
      for (const name of ["a", "b", "d"].slice(0, 3 - left)) await s.unblocked(name);
      await s.extract("c", "INFO clients", /blocked_clients:\d+/);
      await s.send("c", "EXISTS k l", "LRANGE l 0 -1", push);
      if (count === 1) await s.unblocked("b");
      if (count < 3) {
        if (count === 1) await s.send("c", push);
        await s.unblocked("d");
      }
      await s.send("c", "EXISTS k l", "LRANGE l 0 -1");
    });
  }
}

test("clients on several keys: each key serves who has waited longest for it", async (s) => {
  await s.block("a", "BLPOP x y 0");
  await s.block("b", "BLPOP y z 0");
  await s.block("d", "BLPOP z x 0");
  await s.send("c", "RPUSH z 1");
  await s.unblocked("b");
  await s.send("c", "RPUSH y 2");
  await s.unblocked("a");
  await s.send("c", "RPUSH y 3", "EXISTS x y z", "RPUSH x 4", "EXISTS x y z");
  await s.unblocked("d");
});

test("a client that names a key several times is served once", async (s) => {
  await s.block("a", "BLPOP x x y x 0");
  await s.send("c", "RPUSH x 1 2 3");
  await s.unblocked("a");
  await s.send("c", "LRANGE x 0 -1");
});

test("who waits anew stands at the end of the line", async (s) => {
  await s.block("a", "BLPOP k 0");
  await s.block("b", "BLPOP k 0");
  await s.send("c", "RPUSH k 1");
  await s.unblocked("a");
  await s.block("a", "BLPOP k 0");
  await s.send("c", "RPUSH k 2");
  await s.unblocked("b");
  await s.send("c", "RPUSH k 3");
  await s.unblocked("a");
});

test("clients with different commands wait in one line", async (s) => {
  await s.block("a", "BLMPOP 0 2 x k RIGHT COUNT 2");
  await s.block("b", "BRPOPLPUSH k l 0");
  await s.block("d", "BLPOP k x 0");
  await s.block("e", "BLPOP l 0");
  await s.send("c", "RPUSH k 1 2 3 4 5 6");
  for (const name of ["a", "b", "d", "e"]) await s.unblocked(name);
  await s.send("c", "LRANGE k 0 -1", "EXISTS l x");
});

test("who waits for a list is not served with a sorted set, and the other way round", async (s) => {
  await s.block("a", "BLPOP k 0");
  await s.block("b", "BZPOPMIN k 0");
  await s.block("d", "XREAD BLOCK 0 STREAMS k $");
  await s.send("c", "ZADD k 1 x");
  await s.unblocked("b");
  await s.send("c", "EXISTS k", "XADD k 1-1 f v");
  await s.unblocked("d");
  await s.send("c", "DEL k", "SADD k x", "RPUSH k x", "DEL k", "RPUSH k x");
  await s.unblocked("a");
});

test("a client in another database waits for another key", async (s) => {
  await s.block("a", "SELECT 1", "BLPOP k 0");
  await s.block("b", "BLPOP k 0");
  await s.send("c", "RPUSH k 1", "SELECT 1", "RPUSH k 2");
  await s.unblocked("a");
  await s.unblocked("b");
  await s.send("a", "RPUSH k 3", "SELECT 0", "EXISTS k");
});

test("keys that a transaction makes are served in the order in which it makes them", async (s) => {
  await s.block("a", "BLPOP x y z 0");
  await s.block("b", "BLPOP x y z 0");
  await s.block("d", "BLMPOP 0 3 x y z RIGHT COUNT 9");
  await s.queue("c", "MULTI", "RPUSH z 1", "RPUSH y 2", "RPUSH x 3", "RPUSH z 4");
  await s.send("c", "EXEC");
  for (const name of ["a", "b", "d"]) await s.unblocked(name);
  await s.send("c", "LRANGE x 0 -1", "LRANGE y 0 -1", "LRANGE z 0 -1");
});

test("what a transaction makes and removes again serves nobody", async (s) => {
  await s.block("a", "BLPOP x y 0");
  await s.queue("c", "MULTI", "RPUSH x 1", "DEL x", "RPUSH y 1", "SET y 2");
  await s.send("c", "EXEC", "DEL y");
  await s.queue("c", "MULTI", "RPUSH x 1", "LPOP x", "RPUSH x 2", "LPUSH x 3");
  await s.send("c", "EXEC");
  await s.unblocked("a");
  await s.send("c", "LRANGE x 0 -1");
});

test("inside a transaction nobody waits", async (s) => {
  await s.queue("a", "MULTI", "BLPOP k 0", "BLMOVE k l LEFT LEFT 0", "BZPOPMIN k 0", "BLMPOP 0 1 k LEFT");
  await s.queue("a", "BRPOPLPUSH k l 0", "XREAD BLOCK 0 STREAMS k $", "BZMPOP 0 1 k MIN", "RPUSH k 1");
  await s.queue("a", "BLPOP k 0");
  await s.send("a", "EXEC");
  await s.send("a", "HELLO 3");
  await s.queue("a", "MULTI", "BLPOP k 0", "BLMOVE k l LEFT LEFT 0", "BZPOPMIN k 0", "BLMPOP 0 1 k LEFT");
  await s.send("a", "EXEC");
});

test("EXEC that makes a key for who has waited, and pops it itself", async (s) => {
  await s.block("a", "BLPOP k 0");
  await s.queue("c", "MULTI", "RPUSH k 1", "BLPOP k 0");
  await s.send("c", "EXEC", "RPUSH k 2");
  await s.unblocked("a");
});

test("a served client's watched keys and what it watches", async (s) => {
  await s.send("b", "WATCH k");
  await s.block("a", "BLPOP k 0");
  await s.send("c", "RPUSH k 1");
  await s.unblocked("a");
  await s.queue("b", "MULTI", "PING");
  await s.send("b", "EXEC");
});

// Moves that wake others.

test("BLMOVE hands on: a to b to c", async (s) => {
  await s.block("a", "BLMOVE k1 k2 LEFT RIGHT 0");
  await s.block("b", "BLMOVE k2 k3 LEFT RIGHT 0");
  await s.block("d", "BLPOP k3 0");
  await s.block("e", "BLPOP k2 0");
  await s.send("c", "RPUSH k1 v");
  for (const name of ["a", "b", "d"]) await s.unblocked(name);
  await s.send("c", "EXISTS k1 k2 k3", "RPUSH k2 w");
  await s.unblocked("e");
});

test("BLMOVE hands on, backwards: who takes from the last waits first", async (s) => {
  await s.block("d", "BLPOP k3 0");
  await s.block("b", "BRPOPLPUSH k2 k3 0");
  await s.block("a", "BLMOVE k1 k2 RIGHT LEFT 0");
  await s.send("c", "RPUSH k1 v w");
  for (const name of ["a", "b", "d"]) await s.unblocked(name);
  await s.send("c", "LRANGE k1 0 -1", "EXISTS k2 k3");
});

test("BLMOVE in a ring ends", async (s) => {
  await s.block("a", "BLMOVE k1 k2 LEFT LEFT 0");
  await s.block("b", "BLMOVE k2 k1 LEFT LEFT 0");
  await s.send("c", "RPUSH k1 v w x");
  await s.unblocked("a");
  await s.unblocked("b");
  await s.send("c", "LRANGE k1 0 -1", "LRANGE k2 0 -1");
  await s.block("a", "BLMOVE k k LEFT RIGHT 0");
  await s.send("c", "RPUSH k 1 2");
  await s.unblocked("a");
  await s.send("c", "LRANGE k 0 -1");
});

test("BLMOVE whose destination is no list gets an error, and the element stays", async (s) => {
  await s.send("c", "SET l x");
  await s.block("a", "BLMOVE k l LEFT LEFT 0");
  await s.block("b", "BRPOPLPUSH k l 0");
  await s.send("c", "RPUSH k 1");
  await s.unblocked("a");
  await s.unblocked("b");
  await s.send("c", "LRANGE k 0 -1", "GET l", "BLMOVE k l LEFT LEFT 0", "BLMOVE l k LEFT LEFT 0");
});

test("BLMOVE whose destination becomes a list while it waits", async (s) => {
  await s.send("c", "SET l x");
  await s.block("a", "BLMOVE k l LEFT LEFT 0");
  await s.send("c", "DEL l", "RPUSH l 1", "RPUSH k 2");
  await s.unblocked("a");
  await s.send("c", "LRANGE l 0 -1", "EXISTS k");
});

// Ways in which a key comes into being.

served("BLPOP k 0", { requests: ["RPUSH t v w", "RENAME t k"], after: ["LRANGE k 0 -1"] });
served("BLPOP k 0", { requests: ["RPUSH t v w", "RENAMENX t k"], after: ["LRANGE k 0 -1"] });
served("BLPOP k 0", { requests: ["SET k x", "RPUSH t v w", "RENAME t k"], after: ["LRANGE k 0 -1"] });
served("BLPOP k 0", { requests: ["RPUSH t v w", "COPY t k"], after: ["LRANGE k 0 -1", "LRANGE t 0 -1"] });
served("BLPOP k 0", { requests: ["SET k x", "RPUSH t v", "COPY t k REPLACE"], after: ["EXISTS k t"] });
served("BLPOP k 0", { requests: ["SELECT 1", "RPUSH k v", "MOVE k 0"], after: ["EXISTS k"] });
served("BLPOP k 0", { requests: ["SELECT 1", "RPUSH t v", "COPY t k DB 0"], after: ["FLUSHDB"] });
served("BLPOP k 0", { requests: ["SELECT 1", "RPUSH k v", "SWAPDB 0 1"], after: ["EXISTS k"] });
served("BLPOP k 0", { requests: ["SELECT 1", "RPUSH k v", "SWAPDB 1 0"], after: ["EXISTS k"] });
served("BLPOP k 0", { requests: ["RPUSH s 2 1", "SORT s STORE k"], after: ["LRANGE k 0 -1"] });
served("BLPOP k 0", { requests: ["LPUSHX k v", "RPUSHX k v", "LINSERT k BEFORE a b", "LPUSH k w"] });
served("BLPOP k 0", { requests: ["RPUSH t 1 2", "LMOVE t k LEFT LEFT"], after: ["EXISTS k"] });
served("BLPOP k 0", { requests: ["RPUSH t 1 2", "RPOPLPUSH t k"], after: ["EXISTS k"] });
served("BZPOPMIN k 0", { requests: ["ZADD t 1 a 2 b", "ZRANGESTORE k t 0 -1"], after: ["ZRANGE k 0 -1"] });
served("BZPOPMIN k 0", { requests: ["ZADD t 1 a 2 b", "ZUNIONSTORE k 1 t"], after: ["ZRANGE k 0 -1"] });
served("BZPOPMAX k 0", { requests: ["ZINCRBY k 2.5 a"], after: ["EXISTS k"] });
served("BZPOPMAX k 0", { requests: ["GEOADD k 13.361389 38.115556 Palermo"], after: ["EXISTS k"] });
served("BZMPOP 0 2 j k MIN COUNT 2", { requests: ["ZADD k 1 a 1.5 b 3 c"], after: ["ZRANGE k 0 -1"] });
served("BLMPOP 0 2 j k RIGHT COUNT 2", { requests: ["RPUSH k a b c"], after: ["LRANGE k 0 -1"] });
served("BRPOPLPUSH k l 0", { requests: ["RPUSH k a b c"], after: ["LRANGE k 0 -1", "LRANGE l 0 -1"] });
served("BLMOVE k l LEFT RIGHT 0", { requests: ["RPUSH k a b"], after: ["LRANGE k 0 -1", "LRANGE l 0 -1"] });
served("BLPOP k 0", { requests: ["SET k x", "DEL k", "SADD k x", "RENAME k j", "RPUSH k v"] });
served("XREADGROUP GROUP g alice BLOCK 0 STREAMS k >", {
  before: ["XGROUP CREATE k g $ MKSTREAM"],
  requests: ["SELECT 1", "SWAPDB 0 1"],
});
served("XREADGROUP GROUP g alice BLOCK 0 STREAMS k >", {
  before: ["XGROUP CREATE k g $ MKSTREAM", "RPUSH t 1"],
  requests: ["RENAME t k"],
});
served("XREADGROUP GROUP g alice BLOCK 0 STREAMS k >", {
  before: ["XGROUP CREATE k g $ MKSTREAM"],
  requests: ["FLUSHDB"],
});

test("RESTORE makes a key ready", async (s) => {
  const payload = await s.ask("c", "RPUSH t v w").then(() => s.ask("c", "DUMP t"));
  const [{ text }] = parseReplies(payload);
  await s.block("a", "BLPOP k 0");
  await s.send("c", ["RESTORE", "k", "0", text!]);
  await s.unblocked("a");
  await s.send("c", "LRANGE k 0 -1");
});

test("a swap of databases serves those of both", async (s) => {
  await s.send("c", "RPUSH x 1", "SELECT 1", "RPUSH y 2");
  await s.block("a", "BLPOP y 0");
  await s.block("b", "SELECT 1", "BLPOP x 0");
  await s.send("c", "SELECT 2");
  await s.send("c", "SWAPDB 1 0");
  await s.unblocked("a");
  await s.unblocked("b");
  await s.send("c", "SELECT 0", "EXISTS x y", "SELECT 1", "EXISTS x y", "FLUSHALL");
});

// Streams.

test("one XADD serves all who read, and one of each group", async (s) => {
  await s.send("c", "XADD s 1-1 f v", "XGROUP CREATE s g $", "XGROUP CREATE s h $");
  await s.block("a", "XREADGROUP GROUP g alice BLOCK 0 STREAMS s >");
  await s.block("b", "XREAD BLOCK 0 STREAMS s $");
  await s.block("d", "XREADGROUP GROUP h bob BLOCK 0 STREAMS s >");
  await s.block("e", "XREAD BLOCK 0 COUNT 1 STREAMS r s 0 1-1");
  await s.send("c", "XADD s 2-1 f v");
  for (const name of ["a", "b", "d", "e"]) await s.unblocked(name);
  await s.send("c", "XPENDING s g", "XPENDING s h");
});

test("$ is what the stream ended with when the wait began", async (s) => {
  await s.send("c", "XADD s 5-1 f v");
  await s.block("a", "XREAD BLOCK 0 STREAMS s $");
  await s.block("b", "XREAD BLOCK 0 STREAMS r $");
  await s.queue("c", "MULTI", "XADD s 6-1 f v", "XADD s 7-1 f v", "XADD r 1-1 f v", "XDEL s 6-1");
  await s.send("c", "EXEC");
  await s.unblocked("a");
  await s.unblocked("b");
});

test("XGROUP DESTROY ends the wait of that group's clients alone", async (s) => {
  await s.send("c", "XGROUP CREATE s g $ MKSTREAM", "XGROUP CREATE s h $");
  await s.block("a", "XREADGROUP GROUP g alice BLOCK 0 STREAMS s >");
  await s.block("b", "XREADGROUP GROUP h bob BLOCK 0 STREAMS s >");
  await s.block("d", "XREADGROUP GROUP g carol BLOCK 0 STREAMS s >");
  await s.send("c", "XGROUP DESTROY s g");
  await s.unblocked("a");
  await s.unblocked("d");
  await s.extract("c", "INFO clients", /blocked_clients:\d+/);
  await s.send("c", "XADD s 1-1 f v");
  await s.unblocked("b");
});

// CLIENT UNBLOCK, CLIENT KILL, CLIENT LIST, INFO.

for (
  const request of [
    "BLPOP k 0",
    "BRPOP k j 0",
    "BLMOVE k l LEFT LEFT 0",
    "BRPOPLPUSH k l 0",
    "BLMPOP 0 1 k LEFT",
    "BZPOPMIN k 0",
    "BZMPOP 0 1 k MAX",
    "XREAD BLOCK 0 STREAMS k $",
  ]
) {
  for (const protocol of ["2", "3"]) {
    test(`CLIENT UNBLOCK of ${request} (RESP${protocol})`, async (s) => {
      await s.ask("a", `HELLO ${protocol}`);
      for (const how of ["", " TIMEOUT", " ERROR", " error"]) {
        await s.block("a", request);
        await s.send("c", `CLIENT UNBLOCK {a}${how}`.split(" "));
        await s.unblocked("a");
      }
      await s.send("c", "CLIENT UNBLOCK {a}", "RPUSH k 1", "LLEN k");
    });
  }
}

test("CLIENT UNBLOCK of nobody, of oneself and with what is wrong", async (s) => {
  await s.send(
    "c",
    "CLIENT UNBLOCK 999999999",
    "CLIENT UNBLOCK {c}",
    "CLIENT UNBLOCK x",
    "CLIENT UNBLOCK -1",
  );
  await s.block("a", "BLPOP k 0");
  await s.send(
    "c",
    "CLIENT UNBLOCK {a} NOW",
    "CLIENT UNBLOCK {b}",
    "CLIENT UNBLOCK",
    "CLIENT UNBLOCK {a} ERROR x",
  );
  await s.send("c", "RPUSH k 1");
  await s.unblocked("a");
});

test("CLIENT KILL of a client that waits: what is pushed then is kept", async (s) => {
  await s.block("a", "BLPOP k 0");
  await s.block("b", "BLMOVE k l LEFT LEFT 0");
  s.leave("a");
  await s.send("c", "CLIENT KILL ID {a}", "RPUSH k 1");
  await s.unblocked("b");
  s.leave("b");
  await s.extract("c", "INFO clients", /blocked_clients:\d+/);
  await s.send("c", "CLIENT KILL ID {b}", "RPUSH k 2", "LRANGE k 0 -1", "LRANGE l 0 -1");
});

test("a client that waits and is killed in the transaction that serves it", async (s) => {
  await s.block("a", "BLPOP k 0");
  s.leave("a");
  await s.queue("c", "MULTI", "RPUSH k 1", "CLIENT KILL ID {a}");
  await s.send("c", "EXEC", "LRANGE k 0 -1");
});

test("CLIENT UNBLOCK in the transaction that would serve it", async (s) => {
  await s.block("a", "BLPOP k 0");
  await s.queue("c", "MULTI", "RPUSH k 1", "CLIENT UNBLOCK {a}");
  await s.send("c", "EXEC", "LRANGE k 0 -1");
  await s.unblocked("a");
});

test("CLIENT LIST and INFO show who waits", async (s) => {
  await s.extract("c", "INFO clients", /blocked_clients:\d+/);
  await s.block("a", "BLPOP k 0");
  await s.block("b", "CLIENT NO-EVICT ON", "XREAD BLOCK 0 STREAMS k $");
  await s.extract("c", "CLIENT LIST ID {a} {b}".split(" "), /flags=\w+|cmd=\S+|db=\d+/g);
  await s.extract("c", "INFO clients", /blocked_clients:\d+/);
  await s.send("c", "RPUSH k 1");
  await s.unblocked("a");
  await s.extract("c", "CLIENT LIST ID {a} {b}".split(" "), /flags=\w+|cmd=\S+|db=\d+/g);
  await s.extract("c", "INFO clients", /blocked_clients:\d+/);
  await s.send("c", "CLIENT UNBLOCK {b}");
  await s.unblocked("b");
  await s.extract("c", "INFO clients", /blocked_clients:\d+/);
});

// Timeouts.

for (
  const timeout of [
    "-1",
    "-0.01",
    "x",
    "",
    " 1",
    "1 ",
    "nan",
    "1e400",
    "99999999999999999999",
    "1e300",
    "-inf",
  ]
) {
  test(`a timeout of "${timeout}"`, async (s) => {
    await s.send(
      "a",
      ["BLPOP", "k", timeout],
      ["BRPOP", "k", "j", timeout],
      ["BLMOVE", "k", "l", "LEFT", "LEFT", timeout],
      ["BRPOPLPUSH", "k", "l", timeout],
      ["BLMPOP", timeout, "1", "k", "LEFT"],
      ["BZPOPMIN", "k", timeout],
      ["BZMPOP", timeout, "1", "k", "MIN"],
    );
    // The timeout is looked at before the keys, but not before the other arguments of some.
    await s.send("a", "SET k x", ["BLPOP", "k", timeout], ["BLMOVE", "k", "l", "UP", "LEFT", timeout]);
    await s.send("a", ["BLMPOP", timeout, "x", "k", "LEFT"], ["BZMPOP", timeout, "1", "k", "LEFT"]);
  });
}

for (const timeout of ["-1", "x", "", "1.5", "9223372036854775807", "99999999999999999999"]) {
  test(`BLOCK with "${timeout}"`, async (s) => {
    await s.send("a", "XADD s 1-1 f v", "XGROUP CREATE s g 0");
    await s.send("a", ["XREAD", "BLOCK", timeout, "STREAMS", "s", "0"]);
    await s.send("a", ["XREADGROUP", "GROUP", "g", "alice", "BLOCK", timeout, "STREAMS", "s", ">"]);
  });
}

for (const protocol of ["2", "3"]) {
  test(`time is up (RESP${protocol})`, async (s) => {
    await s.ask("a", `HELLO ${protocol}`);
    await s.send("a", "BLPOP k 0.01", "BRPOP k j 0.02", "BLMOVE k l LEFT LEFT 0.001", "BRPOPLPUSH k l 0.01");
    await s.send("a", "BLMPOP 0.01 1 k LEFT", "BZPOPMIN k 0.01", "BZPOPMAX k 1e-2", "BZMPOP 0.01 2 j k MIN");
    await s.send("a", "BLPOP k 0x1p-7", "BLPOP k 0.0015", "BLPOP k +.01");
    await s.send("c", "RPUSH k 1", "LLEN k");
  });
}

test("whose time is up is served no more, and others are", async (s) => {
  await s.send("a", "BLPOP k 0.01");
  await s.block("b", "BLPOP k 100");
  await s.block("d", "BLPOP k 1000000000");
  await s.send("c", "RPUSH k 1 2 3");
  await s.unblocked("b");
  await s.unblocked("d");
  await s.send("c", "LRANGE k 0 -1");
});

test("wrong types are told at once, and a key that is there is not waited for", async (s) => {
  await s.send("c", "SET k x", "RPUSH l 1 2 3", "ZADD z 1 a 2 b 3 c", "XADD s 1-1 f v");
  await s.send(
    "a",
    "BLPOP k 0",
    "BLPOP j k l 0",
    "BLPOP j l k 0",
    "BRPOP l k 0",
    "BLPOP z 0",
    "BZPOPMIN l 0",
  );
  await s.send("a", "BZPOPMIN j k z 0", "BZPOPMAX j z k 0", "BZMPOP 0 2 j z MIN", "BLMPOP 0 2 j l LEFT");
  await s.send("a", "BLMOVE k l LEFT LEFT 0", "BLMOVE z l LEFT LEFT 0", "XREAD BLOCK 0 STREAMS j s 0 0");
  await s.send("a", "XREAD BLOCK 0 STREAMS k 0", "XREADGROUP GROUP g alice BLOCK 0 STREAMS s >");
  await s.send("a", "BLPOP", "BLPOP k", "BLMOVE k l LEFT LEFT", "BZPOPMIN 0");
});

// Clients that want no replies, and clients that are told of more than they ask for.

test("CLIENT REPLY OFF and a client that is served in the middle of another's pipeline", async (s) => {
  await s.sendAndSilence("a");
  await s.block("a", "BLPOP k 0");
  await s.block("b", "BLPOP k 0");
  await s.send("c", "RPUSH k 1", "PING", "RPUSH k 2", "LLEN k");
  await s.unblocked("b");
  await s.send("a", "CLIENT REPLY ON");
});

test("a client with tracking waits: it is told of what it has read before", async (s) => {
  await s.send("a", "HELLO 3", "CLIENT TRACKING ON", "LRANGE k 0 -1");
  await s.block("a", "BLPOP k 0");
  await s.send("c", "RPUSH k 1");
  await s.unblocked("a");
  await s.send("a", "EXISTS k");
  await s.send("c", "RPUSH k 1");
});

test("a client with tracking waits with a command that reads", async (s) => {
  await s.send("c", "XADD k 1-1 f v");
  await s.send("a", "HELLO 3", "CLIENT TRACKING ON");
  await s.block("a", "XREAD BLOCK 0 STREAMS k $");
  await s.send("c", "XADD k 1-2 f v");
  await s.unblocked("a");
  await s.send("c", "XADD k 1-3 f v", "XADD k 1-4 f v");
});

test("CLIENT UNBLOCK with an error counts as one", async (s) => {
  await s.send("c", "CONFIG RESETSTAT");
  await s.block("a", "BLPOP k 0");
  await s.send("c", "CLIENT UNBLOCK {a} ERROR");
  await s.unblocked("a");
  await s.extract("c", "INFO errorstats", /errorstat_UNBLOCKED:count=\d+/g);
  await s.extract("c", "INFO stats", /total_error_replies:\d+/g);
});

for (const mode of ["BCAST", "NOLOOP"]) {
  test(`tracking with ${mode} and blocked commands`, async (s) => {
    await s.send("a", "HELLO 3", `CLIENT TRACKING ON ${mode}`, "EXISTS k l");
    await s.send("b", "HELLO 3", `CLIENT TRACKING ON ${mode}`, "EXISTS k l");
    await s.block("a", "BLMOVE k l LEFT LEFT 0");
    await s.send("b", "EXISTS k l");
    await s.send("c", "RPUSH k 1");
    await s.unblocked("a");
    await s.send("b", "EXISTS k l");
    await s.send("a", "EXISTS k l", "RPUSH k 2");
  });
}

test("keyspace events of a blocked pop", async (s) => {
  await s.send("c", "CONFIG SET notify-keyspace-events KEA");
  try {
    await s.ask("d", "HELLO 3");
    await s.ask("d", "PSUBSCRIBE __key*");
    await s.block("a", "BLMOVE k l LEFT LEFT 0");
    await s.block("b", "BZPOPMIN z 0");
    await s.send("c", "RPUSH k 1", "ZADD z 1 a", "DEL l");
    await s.unblocked("a");
    await s.unblocked("b");
  } finally {
    await s.ask("c", ["CONFIG", "SET", "notify-keyspace-events", ""]);
  }
});
