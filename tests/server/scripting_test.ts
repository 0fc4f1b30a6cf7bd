/**
 * Scripts among several clients: those that run for long, that are killed, that wake and watch others. Replies are
 * redis-server's wherever it is there to be asked.
 */

import assert from "node:assert/strict";
import { oracleState } from "../support/oracle.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { assertSame, type Scenario } from "../support/scenario.ts";
import { type RunningServer, startDenodis, startOracle } from "../support/servers.ts";

const { available } = await oracleState();
const OPTIONS = ["--busy-reply-threshold", "100"];
let denodis: RunningServer | undefined;
let oracle: RunningServer | undefined;

Deno.test.beforeAll(async () => {
  denodis = await startDenodis(OPTIONS);
  if (available) oracle = await startOracle(OPTIONS);
});

Deno.test.afterAll(async () => {
  await Promise.all([denodis?.stop(), oracle?.stop()]);
});

/** A test that plays a scenario with clients a, b and c. */
function test(name: string, play: (scenario: Scenario) => Promise<void>): void {
  Deno.test(name, { ignore: !available }, () => assertSame([denodis!, oracle!], ["a", "b", "c"], play));
}

/** Runs `use` on both servers, or on ours where there is no other. */
async function onBoth(use: (server: RunningServer) => Promise<void>): Promise<void> {
  for (const server of [oracle, denodis]) if (server !== undefined) await use(server);
}

/** Runs `use` with connections that are closed at its end. */
async function withConnections(
  server: RunningServer,
  use: (slow: RawConnection, other: RawConnection) => Promise<void>,
): Promise<void> {
  const slow = await RawConnection.connect({ port: server.port });
  const other = await RawConnection.connect({ port: server.port });
  try {
    await use(slow, other);
  } finally {
    slow.close();
    other.close();
  }
}

/** Sends a request until its reply begins with a code. */
async function until(connection: RawConnection, code: string, ...request: string[]): Promise<string> {
  for (let i = 0; i < 500; i++) {
    const reply = await connection.command(...request);
    if (reply.startsWith(code)) return reply;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`${request.join(" ")} never replied ${code}`);
}

const BUSY = "-BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.\r\n";

/** Scripts that never end, each in something that one might think cannot be interrupted. */
const ENDLESS: Readonly<Record<string, string>> = {
  "a loop": "while true do end",
  "a loop around pcall": "while true do pcall(function() while true do end end) end",
  "nested calls of pcall": "pcall(pcall,pcall,function() while true do end end) while true do end",
  "a handler of errors":
    "xpcall(function() error('x') end, function() while true do end end) while true do end",
  "the order of a sort": "table.sort({3,2,1}, function(a,b) while true do end end)",
  "the replacement of gsub": "('x'):gsub('x', function() while true do end end)",
  "a metamethod": "local t = setmetatable({}, {__index = function() while true do end end}) return t.x",
  "an iterator": "for _ in function() while true do end end do end",
  "a coroutine": "coroutine.wrap(function() while true do end end)()",
  "coroutines without end": "while true do pcall(coroutine.wrap(function() while true do end end)) end",
  "reading commands": "while true do redis.pcall('get','k') end",
};

/** What redis-server 7.0 itself never gets out of. */
const WORSE_THERE = ["a handler of errors"];

for (const [what, script] of Object.entries(ENDLESS)) {
  Deno.test(`a script that never ends in ${what} can be killed, and others are told that the server is busy`, () =>
    onBoth((server) =>
      server === oracle && WORSE_THERE.includes(what)
        ? Promise.resolve()
        : withConnections(server, async (slow, other) => {
          const end = slow.command("EVAL", script, "0");
          assert.equal(await until(other, "-BUSY", "PING"), BUSY);
          assert.equal(await other.command("GET", "k"), BUSY);
          assert.equal(await other.command("EVAL", "return 1", "0"), BUSY);
          assert.equal(await other.command("SHUTDOWN"), BUSY);
          assert.equal(await other.command("SCRIPT", "KILL"), "+OK\r\n");
          assert.match(
            await end,
            /^-ERR Script killed by user with SCRIPT KILL\.\.\. script: [0-9a-f]{40}, on @user_script:1\.\r\n$/,
          );
          assert.equal(await other.command("PING"), "+PONG\r\n");
          assert.equal(
            await other.command("SCRIPT", "KILL"),
            "-NOTBUSY No scripts in execution right now.\r\n",
          );
          assert.equal(await slow.command("EVAL", "return 'fine'", "0"), "$4\r\nfine\r\n");
        })
    ));
}

const WRITES_FOR_LONG =
  "redis.call('set','k','v') for i=1,3e7 do redis.call('get','k') if i > tonumber(ARGV[1]) then break end end return 'done'";

Deno.test("a script that has written cannot be killed, and ends", () =>
  onBoth((server) =>
    withConnections(server, async (slow, other) => {
      const end = slow.command("EVAL", WRITES_FOR_LONG, "0", "1000000");
      await until(other, "-BUSY", "PING");
      assert.match(
        await other.command("SCRIPT", "KILL"),
        /^-UNKILLABLE Sorry the script already executed write commands/,
      );
      assert.equal(await other.command("GET", "k"), BUSY);
      assert.equal(await end, "$4\r\ndone\r\n");
      assert.equal(await other.command("GET", "k"), "$1\r\nv\r\n");
    })
  ));

Deno.test("slow scripts in a transaction: EXEC replies all, and what comes after it is run", () =>
  onBoth((server) =>
    withConnections(server, async (slow, other) => {
      for (
        const request of [
          ["MULTI"],
          ["EVAL", "redis.call('set','t','1') for i=1,2e7 do end return 'first'", "0"],
          ["INCR", "t"],
          ["EVAL", "for i=1,2e7 do end return redis.call('incr','t')", "0"],
          ["EVAL", "for i=1,2e7 do end error('last')", "0"],
          ["GET", "t"],
        ]
      ) {
        await slow.command(...request);
      }
      const end = slow.command("EXEC");
      const reply = await end;
      assert.match(
        reply,
        /^\*5\r\n\$5\r\nfirst\r\n:2\r\n:3\r\n-ERR user_script:1: last script: [0-9a-f]{40}, on @user_script:1\.\r\n\$1\r\n3\r\n$/,
      );
      assert.equal(await slow.command("PING"), "+PONG\r\n");
      assert.equal(await other.command("GET", "t"), "$1\r\n3\r\n");
    })
  ));

Deno.test("a client that is busy with a slow script may queue, others may not", () =>
  onBoth((server) =>
    withConnections(server, async (slow, other) => {
      const end = slow.command("EVAL", "while true do end", "0");
      await until(other, "-BUSY", "PING");
      assert.equal(await other.command("MULTI"), "+OK\r\n");
      assert.equal(await other.command("SET", "k", "v"), BUSY);
      assert.equal(await other.command("DISCARD"), "+OK\r\n");
      assert.equal(await other.command("SCRIPT", "KILL"), "+OK\r\n");
      await end;
    })
  ));

Deno.test("the memory of a script that takes too much is bounded and given back", async () => {
  await withConnections(denodis!, async (slow, other) => {
    const reply = await slow.command(
      "EVAL",
      "local t, s = {}, string.rep('x', 1000000) for i=1,1000 do t[i] = s .. i end return #t",
      "0",
    );
    assert.match(reply, /^-ERR Error running script [0-9a-f]{40}, not enough memory\r\n$/);
    assert.equal(await other.command("EVAL", "return 'fine'", "0"), "$4\r\nfine\r\n");
    const memory = await other.command("INFO", "memory");
    assert.ok(Number(/used_memory_vm_eval:(\d+)/.exec(memory)?.[1]) < 64 * 1024 * 1024, memory);
  });
});

Deno.test("SHUTDOWN NOSAVE ends a server whose script never does", async () => {
  const server = await startDenodis(OPTIONS);
  await withConnections(server, async (slow, other) => {
    slow.command("EVAL", "redis.call('set','k','v') while true do end", "0").catch(() => {});
    await until(other, "-BUSY", "PING");
    other.command("SHUTDOWN", "NOSAVE").catch(() => {});
    for (let i = 0; i < 300 && server.ended() === undefined; i++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });
  assert.equal(server.ended(), "exit code 0");
  await server.stop();
});

test("a script's writes spoil what others watch", async (s) => {
  await s.send("a", "WATCH k");
  await s.send("b", ["EVAL", "redis.call('set','k','v') return redis.call('get','k')", "0"]);
  await s.send("a", "MULTI", "PING", "EXEC", "GET k");
  await s.send("a", "WATCH k", ["EVAL", "return redis.call('get','k')", "0"], "MULTI", "PING", "EXEC");
});

test("the database that a script selects is its own", async (s) => {
  await s.send(
    "a",
    "SELECT 3",
    ["EVAL", "redis.call('select',5) redis.call('set','k','five')", "0"],
    "GET k",
  );
  await s.send("b", "SELECT 5", "GET k");
  await s.send(
    "a",
    "MULTI",
    ["EVAL", "redis.call('select',5) return redis.call('get','k')", "0"],
    "GET k",
    "EXEC",
  );
});

test("what scripts do is counted as commands, and errors once", async (s) => {
  await s.send("a", "CONFIG RESETSTAT");
  await s.send("a", ["EVAL", "redis.call('set','k','x') return redis.call('get','k')", "0"]);
  await s.send("a", ["EVAL", "return redis.call('incr','k')", "0"], [
    "EVAL",
    "return redis.pcall('incr','k')",
    "0",
  ]);
  await s.send("a", ["EVAL", "redis.pcall('incr','k') return 1", "0"], ["EVAL", "error('x')", "0"]);
  await s.send("a", "INFO errorstats");
});

/** What the scripts before it may have spoilt. */
const SEE_ARGUMENTS = "local all = 0 for _ in pairs(KEYS) do all = all + 1 end " +
  "return {KEYS, ARGV, #KEYS, #ARGV, all, tostring(getmetatable(KEYS)), tostring(getmetatable(ARGV)), KEYS == ARGV}";

/** What scripts can do to their arguments. */
const SPOIL_ARGUMENTS = [
  "KEYS[1] = nil",
  "KEYS[2] = nil",
  "KEYS[1], KEYS[2] = 1, {}",
  "for i = 1, 20 do KEYS[i] = 'more' end",
  "table.insert(KEYS, 'x') table.insert(ARGV, 'y')",
  "table.remove(KEYS) table.remove(ARGV, 1)",
  "KEYS.name = 'x' ARGV.name = 'y'",
  "KEYS.name = 'x' KEYS.name = nil",
  "rawset(ARGV, 0, 'x') rawset(KEYS, -1, 'y')",
  "setmetatable(KEYS, {__index = function() return 'x' end}) setmetatable(ARGV, {__len = 1})",
  "KEYS[1] = ARGV ARGV[1] = KEYS",
  "local f = coroutine.wrap(function() KEYS[1] = 'x' coroutine.yield() end) f()",
  "KEYS[1] = 'x' error('away')",
  "KEYS[1] = string.rep('x', 100000) return KEYS",
  "collectgarbage() KEYS[1] = {} collectgarbage()",
];

test("what a script does to KEYS and ARGV ends with it", async (s) => {
  for (const spoil of SPOIL_ARGUMENTS) {
    for (const args of [["0"], ["1", "k"], ["2", "k", "l"], ["2", "k", "l", "v"], ["1", "k", "v", "w"]]) {
      await s.send("a", ["EVAL", spoil, ...args], ["EVAL", SEE_ARGUMENTS, ...args], [
        "EVAL",
        SEE_ARGUMENTS,
        "2",
        "m",
        "n",
        "o",
      ]);
    }
  }
});

test("KEYS and ARGV hold through many scripts and collections", async (s) => {
  for (let round = 0; round < 20; round++) {
    const requests = Array.from({ length: 60 }, (_, i) => [
      ...["EVAL", "local t = {} for i = 1, 50 do t[i] = {KEYS[1] .. i} end return {KEYS, ARGV, #t}"],
      ...["1", `key${round}:${i}`, "x".repeat(i * 50), String(i)],
    ]);
    await s.send("a", ...requests);
  }
});
