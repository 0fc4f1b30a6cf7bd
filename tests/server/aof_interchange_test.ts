/** Keys of every type and encoding go by append-only files from here to redis-server and back, in both forms of a base. */

import assert from "node:assert/strict";
import { SeededRandom } from "../../src/base/random.ts";
import { allCommands, KEYS } from "../persistence/interchange_keys.ts";
import { AOF_FLAGS } from "../support/aof_copies.ts";
import { oracleState } from "../support/oracle.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { encodeRequest, parseReplies } from "../support/replies.ts";
import { denodisCommand, type RunningServer, startServer } from "../support/servers.ts";

const { available } = await oracleState();
const BATCH = 500;
/** The digest of 100,000 keys takes most of a minute. */
const TIMEOUT = 300_000;
const REWRITTEN = /aof_rewrite_in_progress:0\r\n[^]*aof_last_bgrewrite_status:ok/;

/** What reads values whose elements have an order; the others are in the digest alone. */
const READERS: Readonly<Record<string, (key: string) => string[]>> = {
  "+string": (key) => ["GET", key],
  "+list": (key) => ["LRANGE", key, "0", "-1"],
  "+zset": (key) => ["ZRANGE", key, "0", "-1", "WITHSCORES"],
  "+stream": (key) => ["XRANGE", key, "-", "+"],
};

/** A server with a connection, which is stopped with the scope that holds it. */
class Peer implements AsyncDisposable {
  readonly connection: RawConnection;
  readonly #server: RunningServer;
  readonly #directory: string;

  private constructor(server: RunningServer, connection: RawConnection, directory: string) {
    this.connection = connection;
    this.#server = server;
    this.#directory = directory;
  }

  static async start(name: "denodis" | "redis-server", directory: string): Promise<Peer> {
    const command = name === "denodis" ? denodisCommand() : [name];
    const server = await startServer({ name, command, args: [...AOF_FLAGS, "--dir", directory] });
    const connection = await RawConnection.connect({ port: server.port, timeout: TIMEOUT });
    return new Peer(server, connection, directory);
  }

  async run(requests: readonly string[][]): Promise<string[]> {
    const replies: string[] = [];
    for (let at = 0; at < requests.length; at += BATCH) {
      const batch = requests.slice(at, at + BATCH);
      await this.connection.write(batch.map(encodeRequest).join(""));
      replies.push(await this.connection.readReplies(batch.length));
    }
    return replies;
  }

  /** Rewrites the file with or without an RDB file for its base. */
  async rewrite(preamble: "yes" | "no"): Promise<void> {
    await this.connection.command("CONFIG", "SET", "aof-use-rdb-preamble", preamble);
    assert.match(await this.connection.command("BGREWRITEAOF"), /^\+Background/);
    while (!REWRITTEN.test(await this.connection.command("INFO", "persistence")));
    const names = Array.from(Deno.readDirSync(`${this.#directory}/appendonlydir`), ({ name }) => name);
    const bases = names.filter((name) => name.includes(".base."));
    assert.ok(bases.some((name) => name.endsWith(preamble === "yes" ? ".rdb" : ".aof")), bases.join());
  }

  /** All types, times of expiry, values whose elements have an order, and the digest of everything. */
  async contents(): Promise<string[]> {
    const names = Array.from({ length: KEYS }, (_, i) => `key:${i}`);
    const types = (await this.run(names.map((name) => ["TYPE", name]))).join("").split("\r\n");
    const times = await this.run(names.map((name) => ["PEXPIRETIME", name]));
    const values = await this.run(
      names.flatMap((name, i) => types[i] in READERS ? [READERS[types[i]](name)] : []),
    );
    return [types.join(), ...times, ...values, await this.connection.command("DEBUG", "DIGEST")];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.connection.close();
    await this.#server.stop();
  }
}

Deno.test("Keys go by AOF from here to redis-server and back", { ignore: !available }, async () => {
  const directory = await Deno.makeTempDir({ prefix: "denodis-test-" });
  try {
    let expected: string[] | undefined;
    for (const preamble of ["no", "yes"] as const) {
      for (const name of ["denodis", "redis-server"] as const) {
        await using peer = await Peer.start(name, directory);
        if (expected === undefined) {
          const replies = await peer.run(allCommands(new SeededRandom(11)));
          const errors = replies.flatMap((text) => parseReplies(text)).filter(({ type }) => type === "-");
          assert.deepEqual(errors, []);
          expected = await peer.contents();
        } else {
          assert.deepEqual(await peer.contents(), expected);
        }
        await peer.rewrite(preamble);
        assert.deepEqual(await peer.contents(), expected);
      }
    }
    await using last = await Peer.start("denodis", directory);
    assert.deepEqual(await last.contents(), expected);
    const check = await new Deno.Command("redis-check-aof", {
      args: [`${directory}/appendonlydir/appendonly.aof.manifest`],
    }).output();
    assert.equal(check.code, 0, new TextDecoder().decode(check.stdout));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
