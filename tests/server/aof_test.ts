/** The append-only file: what is written loads in redis-server, and here after a kill. */

import assert from "node:assert/strict";
import { AOF_FLAGS, digestOf, digestOfCopy } from "../support/aof_copies.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { denodisCommand, startServer } from "../support/servers.ts";

const LIBRARY =
  "#!lua name=lib\nredis.register_function('f', function() return redis.call('INCR', 'called') end)";

const WRITES = [
  "SET a 1",
  "INCR a",
  "EXPIRE a 1000",
  "RPUSH l 1 2 3",
  "LPOP l",
  "SADD s a b c",
  "SPOP s",
  "ZADD z 1 a 2 b",
  "ZPOPMIN z",
  "HSET h f v g w",
  "XADD st 1-1 f v",
  "XGROUP CREATE st grp 0",
  "XREADGROUP GROUP grp c STREAMS st >",
  "SELECT 3",
  "SET other 1",
  "SELECT 0",
];

Deno.test("What is written with appendfsync always loads here and in redis-server, before and after a rewrite", async () => {
  const server = await startServer({
    name: "denodis",
    command: denodisCommand(),
    args: [...AOF_FLAGS, "--appendfsync", "always"],
  });
  try {
    const connection = await RawConnection.connect({ port: server.port, timeout: 20_000 });
    for (const rewrites of [false, true]) {
      if (rewrites) {
        assert.equal(
          await connection.command("BGREWRITEAOF"),
          "+Background append only file rewriting started\r\n",
        );
        while (!(await connection.command("INFO", "persistence")).includes("aof_rewrite_in_progress:0"));
        assert.match(await connection.command("INFO", "persistence"), /aof_last_bgrewrite_status:ok/);
      }
      await connection.command("FUNCTION", "LOAD", "REPLACE", LIBRARY);
      assert.match(await connection.command("FCALL", "f", "0"), /^:/);
      for (const write of WRITES) {
        const reply = await connection.command(...write.split(" "));
        if (!rewrites) assert.ok(!reply.startsWith("-"), `${write}: ${reply}`);
      }
      const expected = await digestOf(server);
      // The files as a kill would leave them: the server has not been stopped.
      assert.equal(await digestOfCopy("redis-server", server.directory), expected);
      assert.equal(await digestOfCopy("denodis", server.directory), expected);
      assert.equal(await connection.command("DEBUG", "LOADAOF"), "+OK\r\n");
      assert.equal(await digestOf(server), expected);
    }
    connection.close();
  } finally {
    await server.stop();
  }
});

Deno.test("What a rewrite that was killed has left is removed at the start", async () => {
  const directory = await Deno.makeTempDir({ prefix: "denodis-test-" });
  try {
    await Deno.mkdir(`${directory}/appendonlydir`);
    await Deno.writeTextFile(`${directory}/appendonlydir/temp-rewriteaof-bg-1-1.aof`, "REDIS");
    const server = await startServer({
      name: "denodis",
      command: denodisCommand(),
      args: [...AOF_FLAGS, "--dir", directory],
    });
    const names = [...Deno.readDirSync(`${directory}/appendonlydir`)].map(({ name }) => name).sort();
    await server.stop();
    assert.deepEqual(names, [
      "appendonly.aof.1.base.rdb",
      "appendonly.aof.1.incr.aof",
      "appendonly.aof.manifest",
    ]);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
