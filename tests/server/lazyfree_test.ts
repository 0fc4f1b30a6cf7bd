/** Large collections are freed in bounded steps and completely, whatever command or time removed them. */

import assert from "node:assert/strict";
import { encodeRequest, Executor } from "../support/executor.ts";

/** Elements of a collection. */
const ELEMENTS = 200_000;
/** Blocks that a step may free: it aims at 1,024, and what a collection is made of is sometimes freed in one go. */
const MOST_PER_STEP = 4096;
/** Elements that a request adds. */
const BATCH = 1000;

/** How each kind of collection gets its elements from `first` to `last`, that one not included. */
const KINDS: Readonly<
  Record<string, { prepare?: string[][]; fill: (first: number, last: number) => string[][] }>
> = {
  "set": { fill: (first, last) => [["SADD", "k", ...range(first, last).map((i) => `member:${i}`)]] },
  "hash": {
    fill: (
      first,
      last,
    ) => [["HSET", "k", ...range(first, last).flatMap((i) => [`field:${i}`, `value:${i}`])]],
  },
  "hash whose fields expire": {
    fill: (first, last) => [
      ["HSET", "k", ...range(first, last).flatMap((i) => [`field:${i}`, `value:${i}`])],
      [
        "HPEXPIRE",
        "k",
        "1000000",
        "FIELDS",
        String(last - first),
        ...range(first, last).map((i) => `field:${i}`),
      ],
    ],
  },
  "sorted set": {
    fill: (
      first,
      last,
    ) => [["ZADD", "k", ...range(first, last).flatMap((i) => [`${i % 777}`, `member:${i}`])]],
  },
  "list": {
    // Small nodes, so that there are as many as in a list of millions.
    prepare: [["CONFIG", "SET", "list-max-listpack-size", "2"]],
    fill: (first, last) => [["RPUSH", "k", ...range(first, last).map((i) => `element:${i}`)]],
  },
  "list of large elements": {
    fill: (
      first,
      last,
    ) => [["RPUSH", "k", ...range(first / 10, last / 10).map((i) => `element:${i}`.padEnd(5000, "."))]],
  },
  "stream": {
    prepare: [["CONFIG", "SET", "stream-node-max-entries", "2"]],
    fill: (first, last) => range(first, last).map((i) => ["XADD", "k", `${i + 1}-1`, "field", `value:${i}`]),
  },
  "stream with a group": {
    prepare: [["XGROUP", "CREATE", "k", "g", "$", "MKSTREAM"]],
    fill: (first, last) => [
      ...range(first, last).map((i) => ["XADD", "k", `${i + 1}-1`, "field", `value:${i}`]),
      ["XREADGROUP", "GROUP", "g", `consumer:${first / BATCH}`, "COUNT", String(BATCH), "STREAMS", "k", ">"],
    ],
  },
};

/** Ways in which the collection k goes: requests, and milliseconds that pass before the last of them. */
const ENDS: Readonly<Record<string, { requests: string[][]; passes?: number; leaves?: string[] }>> = {
  "DEL": { requests: [["DEL", "k"]] },
  "UNLINK": { requests: [["UNLINK", "k"]] },
  "FLUSHALL": { requests: [["FLUSHALL"]] },
  "FLUSHALL SYNC": { requests: [["FLUSHALL", "SYNC"]] },
  "EXPIRE": { requests: [["PEXPIRE", "k", "1000"], ["EXISTS", "k"]], passes: 1001 },
  "EXPIRE in the past": { requests: [["EXPIRE", "k", "-1"]] },
  "SET over it": { requests: [["SET", "k", "x"]], leaves: ["k"] },
  "RENAME over it": { requests: [["SET", "j", "x"], ["RENAME", "j", "k"]], leaves: ["k"] },
  "SUNIONSTORE over it": { requests: [["SADD", "j", "1"], ["SUNIONSTORE", "k", "j"]], leaves: ["j", "k"] },
  "SUNIONSTORE of nothing over it": { requests: [["SUNIONSTORE", "k", "missing"]] },
  "ZRANGESTORE over it": {
    requests: [["ZADD", "j", "1", "m"], ["ZRANGESTORE", "k", "j", "0", "-1"]],
    leaves: ["j", "k"],
  },
  "COPY REPLACE over it": {
    requests: [["SADD", "j", "1"], ["COPY", "j", "k", "REPLACE"]],
    leaves: ["j", "k"],
  },
  "GETDEL in a transaction": { requests: [["MULTI"], ["SET", "k", "x"], ["GETDEL", "k"], ["EXEC"]] },
};

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first }, (_, i) => first + i);
}

/** A server that frees only in the steps that the test takes, and counts the blocks. */
class Freeing {
  readonly executor = new Executor();
  /** Blocks that have been freed. */
  blocks = 0;

  constructor() {
    const { arena, lazyfree } = this.executor.keyspace;
    lazyfree.onPending = () => {};
    const free = arena.free.bind(arena);
    arena.free = (reference) => {
      this.blocks++;
      free(reference);
    };
  }

  run(...args: string[]): string {
    const reply = this.executor.run(...args);
    assert.ok(!reply.startsWith("-"), `${args.slice(0, 3).join(" ")}: ${reply}`);
    return reply;
  }

  fill(kind: string, elements: number): void {
    const { prepare = [], fill } = KINDS[kind];
    for (const request of prepare) this.run(...request);
    for (let first = 0; first < elements; first += BATCH) {
      const replies = this.executor.runBytes(fill(first, first + BATCH).map(encodeRequest).join(""));
      assert.doesNotMatch(replies, /(^|\r\n)-/);
    }
  }

  /** Frees all that waits; the number of steps. */
  finish(): number {
    const { arena, lazyfree } = this.executor.keyspace;
    for (let steps = 1;; steps++) {
      const { used, allocated } = arena.usage();
      const { blocks } = this;
      const more = lazyfree.step();
      const now = arena.usage();
      assert.ok(now.used < used || now.allocated < allocated, "A step that frees nothing");
      assert.ok(this.blocks - blocks <= MOST_PER_STEP, `${this.blocks - blocks} blocks in one step`);
      if (!more) return steps;
    }
  }

  /** Asserts that a command did not free what belongs to the steps. */
  assertLittle(run: () => void, what: string): void {
    const { blocks } = this;
    run();
    assert.ok(this.blocks - blocks <= MOST_PER_STEP, `${this.blocks - blocks} blocks freed by ${what}`);
  }
}

function removed(kind: string, end: string, elements: number): void {
  const server = new Freeing();
  const { keyspace, clock } = server.executor;
  const { requests, passes = 0, leaves = [] } = ENDS[end];
  const empty = keyspace.arena.used;
  server.fill(kind, elements);
  keyspace.check();
  requests.forEach((request, i) => {
    if (i === requests.length - 1) clock.advance(passes);
    server.assertLittle(() => server.run(...request), request.join(" "));
  });
  const steps = server.finish();
  // A block is an element or a node of several of them.
  assert.ok(steps >= 2, `${steps} steps`);
  keyspace.check();
  for (const key of leaves) assert.equal(server.run("DEL", key), ":1\r\n");
  assert.equal(keyspace.size, 0);
  assert.equal(keyspace.arena.used, empty);
  assert.equal(keyspace.lazyfree.step(), false);
  keyspace.arena.check();
}

for (const kind of Object.keys(KINDS)) {
  Deno.test(`A ${kind} is freed in bounded steps`, () => removed(kind, "DEL", ELEMENTS));
}

for (const end of Object.keys(ENDS)) {
  Deno.test(`What goes by ${end} is freed in bounded steps`, () => {
    for (const kind of ["set", "sorted set"]) removed(kind, end, 20_000);
  });
}

Deno.test("Elements that a command leaves out of a collection are not freed one by one", () => {
  const server = new Freeing();
  const { keyspace } = server.executor;
  const empty = keyspace.arena.used;
  server.fill("set", 20_000);
  server.assertLittle(() => server.run("SMOVE", "k", "j", "member:1"), "SMOVE");
  server.assertLittle(() => server.run("SINTERSTORE", "k", "j", "k"), "SINTERSTORE");
  assert.equal(server.run("DEL", "j", "k"), ":1\r\n");
  server.finish();
  assert.equal(keyspace.arena.used, empty);
});

Deno.test("Many collections of middling size are freed in bounded steps", () => {
  for (const kind of ["set", "hash", "sorted set", "list"]) {
    const server = new Freeing();
    const { keyspace } = server.executor;
    const empty = keyspace.arena.used;
    for (const request of KINDS[kind].prepare ?? []) server.run(...request);
    for (let i = 0; i < 400; i++) {
      for (const request of KINDS[kind].fill(0, 600)) server.run(request[0], `k:${i}`, ...request.slice(2));
    }
    keyspace.check();
    server.assertLittle(() => server.run("FLUSHALL"), "FLUSHALL");
    assert.ok(server.finish() > 10);
    assert.equal(keyspace.arena.used, empty);
  }
});

Deno.test("Collections that come while others are freed are freed as well", () => {
  const server = new Freeing();
  const { keyspace } = server.executor;
  const empty = keyspace.arena.used;
  for (let round = 0; round < 4; round++) {
    for (const kind of ["set", "hash", "sorted set", "list"]) {
      server.fill(kind, 10_000);
      server.run(...round % 2 === 0 ? ["DEL", "k"] : ["FLUSHALL"]);
      keyspace.lazyfree.step();
      keyspace.check();
    }
  }
  server.finish();
  assert.equal(keyspace.arena.used, empty);
  assert.equal(keyspace.lazyfree.pending, 0);
});
