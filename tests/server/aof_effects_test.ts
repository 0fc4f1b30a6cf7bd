/**
 * The effects of random commands of all types, alone, in transactions and in scripts: what they have made of the data
 * comes back from the append-only file, here and in redis-server.
 *
 * `DENODIS_AOF_COMMANDS` says how many commands there are; 6,000 unless told.
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { anyCommand } from "../parity/generators/mod.ts";
import { AOF_FLAGS, digestOf, digestOfCopy } from "../support/aof_copies.ts";
import { oracleState } from "../support/oracle.ts";
import { runs } from "../support/property.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { encodeRequest } from "../support/replies.ts";
import { denodisCommand, startServer } from "../support/servers.ts";

const { available } = await oracleState();
const COMMANDS = Number(Deno.env.get("DENODIS_AOF_COMMANDS") ?? 6000);
const SEQUENCE = 300;
const SEQUENCES_COMPARED_AT_ONCE = 5;
const SCRIPT = "return redis.pcall(unpack(ARGV))";
/** A key that expires while digests are taken changes them: then they are taken again. */
const ATTEMPTS = 5;

/** A request as the client sends it: by itself, between MULTI and EXEC with its neighbours, or from a script. */
type Way = "alone" | "transaction" | "script";

const sequence = fc.array(
  fc.tuple(anyCommand, fc.constantFrom<Way>("alone", "alone", "alone", "transaction", "script")),
  { minLength: SEQUENCE, maxLength: SEQUENCE, size: "max" },
);

function requestsOf(commands: readonly (readonly [{ readonly args: readonly string[] }, Way])[]): string[][] {
  const requests: string[][] = [];
  let queues = false;
  for (const [{ args }, way] of commands) {
    if (queues !== (way === "transaction")) requests.push([queues ? "EXEC" : "MULTI"]);
    queues = way === "transaction";
    requests.push(way === "script" ? ["EVAL", SCRIPT, "0", ...args] : [...args]);
  }
  if (queues) requests.push(["EXEC"]);
  return requests;
}

/** Has a server write an append-only file, which both servers load then. */
async function compareEffects(name: string, command: readonly string[]): Promise<void> {
  const server = await startServer({ name, command, args: AOF_FLAGS });
  try {
    const connection = await RawConnection.connect({ port: server.port, timeout: 20_000 });

    const digests = new Set<string>();
    const compare = async () => {
      // The files of a rewrite cannot be copied one after the other while it goes on.
      while (!/aof_rewrite_in_progress:0\r\n/.test(await connection.command("INFO", "persistence")));
      for (let attempt = 1;; attempt++) {
        const before = await digestOf(server);
        const here = await digestOfCopy("denodis", server.directory);
        const there = available ? await digestOfCopy("redis-server", server.directory) : before;
        if (
          attempt < ATTEMPTS && (before !== await digestOf(server) || here !== before || there !== before)
        ) {
          continue;
        }
        assert.deepEqual({ here, there }, { here: before, there: before });
        digests.add(before);
        return;
      }
    };

    let count = 0;
    await fc.assert(
      fc.asyncProperty(sequence, async (commands) => {
        const requests = requestsOf(commands);
        await Promise.all([
          connection.readReplies(requests.length),
          connection.write(requests.map(encodeRequest).join("")),
        ]);
        // In the midst of a sequence now and then, to be joined by what comes after it; in each form in turn.
        if (count % SEQUENCES_COMPARED_AT_ONCE === 2) {
          const form = count % (2 * SEQUENCES_COMPARED_AT_ONCE) === 2 ? "no" : "yes";
          await connection.command("CONFIG", "SET", "aof-use-rdb-preamble", form);
          await connection.command("BGREWRITEAOF");
        }
        if (++count % SEQUENCES_COMPARED_AT_ONCE === 0) await compare();
      }),
      { ...runs(Math.ceil(COMMANDS / SEQUENCE)), endOnFailure: true },
    );
    await compare();
    assert.ok(digests.size > 1, "The data never changes");
    connection.close();
  } finally {
    await server.stop();
  }
}

Deno.test("What random commands have done is what their effects do, here and in redis-server", async () => {
  await compareEffects("denodis", denodisCommand());
});

Deno.test("The effects of random commands that redis-server has written load here", {
  ignore: !available,
}, async () => {
  await compareEffects("redis-server", ["redis-server"]);
});
