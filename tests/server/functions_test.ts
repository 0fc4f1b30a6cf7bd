/**
 * Functions in a whole server: those that run for long, libraries in files, what they take of memory, and who may call
 * them. Replies are redis-server's wherever it is there to be asked.
 */

import assert from "node:assert/strict";
import { oracleState } from "../support/oracle.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { assertSame, type Scenario } from "../support/scenario.ts";
import { type RunningServer, startDenodis, startOracle } from "../support/servers.ts";

const { available } = await oracleState();
const OPTIONS = ["--busy-reply-threshold", "100", "--enable-debug-command", "yes"];
/** Milliseconds for which an endless function runs; the minute takes DENODIS_ENDLESS_MS=60000. */
const ENDLESS_MS = Number(Deno.env.get("DENODIS_ENDLESS_MS") ?? 1000);
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

/** Runs `use` with connections that are closed at its end, to a server without libraries. */
async function withConnections(
  server: RunningServer,
  use: (slow: RawConnection, other: RawConnection) => Promise<void>,
): Promise<void> {
  const slow = await RawConnection.connect({ port: server.port, timeout: ENDLESS_MS + 20_000 });
  const other = await RawConnection.connect({ port: server.port });
  try {
    await slow.command("FUNCTION", "FLUSH");
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

/** A field of INFO, a number. */
async function figure(connection: RawConnection, field: string): Promise<number> {
  const info = await connection.command("INFO", "memory");
  return Number(new RegExp(`\r\n${field}:(\\d+)\r\n`).exec(info)?.[1]);
}

function library(name: string, body: string): string {
  return `#!lua name=${name}\n${body}`;
}

const BUSY_FUNCTION =
  "-BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.\r\n";
const BUSY_SCRIPT =
  "-BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.\r\n";
const SPIN = library(
  "spinning",
  "redis.register_function('spin', function(keys, args) if args[1] then redis.call('set','k','v') end " +
    "for i = 1, args[1] or math.huge do end return 'done' end)",
);

Deno.test("a function that never ends: what it is can be seen, others are told, and it can be killed", () =>
  onBoth((server) =>
    withConnections(server, async (slow, other) => {
      await slow.command("FUNCTION", "LOAD", SPIN);
      const end = slow.command("FCALL", "SPIN", "1", "a key");
      assert.equal(await until(other, "-BUSY", "PING"), BUSY_FUNCTION);
      assert.equal(await other.command("FUNCTION", "LIST"), BUSY_FUNCTION);
      assert.equal(await other.command("FUNCTION", "FLUSH"), BUSY_FUNCTION);
      assert.equal(await other.command("SCRIPT", "KILL"), BUSY_FUNCTION);
      assert.match(
        await other.command("FUNCTION", "STATS"),
        new RegExp(
          "^" + [
            ...["\\*4", "\\$14", "running_script", "\\*6", "\\$4", "name", "\\$4", "spin", "\\$7", "command"],
            ...["\\*4", "\\$5", "FCALL", "\\$4", "SPIN", "\\$1", "1", "\\$5", "a key"],
            ...["\\$11", "duration_ms", ":\\d{3,}", "\\$7", "engines", "\\*2", "\\$3", "LUA", "\\*4"],
            ...["\\$15", "libraries_count", ":1", "\\$15", "functions_count", ":1", "$"],
          ].join("\r\n"),
        ),
      );
      assert.equal(await other.command("FUNCTION", "KILL"), "+OK\r\n");
      assert.equal(
        await end,
        "-ERR Script killed by user with SCRIPT KILL... script: spin, on @user_function:2.\r\n",
      );
      assert.match(await other.command("FUNCTION", "KILL"), /^-NOTBUSY /);
      assert.equal(await slow.command("FCALL", "spin", "0", "1"), "$4\r\ndone\r\n");
    })
  ));

Deno.test("a function that has written cannot be killed, a script not by FUNCTION KILL", () =>
  onBoth((server) =>
    withConnections(server, async (slow, other) => {
      await slow.command("FUNCTION", "LOAD", SPIN);
      const end = slow.command("FCALL", "spin", "0", "100000000");
      await until(other, "-BUSY", "PING");
      assert.match(
        await other.command("FUNCTION", "KILL"),
        /^-UNKILLABLE Sorry the script already executed write/,
      );
      assert.equal(await end, "$4\r\ndone\r\n");
      const script = slow.command("EVAL", "while true do end", "0");
      await until(other, "-BUSY", "PING");
      assert.equal(await other.command("FUNCTION", "KILL"), BUSY_SCRIPT);
      assert.equal(await other.command("FUNCTION", "STATS"), BUSY_SCRIPT);
      assert.equal(await other.command("SCRIPT", "KILL"), "+OK\r\n");
      await script;
    })
  ));

Deno.test("a transaction with a slow function is answered as a whole", () =>
  onBoth((server) =>
    withConnections(server, async (slow, other) => {
      await slow.command("FUNCTION", "LOAD", SPIN);
      await slow.command("MULTI");
      await slow.command("SET", "t", "1");
      await slow.command("FCALL", "spin", "0");
      await slow.command("INCR", "t");
      const end = slow.command("EXEC");
      await until(other, "-BUSY", "PING");
      assert.equal(await other.command("FUNCTION", "KILL"), "+OK\r\n");
      assert.match(await end, /^\*3\r\n\+OK\r\n-ERR Script killed by user [^\r]*\r\n:2\r\n$/);
    })
  ));

for (
  const [what, run, kill, busy] of [
    ["script", ["EVAL", "while true do end", "0"], "SCRIPT", BUSY_SCRIPT],
    ["function", ["FCALL", "spin", "0"], "FUNCTION", BUSY_FUNCTION],
  ] as const
) {
  Deno.test(`while a ${what} spins for ${ENDLESS_MS} ms the server is alive, and takes no more memory afterwards`, () =>
    withConnections(denodis!, async (slow, other) => {
      await slow.command("FUNCTION", "LOAD", SPIN);
      await slow.command("EVAL", "return 1", "0");
      const before = await figure(other, "used_memory_vm_total");
      const end = slow.command(...run);
      await until(other, "-BUSY", "PING");
      for (const limit = performance.now() + ENDLESS_MS; performance.now() < limit;) {
        assert.equal(await other.command("PING"), busy);
      }
      assert.equal(await other.command(kill, "KILL"), "+OK\r\n");
      assert.match(await end, /^-ERR Script killed by user/);
      assert.equal(await figure(other, "used_memory_vm_total"), before);
    }));
}

test("libraries are saved, and gone with the data when that is loaded anew", async (s) => {
  const counter = library(
    "lib",
    "local n = 0 redis.register_function('f', function() n = n + 1 return n end)",
  );
  await s.send("a", "FUNCTION FLUSH", ["FUNCTION", "LOAD", counter], "FCALL f 0", "FCALL f 0");
  await s.send("a", "DEBUG RELOAD", "FUNCTION LIST WITHCODE", "FCALL f 0");
  await s.send("a", "FUNCTION FLUSH", "DEBUG RELOAD NOSAVE", "FCALL f 0");
  await s.send(
    "a",
    [
      "FUNCTION",
      "LOAD",
      library("more", "redis.register_function('g', function() return 'g' end)"),
    ],
    "DEBUG RELOAD NOSAVE",
    "FCALL f 0",
    "FCALL g 0",
  );
  await s.send("a", "DEBUG RELOAD NOSAVE NOFLUSH MERGE", "FCALL f 0", "FUNCTION STATS");
  await s.send("a", "SET k v", "FLUSHALL", "FCALL f 0", "FUNCTION FLUSH", "DEBUG RELOAD", "FUNCTION LIST");
});

test("a user calls the functions and names the keys that the rules allow", async (s) => {
  await s.send("a", "FUNCTION FLUSH", [
    "FUNCTION",
    "LOAD",
    library("lib", "redis.register_function('f', function(k, a) return redis.call(unpack(a)) end)"),
  ], "ACL SETUSER ann reset on nopass ~a* +@connection +fcall +get +set +function|list");
  await s.send(
    "b",
    "AUTH ann x",
    "FCALL f 0 GET a",
    "FCALL f 1 a SET a 1",
    "FCALL f 1 b GET b",
    "FCALL f 0 GET b",
  );
  await s.send("b", "FCALL f 0 INCR a", "FCALL_RO f 0 GET a", "FUNCTION STATS", "FUNCTION FLUSH", [
    "FUNCTION",
    "LIST",
    "LIBRARYNAME",
    "none",
  ]);
  await s.send("a", "ACL SETUSER ann +@scripting -function|flush");
  await s.send("b", "FUNCTION FLUSH", "FUNCTION DELETE lib", "FUNCTION LIST");
});

test("a function's writes spoil what others watch, and are told of", async (s) => {
  await s.send("a", "FUNCTION FLUSH", [
    "FUNCTION",
    "LOAD",
    library("lib", "redis.register_function('f', function(k, a) return redis.call(unpack(a)) end)"),
  ], "CONFIG SET notify-keyspace-events KEA");
  await s.send("a", "WATCH k");
  await s.send("b", "SUBSCRIBE __keyevent@0__:set");
  await s.send("c", "FCALL f 0 SET k v");
  await s.send("a", "MULTI", "PING", "EXEC", "WATCH k", "FCALL f 0 GET k", "MULTI", "PING", "EXEC");
  await s.send("a", "CONFIG SET notify-keyspace-events", "FUNCTION FLUSH");
});

const LIBRARIES = [
  library("one", "redis.register_function('f', function(keys, args) return {keys, args} end)"),
  library("two", "-- " + "long ".repeat(1000) + "\nredis.register_function('g', function() return 'g' end)"),
  library(
    "three",
    "--\0\x01\xff\nredis.register_function{function_name='h', description='\xc3\xa4', flags={'no-writes'}, " +
      "callback=function() return 'h' end}",
  ),
];

Deno.test("what one server dumps or saves the other restores and loads", { ignore: !available }, async () => {
  const servers = [denodis!, oracle!];
  for (const [from, to] of [servers, servers.toReversed()]) {
    await withConnections(from, (source) =>
      withConnections(to, async (target) => {
        for (const code of LIBRARIES) await source.command("FUNCTION", "LOAD", code);
        const dumped = await source.command("FUNCTION", "DUMP");
        const payload = dumped.slice(dumped.indexOf("\n") + 1, -2);
        assert.equal(await target.command("FUNCTION", "RESTORE", payload), "+OK\r\n");
        const check = async () => {
          for (const [i, name] of ["one", "two", "three"].entries()) {
            const list = ["FUNCTION", "LIST", "LIBRARYNAME", name, "WITHCODE"];
            assert.ok((await source.command(...list)).includes(LIBRARIES[i]));
            assert.equal(await target.command(...list), await source.command(...list));
          }
          assert.equal(
            await target.command("FCALL", "f", "1", "k", "a"),
            "*2\r\n*1\r\n$1\r\nk\r\n*1\r\n$1\r\na\r\n",
          );
          assert.equal(await target.command("FCALL_RO", "h", "0"), "$1\r\nh\r\n");
        };
        await check();
        assert.equal(await source.command("SAVE"), "+OK\r\n");
        await target.command("FUNCTION", "FLUSH");
        await Deno.copyFile(`${from.directory}/dump.rdb`, `${to.directory}/dump.rdb`);
        assert.equal(await target.command("DEBUG", "RELOAD", "NOSAVE"), "+OK\r\n");
        await check();
      }));
  }
});

Deno.test("the memory of functions is counted, and given back with the libraries", () =>
  withConnections(denodis!, async (client, other) => {
    const total = await figure(client, "used_memory");
    assert.equal(await figure(client, "used_memory_vm_functions"), 0);
    const large = library(
      "large",
      "local t, s = {}, ('x'):rep(1000000) for i = 1, 80 do t[i] = s .. i end " +
        "redis.register_function('large', function() return #t end)",
    );
    const small = library("small", "redis.register_function('small', function() return 'small' end)");
    assert.equal(await client.command("FUNCTION", "LOAD", small), "$5\r\nsmall\r\n");
    const base = await figure(client, "used_memory_vm_functions");
    assert.ok(base > 0 && await figure(client, "used_memory") >= total + base);
    assert.equal(await client.command("FUNCTION", "LOAD", large), "$5\r\nlarge\r\n");
    assert.equal(await client.command("FCALL", "large", "0"), ":80\r\n");
    assert.ok(await figure(client, "used_memory_vm_functions") > 80_000_000);
    assert.equal(await client.command("FUNCTION", "DELETE", "large"), "+OK\r\n");
    assert.equal(await figure(client, "used_memory_vm_functions"), base);
    assert.equal(await client.command("FCALL", "small", "0"), "$5\r\nsmall\r\n");
    const greedy = library(
      "greedy",
      "redis.register_function('greedy', function() local t, s = {}, ('x'):rep(1000000) " +
        "for i = 1, 80 do t[i] = s .. i end return 'fed' end)",
    );
    await client.command("FUNCTION", "LOAD", greedy);
    assert.equal(await client.command("FCALL", "greedy", "0"), "$3\r\nfed\r\n");
    assert.equal(await figure(client, "used_memory_vm_functions"), base);
    assert.equal(await other.command("FCALL", "small", "0"), "$5\r\nsmall\r\n");
    for (const name of ["greedy", "small"]) await client.command("FUNCTION", "DELETE", name);
    assert.equal(await figure(client, "used_memory_vm_functions"), 0);
    await client.command("FUNCTION", "LOAD", small);
    await client.command("FUNCTION", "FLUSH");
    assert.equal(await figure(client, "used_memory_vm_functions"), 0);
    assert.equal(await figure(client, "used_memory_functions"), 0);
  }));

Deno.test("functions outlive a machine that one of them breaks", () =>
  withConnections(denodis!, async (client) => {
    const deep = "string.find(('a'):rep(1000000), ('a?'):rep(1000000))";
    await client.command(
      "FUNCTION",
      "LOAD",
      library("deep", `redis.register_function('deep', function() return ${deep} end)`),
    );
    await client.command(
      "FUNCTION",
      "LOAD",
      library("fine", "redis.register_function('fine', function() return 'fine' end)"),
    );
    const broken = "-ERR Error running script, it has used up the stack of Lua's virtual machine\r\n";
    assert.equal(await client.command("FCALL", "deep", "0"), broken);
    assert.equal(await client.command("FCALL", "fine", "0"), "$4\r\nfine\r\n");
    const never = library("never", "local s = ('a'):rep(1000000) s:find(('a?'):rep(1000000))");
    assert.equal(await client.command("FUNCTION", "LOAD", never), broken);
    assert.equal(await client.command("FCALL", "fine", "0"), "$4\r\nfine\r\n");
    assert.equal(await client.command("FCALL", "deep", "0"), broken);
    assert.match(await client.command("FUNCTION", "STATS"), /libraries_count\r\n:2\r\n/);
  }));
