/** A server's data on disk: what is saved when, what is loaded, and what becomes of failures. */

import assert from "node:assert/strict";
import { startServer } from "../../src/mod.ts";
import { bytesOf, byteString } from "../../src/base/bytes.ts";
import { SeededRandom } from "../../src/base/random.ts";
import { Executor } from "../support/executor.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { denodisCommand, freePort } from "../support/servers.ts";
import { mutated, sealed } from "../persistence/damaged_files.ts";
import { savedBytes } from "../persistence/rdb_snapshots.ts";

const MISCONF =
  /^-MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk\./;

/** Damaged files that a server is to load; a full run takes 10,000. */
const DAMAGED_FILES = Number(Deno.env.get("DENODIS_DAMAGE_RUNS") ?? 50);

/** Milliseconds that anything may take; far more than it does. */
const PATIENCE = 20_000;

/** A directory, and servers on it one after the other. */
class Home {
  readonly directory = Deno.makeTempDirSync({ prefix: "denodis-test-" });
  readonly file = `${this.directory}/dump.rdb`;

  /** Starts a server, by way of another program if need be, and waits until `ready` appears in its log, or it has ended. */
  async start(
    args: readonly string[],
    ready = "Ready to accept connections",
    starter: readonly string[] = [],
  ): Promise<Process> {
    const process = new Process(this.directory, args, starter);
    await process.until(() => process.log.includes(ready) || process.code !== null, ready);
    return process;
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.directory, { recursive: true });
  }
}

class Process {
  readonly port = freePort();
  log = "";
  code: number | null = null;
  readonly #child: Deno.ChildProcess;
  readonly #connections: RawConnection[] = [];
  readonly #ended: Promise<void>;

  constructor(directory: string, args: readonly string[], starter: readonly string[]) {
    const [program, ...rest] = [...starter, ...denodisCommand()];
    this.#child = new Deno.Command(program, {
      args: [...rest, "--port", String(this.port), "--bind", "127.0.0.1", "--dir", directory, ...args],
      cwd: directory,
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const output = this.#collect();
    this.#ended = this.#child.status.then(async ({ code }) => {
      await output;
      this.code = code;
    });
  }

  get pid(): number {
    return this.#child.pid;
  }

  async #collect(): Promise<void> {
    for await (const text of this.#child.stdout.pipeThrough(new TextDecoderStream())) this.log += text;
  }

  async connect(): Promise<RawConnection> {
    const connection = await RawConnection.connect({ port: this.port, timeout: PATIENCE });
    this.#connections.push(connection);
    return connection;
  }

  /** Waits until something has happened. */
  async until(has: () => boolean | Promise<boolean>, what: string): Promise<void> {
    const limit = performance.now() + PATIENCE;
    while (!await has()) {
      if (performance.now() > limit) throw new Error(`No "${what}":\n${this.log}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Waits until the log says something. */
  async says(text: string): Promise<void> {
    await this.until(() => this.log.includes(text), text);
  }

  /** Ends it, by a signal unless it ends by itself, and returns its exit code. */
  async end(signal: Deno.Signal | null = "SIGTERM"): Promise<number> {
    if (signal !== null && this.code === null) this.#child.kill(signal);
    await this.#ended;
    for (const connection of this.#connections) connection.close();
    return this.code ?? 0;
  }
}

function info(text: string, field: string): string {
  return new RegExp(`\r\n${field}:(.*)\r\n`).exec(text)?.[1] ?? "";
}

const isWindows = Deno.build.os === "windows";

Deno.test("What was saved is there after a restart", async () => {
  using home = new Home();
  const first = await home.start(["--save", "3600 1"]);
  const client = await first.connect();
  await client.command("SET", "a", "1");
  await client.command("RPUSH", "l", "x", "y");
  assert.equal(await client.command("SAVE"), "+OK\r\n");
  assert.equal(info(await client.command("INFO", "persistence"), "rdb_changes_since_last_save"), "0");
  await client.command("SET", "b", "2");
  assert.equal(info(await client.command("INFO", "persistence"), "rdb_changes_since_last_save"), "1");
  // There are save points, so the end saves too.
  await client.write("*1\r\n$8\r\nSHUTDOWN\r\n");
  assert.equal(await first.end(null), 0);
  assert.match(first.log, /Saving the final RDB snapshot before exiting\.\n.*DB saved on disk\n/);

  const second = await home.start(["--save", ""]);
  assert.match(
    second.log,
    /Loading RDB produced by version 7\.0\.15\n.*RDB age \d+ seconds\n.*RDB memory usage when created/,
  );
  assert.match(
    second.log,
    /Done loading RDB, keys loaded: 3, keys expired: 0\.\n.*DB loaded from disk: \d\.\d{3} seconds/,
  );
  const other = await second.connect();
  assert.equal(await other.command("MGET", "a", "b"), "*2\r\n$1\r\n1\r\n$1\r\n2\r\n");
  assert.equal(info(await other.command("INFO", "persistence"), "rdb_last_load_keys_loaded"), "3");
  // Without save points nothing is saved at the end.
  await other.command("SET", "c", "3");
  assert.equal(await second.end(isWindows ? "SIGKILL" : "SIGTERM"), isWindows ? 1 : 0);

  const third = await home.start(["--save", ""]);
  const last = await third.connect();
  assert.equal(await last.command("DBSIZE"), ":3\r\n");
  await last.command("SET", "d", "4");
  await last.write("*2\r\n$8\r\nSHUTDOWN\r\n$4\r\nSAVE\r\n");
  assert.equal(await third.end(null), 0);
  assert.ok(byteString(Deno.readFileSync(home.file)).includes("\x01d\xc0\x04"));
});

Deno.test("A background save goes on while clients write, and counts what came after it", async () => {
  using home = new Home();
  const server = await home.start(["--save", ""]);
  const client = await server.connect();
  const lastSave = await client.command("LASTSAVE");
  assert.match(lastSave, /^:1\d{9}\r\n$/);
  for (let i = 0; i < 20; i++) {
    await client.command("MSET", ...Array.from({ length: 2000 }, (_, n) => [`k${i}:${n}`, "before"]).flat());
  }
  await client.write("BGSAVE\r\nBGSAVE\r\nBGSAVE SCHEDULE\r\nBGSAVE nonsense\r\nSAVE\r\n");
  assert.equal(
    await client.readReplies(5),
    "+Background saving started\r\n-ERR Background save already in progress\r\n+Background saving scheduled\r\n" +
      "-ERR syntax error\r\n-ERR Background save already in progress\r\n",
  );
  await client.command("SET", "k0:0", "after");
  await server.says("Background saving terminated with success");
  // The one that was scheduled follows.
  await server.until(
    async () => info(await client.command("INFO", "persistence"), "rdb_saves") === "2",
    "second save",
  );
  await server.until(
    async () => info(await client.command("INFO", "persistence"), "rdb_bgsave_in_progress") === "0",
    "end of the second save",
  );
  const text = await client.command("INFO", "persistence");
  assert.equal(info(text, "rdb_last_bgsave_status"), "ok");
  assert.equal(info(text, "rdb_changes_since_last_save"), "0");
  assert.deepEqual([...Deno.readDirSync(home.directory)].map(({ name }) => name), ["dump.rdb"]);
  await server.end();
});

Deno.test("Save points save", async () => {
  using home = new Home();
  const server = await home.start(["--save", "1 2"]);
  const client = await server.connect();
  await client.command("SET", "a", "1");
  await client.command("SET", "b", "2");
  await server.says("2 changes in 1 seconds. Saving...");
  await server.says("Background saving terminated with success");
  assert.ok(Deno.statSync(home.file).size > 80);
  // FLUSHALL empties the file too.
  assert.equal(await client.command("FLUSHALL"), "+OK\r\n");
  assert.ok(!byteString(Deno.readFileSync(home.file)).includes("\0\x01a\xc0\x01"));
  assert.equal(info(await client.command("INFO", "persistence"), "rdb_changes_since_last_save"), "0");
  await server.end();
});

Deno.test("Where the disk does not take the data, writes are refused and reads are not", {
  ignore: isWindows,
}, async () => {
  using home = new Home();
  Deno.mkdirSync(`${home.directory}/sub`);
  const server = await home.start(["--save", "3600 1", "--dir", `${home.directory}/sub`]);
  const client = await server.connect();
  assert.equal(await client.command("SET", "a", "1"), "+OK\r\n");
  Deno.removeSync(`${home.directory}/sub`);
  assert.equal(await client.command("SAVE"), "-ERR\r\n");
  assert.equal(await client.command("BGSAVE"), "+Background saving started\r\n");
  await server.says("Background saving error");
  assert.match(
    server.log,
    /Failed opening the temp RDB file temp-\S+\.rdb \(in server root dir .*sub\) for saving: No such file or directory/,
  );
  assert.match(await client.command("SET", "a", "2"), MISCONF);
  assert.match(await client.command("PING"), MISCONF);
  assert.equal(await client.command("GET", "a"), "$1\r\n1\r\n");
  assert.equal(info(await client.command("INFO", "persistence"), "rdb_last_bgsave_status"), "err");
  assert.equal(await client.command("MULTI"), "+OK\r\n");
  assert.match(await client.command("SET", "a", "2"), MISCONF);
  assert.match(await client.command("EXEC"), /^-EXECABORT/);
  assert.equal(await client.command("SHUTDOWN"), "-ERR Errors trying to SHUTDOWN. Check logs.\r\n");
  assert.equal(await client.command("CONFIG", "SET", "stop-writes-on-bgsave-error", "no"), "+OK\r\n");
  assert.equal(await client.command("SET", "a", "2"), "+OK\r\n");
  assert.equal(await client.command("CONFIG", "SET", "stop-writes-on-bgsave-error", "yes"), "+OK\r\n");
  assert.match(await client.command("SET", "a", "3"), MISCONF);
  // The directory is back: the next save succeeds, and writes go on.
  Deno.mkdirSync(`${home.directory}/sub`);
  assert.equal(await client.command("SAVE"), "+OK\r\n");
  assert.equal(await client.command("SET", "a", "3"), "+OK\r\n");
  Deno.removeSync(`${home.directory}/sub`, { recursive: true });
  await client.write("SHUTDOWN FORCE\r\n");
  assert.equal(await server.end(null), 0);
});

/** Lets files of a process grow up to so many bytes, as if the disk were full then. */
async function limitFiles(pid: number, bytes: number | "unlimited"): Promise<void> {
  const args = ["--pid", String(pid), `--fsize=${bytes}:unlimited`];
  const { success, stderr } = await new Deno.Command("prlimit", { args }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
}

Deno.test("A disk that is full costs nothing that has been saved, and saving goes on when it has room", {
  ignore: Deno.build.os !== "linux",
}, async () => {
  using home = new Home();
  // What it cannot write is to be an error as on a full disk, and not the signal for files that grow too large.
  const starter = ["sh", "-c", `trap "" XFSZ; exec "$@"`, "sh"];
  const server = await home.start(["--save", "3600 1"], undefined, starter);
  const client = await server.connect();
  const texts = Array.from({ length: 2000 }, (_, i) => crypto.randomUUID() + i);
  await client.command("MSET", ...texts.flatMap((text, i) => [`key ${i}`, text]));
  assert.equal(await client.command("SAVE"), "+OK\r\n");
  const saved = Deno.readFileSync(home.file);
  await client.command("SET", "key 0", "other");
  for (const limit of [0, 1, 4096, saved.length - 1000]) {
    await limitFiles(server.pid, limit);
    assert.equal(await client.command("BGSAVE"), "+Background saving started\r\n");
    await server.until(
      async () => info(await client.command("INFO", "persistence"), "rdb_bgsave_in_progress") === "0",
      "the end of the save",
    );
    assert.equal(info(await client.command("INFO", "persistence"), "rdb_last_bgsave_status"), "err");
    await server.says("Write error saving DB on disk(rdbSaveRio): File too large");
    assert.equal(await client.command("SAVE"), "-ERR\r\n");
    assert.match(await client.command("SET", "key 1", "other"), MISCONF);
    assert.equal(await client.command("GET", "key 0"), "$5\r\nother\r\n");
    assert.deepEqual([...Deno.readDirSync(home.directory)].map(({ name }) => name), ["dump.rdb"]);
    assert.deepEqual(Deno.readFileSync(home.file), saved);
  }
  await limitFiles(server.pid, "unlimited");
  assert.equal(await client.command("BGSAVE"), "+Background saving started\r\n");
  await server.says("Background saving terminated with success");
  assert.equal(await client.command("SET", "key 1", "other"), "+OK\r\n");
  await server.end();
});

Deno.test("Two servers do not share a directory", { ignore: isWindows }, async () => {
  using home = new Home();
  const first = await home.start(["--save", "3600 1"]);
  const second = await home.start(["--save", "3600 1"]);
  assert.equal(await second.end(null), 1);
  assert.match(second.log, /The directory .* is used by another server, exiting\./);
  // One that writes nothing there may.
  const third = await home.start(["--save", ""]);
  const client = await third.connect();
  assert.match(
    await client.command("CONFIG", "SET", "save", "10 10"),
    /^-ERR CONFIG SET failed .* - The directory is used by another server/,
  );
  assert.equal(await client.command("CONFIG", "GET", "save"), "*2\r\n$4\r\nsave\r\n$0\r\n\r\n");
  await third.end();
  // The claim ends with the process, however that ends.
  await first.end("SIGKILL");
  const fourth = await home.start(["--save", "3600 1"]);
  assert.equal(fourth.code, null);
  await fourth.end();
});

Deno.test("A damaged file stops the server, which says where", async () => {
  using home = new Home();
  const executor = new Executor();
  for (let i = 0; i < 100; i++) executor.run("SET", `key ${i}`, "value");
  const bytes = savedBytes(executor.keyspace);
  for (
    const [damaged, reason] of [
      [bytes.subarray(0, 500), /at offset \d+: The file ends too early/],
      [bytes.with(700, bytes[700] ^ 1), /at offset \d+: .*/],
      [bytesOf("no RDB file"), /at offset 9: Wrong signature trying to load DB from file/],
    ] as const
  ) {
    Deno.writeFileSync(home.file, damaged);
    const server = await home.start(["--save", "3600 1"]);
    assert.equal(await server.end(null), 1);
    assert.match(server.log, reason);
    assert.match(server.log, /Error loading .*dump\.rdb at offset/);
    assert.match(server.log, /Fatal error loading the DB, check server logs\. Exiting\./);
    // The file is left for whoever can mend it.
    assert.deepEqual(Deno.readFileSync(home.file), new Uint8Array(damaged));
  }
});

Deno.test("Damaged files are refused by a server that goes on, or loaded soundly", async () => {
  using home = new Home();
  const executor = new Executor();
  for (let i = 0; i < 200; i++) {
    executor.run("SET", `string ${i}`, `value ${i}`.repeat(9));
    executor.run("ZADD", "zset", String(i), `member ${i}`);
    executor.run("HSET", "hash", `field ${i}`, "value");
    executor.run("XADD", "stream", `${i + 1}-1`, "field", `value ${i}`);
  }
  const whole = savedBytes(executor.keyspace);
  const server = await home.start(["--save", "", "--enable-debug-command", "yes"]);
  const client = await server.connect();
  const replies = new Map<string, number>();
  const random = new SeededRandom(11);
  for (let i = 0; i < DAMAGED_FILES; i++) {
    const damaged = mutated(random, whole);
    Deno.writeFileSync(home.file, i % 2 === 0 ? damaged : sealed(damaged));
    const reply = await client.command("DEBUG", "RELOAD", "NOSAVE");
    replies.set(reply, (replies.get(reply) ?? 0) + 1);
    assert.match(await client.command("DEBUG", "DIGEST"), /^\+[0-9a-f]{40}\r\n$/);
  }
  const refused = "-ERR Error trying to load the RDB dump\r\n";
  assert.deepEqual([...replies.keys()].sort(), ["+OK\r\n", refused]);
  assert.ok(replies.get(refused)! >= DAMAGED_FILES / 2);
  const said = () => server.log.split(/Error loading .*dump\.rdb at offset \d+: /).length - 1;
  await server.until(() => said() === replies.get(refused), "a line for each refusal");
  Deno.writeFileSync(home.file, whole);
  assert.equal(await client.command("DEBUG", "RELOAD", "NOSAVE"), "+OK\r\n");
  assert.equal(await client.command("DBSIZE"), ":203\r\n");
  await server.end();
});

Deno.test("While a file is loaded clients are told so", async () => {
  using home = new Home();
  const executor = new Executor();
  for (let i = 0; i < 200; i++) {
    executor.run("MSET", ...Array.from({ length: 2000 }, (_, n) => [`key ${i} ${n}`, `value ${n}`]).flat());
  }
  Deno.writeFileSync(home.file, savedBytes(executor.keyspace));
  // In so small pieces loading takes a while.
  const args = ["--save", "", "--loading-process-events-interval-bytes", "1024"];
  const server = await home.start(args, "Server initialized");
  let client: RawConnection | undefined;
  await server.until(
    async () => (client = await server.connect().catch(() => undefined)) !== undefined,
    "connection",
  );
  assert.ok(client !== undefined);
  const replies: string[] = [];
  for (const command of ["GET", "PING", "INFO", "MULTI", "SET", "EXEC", "CONFIG"]) {
    const args = {
      GET: ["key 1 1"],
      INFO: ["persistence"],
      SET: ["a", "1"],
      CONFIG: ["SET", "appendonly", "yes"],
    }[command] ??
      [];
    replies.push(await client.command(command, ...args));
  }
  const LOADING = "-LOADING Redis is loading the dataset in memory\r\n";
  assert.deepEqual(replies.filter((_, i) => i !== 2 && i < 5), [LOADING, LOADING, "+OK\r\n", LOADING]);
  assert.equal(info(replies[2], "loading"), "1");
  assert.equal(info(replies[2], "loading_total_bytes"), String(Deno.statSync(home.file).size));
  assert.match(replies[5], /^-EXECABORT/);
  assert.equal(replies[6], LOADING);
  await server.says("Ready to accept connections");
  assert.equal(await client.command("DBSIZE"), ":400000\r\n");
  assert.equal(info(await client.command("INFO", "persistence"), "loading"), "0");
  await server.end();
});

Deno.test("DEBUG RELOAD", async () => {
  using home = new Home();
  const server = await home.start(["--save", "", "--enable-debug-command", "yes"]);
  const client = await server.connect();
  await client.command("SET", "a", "1");
  assert.equal(await client.command("DEBUG", "RELOAD"), "+OK\r\n");
  assert.equal(await client.command("GET", "a"), "$1\r\n1\r\n");
  await client.command("SET", "a", "2");
  await client.command("SET", "b", "2");
  assert.equal(await client.command("DEBUG", "RELOAD", "NOSAVE", "NOFLUSH", "MERGE"), "+OK\r\n");
  assert.equal(await client.command("MGET", "a", "b"), "*2\r\n$1\r\n1\r\n$1\r\n2\r\n");
  assert.equal(await client.command("DEBUG", "RELOAD", "nosave"), "+OK\r\n");
  assert.equal(await client.command("MGET", "a", "b"), "*2\r\n$1\r\n1\r\n$-1\r\n");
  assert.equal(
    await client.command("DEBUG", "RELOAD", "NOSAVE", "NOFLUSH"),
    "-ERR Error trying to load the RDB dump\r\n",
  );
  assert.match(server.log, /RDB has duplicated key "a" in DB 0/);
  assert.equal(
    await client.command("DEBUG", "RELOAD", "nonsense"),
    "-ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.\r\n",
  );
  await server.end();
});

Deno.test("A write to a large collection waits until a snapshot has written it; others do not", async () => {
  using home = new Home();
  const server = await home.start(["--save", ""]);
  const [writer, other] = [await server.connect(), await server.connect()];
  const count = 400_000;
  for (let i = 0; i < count; i += 10_000) {
    await writer.command("SADD", "large", ...Array.from({ length: 10_000 }, (_, n) => `member ${i + n}`));
  }
  await writer.command("SET", "small", "before");
  await writer.write(
    "BGSAVE\r\nSADD large new\r\nSREM large nobody\r\nMULTI\r\nSADD large newer\r\nEXEC\r\n",
  );
  assert.equal(await writer.readReplies(1), "+Background saving started\r\n");
  // Reads and other writes go on in between.
  assert.equal(await other.command("SISMEMBER", "large", "member 1"), ":1\r\n");
  assert.equal(await other.command("SET", "small", "after"), "+OK\r\n");
  assert.equal(await writer.readReplies(5), ":1\r\n:0\r\n+OK\r\n+QUEUED\r\n*1\r\n:1\r\n");
  await server.says("Background saving terminated with success");
  await other.command("FLUSHALL");
  await server.end("SIGKILL");

  const again = await home.start(["--save", ""]);
  const client = await again.connect();
  assert.equal(await client.command("SCARD", "large"), `:${count}\r\n`);
  assert.equal(await client.command("GET", "small"), "$6\r\nbefore\r\n");
  await again.end();
});

Deno.test("A server in a program reads and writes files only where it is asked to", async () => {
  using home = new Home();
  const plain = startServer();
  await (await use(plain.port))("SET", "a", "1");
  await plain.stop();
  const keeping = startServer({ directives: { dir: home.directory, save: "3600 1" } });
  await (await use(keeping.port))("SET", "a", "1");
  await keeping.stop();
  const again = startServer({ directives: { dir: home.directory } });
  assert.equal(await (await use(again.port))("GET", "a"), "$1\r\n1\r\n");
  await again.stop();
  Deno.writeFileSync(home.file, new Uint8Array(100));
  assert.throws(() => startServer({ directives: { dir: home.directory } }), /at offset 9: Wrong signature/);
});

async function use(port: number): Promise<(...args: string[]) => Promise<string>> {
  const connection = await RawConnection.connect({ port });
  return async (...args) => {
    const reply = await connection.command(...args);
    connection.close();
    return reply;
  };
}
