/** BullMQ, whose every step is a script of its own: queues, delays, repetition, flows, rate limits, workers that die. */

import assert from "node:assert/strict";
import { FlowProducer, type Job, Queue, QueueEvents, Worker } from "bullmq";
import { type RunningServer, startDenodis } from "../support/servers.ts";

let server: RunningServer;

Deno.test.beforeAll(async () => {
  server = await startDenodis();
});

Deno.test.afterAll(async () => {
  await server?.stop();
});

/** What is closed at the end of a test, in the order in which it was made. */
type Closable = { close(force?: boolean): Promise<unknown> };

/** Runs `use` with the options of connections; what it hands to `keep` is closed afterwards. */
async function withBull(
  use: (
    connection: { host: string; port: number; maxRetriesPerRequest: null },
    keep: <T extends Closable>(one: T) => T,
  ) => Promise<void>,
): Promise<void> {
  const kept: Closable[] = [];
  try {
    await use({ host: "127.0.0.1", port: server.port, maxRetriesPerRequest: null }, (one) => {
      kept.push(one);
      return one;
    });
  } finally {
    for (const one of kept.reverse()) await one.close(true);
  }
}

/** Waits until `isTrue`, and fails where that takes too long. */
async function until(isTrue: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let i = 0; i < 600; i++) {
    if (await isTrue()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`Waited for 30 s in vain: ${what}`);
}

/** BullMQ's timers and sockets outlive the test's last line for a moment. */
function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `BullMQ: ${name}`, sanitizeOps: false, sanitizeResources: false, fn });
}

test("runs jobs in order of priority, returns results, retries and gives up", () =>
  withBull(async (connection, keep) => {
    const queue = keep(new Queue("basics", { connection }));
    const events = keep(new QueueEvents("basics", { connection }));
    await events.waitUntilReady();
    const names: string[] = [];
    await queue.add("last", {}, { priority: 10 });
    await queue.add("first", {}, { priority: 1 });
    const failing = await queue.add("failing", {}, {
      priority: 20,
      attempts: 3,
      backoff: { type: "fixed", delay: 10 },
    });
    const result = await queue.add("result", { a: 20, b: 22 }, { priority: 30 });
    keep(
      new Worker("basics", (job: Job) => {
        names.push(job.name);
        if (job.name === "failing") throw new Error("broken");
        return Promise.resolve(job.data.a + job.data.b);
      }, { connection }),
    );
    assert.equal(await result.waitUntilFinished(events, 20_000), 42);
    await until(async () => await failing.isFailed(), "the job that fails");
    const failed = await queue.getJob(failing.id!);
    assert.equal(failed?.attemptsMade, 3);
    assert.equal(failed?.failedReason, "broken");
    assert.deepEqual(names.slice(0, 2), ["first", "last"]);
    assert.equal(names.filter((name) => name === "failing").length, 3);
    assert.deepEqual(await queue.getJobCounts("completed", "failed", "waiting", "active"), {
      ...{ completed: 3, failed: 1, waiting: 0, active: 0, paused: 0 },
    });
  }));

test("delays and repeats", () =>
  withBull(async (connection, keep) => {
    const queue = keep(new Queue("later", { connection }));
    const ran: string[] = [];
    keep(new Worker("later", (job: Job) => Promise.resolve(ran.push(job.name)), { connection }));
    const delayed = await queue.add("delayed", {}, { delay: 300 });
    assert.equal(await delayed.getState(), "delayed");
    await queue.upsertJobScheduler("every", { every: 100, limit: 3 }, { name: "repeated" });
    await until(() => ran.filter((name) => name === "repeated").length === 3, "three repetitions");
    await until(() => ran.includes("delayed"), "the delayed job");
    await until(async () => await delayed.isCompleted(), "its being counted");
  }));

test("runs the children of a flow before their parent", () =>
  withBull(async (connection, keep) => {
    const flow = keep(new FlowProducer({ connection }));
    const queue = keep(new Queue("flow", { connection }));
    const ran: string[] = [];
    keep(
      new Worker("flow", async (job: Job) => {
        ran.push(job.name);
        if (job.name !== "parent") return job.data;
        return Object.values(await job.getChildrenValues()).reduce(
          (sum: number, value) => sum + Number(value),
          0,
        );
      }, { connection }),
    );
    const { job } = await flow.add({
      name: "parent",
      queueName: "flow",
      children: [1, 2, 3].map((data) => ({ name: `child${data}`, queueName: "flow", data })),
    });
    await until(async () => await job.isCompleted(), "the parent");
    assert.equal(ran.at(-1), "parent");
    assert.equal((await queue.getJob(job.id!))?.returnvalue, 6);
  }));

test("keeps to a rate limit", () =>
  withBull(async (connection, keep) => {
    const queue = keep(new Queue("limited", { connection }));
    await queue.addBulk(Array.from({ length: 6 }, (_, i) => ({ name: "job", data: i })));
    const begun: number[] = [];
    keep(
      new Worker("limited", () => Promise.resolve(begun.push(Date.now())), {
        connection,
        limiter: { max: 2, duration: 300 },
      }),
    );
    await until(() => begun.length === 6, "all six");
    // Two in each of three periods: the last cannot come before two periods are over.
    assert.ok(begun[5] - begun[0] >= 500, `${begun[5] - begun[0]} ms`);
  }));

test("finishes 1,000 jobs through four workers, one of which dies in the middle", () =>
  withBull(async (connection, keep) => {
    const queue = keep(new Queue("many", { connection }));
    await queue.addBulk(Array.from({ length: 1000 }, (_, i) => ({ name: "job", data: { i } })));
    const done = new Set<number>();
    const hanging = new Set<number>();
    let isDead = false;
    const options = { connection, concurrency: 10, lockDuration: 1000, stalledInterval: 500 };
    const dying = new Worker("many", async (job: Job) => {
      // Its connections are cut while it holds these; others have to notice that.
      if (done.size > 100) {
        hanging.add(job.data.i);
        isDead = true;
        await new Promise(() => {});
      }
      done.add(job.data.i);
    }, options);
    dying.on("error", () => {});
    for (let i = 0; i < 3; i++) {
      keep(
        new Worker("many", async (job: Job) => {
          await new Promise((resolve) => setTimeout(resolve, 5));
          done.add(job.data.i);
        }, options),
      );
    }
    await until(() => isDead, "the worker that is to die");
    await dying.disconnect();
    await until(() => done.size === 1000, "all jobs");
    await until(
      async () => (await queue.getJobCounts("completed")).completed === 1000,
      "their being counted",
    );
    assert.ok([...hanging].every((i) => done.has(i)));
    assert.equal((await queue.getJobCounts("failed")).failed, 0);
    void dying.close(true).catch(() => {});
  }));
