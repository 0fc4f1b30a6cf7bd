/**
 * Files of redis-server are loaded here, and files written here there, with the same content.
 */

import assert from "node:assert/strict";
import { bytesOf } from "../../src/base/bytes.ts";
import { SeededRandom } from "../../src/base/random.ts";
import { Configuration } from "../../src/server/configuration.ts";
import { Executor } from "../support/executor.ts";
import { oracleState } from "../support/oracle.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { encodeRequest, parseReplies } from "../support/replies.ts";
import { type RunningServer, startOracle } from "../support/servers.ts";
import { assertSameKeys, contentsOfExecutor } from "./contents.ts";
import { allCommands, commandsFor, KEYS } from "./interchange_keys.ts";
import { loadBytes, savedBytes } from "./rdb_snapshots.ts";

const { available } = await oracleState();
let oracle: RunningServer;
let connection: RawConnection;

Deno.test.beforeAll(async () => {
  if (!available) return;
  oracle = await startOracle(["--enable-debug-command", "yes", "--sanitize-dump-payload", "yes"]);
  connection = await RawConnection.connect({ port: oracle.port, timeout: 60_000 });
});

Deno.test.afterAll(async () => {
  connection?.close();
  await oracle?.stop();
});

/** Requests that are sent together. */
const BATCH = 500;

async function runAll(commands: readonly string[][]): Promise<void> {
  for (let at = 0; at < commands.length; at += BATCH) {
    const batch = commands.slice(at, at + BATCH);
    await connection.write(batch.map(encodeRequest).join(""));
    await connection.readReplies(batch.length);
  }
}

async function ask(...args: string[]): Promise<string> {
  return parseReplies(await connection.command(...args))[0].text ?? "";
}

/** The digest of all that the oracle holds, after it has loaded a file. */
async function digestOf(bytes: Uint8Array): Promise<string> {
  Deno.writeFileSync(`${oracle.directory}/dump.rdb`, bytes);
  assert.equal(await ask("DEBUG", "RELOAD", "NOSAVE"), "OK", oracle.log());
  return await ask("DEBUG", "DIGEST");
}

/** All keys that expire, with their times. */
async function expiries(): Promise<string[]> {
  const times: string[] = [];
  for (let i = 0; i < KEYS; i += BATCH) {
    const batch = Array.from({ length: BATCH }, (_, n) => ["PEXPIRETIME", `key:${i + n}`]);
    await connection.write(batch.map(encodeRequest).join(""));
    times.push(await connection.readReplies(BATCH));
  }
  return times;
}

/** DUMP of some strings and streams: what does not depend on the order of a hash table, or on limits. */
async function dumps(): Promise<string[]> {
  const payloads: string[] = [];
  for (let i = 0; i < KEYS; i += 9 * 13) {
    for (const key of [`key:${i}`, `key:${i + 1}`, `key:${i + 8}`]) payloads.push(await ask("DUMP", key));
  }
  return payloads;
}

/** A server in this process that answers DEBUG DIGEST. */
function debuggable(): Executor {
  const configuration = new Configuration();
  configuration.assign("enable-debug-command", ["yes"]);
  return new Executor(configuration);
}

/** The oracle's file, loaded here. */
function loadTheirs(): Executor {
  const executor = debuggable();
  const theirs = Deno.readFileSync(`${oracle.directory}/dump.rdb`);
  assert.equal(loadBytes(executor.keyspace, theirs).loaded, KEYS);
  executor.keyspace.check();
  return executor;
}

Deno.test("Keys go from redis-server to here and back", { ignore: !available }, async () => {
  await ask("FLUSHALL");
  await runAll(allCommands(new SeededRandom(7)));
  assert.equal(await ask("DBSIZE"), String(KEYS));
  const digest = await ask("DEBUG", "DIGEST");
  const times = await expiries();
  const before = await dumps();
  for (const [compression, checksum] of [["no", "no"], ["yes", "yes"]]) {
    await ask("CONFIG", "SET", "rdbcompression", compression, "rdbchecksum", checksum);
    assert.equal(await ask("SAVE"), "OK");
    assert.equal(loadTheirs().run("DEBUG", "DIGEST"), `+${digest}\r\n`);
  }
  const ours = savedBytes(loadTheirs().keyspace);

  assert.equal(await digestOf(ours), digest);
  assert.deepEqual(await expiries(), times);
  assert.deepEqual(await dumps(), before);
});

Deno.test("Keys go from here to redis-server and back", { ignore: !available }, async () => {
  const executor = debuggable();
  for (const command of allCommands(new SeededRandom(9))) {
    assert.doesNotMatch(executor.run(...command), /^-/, command.join(" ").slice(0, 200));
  }
  assert.equal(executor.run("DBSIZE"), `:${KEYS}\r\n`);
  const digest = executor.run("DEBUG", "DIGEST");
  const before = contentsOfExecutor(executor);
  for (const compresses of [false, true]) {
    const ours = savedBytes(executor.keyspace, { compresses });
    assert.equal(`+${await digestOf(ours)}\r\n`, digest);
  }
  assert.equal(await ask("SAVE"), "OK");

  const back = loadTheirs();
  assert.equal(back.run("DEBUG", "DIGEST"), digest);
  assertSameKeys(contentsOfExecutor(back), before);
});

Deno.test("redis-check-rdb accepts files written here", { ignore: !available }, async () => {
  const executor = new Executor();
  const random = new SeededRandom(8);
  for (let i = 0; i < 5000; i++) for (const command of commandsFor(i, random)) executor.run(...command);
  const path = await Deno.makeTempFile();
  try {
    for (const checksum of [true, false]) {
      Deno.writeFileSync(path, savedBytes(executor.keyspace, { checksum, uses: "idle" }));
      const { code, stdout } = await new Deno.Command("redis-check-rdb", { args: [path] }).output();
      const output = new TextDecoder().decode(stdout);
      assert.equal(code, 0, output);
      assert.match(output, checksum ? /Checksum OK/ : /RDB file was saved with checksum disabled/);
      assert.match(output, /5000 keys read/);
    }
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("Functions of redis-server are kept", { ignore: !available }, async () => {
  await ask("FLUSHALL");
  const library = "#!lua name=lib\nredis.register_function('f', function() return 'hello' end)";
  assert.equal(await ask("FUNCTION", "LOAD", "REPLACE", library), "lib");
  assert.equal(await ask("SAVE"), "OK");
  const functions: Uint8Array[] = [];
  const executor = new Executor();
  loadBytes(executor.keyspace, Deno.readFileSync(`${oracle.directory}/dump.rdb`), {
    onFunction: (library) => functions.push(library),
  });
  assert.deepEqual(functions, [bytesOf(library)]);
  assert.equal(await ask("FUNCTION", "FLUSH"), "OK");
  await digestOf(savedBytes(executor.keyspace, { functions }));
  assert.equal(await ask("FCALL", "f", "0"), "hello");
});
