/**
 * Users and several connections: what every one of them receives, byte by byte, is what redis-server sends them.
 */

import assert from "node:assert/strict";
import { oracleState } from "../support/oracle.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { assertSame, type Scenario } from "../support/scenario.ts";
import { type RunningServer, startDenodis, startOracle } from "../support/servers.ts";

const { available } = await oracleState();
let denodis: RunningServer | undefined;
let oracle: RunningServer | undefined;

Deno.test.beforeAll(async () => {
  if (!available) return;
  [denodis, oracle] = await Promise.all([startDenodis([]), startOracle([])]);
});

Deno.test.afterAll(async () => {
  await Promise.all([denodis?.stop(), oracle?.stop()]);
});

/** A test that plays a scenario with clients a, b and c; the users u and v are gone at its end. */
function test(name: string, play: (scenario: Scenario) => Promise<void>): void {
  Deno.test(
    name,
    { ignore: !available },
    () =>
      assertSame([denodis!, oracle!], ["a", "b", "c"], async (s) => {
        try {
          await play(s);
        } finally {
          await s.ask("a", "ACL DELUSER u v");
          await s.ask("a", "ACL LOG RESET");
        }
      }),
  );
}

test("who loses its user is disconnected", async (s) => {
  await s.send("a", "ACL SETUSER u on nopass +@all ~*", "ACL SETUSER v on nopass +@all ~*");
  await s.send("b", "AUTH u x");
  await s.send("c", "AUTH v x");
  s.willEnd("b");
  await s.send("a", "ACL DELUSER u nobody");
  await s.sendToEnd("b");
  // Who removes itself is told, and its further requests are not run.
  await s.sendToEnd("c", "ACL DELUSER v", "PING");
  await s.send("a", "ACL USERS");
});

test("who must not listen any more is disconnected", async (s) => {
  await s.send("a", "ACL SETUSER u on nopass +@all ~* &news.* &c");
  await s.send("b", "AUTH u x", "SUBSCRIBE news.1 c");
  await s.send("c", "AUTH u x", "PSUBSCRIBE news.*");
  await s.send("a", "ACL SETUSER u &other", "PUBLISH c 1");
  await s.send("a", "ACL SETUSER u resetchannels &c &news.*", "PUBLISH news.1 2");
  s.willEnd("b");
  await s.send("a", "ACL SETUSER u resetchannels &news.*");
  await s.sendToEnd("b");
  await s.send("a", "PUBLISH news.1 3");
  s.willEnd("c");
  await s.send("a", "ACL SETUSER u resetchannels &news.?");
  await s.sendToEnd("c");
});

test("who may listen to all channels is left alone until that ends", async (s) => {
  await s.send("a", "ACL SETUSER u on nopass +@all ~* allchannels");
  await s.send("b", "AUTH u x", "SUBSCRIBE c");
  await s.send("c", "AUTH u x", "SSUBSCRIBE d");
  await s.send("a", "ACL SETUSER u -get resetchannels (allchannels)", "PUBLISH c 1");
  s.willEnd("c");
  await s.send("a", "ACL SETUSER u clearselectors &c", "PUBLISH c 2");
  await s.sendToEnd("c");
});

test("CLIENT KILL USER", async (s) => {
  await s.send("a", "ACL SETUSER u on nopass +@all ~*", "CLIENT KILL USER u", "CLIENT KILL USER nobody");
  await s.send("b", "AUTH u x");
  s.willEnd("b");
  await s.send("a", "CLIENT KILL USER u");
  await s.sendToEnd("b");
});

test("a client that is changed while it is connected", async (s) => {
  await s.send("a", "ACL SETUSER u on nopass +@all ~*");
  await s.send("b", "AUTH u x", "SET k v", "GET k");
  await s.send("a", "ACL SETUSER u off -set %R~k resetkeys %R~k");
  await s.send("b", "SET k v", "GET k", "GET l", "ACL WHOAMI", "AUTH u x", "GET k");
  await s.send("a", "ACL SETUSER u allcommands allkeys allchannels");
  await s.send("b", "SET k v", "GET l");
});

/** The parts of ACL LOG that do not depend on the time and the server. */
const LOG =
  /(count|reason|context|object|username)\r\n[^]*?(?=\$\d+\r\n(reason|context|object|username|age))/g;

test("ACL LOG", async (s) => {
  await s.send("a", "ACL SETUSER u on nopass +@all -incr ~k &c");
  await s.send(
    "b",
    "AUTH u x",
    "GET l",
    "GET l",
    "INCR k",
    "PUBLISH d m",
    "GET m",
    "GET l",
    "CONFIG GET hz",
  );
  await s.send("b", "MULTI", "GET l", "INCR k", "AUTH nobody x", "DISCARD", "auth u x", "AUTH default x");
  await s.send("c", "AUTH nobody x", "auth nobody x", "HELLO 3 AUTH nobody x", "HELLO 3 AUTH nobody y");
  await s.extract("a", "ACL LOG", LOG);
  await s.extract("a", "ACL LOG 2", LOG);
  await s.send("a", "CONFIG SET acllog-max-len 3");
  await s.send("b", "AUTH u x", "GET new");
  await s.extract("a", "ACL LOG 100", LOG);
  await s.send("a", "CONFIG SET acllog-max-len 128", "ACL LOG RESET", "ACL LOG");
});

test("a transaction whose user changes in the middle", async (s) => {
  await s.send("a", "ACL SETUSER u on nopass +@all ~k");
  await s.send("b", "AUTH u x", "MULTI", "SET k 1", "AUTH default x", "SET l 2", "EXEC");
  await s.send(
    "b",
    "MULTI",
    "ACL SETUSER default -get",
    "GET k",
    "EXEC",
    "ACL SETUSER default +@all",
    "GET k",
  );
  await s.extract("a", "ACL LOG", LOG);
});

Deno.test("a blocked client is checked anew when it is served", { ignore: !available }, async () => {
  // Redis 7.0 serves it whatever it may do by then; since 7.2 it is refused.
  const [a, b] = await Promise.all([1, 2].map(() => RawConnection.connect({ port: denodis!.port })));
  try {
    assert.equal(await a.command("ACL", "SETUSER", "u", "on", "nopass", "+@all", "~list"), "+OK\r\n");
    assert.equal(await b.command("AUTH", "u", "x"), "+OK\r\n");
    const reply = b.command("BLPOP", "list", "0");
    while (!/flags=\w*b/.test(await a.command("CLIENT", "LIST")));
    assert.equal(await a.command("ACL", "SETUSER", "u", "resetkeys"), "+OK\r\n");
    assert.equal(await a.command("RPUSH", "list", "x"), ":1\r\n");
    assert.equal(
      await reply,
      "-NOPERM this user has no permissions to access one of the keys used as arguments\r\n",
    );
    assert.equal(await a.command("LLEN", "list"), ":1\r\n");
  } finally {
    await a.command("ACL", "DELUSER", "u");
    await a.command("DEL", "list");
    a.close();
    b.close();
  }
});

const FILE = "user default on nopass ~* &* +@all\n\nuser u on >x ~a  (+get ~b)\n";

const BROKEN_FILES = [
  "user a on\n# comment\nuser a on\nuser\nother\nuser b\tc on\n",
  "user a +nosuch foo\n  user b on  \t\nuser c ~* ~a\n",
  "user a on >x\nuser b (on)\n",
];

Deno.test("users in a file: loaded, saved, reloaded and refused", { ignore: !available }, async () => {
  const logs: string[][] = [];
  for (const start of [startDenodis, startOracle]) {
    const place = await Deno.makeTempDir({ prefix: "denodis-test-" });
    const file = `${place}/users.acl`;
    await Deno.writeTextFile(file, FILE);
    const server = await start(["--aclfile", file]);
    const log: string[] = [];
    const [a, b] = await Promise.all([1, 2].map(() => RawConnection.connect({ port: server.port })));
    const ask = async (...words: string[]) => {
      log.push((await a.command(...words)).replaceAll(place, "PLACE"));
    };
    try {
      await ask("ACL", "LIST");
      await ask("ACL", "SETUSER", "v", "on");
      await ask("ACL", "SAVE");
      log.push(await Deno.readTextFile(file));
      assert.equal(await b.command("AUTH", "u", "x"), "+OK\r\n");
      await Deno.writeTextFile(file, FILE);
      // Clients of all users but the default one are disconnected.
      await ask("ACL", "LOAD");
      log.push(await b.readToEnd());
      await ask("ACL", "LIST");
      for (const text of BROKEN_FILES) {
        await Deno.writeTextFile(file, text);
        await ask("ACL", "LOAD");
      }
      await ask("ACL", "LIST");
      await Deno.remove(file);
      await ask("ACL", "LOAD");
      await Deno.writeTextFile(file, "");
      await ask("ACL", "LOAD");
      await ask("ACL", "LIST");
    } finally {
      a.close();
      b.close();
      await server.stop();
      await Deno.remove(place, { recursive: true });
    }
    logs.push(log);
  }
  assert.deepEqual(logs[0], logs[1]);
});
