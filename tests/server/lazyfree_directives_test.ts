/**
 * What `lazyfree-lazy-*` change that can be seen: whether removals that no client wrote as DEL or UNLINK are recorded as
 * the one or the other. The expectations hold for redis-server 7.0.15 as well, byte for byte.
 */

import assert from "node:assert/strict";
import { byteString } from "../../src/base/bytes.ts";
import { oracleState } from "../support/oracle.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { encodeRequest } from "../support/replies.ts";
import { denodisCommand, startServer } from "../support/servers.ts";

const { available } = await oracleState();
const DIRECTIVES = ["lazyfree-lazy-expire", "lazyfree-lazy-server-del", "lazyfree-lazy-user-del"] as const;
type Directive = typeof DIRECTIVES[number];

/** Requests and the effects of the last of them; before the bar stands the directive that makes UNLINK of a DEL. */
const ROWS: readonly (readonly [requests: readonly string[], effects: readonly string[]])[] = [
  // What a client wrote stays as it is, in transactions and scripts too.
  [["SET k v", "DEL k"], ["DEL k"]],
  [["SET k v", "UNLINK k"], ["UNLINK k"]],
  [["SET k v", "DEL k missing"], ["DEL k missing"]],
  [["SET k v", "MULTI", "DEL k", "EXEC"], ["DEL k"]],
  [["SET k v", "EVAL return(redis.call('del','k')) 0"], ["del k"]],
  // Time.
  [["SET k v", "EXPIRE k -1"], ["lazyfree-lazy-expire|DEL k"]],
  [["SET k v", "PEXPIREAT k 1"], ["lazyfree-lazy-expire|DEL k"]],
  [["SET k v", "GETEX k PXAT 1"], ["lazyfree-lazy-expire|DEL k"]],
  [["SET k v PXAT 1", "GET k"], ["lazyfree-lazy-expire|DEL k"]],
  [["SET k v PXAT 1", "DEL k"], ["lazyfree-lazy-expire|DEL k"]],
  [["SET k v PXAT 1", "SET k w"], ["MULTI", "lazyfree-lazy-expire|DEL k", "SET k w", "EXEC"]],
  [["SET k v", "EVAL return(redis.call('expire','k',-1)) 0"], ["lazyfree-lazy-expire|DEL k"]],
  // Other commands that remove. With lazyfree-lazy-server-del nothing is recorded in another way.
  [["SET k v", "GETDEL k"], ["lazyfree-lazy-user-del|DEL k"]],
  [["SADD s a b", "SPOP s 2"], ["DEL s"]],
  [["SET k v", "RESTORE k 1 $DUMP REPLACE ABSTTL"], ["DEL k"]],
  // What is replaced or emptied by a request that says so itself.
  [["RPUSH k a", "SET k v"], ["SET k v"]],
  [["RPUSH l a", "RENAME l k"], ["RENAME l k"]],
  [["SADD s a", "SINTERSTORE s s missing"], ["SINTERSTORE s s missing"]],
  [["RPUSH l a", "LPOP l"], ["LPOP l"]],
  [["HSET h f v", "HDEL h f"], ["HDEL h f"]],
];
/** Looks at the file until it has got the last effect. */
const ATTEMPTS = 1000;
/** Requests before the last that are not recorded as they came. */
const UNRECORDED = /^(MULTI|CONFIG|DEBUG)/;

/** The append-only file that the rows leave where these directives are on, from the first SELECT on. */
function expectedFile(on: ReadonlySet<Directive>, dump: string): string {
  const lines = ["SELECT 0"];
  for (const [requests, effects] of ROWS) {
    lines.push(...requests.slice(0, -1).filter((request) => !UNRECORDED.test(request)));
    // The request between MULTI and EXEC is the effect itself.
    if (requests.at(-1) === "EXEC") lines.pop();
    for (const effect of effects) {
      const [directive, removal] = effect.split("|");
      const line = removal ?? effect;
      lines.push(
        removal !== undefined && on.has(directive as Directive) ? line.replace("DEL", "UNLINK") : line,
      );
    }
  }
  lines.push("SET active v PXAT 1", on.has("lazyfree-lazy-expire") ? "UNLINK active" : "DEL active");
  return lines.map((line) => encodeRequest(wordsOf(line, dump))).join("");
}

function wordsOf(line: string, dump: string): string[] {
  return line.split(" ").map((word) => word === "$DUMP" ? dump : word);
}

/** Runs the rows on a server, and returns what they have left in its append-only file, and a DUMP. */
async function recordedFile(
  name: string,
  command: readonly string[],
  on: ReadonlySet<Directive>,
): Promise<{ file: string; dump: string }> {
  const args = ["--save", "", "--appendonly", "yes", "--appendfsync", "always"];
  const server = await startServer({
    name,
    command,
    args: [...args, "--enable-debug-command", "yes", "--set-proc-title", "no"],
  });
  const connection = await RawConnection.connect({ port: server.port, timeout: 20_000 });
  try {
    for (const directive of on) {
      assert.equal(await connection.command("CONFIG", "SET", directive, "yes"), "+OK\r\n");
    }
    await connection.command("DEBUG", "SET-ACTIVE-EXPIRE", "0");
    await connection.command("SELECT", "1");
    await connection.command("SET", "dumped", "v");
    const dump = (await connection.command("DUMP", "dumped")).replace(/^\$\d+\r\n/, "").slice(0, -2);
    await connection.command("SELECT", "0");
    for (const [requests] of ROWS) {
      for (const request of requests) {
        const reply = await connection.command(...wordsOf(request, dump));
        assert.ok(!reply.startsWith("-"), `${request}: ${reply}`);
      }
    }
    // Nobody asks for it.
    const before = await connection.command("DBSIZE");
    await connection.command("SET", "active", "v", "PXAT", "1");
    await connection.command("DEBUG", "SET-ACTIVE-EXPIRE", "1");
    while (await connection.command("DBSIZE") !== before);
    await connection.command("PING");
    const path = `${server.directory}/appendonlydir/appendonly.aof.1.incr.aof`;
    // Of what removes keys by itself nobody waits for the file.
    let file = "";
    for (let attempt = 0; attempt < ATTEMPTS && !/(DEL|UNLINK)\r\n\$6\r\nactive\r\n$/.test(file); attempt++) {
      const bytes = await Deno.readFile(path);
      file = byteString(bytes, 0, bytes.length);
      await connection.command("PING");
    }
    return { file: file.slice(file.indexOf(encodeRequest(["SELECT", "0"]))), dump };
  } finally {
    connection.close();
    await server.stop();
  }
}

const CONFIGURATIONS: readonly (readonly Directive[])[] = [[], ...DIRECTIVES.map((one) => [one]), DIRECTIVES];

for (const directives of CONFIGURATIONS) {
  Deno.test(`What is recorded as UNLINK with ${directives.join(", ") || "no lazyfree-lazy-*"}`, async () => {
    const on = new Set(directives);
    const here = await recordedFile("denodis", denodisCommand(), on);
    assert.equal(here.file, expectedFile(on, here.dump));
    if (!available) return;
    const there = await recordedFile("redis-server", ["redis-server"], on);
    assert.equal(there.file, expectedFile(on, there.dump));
  });
}
