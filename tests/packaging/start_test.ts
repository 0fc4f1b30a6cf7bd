import assert from "node:assert/strict";
import { RawConnection } from "../support/raw_connection.ts";
import { startServer } from "../support/servers.ts";
import { repositoryPath, runtimeFlags, withDirectory } from "./build.ts";

Deno.test("The tasks start, dev and compile agree on what the server may do", () => {
  const flags = runtimeFlags("start");
  assert.deepEqual(runtimeFlags("dev"), flags);
  assert.deepEqual(runtimeFlags("compile"), flags);
  // No programs, no foreign libraries, no environment, and of the system only what INFO tells.
  assert.deepEqual(
    flags.filter((flag) => !flag.startsWith("--v8-flags")),
    ["--allow-net", "--allow-read", "--allow-sys=osRelease,systemMemoryInfo", "--allow-write", "--no-prompt"],
  );
});

/** One PING over a Unix socket. */
async function pingUnixSocket(path: string): Promise<string> {
  using conn = await Deno.connect({ transport: "unix", path });
  await conn.write(new TextEncoder().encode("PING\r\n"));
  const buffer = new Uint8Array(64);
  const read = await conn.read(buffer);
  return new TextDecoder().decode(buffer.subarray(0, read ?? 0));
}

/** Uses everything that needs a permission; `directory` has the files of the configuration. */
async function exercise(connection: RawConnection, directory: string): Promise<void> {
  assert.equal(await connection.command("SET", "key", "value"), "+OK\r\n");
  assert.equal(await connection.command("GET", "key"), "$5\r\nvalue\r\n");
  assert.match(await connection.command("CONFIG", "GET", "maxmemory"), /\r\n104857600\r\n$/);
  assert.match(await connection.command("CONFIG", "GET", "hz"), /\r\n20\r\n$/);
  // Without a permission that it needs, INFO would be an error.
  const info = await connection.command("INFO", "everything");
  assert.match(info, /\r\nos:[A-Za-z]+ \S+ \S+\r\n/);
  assert.match(info, /\r\ntotal_system_memory:[1-9]\d*\r\n/);
  assert.match(info, /\r\nused_memory_rss:[1-9]\d*\r\n/);
  assert.match(info, /\r\nused_cpu_user:\d+\.\d+\r\n/);
  assert.equal(
    await Deno.readTextFile(`${directory}/pid`),
    `${/\r\nprocess_id:(\d+)\r\n/.exec(info)?.[1]}\n`,
  );
  assert.equal(await connection.command("CONFIG", "SET", "hz", "30"), "+OK\r\n");
  assert.equal(await connection.command("CONFIG", "REWRITE"), "+OK\r\n");
  assert.match(await Deno.readTextFile(`${directory}/denodis.conf`), /^hz 30\n/);
}

Deno.test("deno task start serves with its permissions, and takes a file and options", () =>
  withDirectory(async (directory) => {
    const hasUnixSockets = Deno.build.os !== "windows";
    const path = (name: string) => `${directory}/${name}`.replaceAll("\\", "/");
    await Deno.writeTextFile(path("denodis.conf"), `hz 20\nlogfile "${path("log")}"\n`);
    const task = ["task", "--config", repositoryPath("deno.json"), "start"];
    const server = await startServer({
      name: "denodis",
      command: [Deno.execPath(), ...task, path("denodis.conf")],
      args: [
        ...["--maxmemory", "100mb", "--pidfile", path("pid")],
        ...(hasUnixSockets ? ["--unixsocket", path("socket")] : []),
      ],
    });
    try {
      const connection = await RawConnection.connect({ port: server.port });
      await exercise(connection, directory).finally(() => connection.close());
      if (hasUnixSockets) assert.equal(await pingUnixSocket(path("socket")), "+PONG\r\n");
    } finally {
      await server.stop();
    }
    const log = await Deno.readTextFile(path("log"));
    assert.match(log, /Ready to accept connections/);
    // What Windows has instead of SIGTERM ends a process without telling it.
    if (Deno.build.os === "windows") return;
    assert.equal(server.ended(), "exit code 0");
    assert.match(log, /Received SIGTERM/);
    assert.deepEqual([...Deno.readDirSync(directory)].map(({ name }) => name).sort(), [
      "denodis.conf",
      "log",
    ]);
  }));
