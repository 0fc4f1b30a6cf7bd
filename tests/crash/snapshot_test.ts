/**
 * Killing a server while it saves or loads: the file is the one before or the new one, whole, and a point in the
 * history.
 *
 * `DENODIS_CRASH_RUNS` says how often; 20 unless told.
 */

import assert from "node:assert/strict";
import { Executor } from "../support/executor.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { parseReplies } from "../support/replies.ts";
import { denodisCommand, freePort } from "../support/servers.ts";
import { loadBytes, savedBytes } from "../persistence/rdb_snapshots.ts";

const RUNS = Number(Deno.env.get("DENODIS_CRASH_RUNS") ?? 20);
const KEYS = 20_000;
/** A save takes about so long. */
const MILLISECONDS = 150;

/** A connection to a server that listens, and serves unless it may still be `loading`. */
async function connect(port: number, loading = false): Promise<RawConnection> {
  for (let attempt = 0;; attempt++) {
    try {
      const connection = await RawConnection.connect({ port, timeout: 20_000 });
      if (loading || await connection.command("PING") === "+PONG\r\n") return connection;
      connection.close();
    } catch (error) {
      if (attempt > 1000) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function spawn(directory: string, port: number, flags: readonly string[] = []): Deno.ChildProcess {
  const [program, ...rest] = denodisCommand();
  return new Deno.Command(program, {
    args: [
      ...rest,
      "--port",
      String(port),
      "--bind",
      "127.0.0.1",
      "--dir",
      directory,
      "--save",
      "3600 1000000000",
      ...flags,
    ],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
}

/** Writes a generation: all keys in one command, so that no state in between is ever to be seen. */
function generation(connection: RawConnection, number: number): Promise<string> {
  return connection.command(
    "MSET",
    ...Array.from({ length: KEYS }, (_, i) => [`key:${i}`, `${number}`]).flat(),
  );
}

/** The generation that a whole file holds. */
function generationOf(file: string): number {
  const executor = new Executor();
  assert.equal(loadBytes(executor.keyspace, Deno.readFileSync(file)).loaded, KEYS);
  const names = Array.from({ length: KEYS }, (_, i) => `key:${i}`);
  const values = new Set(parseReplies(executor.run("MGET", ...names))[0].items?.map(({ text }) => text));
  assert.equal(values.size, 1, `Generations ${[...values].slice(0, 5)} in one file`);
  return Number([...values][0]);
}

Deno.test("A server that is killed while it saves leaves a whole file", async () => {
  const directory = await Deno.makeTempDir({ prefix: "denodis-crash-" });
  const file = `${directory}/dump.rdb`;
  try {
    let saved = 0;
    for (let run = 0; run < RUNS; run++) {
      const port = freePort();
      const child = spawn(directory, port);
      const connection = await connect(port);
      if (run > 0) {
        assert.equal(await connection.command("GET", "key:0"), `$${String(saved).length}\r\n${saved}\r\n`);
      }
      const first = saved + 1;
      await generation(connection, first);
      if (run === 0) assert.equal(await connection.command("SAVE"), "+OK\r\n");
      assert.equal(await connection.command("BGSAVE"), "+Background saving started\r\n");
      let killed = false;
      const timer = setTimeout(() => {
        killed = true;
        child.kill("SIGKILL");
      }, Math.random() * MILLISECONDS);
      // Writes go on until the end.
      for (let number = first + 1; !killed; number++) await generation(connection, number).catch(() => "");
      clearTimeout(timer);
      connection.close();
      await child.status;
      const found = generationOf(file);
      assert.ok(found === saved || found === first, `Generation ${found}, not ${saved} or ${first}`);
      saved = found;
      for (const { name } of [...Deno.readDirSync(directory)]) {
        if (name !== "dump.rdb") Deno.removeSync(`${directory}/${name}`);
      }
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

/** How much of its file a server has loaded, percent. */
async function loadedPercent(connection: RawConnection): Promise<number> {
  const text = await connection.command("INFO", "persistence");
  const percent = /\r\nloading_loaded_perc:([\d.]+)/.exec(text);
  if (percent !== null) return Number(percent[1]);
  // Otherwise the field is not there, and nothing is left to load.
  assert.match(text, /\r\nloading:0\r\n/);
  return 100;
}

Deno.test("A server that is killed while it loads leaves its file as it is", async () => {
  const directory = await Deno.makeTempDir({ prefix: "denodis-crash-" });
  const file = `${directory}/dump.rdb`;
  try {
    const executor = new Executor();
    // Enough of them to be in the midst of loading when somebody looks.
    for (let i = 0; i < 10 * KEYS; i++) executor.run("SET", `key:${i}`, "1");
    const bytes = savedBytes(executor.keyspace);
    Deno.writeFileSync(file, bytes);
    let during = 0;
    for (let run = 0; run < RUNS / 4; run++) {
      const port = freePort();
      // In so small pieces there are as many moments to be killed at.
      const child = spawn(directory, port, ["--loading-process-events-interval-bytes", "1024"]);
      const connection = await connect(port, true);
      const enough = Math.random() * 90;
      let percent: number;
      do percent = await loadedPercent(connection); while (percent < enough);
      if (percent < 100) during++;
      child.kill("SIGKILL");
      connection.close();
      await child.status;
      assert.deepEqual(Deno.readFileSync(file), bytes);
      assert.deepEqual([...Deno.readDirSync(directory)].map(({ name }) => name), ["dump.rdb"]);
    }
    assert.ok(during > 0, "Each was killed too late");
    assert.equal(loadBytes(new Executor().keyspace, bytes).loaded, 10 * KEYS);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
