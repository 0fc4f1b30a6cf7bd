/** Clients that wait for elements of lists receive what redis-server sends them, in the order in which they came. */

import { oracleState } from "../../support/oracle.ts";
import { assertSame, type Scenario, type ScenarioRequest } from "../../support/scenario.ts";
import { type RunningServer, startDenodis, startOracle } from "../../support/servers.ts";

const { available } = await oracleState();
let denodis: RunningServer | undefined;
let oracle: RunningServer | undefined;

Deno.test.beforeAll(async () => {
  if (available) [denodis, oracle] = await Promise.all([startDenodis(), startOracle()]);
});

Deno.test.afterAll(async () => {
  await Promise.all([denodis?.stop(), oracle?.stop()]);
});

/** A test that plays a scenario with clients a, b, c and d. */
function test(name: string, play: (scenario: Scenario) => Promise<void>): void {
  Deno.test(name, { ignore: !available }, () => assertSame([denodis!, oracle!], ["a", "b", "c", "d"], play));
}

/** What is asked about the keys after each scenario. */
const LOOK: readonly ScenarioRequest[] = [..."klmxy"].flatMap((key) => [
  `TYPE ${key}`,
  `LRANGE ${key} 0 -1`,
]);

/** A test in which a waits with a request, c does something, and a is answered. */
function served(
  request: ScenarioRequest,
  { before = [], requests }: { before?: readonly ScenarioRequest[]; requests: readonly ScenarioRequest[] },
): void {
  for (const protocol of ["2", "3"]) {
    const name = `${request}; ${requests.join("; ")}`.slice(0, 100);
    test(`${name} (RESP${protocol})`, async (s) => {
      if (before.length > 0) await s.send("c", ...before);
      await s.ask("a", `HELLO ${protocol}`);
      await s.block("a", request);
      await s.send("c", ...requests);
      await s.unblocked("a");
      await s.send("c", ...LOOK);
    });
  }
}

served("BLPOP k 0", { requests: ["RPUSH k 1 2 3"] });
served("BRPOP k 0", { requests: ["RPUSH k 1 2 3"] });
served("BLPOP k 0", { requests: ["LPUSH k 1 2 3"] });
served("BLPOP k l m 0", { requests: ["RPUSH m 1 2", "RPUSH l 1"] });
served("BLPOP k k 0", { requests: ["RPUSH k 1 2"] });
served("BLPOP k 0", { requests: ["LPUSHX k 1", "RPUSH k 2", "LPUSHX k 3"] });
served("BRPOP k 1000000.5", { requests: ["RPUSH l 1", "RENAME l k"] });
served("BLPOP k 0", { requests: ["RPUSH l 1 2", "COPY l k"] });
served("BLPOP k 0", { requests: ["RPUSH l 1 2", "RENAMENX l k", "RPUSH l 3"] });
served("BLPOP k 0", { requests: ["SELECT 1", "RPUSH k 1", "MOVE k 0", "SELECT 0"] });
served("BLPOP k 0", { requests: ["SELECT 1", "RPUSH k 1 2", "SELECT 0", "SWAPDB 0 1"] });
served("BLPOP k 0", { requests: ["RPUSH l 1 2", "LMOVE l k LEFT RIGHT", "RPOPLPUSH l k"] });
served("BLPOP k 0", { requests: ["SET k x", "DEL k", "RPUSH k 1"] });
served("BLPOP k 0", { requests: ["SADD k x", "RPUSH k 1", "DEL k", "RPUSH k 2"] });
served("BLPOP k 0", { requests: ["SET k x", "RPUSH l 1", "RENAME l k"] });
served("BLPOP k l 0", { before: ["SET x 1"], requests: ["SET k x", "RPUSH l 1"] });
served("BLPOP k 0", { requests: ["FLUSHALL", "RPUSH k 1"] });
served("BLPOP k 0", { requests: [["RPUSH", "k", "x".repeat(10_000), "y"]] });
served("BLPOP k 0", { requests: ["MULTI", "RPUSH k 1", "RPUSH k 2", "LPUSH k 0", "EXEC"] });
served("BLPOP k 0", { requests: ["MULTI", "RPUSH k 1", "DEL k", "EXEC", "RPUSH k 2"] });
served("BLPOP k 0", { requests: ["MULTI", "RPUSH k 1", "DEL k", "RPUSH k 2 3", "EXEC"] });
served("BLPOP k l 0", { requests: ["MULTI", "RPUSH l 1", "RPUSH k 2", "EXEC"] });
served("BLMPOP 0 1 k LEFT", { requests: ["RPUSH k 1 2 3"] });
served("BLMPOP 0 2 k l RIGHT COUNT 2", { requests: ["RPUSH l 1 2 3"] });
served("BLMPOP 0 2 k l LEFT COUNT 10", { requests: ["RPUSH l 1 2 3"] });
served("BLMOVE k l LEFT RIGHT 0", { requests: ["RPUSH k 1 2 3"] });
served("BLMOVE k l RIGHT LEFT 0", { before: ["RPUSH l x y"], requests: ["RPUSH k 1 2 3"] });
served("BLMOVE k k LEFT RIGHT 0", { requests: ["RPUSH k 1 2 3"] });
served("BLMOVE k k LEFT LEFT 0", { requests: ["RPUSH k 1"] });
served("BLMOVE k l LEFT RIGHT 0", { before: ["SET l x"], requests: ["RPUSH k 1 2 3"] });
served("BLMOVE k l LEFT RIGHT 0", { requests: ["SET l x", "DEL l", "RPUSH k 1 2 3"] });
served("BRPOPLPUSH k l 0", { requests: ["RPUSH k 1 2 3"] });
served("BRPOPLPUSH k l 0", { before: ["SET l x"], requests: ["RPUSH k 1 2 3"] });
served("BRPOPLPUSH k k 0", { requests: ["RPUSH k 1 2 3"] });

for (const error of [false, true]) {
  for (const request of ["BLPOP k l 0", "BLMOVE k l LEFT LEFT 0", "BRPOPLPUSH k l 0", "BLMPOP 0 1 k LEFT"]) {
    for (const protocol of ["2", "3"]) {
      test(`${request}; CLIENT UNBLOCK ${error ? "ERROR" : "TIMEOUT"} (RESP${protocol})`, async (s) => {
        await s.ask("a", `HELLO ${protocol}`);
        await s.block("a", request);
        await s.send("c", ["CLIENT", "UNBLOCK", "{a}", ...(error ? ["ERROR"] : [])]);
        await s.unblocked("a");
        await s.send("c", "CLIENT UNBLOCK {a}", "RPUSH k 1", "LRANGE k 0 -1");
      });
    }
  }
}

for (const protocol of ["2", "3"]) {
  test(`timeouts, and what is no time (RESP${protocol})`, async (s) => {
    await s.ask("a", `HELLO ${protocol}`);
    for (const timeout of ["0.01", "0x.01"]) {
      await s.send("a", `BLPOP k l ${timeout}`, `BRPOP k ${timeout}`, `BLMOVE k l LEFT LEFT ${timeout}`);
      await s.send("a", `BRPOPLPUSH k l ${timeout}`, `BLMPOP ${timeout} 2 k l LEFT COUNT 2`);
    }
    for (const timeout of ["-1", "-0.01", "abc", "inf", "nan", "1e300", "9223372036854775807"]) {
      await s.send("a", `BLPOP k l ${timeout}`, `BRPOP k ${timeout}`, `BLMOVE k l LEFT LEFT ${timeout}`);
      await s.send("a", `BRPOPLPUSH k l ${timeout}`, `BLMPOP ${timeout} 2 k l LEFT COUNT 2`);
    }
    await s.send(
      "a",
      "SET k x",
      "BLPOP k 0",
      "BLPOP l k 0.01",
      "BLMOVE k l LEFT LEFT 0",
      "BLMPOP 0 2 l k LEFT",
    );
  });
}

test("in a transaction nothing waits", async (s) => {
  for (const protocol of ["2", "3"]) {
    await s.ask("a", `HELLO ${protocol}`);
    const waiting = [
      "BLPOP k 0",
      "BRPOP k l 0",
      "BLMOVE k l LEFT LEFT 0",
      "BRPOPLPUSH k l 0",
      "BLMPOP 0 1 k LEFT",
    ];
    await s.send(
      "a",
      "MULTI",
      ...waiting,
      "EXEC",
      "RPUSH k 1 2 3 4",
      "MULTI",
      ...waiting,
      "EXEC",
      "FLUSHALL",
    );
  }
});

test("who has waited longest is served first, one element each", async (s) => {
  await s.block("a", "BLPOP k 0");
  await s.block("b", "BRPOP k 0");
  await s.block("c", "BLMPOP 0 1 k LEFT COUNT 5");
  await s.send("d", "RPUSH k 1 2 3 4 5");
  for (const name of ["a", "b", "c"]) await s.unblocked(name);
  await s.send("d", ...LOOK);
});

test("who is not served goes on waiting, in the same place", async (s) => {
  await s.block("a", "BLPOP k 0");
  await s.block("b", "BLPOP l k 0");
  await s.block("c", "BLPOP k l 0");
  await s.send("d", "RPUSH k 1");
  await s.unblocked("a");
  await s.send("d", "RPUSH l 2");
  await s.unblocked("b");
  await s.send("d", "RPUSH l 3", "EXISTS k l");
  await s.unblocked("c");
});

test("keys are served in the order in which they became ready", async (s) => {
  await s.block("a", "BLPOP k l 0");
  await s.block("b", "BLPOP l k 0");
  await s.block("c", "BLPOP m 0");
  await s.send("d", "MULTI", "RPUSH l 1", "RPUSH m 2", "RPUSH k 3", "EXEC");
  for (const name of ["a", "b", "c"]) await s.unblocked(name);
  await s.send("d", ...LOOK);
});

test("an element goes from list to list through clients that wait", async (s) => {
  await s.block("a", "BLMOVE k l LEFT RIGHT 0");
  await s.block("b", "BRPOPLPUSH l m 0");
  await s.block("c", "BLPOP m 0");
  await s.send("d", "RPUSH k 1 2");
  for (const name of ["a", "b", "c"]) await s.unblocked(name);
  await s.send("d", ...LOOK);
});

test("in a circle, too", async (s) => {
  await s.block("a", "BLMOVE k l LEFT RIGHT 0");
  await s.block("b", "BLMOVE l k LEFT RIGHT 0");
  await s.block("c", "BLPOP k 0");
  await s.send("d", "RPUSH k 1");
  for (const name of ["a", "b", "c"]) await s.unblocked(name);
  await s.send("d", ...LOOK);
});

test("one whose target is no list gets an error, and the next its element", async (s) => {
  await s.send("d", "SET x 1");
  await s.block("a", "BLMOVE k x LEFT RIGHT 0");
  await s.block("b", "BLPOP k 0");
  await s.send("d", "RPUSH k 1");
  for (const name of ["a", "b"]) await s.unblocked(name);
  await s.send("d", ...LOOK);
});

test("who waits for another type is passed over", async (s) => {
  await s.block("a", "BZPOPMIN k 0");
  await s.block("b", "BLPOP k 0");
  await s.send("d", "RPUSH k 1");
  await s.unblocked("b");
  await s.send("d", "ZADD k 1 m");
  await s.unblocked("a");
});

test("requests behind one that waits are answered after it, and may wait again", async (s) => {
  await s.block("a", "SET x 1", "BLPOP k 0");
  await s.sendBehind("a", "INCR x", "BLPOP l 0", "INCR x", "GET x");
  await s.send("b", "GET x", "RPUSH k 1", "GET x");
  await s.send("b", "RPUSH l 2");
  await s.unblocked("a");
  await s.send("b", "GET x", "EXISTS k l");
});

test("a request behind serves another client, and itself", async (s) => {
  await s.block("a", "BLPOP k 0");
  await s.sendBehind("a", "RPUSH l 1 2", "BLPOP l 0", "RPUSH k 9");
  await s.block("b", "BLPOP l 0");
  await s.block("c", "BLPOP k 0");
  await s.send("d", "RPUSH k 1");
  for (const name of ["a", "b", "c"]) await s.unblocked(name);
  await s.send("d", ...LOOK);
});

test("a client that has gone is not served", async (s) => {
  await s.block("a", "BLPOP k 0");
  await s.block("b", "BLPOP k 0");
  await s.close("a");
  await s.send("d", "RPUSH k 1 2");
  await s.unblocked("b");
  await s.send("d", ...LOOK);
});

test("a client that was killed is not served", async (s) => {
  await s.block("a", "BLPOP k 0");
  s.leave("a");
  await s.send("d", "CLIENT KILL ID {a}", "RPUSH k 1", "LRANGE k 0 -1");
});

test("a list that comes and goes in one transaction serves nobody", async (s) => {
  await s.block("a", "BLPOP k 0");
  await s.send("d", "MULTI", "RPUSH k 1", "LPOP k", "EXEC");
  await s.send("d", "RPUSH k 2");
  await s.unblocked("a");
});

test("clients in several databases wait for several keys of one name", async (s) => {
  await s.send("a", "SELECT 1");
  await s.block("a", "BLPOP k 0");
  await s.block("b", "BLPOP k 0");
  await s.send("d", "RPUSH k zero", "EXISTS k", "SELECT 1", "RPUSH k one two", "LRANGE k 0 -1", "SELECT 0");
  for (const name of ["a", "b"]) await s.unblocked(name);
});
