/**
 * Transactions: what every one of several connections receives, byte by byte, is what redis-server sends them.
 */

import { SeededRandom } from "../../src/base/random.ts";
import { oracleState } from "../support/oracle.ts";
import { assertSame, type Scenario, type ScenarioRequest } from "../support/scenario.ts";
import { type RunningServer, startDenodis, startOracle } from "../support/servers.ts";

const { available } = await oracleState();
let denodis: RunningServer | undefined;
let oracle: RunningServer | undefined;

Deno.test.beforeAll(async () => {
  if (!available) return;
  const options = ["--enable-debug-command", "yes"];
  [denodis, oracle] = await Promise.all([startDenodis, startOracle].map((start) => start(options)));
});

Deno.test.afterAll(async () => {
  await Promise.all([denodis?.stop(), oracle?.stop()]);
});

/** A test that plays a scenario with clients a, b and c. */
function test(name: string, play: (scenario: Scenario) => Promise<void>): void {
  Deno.test(name, { ignore: !available }, () => assertSame([denodis!, oracle!], ["a", "b", "c"], play));
}

/** Lets the time of keys come whose time to live is shorter. */
function pass(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

const FLAGS = /flags=\w+|multi=-?\d+|cmd=\S+/g;

test("requests are queued and run together, errors of single ones included", async (s) => {
  await s.send("a", "MULTI", "SET k 1", "INCR k", "INCR k x", "EXEC");
  await s.send("a", "MULTI", "SET k a", "INCR k", "LCS k k junk", "GET k", "EXEC", "GET k");
  await s.send("a", "MULTI", "EXEC", "EXEC", "DISCARD", "MULTI", "DISCARD", "EXEC");
  await s.send("a", "multi", "MULTI", "WATCH k", "SET k b", "exec");
  await s.send("a", "MULTI", "UNWATCH", "ECHO x", ["ECHO", ""], ["ECHO", "\0\r\n\xff"], "EXEC");
});

const refused: ScenarioRequest[] = [
  "NOCOMMAND",
  "NOCOMMAND with arguments",
  "GET",
  "GET a b",
  "CLIENT",
  "CLIENT NOSUBCOMMAND",
  "CLIENT GETNAME x",
  "PSUBSCRIBE",
  "MULTI x",
  "WATCH",
  "UNWATCH x",
  "DISCARD x",
  "EXEC x",
  ["", "x"],
];
for (const request of refused) {
  test(`a transaction in which '${request}' was refused does not run`, async (s) => {
    await s.send("a", "MULTI", "SET k 1", request, "SET k 2", "EXEC", "EXISTS k", "EXEC");
    await s.send("a", request, "MULTI", "SET k 3", "EXEC");
  });
}

test("what is no error of queueing does not spoil a transaction", async (s) => {
  await s.send(
    "a",
    "MULTI",
    "MULTI",
    "WATCH x",
    "SELECT 99",
    "CLIENT KILL ID x",
    "OBJECT HELP x",
    "SET k 1",
    "EXEC",
  );
});

test("without authentication nothing is queued", async (s) => {
  await s.ask("b", "CONFIG SET requirepass secret");
  try {
    await s.send(
      "a",
      ...["MULTI", "SET k 1", "RESET", "MULTI", "EXEC", "WATCH k", "SET k 1", "DISCARD", "QUITE", "UNWATCH"],
      "AUTH default secret",
    );
    await s.send("a", "MULTI", "AUTH wrong", "AUTH secret", "EXEC");
    await s.send("a", "MULTI", "SET k 1", "RESET", "EXEC", "AUTH secret", "EXEC", "EXISTS k");
  } finally {
    await s.ask("b", ["CONFIG", "SET", "requirepass", ""]);
  }
});

/** What b does to a key k that a watches, there or not; SET l is what makes the other key exist. */
const changes: ScenarioRequest[] = [
  "SET k same",
  "SET k other",
  "SETNX k x",
  "SET k x NX",
  "SET k x XX",
  "DEL k",
  "DEL k l",
  "UNLINK k",
  "GETDEL k",
  "GETEX k",
  "GETEX k EX 100",
  "GETEX k PERSIST",
  "GET k",
  "TOUCH k",
  "EXISTS k",
  "EXPIRE k 100",
  "EXPIRE k -1",
  "PERSIST k",
  "APPEND k x",
  ["APPEND", "k", ""],
  "SETRANGE k 0 same",
  ["SETRANGE", "k", "9", ""],
  "SETBIT k 0 0",
  "GETBIT k 0",
  "STRLEN k",
  "INCR k",
  "RENAME k m",
  "RENAME l k",
  "RENAME k k",
  "RENAMENX l k",
  "COPY k m",
  "COPY l k",
  "COPY l k REPLACE",
  "MOVE k 1",
  "MOVE l 1",
  "MSET l 1 k 2",
  "MSETNX l 1 k 2",
  "PFADD k x",
  "BITOP NOT k l",
  "BITOP NOT k none",
  "FLUSHDB",
  "FLUSHALL",
  "FLUSHALL ASYNC",
  "SWAPDB 0 0",
  "SWAPDB 0 1",
  "SWAPDB 1 0",
  "SWAPDB 1 2",
  "DEBUG SLEEP 0",
];

for (const state of ["present", "missing", "expiring"]) {
  test(`WATCH of a key that is ${state}: which requests of another client count as changes`, async (s) => {
    for (const request of changes) {
      await s.ask("b", "FLUSHALL");
      await s.ask("b", "SET l other");
      if (state !== "missing") await s.ask("b", "SET k same");
      if (state === "expiring") await s.ask("b", "EXPIRE k 1000");
      await s.send("a", "WATCH k");
      await s.send("b", request);
      await s.send("a", "MULTI", "SET done 1", "EXEC");
    }
  });
}

test("databases that are swapped: a watched key that either has", async (s) => {
  for (const [here, there] of [[false, false], [false, true], [true, false], [true, true]]) {
    for (const request of ["SWAPDB 0 1", "SWAPDB 1 0", "SWAPDB 2 1", "FLUSHDB", "FLUSHALL"]) {
      await s.ask("b", "FLUSHALL");
      if (here) await s.ask("b", "SET k 1");
      await s.ask("b", "SELECT 1");
      if (there) await s.ask("b", "SET k 2");
      await s.send("a", "WATCH k");
      await s.send("b", request);
      await s.send("a", "MULTI", "PING", "EXEC");
      await s.ask("b", "SELECT 0");
    }
  }
});

test("a client's own changes count, those in its transaction do not", async (s) => {
  await s.send("a", "WATCH k", "SET k 1", "MULTI", "PING", "EXEC");
  await s.send("a", "WATCH k", "MULTI", "SET k 1", "EXEC", "MULTI", "PING", "EXEC");
  await s.send("a", "SELECT 1", "WATCH k", "SELECT 0", "SET k 1", "MULTI", "PING", "EXEC");
  await s.send("a", "SELECT 1", "WATCH k", "SET k 1", "SELECT 0", "MULTI", "PING", "EXEC");
});

test("what ends watching: EXEC, DISCARD, UNWATCH, RESET, and EXEC that is refused", async (s) => {
  for (
    const end of ["UNWATCH", "RESET", "MULTI; DISCARD", "MULTI; EXEC", "MULTI; GET; EXEC", "MULTI; EXEC x"]
  ) {
    for (const before of [true, false]) {
      await s.send("a", "WATCH k l");
      if (before) await s.send("b", "SET k 1");
      await s.send("a", ...end.split("; "));
      if (!before) await s.send("b", "SET l 1");
      await s.send("a", "MULTI", "PING", "EXEC");
    }
  }
  await s.send("a", "WATCH k");
  await s.send("b", "SET k 1");
  await s.send("a", "MULTI", "UNWATCH", "EXEC");
  // Once a key has changed, further ones are not watched.
  await s.send("a", "WATCH k");
  await s.send("b", "SET k 1");
  await s.send("a", "WATCH l", "UNWATCH");
  await s.send("b", "SET l 1");
  await s.send("a", "MULTI", "PING", "EXEC", "MULTI", "DISCARD", "UNWATCH", "UNWATCH");
});

test("several clients watch several keys", async (s) => {
  await s.send("a", "WATCH k l k l", "WATCH k");
  await s.send("b", "WATCH l m");
  await s.send("c", "WATCH k", "SET m 1");
  for (const name of ["a", "b", "c"]) await s.send(name, "MULTI", `APPEND k ${name}`, "GET k", "EXEC");
  for (const name of ["a", "b", "c"]) await s.send(name, "MULTI", `APPEND k ${name}`, "GET k", "EXEC");
});

test("a key whose time comes while it is watched has changed", async (s) => {
  await s.ask("b", "DEBUG SET-ACTIVE-EXPIRE 0");
  for (const between of ["PING", "GET k", "SET k 2", "FLUSHALL", "SWAPDB 0 1", "EXISTS l"]) {
    await s.send("a", "SET k 1 PX 20", "WATCH k");
    await pass(30);
    await s.send("b", between);
    await s.send("a", "MULTI", "PING", "EXEC", "DEL k");
    await s.ask("b", "FLUSHALL");
  }
  await s.ask("b", "DEBUG SET-ACTIVE-EXPIRE 1");
});

test("a key whose time had come before it was watched changes only when it comes back", async (s) => {
  await s.ask("b", "DEBUG SET-ACTIVE-EXPIRE 0");
  const betweens: ScenarioRequest[][] = [
    ["PING"],
    ["GET k"],
    ["DEL k"],
    ["SET k 2"],
    ["GET k", "SET k 2"],
    ["GET k", "SET k 2", "DEL k"],
    ["FLUSHDB"],
    ["FLUSHDB", "SET k 2"],
    ["SWAPDB 0 1"],
    ["SWAPDB 0 1", "SWAPDB 1 0"],
    ["SWAPDB 0 1", "SET k 2"],
    ["SWAPDB 0 1", "SELECT 1", "GET k"],
    ["SWAPDB 0 2"],
    ["SWAPDB 0 2", "GET k"],
    ["SWAPDB 0 3"],
    ["SWAPDB 0 3", "GET k"],
    ["RENAME l k"],
    ["COPY l k"],
    ["EXPIRE k 100"],
  ];
  for (const between of betweens) {
    await s.ask("b", "FLUSHALL");
    await s.ask("b", "SELECT 2");
    await s.ask("b", "SET k 3");
    await s.ask("b", "SELECT 3");
    await s.ask("b", "SET k 4 PX 1");
    await s.ask("b", "SELECT 0");
    await s.ask("b", "SET l 1");
    await s.ask("b", "SET k 1 PX 1");
    await pass(5);
    await s.send("a", "WATCH k");
    await s.send("b", ...between);
    await s.send("a", "MULTI", "PING", "EXEC");
    await s.ask("b", "SELECT 0");
  }
  // A key that is missing, and one whose time has come in its place.
  await s.ask("b", "FLUSHALL");
  await s.ask("b", "SELECT 3");
  await s.ask("b", "SET k 4 PX 1");
  await pass(5);
  await s.send("a", "WATCH k");
  await s.send("b", "SWAPDB 0 3");
  await s.send("a", "MULTI", "PING", "EXEC");
  await s.ask("b", "DEBUG SET-ACTIVE-EXPIRE 1");
});

test("a key that expires actively while it is watched has changed", async (s) => {
  await s.send("a", "SET k 1 PX 20", "WATCH k");
  while (await s.ask("b", "DBSIZE") !== ":0\r\n");
  await s.send("a", "MULTI", "PING", "EXEC");
});

test("RESET and QUIT act at once", async (s) => {
  await s.send("a", "MULTI", "SET k 1", "RESET", "GET k", "EXEC");
  await s.sendToEnd("a", "MULTI", "SET k 1", "QUIT", "EXEC");
  await s.send("b", "GET k");
});

test("a client that goes takes its transaction with it", async (s) => {
  await s.queue("a", "WATCH k", "MULTI", "SET k 1");
  await s.close("a");
  await s.send("b", "SET k 2", "GET k");
});

test("CLIENT LIST and INFO show transactions", async (s) => {
  await s.queue("a", "WATCH k", "MULTI");
  await s.extract("b", "CLIENT LIST ID {a}", FLAGS);
  await s.queue("a", "SET k 1", "GET k");
  await s.extract("b", "CLIENT LIST ID {a}", FLAGS);
  await s.ask("b", "SET k 2");
  await s.extract("b", "CLIENT LIST ID {a}", FLAGS);
  // Nothing more is queued, as it will not run.
  await s.queue("a", "GET k");
  await s.extract("b", "CLIENT LIST ID {a}", FLAGS);
  await s.send("a", "EXEC");
  await s.extract("b", "CLIENT LIST ID {a}", FLAGS);
  await s.queue("a", "MULTI", "GET k", "GET");
  await s.extract("b", "CLIENT LIST ID {a}", FLAGS);
  await s.send("a", "EXEC");
  await s.queue("a", "MULTI", "PING", "CLIENT LIST ID {a}");
  await s.extract("a", "EXEC", FLAGS);
  await s.send("a", "WATCH k");
  await s.extract("b", "CLIENT LIST ID {a}", FLAGS);
  await s.send("a", "PING");
});

test("INFO counts what runs, when it runs", async (s) => {
  const count = async () => {
    for (const command of ["multi", "exec", "set", "get", "incr"]) {
      const line = `(?<=cmdstat_${command}:.*)`;
      await s.extract("b", "INFO commandstats", new RegExp(`${line}(rejected_|failed_|\\b)calls=\\d+`, "g"));
    }
    for (const code of ["ERR", "EXECABORT"]) {
      await s.extract("b", "INFO errorstats", new RegExp(`errorstat_${code}:count=\\d+`));
    }
  };
  await s.ask("b", "CONFIG RESETSTAT");
  await s.send("a", "MULTI", "SET k a", "INCR k", "GET", "GET k", "EXEC", "EXEC", "EXEC x");
  await count();
  await s.ask("b", "CONFIG RESETSTAT");
  await s.queue("a", "MULTI", "SET k a", "INCR k", "GET k");
  await count();
  await s.send("a", "EXEC");
  await count();
});

test("SELECT, HELLO and CLIENT commands inside a transaction", async (s) => {
  await s.send("a", "MULTI", "SELECT 1", "SET k 1", "SELECT 0", "GET k", "SELECT 1", "EXEC", "GET k");
  await s.send(
    "a",
    "MULTI",
    "HELLO 3",
    "GET none",
    "CONFIG GET hz",
    "CLIENT SETNAME x",
    "EXEC",
    "CLIENT GETNAME",
  );
  await s.send("a", "WATCH k");
  await s.send("b", "SELECT 1", "SET k 2");
  await s.send("a", "MULTI", "PING", "EXEC");
  await s.send("a", "MULTI", "HELLO 2", "GET none", "EXEC");
  await s.sendToEnd("a", "MULTI", "CLIENT KILL ID {a} SKIPME no", "SET k 3", "GET k", "EXEC");
  await s.send("b", "GET k");
});

for (const protocol of [2, 3]) {
  test(`CLIENT REPLY inside and around a transaction (RESP${protocol})`, async (s) => {
    await s.ask("a", `HELLO ${protocol}`);
    // The reply after EXEC's is skipped, and the one after that taken for what EXEC's reply lacks.
    await s.sendForReplies(
      "a",
      5,
      "MULTI",
      "SET k 1",
      "CLIENT REPLY SKIP",
      "GET k",
      "EXEC",
      "ECHO x",
      "ECHO y",
    );
    await s.sendForReplies("a", 3, "CLIENT REPLY SKIP", "MULTI", "GET k", "ECHO x", "DISCARD");
    await s.sendForReplies("a", 5, "MULTI", "GET k", "CLIENT REPLY SKIP", "DISCARD", "ECHO x");
  });
}

test("keys that a transaction reads are tracked, and told of after its reply", async (s) => {
  await s.ask("a", "HELLO 3");
  await s.send("a", "CLIENT TRACKING ON", "MULTI", "GET k", "MGET l m", "SET k 1", "GET n", "EXEC");
  await s.send("b", "MULTI", "SET k 2", "SET l 2", "SET l 3", "EXEC", "SET n 1");
  await s.send("a", "CLIENT TRACKING OFF", "CLIENT TRACKING ON OPTIN");
  await s.send("a", "CLIENT CACHING YES", "MULTI", "GET k", "GET l", "EXEC", "GET m");
  await s.send("b", "MSET k 1 l 1 m 1");
  await s.send("a", "MULTI", "GET k", "CLIENT CACHING YES", "GET l", "GET m", "EXEC", "GET n");
  await s.send("b", "MSET k 1 l 1 m 1 n 1");
  await s.send("a", "CLIENT TRACKING OFF", "CLIENT TRACKING ON BCAST NOLOOP");
  await s.send("a", "MULTI", "SET k 1", "SET l 1", "EXEC");
  await s.send("b", "MULTI", "SET k 1", "SET l 1", "EXEC");
});

test("long transactions, and requests of all sizes", async (s) => {
  const requests = Array.from({ length: 3000 }, (_, i): ScenarioRequest => {
    const length = i % 500 === 0 ? 200_000 : i % 7 === 0 ? (i * 37) % 3000 : i % 40;
    return i % 3 === 0 ? ["GET", `k${i % 11}`] : ["APPEND", `k${i % 11}`, String(i % 10).repeat(length)];
  });
  await s.send("a", "MULTI", ...requests, "EXEC");
  await s.send("a", "MULTI", ["MSET", ...Array.from({ length: 5000 }, (_, i) => `m${i}`)], "DBSIZE", "EXEC");
});

Deno.test("random requests of several clients get the same replies", { ignore: !available }, async () => {
  const seed = Number(Deno.env.get("DENODIS_PROPERTY_SEED") ?? Math.floor(Math.random() * 2 ** 31));
  const random = new SeededRandom(seed);
  const steps = Array.from({ length: 3000 }, () => randomStep(random));
  await assertSame([denodis!, oracle!], ["a", "b", "c"], async (s) => {
    s.log.push(`DENODIS_PROPERTY_SEED=${seed}`);
    for (const [name, request] of steps) {
      s.log.push(`${name} < ${request}`, `${name} > ${await s.ask(name, request)}`);
    }
  });
});

/** A client and a request, often one that has to do with transactions. */
function randomStep(random: SeededRandom): [name: string, request: string] {
  const pick = (from: readonly string[]) => from[random.uint32() % from.length];
  const key = () => pick(["k", "l", "m"]);
  const requests = [
    () => "MULTI",
    () => "EXEC",
    () => "EXEC",
    () => pick(["DISCARD", "UNWATCH", "WATCH", "GET", "RESET", "FLUSHDB", "FLUSHALL", "SWAPDB 0 1", "MULTI"]),
    () => `WATCH ${key()}`,
    () => `WATCH ${key()} ${key()}`,
    () => `SELECT ${random.uint32() % 2}`,
    () => `SET ${key()} ${random.uint32() % 10}`,
    () => `SET ${key()} ${random.uint32() % 10} GET`,
    () => `INCR ${key()}`,
    () => `DEL ${key()} ${key()}`,
    () => `EXPIRE ${key()} ${pick(["-1", "1000"])}`,
    () => `RENAME ${key()} ${key()}`,
    () => `GET ${key()}`,
  ];
  return [pick(["a", "b", "c"]), requests[random.uint32() % requests.length]()];
}
