/** DEBUG DIGEST and DIGEST-VALUE against redis-server, over data of every type and encoding. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { Configuration } from "../../../src/server/configuration.ts";
import { Executor } from "../../support/executor.ts";
import { oracleState } from "../../support/oracle.ts";
import { runs } from "../../support/property.ts";
import { RawConnection } from "../../support/raw_connection.ts";
import { parseReplies } from "../../support/replies.ts";
import { type RunningServer, startOracle } from "../../support/servers.ts";

const { available } = await oracleState();
let oracle: RunningServer;
let connection: RawConnection;

Deno.test.beforeAll(async () => {
  if (!available) return;
  oracle = await startOracle(["--enable-debug-command", "yes"]);
  connection = await RawConnection.connect({ port: oracle.port });
});

Deno.test.afterAll(async () => {
  connection?.close();
  await oracle?.stop();
});

function withDebug(): Executor {
  const configuration = new Configuration();
  configuration.assign("enable-debug-command", ["yes"]);
  return new Executor(configuration);
}

const element = fc.oneof(
  fc.integer().map(String),
  fc.string({ maxLength: 10, unit: "binary-ascii" }),
  fc.constantFrom("", "\0\xff", "x".repeat(100), "-0", "007", "9223372036854775807"),
);
const score = fc.oneof(
  fc.double({ noNaN: true }).map(String),
  fc.integer().map(String),
  fc.constantFrom("inf", "-inf", "-0", "0.1", "1e-7", "3.0e20"),
);
/** A few elements, or more than any packed encoding takes. */
const many = <T>(one: fc.Arbitrary<T>) =>
  fc.oneof(
    { weight: 4, arbitrary: fc.array(one, { minLength: 1, maxLength: 8 }) },
    { weight: 1, arbitrary: fc.array(one, { minLength: 600, maxLength: 700, size: "max" }) },
  );
const pair = <A, B>(a: fc.Arbitrary<A>, b: fc.Arbitrary<B>) =>
  many(fc.tuple(a, b)).map((pairs) => pairs.flat());

/** Requests that make a key `k` of any type. */
const value = fc.oneof(
  element.map((text) => [["SET", "k", text]]),
  many(element).map((elements) => [["RPUSH", "k", ...elements]]),
  many(element).map((elements) => [["SADD", "k", ...elements]]),
  many(fc.integer()).map((numbers) => [["SADD", "k", ...numbers.map(String)]]),
  pair(element, element).map((pairs) => [["HSET", "k", ...pairs]]),
  pair(score, element).map((pairs) => [["ZADD", "k", ...pairs as string[]]]),
  fc.array(fc.array(element, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 30 }).map((
    entries,
  ) => [
    ...entries.map((
      fields,
      i,
    ) => ["XADD", "k", `${i + 1}-${i}`, ...fields.flatMap((field) => [field, field])]),
    ...entries.length > 2 ? [["XDEL", "k", "2-1"]] : [],
  ]),
);
const expiry = fc.boolean().map((expires) => expires ? [["PEXPIRE", "k", "100000000"]] : []);

/** The texts of a reply. */
function texts(reply: string): string[] {
  const [parsed] = parseReplies(reply);
  return (parsed.items ?? [parsed]).map(({ text, raw }) => text ?? raw);
}

Deno.test("digests are redis-server's", { ignore: !available }, async () => {
  await fc.assert(
    fc.asyncProperty(value, expiry, fc.integer({ min: 0, max: 15 }), async (make, expire, database) => {
      const executor = withDebug();
      const requests = [["FLUSHALL"], ["SELECT", String(database)], ...make, ...expire];
      for (const request of requests) {
        executor.run(...request);
        await connection.command(...request);
      }
      for (const request of [["DIGEST-VALUE", "k", "missing"], ["DIGEST"]]) {
        const ours = texts(executor.run("DEBUG", ...request));
        assert.deepEqual(ours, texts(await connection.command("DEBUG", ...request)));
        assert.match(ours[0], /[0-9a-f]{40}/);
        assert.doesNotMatch(ours[0], /0{40}/);
      }
      const payload = parseReplies(await connection.command("DUMP", "k"))[0].text!;
      executor.run("RESTORE", "restored", "0", payload);
      await connection.command("RESTORE", "restored", "0", payload);
      const ours = texts(executor.run("DEBUG", "DIGEST-VALUE", "restored"));
      assert.deepEqual(ours, texts(await connection.command("DEBUG", "DIGEST-VALUE", "restored")));
    }),
    runs(150),
  );
});
