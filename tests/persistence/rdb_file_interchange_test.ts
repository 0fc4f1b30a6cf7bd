/**
 * Files of redis-server are loaded here, and files written here there, with the same content.
 *
 * `DENODIS_INTERCHANGE_KEYS` says how many keys go there and back; 5,000 unless told, 100,000 in a full run.
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

const KEYS = Number(Deno.env.get("DENODIS_INTERCHANGE_KEYS") ?? 5_000);
/** Keys that are made under the same directives, and requests that are sent together. */
const SETTING_KEYS = KEYS / 10, BATCH = 500;
/** Far in the future of both clocks, milliseconds since the epoch. */
const EXPIRY = 4_000_000_000_000;

/** Commands that make the key `key:i`, of a type and size that depend on i and on chance. */
function commandsFor(i: number, random: SeededRandom): string[][] {
  const key = `key:${i}`;
  const below = (limit: number) => random.uint32() % limit;
  // Most collections are small, some are larger than any threshold, wherever that is.
  const size = below(40) === 0 ? 100 + below(500) : 1 + below(9);
  const text = () =>
    ["", "a", "-7", "123456789012", "x".repeat(70), "compressible ".repeat(9), `${below(1e9)}`][below(7)];
  const texts = Array.from({ length: size }, (_, n) => `${text()}:${n}`);
  const commands = [
    () => [["SET", key, text()]],
    () => [["SET", key, String(below(2 ** 31))]],
    () => [["RPUSH", key, ...texts, ...(below(50) === 0 ? ["L".repeat(20_000)] : [])]],
    () => [["SADD", key, ...texts]],
    () => [["SADD", key, ...texts.map((_, n) => String(n * below(70_000)))]],
    () => [["ZADD", key, ...texts.flatMap((member) => [String(below(1000) / 8 - 50), member])]],
    () => [["HSET", key, ...texts.flatMap((field) => [field, text()])]],
    () => [["PFADD", key, ...texts]],
    () => [
      ...texts.slice(0, 120).map((
        value,
        n,
      ) => ["XADD", key, `${n + 1}-${below(9)}`, "field", value, `f${n % 3}`, "v"]),
      ["XGROUP", "CREATE", key, "group", "0"],
      ["XREADGROUP", "GROUP", "group", "consumer", "COUNT", "4", "STREAMS", key, ">"],
      ["XDEL", key, "2-1"],
    ],
  ][i % 9]();
  if (below(4) === 0) commands.push(["PEXPIREAT", key, String(EXPIRY + i)]);
  return commands;
}

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

/** Directives that decide about encodings, in settings of which each key meets another. */
const SETTINGS: readonly Readonly<Record<string, string>>[] = [
  {},
  {
    "list-max-listpack-size": "3",
    "hash-max-listpack-entries": "0",
    "set-max-intset-entries": "2",
    "zset-max-listpack-entries": "0",
    "stream-node-max-entries": "2",
    "rdbcompression": "no",
  },
  {
    "list-max-listpack-size": "-5",
    "list-compress-depth": "1",
    "hash-max-listpack-entries": "5000",
    "hash-max-listpack-value": "5000",
    "set-max-intset-entries": "5000",
    "zset-max-listpack-entries": "5000",
    "zset-max-listpack-value": "5000",
    "stream-node-max-bytes": "100",
    "rdbcompression": "yes",
  },
];

/** The commands that make all keys, each under some of the directives. */
function allCommands(random: SeededRandom): string[][] {
  const commands: string[][] = [];
  for (let i = 0; i < KEYS; i++) {
    if (i % SETTING_KEYS === 0) {
      const settings = Object.entries(SETTINGS[(i / SETTING_KEYS) % SETTINGS.length]);
      commands.push(...settings.map((pair) => ["CONFIG", "SET", ...pair]));
    }
    commands.push(...commandsFor(i, random));
  }
  return commands;
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
