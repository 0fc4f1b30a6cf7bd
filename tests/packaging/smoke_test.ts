/**
 * Whether a denodis that somebody has built starts and serves: the sources, or what DENODIS_SERVER_COMMAND names.
 */

import assert from "node:assert/strict";
import { RawConnection } from "../support/raw_connection.ts";
import { denodisCommand, startDenodis } from "../support/servers.ts";
import { readDenoJson } from "./build.ts";

const { version } = readDenoJson();

/** Runs denodis to its end; returns what it printed. */
async function run(...args: string[]): Promise<string> {
  const [program, ...first] = denodisCommand();
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...first, ...args],
    stdin: "null",
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

Deno.test("denodis tells its version", async () => {
  assert.match(await run("--version"), new RegExp(`^denodis server v=${version.replaceAll(".", "\\.")} `));
});

Deno.test("denodis starts, serves and tells about itself", async () => {
  const server = await startDenodis(["--maxmemory", "100mb"]);
  try {
    const connection = await RawConnection.connect({ port: server.port });
    try {
      assert.equal(await connection.command("SET", "key", "\x00\xff\r\n"), "+OK\r\n");
      assert.equal(await connection.command("GET", "key"), "$4\r\n\x00\xff\r\n\r\n");
      assert.equal(
        await connection.command("INCRBY", "counter", "9007199254740993"),
        ":9007199254740993\r\n",
      );
      assert.match(await connection.command("CONFIG", "GET", "maxmemory"), /\r\n104857600\r\n$/);
      const info = await connection.command("INFO");
      assert.ok(info.includes(`\r\ndenodis_version:${version}\r\n`), info);
      assert.ok(info.includes("\r\ndb0:keys=2,"), info);
    } finally {
      connection.close();
    }
    assert.equal(await run("--ping", `${server.port}`), "PONG\n");
  } finally {
    await server.stop();
  }
  if (Deno.build.os !== "windows") assert.equal(server.ended(), "exit code 0");
});
