/** What redis-server dumps is restored here, and what is dumped here is restored there, with the same content. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { anyElement } from "../memory/modelled_listpack.ts";
import { Executor } from "../support/executor.ts";
import { oracleState } from "../support/oracle.ts";
import { runs } from "../support/property.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { encodeRequest, parseReplies, printable } from "../support/replies.ts";
import { type RunningServer, startOracle } from "../support/servers.ts";
import { samples, typeOf } from "./rdb_samples.ts";

const { available } = await oracleState();
let oracle: RunningServer;
let connection: RawConnection;

Deno.test.beforeAll(async () => {
  if (!available) return;
  oracle = await startOracle(["--enable-debug-command", "yes", "--sanitize-dump-payload", "yes"]);
  connection = await RawConnection.connect({ port: oracle.port });
});

Deno.test.afterAll(async () => {
  connection?.close();
  await oracle?.stop();
});

type Command = readonly string[];

const long = fc.tuple(fc.constantFrom("a", "abc", "\0\xff", "lorem ipsum "), fc.integer({ min: 1, max: 900 }))
  .map(([text, times]) => text.repeat(times));
const element = fc.oneof({ weight: 8, arbitrary: anyElement }, { weight: 1, arbitrary: long });
const small = fc.oneof(
  fc.integer({ min: -40, max: 300 }).map(String),
  fc.string({ maxLength: 4, unit: "binary-ascii" }),
);
/** Sizes of collections: most are small, some are larger than any threshold. */
const elements = (one: fc.Arbitrary<string>) =>
  fc.oneof(
    { weight: 5, arbitrary: fc.array(one, { minLength: 1, maxLength: 12 }) },
    {
      weight: 1,
      arbitrary: fc.tuple(one, fc.integer({ min: 100, max: 700 }))
        .map(([text, count]) => Array.from({ length: count }, (_, i) => i % 3 === 0 ? String(i) : text + i)),
    },
  );
const score = fc.oneof(
  fc.integer({ min: -9, max: 9 }),
  fc.double({ noNaN: true }),
  fc.constantFrom(Infinity, -Infinity, 2 ** 53 + 2, 2 ** 62, 2 ** 70, -0, 1e-300),
).map((value) => Number.isFinite(value) ? String(value) : value > 0 ? "inf" : "-inf");

const listOf = elements(element).map((texts): Command[] => [["RPUSH", "key", ...texts]]);
const setOf = fc.oneof(
  elements(element),
  elements(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String)),
)
  .map((texts): Command[] => [["SADD", "key", ...texts]]);
const hashOf = elements(element).map((texts): Command[] => [
  ["HSET", "key", ...texts.flatMap((text, i) => [text, texts[(i * 7) % texts.length]])],
]);
const sortedSetOf = fc.tuple(elements(element), fc.array(score, { minLength: 1 })).map((
  [texts, scores],
): Command[] => [
  ["ZADD", "key", ...texts.flatMap((text, i) => [scores[i % scores.length], text])],
]);

const streamId = fc.nat(30).map((ms) => `${ms}-0`);
const streamStep: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.array(small, { minLength: 1, maxLength: 3 }).map((fields) => [
      "XADD",
      "key",
      "{next}",
      ...fields.flatMap((field) => [field, `${field}=`]),
    ]),
  },
  {
    weight: 10,
    arbitrary: streamId.map((id) => ["XADD", "key", "{next}", "temperature", "20", "place", id]),
  },
  { weight: 4, arbitrary: streamId.map((id) => ["XDEL", "key", id]) },
  { weight: 1, arbitrary: fc.nat(20).map((length) => ["XTRIM", "key", "MAXLEN", String(length)]) },
  { weight: 1, arbitrary: streamId.map((id) => ["XSETID", "key", `9999999999999${id}`]) },
  {
    weight: 3,
    arbitrary: fc.tuple(fc.constantFrom("g", "h", "12"), fc.oneof(streamId, fc.constantFrom("$", "0")))
      .map(([group, id]) => ["XGROUP", "CREATE", "key", group, id, "MKSTREAM"]),
  },
  { weight: 1, arbitrary: fc.constant(["XGROUP", "CREATECONSUMER", "key", "g", "idle"]) },
  {
    weight: 6,
    arbitrary: fc.tuple(
      fc.constantFrom("g", "h"),
      fc.constantFrom("alice", "bob"),
      fc.integer({ min: 1, max: 5 }),
    )
      .map(([group, consumer, count]) =>
        `XREADGROUP GROUP ${group} ${consumer} COUNT ${count} STREAMS key >`.split(" ")
      ),
  },
  { weight: 2, arbitrary: streamId.map((id) => ["XACK", "key", "g", id]) },
  {
    weight: 2,
    arbitrary: streamId.map((
      id,
    ) => ["XCLAIM", "key", "g", "carol", "0", id, "RETRYCOUNT", "70000", "TIME", "5"]),
  },
  {
    weight: 1,
    // Counts that the next entry lets overflow, too.
    arbitrary: fc.tuple(streamId, fc.constantFrom("3", "9223372036854775807"))
      .map(([id, count]) => ["XGROUP", "SETID", "key", "g", id, "ENTRIESREAD", count]),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom("1000", "9223372036854775807")
      .map((count) => ["XSETID", "key", "{id}", "ENTRIESADDED", count]),
  },
);
const streamOf = fc.array(streamStep, { minLength: 1, maxLength: 60, size: "max" }).map((steps) =>
  steps.map((step, i) =>
    step.map((argument) => argument.replace("{next}", `${i}-*`).replace("{id}", `${i}-0`))
  )
);

/** Directives that decide about encodings, for both servers. */
const limits = fc.record({
  "hash-max-listpack-entries": fc.constantFrom("512", "3"),
  "hash-max-listpack-value": fc.constantFrom("64", "5"),
  "zset-max-listpack-entries": fc.constantFrom("128", "3"),
  "zset-max-listpack-value": fc.constantFrom("64", "5"),
  "set-max-intset-entries": fc.constantFrom("512", "4"),
  "list-max-listpack-size": fc.constantFrom("-2", "-1", "3", "1"),
  "stream-node-max-entries": fc.constantFrom("100", "2"),
  "stream-node-max-bytes": fc.constantFrom("4096", "60"),
});

/** The replies to commands that are sent at once, as text. */
async function ask(commands: readonly Command[]): Promise<string[]> {
  await connection.write(commands.map(encodeRequest).join(""));
  return parseReplies(await connection.readReplies(commands.length)).map(({ raw }) => raw);
}

function textOf(raw: string): string | undefined {
  return parseReplies(raw)[0].text;
}

/** The encodings that 7.0 has for what 7.2 packs in listpacks. */
const OLDER: Record<string, Record<string, string>> = {
  "+set\r\n": { listpack: "hashtable" },
  "+list\r\n": { listpack: "quicklist" },
};

/** Takes a value from the oracle and gives it back, and compares what it was with what it is then. */
async function exchange(
  executor: Executor,
  directives: Record<string, string>,
  commands: readonly Command[],
) {
  const settings = Object.entries(directives).flat();
  const [, set, ...rest] = await ask([
    ["FLUSHALL"],
    ["CONFIG", "SET", ...settings],
    ["DEBUG", "QUICKLIST-PACKED-THRESHOLD", "4000"],
    ...commands,
    ["DUMP", "key"],
    ["OBJECT", "ENCODING", "key"],
  ]);
  assert.equal(set, "+OK\r\n");
  const [dump, encoding] = rest.slice(-2).map(textOf);
  if (dump === undefined) return;
  executor.run("FLUSHALL");
  assert.equal(executor.run("CONFIG", "SET", ...settings), "+OK\r\n");
  assert.equal(executor.run("RESTORE", "key", "0", dump), "+OK\r\n", printable(dump));
  executor.keyspace.check();
  const type = executor.run("TYPE", "key");
  const ours = textOf(executor.run("OBJECT", "ENCODING", "key"))!;
  assert.equal(OLDER[type]?.[ours] ?? ours, encoding);
  const own = textOf(executor.run("DUMP", "key"))!;
  const [restored, digests, again] = await ask([
    ["RESTORE", "copy", "0", own],
    ["DEBUG", "DIGEST-VALUE", "key", "copy"],
    ["DUMP", "copy"],
  ]);
  assert.equal(restored, "+OK\r\n", printable(own));
  const [left, right] = parseReplies(digests)[0].items!.map(({ text }) => text);
  assert.equal(right, left);
  // The digest leaves out most of what a stream is; its dump does not depend on any order.
  if (type === "+stream\r\n") assert.equal(textOf(again), dump);
  assert.equal(executor.run("RESTORE", "own", "0", own), "+OK\r\n");
  executor.keyspace.check();
}

const KINDS = {
  strings: element.map((text): Command[] => [["SET", "key", text]]),
  lists: listOf,
  sets: setOf,
  hashes: hashOf,
  "sorted sets": sortedSetOf,
  streams: streamOf,
};

for (const [kind, commands] of Object.entries(KINDS)) {
  Deno.test(`any ${kind} go to redis-server and come back`, { ignore: !available }, async () => {
    const executor = new Executor();
    const used = executor.keyspace.arena.used;
    await fc.assert(
      fc.asyncProperty(limits, commands, (directives, commands) => exchange(executor, directives, commands)),
      runs(150),
    );
    executor.run("FLUSHALL");
    while (executor.keyspace.lazyfree.step());
    assert.equal(executor.keyspace.arena.used, used);
  });
}

/** The last type that 7.0 knows. */
const LAST_TYPE = 19;

for (const { name, payload } of samples.filter(({ payload }) => typeOf(payload) <= LAST_TYPE)) {
  Deno.test(`${name} made by hand is the same to redis-server`, { ignore: !available }, async () => {
    const executor = new Executor();
    assert.equal(executor.run("RESTORE", "k", "0", payload), "+OK\r\n");
    const [, theirs, ours, digests, ...dumps] = await ask([
      ["FLUSHALL"],
      ["RESTORE", "k", "0", payload],
      ["RESTORE", "ours", "0", textOf(executor.run("DUMP", "k"))!],
      ["DEBUG", "DIGEST-VALUE", "k", "ours"],
      ["DUMP", "k"],
      ["DUMP", "ours"],
    ]);
    assert.deepEqual([theirs, ours], ["+OK\r\n", "+OK\r\n"]);
    const [left, right] = parseReplies(digests)[0].items!.map(({ text }) => text);
    assert.equal(right, left);
    if (name.startsWith("STREAM")) assert.equal(dumps[1], dumps[0]);
  });
}
