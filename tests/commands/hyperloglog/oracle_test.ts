/**
 * HyperLogLogs against redis-server: the same additions and mergers leave the same bytes, and one server counts what the
 * other has made.
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { Executor } from "../../support/executor.ts";
import { oracleState } from "../../support/oracle.ts";
import { runs } from "../../support/property.ts";
import { RawConnection } from "../../support/raw_connection.ts";
import { encodeRequest, parseReplies } from "../../support/replies.ts";
import { startOracle } from "../../support/servers.ts";

const { available } = await oracleState();

const KEYS = ["a", "b", "c"];
const key = fc.constantFrom(...KEYS);
const elements = fc.oneof(
  fc.array(fc.string({ unit: "binary-ascii", maxLength: 40 }), { maxLength: 8 }),
  fc.tuple(fc.nat(100_000), fc.constantFrom(30, 200, 1500)).map(([first, count]) =>
    Array.from({ length: count }, (_, i) => `e${first + i}`)
  ),
);
const request = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(key, elements).map(([name, list]) => ["PFADD", name, ...list]) },
  {
    weight: 2,
    arbitrary: fc.array(key, { minLength: 1, maxLength: 3 }).map((names) => ["PFMERGE", ...names]),
  },
  {
    weight: 2,
    arbitrary: fc.array(key, { minLength: 1, maxLength: 3 }).map((names) => ["PFCOUNT", ...names]),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom("0", "40", "500", "3000", "16000").map((bytes) => [
      "CONFIG",
      "SET",
      "hll-sparse-max-bytes",
      bytes,
    ]),
  },
);
const looks = KEYS.flatMap((name) => [["GET", name], ["STRLEN", name], ["OBJECT", "ENCODING", name]]);

Deno.test("the same requests leave the same bytes", { ignore: !available }, async () => {
  const oracle = await startOracle();
  const connection = await RawConnection.connect({ port: oracle.port });
  const executor = new Executor();
  const ask = async (requests: readonly string[][]) => {
    const [raw] = await Promise.all([
      connection.readReplies(requests.length),
      connection.write(requests.map(encodeRequest).join("")),
    ]);
    const theirs = parseReplies(raw).map((reply) => reply.raw);
    const ours = requests.map((words) => executor.run(...words));
    for (const [i, words] of requests.entries()) {
      assert.equal(ours[i], theirs[i], words.slice(0, 10).join(" "));
    }
    return theirs;
  };
  try {
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 12 }), async (requests) => {
        const restart = [["FLUSHALL"], ["CONFIG", "SET", "hll-sparse-max-bytes", "3000"]];
        await ask([...restart, ...requests, ...looks]);
        // What the oracle has made, without the cardinality that is still true, is counted here, and the other way round.
        await ask([
          ...KEYS.map((name) => ["PFADD", name, "one", "more"]),
          ...KEYS.map((name) => ["PFCOUNT", name]),
        ]);
        for (const name of KEYS) {
          const value = parseReplies(await connection.command("GET", name))[0].text!;
          executor.run("SET", "loaded", value);
          const count = parseReplies(await connection.command("PFCOUNT", name))[0].raw;
          assert.equal(executor.run("PFCOUNT", "loaded"), count);
          await ask([["SET", "loaded", value], ["PFADD", "loaded", "x", "y", "z"], ["PFCOUNT", "loaded"], [
            "GET",
            "loaded",
          ]]);
        }
      }),
      runs(300),
    );
  } finally {
    connection.close();
    await oracle.stop();
  }
});
